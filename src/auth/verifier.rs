//! Verifies the callers of an app.

use super::app_key;
use super::claims::TokenRules;
use super::credentials::Credentials;
use super::token::{self, WrongToken};
use super::trusted_issuer::TrustedIssuer;
use crate::model::app::{App, StoredAppKey};
use crate::model::id::AppId;
use crate::model::principal::Principal;
use crate::system::Timestamp;

/// An app, ready to verify its callers. It has no `Debug`, as key sets may hold secrets.
pub struct Verifier {
    id: AppId,
    disabled: bool,
    keys: Vec<StoredAppKey>,
    issuers: Vec<TrustedIssuer>,
}

/// Why credentials are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The app is disabled, whatever the credentials.
    Disabled,
    /// The app key is not one of the app's.
    WrongKey,
    /// The token is not valid for the app.
    WrongToken,
}

impl Verifier {
    /// A verifier for an app.
    pub fn new(app: App) -> Self {
        let issuers = app.issuers.into_iter().map(TrustedIssuer::new).collect();
        Self { id: app.id, disabled: app.disabled, keys: app.keys, issuers }
    }

    /// Verifies credentials: first that the app is enabled, then the key or the token. Operators also work on disabled apps.
    pub fn authenticate(
        &self,
        credentials: &Credentials,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<Principal, Rejected> {
        match credentials {
            Credentials::Operator => Ok(Principal::Operator),
            Credentials::AppKey(_) | Credentials::Token(_) if self.disabled => Err(Rejected::Disabled),
            Credentials::AppKey(key) if app_key::is_any_of(key, &self.keys) => Ok(Principal::Anonymous),
            Credentials::AppKey(_) => Err(Rejected::WrongKey),
            Credentials::Token(text) => {
                token::bearer(text, &self.issuers, &self.id, rules, now).map_err(|WrongToken| Rejected::WrongToken)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::auth::app_key::AppKey;

    fn result(credentials: &Credentials, disabled: bool) -> Result<Principal, Rejected> {
        let key = AppKey::parse("right").unwrap();
        let app = App {
            id: AppId::parse("demo").unwrap(),
            disabled,
            keys: vec![StoredAppKey { digest: key.digest(), created: 0 }],
            issuers: Vec::new(),
            stamp: None,
        };
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(60) };
        Verifier::new(app).authenticate(credentials, rules, Timestamp(Duration::from_secs(1_800_000_000)))
    }

    #[test]
    fn keys_and_tokens_are_refused_in_their_own_ways_and_a_disabled_app_before_them() {
        let key = |key: &str| Credentials::AppKey(AppKey::parse(key).unwrap());
        let token = Credentials::Token("no token".to_owned());
        assert_eq!(result(&key("right"), false), Ok(Principal::Anonymous));
        assert_eq!(result(&key("wrong"), false), Err(Rejected::WrongKey));
        assert_eq!(result(&token, false), Err(Rejected::WrongToken));
        for credentials in [key("right"), key("wrong"), token] {
            assert_eq!(result(&credentials, true), Err(Rejected::Disabled));
        }
    }
}
