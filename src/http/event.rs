//! Events of API Gateway and of function URLs, parsed into one type.
//!
//! Only the members that Pail needs are parsed. Anything else in an event may be missing or odd: a header with an unusual
//! byte, for instance, must not make the whole request fail, as it would with stricter structs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::event_shape::wrong_member;
use super::headers::Headers;
use super::refusal::{Refusal, Result};
use super::request::{Body, Request};
use crate::model::document::Document;

/// A text of an event, copied only if it has escapes. It may be secret.
#[derive(Deserialize, Serialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// The name of a header field.
#[derive(Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Name<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// An event in payload format 2.0, as HTTP APIs and function URLs send it. The local server makes such events, too.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventV2<'a> {
    /// The path with the stage, unless that is `$default`.
    #[serde(borrow)]
    pub raw_path: Text<'a>,
    /// The query string, as the client sent it.
    #[serde(borrow, default)]
    pub raw_query_string: Option<Text<'a>>,
    /// Header fields; several values of one field are joined with a comma.
    #[serde(borrow, default)]
    pub headers: Option<BTreeMap<Name<'a>, Option<Text<'a>>>>,
    /// About the request.
    #[serde(borrow)]
    pub request_context: ContextV2<'a>,
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
pub struct ContextV2<'a> {
    /// The method.
    #[serde(borrow)]
    pub http: HttpV2<'a>,
    /// The stage, `$default` if the URL shows none.
    #[serde(borrow, default)]
    pub stage: Option<Text<'a>>,
    /// The gateway's name for the request.
    #[serde(borrow, default)]
    pub request_id: Option<Text<'a>>,
    /// The host that the client called.
    #[serde(borrow, default)]
    pub domain_name: Option<Text<'a>>,
    /// The gateway's ID, with which its own domain begins.
    #[serde(borrow, default)]
    pub api_id: Option<Text<'a>>,
}

/// The HTTP side of a request in payload format 2.0.
#[derive(Deserialize, Serialize)]
pub struct HttpV2<'a> {
    /// The method.
    #[serde(borrow)]
    pub method: Text<'a>,
}

/// An event of a REST API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventV1<'a> {
    #[serde(borrow)]
    http_method: Text<'a>,
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow, default)]
    headers: Option<BTreeMap<Name<'a>, Option<Text<'a>>>>,
    #[serde(borrow, default)]
    multi_value_headers: Option<BTreeMap<Name<'a>, Option<Vec<Text<'a>>>>>,
    /// The gateway has decoded them.
    #[serde(borrow, default)]
    query_string_parameters: Option<BTreeMap<Name<'a>, Option<Text<'a>>>>,
    #[serde(borrow, default)]
    multi_value_query_string_parameters: Option<BTreeMap<Name<'a>, Option<Vec<Text<'a>>>>>,
    #[serde(borrow)]
    request_context: ContextV1<'a>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContextV1<'a> {
    /// Events of format 2.0 have it.
    http: Option<IgnoredAny>,
    /// Those of load balancers have it.
    elb: Option<IgnoredAny>,
    #[serde(borrow, default)]
    stage: Option<Text<'a>>,
    #[serde(borrow, default)]
    path: Option<Text<'a>>,
    #[serde(borrow, default)]
    request_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    domain_name: Option<Text<'a>>,
}

impl<'a> Request<'a> {
    /// Parses an event. Fails for an event of another kind, or without what every request has.
    pub fn from_event(event: &'a str) -> Result<Self> {
        if let Ok(event) = decode(event) {
            return Self::from_v2(event);
        }
        match decode::<EventV1<'_>>(event) {
            Ok(decoded @ EventV1 { request_context: ContextV1 { http: None, elb: None, .. }, .. }) => {
                Self::from_v1(decoded)
            }
            Ok(_) | Err(_) => Err(Refusal::InvalidEvent(wrong_member(event))),
        }
    }

    fn from_v2(event: EventV2<'a>) -> Result<Self> {
        let context = event.request_context;
        let stage = context.stage.filter(|Text(stage)| stage != "$default" && !stage.is_empty());
        let prefix = stage.map(|Text(stage)| format!("/{stage}")).unwrap_or_default();
        let Text(path) = event.raw_path;
        let (stage_prefix, path) = match strip_path_prefix(&path, &prefix) {
            // The event shows the stage even if the client's URL, with a domain of its own, does not.
            Some(path) if is_own_domain(context.domain_name.as_ref(), context.api_id.as_ref()) => {
                (String::new(), path.to_owned().into())
            }
            Some(path) => (prefix, path.to_owned().into()),
            None => (String::new(), path),
        };
        let headers = Headers(fields(event.headers, None, str::eq_ignore_ascii_case));
        Ok(Self {
            query: event.raw_query_string.map(|Text(query)| parse_query(&query)).unwrap_or_default(),
            method: context.http.method.0,
            path,
            stage_prefix,
            host: host(&headers, context.domain_name),
            headers,
            request_id: context.request_id.map(|Text(id)| id),
            body: body(event.body, event.is_base64_encoded)?,
        })
    }

    fn from_v1(event: EventV1<'a>) -> Result<Self> {
        let context = event.request_context;
        let (Text(path), shown) = (event.path, context.path.map(|Text(path)| path).unwrap_or_default());
        // The two may spell the path differently. Then the stage tells what comes before it.
        let stage = context.stage.map(|Text(stage)| format!("/{stage}")).unwrap_or_default();
        let stage = if strip_path_prefix(&shown, &stage).is_some() { stage } else { String::new() };
        let headers = Headers(fields(event.headers, event.multi_value_headers, str::eq_ignore_ascii_case));
        let (one, all) = (event.query_string_parameters, event.multi_value_query_string_parameters);
        Ok(Self {
            query: fields(one, all, |name, other| name == other),
            method: event.http_method.0,
            stage_prefix: shown.strip_suffix(&*path).map_or(stage, str::to_owned),
            path,
            host: host(&headers, context.domain_name),
            headers,
            request_id: context.request_id.map(|Text(id)| id),
            body: body(event.body, event.is_base64_encoded)?,
        })
    }
}

fn decode<'a, T: Deserialize<'a>>(event: &'a str) -> Result<T> {
    serde_json::from_str(event).map_err(|_| Refusal::InvalidEvent(None))
}

/// What follows `prefix` in `path`, if it ends there or goes on with a new segment.
pub fn strip_path_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (!prefix.is_empty() && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// A body that must be too large is not even decoded, so that it takes no memory besides its event.
fn body<'a>(body: Option<&'a RawValue>, is_base64_encoded: Option<bool>) -> Result<Body<'a>> {
    let is_base64 = is_base64_encoded.unwrap_or_default();
    let text = match body.map(RawValue::get) {
        None => return Ok(Body::Text(Cow::default())),
        Some(text) if !text.starts_with('"') => return Err(Refusal::InvalidEvent(Some("/body"))),
        Some(text) if text.len() > longest_body(is_base64) => return Ok(Body::TooLarge),
        Some(text) => decode::<Text<'_>>(text)?.0,
    };
    Ok(if is_base64 { Body::Base64(text) } else { Body::Text(text) })
}

/// The longest JSON string of a body that is not too large: every character escaped takes six bytes, or twelve for a pair
/// of surrogates (RFC 8259, section 7).
fn longest_body(is_base64: bool) -> usize {
    let quotes = 2;
    if is_base64 { 6 * (Document::MAXIMUM_BYTES / 3 + 1) * 4 + quotes } else { 12 * Document::MAXIMUM_SENT + quotes }
}

/// Names and values: those of the map with all values, and those that only the other map has. Some gateways fill only one.
fn fields<'a>(
    single: Option<BTreeMap<Name<'a>, Option<Text<'a>>>>,
    multiple: Option<BTreeMap<Name<'a>, Option<Vec<Text<'a>>>>>,
    is_same: fn(&str, &str) -> bool,
) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let values = |(Name(name), values): (Name<'a>, Option<Vec<Text<'a>>>)| {
        values.into_iter().flatten().map(move |Text(value)| (name.clone(), value))
    };
    let mut all: Vec<_> = multiple.unwrap_or_default().into_iter().flat_map(values).collect();
    let (from_lists, single) = (all.len(), single.unwrap_or_default());
    all.reserve_exact(single.len());
    for (Name(name), value) in single {
        if !all.iter().take(from_lists).any(|(known, _)| is_same(known, &name)) {
            all.push((name, value.map(|Text(value)| value).unwrap_or_default()));
        }
    }
    all
}

/// Whether the client called a domain of its own, rather than the gateway's, which begins with the gateway's ID.
fn is_own_domain(domain: Option<&Text<'_>>, api: Option<&Text<'_>>) -> bool {
    matches!((domain, api), (Some(Text(domain)), Some(Text(api))) if !domain.starts_with(&**api))
}

/// The parameters of a query string.
fn parse_query<'a>(query: &str) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned().into(), value.into_owned().into());
    form_urlencoded::parse(query.as_bytes()).map(owned).collect()
}

/// The host that the client called: the header, or else what the gateway says.
fn host<'a>(headers: &Headers<'a>, domain_name: Option<Text<'a>>) -> Option<Cow<'a, str>> {
    headers.first("host").cloned().or(domain_name.map(|Text(name)| name))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;

    fn decoded(event: Value) -> Option<(String, String, String)> {
        let event = event.to_string();
        let request = Request::from_event(&event).ok()?;
        Some((request.method.into_owned(), request.stage_prefix, request.path.into_owned()))
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
    fn a_domain_of_its_own_shows_no_stage() {
        let of = |domain: Value, api: Value| {
            let mut event = v2("prod", "/prod/api/x");
            event["requestContext"]["domainName"] = domain;
            event["requestContext"]["apiId"] = api;
            decoded(event)
        };
        for (domain, api) in [
            (json!("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"), json!("a1b2c3d4e5")),
            (json!("api.example.com"), json!(null)),
            (json!(null), json!("a1b2c3d4e5")),
        ] {
            assert_eq!(of(domain.clone(), api.clone()), expected("/prod", "/api/x"), "{domain}, {api}");
        }
        assert_eq!(of(json!("api.example.com"), json!("a1b2c3d4e5")), expected("", "/api/x"));
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
        let event = event.to_string();
        let request = Request::from_event(&event).unwrap();
        assert_eq!(request.headers.values("a"), ["1", "2"]);
    }

    #[test]
    fn what_is_written_with_escapes_is_what_it_stands_for() {
        let event = r#"{"rawPath":"\/\u0061","headers":{"\u0041":"\"\u00e9\""},"requestContext":{"requestId":"\u0072","http":{"method":"P\u004fST"}}}"#;
        let request = Request::from_event(event).unwrap();
        assert_eq!((&*request.method, &*request.path, request.request_id.as_deref()), ("POST", "/a", Some("r")));
        assert_eq!(request.headers.values("a"), ["\"é\""]);
    }

    fn body_of(event: &str) -> Result<Vec<u8>> {
        Request::from_event(event)?.body().map(Cow::into_owned)
    }

    /// What a body comes to, and whether it is said to be in Base64.
    fn read(body: &str, is_base64: Option<bool>) -> Result<Vec<u8>> {
        let mut event = v2("$default", "/");
        event["body"] = body.into();
        event["isBase64Encoded"] = is_base64.into();
        body_of(&event.to_string())
    }

    /// What a body comes to that is written so.
    fn read_written(body: &str, is_base64: bool) -> Result<Vec<u8>> {
        let event = r#"{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"isBase64Encoded":"#;
        body_of(&format!("{event}{is_base64},\"body\":{body}}}"))
    }

    #[test]
    fn a_body_that_must_be_too_large_is_not_decoded_and_the_largest_is_however_it_is_escaped() {
        let length = |body: &str, is_base64: bool| read_written(body, is_base64).map(|body| body.len());
        let pairs = |count: usize| format!("\"{}\"", "\\ud83d\\ude00".repeat(count));
        assert_eq!(length(&pairs(Document::MAXIMUM_SENT), false), Ok(Document::MAXIMUM_BYTES));
        assert_eq!(length(&pairs(Document::MAXIMUM_SENT + 1), false), Err(Refusal::TooLarge(Document::MAXIMUM_SENT)));
        let escaped = |bytes: usize| {
            let text = STANDARD.encode(vec![0; bytes]);
            format!("\"{}\"", text.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<String>())
        };
        assert_eq!(length(&escaped(Document::MAXIMUM_BYTES), true), Ok(Document::MAXIMUM_BYTES));
        assert_eq!(length(&escaped(Document::MAXIMUM_BYTES + 6), true), Err(Refusal::TooLarge(Document::MAXIMUM_SENT)));
        let broken = |count: usize| format!("\"{}\\ud83d\"", "x".repeat(count));
        assert_eq!(length(&broken(12 * Document::MAXIMUM_SENT - 6), false), Err(Refusal::InvalidEvent(None)));
        assert_eq!(length(&broken(12 * Document::MAXIMUM_SENT), false), Err(Refusal::TooLarge(Document::MAXIMUM_SENT)));
        for body in ["1", "{}", "[\"x\"]", "true"] {
            assert_eq!(length(body, false), Err(Refusal::InvalidEvent(Some("/body"))), "{body}");
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
            assert_eq!(read(body, is_base64).as_deref(), Ok(bytes), "{body}");
        }
        for bad in ["!", "e30", "e30==", "e3 0="] {
            assert!(matches!(read(bad, Some(true)), Err(Refusal::InvalidJson(_))), "{bad}");
        }
        assert_eq!(body_of(&v2("$default", "/").to_string()), Ok(Vec::new()));
    }

    #[test]
    fn base64_of_more_than_any_document_has_is_not_even_decoded() {
        let longest = STANDARD.encode(vec![0; Document::MAXIMUM_BYTES]);
        assert_eq!(read(&longest, Some(true)).map(|body| body.len()), Ok(Document::MAXIMUM_BYTES));
        let longer = "!".repeat(longest.len() + 8);
        assert_eq!(read(&longer, Some(true)), Err(Refusal::TooLarge(Document::MAXIMUM_SENT)));
    }

    #[test]
    fn the_host_is_the_one_that_was_called_or_else_that_of_the_gateway() {
        let host = |headers: Value, context: Value| {
            let event = json!({"httpMethod": "POST", "path": "/", "requestContext": context, "headers": headers});
            Request::from_event(&event.to_string()).unwrap().host.map(Cow::into_owned)
        };
        let context = json!({"domainName": "gateway.example"});
        assert_eq!(host(json!({"Host": "a.example"}), context.clone()).as_deref(), Some("a.example"));
        assert_eq!(host(json!({"Host": null}), context.clone()).as_deref(), Some(""));
        assert_eq!(host(json!(null), context).as_deref(), Some("gateway.example"));
        assert_eq!(host(json!({}), json!({})), None);
    }

    #[test]
    fn headers_of_a_rest_api_are_those_with_all_their_values_and_those_that_have_only_one() {
        let value = |single: Value, multiple: Value| {
            let event = json!({
                "httpMethod": "POST", "path": "/", "requestContext": {"requestId": "r"}, "headers": single, "multiValueHeaders": multiple
            });
            let event = event.to_string();
            let request = Request::from_event(&event).unwrap();
            assert_eq!(request.request_id.as_deref(), Some("r"));
            request.headers.first("a").map(ToString::to_string)
        };
        assert_eq!(value(json!({"A": "1"}), json!({})).as_deref(), Some("1"));
        assert_eq!(value(json!({"A": "1"}), json!(null)).as_deref(), Some("1"));
        assert_eq!(value(json!({"A": "1"}), json!({"b": ["2"]})).as_deref(), Some("1"));
        assert_eq!(value(json!({"A": "1"}), json!({"a": ["2"], "b": ["3"]})).as_deref(), Some("2"));
        assert_eq!(value(json!({"A": "1"}), json!({"a": null})).as_deref(), Some("1"));
        assert_eq!(value(json!({}), json!({"a": []})), None);
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
