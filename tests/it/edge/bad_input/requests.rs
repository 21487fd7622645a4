//! The requests to break: the events of `events/`, and requests of all three gateways.

use serde_json::Value;

use pail_testing::{Call, Gateway, callers, events};

/// The events of `events/`, without large bodies.
pub fn fixture_events() -> Vec<Value> {
    let events = events::all().into_iter().filter(|(_, event, _)| event.len() < 20_000);
    let events: Vec<Value> =
        events.map(|(_, event, _)| serde_json::from_str(&event).expect("an event is JSON")).collect();
    assert!(events.len() > 80, "the events are missing");
    events
}

/// Requests that would succeed, so that mutations also reach the code after the first checks.
pub fn good_requests() -> Vec<Value> {
    let mut events = Vec::new();
    for gateway in Gateway::ALL {
        for (scope, token) in [
            ("demo", callers::user("alice")),
            ("demo/users/me", callers::user("alice")),
            ("demo/groups/crew", callers::member("alice", &["crew"])),
            ("demo/things/t", callers::administrator("operator")),
        ] {
            let call = || Call::create(scope, "notes").through(gateway).bearer(&token);
            events.push(call().event());
            events.push(call().in_base64().event());
            events.push(call().content_type("application/vnd.demo.note+json; charset=utf-8").event());
        }
        let anonymous = || Call::create("open", "notes").through(gateway);
        events.push(anonymous().basic("open", "open-key").event());
        events.push(anonymous().basic("open", "open-key").key("again").event());
        events.push(anonymous().header("X-Kii-AppID", "open").header("X-Kii-AppKey", "open-key").event());
        let headers = anonymous().method("OPTIONS").header("Origin", "https://app.example");
        events.push(headers.header("Access-Control-Request-Method", "POST").event());
    }
    for (at, (method, below, body)) in IN_ALICES_SCOPE.into_iter().enumerate() {
        let call = Call::bucket(method, "demo", "notes").path(&format!("/api/apps/demo/users/alice{below}")).body(body);
        events.push(call.through(Gateway::ALL[at % Gateway::ALL.len()]).bearer(&callers::user("alice")).event());
    }
    events
}

/// Methods, paths and bodies of requests for ACLs and buckets. In any order, most of them succeed.
const IN_ALICES_SCOPE: [(&str, &str, &str); 17] = [
    ("GET", "/buckets", ""),
    ("GET", "/buckets?paginationKey=n%6ftes", ""),
    ("GET", "/buckets/notes", ""),
    ("HEAD", "/buckets/notes", ""),
    ("PUT", "/buckets/more", r#"{"bucketType":"rw"}"#),
    ("DELETE", "/buckets/more", ""),
    ("PUT", "/buckets/notes/objects/o1", "{}"),
    ("GET", "/buckets/notes/objects/o1/acl", ""),
    ("PUT", "/buckets/notes/objects/o1/acl", r#"{"READ_EXISTING_OBJECT":[{"userID":"bob"},{"groupID":"crew"}]}"#),
    ("GET", "/acl/CREATE_NEW_BUCKET", ""),
    ("GET", "/acl/CREATE_NEW_BUCKET/UserID:alice", ""),
    ("PUT", "/acl", r#"{"CREATE_NEW_BUCKET":[{"userID":"alice"}]}"#),
    ("PUT", "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", ""),
    ("DELETE", "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", ""),
    ("PUT", "/buckets/other/acl/READ_OBJECTS_IN_BUCKET/GroupID:crew", ""),
    ("PUT", "/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/ThingID:t", ""),
    ("DELETE", "/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/ThingID:t", ""),
];
