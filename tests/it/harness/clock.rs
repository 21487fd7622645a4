//! A wall clock that a test sets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pail::sources::{Sources, Timestamp};

use super::{NOW, Random};

/// The clock of an installation, which stands still unless it is set. It starts at [`NOW`].
#[derive(Clone)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    /// Sets it, in milliseconds since 1970.
    pub fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::SeqCst);
    }

    /// Time as this clock tells it, and seeded randomness.
    pub fn sources(&self) -> Sources {
        let (told, random) = (self.clone(), Mutex::new(Random::seeded()));
        let now = move || Timestamp(Duration::from_millis(told.0.load(Ordering::SeqCst)));
        Sources::new(now, move || Ok(random.lock().unwrap().bits()))
    }
}
