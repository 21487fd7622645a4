//! Indexes: which buckets have which, the keys of their entries, and which of them answers a query. All of it is pure.

pub mod entry;
pub mod plan;
pub mod range;
pub mod rule;
mod walk;

pub use entry::{Entry, Spot};
pub use plan::{Plan, Sort};
pub use range::KeyRange;
pub use rule::{Indexes, Rule, RuleState};
