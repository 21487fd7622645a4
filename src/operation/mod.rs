//! What a caller can do: one file for each thing.

pub mod create_object;
