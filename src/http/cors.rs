//! Which web pages may call: allowed origins, and the header fields that a preflight asks for (contract, section 6).

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::headers::{Headers, is_token};

/// The origins whose pages may read answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// All, `*`.
    Any,
    /// These, of which there is at least one, as browsers send them.
    Listed(Vec<String>),
}

/// What a preflight allows that asks for nothing, or for what cannot be repeated.
const ALLOWED_HEADERS: &str = "authorization, content-type, x-kii-appid, x-kii-appkey, x-kii-sdk, x-http-method-override, \
                               if-match, if-none-match, idempotency-key";

/// The most characters of a list of header fields that is repeated.
const LONGEST_LIST: usize = 1000;

impl AllowedOrigins {
    /// Parses `*`, or origins with commas between them. An origin has the form in which browsers send it: scheme, host and
    /// perhaps a port, all in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let origins = text.split(',').map(|origin| Some(origin.trim_matches(' ')).filter(|origin| is_origin(origin)));
        origins.map(|origin| origin.map(str::to_owned)).collect::<Option<_>>().map(Self::Listed)
    }

    /// The value of `Access-Control-Allow-Origin` for a page of this origin: that origin if it is allowed, else another one,
    /// so that the browser refuses the page.
    pub fn answer_to(&self, origin: Option<&str>) -> &str {
        match self {
            Self::Any => "*",
            Self::Listed(origins) => {
                let asked = origins.iter().find(|known| Some(known.as_str()) == origin);
                asked.or(origins.first()).map_or("null", String::as_str)
            }
        }
    }
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let in_scheme = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(in_scheme);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok() && address == address.to_ascii_lowercase(),
        None => !host.is_empty() && host.bytes().all(in_name),
    };
    is_scheme && is_host && port.is_none_or(|port| is_port(port, scheme))
}

/// Whether a browser would send this port. It leaves out the one that the scheme has anyway.
fn is_port(port: &str, scheme: &str) -> bool {
    let usual = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    port.parse::<u16>().is_ok_and(|number| number.to_string() == port && usual != Some(number))
}

/// The value of `Access-Control-Allow-Headers`: the list that the preflight asks for. Tracing tools add fields of their own to
/// every request. As access is by token and never by cookie, this gives nothing away.
pub fn allowed_headers(headers: &Headers<'_>) -> Cow<'static, str> {
    let asked = headers.values("access-control-request-headers").join(",");
    let is_list = asked.len() <= LONGEST_LIST && asked.split(',').all(|name| is_token(name.trim_matches([' ', '\t'])));
    if is_list { asked.into() } else { ALLOWED_HEADERS.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_send_them() {
        assert_eq!(AllowedOrigins::parse("*"), Some(AllowedOrigins::Any));
        for good in [
            "https://app.example",
            "http://localhost:3000",
            "http://a:443",
            "capacitor://localhost",
            "ionic://localhost",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "https://[::1]:8443",
            "http://[2001:db8::a]",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(AllowedOrigins::parse(good), Some(AllowedOrigins::Listed(vec![good.to_owned()])), "{good}");
        }
        for bad in [
            "",
            " ",
            ",",
            "app.example",
            "https://",
            "https://app.example/",
            "https://app.example/x",
            "https://*.example",
            "*://app.example",
            "https://App.example",
            "HTTPS://app.example",
            "https://app.example:443",
            "http://app.example:80",
            "https://app.example:",
            "https://app.example:0443",
            "https://app.example:65536",
            "https://u@app.example",
            "https://app.example?x",
            "https://app.example#x",
            "https://app example",
            "https://bücher.example",
            "https://[::1",
            "https://[::A]",
            "://app.example",
            "1x://app.example",
            "null",
            "*,https://app.example",
            "https://app.example,",
            "https://app.example,,https://b.example",
            "https://app.example https://b.example",
        ] {
            assert_eq!(AllowedOrigins::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_one_that_asks_is_answered_if_it_is_listed() {
        let listed = AllowedOrigins::parse("https://a.example, capacitor://localhost").unwrap();
        for (origin, expected) in [
            (Some("https://a.example"), "https://a.example"),
            (Some("capacitor://localhost"), "capacitor://localhost"),
            (Some("https://b.example"), "https://a.example"),
            (Some("https://a.example/"), "https://a.example"),
            (Some("null"), "https://a.example"),
            (None, "https://a.example"),
        ] {
            assert_eq!(listed.answer_to(origin), expected, "{origin:?}");
            assert_eq!(AllowedOrigins::Any.answer_to(origin), "*");
        }
    }

    #[test]
    fn a_list_of_names_is_repeated_and_anything_else_is_not() {
        let allowed = |values: &[&str]| {
            let mut headers = Headers::default();
            values.iter().for_each(|value| headers.push("Access-Control-Request-Headers", (*value).to_owned()));
            allowed_headers(&headers).into_owned()
        };
        let longest = ["x".repeat(499), "y".repeat(500)].join(",");
        for good in ["sentry-trace", "authorization,baggage,sentry-trace", "a, b ,\tc", "traceparent", &longest] {
            assert_eq!(allowed(&[good]), *good);
        }
        assert_eq!(allowed(&["a", "b"]), "a,b");
        let too_long = format!("{longest}x");
        for bad in ["", " ", ",", "a,", "a,,b", "a b", "a:b", "a\r\nx", "é", "(a)", "a;b", "*, a/b", &too_long] {
            assert_eq!(allowed(&[bad]), ALLOWED_HEADERS, "{bad}");
        }
        assert_eq!(allowed(&[]), ALLOWED_HEADERS);
    }
}
