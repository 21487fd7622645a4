//! Counting the objects of a bucket, on DynamoDB's side (contract, section 9).

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, Select};

use super::failure::Result;
use super::keys;
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::model::bucket::BucketPath;
use crate::model::stamp::Generation;

/// Consistent reads get a mebibyte for so many read units, of 4 KiB each.
pub const UNITS_OF_A_MEBIBYTE: u32 = 256;
/// The most items of a page.
const PAGE: i32 = 1000;

impl Session<'_> {
    /// The number of live objects in a generation of a bucket; `None` if counting would read more than `most` mebibytes
    /// of items.
    /// DynamoDB reports what each page has read.
    pub async fn count_objects(
        &mut self,
        path: &BucketPath,
        generation: &Generation,
        most: u32,
    ) -> Result<Option<u64>> {
        let Store { client, tables, .. } = self.store;
        let partition = attribute::text(&keys::objects(path, generation));
        let (mut count, mut units, mut start) = (0_u64, 0.0, None);
        let most = f64::from(most) * f64::from(UNITS_OF_A_MEBIBYTE);
        loop {
            let query = || {
                client
                    .query()
                    .table_name(&tables.objects)
                    .key_condition_expression("pk = :pk")
                    .filter_expression("attribute_not_exists(deleted)")
                    .expression_attribute_values(":pk", partition.clone())
                    .select(Select::Count)
                    .limit(PAGE)
                    .consistent_read(true)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .set_exclusive_start_key(start.clone())
                    .send()
            };
            let page = self.call("Query", query).await?.result.map_err(|_| unexpected("Query"))?;
            count += u64::try_from(page.count).unwrap_or_default();
            let of_page = page.consumed_capacity.and_then(|capacity| capacity.capacity_units).unwrap_or_default();
            self.count_items(usize::try_from(page.scanned_count).unwrap_or_default(), of_page);
            units += of_page;
            start = page.last_evaluated_key;
            if units > most {
                return Ok(None);
            }
            if start.is_none() {
                return Ok(Some(count));
            }
        }
    }
}
