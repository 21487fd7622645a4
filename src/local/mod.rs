//! The embedded engine, which replaces DynamoDB in `pail serve` and in tests.

pub mod data_file;
pub mod engine;
mod protocol;
mod queue;
pub mod tables;

pub use engine::Engine;
