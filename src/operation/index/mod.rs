//! Indexes: declaring, filling, checking and dropping them. Operators do this from their own machine (protocol: life of a
//! rule).

use std::time::Duration;

pub mod check;
pub mod fill;
mod pace;
pub mod rules;
pub mod targets;

/// The age from which an entry that does not count is left over: longer than a write under way, late attempts of it and
/// differences of clocks take together.
pub const LEFT_OVER: Duration = Duration::from_secs(20 * 60);
