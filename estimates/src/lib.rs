//! Shared by the estimates.

pub mod prices;
