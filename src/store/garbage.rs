//! What dropped buckets leave behind: markers, and the objects of dead generations (protocol, rule R7).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{DeleteRequest, ReturnConsumedCapacity, WriteRequest};

use super::failure::{Cause, Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::page::LARGEST_PAGE;
use super::read::unexpected;
use super::{MOST_ROUNDS, Session, Store, attribute};
use crate::model::bucket::BucketPath;
use crate::model::id::BucketId;
use crate::model::scope::Scope;
use crate::model::stamp::Generation;

/// The most items that one `BatchWriteItem` deletes: DynamoDB's limit.
pub const BATCH: usize = 25;

const BATCH_WRITE: &str = "BatchWriteItem";

/// Marks a generation of a bucket that was dropped. A drop writes it, and a sweep removes it after the last object of the
/// generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The bucket.
    pub path: BucketPath,
    /// The generation that was dropped.
    pub generation: Generation,
    /// When, in milliseconds since 1970 UTC.
    pub dropped: u64,
}

/// Some of the markers.
pub struct Markers {
    /// Those that can be read, in no particular order.
    pub readable: Vec<Marker>,
    /// Why each of the others cannot be read.
    pub unreadable: Vec<Failure>,
    /// Where the next page starts, if there is one.
    pub next: Option<Item>,
    /// The read units that the page took.
    pub units: f64,
}

/// Keys of objects of a dead generation.
pub struct Remains {
    /// The keys. There are none only if nothing is left of the generation.
    pub keys: Vec<Item>,
    /// The read units that finding them took.
    pub units: f64,
}

impl Session<'_> {
    /// A page of the markers, consistently read.
    pub async fn markers(&mut self, start: Option<Item>) -> Result<Markers> {
        let page = self.page(keys::MARKERS, start, None, LARGEST_PAGE).await?;
        let table = &self.store.tables.objects;
        let mut markers = Markers { readable: Vec::new(), unreadable: Vec::new(), next: page.next, units: page.units };
        for item in page.items {
            match read_marker(&item) {
                Ok(marker) => markers.readable.push(marker),
                Err(error) => markers.unreadable.push(Failure::unreadable(error, table, &item)),
            }
        }
        Ok(markers)
    }

    /// Keys of objects and tombstones of a dead generation, consistently read.
    pub async fn remains(&mut self, marker: &Marker) -> Result<Remains> {
        let partition = keys::objects(&marker.path, &marker.generation);
        let (mut start, mut units) = (None, 0.0);
        loop {
            let page = self.page(&partition, start, Some(keys::SORT), LARGEST_PAGE).await?;
            units += page.units;
            // A page may be empty although more follows. Only the end of the partition shows that nothing is left.
            if !page.items.is_empty() || page.next.is_none() {
                // The partition is not taken from the answer, so that whatever it says, nothing else can be deleted.
                let key = |item: &Item| Ok(keys::key(&partition, attribute::read_text(item, keys::SORT)?));
                let keys: std::result::Result<_, Unreadable> = page.items.iter().map(key).collect();
                let unreadable =
                    |error| Failure::unreadable(error, &self.store.tables.objects, &keys::key(&partition, ""));
                return Ok(Remains { keys: keys.map_err(unreadable)?, units });
            }
            start = page.next;
        }
    }

    /// Deletes a marker. Returns the write units that this took.
    pub async fn delete_marker(&mut self, marker: &Marker) -> Result<f64> {
        self.delete_all(&[keys::marker(&marker.generation)]).await
    }

    /// Deletes items of the objects table, at most [`BATCH`], whatever they hold and whether or not they are there. Those
    /// that DynamoDB leaves unprocessed are sent again. Returns the write units that this took.
    pub async fn delete_all(&mut self, keys: &[Item]) -> Result<f64> {
        let Store { client, tables, .. } = self.store;
        let mut wanted = HashMap::from([(tables.objects.clone(), deletes(keys)?)]);
        let (mut round, mut units) = (0, 0.0);
        loop {
            let write = || {
                client
                    .batch_write_item()
                    .set_request_items(Some(wanted.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            };
            let output = self.call(BATCH_WRITE, write).await?.result.map_err(|_| unexpected(BATCH_WRITE))?;
            units += output.consumed_capacity().iter().filter_map(|table| table.capacity_units).sum::<f64>();
            wanted = output.unprocessed_items.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(units);
            }
            round += 1;
            if round == MOST_ROUNDS {
                let cause = Cause::of_message("DynamoDB left deletions unprocessed each time");
                return Err(Failure::Unavailable(Cause { call: BATCH_WRITE, ..cause }));
            }
            tracing::info!(call = BATCH_WRITE, round, "deletions were left unprocessed");
            self.pause(round).await?;
        }
    }
}

fn deletes(keys: &[Item]) -> Result<Vec<WriteRequest>> {
    let delete = |key: &Item| {
        let delete = DeleteRequest::builder().set_key(Some(key.clone())).build();
        Ok(WriteRequest::builder().delete_request(delete.map_err(|error| Failure::fault(error.to_string()))?).build())
    };
    keys.iter().map(delete).collect()
}

/// The item of a marker. It does not expire.
pub fn of_marker(marker: &Marker) -> Item {
    let Marker { path, generation, dropped } = marker;
    let mut item = keys::marker(generation);
    item.extend([
        ("scope".to_owned(), attribute::text(&path.scope.to_string())),
        ("bucket".to_owned(), attribute::text(path.bucket.as_str())),
        // The numbers of index rules that the bucket's entries can have: none, as there are no indexes yet.
        ("rules".to_owned(), attribute::number(0)),
        (keys::DROPPED.to_owned(), attribute::number(*dropped)),
    ]);
    item
}

/// Reads a marker from its item.
fn read_marker(item: &Item) -> std::result::Result<Marker, Unreadable> {
    let generation = Generation::parse(attribute::read_text(item, keys::SORT)?);
    let scope = attribute::read_text(item, "scope")?.parse::<Scope>();
    let bucket = attribute::read_text(item, "bucket")?.parse::<BucketId>();
    Ok(Marker {
        path: BucketPath {
            scope: scope.map_err(|_| Unreadable { attribute: "scope" })?,
            bucket: bucket.map_err(|_| Unreadable { attribute: "bucket" })?,
        },
        generation: generation.ok_or(Unreadable { attribute: keys::SORT })?,
        dropped: attribute::read_number(item, keys::DROPPED)?,
    })
}
