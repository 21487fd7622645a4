//! Input that nobody sends on purpose: whatever an event holds, the answer is one of the contract's, and no fault of ours.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::harness::{Answer, Call, Gateway, Installation, Random, callers};

/// How many events are broken.
const MUTATIONS: usize = 4000;

/// The events of the fixtures, less bodies that are only there for their size.
fn fixtures() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut events = Vec::new();
    for kind in ["function-url", "http-api", "other", "rest-api"] {
        for entry in fs::read_dir(folder.join(kind)).expect("a folder of events") {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("an event");
            if !path.to_string_lossy().ends_with(".answer.json") && text.len() < 20_000 {
                events.push((path, serde_json::from_str(&text).expect("an event is JSON")));
            }
        }
    }
    // So that a seed means the same everywhere.
    events.sort_by(|(first, _), (second, _)| first.cmp(second));
    assert!(events.len() > 80, "the events are missing");
    events.into_iter().map(|(_, event)| event).collect()
}

/// Requests that would be answered with 201, so that mutations reach everything behind the first checks.
fn good_requests() -> Vec<Value> {
    let mut events = Vec::new();
    for gateway in Gateway::ALL {
        for (scope, token) in [
            ("demo", callers::user("alice")),
            ("demo/users/me", callers::user("alice")),
            ("demo/groups/crew", callers::member("alice", &["crew"])),
            ("demo/things/t", callers::administrator("operator")),
        ] {
            events.push(Call::create(scope, "notes").through(gateway).bearer(&token).event());
            events.push(Call::create(scope, "notes").through(gateway).bearer(&token).in_base64().event());
        }
        let anonymous = Call::create("open", "notes").through(gateway);
        events.push(anonymous.basic("open", "open-key").event());
    }
    events
}

/// Values that mean something to somebody.
fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("é😀\u{feff}\u{2028}"),
        json!("\r\nSet-Cookie: x=y"),
        json!("%"),
        json!("%00%ff%2e%2e%2f"),
        json!("../../.."),
        json!("/"),
        json!("//"),
        json!("{\"a\":1}"),
        json!("application/json"),
        json!("Bearer x"),
        json!("Basic ZGVtbzpkZW1vLWtleQ=="),
        json!("$default"),
        json!("x".repeat(70_000)),
        json!([]),
        json!({}),
        json!([null]),
        json!(["a", "b"]),
        json!({"a": {"b": []}}),
    ]
}

/// Changes one thing, somewhere in the event.
fn mutate(value: &mut Value, random: &mut Random) {
    let goes_on = random.below(5) != 0;
    match value {
        Value::Object(members) if goes_on && !members.is_empty() => {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = random.pick(&names).clone();
            match random.below(8) {
                0 => drop(members.remove(&name)),
                1 => double_under_another_case(members, &name),
                2 => {
                    let value = members.remove(&name).unwrap_or_default();
                    members.insert(random.pick(&names).clone(), value);
                }
                _ => members.get_mut(&name).into_iter().for_each(|member| mutate(member, random)),
            }
        }
        Value::Array(elements) if goes_on && !elements.is_empty() => {
            let at = random.below(elements.len());
            match random.below(4) {
                0 => drop(elements.remove(at)),
                1 => elements.push(elements[at].clone()),
                _ => mutate(&mut elements[at], random),
            }
        }
        Value::String(text) if goes_on && !text.is_empty() => mutate_text(text, random),
        other => *other = random.pick(&odd_values()).clone(),
    }
}

/// A header twice, as only names that differ in case can be.
fn double_under_another_case(members: &mut Map<String, Value>, name: &str) {
    let other = if name.chars().any(char::is_uppercase) { name.to_lowercase() } else { name.to_uppercase() };
    let value = members.get(name).cloned().unwrap_or_default();
    members.insert(other, value);
}

/// Cuts a text, doubles it, or changes a character.
fn mutate_text(text: &mut String, random: &mut Random) {
    let characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len());
    let (head, tail) = characters.split_at(at);
    let inserted = *random.pick(&['\0', '%', '/', ' ', '"', '\\', '{', 'é', '\u{10ffff}', ',', '.', ':', '\n', '=']);
    *text = match random.below(5) {
        0 => head.iter().collect(),
        1 => tail.iter().collect(),
        2 => format!("{text}{text}"),
        3 => head.iter().chain([&inserted]).chain(tail).collect(),
        _ => head.iter().chain([&inserted]).chain(&tail[1..]).collect(),
    };
}

async fn installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_app(crate::harness::app("open")).await;
    let anybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
    installation.put_bucket("open", "notes", anybody).await;
    installation
}

/// The harness holds the answer to the contract; here is that it is no 5xx, and that a refusal has written nothing.
async fn is_answered(installation: &Installation, event: &str, what: &str) -> Answer {
    installation.wire.take_sent();
    let answer = installation.answer_event(event).await;
    assert!(answer.status < 500, "{what}: {answer:?}\n{event}");
    let wrote = installation.wire.take_operations().iter().any(|operation| !operation.contains("Get"));
    assert_eq!(wrote, answer.status == 201, "{what}: {answer:?}\n{event}");
    answer
}

#[tokio::test]
async fn a_broken_event_gets_an_answer_of_the_contract() {
    let installation = installation().await;
    let (mut random, mut events) = (Random::seeded(), fixtures());
    for _ in 0..4 {
        events.extend(good_requests());
    }
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for number in 0..MUTATIONS {
        let mut event = random.pick(&events).clone();
        for _ in 0..=random.below(3) {
            mutate(&mut event, &mut random);
        }
        let answer = is_answered(&installation, &event.to_string(), &format!("mutation {number}")).await;
        *statuses.entry(answer.status).or_default() += 1;
    }
    // Should the events or mutations become dull, this tells.
    for status in [201, 204, 400, 401, 403, 404, 405] {
        assert!(statuses.contains_key(&status), "no mutation was answered with {status}: {statuses:?}");
    }
}

#[tokio::test]
async fn an_event_that_is_cut_anywhere_or_has_a_wrong_byte_gets_an_answer_of_the_contract() {
    let installation = installation().await;
    let mut random = Random::seeded();
    for event in good_requests() {
        let text = event.to_string();
        for _ in 0..20 {
            let at = random.below(text.len());
            let (head, tail) = text.split_at_checked(at).unwrap_or((&text, "x"));
            let answer = is_answered(&installation, head, "cut").await;
            assert!(answer.status == 400 || head.len() == text.len(), "{answer:?}");
            let character = char::from(b' ' + random.below(95) as u8);
            let after = tail.chars().next().map_or(0, char::len_utf8);
            is_answered(&installation, &format!("{head}{character}{}", &tail[after..]), "wrong byte").await;
        }
    }
}

#[tokio::test]
async fn members_of_an_event_that_stand_twice_are_refused() {
    let installation = installation().await;
    for gateway in Gateway::ALL {
        let event = Call::create("demo", "notes").through(gateway).bearer(&callers::user("alice")).event().to_string();
        let doubled = event.replacen('{', r#"{"body":"{}","#, 1);
        let answer = is_answered(&installation, &doubled, "doubled").await;
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "INVALID_INPUT_DATA"));
    }
}

#[tokio::test]
async fn deep_and_huge_events_and_bodies_are_refused_and_nothing_breaks() {
    let installation = installation().await;
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [100, 10_000, 1_000_000] {
        let answer = is_answered(&installation, &deep(levels), "deep event").await;
        assert_eq!(answer.status, 400);
        let unused =
            format!(r#"{{"requestContext":{{"http":{{"method":"POST"}},"x":{}}},"rawPath":"/"}}"#, deep(levels));
        assert!(is_answered(&installation, &unused, "deep unused member").await.status < 500);
    }
    for gateway in Gateway::ALL {
        let call = || Call::create("demo", "notes").through(gateway).bearer(&callers::user("alice"));
        for levels in [33, 1000, 60_000] {
            let body = format!(r#"{{"a":{}}}"#, "[".repeat(levels));
            installation.refused_unread(&call().body(body.as_str()), 400, "INVALID_JSON").await;
            let body = format!(r#"{}1{}"#, r#"{"a":"#.repeat(levels / 6 + 33), "}".repeat(levels / 6 + 33));
            installation.refused_unread(&call().body(body.as_str()), 400, "INVALID_JSON").await;
        }
        for size in [100_000, 6_000_000] {
            let zeros = format!("{{\"a\":[0{}]}}", ",0".repeat(size / 2));
            installation.refused_unread(&call().body(zeros.as_str()), 413, "INVALID_INPUT_DATA").await;
            installation.refused_unread(&call().body(zeros.as_str()).in_base64(), 413, "INVALID_INPUT_DATA").await;
        }
    }
}

#[tokio::test]
async fn huge_headers_paths_and_credentials_are_answered() {
    let installation = installation().await;
    let huge = "x".repeat(1_000_000);
    let call = || Call::create("demo", "notes").bearer(&callers::user("alice"));
    for (call, status, code) in [
        (call().path(&format!("/api/apps/demo/buckets/{huge}/objects")), 400, "INVALID_BUCKET"),
        (call().path(&format!("/api/apps/{huge}/buckets/notes/objects")), 400, "INVALID_INPUT_DATA"),
        (call().path(&"/x".repeat(500_000)), 404, "NOT_FOUND"),
        (call().method(&huge), 405, "METHOD_NOT_ALLOWED"),
        (call().content_type(&huge), 400, "INVALID_DATA_TYPE"),
        (call().basic("demo", &huge), 401, "UNAUTHORIZED"),
        (call().without("authorization").header("Authorization", &huge), 401, "UNAUTHORIZED"),
    ] {
        for gateway in Gateway::ALL {
            installation.refused_unread(&call.clone().through(gateway), status, code).await;
        }
    }
    let odd_headers = call().header("X-Ünusual", "é\u{0}\u{7f}").header("x-huge", &huge).header("", "");
    for gateway in Gateway::ALL {
        installation.created(&odd_headers.clone().through(gateway)).await;
    }
}
