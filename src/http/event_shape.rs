//! What is wrong with an event that cannot be read, for whoever connects a gateway.

use serde_json::Value;

/// A member of an event: its JSON pointer, the type of its value, and whether every event has it.
type Member = (&'static str, Type, bool);

/// The type of a value.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Bool,
    Object,
    /// An object of texts, each of which may be null.
    Texts,
    /// An object of lists of texts, each of which may be null.
    Lists,
}

/// The members that are read of an event in payload format 2.0.
const OF_FORMAT_2: [Member; 10] = [
    ("/rawPath", Type::Text, true),
    ("/rawQueryString", Type::Text, false),
    ("/headers", Type::Texts, false),
    ("/requestContext/http", Type::Object, true),
    ("/requestContext/http/method", Type::Text, true),
    ("/requestContext/stage", Type::Text, false),
    ("/requestContext/requestId", Type::Text, false),
    ("/requestContext/domainName", Type::Text, false),
    ("/requestContext/apiId", Type::Text, false),
    ("/isBase64Encoded", Type::Bool, false),
];

/// Those of an event of a REST API.
const OF_REST: [Member; 12] = [
    ("/httpMethod", Type::Text, true),
    ("/path", Type::Text, true),
    ("/headers", Type::Texts, false),
    ("/multiValueHeaders", Type::Lists, false),
    ("/queryStringParameters", Type::Texts, false),
    ("/multiValueQueryStringParameters", Type::Lists, false),
    ("/requestContext", Type::Object, true),
    ("/requestContext/stage", Type::Text, false),
    ("/requestContext/path", Type::Text, false),
    ("/requestContext/requestId", Type::Text, false),
    ("/requestContext/domainName", Type::Text, false),
    ("/isBase64Encoded", Type::Bool, false),
];

/// The body may be any JSON string, which is not looked at here.
const OF_BOTH: [Member; 1] = [("/body", Type::Text, false)];

/// The first member that is missing or of another type, as a JSON pointer. There is none if the event is no JSON, or is like
/// that of no gateway.
pub fn wrong_member(event: &str) -> Option<&'static str> {
    let event: Value = serde_json::from_str(event).ok()?;
    // Load balancers send events that are nearly those of REST APIs.
    if event.pointer("/requestContext/elb").is_some() {
        return None;
    }
    let is_format_2 = event.get("rawPath").is_some() || event.pointer("/requestContext/http").is_some();
    let members = match (is_format_2, event.get("httpMethod")) {
        (true, _) => &OF_FORMAT_2[..],
        (false, Some(_)) => &OF_REST,
        (false, None) => return None,
    };
    members.iter().chain(&OF_BOTH).find(|member| !is_right(&event, member)).map(|(pointer, ..)| *pointer)
}

fn is_right(event: &Value, (pointer, kind, is_required): &Member) -> bool {
    match event.pointer(pointer).filter(|value| !value.is_null()) {
        None => !is_required,
        Some(value) => is_of(value, *kind),
    }
}

fn is_of(value: &Value, kind: Type) -> bool {
    let all = |of: fn(&Value) -> bool| {
        value.as_object().is_some_and(|members| members.values().all(|value| value.is_null() || of(value)))
    };
    match kind {
        Type::Text => value.is_string(),
        Type::Bool => value.is_boolean(),
        Type::Object => value.is_object(),
        Type::Texts => all(Value::is_string),
        Type::Lists => all(|list| list.as_array().is_some_and(|list| list.iter().all(Value::is_string))),
    }
}
