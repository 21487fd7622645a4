//! Listing the buckets of a scope (contract, section 9).

use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, DROPPED, Item, PARTITION, SORT};
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::model::bucket::BucketPage;
use crate::model::id::BucketId;
use crate::model::scope::Scope;

/// The most items that DynamoDB reads at once.
const PAGE: i32 = 1000;
/// The most of such reads for one page of buckets. More than that many marks of dropped buckets end a page early.
const MOST_READS: u32 = 8;

impl Session<'_> {
    /// The buckets of a scope after the ID `after`, at most `most` of them. Marks of dropped buckets are passed over.
    pub async fn buckets(&mut self, scope: &Scope, after: Option<&BucketId>, most: usize) -> Result<BucketPage> {
        let Store { client, tables, .. } = self.store;
        let partition = attribute::text(&scope.to_string());
        let mut start = after.map(|id| keys::bucket_in(scope, id));
        let (mut ids, mut last) = (Vec::new(), after.cloned());
        for _ in 0..MOST_READS {
            let query = || {
                client
                    .query()
                    .table_name(&tables.objects)
                    .key_condition_expression("pk = :pk AND begins_with(sk, :bucket)")
                    .expression_attribute_values(":pk", partition.clone())
                    .expression_attribute_values(":bucket", attribute::text(keys::BUCKET))
                    .projection_expression([PARTITION, SORT, DROPPED].join(", "))
                    .limit(PAGE)
                    .consistent_read(true)
                    .set_exclusive_start_key(start.clone())
                    .send()
            };
            let page = self.call("Query", query).await?.result.map_err(|_| unexpected("Query"))?;
            for item in page.items.unwrap_or_default() {
                let id = bucket_id(&item);
                let id = id.map_err(|error| Failure::unreadable(error, &tables.objects, &item))?;
                if !item.contains_key(DROPPED) {
                    if ids.len() == most {
                        return Ok(BucketPage { next: ids.last().cloned(), ids });
                    }
                    ids.push(id.clone());
                }
                last = Some(id);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(BucketPage { ids, next: None });
            }
        }
        Ok(BucketPage { ids, next: last })
    }
}

/// The ID of a bucket, by its key.
fn bucket_id(key: &Item) -> std::result::Result<BucketId, Unreadable> {
    let id = attribute::read_text(key, SORT)?.strip_prefix(keys::BUCKET);
    id.and_then(|id| BucketId::parse(id).ok()).ok_or(Unreadable { attribute: SORT })
}
