//! A wall clock that a test sets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pail::system::{System, Timestamp};

use crate::Random;

/// The time in an installation: some day in September 2026, in milliseconds since 1970.
pub const NOW: u64 = 1_790_000_000_123;

/// The clock of an installation. It starts at [`NOW`] and stands still until it is set.
#[derive(Clone)]
pub struct Clock(Arc<AtomicU64>);

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    /// Sets it, in milliseconds since 1970.
    pub fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::SeqCst);
    }

    /// This clock, with a seeded random source.
    pub fn system(&self) -> System {
        let (clock, random) = (self.clone(), Mutex::new(Random::seeded()));
        let now = move || Timestamp(Duration::from_millis(clock.0.load(Ordering::SeqCst)));
        System::new(now, move || Ok(random.lock().unwrap().bits()))
    }
}
