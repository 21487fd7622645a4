//! Finding the buckets of one ID in all scopes of a kind.

use aws_sdk_dynamodb::types::AttributeValue;

use super::bucket::read_bucket;
use super::failure::{Cause, Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::page::LARGEST_PAGE;
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::model::bucket::{BucketPath, BucketState};
use crate::model::id::{AppId, BucketId};
use crate::model::scope::{Scope, ScopeKind};
use crate::model::stamp::Generation;

const SCAN: &str = "Scan";

/// A part of the objects table, which is scanned beside others.
#[derive(Clone, Copy)]
pub struct Segment {
    /// Its number, from 0.
    pub number: i32,
    /// How many parts there are.
    pub of: i32,
}

/// A bucket that exists.
#[derive(Clone, Debug)]
pub struct LiveBucket {
    /// Where it is.
    pub path: BucketPath,
    /// Which of the buckets that were there one after the other.
    pub generation: Generation,
}

impl Session<'_> {
    /// One page of a scan of a segment, consistently read: the buckets of this ID in an app's scopes of this kind, and where
    /// the next page starts. It reads everything in the segment.
    pub async fn scan_buckets(
        &mut self,
        app: &AppId,
        kind: ScopeKind,
        bucket: &BucketId,
        segment: Segment,
        start: Option<Item>,
    ) -> Result<(Vec<LiveBucket>, Option<Item>)> {
        let Store { client, tables, .. } = self.store;
        let sort = format!("{}{bucket}", keys::BUCKET);
        let scan = || {
            client
                .scan()
                .table_name(&tables.objects)
                .filter_expression("sk = :sort AND begins_with(pk, :app)")
                .expression_attribute_values(":sort", attribute::text(&sort))
                .expression_attribute_values(":app", AttributeValue::S(app.to_string()))
                .segment(segment.number)
                .total_segments(segment.of)
                .set_exclusive_start_key(start.clone())
                .consistent_read(true)
                .limit(LARGEST_PAGE)
                .send()
        };
        let page = self.call(SCAN, scan).await?.result.map_err(|_| unexpected(SCAN))?;
        // DynamoDB always lists what it found. To take a missing list for an empty one would leave buckets out of an index.
        let items = page.items.ok_or_else(|| {
            Failure::Unavailable(Cause { call: SCAN, ..Cause::of_message("the answer lists no items") })
        })?;
        let mut buckets = Vec::new();
        for item in items {
            let unreadable = |error| Failure::unreadable(error, &tables.objects, &item);
            let scope = attribute::read_text(&item, keys::PARTITION).map_err(unreadable)?.parse::<Scope>();
            let scope = scope.map_err(|_| unreadable(Unreadable { attribute: keys::PARTITION }))?;
            if scope.app == *app
                && scope.owner.kind() == kind
                && let BucketState::Live(live) = read_bucket(Some(&item)).map_err(unreadable)?
            {
                let path = BucketPath { scope, bucket: bucket.clone() };
                buckets.push(LiveBucket { path, generation: live.generation });
            }
        }
        Ok((buckets, page.last_evaluated_key))
    }
}
