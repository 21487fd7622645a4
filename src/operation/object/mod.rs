//! Objects.

pub mod create;
