//! What the targets share. The judges are the tests' own.

pub mod apps;
pub mod harness;

/// A second reader of JSON.
#[path = "../../tests/it/json/tree.rs"]
pub mod tree;
