//! Reproducible random numbers: a test that fails prints its seed.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// The environment variable with the seed of every test.
const VARIABLE: &str = "PAIL_TEST_SEED";
/// The environment variable with the number of the one case to run, for tests that run many.
const CASE: &str = "PAIL_TEST_CASE";

/// One seed for all tests of a run.
static SEED: LazyLock<u64> = LazyLock::new(|| {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.subsec_nanos().into());
    std::env::var(VARIABLE).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(now)
});

/// A source of random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A source with the seed of the run, from the environment or new. Prints the seed.
    pub fn seeded() -> Self {
        println!("{VARIABLE}={}", *SEED);
        Self(*SEED)
    }

    /// A source with this seed.
    pub fn with(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn bits(&mut self) -> u128 {
        u128::from(self.number()) << 64 | u128::from(self.number())
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// One of these texts.
    pub fn text<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// Numbered cases, each with its own random numbers, so that one can run without those before it. A case that fails prints
/// how to run it again.
pub fn cases(count: usize) -> impl Iterator<Item = (Case, Random)> {
    println!("{VARIABLE}={}", *SEED);
    let numbers = only_case().map_or(0..count, |case| case..case + 1);
    numbers.map(|number| {
        let mut random = Random(*SEED ^ (number as u64).wrapping_mul(0xd134_2543_de82_ef95));
        random.number();
        (Case(number), random)
    })
}

/// These cases with their numbers.
pub fn each_case<T>(cases: impl IntoIterator<Item = T>) -> impl Iterator<Item = (Case, T)> {
    let chosen = |number| only_case().is_none_or(|only| only == number);
    cases.into_iter().enumerate().filter(move |(number, _)| chosen(*number)).map(|(number, case)| (Case(number), case))
}

/// The one case to run, if the environment sets it.
pub fn only_case() -> Option<usize> {
    std::env::var(CASE).ok().map(|case| case.parse().expect("a case is a number"))
}

/// A case in progress.
#[derive(Debug)]
pub struct Case(pub usize);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let thread = std::thread::current();
            let test = thread.name().unwrap_or_default();
            println!("run this case again: {VARIABLE}={} {CASE}={} cargo test {test} -- --exact", *SEED, self.0);
        }
    }
}
