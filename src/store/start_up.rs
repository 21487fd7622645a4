//! Opening the connection to DynamoDB before the first request needs it.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Session, Store};
use crate::error::{Error, Result};
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::id::{AppId, BucketId, InvalidId};
use crate::model::scope::ScopeOwner;
use crate::sources::Sources;

impl Store {
    /// Opens the connection. A failure is only logged, as the requests to come try again and answer for it.
    pub async fn connect(&self, sources: &Sources, at_most: Duration) {
        let opened = async { Session::new(self, sources, Instant::now() + at_most)?.check().await };
        let opened = timeout(at_most, opened).await.unwrap_or(Err(Error::Unavailable));
        if let Err(error) = opened {
            tracing::warn!(?error, "the connection to DynamoDB could not be opened at start");
        }
    }
}

impl Session<'_> {
    /// Makes the call that every request begins with: the handler's role allows it, and its answer shows that both
    /// tables are there.
    pub async fn check(&mut self) -> Result<()> {
        let nothing = nothing().map_err(|_| Error::Internal)?;
        self.app_and_bucket(&nothing.app, nothing.resolve(None).as_ref()).await.map(drop)
    }
}

/// A bucket that need not exist.
fn nothing() -> std::result::Result<BucketAddress, InvalidId> {
    Ok(BucketAddress {
        app: AppId::parse("-")?,
        owner: AddressedOwner::Named(ScopeOwner::App),
        bucket: "--".parse::<BucketId>()?,
    })
}
