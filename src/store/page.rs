//! Pages of a partition of the objects table.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use super::failure::{Cause, Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::object::read_object;
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::model::bucket::BucketPath;
use crate::model::id::ObjectId;
use crate::model::object::{Object, ObjectState};
use crate::model::stamp::Generation;

/// The most items of a page. DynamoDB also ends a page at 1 MB.
pub const LARGEST_PAGE: i32 = 1000;

const QUERY: &str = "Query";

/// One page of a partition.
pub(super) struct Page {
    pub items: Vec<Item>,
    /// Where the next page starts, if there is one.
    pub next: Option<Item>,
    /// The read units that the page took.
    pub units: f64,
}

/// Objects of a bucket, in the order of their IDs.
pub struct Objects {
    /// The live ones.
    pub live: Vec<(ObjectId, Object)>,
    /// The last ID that was looked at, if there may be more after it.
    pub next: Option<ObjectId>,
}

impl Session<'_> {
    /// A page of the objects in a generation of a bucket that come after an ID, consistently read: at most `most` items, of
    /// which those of deleted objects are left out.
    pub async fn objects(
        &mut self,
        path: &BucketPath,
        generation: &Generation,
        after: Option<&ObjectId>,
        most: i32,
    ) -> Result<Objects> {
        let (table, partition) = (&self.store.tables.objects, keys::objects(path, generation));
        let start = after.map(|id| keys::object(path, generation, id));
        let page = self.page(table, &partition, start, None, most).await?;
        self.count_items(page.items.len(), page.units);
        let mut live = Vec::with_capacity(page.items.len());
        for item in page.items {
            let unreadable = |error| Failure::unreadable(error, table, &item);
            match read_object(Some(&item)).map_err(unreadable)? {
                ObjectState::Live(object) => live.push((id_of(&item).map_err(unreadable)?, object)),
                ObjectState::Absent | ObjectState::Deleted(_) => {}
            }
        }
        let next = page.next.as_ref().map(id_of).transpose();
        let next = next.map_err(|error| Failure::unreadable(error, table, &keys::key(&partition, "")))?;
        Ok(Objects { live, next })
    }

    /// A page of a partition of a table, consistently read, with these attributes or all.
    pub(super) async fn page(
        &mut self,
        table: &str,
        partition: &str,
        start: Option<Item>,
        attributes: Option<&str>,
        most: i32,
    ) -> Result<Page> {
        let Store { client, .. } = self.store;
        let query = || {
            client
                .query()
                .table_name(table)
                .key_condition_expression("pk = :partition")
                .expression_attribute_values(":partition", attribute::text(partition))
                .set_projection_expression(attributes.map(str::to_owned))
                .set_exclusive_start_key(start.clone())
                .consistent_read(true)
                .limit(most)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let output = self.call(QUERY, query).await?.result.map_err(|_| unexpected(QUERY))?;
        // DynamoDB always lists what it found. To take a missing list for an empty one would leave objects behind for ever.
        let items = output.items.ok_or_else(|| {
            Failure::Unavailable(Cause { call: QUERY, ..Cause::of_message("the answer lists no items") })
        })?;
        let units = output.consumed_capacity.and_then(|capacity| capacity.capacity_units).unwrap_or_default();
        Ok(Page { items, next: output.last_evaluated_key, units })
    }
}

/// The ID of an object, by its key.
fn id_of(key: &Item) -> std::result::Result<ObjectId, Unreadable> {
    let id = attribute::read_text(key, keys::SORT)?;
    ObjectId::parse(id).map_err(|_| Unreadable { attribute: keys::SORT })
}
