//! Verifies the callers of an app.

use super::app_key::{self, AppKey};
use super::claims::TokenRules;
use super::client;
use super::credentials::{ClientCredentials, Credentials};
use super::refused_token::{Reason, RefusedToken};
use super::stored_token::{Basis, StoredToken};
use super::token;
use super::trusted_issuer::TrustedIssuer;
use crate::model::app::{App, StoredAppKey};
use crate::model::bucket::BucketPath;
use crate::model::client::StoredClient;
use crate::model::id::{AppId, UserId};
use crate::model::index::Indexes;
use crate::model::principal::Principal;
use crate::system::Timestamp;

/// An app, ready to verify its callers. It has no `Debug`, as key sets may hold secrets.
pub struct Verifier {
    id: AppId,
    disabled: bool,
    keys: Vec<StoredAppKey>,
    clients: Vec<StoredClient>,
    issuers: Vec<TrustedIssuer>,
    indexes: Indexes,
}

/// What a token may be issued for. It has no `Debug`, as it holds digests.
pub struct Granted {
    /// The bearer.
    pub bearer: Principal,
    /// What the token rests on.
    pub basis: Basis,
    /// When the token that was presented expires, in seconds since 1970 UTC.
    pub expires: Option<u64>,
}

/// Why credentials are not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The app is disabled, whatever the credentials.
    Disabled,
    /// The app key is not one of the app's.
    WrongKey,
    /// The client is none of the app's, or its secret is wrong.
    WrongClient,
    /// The token is not valid for the app.
    WrongToken(RefusedToken),
}

impl Verifier {
    /// A verifier for an app.
    pub fn new(app: App) -> Self {
        let issuers = app.issuers.into_iter().map(TrustedIssuer::new).collect();
        Self { id: app.id, disabled: app.disabled, keys: app.keys, clients: app.clients, issuers, indexes: app.indexes }
    }

    /// If true, every request to the app is refused.
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// The indexes of a bucket of the app.
    pub fn indexes(&self, path: &BucketPath) -> Indexes {
        self.indexes.of(path)
    }

    /// The user that a signed token claims to be of. Nobody has verified it: see [`token::unverified_user`].
    pub fn unverified_user(&self, token: &str) -> Option<UserId> {
        token::unverified_user(token, &self.issuers)
    }

    /// Verifies credentials: first that the app is enabled, then the key or the token. `stored` is what is stored of an
    /// opaque token. Operators also work on disabled apps.
    pub fn authenticate(
        &self,
        credentials: &Credentials,
        stored: Option<&StoredToken>,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<Principal, Rejected> {
        match credentials {
            Credentials::Operator => Ok(Principal::Operator),
            Credentials::AppKey(_)
            | Credentials::Token(_)
            | Credentials::Opaque(_)
            | Credentials::Client(_)
            | Credentials::Nobody
                if self.disabled =>
            {
                Err(Rejected::Disabled)
            }
            Credentials::AppKey(key) if app_key::is_any_of(key, &self.keys) => Ok(Principal::Anonymous),
            Credentials::AppKey(_) | Credentials::Nobody => Err(Rejected::WrongKey),
            Credentials::Token(text) => {
                token::bearer(text, &self.issuers, &self.id, rules, now).map_err(Rejected::WrongToken)
            }
            Credentials::Opaque(_) => self.good(stored, now).map(|stored| stored.bearer.clone()),
            Credentials::Client(_) => Err(Rejected::WrongClient),
        }
    }

    /// Verifies credentials at the token endpoint, where they are a client, a client in the name of the app, or a token.
    pub fn grant(
        &self,
        credentials: &Credentials,
        stored: Option<&StoredToken>,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<Granted, Rejected> {
        if self.disabled {
            return Err(Rejected::Disabled);
        }
        match credentials {
            Credentials::Client(client) => self.client(client).ok_or(Rejected::WrongClient),
            Credentials::AppKey(key) => self.anonymous(key).ok_or(Rejected::WrongKey),
            Credentials::Token(text) => {
                let bearer = self.authenticate(credentials, None, rules, now)?;
                let end = token::issuer_and_end(text);
                let (issuer, expires) = end.ok_or_else(|| Rejected::WrongToken(Reason::Times.into()))?;
                Ok(Granted { bearer, basis: Basis::Issuer(issuer), expires: Some(expires) })
            }
            Credentials::Opaque(_) => {
                let StoredToken { bearer, basis, expires, .. } = self.good(stored, now)?.clone();
                Ok(Granted { bearer, basis, expires: Some(expires) })
            }
            Credentials::Nobody | Credentials::Operator => Err(Rejected::WrongKey),
        }
    }

    /// What is stored of an opaque token, if the token counts.
    fn good<'a>(&self, stored: Option<&'a StoredToken>, now: Timestamp) -> Result<&'a StoredToken, Rejected> {
        let issuers = self.issuers.iter().map(|trusted| &trusted.issuer);
        let stored = stored.ok_or(Reason::TokenUnknown);
        let judged = stored.and_then(|stored| stored.judge(&self.keys, &self.clients, issuers, now).map(|()| stored));
        judged.map_err(|reason| Rejected::WrongToken(reason.into()))
    }

    /// The administrator that a client is, or the anonymous caller that somebody with the app's ID and key is.
    fn client(&self, sent: &ClientCredentials) -> Option<Granted> {
        sent.readings().iter().find_map(|(id, secret)| {
            if id == self.id.as_str() {
                return self.anonymous(&AppKey::parse(secret)?);
            }
            let client = client::find(&self.clients, id, secret)?;
            let bearer = Principal::Administrator { id: client.id.administrator().ok()? };
            Some(Granted { bearer, basis: Basis::Client(client.id.clone(), client.digest), expires: None })
        })
    }

    fn anonymous(&self, key: &AppKey) -> Option<Granted> {
        let is_good = app_key::is_any_of(key, &self.keys);
        is_good.then(|| Granted { bearer: Principal::Anonymous, basis: Basis::AppKey(key.digest()), expires: None })
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
            clients: Vec::new(),
            issuers: Vec::new(),
            indexes: Indexes::default(),
            stamp: None,
        };
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(60) };
        Verifier::new(app).authenticate(credentials, None, rules, Timestamp(Duration::from_secs(1_800_000_000)))
    }

    #[test]
    fn keys_and_tokens_are_refused_in_their_own_ways_and_a_disabled_app_before_them() {
        let key = |key: &str| Credentials::AppKey(AppKey::parse(key).unwrap());
        let token = Credentials::Token("no token".to_owned());
        assert_eq!(result(&key("right"), false), Ok(Principal::Anonymous));
        assert_eq!(result(&key("wrong"), false), Err(Rejected::WrongKey));
        assert_eq!(result(&token, false), Err(Rejected::WrongToken(Reason::Malformed.into())));
        for credentials in [key("right"), key("wrong"), token] {
            assert_eq!(result(&credentials, true), Err(Rejected::Disabled));
        }
    }
}
