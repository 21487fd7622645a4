//! JSON Web Tokens (RFC 7519 with the rules of RFC 8725).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto;
use serde_json::{Map, Value};

use super::claims::{self, TokenRules};
use super::key_set::{KeySet, algorithm};
use crate::model::app::{App, Issuer};
use crate::model::id::UserId;
use crate::model::json;
use crate::model::principal::Principal;
use crate::sources::Timestamp;

/// The token is not good for this app, for whatever reason: callers are not told which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongToken;

/// No longer token is looked into. Gateways pass on 10 KB of headers.
const MAXIMUM_LENGTH: usize = 16 * 1024;

/// Header parameters with which a token is refused: they bring a key of the token's own or change what is signed, and
/// `crit` demands to understand an extension (RFC 7515, sections 4.1.2 to 4.1.6 and 4.1.11; RFC 7797).
const REFUSED_PARAMETERS: [&str; 6] = ["b64", "crit", "jku", "jwk", "x5c", "x5u"];

/// Verifies a token and says who its bearer is.
pub fn verify(text: &str, app: &App, rules: TokenRules, now: Timestamp) -> Result<Principal, WrongToken> {
    let token = Token::parse(text).ok_or(WrongToken)?;
    let issuer = token.issuer(app).ok_or(WrongToken)?;
    if !token.is_signed_by(issuer) {
        return Err(WrongToken);
    }
    claims::principal(&token.claims, issuer, &app.id, rules, now).ok_or(WrongToken)
}

/// The user that the token says it is of. Nobody has verified it: good for guessing what will be read, and for nothing else.
pub fn unverified_user(text: &str) -> Option<UserId> {
    let token = Token::parse(text)?;
    UserId::parse(token.claims.get("sub")?.as_str()?).ok()
}

/// A token taken apart.
struct Token<'a> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// What the signature is over.
    message: &'a str,
    signature: &'a str,
}

impl<'a> Token<'a> {
    /// Takes a token in the compact form apart: three parts, strict base64 without padding, and unambiguous JSON.
    fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAXIMUM_LENGTH {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        Some(Self { header: json_object(header)?, claims: json_object(claims)?, message, signature })
    }

    fn issuer<'b>(&self, app: &'b App) -> Option<&'b Issuer> {
        let issuer = self.claims.get("iss")?.as_str()?;
        app.issuers.iter().find(|trusted| trusted.issuer == issuer)
    }

    fn is_signed_by(&self, issuer: &Issuer) -> bool {
        let kid = match self.header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.as_str()),
            Some(_) => return false,
        };
        let algorithm = self.header.get("alg").and_then(Value::as_str).and_then(algorithm);
        let Some(algorithm) =
            algorithm.filter(|_| !REFUSED_PARAMETERS.iter().any(|name| self.header.contains_key(*name)))
        else {
            return false;
        };
        let key_set = match KeySet::parse(issuer.key_set.get()) {
            Ok(key_set) => key_set,
            Err(error) => {
                tracing::warn!(issuer = issuer.issuer, %error, "the key set of an issuer cannot be used");
                return false;
            }
        };
        let verifies = |key: &super::key_set::Key| {
            crypto::verify(self.signature, self.message.as_bytes(), &key.key, algorithm).unwrap_or(false)
        };
        key_set.candidates(algorithm, kid).any(verifies)
    }
}

fn json_object(part: &str) -> Option<Map<String, Value>> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    json::object_members(&text).ok()?;
    serde_json::from_str(&text).ok()
}
