//! The first object of a bucket, written together with the bucket (protocol, R3).

use super::bucket::{expected, of_bucket, read_bucket};
use super::create::Stored;
use super::failure::{Failure, Result};
use super::object::new_object;
use super::place::ObjectPlace;
use super::transaction::{Obstacle, Transaction, unconditional_put};
use super::write::{Expected, unknown};
use super::{MOST_ROUNDS, Session, Store, attribute, keys};
use crate::model::bucket::{Bucket, BucketPath, BucketState, NewBucket, Vacancy};
use crate::model::index::Rule;
use crate::model::object::NewObject;
use crate::model::stamp::Version;

/// How the first object of a bucket fared.
#[derive(Debug)]
pub enum FirstObject {
    /// Object and bucket were written.
    Created(Stored),
    /// Another request made the bucket first. Nothing was written.
    Lost(Bucket),
}

impl Session<'_> {
    /// Writes an object together with its bucket, where there was none when `seen` was read. A cancelled transaction is
    /// judged by the bucket's item, and never by the ACL of the scope again.
    pub async fn create_first(
        &mut self,
        path: &BucketPath,
        seen: &Vacancy,
        bucket: &NewBucket,
        object: &NewObject,
        rules: &[Rule],
    ) -> Result<FirstObject> {
        let id = object.id_in(&bucket.generation);
        let at = ObjectPlace { path, generation: &bucket.generation, id: &id, rules };
        let outcome = self.transact_first(at, seen, bucket, object).await;
        self.store.buckets.forget(path, self.now());
        outcome
    }

    async fn transact_first(
        &mut self,
        at: ObjectPlace<'_>,
        seen: &Vacancy,
        bucket: &NewBucket,
        object: &NewObject,
    ) -> Result<FirstObject> {
        let (Store { tables, .. }, writer, path) = (self.store, self.writer().clone(), at.path);
        let (table, key) = (&tables.objects, keys::bucket(path));
        let mut bucket_item = key.clone();
        bucket_item.extend(attribute::stamp(&writer, seen.next_version()));
        bucket_item.extend(of_bucket(bucket));
        let stamp = self.stamp(Version::FIRST);
        let prepared = self.prepared(at, || object.as_written(stamp), None)?;
        let new_object = new_object(at, object, &writer, &prepared.marks);
        let mut writes = vec![
            self.put_in_transaction(table, bucket_item, expected(seen))?,
            self.put_in_transaction(table, new_object, Expected::Absent)?,
        ];
        for entry in self.entry_items(at, &prepared.new) {
            writes.push(unconditional_put(&tables.index, entry)?);
        }
        let created = || Ok(FirstObject::Created(Stored::new(at.id, object)));
        let mut sent = 0;
        for round in 0..MOST_ROUNDS {
            if round > 0 {
                tracing::info!(call = "TransactWriteItems", round, "transaction was cancelled");
                self.pause(round).await?;
            }
            let (outcome, attempts) = self.transact(&writes, writer.as_str()).await?;
            sent += attempts;
            let found = match outcome {
                Transaction::Made => return created(),
                Transaction::Cancelled(Obstacle::First(item)) => {
                    read_bucket(item.as_ref()).map_err(|error| Failure::unreadable(error, table, &key))?
                }
                Transaction::Cancelled(Obstacle::Conflict) => self.bucket(path).await?,
                Transaction::Cancelled(Obstacle::Throttled) => continue,
            };
            match found {
                BucketState::Live(found) if found.generation == bucket.generation => return created(),
                BucketState::Vacant(found) if found == *seen => {}
                // After several attempts, ours may have taken effect and its bucket be gone again, unless what is there
                // is the very next version of what was seen.
                BucketState::Live(found) if sent == 1 || found.stamp.version == seen.next_version() => {
                    return Ok(FirstObject::Lost(found));
                }
                BucketState::Live(_) | BucketState::Vacant(_) => return Err(unknown("TransactWriteItems")),
            }
        }
        Err(Failure::late())
    }
}
