//! Reading an index: pages of its entries, and the objects that they are of.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};

use super::entries::AT;
use super::failure::{Cause, Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::object::read_object;
use super::place::IndexPlace;
use super::read::{keys_of, unexpected};
use super::{Session, Store, attribute};
use crate::model::bucket::BucketPath;
use crate::model::id::ObjectId;
use crate::model::index::KeyRange;
use crate::model::index::entry::EntryKey;
use crate::model::object::{Object, ObjectState};
use crate::model::stamp::Generation;

/// The most keys that one `BatchGetItem` reads: DynamoDB's limit.
pub const BATCH: usize = 100;

const QUERY: &str = "Query";

/// A stored entry.
pub struct FoundEntry {
    /// Its key.
    pub key: EntryKey,
    /// When it was written, in milliseconds since 1970 UTC.
    pub at: u64,
}

/// A page of entries.
pub struct Entries {
    /// The entries, in the order in which they were read.
    pub entries: Vec<FoundEntry>,
    /// Where the next page starts, if there may be one.
    pub next: Option<EntryKey>,
}

impl Session<'_> {
    /// A page of at most `most` entries in a range of keys, after `start`, consistently read.
    pub async fn entries(
        &mut self,
        at: IndexPlace<'_>,
        range: &KeyRange,
        start: Option<&EntryKey>,
        forward: bool,
        most: i32,
    ) -> Result<Entries> {
        let (table, partition) = (&self.store.tables.index, at.partition());
        let page = self.index_query(&partition, range, start, forward, most, Select::AllAttributes).await?;
        let items = page.items.ok_or_else(|| {
            Failure::Unavailable(Cause { call: QUERY, ..Cause::of_message("the answer lists no items") })
        })?;
        self.count_entries_read(items.len(), page.units);
        let unreadable = |error| Failure::unreadable(error, table, &keys::key(&partition, ""));
        let entries: std::result::Result<_, _> = items.iter().map(read_entry).collect();
        let next = page.next.as_ref().map(read_key).transpose().map_err(unreadable)?;
        Ok(Entries { entries: entries.map_err(unreadable)?, next })
    }

    /// The number of entries in a range of keys after `start`, of one page, and where the next page starts.
    pub async fn count_entries(
        &mut self,
        at: IndexPlace<'_>,
        range: &KeyRange,
        start: Option<&EntryKey>,
    ) -> Result<(u64, Option<EntryKey>)> {
        let partition = at.partition();
        let page = self.index_query(&partition, range, start, true, super::page::LARGEST_PAGE, Select::Count).await?;
        self.count_entries_read(usize::try_from(page.count).unwrap_or_default(), page.units);
        let unreadable = |error| Failure::unreadable(error, &self.store.tables.index, &keys::key(&partition, ""));
        Ok((page.count, page.next.as_ref().map(read_key).transpose().map_err(unreadable)?))
    }

    /// The live ones of the objects with these IDs, at most [`BATCH`] different ones, consistently read. An ID may occur twice.
    pub async fn objects_of(
        &mut self,
        path: &BucketPath,
        generation: &Generation,
        ids: impl Iterator<Item = &ObjectId>,
    ) -> Result<HashMap<ObjectId, Object>> {
        let table = &self.store.tables.objects;
        let partition = keys::objects(path, generation);
        // DynamoDB refuses a batch with a key in it twice.
        let ids: BTreeSet<&str> = ids.map(ObjectId::as_str).collect();
        let keys: Vec<Item> = ids.into_iter().map(|id| keys::key(&partition, id)).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let wanted = HashMap::from([(table.clone(), keys_of(keys)?)]);
        let (read, units) = self.batch_get_reporting(wanted, Some(ReturnConsumedCapacity::Total)).await?;
        self.count_items(read.values().map(Vec::len).sum(), units);
        let mut objects = HashMap::new();
        for item in read.into_values().flatten() {
            let unreadable = |error| Failure::unreadable(error, table, &item);
            if let ObjectState::Live(object) = read_object(Some(&item)).map_err(unreadable)? {
                let id = attribute::read_text(&item, keys::SORT).map_err(unreadable)?;
                let id = ObjectId::parse(id).map_err(|_| unreadable(Unreadable { attribute: keys::SORT }))?;
                objects.insert(id, object);
            }
        }
        Ok(objects)
    }

    /// Deletes entries that do not count. What fails stays until a query or a check meets it.
    pub async fn delete_left_over(&mut self, at: IndexPlace<'_>, left_over: &[EntryKey]) -> Result<()> {
        let partition = at.partition();
        let keys = left_over.iter().map(|key| keys::entry(&partition, key.as_bytes())).collect();
        self.delete_entry_items(keys).await.map(drop)
    }

    async fn index_query(
        &mut self,
        partition: &str,
        range: &KeyRange,
        start: Option<&EntryKey>,
        forward: bool,
        most: i32,
        select: Select,
    ) -> Result<IndexQuery> {
        let Store { client, tables, .. } = self.store;
        let bytes = |bytes: &[u8]| AttributeValue::B(Blob::new(bytes));
        let query = || {
            client
                .query()
                .table_name(&tables.index)
                .key_condition_expression("pk = :partition AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":partition", attribute::text(partition))
                .expression_attribute_values(":from", bytes(&range.from))
                .expression_attribute_values(":to", bytes(&range.to))
                .set_exclusive_start_key(start.map(|key| keys::entry(partition, key.as_bytes())))
                .scan_index_forward(forward)
                .select(select.clone())
                .consistent_read(true)
                .limit(most)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let output = self.call(QUERY, query).await?.result.map_err(|_| unexpected(QUERY))?;
        Ok(IndexQuery {
            items: output.items,
            count: u64::try_from(output.count).unwrap_or_default(),
            next: output.last_evaluated_key,
            units: output.consumed_capacity.and_then(|capacity| capacity.capacity_units).unwrap_or_default(),
        })
    }
}

/// DynamoDB's answer to a query of the index table.
struct IndexQuery {
    items: Option<Vec<Item>>,
    count: u64,
    next: Option<Item>,
    units: f64,
}

fn read_entry(item: &Item) -> std::result::Result<FoundEntry, Unreadable> {
    Ok(FoundEntry { key: read_key(item)?, at: attribute::read_number(item, AT)? })
}

pub(super) fn read_key(item: &Item) -> std::result::Result<EntryKey, Unreadable> {
    let bytes = item.get(keys::SORT).and_then(|value| value.as_b().ok());
    Ok(EntryKey::stored(bytes.ok_or(Unreadable { attribute: keys::SORT })?.as_ref()))
}
