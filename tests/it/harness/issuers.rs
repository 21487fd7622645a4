//! The issuers whose tokens are in `events/`.

use std::time::Duration;

use pail::model::app::{ClaimNames, Issuer};
use serde_json::value::RawValue;

/// The expiry of the tokens in the events, 2100, is further ahead than the default allows.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(4_102_444_800);

/// What each issuer of the events signs with.
const KEY_SETS: [(&str, &str); 2] = [
    ("https://issuer.example", include_str!("../../../events/jwks.json")),
    ("https://secret.example", include_str!("../../../events/secret-jwks.json")),
];

/// The issuers, as an app trusts them.
pub fn of_events() -> Vec<Issuer> {
    let trusted = |(issuer, key_set): (&str, &str)| Issuer {
        issuer: issuer.to_owned(),
        audiences: Vec::new(),
        claims: ClaimNames::default(),
        key_set: RawValue::from_string(key_set.trim().to_owned()).expect("a key set is JSON"),
    };
    KEY_SETS.into_iter().map(trusted).collect()
}
