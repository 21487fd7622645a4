//! Dropping a bucket with all it holds (protocol, R6).

use super::bucket::read_bucket;
use super::failure::{Failure, Result};
use super::garbage::{Marker, of_marker};
use super::transaction::{Obstacle, Transaction, unconditional_put};
use super::write::{Expected, Place, Update, unknown};
use super::{MOST_ROUNDS, Session, Store, attribute, keys};
use crate::model::bucket::{Bucket, BucketPath, BucketState};
use crate::model::marks::RuleNumber;
use crate::model::stamp::Writer;

/// How a drop fared.
#[derive(Debug)]
pub enum Drop {
    /// The bucket is dropped, and a marker says what the sweep has to remove.
    Made,
    /// Another request changed the bucket first. This is the bucket now, and nothing was written.
    Conflict(Bucket),
    /// Another request dropped the bucket first. Nothing was written.
    Gone,
}

impl Session<'_> {
    /// Drops the bucket that was `seen`, whose entries have rules up to this number, at this time in milliseconds since 1970 UTC. Mark and marker are one transaction,
    /// whatever the bucket holds.
    pub async fn drop_bucket(&mut self, path: &BucketPath, seen: &Bucket, rules: RuleNumber, now: u64) -> Result<Drop> {
        let outcome = self.transact_drop(path, seen, rules, now).await;
        self.store.buckets.forget(path, self.now());
        outcome
    }

    async fn transact_drop(&mut self, path: &BucketPath, seen: &Bucket, rules: RuleNumber, now: u64) -> Result<Drop> {
        let (Store { tables, .. }, key) = (self.store, keys::bucket(path));
        let table = &tables.objects;
        let place = Place { table, key: key.clone(), mark: keys::DROPPED };
        let update = Update {
            set: keys::Item::from([(keys::DROPPED.to_owned(), attribute::number(now))]),
            assign: None,
            remove: &["acl"],
            version: seen.stamp.version.next(),
            returns_old: false,
        };
        let marker = Marker { path: path.clone(), generation: seen.generation.clone(), rules, dropped: now };
        let writes = [
            self.update_in_transaction(&place, update, Expected::Live(&seen.stamp))?,
            unconditional_put(table, of_marker(&marker))?,
        ];
        // DynamoDB refuses a known token with other content, and each round of a request has other content.
        let token = Writer::new(self.random()?);
        let mut sent = 0;
        for round in 0..MOST_ROUNDS {
            if round > 0 {
                tracing::info!(call = "TransactWriteItems", round, "transaction was cancelled");
                self.pause(round).await?;
            }
            let (outcome, attempts) = self.transact(&writes, token.as_str()).await?;
            sent += attempts;
            let found = match outcome {
                Transaction::Made => return Ok(Drop::Made),
                Transaction::Cancelled(Obstacle::First(item)) => item,
                Transaction::Cancelled(Obstacle::Conflict) => self.get(table, &key).await?,
                Transaction::Cancelled(Obstacle::Throttled) => continue,
            };
            let unreadable = |error| Failure::unreadable(error, table, &key);
            let stamp = found.as_ref().map(attribute::read_stamp).transpose().map_err(unreadable)?;
            if stamp.is_some_and(|stamp| stamp.writer == *self.writer()) {
                return Ok(Drop::Made);
            }
            match read_bucket(found.as_ref()).map_err(unreadable)? {
                BucketState::Live(found) if found.stamp == seen.stamp => {}
                BucketState::Live(found) if found.generation == seen.generation => return Ok(Drop::Conflict(found)),
                BucketState::Live(_) | BucketState::Vacant(_) if sent == 1 => return Ok(Drop::Gone),
                BucketState::Live(_) | BucketState::Vacant(_) => return Err(unknown("TransactWriteItems")),
            }
        }
        Err(Failure::late())
    }
}
