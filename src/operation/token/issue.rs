//! Issuing a token: to a client, to an anonymous caller, or in exchange for another token.

use std::time::Duration;

use super::{Presented, TokenError};
use crate::auth::credentials::Credentials;
use crate::auth::opaque_token::OpaqueToken;
use crate::auth::refused_token::Reason;
use crate::auth::stored_token::{Basis, StoredToken};
use crate::auth::verifier::{Granted, Rejected};
use crate::model::id::AppId;
use crate::model::principal::Principal;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::admission::{Found, Target};

/// A request for a token.
pub struct IssueToken {
    /// The app.
    pub app: AppId,
    /// Who asks, not yet verified.
    pub credentials: Credentials,
    /// How the request says who asks.
    pub presented: Presented,
    /// The user or thing that the administrator asks a token for.
    pub requested: Option<Principal>,
    /// When the token is to expire, in milliseconds since 1970 UTC.
    pub expires_at: Option<u64>,
}

/// A token that was issued. It has no `Debug`, as it is secret.
#[derive(Clone)]
pub struct Issued {
    /// The token.
    pub token: OpaqueToken,
    /// Its bearer: the ID of a client, a user or a thing, or the app's ID for an anonymous caller.
    pub id: String,
    /// How long it is good, in seconds.
    pub lifetime: u64,
    /// Whether it was given in exchange for another one.
    pub is_exchange: bool,
}

/// The lifetime of a token unless the request asks for another: 24 hours.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl IssueToken {
    /// Issues the token.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Issued> {
        if self.expires_at.is_some_and(|time| time / 1000 <= context.now.seconds()) {
            return Err(Error::Token(TokenError::InThePast));
        }
        let granted = self.granted(context).await?;
        if self.requested.is_some() && !matches!(granted.bearer, Principal::Administrator { .. }) {
            return Err(Error::Token(TokenError::NotAdministrator));
        }
        let expires = self.expires(&granted, context);
        let lifetime = expires.saturating_sub(context.now.seconds());
        if lifetime == 0 {
            // A signed token has a leeway after its end, in which it is exchanged for nothing.
            return Err(Error::Token(TokenError::WrongSubjectToken(Reason::Expired.into())));
        }
        let is_exchange = self.presented == Presented::SubjectToken;
        let id = self.id(&granted);
        let Granted { bearer, basis, .. } = granted;
        let stored = StoredToken {
            bearer: self.requested.unwrap_or(bearer),
            basis,
            created: context.now.milliseconds(),
            expires,
            is_revoked: false,
        };
        let token = OpaqueToken::new(context.store.random()?, context.store.random()?);
        context.store.issue_token(&self.app, &token, &stored).await?;
        Ok(Issued { token, id, lifetime, is_exchange })
    }

    /// Who asks, judged by the app as it is now.
    async fn granted(&self, context: &mut Context<'_>) -> Result<Granted> {
        let token = self.credentials.opaque();
        let target = Target { app: &self.app, bucket: None, object: None, token };
        context.look_up(target, |context, found| self.judge(found, context)).await
    }

    fn judge(&self, found: &Found, context: &Context<'_>) -> Result<Granted> {
        let app = found.app.as_ref().ok_or_else(|| Error::AppNotFound { app: self.app.clone() })?;
        let stored = found.token.clone()?;
        let granted = app.grant(&self.credentials, stored.as_ref(), context.rules, context.now);
        granted.map_err(|rejected| self.refuse(rejected))
    }

    fn refuse(&self, rejected: Rejected) -> Error {
        match (rejected, self.presented) {
            (Rejected::Disabled, _) => Error::AppDisabled { app: self.app.clone() },
            (Rejected::WrongToken(refused), _) => Error::Token(TokenError::WrongSubjectToken(refused)),
            (Rejected::WrongKey | Rejected::WrongClient, Presented::InBasic) => Error::Token(TokenError::WrongBasic),
            // A subject token is never read as a key or a client.
            (Rejected::WrongKey | Rejected::WrongClient, Presented::InBody | Presented::SubjectToken) => {
                Error::Token(TokenError::WrongClient)
            }
        }
    }

    /// When the token expires, in seconds since 1970 UTC. A token in exchange for another one ends with that at the latest,
    /// unless it is for a device.
    fn expires(&self, granted: &Granted, context: &Context<'_>) -> u64 {
        let is_for_device = self.requested.is_some();
        let longest = if is_for_device { StoredToken::LONGEST_LIFETIME } else { context.rules.maximum_lifetime };
        let longest = longest.min(StoredToken::LONGEST_LIFETIME).as_secs();
        let now = context.now.seconds();
        let latest = now.saturating_add(longest);
        let wanted = self.expires_at.map_or_else(|| now.saturating_add(LIFETIME.as_secs()), |time| time / 1000);
        let own = granted.expires.filter(|_| !is_for_device).unwrap_or(u64::MAX);
        wanted.min(latest).min(own)
    }

    fn id(&self, granted: &Granted) -> String {
        match (self.requested.as_ref().unwrap_or(&granted.bearer), &granted.basis) {
            (Principal::Anonymous, _) => self.app.to_string(),
            (Principal::Administrator { .. }, Basis::Client(id, _)) => id.to_string(),
            (bearer, _) => bearer.id().to_owned(),
        }
    }
}
