//! URLs as clients see them, which is not always how the function does (contract, section 3).

use std::net::Ipv6Addr;

use lambda_http::http::uri::Uri;

use super::event::{Request, strip_path_prefix};
use crate::operation::create_object::Created;

/// The base URL that clients use, such as `https://api.example.com/v1`: the URL below which `/api` lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    /// Empty, or begins with `/` and does not end with it.
    path: String,
}

impl PublicUrl {
    /// Takes an absolute `http` or `https` URL without query.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        if uri.query().is_some() {
            return None;
        }
        Some(Self { origin: format!("{scheme}://{authority}"), path: uri.path().trim_end_matches('/').to_owned() })
    }

    /// Whether `text` is this URL and nothing but scheme, host and port, as a browser sends an `Origin`.
    pub fn is_origin(&self, text: &str) -> bool {
        self.origin == text
    }
}

/// The path of a request below the public base URL.
pub fn below<'a>(request: &'a Request, public: Option<&PublicUrl>) -> &'a str {
    public.and_then(|public| strip_path_prefix(&request.path, &public.path)).unwrap_or(&request.path)
}

/// The URL of a new object.
pub fn of_object(created: &Created, request: &Request, public: Option<&PublicUrl>) -> String {
    let base = match public {
        Some(public) => format!("{}{}", public.origin, public.path),
        None => format!("{}://{}{}", scheme(request), host(request), visible(&request.stage_prefix)),
    };
    let bucket = &created.bucket;
    format!("{base}/api/apps/{}/buckets/{}/objects/{}", bucket.scope, bucket.bucket, created.id)
}

fn scheme(request: &Request) -> &'static str {
    let forwarded = request.headers.first("x-forwarded-proto").unwrap_or_default();
    if forwarded.split(',').next().is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http")) {
        "http"
    } else {
        "https"
    }
}

/// The host that the client called, if it is one: it ends up in a header.
fn host(request: &Request) -> &str {
    request.host.as_deref().filter(|host| is_host(host)).unwrap_or("localhost")
}

/// Whether `text` is a name or an address, with a port or without. Less than RFC 3986 allows: no name on the network has more.
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

/// The stage or base path, if it is one that API Gateway allows: it must not change what the rest of the URL means.
fn visible(stage_prefix: &str) -> &str {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.+!*'()".contains(&byte);
    let is_segment = |text: &str| !["", ".", ".."].contains(&text) && text.bytes().all(allowed);
    let segments = stage_prefix.strip_prefix('/').map(|segments| segments.split('/').all(is_segment));
    if segments == Some(true) { stage_prefix } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_absolute_and_has_no_query() {
        let parts = |text: &str| PublicUrl::parse(text).map(|url| (url.origin, url.path));
        assert_eq!(parts("https://api.example.com"), Some(("https://api.example.com".to_owned(), String::new())));
        assert_eq!(parts("http://a:8080/v1/"), Some(("http://a:8080".to_owned(), "/v1".to_owned())));
        for bad in ["", "api.example.com", "/v1", "ftp://a", "https://a/?b", "https://u@a/", "https://"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
