//! Every event in `events/` gets the answer in the file beside it.

use serde_json::{Map, Value, json};

use pail_testing::events::{self, installation};
use pail_testing::wire::is_write;
use pail_testing::{Answer, Random};

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

/// Whether `found` matches `expected`, which may contain placeholders.
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

/// The same for strings.
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
fn placeholders_match_their_kinds_of_values() {
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

/// Whether an event can write. A query is a POST that only reads.
fn changes(event: &str) -> bool {
    let event: Value = serde_json::from_str(event).expect("an event is JSON");
    if [&event["path"], &event["rawPath"]].iter().any(|path| path.as_str().is_some_and(|path| path.ends_with("/query")))
    {
        return false;
    }
    let methods = [&event["httpMethod"], &event["requestContext"]["http"]["method"]];
    methods.into_iter().any(|method| ["POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str().unwrap_or_default()))
}

/// Runs the events in their order, then in a random order, because earlier events must not change the answers.
#[tokio::test]
async fn every_event_gets_its_answer_in_any_order_of_events() {
    let installation = installation().await;
    let (mut random, mut queue) = (Random::seeded(), events::all());
    let mut wrong = Vec::new();
    for round in 1..=3 {
        for (name, event, expected) in &queue {
            if let Some(before) = events::before(name, event) {
                let answer = installation.answer_event(&before).await;
                // What it makes may be there already, and what it removes may be gone.
                assert!([200, 201, 204, 404, 409].contains(&answer.status), "{answer:?}");
            }
            installation.wire.take_sent();
            let found = written(&installation.answer_event(event).await);
            if !fits(expected, &found) {
                wrong.push(format!("{name}, round {round}:\n  expected {expected}\n  found    {found}"));
            }
            let wrote = installation.wire.take_operations().iter().any(|operation| is_write(operation));
            if wrote != (changes(event) && expected["statusCode"].as_u64().is_some_and(|status| status < 300)) {
                wrong.push(format!("{name}, round {round}: {found} and written: {wrote}"));
            }
        }
        for last in (1..queue.len()).rev() {
            queue.swap(last, random.below(last + 1));
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}
