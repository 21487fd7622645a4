//! What the models share.

pub mod prices;
