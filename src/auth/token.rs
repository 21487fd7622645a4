//! JSON Web Tokens (RFC 7519, with the rules of RFC 8725).

use std::time::Duration;

use serde_json::{Map, Value};

use super::claims::{self, TokenRules};
use super::jws::{self, Jws};
use super::refused_token::{Reason, RefusedToken};
use super::trusted_issuer::TrustedIssuer;
use crate::model::id::{AppId, UserId};
use crate::model::issuer::Issuer;
use crate::model::principal::Principal;
use crate::system::Timestamp;

/// The bearer of a token that is good for the app now: signed by a key of the issuer that it names, and with claims that
/// hold.
pub fn bearer(
    text: &str,
    issuers: &[TrustedIssuer],
    app: &AppId,
    rules: TokenRules,
    now: Timestamp,
) -> Result<Principal, RefusedToken> {
    let token = Token::parse(text)?;
    let judged = token.judge(issuers, app, rules, now);
    judged.map_err(|reason| RefusedToken::new(reason, token.issuer(), token.parameter("kid")))
}

/// The user that the token claims to be of, by the rules of its issuer if that is one of these, or else by its `sub`. Nobody
/// has verified it: use it only to guess which bucket to read.
pub fn unverified_user(text: &str, issuers: &[TrustedIssuer]) -> Option<UserId> {
    let token = Token::parse(text).ok()?;
    match token.find(issuers) {
        Some(trusted) => claims::user_id(&token.claims, &trusted.issuer).ok(),
        None => UserId::parse(token.claims.get("sub")?.as_str()?).ok(),
    }
}

/// The issuer of a token, and when it expires in whole seconds since 1970 UTC. Nobody has verified them here.
pub fn issuer_and_end(text: &str) -> Option<(String, u64)> {
    let token = Token::parse(text).ok()?;
    let end = Duration::try_from_secs_f64(token.claims.get("exp")?.as_f64()?).ok()?;
    Some((token.issuer()?.to_owned(), end.as_secs()))
}

/// A signed text whose payload is claims, not verified. It has no `Debug`: whoever holds it can pass for its bearer.
pub struct Token<'a> {
    jws: Jws<'a>,
    claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    /// Parses a token.
    pub fn parse(text: &'a str) -> Result<Self, Reason> {
        let jws = Jws::parse(text)?;
        let claims = jws::json_object(jws.payload()).ok_or(Reason::Malformed)?;
        Ok(Self { jws, claims })
    }

    /// Its claims.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// A parameter of its header that is text.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.jws.parameter(name)
    }

    /// Its `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    fn find<'b>(&self, issuers: &'b [TrustedIssuer]) -> Option<&'b TrustedIssuer> {
        let issuer = self.issuer()?;
        issuers.iter().find(|trusted| trusted.issuer.issuer == issuer)
    }

    fn judge(
        &self,
        issuers: &[TrustedIssuer],
        app: &AppId,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<Principal, Reason> {
        let trusted = self.find(issuers).ok_or(Reason::IssuerUnknown)?;
        let keys = trusted.key_set().map_err(|error| {
            tracing::warn!(issuer = trusted.issuer.issuer, %error, "the key set of an issuer cannot be used");
            Reason::KeySet
        })?;
        self.jws.verify(keys)?;
        let principal = claims::principal(&self.claims, &trusted.issuer, app, rules, now)?;
        let others = issuers.iter().map(|other| &other.issuer).filter(|other| other.issuer != trusted.issuer.issuer);
        if is_of_another(principal.id(), others) { Err(Reason::UserPrefix) } else { Ok(principal) }
    }
}

/// Whether an ID begins with the prefix of one of these issuers, whose users alone have such IDs.
fn is_of_another<'a>(id: &str, mut others: impl Iterator<Item = &'a Issuer>) -> bool {
    others.any(|other| other.user_prefix.as_ref().is_some_and(|prefix| id.starts_with(prefix.as_str())))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, EncodingKey, crypto};
    use serde_json::json;
    use serde_json::value::RawValue;

    use super::*;
    use crate::model::issuer::ClaimNames;

    const NOW: u64 = 1_800_000_000;
    const SECRET: [u8; 32] = [7; 32];

    /// The issuer `i`, whose key set has the key `a` of [`SECRET`], and `broken`, whose has none.
    fn issuers() -> [TrustedIssuer; 2] {
        let secret = URL_SAFE_NO_PAD.encode(SECRET);
        let keys = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "a", "k": secret}]});
        let issuer = |name: &str, keys: Value| {
            TrustedIssuer::new(Issuer {
                issuer: name.to_owned(),
                audiences: Vec::new(),
                user_prefix: None,
                source: None,
                claims: ClaimNames::default(),
                key_set: RawValue::from_string(keys.to_string()).unwrap(),
            })
        };
        [issuer("broken", json!({"keys": 1})), issuer("i", keys)]
    }

    /// A token by the issuer `i` that is good but for what the changes replace.
    fn token(header_changes: Value, claim_changes: Value) -> String {
        let mut header = json!({"alg": "HS256", "kid": "a"});
        let mut claims = json!({"iss": "i", "sub": "alice", "aud": "demo", "exp": NOW + 3600});
        for (object, changes) in [(&mut header, header_changes), (&mut claims, claim_changes)] {
            let (Value::Object(object), Value::Object(changes)) = (object, changes) else { panic!("no objects") };
            object.extend(changes);
            object.retain(|_, value| value != "absent");
        }
        sign(&header.to_string(), &claims.to_string())
    }

    fn sign(header: &str, claims: &str) -> String {
        let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let key = EncodingKey::from_secret(&SECRET);
        format!("{message}.{}", crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap())
    }

    fn bearer(token: &str) -> Option<String> {
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(86_400) };
        let (app, now) = (AppId::parse("demo").unwrap(), Timestamp(Duration::from_secs(NOW)));
        let principal = super::bearer(token, &issuers(), &app, rules, now).ok()?;
        Some(principal.creator().to_string())
    }

    #[test]
    fn a_token_that_a_key_of_its_issuer_signed_is_its_subjects() {
        for header in [json!({}), json!({"kid": "absent"}), json!({"typ": "JWT"})] {
            assert_eq!(bearer(&token(header, json!({}))).as_deref(), Some("UserID:alice"));
        }
    }

    #[test]
    fn a_header_that_names_another_key_or_algorithm_or_brings_a_key_is_refused() {
        for header in [
            json!({"alg": "absent"}),
            json!({"alg": "none"}),
            json!({"alg": "HS512"}),
            json!({"alg": "RS256"}),
            json!({"alg": 1}),
            json!({"kid": "b"}),
            json!({"kid": 1}),
            json!({"kid": null}),
            json!({"b64": true}),
            json!({"crit": []}),
            json!({"jwk": {}}),
            json!({"kid": "absent", "jku": "https://x"}),
            json!({"kid": "b", "x5c": []}),
            json!({"kid": "absent", "x5u": "https://x"}),
        ] {
            assert_eq!(bearer(&token(header.clone(), json!({}))), None, "{header}");
        }
        // Where the header names a key that is trusted, it does not matter where else there is one.
        for header in [json!({"jku": "https://x"}), json!({"x5c": []}), json!({"x5u": "https://x"})] {
            assert_eq!(bearer(&token(header, json!({}))).as_deref(), Some("UserID:alice"));
        }
    }

    #[test]
    fn the_reason_of_a_refusal_comes_with_issuer_and_kid() {
        let refused = |token: &str| {
            let rules = TokenRules { maximum_lifetime: Duration::from_secs(86_400) };
            let (app, now) = (AppId::parse("demo").unwrap(), Timestamp(Duration::from_secs(NOW)));
            super::bearer(token, &issuers(), &app, rules, now).unwrap_err()
        };
        let named = |reason| RefusedToken::new(reason, Some("i"), Some("a"));
        for (header, claims, expected) in [
            (json!({}), json!({"iss": "j"}), RefusedToken::new(Reason::IssuerUnknown, Some("j"), Some("a"))),
            (json!({}), json!({"iss": 1}), RefusedToken::new(Reason::IssuerUnknown, None, Some("a"))),
            (json!({}), json!({"iss": "broken"}), RefusedToken::new(Reason::KeySet, Some("broken"), Some("a"))),
            (json!({"kid": "b"}), json!({}), RefusedToken::new(Reason::KeyUnknown, Some("i"), Some("b"))),
            (json!({"kid": 1}), json!({}), RefusedToken::new(Reason::Header, Some("i"), None)),
            (json!({"jwk": 1}), json!({}), named(Reason::Header)),
            (json!({"alg": "none"}), json!({}), named(Reason::Algorithm)),
            (json!({"alg": "ES256"}), json!({}), named(Reason::Algorithm)),
            (json!({}), json!({"aud": "x"}), named(Reason::Audience)),
            (json!({}), json!({"exp": NOW - 60}), named(Reason::Expired)),
            (json!({}), json!({"exp": NOW + 86_401}), named(Reason::Lifetime)),
            (json!({}), json!({"exp": "absent"}), named(Reason::Times)),
            (json!({}), json!({"nbf": NOW + 61}), named(Reason::NotYetValid)),
            (json!({}), json!({"sub": "a b"}), named(Reason::UserId)),
        ] {
            assert_eq!(refused(&token(header, claims)), expected);
        }
        assert_eq!(refused("x"), Reason::Malformed.into());
        assert_eq!(refused(&"x".repeat(16 * 1024 + 1)), Reason::TooLong.into());
        let good = token(json!({}), json!({}));
        let other = token(json!({}), json!({"sub": "bob"}));
        let forged = format!("{}.{}", other.rsplit_once('.').unwrap().0, good.rsplit_once('.').unwrap().1);
        assert_eq!(refused(&forged), named(Reason::Signature));
    }

    #[test]
    fn an_issuer_that_is_unknown_or_has_no_good_key_set_is_refused() {
        for issuer in [json!("absent"), json!("j"), json!("broken"), json!(1), json!(["i"])] {
            assert_eq!(bearer(&token(json!({}), json!({"iss": issuer}))), None, "{issuer}");
        }
    }

    #[test]
    fn what_was_changed_after_it_was_signed_or_has_another_form_is_refused() {
        let good = token(json!({}), json!({}));
        let parts: Vec<&str> = good.split('.').collect();
        let other = token(json!({}), json!({"sub": "bob"}));
        let swapped = format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap_or_default(), parts[2]);
        for bad in [
            "".to_owned(),
            "..".to_owned(),
            parts[..2].join("."),
            format!("{}.", parts[..2].join(".")),
            format!("{good}="),
            format!("{good}.{}", parts[2]),
            format!(".{good}"),
            format!("{good} "),
            swapped,
            sign(r#"{"alg":"HS256","alg":"HS256"}"#, r#"{"iss":"i"}"#),
            sign(r#"["HS256"]"#, r#"{"iss":"i"}"#),
            sign(r#"{"alg":"HS256"}"#, r#"{"iss":"i","sub":"a","sub":"a","aud":"demo","exp":1800000100}"#),
            sign(r#"{"alg":"HS256"}"#, "1"),
        ] {
            assert_eq!(bearer(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_has_at_most_16_kib() {
        // Base64 does not come in all lengths: header and claims are filled until the sum is the one that is asked for.
        let of_length = |length: usize| {
            let filled = |header: usize, claims: usize| {
                token(json!({"x": "x".repeat(header)}), json!({"x": "x".repeat(claims)}))
            };
            let about = (length - filled(0, 0).len()) / 4 * 3;
            let tries = (0..4).flat_map(|header| (0..8).map(move |less| (header, about + 4 - less)));
            tries.map(|(header, claims)| filled(header, claims)).find(|token| token.len() == length).unwrap_or_default()
        };
        let longest = of_length(16 * 1024);
        assert_eq!((longest.len(), bearer(&longest).as_deref()), (16 * 1024, Some("UserID:alice")));
        let longer = of_length(16 * 1024 + 1);
        assert_eq!((longer.len(), bearer(&longer)), (16 * 1024 + 1, None));
    }

    #[test]
    fn the_user_of_a_token_is_told_without_a_look_at_its_signature() {
        let user = |token: &str| unverified_user(token, &issuers()).map(|user| user.to_string());
        let good = token(json!({}), json!({}));
        assert_eq!(user(&good).as_deref(), Some("alice"));
        assert_eq!(user(&format!("{}x", good)).as_deref(), Some("alice"));
        for subject in [json!("absent"), json!("me"), json!(1)] {
            assert_eq!(user(&token(json!({}), json!({"sub": subject}))), None);
        }
        assert_eq!(user("x"), None);
    }
}
