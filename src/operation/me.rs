//! Showing a user who it is (contract, section 10).

use crate::model::address::ScopeAddress;
use crate::model::id::UserId;
use crate::operation::context::Context;
use crate::operation::error::{Error, Need, Result};

/// A request of a user about itself.
pub struct GetMe {
    /// The scope of the caller.
    pub address: ScopeAddress,
}

impl GetMe {
    /// The user's ID. It is read from the token; Pail keeps no users.
    pub async fn run(self, context: &mut Context<'_>) -> Result<UserId> {
        let (caller, _) = context.identify(&self.address).await?;
        let denied = || Error::denied(&self.address.app, &caller, Need::User);
        caller.as_user().cloned().ok_or_else(denied)
    }
}
