//! The log of all tests, at the finest level, through the filter of production. Each line is searched for secrets, and a test
//! can read its own lines.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::Write;
use std::sync::{Once, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pail::telemetry;
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::callers;

thread_local! {
    /// The lines of the test of this thread, once it collects them.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The header fields with secrets.
const SECRET_FIELDS: [&str; 3] = ["authorization", "x-kii-appkey", "idempotency-key"];

/// What no line may contain: the beginning of every JSON object in Base64, as in tokens; the end of each app's key; and a
/// part of the default body.
const MARKS: [&str; 3] = ["eyJ", "-key", "Milk"];

/// Shorter words may occur in a line by chance.
const SHORTEST: usize = 8;

/// The names of members of a token in JSON, which a test sends as a token. They are also words of log lines.
const NO_SECRETS: [&str; 2] = ["signature", "signatures"];

/// The hashes of the words of all secrets that were sent in this run.
static SENT: RwLock<Hashes> = RwLock::new(HashSet::with_hasher(BuildHasherDefault::new()));

type Hashes = HashSet<u64, BuildHasherDefault<DefaultHasher>>;

/// Searches every line that is logged from now on. All threads share one subscriber: with one for each thread, whether an
/// event is logged would depend on the thread that reaches it first.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry()
            .with(telemetry::json_lines(|| Lines))
            .with(telemetry::filter(LevelFilter::TRACE));
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
    });
}

/// From now on, no line may contain a word of this secret.
pub fn keep(secret: &str) {
    let mut sent = SENT.write().unwrap_or_else(PoisonError::into_inner);
    sent.extend(words(secret).map(hash));
}

/// The parameters of token requests that are secrets.
const SECRET_PARAMETERS: [&str; 5] = ["client_secret", "password", "refresh_token", "subject_token", "token"];

/// From now on, no line may contain a word of the secrets in the JSON body of a token request.
pub fn keep_parameters(path: &str, body: &[u8]) {
    if !path.contains("/oauth2/") {
        return;
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    SECRET_PARAMETERS.iter().filter_map(|name| body[*name].as_str()).for_each(keep);
}

/// From now on, no line may contain the value of this header field, if it is a secret.
pub fn keep_secret(name: &str, value: &str) {
    if !SECRET_FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name)) {
        return;
    }
    let decoded = value.split(' ').next_back().and_then(|text| STANDARD.decode(text).ok());
    let plain = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    // Before the colon in Basic is the app's ID, which is no secret.
    let plain = plain.split_once(':').map_or(plain.as_str(), |(_, key)| key);
    let mut sent = SENT.write().unwrap_or_else(PoisonError::into_inner);
    sent.extend(words(value).chain(words(plain)).map(hash));
}

/// The secret in a line.
pub fn secret_in(line: &str) -> Option<&str> {
    let secret = std::str::from_utf8(callers::SECRET).expect("the secret is text");
    let mark = MARKS.iter().chain([&secret]).find(|mark| line.contains(**mark));
    mark.copied().or_else(|| {
        let sent = SENT.read().unwrap_or_else(PoisonError::into_inner);
        words(line).find(|word| sent.contains(&hash(word)))
    })
}

/// The runs of characters that can be in tokens and keys.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character);
    text.split(between).filter(|word| word.len() >= SHORTEST && !NO_SECRETS.contains(word))
}

fn hash(word: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::new().hash_one(word)
}

/// The lines of the test of this thread.
pub struct Log;

impl Log {
    /// Collects the lines from now on.
    pub fn collect() -> Self {
        watch();
        LOGGED.set(Some(Vec::new()));
        Self
    }

    /// Takes the lines since this was last called.
    pub fn take(&self) -> String {
        String::from_utf8(LOGGED.replace(Some(Vec::new())).unwrap_or_default()).expect("a log is text")
    }
}

/// The writer of every line.
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.iter_mut().for_each(|logged| logged.extend(bytes)));
        let line = String::from_utf8_lossy(bytes);
        if let Some(secret) = secret_in(&line) {
            panic!("{secret:?} was logged: {line}");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
