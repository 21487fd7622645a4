//! Requests that are as large as a gateway lets through, and larger.

use serde_json::{Value, json};

use crate::harness::{Call, Gateway, callers};

/// The most that Lambda takes, 6 MB.
pub const SIZE: usize = 6 << 20;

/// What a request should come to.
pub type Status = u16;

/// A good request, but for what is done to it.
pub fn call(gateway: Gateway) -> Call {
    Call::create("demo", "notes").through(gateway).bearer(&callers::user("alice"))
}

/// A part again and again, up to the size.
fn filled(part: &str) -> String {
    part.repeat(SIZE / part.len())
}

/// Texts of 6 MB, as bodies.
pub fn texts() -> Vec<(&'static str, String)> {
    let member = |number: usize| format!("\"{number:x}\":0,");
    vec![
        ("zeros", format!("{{\"a\":[0{}]}}", filled(",0"))),
        ("nested arrays", filled("[")),
        ("nested objects", filled("{\"a\":")),
        ("one string", format!("{{\"a\":\"{}\"}}", filled("x"))),
        ("one number", format!("{{\"a\":{}}}", filled("7"))),
        ("members", format!("{{{}\"z\":0}}", (0..SIZE / 10).map(member).collect::<String>())),
        ("members of the server", format!("{{{}\"z\":0}}", filled("\"_a\":0,"))),
        ("blanks", filled(" ")),
        ("quotes, each escaped in the event", filled("\"")),
        ("controls, each escaped in the event", filled("\u{1}")),
        ("escapes", format!("{{\"a\":\"{}\"}}", filled("\\u0041"))),
        ("an escape before the end", format!("{{\"a\":\"{}\\n\"}}", filled("x"))),
        ("characters of four bytes", filled("😀")),
    ]
}

/// Bodies of 6 MB that are refused, as a gateway would send them.
pub fn large_bodies(gateway: Gateway) -> Vec<(String, String, Status)> {
    let mut events = Vec::new();
    for (name, text) in texts() {
        events.push((name.to_owned(), call(gateway).body(text.as_str()).event().to_string(), 413));
        events.push((format!("{name}, in Base64"), call(gateway).body(text).in_base64().event().to_string(), 413));
    }
    events.push(("no UTF-8".to_owned(), call(gateway).body(vec![0xff; SIZE]).event().to_string(), 413));
    for (name, text) in [("no Base64", filled("!")), ("nearly Base64", format!("{}!", filled("QUJD")))] {
        let mut event = call(gateway).body("-").in_base64().event();
        event["body"] = text.into();
        events.push((name.to_owned(), event.to_string(), 413));
    }
    events
}

/// The largest bodies that are accepted, and those of their size that are not.
pub fn largest_bodies(gateway: Gateway) -> Vec<(String, String, Status)> {
    const MOST: usize = 65_534;
    let members: String = (0..MOST / 9).map(|number| format!("\"{number:04x}\":0,")).collect();
    let of_server: String = (0..MOST / 10).map(|number| format!("\"_{number:04x}\":0,")).collect();
    let escaped: String = (0..MOST / 14).map(|number| format!("\"\\u0061{number:04x}\":0,")).collect();
    let mut events = Vec::new();
    for (name, text, status) in [
        ("most members", format!("{{{members}\"z\":0}}"), 201),
        ("most members of the server", format!("{{{of_server}\"z\":0}}"), 201),
        ("most names with an escape", format!("{{{escaped}\"z\":0}}"), 201),
        ("longest string", format!("{{\"a\":\"{}\"}}", "😀".repeat(MOST - 8)), 201),
        ("most blanks", format!("{}{{}}", " ".repeat(MOST - 2)), 201),
        ("most zeros", format!("{{\"a\":[0{}]}}", ",0".repeat(MOST / 2 - 8)), 201),
        ("most brackets", "[".repeat(MOST), 400),
    ] {
        events.push((name.to_owned(), call(gateway).body(text.as_str()).event().to_string(), status));
        events.push((format!("{name}, in Base64"), call(gateway).body(text).in_base64().event().to_string(), status));
    }
    events
}

/// Requests with 6 MB in a place other than the body.
pub fn large_elsewhere(gateway: Gateway) -> Vec<(String, String, Status)> {
    let mut events = Vec::new();
    let mut add = |name: &str, event: Value, status| events.push((name.to_owned(), event.to_string(), status));
    let huge = filled("x");
    for (name, value, status) in [
        ("X-Unknown", huge.clone(), 201),
        ("Authorization", huge.clone(), 401),
        ("Authorization", format!("Basic {}", filled("QUJD")), 401),
        ("Authorization", format!("Bearer {huge}"), 403),
        ("Content-Type", huge.clone(), 400),
        ("Content-Type", format!("application/json;{}", filled("a=b;")), 201),
        ("Idempotency-Key", huge.clone(), 400),
        ("X-Http-Method-Override", huge.clone(), 405),
        ("X-Forwarded-Proto", huge.clone(), 201),
        ("Host", huge.clone(), 201),
    ] {
        let call = call(gateway).without(name).header(name, &value);
        add(&format!("header {name}: {}", &value[..10]), call.event(), status);
    }
    for (name, path, status) in [
        ("a bucket", format!("/api/apps/demo/buckets/{huge}/objects"), 400),
        ("an app", format!("/api/apps/{huge}/buckets/notes/objects"), 400),
        ("segments", filled("/x"), 404),
        ("slashes", filled("/"), 404),
        ("escapes", format!("/api/apps/demo/buckets/{}/objects", filled("%41")), 400),
        ("no segment", huge.clone(), 404),
    ] {
        add(&format!("path of {name}"), call(gateway).path(&path).event(), status);
    }
    add("method", call(gateway).method(&huge).event(), 405);
    for member in ["requestId", "stage", "domainName"] {
        let mut event = call(gateway).event();
        event["requestContext"][member] = huge.clone().into();
        add(member, event, 201);
    }
    let mut event = call(gateway).event();
    event["unknown"] = huge.clone().into();
    add("unknown member", event, 201);
    events.extend(crowded_headers(gateway));
    events
}

/// Headers that are many, each of a few bytes.
fn crowded_headers(gateway: Gateway) -> Vec<(String, String, Status)> {
    let text = call(gateway).event().to_string();
    let fields = match gateway {
        Gateway::RestApi => "multiValueHeaders",
        Gateway::HttpApi | Gateway::FunctionUrl => "headers",
    };
    let one = |number: usize| match gateway {
        Gateway::RestApi => format!("\"{number:x}\":[\"\"],"),
        Gateway::HttpApi | Gateway::FunctionUrl => format!("\"{number:x}\":\"\","),
    };
    let many: String = (0..SIZE / 12).map(one).collect();
    let into = |place: &str, what: &str| {
        assert!(text.contains(place), "{place}");
        text.replacen(place, &format!("{place}{what}"), 1)
    };
    let place = format!("\"{fields}\":{{");
    let mut events = vec![
        ("header fields".to_owned(), into(&place, &many), 201),
        ("an unknown member of members".to_owned(), into("{", &format!("\"x\":{{{many}\"z\":0}},")), 201),
        ("a name of a member".to_owned(), into("{", &format!("\"{}\":0,", filled("\\n"))), 201),
        ("unknown nested arrays".to_owned(), into("{", &format!("\"x\":{}{},", filled("["), filled("]"))), 201),
    ];
    if gateway == Gateway::RestApi {
        let values = json!(["application/json"]).to_string();
        let more = format!("[{}\"\"]", "\"\",".repeat(SIZE / 3));
        assert!(text.contains(&values), "{text}");
        events.push(("values of one field".to_owned(), text.replacen(&values, &more, 1), 400));
        events.push(("values of an unknown field".to_owned(), into(&place, &format!("\"x\":{more},")), 201));
    }
    events
}
