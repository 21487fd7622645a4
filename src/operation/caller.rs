//! Who calls, and the scope that the path names: what needs no bucket.

use super::context::Context;
use super::error::{Error, Need, Result};
use crate::auth::credentials::Credentials;
use crate::auth::token;
use crate::model::address::{AddressedOwner, ScopeAddress};
use crate::model::id::UserId;
use crate::model::principal::Principal;
use crate::model::rights::{Facts, No, Right, There, judge};
use crate::model::scope::Scope;
use crate::store::admission::{Found, Target};

impl Context<'_> {
    /// Admits the caller to a scope.
    pub async fn admit_to_scope(&mut self, at: &ScopeAddress, right: Right) -> Result<(Principal, Scope)> {
        self.enter(at, Some(right)).await
    }

    /// The caller, and the scope that the path names.
    pub async fn identify(&mut self, at: &ScopeAddress) -> Result<(Principal, Scope)> {
        self.enter(at, None).await
    }

    async fn enter(&mut self, at: &ScopeAddress, right: Option<Right>) -> Result<(Principal, Scope)> {
        let token = self.credentials.opaque().cloned();
        let target = Target { app: &at.app, bucket: None, object: None, token: token.as_ref() };
        self.look_up(target, |context, found| context.enter_found(found, at, right)).await
    }

    /// Judges what is found of an app and a token. A cached copy may be out of date, so whoever it refuses is judged again by
    /// what is read now.
    pub(super) async fn look_up<T>(
        &mut self,
        target: Target<'_>,
        judge: impl Fn(&Self, &Found) -> Result<T>,
    ) -> Result<T> {
        let found = self.store.look_up(target).await?;
        match judge(self, &found) {
            Err(_) if found.is_cached => {
                let found = self.store.look_up_uncached(target).await?;
                judge(self, &found)
            }
            judged => judged,
        }
    }

    fn enter_found(&self, found: &Found, at: &ScopeAddress, right: Option<Right>) -> Result<(Principal, Scope)> {
        let (caller, scope) = self.authenticate(found, at)?;
        let Some(right) = right else { return Ok((caller, scope)) };
        match judge(right, &caller, Facts::of_scope(&scope.owner)) {
            Ok(()) => Ok((caller, scope)),
            Err(No::Lacking(..) | No::Object | No::Bucket) => {
                Err(Error::denied(&at.app, &caller, Need::Right(right, There::Nothing)))
            }
        }
    }

    /// The caller, and the scope that the path names, by what was found.
    pub(super) fn authenticate(&self, found: &Found, at: &ScopeAddress) -> Result<(Principal, Scope)> {
        let app = found.app.as_ref().ok_or_else(|| Error::AppNotFound { app: at.app.clone() })?;
        let stored = match &self.credentials {
            Credentials::Opaque(_) => found.token.clone()?,
            Credentials::AppKey(_)
            | Credentials::Token(_)
            | Credentials::Client(_)
            | Credentials::Nobody
            | Credentials::Operator => None,
        };
        let caller = app.authenticate(&self.credentials, stored.as_ref(), self.rules, self.now);
        let caller = caller.map_err(|rejected| Error::rejected(&at.app, rejected))?;
        let scope = at.resolve(caller.as_user()).ok_or_else(|| Error::denied(&at.app, &caller, Need::User))?;
        Ok((caller, scope))
    }

    /// For `/users/me`, the user that the token claims to be of: enough to read that user's bucket together with the app,
    /// by which the token is then verified. The app as this process read it last says which claim names the user.
    pub(super) fn claimed_user(&self, at: &ScopeAddress) -> Option<UserId> {
        match (&at.owner, &self.credentials) {
            (AddressedOwner::Caller, Credentials::Token(text)) => match self.store.last_app(&at.app) {
                Some(app) => app.unverified_user(text),
                None => token::unverified_user(text, &[]),
            },
            (
                AddressedOwner::Caller,
                Credentials::AppKey(_)
                | Credentials::Opaque(_)
                | Credentials::Client(_)
                | Credentials::Nobody
                | Credentials::Operator,
            )
            | (AddressedOwner::Named(_), _) => None,
        }
    }
}
