//! Header lines: only the app's key or a token that an issuer has signed is accepted.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pail::auth::credentials::Credentials;
use pail::auth::verifier::Verifier;
use pail::http::credentials::credentials;
use pail::http::headers::Headers;
use pail::model::app::App;
use pail::model::principal::Principal;
use pail_testing::events;
use serde_json::Value;

static APP: LazyLock<App> = LazyLock::new(|| events::app("demo"));
static DEMO: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(APP.clone()));

/// The messages that the tokens of the events sign. The target cannot sign others, so every accepted token has one of
/// these.
static SIGNED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut signed = BTreeSet::new();
    for (_, event, _) in events::all() {
        let Ok(event) = serde_json::from_str::<Value>(&event) else { continue };
        for value in event["headers"].as_object().into_iter().flat_map(|headers| headers.values()) {
            let message = value.as_str().and_then(|value| value.strip_prefix("Bearer ")?.rsplit_once('.'));
            signed.extend(message.map(|(message, _)| message.to_owned()));
        }
    }
    assert!(signed.len() > 5, "the tokens of the events are missing");
    signed
});

fuzz_target!(|text: &str| {
    let mut headers = Headers::default();
    for line in text.split('\n') {
        let (name, value) = line.split_once(':').unwrap_or(("authorization", line));
        headers.push(name, value.trim_start_matches(' '));
    }
    let Ok(credentials) = credentials(&headers, &APP.id) else { return };
    let Ok(principal) = DEMO.authenticate(&credentials, None, events::RULES, events::now()) else { return };
    match (&credentials, &principal) {
        (Credentials::AppKey(key), Principal::Anonymous) => assert_eq!(key.reveal(), "demo-key"),
        (Credentials::Token(token), principal) if *principal != Principal::Anonymous => {
            let message = token.rsplit_once('.').map(|(message, _)| message);
            assert!(
                message.is_some_and(|message| SIGNED.contains(message)),
                "the accepted token has no valid signature: {token}"
            );
        }
        _ => panic!("{principal:?} was authenticated by credentials of another kind"),
    }
});
