//! The header fields that hold credentials (RFC 7617 for Basic, RFC 6750 for Bearer; contract, section 2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::headers::Headers;
use super::refusal::{Refusal, Result};
use crate::auth::app_key::AppKey;
use crate::auth::credentials::Credentials;
use crate::model::id::AppId;
use crate::operation::Error;

/// The credentials for `app` in a request's headers. Those that are missing, doubled, malformed, of an unknown scheme or
/// for another app are all refused in the same way.
pub fn credentials(headers: &Headers<'_>, app: &AppId) -> Result<Credentials> {
    match headers.values("authorization")[..] {
        [] => from_kii_headers(headers, app),
        [value] => from_authorization(value, app),
        _ => None,
    }
    .ok_or(Refusal::Operation(Error::Unauthenticated))
}

/// The challenge of Basic.
pub const BASIC_CHALLENGE: &str = r#"Basic realm="pail", charset="UTF-8""#;
const BEARER_CHALLENGE: &str = r#"Bearer realm="pail""#;
const BOTH_CHALLENGES: &str = r#"Basic realm="pail", charset="UTF-8", Bearer realm="pail""#;

/// The value of `WWW-Authenticate` for a caller who needs other credentials: the scheme that it used. Browsers ask the user
/// for a password as soon as Basic is offered, which nobody wants who has sent something else.
pub fn challenge(headers: &Headers<'_>) -> &'static str {
    let has = |name: &str| !headers.values(name).is_empty();
    if headers.values("authorization").into_iter().any(begins_with_basic) {
        BASIC_CHALLENGE
    } else if ["authorization", "x-kii-appid", "x-kii-appkey", "x-kii-sdk"].into_iter().any(has) {
        BEARER_CHALLENGE
    } else {
        BOTH_CHALLENGES
    }
}

fn begins_with_basic(value: &str) -> bool {
    value.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

/// What the field `Authorization` says of a client, at the token endpoint.
pub enum Basic {
    /// Nothing, or it has another scheme.
    Absent,
    /// It has the scheme, and cannot be read.
    Malformed,
    /// Two texts with a colon between them.
    Sent {
        /// What is before the first colon.
        id: String,
        /// What is behind it.
        secret: String,
    },
}

/// The client in Basic. Callers may send the token that they have at the token endpoint, where it does not count.
pub fn basic(headers: &Headers<'_>) -> Basic {
    match headers.values("authorization")[..] {
        [value] => match scheme_and_credentials(value) {
            Some((scheme, credentials)) if scheme.eq_ignore_ascii_case("basic") => {
                decode(credentials).map_or(Basic::Malformed, |(id, secret)| Basic::Sent { id, secret })
            }
            Some(_) => Basic::Absent,
            None if begins_with_basic(value) => Basic::Malformed,
            None => Basic::Absent,
        },
        ref values if values.iter().any(|value| begins_with_basic(value)) => Basic::Malformed,
        _ => Basic::Absent,
    }
}

fn scheme_and_credentials(value: &str) -> Option<(&str, &str)> {
    // A gateway joins several values with a comma, which no single valid value holds.
    let (scheme, credentials) = value.trim_matches([' ', '\t']).split_once(' ').filter(|_| !value.contains(','))?;
    Some((scheme, credentials.trim_start_matches(' ')))
}

/// The two parts of Basic (RFC 7617).
fn decode(credentials: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    decoded.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn from_authorization(value: &str, app: &AppId) -> Option<Credentials> {
    let (scheme, credentials) = scheme_and_credentials(value)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(Credentials::of_bearer(credentials))
    } else if scheme.eq_ignore_ascii_case("basic") {
        let (id, key) = decode(credentials)?;
        for_app(&id, &key, app)
    } else {
        None
    }
}

/// The header fields that Kii's SDKs send while nobody is logged in.
fn from_kii_headers(headers: &Headers<'_>, app: &AppId) -> Option<Credentials> {
    match (&headers.values("x-kii-appid")[..], &headers.values("x-kii-appkey")[..]) {
        ([id], [key]) => for_app(id, key, app),
        _ => None,
    }
}

fn for_app(id: &str, key: &str, app: &AppId) -> Option<Credentials> {
    (id == app.as_str()).then(|| AppKey::parse(key).map(Credentials::AppKey))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(headers: &[(&str, &str)]) -> &'static str {
        let mut parsed = Headers::default();
        for (name, value) in headers {
            parsed.push(*name, *value);
        }
        match AppId::parse("demo").map(|app| credentials(&parsed, &app)) {
            Ok(Ok(Credentials::AppKey(_))) => "key",
            Ok(Ok(Credentials::Token(_))) => "token",
            Ok(Ok(Credentials::Opaque(_))) => "opaque",
            _ => "refused",
        }
    }

    fn basic(plain: &str) -> String {
        format!("Basic {}", STANDARD.encode(plain))
    }

    #[test]
    fn schemes_ignore_case() {
        for scheme in ["Basic", "basic", "BASIC"] {
            let value = basic("demo:a:b").replace("Basic", scheme);
            assert_eq!(parse(&[("Authorization", &value)]), "key");
        }
        for value in ["Bearer x", "bearer x", "BEARER  x", "Bearer a b"] {
            assert_eq!(parse(&[("authorization", value)]), "token", "{value}");
        }
    }

    #[test]
    fn what_is_malformed_doubled_or_for_another_app_is_refused() {
        let unpadded = basic("demo:a-key").trim_end_matches('=').to_owned();
        let long = basic(&format!("demo:{}", "x".repeat(256)));
        for value in [
            "",
            " ",
            "Basic",
            "Basic ",
            "Bearer",
            "Bearer ",
            "Digest x",
            "x",
            "Basic !",
            "Bearer a,b",
            "Basic ZGVtbw==",
            &unpadded,
            &long,
            &basic("demo:"),
            &basic("other:key"),
            &basic("DEMO:key"),
            &basic(":key"),
            &basic("demo:k\u{7}y"),
            &basic("demo:k y"),
            &basic("demo:schlüssel"),
            "Basic ZGVtbzprZXk=, Basic ZGVtbzprZXk=",
            "Basic ZGVtbzprZXl=",
            "Basic /w==",
        ] {
            assert_eq!(
                parse(&[("authorization", value), ("x-kii-appid", "demo"), ("x-kii-appkey", "key")]),
                "refused",
                "{value}"
            );
        }
        assert_eq!(parse(&[("authorization", "Bearer x"), ("Authorization", "Bearer x")]), "refused");
    }

    #[test]
    fn the_scheme_that_was_used_is_offered_and_both_to_who_sent_nothing() {
        let challenge = |sent: &[(&'static str, String)]| {
            let mut headers = Headers::default();
            sent.iter().for_each(|(name, value)| headers.push(*name, value.clone()));
            super::challenge(&headers)
        };
        let authorization = |value: &str| ("Authorization", value.to_owned());
        let kii = |name: &'static str| (name, "demo".to_owned());
        assert_eq!(challenge(&[]), BOTH_CHALLENGES);
        assert_eq!(challenge(&[("Accept", "Basic".to_owned())]), BOTH_CHALLENGES);
        for value in [&*basic("demo:key"), "Basic", "basic !", " Basic x", "Basic a, Bearer b"] {
            assert_eq!(challenge(&[authorization(value)]), BASIC_CHALLENGE, "{value}");
            assert_eq!(challenge(&[authorization(value), kii("X-Kii-AppID")]), BASIC_CHALLENGE, "{value}");
        }
        for value in ["Bearer x", "bearer", "Digest x", "", "Bearer a,Bearer b"] {
            assert_eq!(challenge(&[authorization(value)]), BEARER_CHALLENGE, "{value}");
        }
        for name in ["X-Kii-AppID", "X-Kii-AppKey", "X-Kii-SDK"] {
            assert_eq!(challenge(&[kii(name)]), BEARER_CHALLENGE, "{name}");
        }
    }

    #[test]
    fn kii_headers_count_where_there_is_no_authorization() {
        assert_eq!(parse(&[("X-Kii-AppID", "demo"), ("X-Kii-AppKey", "key")]), "key");
        for headers in [
            &[][..],
            &[("x-kii-appid", "demo")],
            &[("x-kii-appkey", "key")],
            &[("x-kii-appid", "other"), ("x-kii-appkey", "key")],
            &[("x-kii-appid", "demo"), ("x-kii-appkey", "")],
            &[("x-kii-appid", "demo"), ("x-kii-appid", "demo"), ("x-kii-appkey", "key")],
        ] {
            assert_eq!(parse(headers), "refused");
        }
    }
}
