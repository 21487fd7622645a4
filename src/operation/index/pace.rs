//! How fast a pass goes. A bucket is one partition of each table, and a partition takes about a thousand write units a second.

use std::time::Duration;

use tokio::time::Instant;

use super::targets::Workplace;
use crate::store::failure::{Failure, Result};

/// The most batches of objects at once.
const MOST_AT_ONCE: usize = 8;

/// The longest pause after the first failure. Each further pause may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// The longest pause of all.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pace of a pass: slower with each failure of DynamoDB, and faster with each success.
pub struct Pace {
    at_once: usize,
    pause: Duration,
    /// When something was done last.
    progress: Instant,
}

impl Pace {
    /// The pace at the beginning.
    pub fn new() -> Self {
        Self { at_once: MOST_AT_ONCE, pause: FIRST_PAUSE, progress: Instant::now() }
    }

    /// How many batches may be under way at once.
    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// Notes that something was done, and whether that was all that was tried.
    pub fn has_done(&mut self, is_all: bool) {
        (self.progress, self.pause) = (Instant::now(), FIRST_PAUSE);
        if is_all {
            self.at_once = (self.at_once + 1).min(MOST_AT_ONCE);
        }
    }

    /// Pauses after a failure, and goes on slower. Fails likewise if it will not pass, or if nothing was done for so long.
    pub async fn slow_down(&mut self, workplace: &Workplace, failure: Failure) -> Result<()> {
        if matches!(failure, Failure::Fault(_)) || self.progress.elapsed() >= workplace.patience {
            return Err(failure);
        }
        tracing::info!(call = failure.cause().call, "a pass pauses, as DynamoDB cannot keep up");
        let random = workplace.session()?.random()?;
        let share = f64::from(u32::try_from(random >> 96).unwrap_or_default()) / f64::from(u32::MAX);
        tokio::time::sleep(self.pause.mul_f64(share.midpoint(1.0))).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.at_once = (self.at_once / 2).max(1);
        Ok(())
    }
}
