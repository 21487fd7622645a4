//! Opening the connection to DynamoDB before the first request needs it.

use std::time::Duration;

use tokio::time::timeout;

use super::Store;
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::id::{AppId, BucketId, InvalidId};
use crate::model::scope::ScopeOwner;
use crate::sources::Sources;
use crate::store::Session;

impl Store {
    /// Opens the connection by the call that every request begins with: the handler's role allows it, and its answer
    /// shows that the tables are there. A failure is only logged, as the requests to come try again and answer for it.
    pub async fn connect(&self, sources: &Sources, at_most: Duration) {
        let deadline = tokio::time::Instant::now() + at_most;
        let opened = timeout(at_most, async {
            let nothing = nothing().map_err(|_| crate::error::Error::Internal)?;
            Session::new(self, sources, deadline)?.app_and_bucket(&nothing.app, nothing.resolve(None).as_ref()).await
        });
        match opened.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(?error, "the connection to DynamoDB could not be opened at start"),
            Err(_) => tracing::warn!("the connection to DynamoDB was not open in time at start"),
        }
    }
}

/// A bucket that need not exist.
fn nothing() -> Result<BucketAddress, InvalidId> {
    Ok(BucketAddress {
        app: AppId::parse("-")?,
        owner: AddressedOwner::Named(ScopeOwner::App),
        bucket: "--".parse::<BucketId>()?,
    })
}
