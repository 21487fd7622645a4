//! What every request begins with: its app and its bucket, read in one batch, or taken from the cache.

use std::sync::Arc;

use super::app::read_app;
use super::bucket::read_bucket;
use super::cache::Moment;
use super::failure::{Failure, Result};
use super::keys::{self, Item};
use super::read::{Wanted, keys_of};
use super::{Session, Store, Tables};
use crate::auth::verifier::Verifier;
use crate::model::bucket::{BucketPath, BucketState, Vacancy};
use crate::model::id::AppId;

/// An app and a bucket.
pub struct AppAndBucket {
    /// The app, if there is one.
    pub app: Option<Arc<Verifier>>,
    /// What is under the bucket's key. That it cannot be read matters only once the caller is known.
    pub bucket: Result<Arc<BucketState>>,
    /// Whether one of them comes from the cache and was not read for this request.
    pub is_cached: bool,
}

impl Session<'_> {
    /// The app and the bucket, each from the cache while it is fresh, else read.
    pub async fn app_and_bucket(&mut self, app: &AppId, bucket: Option<&BucketPath>) -> Result<AppAndBucket> {
        let (Store { apps, buckets, .. }, now) = (self.store, self.now());
        let cached_bucket = bucket.and_then(|bucket| buckets.fresh(bucket, now));
        // Where there is no bucket, another request may make it at any moment.
        let cached_bucket = cached_bucket.filter(|bucket| matches!(**bucket, BucketState::Live(_)));
        self.read_missing(apps.fresh(app, now), cached_bucket, app, bucket, now).await
    }

    /// The app and the bucket, both read.
    pub async fn app_and_bucket_uncached(&mut self, app: &AppId, bucket: Option<&BucketPath>) -> Result<AppAndBucket> {
        self.read_missing(None, None, app, bucket, self.now()).await
    }

    /// Reads what is not cached. `now` is before the read: the age of an entry counts from there.
    async fn read_missing(
        &mut self,
        cached_app: Option<Arc<Verifier>>,
        cached_bucket: Option<Arc<BucketState>>,
        app: &AppId,
        bucket: Option<&BucketPath>,
        now: Moment,
    ) -> Result<AppAndBucket> {
        let Store { tables, apps, buckets, .. } = self.store;
        let is_cached = cached_app.is_some() || cached_bucket.is_some();
        let app_to_read = cached_app.is_none().then_some(app);
        let bucket_to_read = bucket.filter(|_| cached_bucket.is_none());
        let mut found = self.batch_get(self.wanted(app_to_read, bucket_to_read)?).await?;
        let mut item = |table| found.remove(table).and_then(|items: Vec<Item>| items.into_iter().next());
        let app = match app_to_read {
            Some(app) => {
                let read = apps.read(app, item(&tables.apps), now, |item| read_app(item).map(Verifier::new));
                read.map_err(|error| Failure::unreadable(error, &tables.apps, &keys::app(app)))?
            }
            None => cached_app,
        };
        let bucket = match bucket_to_read {
            Some(bucket) => {
                let read = buckets.read(bucket, item(&tables.objects), now, |item| read_bucket(Some(item)));
                read.map_err(|error| Failure::unreadable(error, &tables.objects, &keys::bucket(bucket)))
            }
            None => Ok(cached_bucket),
        };
        let bucket = bucket.map(|bucket| bucket.unwrap_or_else(|| Arc::new(BucketState::Vacant(Vacancy::Unused))));
        Ok(AppAndBucket { app, bucket, is_cached })
    }

    fn wanted(&self, app: Option<&AppId>, bucket: Option<&BucketPath>) -> Result<Wanted> {
        let Tables { apps, objects } = &self.store.tables;
        let app = app.map(|app| (apps.clone(), keys::app(app)));
        let bucket = bucket.map(|bucket| (objects.clone(), keys::bucket(bucket)));
        app.into_iter().chain(bucket).map(|(table, key)| Ok((table, keys_of([key])?))).collect()
    }
}
