//! Time and randomness, which come in from outside so that tests can set them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// Where a request takes the time and its random bits from.
#[derive(Clone)]
pub struct Sources {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    random: Arc<dyn Fn() -> Result<u128, NoRandomness> + Send + Sync>,
}

/// A moment: the time since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub Duration);

/// The operating system gave no random bits.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the operating system gave no random bits")]
pub struct NoRandomness;

impl Sources {
    /// The system's clock and the operating system's random source.
    pub fn system() -> Self {
        let random = SystemRandom::new();
        Self::new(Timestamp::now, move || {
            let mut bytes = [0; 16];
            random.fill(&mut bytes).map_err(|_| NoRandomness)?;
            Ok(u128::from_be_bytes(bytes))
        })
    }

    /// Sources of the caller's choice.
    pub fn new(
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        random: impl Fn() -> Result<u128, NoRandomness> + Send + Sync + 'static,
    ) -> Self {
        Self { clock: Arc::new(clock), random: Arc::new(random) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// 128 bits that nobody can guess.
    pub fn random(&self) -> Result<u128, NoRandomness> {
        (self.random)()
    }
}

impl Timestamp {
    /// What the system's clock says; a clock before 1970 counts as 1970.
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
