//! URLs as clients see them, which is not always how the function does (contract, section 3).

use lambda_http::http::uri::{Authority, Uri};

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

/// The most characters of a host's name (RFC 1035, section 2.3.4), a colon and a port.
const LONGEST_HOST: usize = 253 + 6;

/// The host that the client called, if it is one: it ends up in a header.
fn host(request: &Request) -> &str {
    let host = request.host.as_deref().unwrap_or_default();
    let is_host = host.len() <= LONGEST_HOST && host.parse::<Authority>().is_ok() && !host.contains('@');
    if is_host { host } else { "localhost" }
}

/// The stage, which is part of a URL already, unless an event was made up.
fn visible(stage_prefix: &str) -> &str {
    if stage_prefix.bytes().all(|byte| byte.is_ascii_graphic()) { stage_prefix } else { "" }
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
