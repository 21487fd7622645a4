//! Those parts of the tests' harness that judge.

/// What every answer is held to.
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/it/harness/answer.rs"]
pub mod answer;

/// The members of an object in their order.
#[path = "../../tests/it/harness/members.rs"]
pub mod members;
