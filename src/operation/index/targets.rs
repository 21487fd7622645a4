//! The buckets that a rule is for, and the calls of a long task in them.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::model::bucket::{BucketPath, BucketState};
use crate::model::id::{AppId, BucketId};
use crate::model::index::Indexes;
use crate::model::scope::{Scope, ScopeKind, ScopeOwner};
use crate::store::admission::Target;
use crate::store::bucket_scan::{LiveBucket, Segment};
use crate::store::failure::{Cause, Failure, Result};
use crate::store::{Session, Store};
use crate::system::System;

/// How many parts of the table are scanned at once.
const SEGMENTS: i32 = 8;

/// The longest time for one step of a task: as long as objects may be marked after their entries were written.
const STEP: Duration = Duration::from_secs(60);

/// How long a pass goes on without any success.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// An installation that a task works on for longer than a session lasts.
#[derive(Clone)]
pub struct Workplace {
    /// Its tables.
    pub store: Store,
    /// Clock and random source.
    pub system: System,
    /// How long a pass goes on without any success, while DynamoDB is out of reach or throttles.
    pub patience: Duration,
}

impl Workplace {
    /// The place of a task in an installation.
    pub fn new(store: Store, system: System) -> Self {
        Self { store, system, patience: PATIENCE }
    }

    /// The calls of one step.
    pub fn session(&self) -> Result<Session<'_>> {
        Session::new(&self.store, &self.system, Instant::now() + STEP)
    }

    /// The index rules of a bucket as they are now; `None` if it was dropped. Where a page is read after that, nothing of it is swept
    /// within the next hour.
    pub async fn rules_of(&self, bucket: &LiveBucket) -> Result<Option<Indexes>> {
        let LiveBucket { path, generation } = bucket;
        let target = Target { app: &path.scope.app, bucket: Some(path), object: None, token: None };
        let found = self.session()?.look_up_uncached(target).await?;
        let is_there = matches!(&*found.bucket?, BucketState::Live(found) if found.generation == *generation);
        Ok(is_there.then(|| found.app.map(|app| app.indexes(path)).unwrap_or_default()))
    }

    /// The buckets of an ID in an app's scopes of a kind. In other scopes than the app's, this reads the whole objects table.
    pub async fn buckets(&self, app: &AppId, kind: ScopeKind, bucket: &BucketId) -> Result<Vec<LiveBucket>> {
        if kind == ScopeKind::App {
            let scope = Scope { app: app.clone(), owner: ScopeOwner::App };
            let path = BucketPath { scope, bucket: bucket.clone() };
            return Ok(match self.session()?.bucket(&path).await? {
                BucketState::Live(live) => vec![LiveBucket { path, generation: live.generation }],
                BucketState::Vacant(_) => Vec::new(),
            });
        }
        let mut tasks = JoinSet::new();
        for number in 0..SEGMENTS {
            let (workplace, app, bucket) = (self.clone(), app.clone(), bucket.clone());
            tasks.spawn(async move { workplace.segment(&app, kind, &bucket, Segment { number, of: SEGMENTS }).await });
        }
        let mut buckets = Vec::new();
        while let Some(found) = tasks.join_next().await {
            buckets.extend(found.map_err(ended)??);
        }
        buckets.sort_by_key(|bucket| bucket.path.scope.to_string());
        Ok(buckets)
    }

    async fn segment(
        &self,
        app: &AppId,
        kind: ScopeKind,
        bucket: &BucketId,
        segment: Segment,
    ) -> Result<Vec<LiveBucket>> {
        let (mut buckets, mut start) = (Vec::new(), None);
        loop {
            let (found, next) = self.session()?.scan_buckets(app, kind, bucket, segment, start).await?;
            buckets.extend(found);
            start = next;
            if start.is_none() {
                return Ok(buckets);
            }
        }
    }
}

/// A task of this process has ended without a result.
pub(super) fn ended(error: tokio::task::JoinError) -> Failure {
    Failure::Fault(Cause::of_message(error.to_string()))
}
