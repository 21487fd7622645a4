//! JSON Web Tokens (RFC 7519 with the rules of RFC 8725).

use serde_json::{Map, Value};

use super::claims::{self, TokenRules};
use super::jws::{self, Jws};
use super::key_set::KeySet;
use crate::model::app::{App, Issuer};
use crate::model::id::UserId;
use crate::model::principal::Principal;
use crate::sources::Timestamp;

/// The token is not good for this app, for whatever reason: callers are not told which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongToken;

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

/// A signed text whose payload is claims.
struct Token<'a> {
    jws: Jws<'a>,
    claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let jws = Jws::parse(text)?;
        let claims = jws::json_object(jws.payload())?;
        Some(Self { jws, claims })
    }

    fn issuer<'b>(&self, app: &'b App) -> Option<&'b Issuer> {
        let issuer = self.claims.get("iss")?.as_str()?;
        app.issuers.iter().find(|trusted| trusted.issuer == issuer)
    }

    fn is_signed_by(&self, issuer: &Issuer) -> bool {
        match KeySet::parse(issuer.key_set.get()) {
            Ok(keys) => self.jws.is_signed_by(&keys),
            Err(error) => {
                tracing::warn!(issuer = issuer.issuer, %error, "the key set of an issuer cannot be used");
                false
            }
        }
    }
}
