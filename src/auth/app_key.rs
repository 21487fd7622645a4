//! App keys: 1 to 255 visible ASCII characters, of which only digests are stored.

use super::secret_text;
use crate::model::app::StoredAppKey;

/// An app key as a caller sends it. It has no `Debug`, no `Display` and no `==`, so that it cannot be logged, or compared
/// in a time that depends on it.
#[derive(Clone)]
pub struct AppKey(String);

/// The pattern of an app key, in words.
pub const PATTERN: &str = "an app key is 1 to 255 visible ASCII characters";

impl AppKey {
    /// Parses a key of 1 to 255 visible ASCII characters; colons are allowed.
    pub fn parse(text: &str) -> Option<Self> {
        ((1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .then(|| Self(text.to_owned()))
    }

    /// A new key from 256 random bits: 43 characters.
    pub fn new(high: u128, low: u128) -> Self {
        Self(secret_text::from_random(high, low))
    }

    /// The key itself, which is shown once, when it is made.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the key.
    pub fn digest(&self) -> [u8; 32] {
        secret_text::sha256(&self.0)
    }
}

/// Whether `key` is one of an app's keys. The comparison takes the same time for right and wrong keys.
pub fn is_any_of(key: &AppKey, stored: &[StoredAppKey]) -> bool {
    let digest = key.digest();
    stored.iter().fold(false, |found, key| found | secret_text::is_same(&digest, &key.digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(keys: &[&str]) -> Vec<StoredAppKey> {
        let keys = keys.iter().filter_map(|key| AppKey::parse(key));
        keys.map(|key| StoredAppKey { digest: key.digest(), created: 0 }).collect()
    }

    #[test]
    fn any_active_key_is_good_and_no_other() {
        let keys = stored(&["one", "two:three"]);
        let good = |key: &str| AppKey::parse(key).is_some_and(|key| is_any_of(&key, &keys));
        assert!(good("one") && good("two:three"));
        assert!(!good("two") && !good("One") && !good("onetwo:three"));
        assert!(!AppKey::parse("one").is_some_and(|key| is_any_of(&key, &[])));
        assert!(AppKey::parse("one").is_some_and(|key| is_any_of(&key, &stored(&["one", "one"]))));
    }

    #[test]
    fn a_key_is_1_to_255_visible_ascii_characters() {
        assert!(AppKey::parse("!").is_some() && AppKey::parse(&"~".repeat(255)).is_some());
        for bad in ["", &"x".repeat(256), "a b", "a\tb", "ä", "\u{7f}", "a\n"] {
            assert!(AppKey::parse(bad).is_none(), "{bad:?}");
        }
        assert_eq!(AppKey::new(0, u128::MAX).reveal().len(), 43);
    }

    #[test]
    fn the_id_of_a_key_is_the_start_of_its_digest() {
        // printf abc | sha256sum
        let keys = stored(&["abc"]);
        assert_eq!(keys.first().map(StoredAppKey::id).as_deref(), Some("ba7816bf8f01"));
    }
}
