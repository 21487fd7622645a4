//! Opens the connection to DynamoDB before the first request needs it.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::admission::Target;
use super::failure::{Failure, Result};
use super::{Session, Store};
use crate::model::bucket::BucketPath;
use crate::model::id::{AppId, BucketId, InvalidId};
use crate::model::scope::{Scope, ScopeOwner};
use crate::system::System;

impl Store {
    /// Opens the connection. A failure is only logged: the requests to come try again, and report it.
    pub async fn connect(&self, system: &System, at_most: Duration) {
        let opened = async { Session::new(self, system, Instant::now() + at_most)?.check().await };
        if let Err(failure) = timeout(at_most, opened).await.unwrap_or_else(|_| Err(Failure::late())) {
            let cause = failure.cause();
            tracing::warn!(
                call = cause.call,
                code = cause.code,
                message = cause.message_for_log(),
                "no connection at start"
            );
        }
    }
}

impl Session<'_> {
    /// Makes the call that every request begins with: the function's role allows it, and the answer shows that both tables
    /// exist.
    pub async fn check(&mut self) -> Result<()> {
        let path = path_of_nothing().map_err(|error| Failure::fault(error.to_string()))?;
        self.look_up(Target { app: &path.scope.app, bucket: Some(&path), object: None, token: None }).await.map(drop)
    }
}

/// The path of a bucket that need not exist.
fn path_of_nothing() -> std::result::Result<BucketPath, InvalidId> {
    Ok(BucketPath {
        scope: Scope { app: AppId::parse("-")?, owner: ScopeOwner::App },
        bucket: "--".parse::<BucketId>()?,
    })
}
