//! What every request begins with: its app, its bucket and perhaps its object and its caller's opaque token, read in one
//! batch or taken from the cache.

use std::sync::Arc;

use super::app::read_app;
use super::bucket::read_bucket;
use super::cache::Moment;
use super::failure::{Failure, Result};
use super::keys::{self, Item};
use super::object::read_object;
use super::place::ObjectPlace;
use super::read::{Wanted, keys_of};
use super::token::read_token;
use super::{Session, Store, Tables};
use crate::auth::opaque_token::OpaqueToken;
use crate::auth::stored_token::StoredToken;
use crate::auth::verifier::Verifier;
use crate::model::bucket::{BucketPath, BucketState, Vacancy};
use crate::model::id::{AppId, ObjectId};
use crate::model::object::ObjectState;
use crate::model::stamp::Generation;

/// What a request is about.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The app.
    pub app: &'a AppId,
    /// The bucket, if that is known before the caller is.
    pub bucket: Option<&'a BucketPath>,
    /// The object.
    pub object: Option<&'a ObjectId>,
    /// The caller's token, if it is an opaque one.
    pub token: Option<&'a OpaqueToken>,
}

/// What was found of it.
pub struct Found {
    /// The app, if there is one.
    pub app: Option<Arc<Verifier>>,
    /// What is under the bucket's key. That it cannot be read matters only once the caller is known.
    pub bucket: Result<Arc<BucketState>>,
    /// Whether app or bucket comes from the cache and was not read for this request.
    pub is_cached: bool,
    /// What is stored of the caller's token, which is read with each request.
    pub token: Result<Option<StoredToken>>,
    /// What is under the object's key in a generation of the bucket that was guessed.
    guess: Option<Guess>,
}

/// An object that was read together with its bucket, under the generation that the bucket had when it was last read.
struct Guess {
    generation: Generation,
    object: Result<ObjectState>,
}

impl Found {
    /// With a token that was read before, if there is one.
    pub fn with_token(mut self, read: Option<Option<StoredToken>>) -> Self {
        if let Some(stored) = read {
            self.token = Ok(stored);
        }
        self
    }
}

impl Session<'_> {
    /// The app and the bucket, each from the cache while it is fresh, else read. The object is read with them if this
    /// process has seen the bucket before.
    pub async fn look_up(&mut self, target: Target<'_>) -> Result<Found> {
        let (Store { apps, buckets, .. }, now) = (self.store, self.now());
        let bucket = target.bucket.and_then(|bucket| buckets.fresh(bucket, now));
        // Where there is no bucket, another request may make it at any moment.
        let bucket = bucket.filter(|bucket| matches!(**bucket, BucketState::Live(_)));
        self.read_missing(target, apps.fresh(target.app, now), bucket, now).await
    }

    /// The same, with app and bucket read.
    pub async fn look_up_uncached(&mut self, target: Target<'_>) -> Result<Found> {
        self.read_missing(target, None, None, self.now()).await
    }

    /// The app as this process read it last, however long ago: a guess.
    pub fn last_app(&self, app: &AppId) -> Option<Arc<Verifier>> {
        self.store.apps.last(app)
    }

    /// What is under an object's key: the guess, if it was right, else it is read.
    pub async fn object_of(&mut self, found: Found, at: ObjectPlace<'_>) -> Result<ObjectState> {
        match found.guess {
            Some(guess) if guess.generation == *at.generation => guess.object,
            Some(_) | None => self.object(at).await,
        }
    }

    /// Reads what is not cached. `now` is before the read: the age of a cache entry counts from there.
    async fn read_missing(
        &mut self,
        target: Target<'_>,
        cached_app: Option<Arc<Verifier>>,
        cached_bucket: Option<Arc<BucketState>>,
        now: Moment,
    ) -> Result<Found> {
        let Store { tables, apps, buckets, .. } = self.store;
        let is_cached = cached_app.is_some() || cached_bucket.is_some();
        let app_to_read = cached_app.is_none().then_some(target.app);
        let bucket_to_read = target.bucket.filter(|_| cached_bucket.is_none());
        let object = self.guessed(target);
        let token_key = target.token.map(|token| keys::token(target.app, &token.digest()));
        let further = [object.as_ref().map(|(_, key)| key), token_key.as_ref()];
        let found = self.batch_get(self.wanted(app_to_read, bucket_to_read, further)?).await?;
        let mut items = Items(found);
        let app = match app_to_read {
            Some(app) => {
                let read = apps.read(app, items.take(&tables.apps, &keys::app(app)), now, |item| {
                    read_app(item).map(Verifier::new)
                });
                read.map_err(|error| Failure::unreadable(error, &tables.apps, &keys::app(app)))?
            }
            None => cached_app,
        };
        let bucket = match bucket_to_read {
            Some(bucket) => {
                let key = keys::bucket(bucket);
                let read = buckets.read(bucket, items.take(&tables.objects, &key), now, |item| read_bucket(Some(item)));
                read.map_err(|error| Failure::unreadable(error, &tables.objects, &key))
            }
            None => Ok(cached_bucket),
        };
        let guess = object.map(|(generation, key)| {
            let object = read_object(items.take(&tables.objects, &key).as_ref());
            Guess { generation, object: object.map_err(|error| Failure::unreadable(error, &tables.objects, &key)) }
        });
        let token = token_key
            .and_then(|key| items.take(&tables.objects, &key))
            .map(|item| read_token(&item).map_err(|error| Failure::unreadable(error, &tables.objects, &item)));
        let bucket = bucket.map(|bucket| bucket.unwrap_or_else(|| Arc::new(BucketState::Vacant(Vacancy::Unused))));
        Ok(Found { app, bucket, is_cached, token: token.transpose(), guess })
    }

    /// The key of the object in the generation that this process saw last of the bucket.
    fn guessed(&self, target: Target<'_>) -> Option<(Generation, Item)> {
        let (path, id) = (target.bucket?, target.object?);
        match &*self.store.buckets.last(path)? {
            BucketState::Live(bucket) => {
                let key = keys::object(path, &bucket.generation, id);
                Some((bucket.generation.clone(), key))
            }
            BucketState::Vacant(_) => None,
        }
    }

    fn wanted(&self, app: Option<&AppId>, bucket: Option<&BucketPath>, further: [Option<&Item>; 2]) -> Result<Wanted> {
        let Tables { apps, objects, .. } = &self.store.tables;
        let app: Vec<Item> = app.map(keys::app).into_iter().collect();
        let others: Vec<Item> =
            bucket.map(keys::bucket).into_iter().chain(further.into_iter().flatten().cloned()).collect();
        let tables = [(apps, app), (objects, others)].into_iter().filter(|(_, keys)| !keys.is_empty());
        tables.map(|(table, keys)| Ok((table.clone(), keys_of(keys)?))).collect()
    }
}

/// The items of a batch, by table.
struct Items(std::collections::HashMap<String, Vec<Item>>);

impl Items {
    /// Takes the item with this key out.
    fn take(&mut self, table: &str, key: &Item) -> Option<Item> {
        let items = self.0.get_mut(table)?;
        let at = items.iter().position(|item| key.iter().all(|(name, value)| item.get(name) == Some(value)))?;
        Some(items.swap_remove(at))
    }
}
