//! Indexes: declaring, filling, checking and dropping them. Operators do this from their own machine (protocol: life of a
//! rule).

use std::time::Duration;

use crate::system::Timestamp;

pub mod check;
pub mod fill;
mod pace;
pub mod rules;
pub mod targets;

/// The age from which an entry that does not count is left over: longer than a write under way, late attempts of it and
/// differences of clocks take together.
pub const LEFT_OVER: Duration = Duration::from_secs(20 * 60);

/// Whether an entry that does not count was left over already when a walk began. The entry was written `at` so many milliseconds
/// since 1970 UTC.
pub fn is_left_over(at: u64, began: Timestamp) -> bool {
    began.0.saturating_sub(Duration::from_millis(at)) > LEFT_OVER
}
