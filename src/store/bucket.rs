//! Buckets: item and model, and their calls.

use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::write::{Expected, Place, Write};
use super::{Session, Store, attribute};
use crate::model::acl::Acl;
use crate::model::bucket::{Bucket, BucketPath, BucketState, NewBucket, Vacancy};
use crate::model::creator::Creator;
use crate::model::stamp::Generation;

impl Session<'_> {
    /// Reads what is under a bucket's key.
    pub async fn bucket(&mut self, path: &BucketPath) -> Result<BucketState> {
        let (table, key) = (&self.store.tables.objects, keys::bucket(path));
        let item = self.get(table, &key).await?;
        read_bucket(item.as_ref()).map_err(|error| Failure::unreadable(error, table, &key))
    }

    /// Makes a bucket without an object.
    pub async fn make_bucket(&mut self, path: &BucketPath, seen: &Vacancy, bucket: &NewBucket) -> Result<Write> {
        self.change_bucket(path, of_bucket(bucket), expected(seen)).await
    }

    /// Replaces the ACL of a bucket that was `seen`.
    pub async fn change_bucket_acl(&mut self, path: &BucketPath, seen: &Bucket, acl: &Acl) -> Result<Write> {
        let set = Item::from([("acl".to_owned(), attribute::acl(acl))]);
        self.change_bucket(path, set, Expected::Live(&seen.stamp)).await
    }

    async fn change_bucket(&mut self, path: &BucketPath, set: Item, expected: Expected<'_>) -> Result<Write> {
        let Store { tables, .. } = self.store;
        let written = self
            .change(Place { table: &tables.objects, key: keys::bucket(path), mark: keys::DROPPED }, set, expected)
            .await;
        self.store.buckets.forget(path, self.now());
        written
    }
}

/// What making a bucket expects, by what was seen under its key.
pub(super) fn expected(seen: &Vacancy) -> Expected<'_> {
    match seen {
        Vacancy::Unused => Expected::Absent,
        Vacancy::Dropped(stamp) => Expected::Tombstone(stamp),
    }
}

/// The attributes of a new bucket, without its key and stamp.
pub(super) fn of_bucket(bucket: &NewBucket) -> Item {
    Item::from([
        ("generation".to_owned(), attribute::text(bucket.generation.as_str())),
        ("acl".to_owned(), attribute::acl(&bucket.acl)),
        ("creator".to_owned(), attribute::text(&bucket.creator.to_string())),
        ("created".to_owned(), attribute::number(bucket.created)),
    ])
}

/// Reads what the item under a bucket's key says.
pub fn read_bucket(item: Option<&Item>) -> std::result::Result<BucketState, Unreadable> {
    let Some(item) = item else {
        return Ok(BucketState::Vacant(Vacancy::Unused));
    };
    let stamp = attribute::read_stamp(item)?;
    if item.contains_key(keys::DROPPED) {
        return Ok(BucketState::Vacant(Vacancy::Dropped(stamp)));
    }
    let generation = attribute::read_text(item, "generation").ok().and_then(Generation::parse);
    let creator: std::result::Result<Creator, _> = attribute::read_text(item, "creator")?.parse();
    Ok(BucketState::Live(Bucket {
        generation: generation.ok_or(Unreadable { attribute: "generation" })?,
        acl: attribute::read_acl(item),
        creator: creator.map_err(|_| Unreadable { attribute: "creator" })?,
        stamp,
    }))
}
