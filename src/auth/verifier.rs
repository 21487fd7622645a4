//! What verifying the callers of an app takes.

use std::sync::{Arc, OnceLock};

use super::app_key;
use super::claims::TokenRules;
use super::credentials::Credentials;
use super::key_set::{InvalidKeySet, KeySet};
use super::token::{SignedToken, WrongToken};
use super::verified_tokens::VerifiedTokens;
use crate::error::{Error, Result};
use crate::model::app::{App, Issuer, StoredAppKey};
use crate::model::id::AppId;
use crate::model::principal::Principal;
use crate::sources::Timestamp;

/// An app, ready to verify who calls it. It has no `Debug`, as key sets may hold secrets.
pub struct Verifier {
    id: AppId,
    disabled: bool,
    keys: Vec<StoredAppKey>,
    issuers: Vec<Arc<TrustedIssuer>>,
    tokens: VerifiedTokens,
}

/// An issuer, whose key set is read when a token of it comes first, and then kept: that may take longer than all the
/// rest of a request.
pub struct TrustedIssuer {
    /// The issuer.
    pub issuer: Issuer,
    key_set: OnceLock<std::result::Result<KeySet, InvalidKeySet>>,
}

impl Verifier {
    /// A verifier for an app.
    pub fn new(app: App) -> Self {
        let issuers = app.issuers.into_iter().map(|issuer| Arc::new(TrustedIssuer::new(issuer))).collect();
        Self { id: app.id, disabled: app.disabled, keys: app.keys, issuers, tokens: VerifiedTokens::default() }
    }

    /// The app's ID.
    pub fn id(&self) -> &AppId {
        &self.id
    }

    /// Verifies credentials against the app that they are for: its state first, then the key or the token.
    pub fn authenticate(&self, credentials: &Credentials, rules: TokenRules, now: Timestamp) -> Result<Principal> {
        if self.disabled {
            return Err(Error::AppDisabled { app: self.id.clone() });
        }
        match credentials {
            Credentials::AppKey(key) if app_key::is_any_of(key, &self.keys) => Ok(Principal::Anonymous),
            Credentials::AppKey(_) => Err(Error::Unauthenticated),
            Credentials::Token(text) => {
                let token = self.tokens.token(text, || SignedToken::verify(text, &self.issuers));
                let bearer = token.and_then(|token| token.bearer(&self.id, rules, now));
                bearer.map_err(|WrongToken| Error::WrongToken { app: self.id.clone() })
            }
        }
    }
}

impl TrustedIssuer {
    /// An issuer whose key set has not been needed yet.
    pub fn new(issuer: Issuer) -> Self {
        Self { issuer, key_set: OnceLock::new() }
    }

    /// Its key set, if that can be used.
    pub fn key_set(&self) -> std::result::Result<&KeySet, &InvalidKeySet> {
        self.key_set.get_or_init(|| KeySet::parse(self.issuer.key_set.get())).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::auth::app_key::AppKey;
    use crate::model::bucket::Writer;
    use crate::model::object::Version;

    fn result(credentials: &Credentials, disabled: bool) -> Result<Principal> {
        let key = AppKey::parse("right").unwrap();
        let app = App {
            id: AppId::parse("demo").unwrap(),
            disabled,
            keys: vec![StoredAppKey { digest: key.digest(), created: 0 }],
            issuers: Vec::new(),
            writer: Writer::new(0),
            version: Version::FIRST,
        };
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(60) };
        Verifier::new(app).authenticate(credentials, rules, Timestamp(Duration::from_secs(1_800_000_000)))
    }

    #[test]
    fn keys_and_tokens_are_refused_in_their_own_ways_and_a_disabled_app_before_them() {
        let key = |key: &str| Credentials::AppKey(AppKey::parse(key).unwrap());
        let token = Credentials::Token("no token".to_owned());
        let app = AppId::parse("demo").unwrap();
        assert_eq!(result(&key("right"), false), Ok(Principal::Anonymous));
        assert_eq!(result(&key("wrong"), false), Err(Error::Unauthenticated));
        assert_eq!(result(&token, false), Err(Error::WrongToken { app: app.clone() }));
        for credentials in [key("right"), key("wrong"), token] {
            assert_eq!(result(&credentials, true), Err(Error::AppDisabled { app: app.clone() }));
        }
    }
}
