//! Every event in `events/` gets the answer that stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use pail::model::app::{App, ClaimNames, Issuer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::harness::{Answer, Installation, Random, app, bucket_item};

/// The expiry of the tokens in the events, 2100, is further ahead than the default allows.
const TOKEN_LIFETIME: u64 = 4_102_444_800;

/// What each issuer of the events signs with.
const ISSUERS: [(&str, &str); 2] =
    [("https://issuer.example", "jwks.json"), ("https://secret.example", "secret-jwks.json")];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

/// The apps that `events/set-up` makes.
async fn installation() -> Installation {
    let installation = Installation::with(|settings| {
        settings.token_rules.maximum_lifetime = std::time::Duration::from_secs(TOKEN_LIFETIME);
    })
    .await;
    let issuers: Vec<Issuer> =
        ISSUERS.into_iter().map(|(issuer, file)| trusted(issuer, &folder().join(file))).collect();
    for id in ["demo", "open", "closed"] {
        let app = App { issuers: issuers.clone(), disabled: id == "closed", ..app(id) };
        installation.put_app(app).await;
    }
    let anybody = "UserID:ANONYMOUS_USER";
    let signed_in = "UserID:ANY_AUTHENTICATED_USER";
    installation.put_scope_acl("open", json!({"CREATE_NEW_BUCKET": [signed_in, anybody]})).await;
    installation.put(bucket_item("open", "notes", &json!({"CREATE_OBJECTS_IN_BUCKET": [signed_in, anybody]}))).await;
    installation
}

fn trusted(issuer: &str, key_set: &Path) -> Issuer {
    let text = fs::read_to_string(key_set).unwrap_or_else(|error| panic!("{}: {error}", key_set.display()));
    Issuer {
        issuer: issuer.to_owned(),
        audiences: Vec::new(),
        claims: ClaimNames::default(),
        key_set: RawValue::from_string(text.trim().to_owned()).expect("a key set is JSON"),
    }
}

/// The events of all kinds, each with the answer that is expected.
fn events() -> Vec<(String, String, Value)> {
    let mut events = Vec::new();
    for kind in ["function-url", "http-api", "other", "rest-api"] {
        for entry in fs::read_dir(folder().join(kind)).expect("a folder of events") {
            let path = entry.expect("an entry").path();
            let name = format!("{kind}/{}", path.file_name().unwrap_or_default().display());
            let Some(stem) = name.strip_suffix(".json").filter(|stem| !stem.ends_with(".answer")) else {
                continue;
            };
            let read =
                |name: &str| fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let answer = serde_json::from_str(&read(&format!("{stem}.answer.json"))).expect("an answer is JSON");
            events.push((stem.to_owned(), read(&name), answer));
        }
    }
    assert!(events.len() > 100, "the events are missing");
    events.sort_by(|(first, ..), (second, ..)| first.cmp(second));
    events
}

/// An answer in the form of the files.
fn written(answer: &Answer) -> Value {
    let headers: Map<String, Value> =
        answer.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let mut written = json!({"statusCode": answer.status, "headers": headers});
    if !answer.body.is_empty() {
        written["body"] = answer.json();
    }
    written
}

/// Whether `found` is what was `expected`, in which placeholders may stand.
fn fits(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.len() == found.len()
                && expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| fits(value, found)))
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(expected, found)| fits(expected, found))
        }
        (Value::String(expected), _) if expected == "<any>" => true,
        (Value::String(expected), Value::Number(found)) => expected == "<millis>" && found.is_u64(),
        (Value::String(expected), Value::String(found)) => text_fits(expected, found),
        _ => expected == found,
    }
}

/// The same for texts.
fn text_fits(expected: &str, found: &str) -> bool {
    let Some(start) = expected.find('<') else {
        return expected == found;
    };
    let (before, placeholder) = expected.split_at(start);
    let Some(found) = found.strip_prefix(before) else {
        return false;
    };
    if let Some(after) = placeholder.strip_prefix("<uuid>") {
        found.split_at_checked(36).is_some_and(|(id, rest)| is_uuid(id) && text_fits(after, rest))
    } else if let Some(after) = placeholder.strip_prefix("<millis>") {
        let digits = found.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && text_fits(after, &found[digits..])
    } else if let Some(after) = placeholder.strip_prefix("<any>") {
        found.char_indices().any(|(at, _)| text_fits(after, &found[at..])) || after.is_empty()
    } else {
        found.starts_with('<') && text_fits(&placeholder[1..], &found[1..])
    }
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    })
}

#[test]
fn placeholders_stand_for_what_they_say() {
    let id = "d8dc9f29-0fb9-48be-a80c-ec60fddedb54";
    for (expected, found) in [
        (json!("<uuid>"), json!(id)),
        (json!("https://h/<uuid>/x"), json!(format!("https://h/{id}/x"))),
        (json!("<millis>"), json!(1_337_039_114_613_u64)),
        (json!("<any>"), json!(null)),
        (json!({"a": "a<any>b"}), json!({"a": "a...b"})),
        (json!("a<b"), json!("a<b")),
    ] {
        assert!(fits(&expected, &found), "{expected} {found}");
    }
    for (expected, found) in [
        (json!("<uuid>"), json!(id.to_uppercase())),
        (json!("<uuid>"), json!(format!("{id}/"))),
        (json!("<millis>"), json!(-1)),
        (json!("<millis>"), json!(1.5)),
        (json!({"a": 1}), json!({"a": 1, "b": 2})),
        (json!({"a": 1, "b": 2}), json!({"a": 1})),
        (json!("a"), json!("a ")),
        (json!(1), json!("1")),
    ] {
        assert!(!fits(&expected, &found), "{expected} {found}");
    }
}

/// In their order, then in any order: what ran before must not matter.
#[tokio::test]
async fn every_event_gets_the_answer_that_stands_beside_it_whatever_ran_before() {
    let installation = installation().await;
    let (mut random, mut queue) = (Random::seeded(), events());
    let mut wrong = Vec::new();
    for round in 1..=3 {
        for (name, event, expected) in &queue {
            installation.wire.take_sent();
            let found = written(&installation.answer_event(event).await);
            if !fits(expected, &found) {
                wrong.push(format!("{name}, round {round}:\n  expected {expected}\n  found    {found}"));
            }
            let wrote = installation.wire.take_operations().iter().any(|operation| !operation.contains("Get"));
            if wrote != (found["statusCode"] == 201) {
                wrong.push(format!("{name}, round {round}: {found} and written: {wrote}"));
            }
        }
        for last in (1..queue.len()).rev() {
            queue.swap(last, random.below(last + 1));
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}
