//! Revoking a token.

use crate::auth::opaque_token::OpaqueToken;
use crate::model::id::AppId;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::admission::{Found, Target};

/// A request to revoke a token: whoever holds it may.
pub struct RevokeToken {
    /// The app.
    pub app: AppId,
    /// The token; `None` if the request has a text that is none.
    pub token: Option<OpaqueToken>,
}

impl RevokeToken {
    /// Revokes the token, if there is one. A text that is no token of the app costs a read and writes nothing.
    pub async fn run(self, context: &mut Context<'_>) -> Result<()> {
        let target = Target { app: &self.app, bucket: None, object: None, token: self.token.as_ref() };
        let is_over = context.look_up(target, |_, found| self.is_over(found)).await?;
        if let Some(token) = self.token.as_ref().filter(|_| !is_over) {
            context.store.revoke_token(&self.app, token).await?;
        }
        Ok(())
    }

    /// Whether there is nothing left to revoke, if the app lets anybody ask.
    fn is_over(&self, found: &Found) -> Result<bool> {
        match &found.app {
            None => Err(Error::AppNotFound { app: self.app.clone() }),
            Some(app) if app.is_disabled() => Err(Error::AppDisabled { app: self.app.clone() }),
            Some(_) => Ok(match &found.token {
                Ok(stored) => stored.as_ref().is_none_or(|stored| stored.is_revoked),
                // An item that cannot be read can be revoked nevertheless.
                Err(_) => false,
            }),
        }
    }
}
