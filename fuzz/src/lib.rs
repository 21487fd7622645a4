//! What the targets share.

/// Answers, and what the contract says of every one of them: the tests' own check.
#[allow(dead_code)]
#[path = "../../tests/it/harness/answer.rs"]
pub mod answer;

pub mod apps;
pub mod json;
