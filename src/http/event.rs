//! Events of API Gateway and of function URLs, taken apart into one type.
//!
//! Only the members that Pail needs are looked at. Anything else in an event may be missing or odd without harm: a
//! header with an unusual byte, for instance, must not turn the whole request away, as it would with stricter structs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::headers::Headers;
use crate::error::{Error, Result};
use crate::model::document::Document;
use crate::model::json::SyntaxError;

/// An HTTP request, whichever gateway it came through.
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// The path below the stage, as the event has it: with its percent-escapes unless the gateway resolved them.
    pub path: String,
    /// What stands before [`Self::path`] in the URL that the client used: empty, or `/` and the stage.
    pub stage_prefix: String,
    /// The header fields.
    pub headers: Headers,
    /// The host that the client called.
    pub host: Option<String>,
    /// The gateway's name for the request.
    pub request_id: Option<String>,
    body: Body,
}

/// A body as the event holds it.
enum Body {
    Text(String),
    Base64(String),
    /// More than any document has, by its length in the event alone.
    TooLarge,
}

/// An event in payload format 2.0, as HTTP APIs and function URLs send it. The local server makes such events, too.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventV2<'a> {
    /// The path with the stage, unless that is `$default`.
    pub raw_path: String,
    /// Header fields; several values of one field are joined with a comma.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, Option<String>>>,
    /// About the request.
    pub request_context: ContextV2,
    /// The body, a JSON string.
    #[serde(borrow, default)]
    pub body: Option<&'a RawValue>,
    /// Whether the body is Base64.
    #[serde(default)]
    pub is_base64_encoded: Option<bool>,
}

/// About a request in payload format 2.0.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextV2 {
    /// The method.
    pub http: HttpV2,
    /// The stage, `$default` if the URL shows none.
    #[serde(default)]
    pub stage: Option<String>,
    /// The gateway's name for the request.
    #[serde(default)]
    pub request_id: Option<String>,
    /// The host that the client called.
    #[serde(default)]
    pub domain_name: Option<String>,
}

/// The HTTP side of a request in payload format 2.0.
#[derive(Deserialize, Serialize)]
pub struct HttpV2 {
    /// The method.
    pub method: String,
}

/// An event of a REST API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventV1<'a> {
    http_method: String,
    path: String,
    #[serde(default)]
    headers: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Option<Vec<String>>>>,
    request_context: ContextV1,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContextV1 {
    /// Events of format 2.0 have it.
    http: Option<IgnoredAny>,
    /// Those of load balancers have it.
    elb: Option<IgnoredAny>,
    #[serde(default)]
    stage: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    domain_name: Option<String>,
}

impl Request {
    /// Takes an event apart; one of another kind, or without what every request has, is refused.
    pub fn from_event(event: &str) -> Result<Self> {
        if let Ok(event) = decode(event) {
            return Self::from_v2(event);
        }
        let event: EventV1<'_> = decode(event)?;
        match event.request_context {
            ContextV1 { http: None, elb: None, .. } => Self::from_v1(event),
            _ => Err(Error::InvalidEvent),
        }
    }

    fn from_v2(event: EventV2<'_>) -> Result<Self> {
        let stage = event.request_context.stage.filter(|stage| stage != "$default" && !stage.is_empty());
        let prefix = stage.map(|stage| format!("/{stage}")).unwrap_or_default();
        let (stage_prefix, path) = match strip_path_prefix(&event.raw_path, &prefix) {
            Some(path) => (prefix, path.to_owned()),
            None => (String::new(), event.raw_path),
        };
        let headers = headers(event.headers, None);
        Ok(Self {
            method: event.request_context.http.method,
            path,
            stage_prefix,
            host: headers.first("host").map(str::to_owned).or(event.request_context.domain_name),
            headers,
            request_id: event.request_context.request_id,
            body: Body::new(event.body, event.is_base64_encoded)?,
        })
    }

    fn from_v1(event: EventV1<'_>) -> Result<Self> {
        let shown = event.request_context.path.unwrap_or_default();
        // Where the two spell the path differently, the stage says what stands before it.
        let stage = event.request_context.stage.map(|stage| format!("/{stage}")).unwrap_or_default();
        let stage = if strip_path_prefix(&shown, &stage).is_some() { stage } else { String::new() };
        let headers = headers(event.headers, event.multi_value_headers);
        Ok(Self {
            method: event.http_method,
            stage_prefix: shown.strip_suffix(&event.path).map_or(stage, str::to_owned),
            path: event.path,
            host: headers.first("host").map(str::to_owned).or(event.request_context.domain_name),
            headers,
            request_id: event.request_context.request_id,
            body: Body::new(event.body, event.is_base64_encoded)?,
        })
    }

    /// The bytes of the body, unless they are more than any document has.
    pub fn body(&self) -> Result<Cow<'_, [u8]>> {
        match &self.body {
            Body::TooLarge => Err(Error::TooLarge),
            Body::Text(text) => Ok(text.as_bytes().into()),
            // Four characters stand for at most three bytes: what is too large by that needs no decoding.
            Body::Base64(text) if text.len() / 4 > Document::MAXIMUM_BYTES / 3 + 1 => Err(Error::TooLarge),
            Body::Base64(text) => match STANDARD.decode(text) {
                Ok(bytes) => Ok(bytes.into()),
                Err(_) => Err(Error::InvalidJson(SyntaxError::at_start("the body cannot be decoded from Base64"))),
            },
        }
    }
}

impl Body {
    /// A body that must be too large is not even decoded, so that it takes no memory besides its event.
    fn new(body: Option<&RawValue>, is_base64_encoded: Option<bool>) -> Result<Self> {
        let is_base64 = is_base64_encoded.unwrap_or_default();
        let text = match body.map(RawValue::get) {
            None => return Ok(Self::Text(String::new())),
            Some(text) if !text.starts_with('"') => return Err(Error::InvalidEvent),
            Some(text) if text.len() > Self::longest(is_base64) => return Ok(Self::TooLarge),
            Some(text) => decode(text)?,
        };
        Ok(if is_base64 { Self::Base64(text) } else { Self::Text(text) })
    }

    /// How long the JSON string of a body can be that is not too large: with every character escaped, which takes six
    /// bytes, or twelve for a pair of surrogates (RFC 8259, section 7).
    fn longest(is_base64: bool) -> usize {
        let quotes = 2;
        if is_base64 {
            6 * (Document::MAXIMUM_BYTES / 3 + 1) * 4 + quotes
        } else {
            12 * Document::MAXIMUM_CHARACTERS + quotes
        }
    }
}

fn decode<'a, T: Deserialize<'a>>(event: &'a str) -> Result<T> {
    serde_json::from_str(event).map_err(|_| Error::InvalidEvent)
}

/// What follows `prefix` in `path`, if it ends there or goes on with a new segment.
pub fn strip_path_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (!prefix.is_empty() && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

fn headers(
    single: Option<BTreeMap<String, Option<String>>>,
    multiple: Option<BTreeMap<String, Option<Vec<String>>>>,
) -> Headers {
    let mut headers = Headers::default();
    match multiple {
        Some(multiple) if !multiple.is_empty() => {
            for (name, value) in
                multiple.iter().flat_map(|(name, values)| values.iter().flatten().map(move |value| (name, value)))
            {
                headers.push(name.clone(), value.clone());
            }
        }
        _ => {
            for (name, value) in single.unwrap_or_default() {
                headers.push(name, value.unwrap_or_default());
            }
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn decoded(event: Value) -> Option<(String, String, String)> {
        let request = Request::from_event(&event.to_string()).ok()?;
        Some((request.method, request.stage_prefix, request.path))
    }

    fn v2(stage: &str, path: &str) -> Value {
        json!({"version": "2.0", "rawPath": path, "headers": {}, "requestContext": {"stage": stage, "http": {"method": "POST"}}})
    }

    fn expected(prefix: &str, path: &str) -> Option<(String, String, String)> {
        Some(("POST".to_owned(), prefix.to_owned(), path.to_owned()))
    }

    #[test]
    fn the_stage_is_taken_off_the_path_of_an_http_api() {
        assert_eq!(decoded(v2("$default", "/api/x")), expected("", "/api/x"));
        assert_eq!(decoded(v2("prod", "/prod/api/x")), expected("/prod", "/api/x"));
        assert_eq!(decoded(v2("prod", "/product/api")), expected("", "/product/api"));
        assert_eq!(decoded(v2("prod", "/prod")), expected("/prod", ""));
        assert_eq!(decoded(v2("$default", "/$default/api")), expected("", "/$default/api"));
        assert_eq!(decoded(v2("", "/")), expected("", "/"));
    }

    #[test]
    fn the_path_of_a_rest_api_shows_its_stage_in_the_context_only() {
        let event = |shown: &str| json!({"httpMethod": "POST", "path": "/api/x", "requestContext": {"path": shown}});
        assert_eq!(decoded(event("/prod/api/x")), expected("/prod", "/api/x"));
        assert_eq!(decoded(event("/api/x")), expected("", "/api/x"));
        assert_eq!(decoded(event("/other")), expected("", "/api/x"));
        let path = "/api/rw%3Ax";
        let context = json!({"path": "/prod/api/rw:x", "stage": "prod"});
        let event = json!({"httpMethod": "POST", "path": path, "requestContext": context});
        assert_eq!(decoded(event), expected("/prod", path));
    }

    #[test]
    fn other_events_are_refused() {
        for event in [
            json!({}),
            json!([]),
            json!(null),
            json!("x"),
            json!({"requestContext": null}),
            json!({"requestContext": {}}),
            json!({"httpMethod": "POST", "path": "/", "requestContext": {"elb": {"targetGroupArn": "a"}}}),
            json!({"rawPath": "/", "requestContext": {"http": {}}}),
            json!({"requestContext": {"http": {"method": "GET"}}}),
            json!({"httpMethod": 1, "path": "/", "requestContext": {}}),
            json!({"Records": []}),
        ] {
            assert_eq!(decoded(event.clone()), None, "{event}");
        }
        assert!(Request::from_event("").is_err() && Request::from_event("{").is_err());
    }

    #[test]
    fn values_of_one_header_are_all_seen() {
        let event = json!({
            "httpMethod": "POST", "path": "/", "requestContext": {}, "headers": {"A": "2"}, "multiValueHeaders": {"A": ["1", "2"], "b": null}
        });
        let request = Request::from_event(&event.to_string()).ok();
        assert_eq!(
            request.map(|request| request.headers.values("a").to_vec()),
            Some(vec!["1".to_owned(), "2".to_owned()])
        );
    }

    /// A request with a body, and whether it is said to be in Base64.
    fn with_body(body: &str, is_base64: Option<bool>) -> Request {
        let mut event = v2("$default", "/");
        event["body"] = body.into();
        event["isBase64Encoded"] = is_base64.into();
        Request::from_event(&event.to_string()).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// An event whose body is written so.
    fn with_written(body: &str, is_base64: bool) -> Result<Request> {
        let event = r#"{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"isBase64Encoded":"#;
        Request::from_event(&format!("{event}{is_base64},\"body\":{body}}}"))
    }

    #[test]
    fn a_body_that_must_be_too_large_is_not_decoded_and_the_largest_is_however_it_is_escaped() {
        let length = |body: &str, is_base64: bool| {
            with_written(body, is_base64).and_then(|request| request.body().map(|body| body.len()))
        };
        let pairs = |count: usize| format!("\"{}\"", "\\ud83d\\ude00".repeat(count));
        assert_eq!(length(&pairs(Document::MAXIMUM_CHARACTERS), false), Ok(Document::MAXIMUM_BYTES));
        assert_eq!(length(&pairs(Document::MAXIMUM_CHARACTERS + 1), false), Err(Error::TooLarge));
        let escaped = |bytes: usize| {
            let text = STANDARD.encode(vec![0; bytes]);
            format!("\"{}\"", text.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<String>())
        };
        assert_eq!(length(&escaped(Document::MAXIMUM_BYTES), true), Ok(Document::MAXIMUM_BYTES));
        assert_eq!(length(&escaped(Document::MAXIMUM_BYTES + 6), true), Err(Error::TooLarge));
        let broken = |count: usize| format!("\"{}\\ud83d\"", "x".repeat(count));
        assert_eq!(length(&broken(12 * Document::MAXIMUM_CHARACTERS - 6), false), Err(Error::InvalidEvent));
        assert_eq!(length(&broken(12 * Document::MAXIMUM_CHARACTERS), false), Err(Error::TooLarge));
        for body in ["1", "{}", "[\"x\"]", "true"] {
            assert_eq!(length(body, false), Err(Error::InvalidEvent), "{body}");
        }
        assert_eq!(length("null", false), Ok(0));
    }

    #[test]
    fn a_body_is_text_unless_the_event_says_that_it_is_base64() {
        for (body, is_base64, bytes) in [
            ("e30=", None, &b"e30="[..]),
            ("e30=", Some(false), b"e30="),
            ("e30=", Some(true), b"{}"),
            ("/w==", Some(true), b"\xff"),
            ("", Some(true), b""),
        ] {
            assert_eq!(with_body(body, is_base64).body().as_deref(), Ok(bytes), "{body}");
        }
        for bad in ["!", "e30", "e30==", "e3 0="] {
            assert!(matches!(with_body(bad, Some(true)).body(), Err(Error::InvalidJson(_))), "{bad}");
        }
        assert_eq!(
            Request::from_event(&v2("$default", "/").to_string()).map(|request| request.body().is_ok()),
            Ok(true)
        );
    }

    #[test]
    fn base64_of_more_than_any_document_has_is_not_even_decoded() {
        let longest = STANDARD.encode(vec![0; Document::MAXIMUM_BYTES]);
        assert_eq!(with_body(&longest, Some(true)).body().map(|body| body.len()), Ok(Document::MAXIMUM_BYTES));
        let longer = "!".repeat(longest.len() + 8);
        assert_eq!(with_body(&longer, Some(true)).body(), Err(Error::TooLarge));
    }

    #[test]
    fn the_host_is_the_one_that_was_called_or_else_that_of_the_gateway() {
        let host = |headers: Value, context: Value| {
            let event = json!({"httpMethod": "POST", "path": "/", "requestContext": context, "headers": headers});
            Request::from_event(&event.to_string()).ok().and_then(|request| request.host)
        };
        let context = json!({"domainName": "gateway.example"});
        assert_eq!(host(json!({"Host": "a.example"}), context.clone()).as_deref(), Some("a.example"));
        assert_eq!(host(json!({"Host": null}), context.clone()).as_deref(), Some(""));
        assert_eq!(host(json!(null), context).as_deref(), Some("gateway.example"));
        assert_eq!(host(json!({}), json!({})), None);
    }

    #[test]
    fn headers_of_a_rest_api_are_those_with_all_their_values_if_there_are_any() {
        let value = |single: Value, multiple: Value| {
            let event = json!({
                "httpMethod": "POST", "path": "/", "requestContext": {"requestId": "r"}, "headers": single, "multiValueHeaders": multiple
            });
            let request = Request::from_event(&event.to_string()).ok()?;
            assert_eq!(request.request_id.as_deref(), Some("r"));
            request.headers.first("a").map(str::to_owned)
        };
        assert_eq!(value(json!({"A": "1"}), json!({})).as_deref(), Some("1"));
        assert_eq!(value(json!({"A": "1"}), json!(null)).as_deref(), Some("1"));
        assert_eq!(value(json!({"A": "1"}), json!({"b": ["2"]})), None);
        assert_eq!(value(json!(null), json!({"a": ["2"]})).as_deref(), Some("2"));
    }

    #[test]
    fn a_prefix_ends_where_a_segment_does() {
        for (path, prefix, rest) in [
            ("/a/b", "/a", Some("/b")),
            ("/a", "/a", Some("")),
            ("/ab", "/a", None),
            ("/b", "/a", None),
            ("/a", "", None),
            ("", "", None),
        ] {
            assert_eq!(strip_path_prefix(path, prefix), rest, "{path} {prefix}");
        }
    }
}
