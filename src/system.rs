//! The clock and the random source, both replaceable in tests.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// The clock and the random source of a process.
#[derive(Clone)]
pub struct System {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    random: Arc<dyn Fn() -> Result<u128, NoRandomness> + Send + Sync>,
}

/// A point in time, as the duration since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub Duration);

/// The operating system gave no random bits.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the operating system gave no random bits")]
pub struct NoRandomness;

impl System {
    /// The operating system's clock and random source.
    pub fn real() -> Self {
        let random = SystemRandom::new();
        Self::new(Timestamp::now, move || {
            let mut bytes = [0; 16];
            random.fill(&mut bytes).map_err(|_| NoRandomness)?;
            Ok(u128::from_be_bytes(bytes))
        })
    }

    /// A clock and a random source of the caller's choice.
    pub fn new(
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        random: impl Fn() -> Result<u128, NoRandomness> + Send + Sync + 'static,
    ) -> Self {
        Self { clock: Arc::new(clock), random: Arc::new(random) }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// 128 bits that nobody can guess.
    pub fn random(&self) -> Result<u128, NoRandomness> {
        (self.random)()
    }
}

impl Timestamp {
    /// The operating system's time; a clock before 1970 counts as 1970.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Milliseconds since 1970 UTC.
    pub fn milliseconds(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    /// Whole seconds since 1970 UTC.
    pub fn seconds(self) -> u64 {
        self.0.as_secs()
    }
}
