//! Methods, stages, hosts and request IDs that no gateway sends, and events of two kinds at once.

use serde_json::{Value, json};

use super::{Mutate, ODD_TEXTS, re_cased, with_inserted};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("another method", |event, random| {
        let methods =
            ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "POST", "TRACE", "CONNECT", "", " POST", "POST\0"];
        set_method(event, random.text(&methods))
    }),
    ("a method re-cased", |event, random| {
        let method = re_cased("POST", random);
        set_method(event, &method)
    }),
    ("an odd query", |event, random| {
        let (name, value) = (random.text(&["paginationKey", "pagination%4bey", "a"]), random.text(&ODD_TEXTS));
        if let Some(query) = event.get_mut("rawQueryString") {
            *query = format!("{name}={value}{}", random.text(&["", "&", "&a=b", "&paginationKey=ab"])).into();
            return true;
        }
        let values = random.pick(&[json!([value]), json!([value, "ab"]), json!([]), json!(null), json!(value)]).clone();
        event.get_mut("multiValueQueryStringParameters").is_some_and(|parameters| {
            *parameters = json!({name: values});
            true
        })
    }),
    ("an odd stage", |event, random| set(event, random, "/requestContext/stage", &STAGES)),
    ("an odd host", |event, random| set(event, random, "/requestContext/domainName", &HOSTS)),
    ("an odd host alone", |event, random| {
        for headers in ["headers", "multiValueHeaders"] {
            if let Some(fields) = event.get_mut(headers).and_then(Value::as_object_mut) {
                fields.retain(|name, _| !name.eq_ignore_ascii_case("host"));
            }
        }
        set(event, random, "/requestContext/domainName", &HOSTS)
    }),
    ("an odd request ID", |event, random| {
        let odd = random.text(&ODD_TEXTS);
        let id = match random.below(3) {
            0 => odd.to_owned(),
            1 => with_inserted("an-id", odd, random),
            _ => "x".repeat(126 + random.below(5)),
        };
        let found = event.pointer_mut("/requestContext/requestId");
        found.is_some_and(|found| std::mem::replace(found, id.into()).is_string())
    }),
    ("a path that is shown otherwise", |event, random| {
        let prefix = random.text(&PREFIXES);
        let path = event.get("path").and_then(Value::as_str).unwrap_or_default();
        let shown = if random.below(4) == 0 { prefix.to_owned() } else { format!("{prefix}{path}") };
        let found = event.pointer_mut("/requestContext/path");
        found.is_some_and(|found| std::mem::replace(found, shown.into()).is_string())
    }),
    ("an odd stage that is in the path", |event, random| {
        let Some(path) = event.get("rawPath").and_then(Value::as_str).map(str::to_owned) else {
            return false;
        };
        let stage = random.text(&STAGES);
        event["rawPath"] = format!("/{stage}{path}").into();
        event
            .pointer_mut("/requestContext/stage")
            .is_some_and(|found| std::mem::replace(found, stage.into()).is_string())
    }),
    ("an event of two kinds", |event, random| {
        let Some(event) = event.as_object_mut().filter(|event| !event.is_empty()) else {
            return false;
        };
        let (name, value) = match random.below(5) {
            0 => ("httpMethod", json!("POST")),
            1 => ("path", json!("/api/apps/demo/buckets/notes/objects")),
            2 => ("rawPath", json!("/api/apps/demo/buckets/notes/objects")),
            3 => ("Records", json!([{"body": "{}"}])),
            _ => ("version", json!("1.0")),
        };
        event.insert(name.to_owned(), value);
        true
    }),
    ("a context of two kinds", |event, random| {
        let context = event.get_mut("requestContext").and_then(Value::as_object_mut);
        context.is_some_and(|context| {
            let (name, value) = match random.below(4) {
                0 => ("http", json!({"method": "POST"})),
                1 => ("http", json!(null)),
                2 => ("elb", json!({"targetGroupArn": "a"})),
                _ => ("connectionId", json!("x")),
            };
            context.insert(name.to_owned(), value);
            true
        })
    }),
];

const STAGES: [&str; 16] = [
    "prod", "$default", "", "api", "..", ".", "a b", "a/b", "a%2fb", "a\r\nb", "é", "\"<>", "?a=b", "#a", "a@b", "x\\y",
];

/// Prefixes of a path that is shown.
const PREFIXES: [&str; 16] = [
    "",
    "/",
    "/prod",
    "/v1/orders",
    "//evil.example",
    ".evil.example",
    ":80@evil.example",
    "@evil.example",
    "/..",
    "/.",
    "/a b",
    "/a%2e",
    "/\"<>",
    "/a?b=",
    "/a#",
    "/\r\nSet-Cookie: x=y",
];

const HOSTS: [&str; 24] = [
    "api.example.com",
    "API.example.com:8443",
    "[::1]:80",
    "127.0.0.1",
    "",
    ":",
    ":80",
    "a:",
    "a:port",
    "a:65536",
    "a:+1",
    "a.example,b.example",
    "a;b",
    "a!b",
    "a*",
    "(a)",
    "a'b",
    "a=b",
    "a&b",
    "[x]",
    "[::1",
    "a\r\nSet-Cookie: x=y",
    "u@h",
    "a%20b",
];

/// Sets an existing text to one of these.
fn set(event: &mut Value, random: &mut Random, pointer: &str, texts: &[&str]) -> bool {
    let text = random.text(texts);
    event.pointer_mut(pointer).is_some_and(|found| std::mem::replace(found, text.into()).is_string())
}

/// Sets the method wherever the event has it.
fn set_method(event: &mut Value, method: &str) -> bool {
    let places = ["/httpMethod", "/requestContext/httpMethod", "/requestContext/http/method"];
    let mut was_there = false;
    for place in places {
        if let Some(found) = event.pointer_mut(place) {
            *found = method.into();
            was_there = true;
        }
    }
    was_there
}
