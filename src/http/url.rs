//! URLs as clients see them, which may differ from those that the function sees (contract, section 3).

use std::net::Ipv6Addr;

use lambda_http::http::uri::Uri;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::event::strip_path_prefix;
use super::request::Request;
use crate::model::bucket::BucketPath;
use crate::model::id::ObjectId;

/// The base URL that clients use, such as `https://api.example.com/v1`: the URL below which `/api` lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    /// Empty, or begins with `/` and does not end with it.
    path: String,
}

impl PublicUrl {
    /// Parses an absolute `http` or `https` URL without a query. An `/api` at its end is taken off: it is often given with it.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        if uri.query().is_some() {
            return None;
        }
        let path = uri.path().trim_end_matches('/');
        let path = path.strip_suffix("/api").unwrap_or(path).trim_end_matches('/').to_owned();
        Some(Self { origin: format!("{scheme}://{authority}"), path })
    }
}

/// The path of a request below the public base URL.
pub fn below<'a>(request: &'a Request<'_>, public: Option<&PublicUrl>) -> &'a str {
    public.and_then(|public| strip_path_prefix(&request.path, &public.path)).unwrap_or(&request.path)
}

/// The one character of user IDs that a path cannot have as it is (RFC 3986, section 3.3).
const NOT_IN_PATHS: &AsciiSet = &CONTROLS.add(b'|');

/// The URL of an object.
pub fn of_object(bucket: &BucketPath, id: &ObjectId, request: &Request<'_>, public: Option<&PublicUrl>) -> String {
    format!("{}/objects/{id}", of_bucket(bucket, request, public))
}

/// The URL of a bucket.
pub fn of_bucket(bucket: &BucketPath, request: &Request<'_>, public: Option<&PublicUrl>) -> String {
    let base = match public {
        Some(public) => format!("{}{}", public.origin, public.path),
        None => format!("{}://{}{}", scheme(request), host(request), visible(&request.stage_prefix)),
    };
    let scope = bucket.scope.to_string();
    format!("{base}/api/apps/{}/buckets/{}", utf8_percent_encode(&scope, NOT_IN_PATHS), bucket.bucket)
}

fn scheme(request: &Request<'_>) -> &'static str {
    let forwarded = request.headers.first("x-forwarded-proto").and_then(|schemes| schemes.split(',').next());
    if forwarded.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http")) { "http" } else { "https" }
}

/// The host that the client called, if it is valid: it becomes part of a header.
fn host<'a>(request: &'a Request<'_>) -> &'a str {
    request.host.as_deref().filter(|host| is_host(host)).unwrap_or("localhost")
}

/// Whether `text` is a name or an address, with or without a port. This is less than RFC 3986 allows, and enough for every
/// name in use.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_known = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_known && port.is_none_or(is_port)
}

/// The stage or base path, if it is one that API Gateway allows, so that it cannot change the meaning of the URL.
fn visible(stage_prefix: &str) -> &str {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.+!*'()".contains(&byte);
    let is_segment = |text: &str| !["", ".", ".."].contains(&text) && text.bytes().all(allowed);
    let segments = stage_prefix.strip_prefix('/').map(|segments| segments.split('/').all(is_segment));
    if segments == Some(true) { stage_prefix } else { "" }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::id::{AppId, BucketId};
    use crate::model::scope::{Scope, ScopeOwner};

    #[test]
    fn a_public_url_is_absolute_and_has_no_query() {
        let parts = |text: &str| PublicUrl::parse(text).map(|url| (url.origin, url.path));
        assert_eq!(parts("https://api.example.com"), Some(("https://api.example.com".to_owned(), String::new())));
        assert_eq!(parts("http://a:8080/v1/"), Some(("http://a:8080".to_owned(), "/v1".to_owned())));
        for (text, path) in [
            ("https://a/api", ""),
            ("https://a/api/", ""),
            ("https://a/v1/api", "/v1"),
            ("https://a/v1//api//", "/v1"),
            ("https://a/api/api", "/api"),
            ("https://a/my-api", "/my-api"),
            ("https://a/API", "/API"),
            ("https://api", ""),
        ] {
            assert_eq!(parts(text).map(|(_, path)| path).as_deref(), Some(path), "{text}");
        }
        for bad in ["", "api.example.com", "/v1", "ftp://a", "https://a/?b", "https://u@a/", "https://"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }

    /// The part before `/api` in the URL of an object.
    fn base(stage: &str, path: &str, headers: Value, public: Option<&str>) -> String {
        let context = json!({"stage": stage, "http": {"method": "POST"}});
        let event = json!({"rawPath": path, "headers": headers, "requestContext": context});
        let event = event.to_string();
        let request = Request::from_event(&event).unwrap_or_else(|error| panic!("{error:?}"));
        let scope = Scope { app: AppId::parse("demo").unwrap(), owner: ScopeOwner::App };
        let bucket = BucketPath { scope, bucket: BucketId::parse("notes").unwrap() };
        let public = public.map(|text| PublicUrl::parse(text).unwrap());
        let url = of_object(&bucket, &ObjectId::random(0), &request, public.as_ref());
        let rest = format!("/api/apps/demo/buckets/notes/objects/{}", ObjectId::random(0));
        url.strip_suffix(&rest).unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    #[test]
    fn an_object_is_where_the_client_looks_for_it() {
        for (stage, path, headers, expected) in [
            ("$default", "/api", json!({"host": "a.example"}), "https://a.example"),
            ("v1", "/v1/api", json!({"host": "a.example:8080"}), "https://a.example:8080/v1"),
            ("$default", "/api", json!({"host": "a", "x-forwarded-proto": "http"}), "http://a"),
            ("$default", "/api", json!({"host": "a", "x-forwarded-proto": "HTTP , https"}), "http://a"),
            ("$default", "/api", json!({"host": "a", "x-forwarded-proto": "https, http"}), "https://a"),
            ("$default", "/api", json!({"host": "a", "x-forwarded-proto": "ftp"}), "https://a"),
        ] {
            assert_eq!(base(stage, path, headers.clone(), None), expected, "{headers}");
            assert_eq!(base(stage, path, headers, Some("http://p:1/x/")), "http://p:1/x");
        }
    }

    #[test]
    fn only_what_can_be_a_host_is_shown_as_one() {
        for host in ["a", "A-b.c_d", "127.0.0.1:1", "[::1]", "[2001:db8::1]:65535", "a:0"] {
            assert_eq!(base("$default", "/", json!({"host": host}), None), format!("https://{host}"));
        }
        for host in [
            "", "a b", "a/b", "u@a", "a:", "a:x", "a:65536", "a:+1", "[::1", "::1", "[a]", "[]", ":1", "[::1]:x", "é",
            "a?b",
        ] {
            assert_eq!(base("$default", "/", json!({"host": host}), None), "https://localhost", "{host}");
        }
    }

    #[test]
    fn only_what_can_be_a_stage_is_shown_as_one() {
        for stage in ["v1", "a$-_.+!*'()Z"] {
            assert_eq!(base(stage, &format!("/{stage}/api"), json!({}), None), format!("https://localhost/{stage}"));
        }
        for stage in [".", "..", "a/", "a b", "a?b", "a#b", "a//b", "é", "a/.."] {
            assert_eq!(base(stage, &format!("/{stage}/api"), json!({}), None), "https://localhost", "{stage}");
        }
    }

    #[test]
    fn a_path_is_below_the_public_url_if_that_has_one() {
        let below = |path: &str, public: Option<&str>| {
            let event = json!({"rawPath": path, "requestContext": {"http": {"method": "POST"}}});
            let event = event.to_string();
            let request = Request::from_event(&event).unwrap_or_else(|error| panic!("{error:?}"));
            super::below(&request, public.and_then(PublicUrl::parse).as_ref()).to_owned()
        };
        assert_eq!(below("/v1/api", Some("https://a/v1")), "/api");
        assert_eq!(below("/api", Some("https://a/v1")), "/api");
        assert_eq!(below("/v1/api", Some("https://a")), "/v1/api");
        assert_eq!(below("/v1/api", None), "/v1/api");
    }
}
