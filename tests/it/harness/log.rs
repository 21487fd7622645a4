//! What Pail logs while tests run: all of it, at the finest level, through the filter of production. Each line of each
//! test is looked through for what must never be told, and a test that wants to can read its own.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::Write;
use std::sync::{Once, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pail::telemetry;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use super::callers;

thread_local! {
    /// What the test of this thread has logged, once it asks for that.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The header fields that hold credentials, or what is as good as one.
const SECRET_FIELDS: [&str; 3] = ["authorization", "x-kii-appkey", "idempotency-key"];

/// What no line may hold, whoever sent it: the beginning of every JSON object in Base64, with which header and claims of
/// each token begin; the end of the key of each app; and the body that requests have by default.
const MARKS: [&str; 3] = ["eyJ", "-key", "Milk"];

/// Shorter words may stand in a line by chance.
const SHORTEST: usize = 8;

/// The words of all secrets that were sent in this run, by their hashes, as there are many.
static SENT: RwLock<Hashes> = RwLock::new(HashSet::with_hasher(BuildHasherDefault::new()));

type Hashes = HashSet<u64, BuildHasherDefault<DefaultHasher>>;

/// Has every line looked through that is logged from now on. There is one subscriber for all threads: with one for each,
/// whether an event is logged depends on the thread that comes to it first.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(|| Lines);
        let subscriber = tracing_subscriber::registry().with(lines).with(telemetry::filter(LevelFilter::TRACE));
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
    });
}

/// From now on, no line may hold what this header field does, if it is one for secrets.
pub fn keep_secret(name: &str, value: &str) {
    if !SECRET_FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name)) {
        return;
    }
    let decoded = value.split(' ').next_back().and_then(|text| STANDARD.decode(text).ok());
    let plain = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    // What stands before the colon in Basic is the app's ID, which is told.
    let plain = plain.split_once(':').map_or(plain.as_str(), |(_, key)| key);
    let mut sent = SENT.write().unwrap_or_else(PoisonError::into_inner);
    sent.extend(words(value).chain(words(plain)).map(hash));
}

/// What a line tells that it must not.
pub fn secret_in(line: &str) -> Option<&str> {
    let secret = std::str::from_utf8(callers::SECRET).expect("the secret is text");
    let mark = MARKS.iter().chain([&secret]).find(|mark| line.contains(**mark));
    mark.copied().or_else(|| {
        let sent = SENT.read().unwrap_or_else(PoisonError::into_inner);
        words(line).find(|word| sent.contains(&hash(word)))
    })
}

/// The runs of characters that tokens and keys are made of.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character);
    text.split(between).filter(|word| word.len() >= SHORTEST)
}

fn hash(word: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::new().hash_one(word)
}

/// The lines that the test of this thread logs.
pub struct Log;

impl Log {
    /// Collects what is logged from now on.
    pub fn collect() -> Self {
        watch();
        LOGGED.set(Some(Vec::new()));
        Self
    }

    /// The lines since this was last asked.
    pub fn take(&self) -> String {
        String::from_utf8(LOGGED.replace(Some(Vec::new())).unwrap_or_default()).expect("a log is text")
    }
}

/// Where each line goes.
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.iter_mut().for_each(|logged| logged.extend(bytes)));
        let line = String::from_utf8_lossy(bytes);
        if let Some(secret) = secret_in(&line) {
            panic!("{secret:?} was told: {line}");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
