//! Answering a query by an index: entries in the order of their keys, and the objects that they are of. An entry counts only
//! while its object holds its mark (protocol: index entries).

use std::collections::HashMap;

use super::Hit;
use super::hits::{LARGEST, size};
use super::judge::Judge;
use super::streams::{Found, Streams};
use crate::model::bucket::Bucket;
use crate::model::id::ObjectId;
use crate::model::index::Plan;
use crate::model::index::entry::EntryKey;
use crate::model::index::plan::PlanRange;
use crate::model::object::Object;
use crate::model::query::cursor::Position;
use crate::operation::context::Context;
use crate::operation::error::{Result, Unanswered};
use crate::operation::index::is_left_over;
use crate::store::index_page::BATCH;
use crate::store::place::IndexPlace;
use crate::system::Timestamp;

/// A walk along an index.
pub struct Walk<'a, 'c> {
    judge: &'a Judge<'a>,
    bucket: &'a Bucket,
    plan: &'a Plan,
    context: &'a mut Context<'c>,
    /// When the walk began.
    began: Timestamp,
    /// Entries that do not count, and are so old that they never will.
    left_over: Vec<EntryKey>,
    /// The bytes of an object, on average over the last batch of them, once one was read.
    mean: Option<usize>,
}

/// The most objects that are read at once before it is known how large they are: those of a page of 50, and the one that is
/// looked ahead. The largest ones are 13 MB.
const FIRST_BATCH: usize = 51;
/// The most entries that one query deletes: its caller waits for it.
const MOST_DELETED: usize = 50;

/// A page under way.
struct Page {
    limit: usize,
    hits: Vec<Hit>,
    size: usize,
    /// The last hit.
    last_hit: Option<Found>,
    /// The last entry after it that is no hit.
    last_miss: Option<Found>,
    /// Whether there is a hit after those of the page.
    is_full: bool,
}

impl<'a, 'c> Walk<'a, 'c> {
    /// A walk along the index of a plan.
    pub fn new(judge: &'a Judge<'a>, bucket: &'a Bucket, plan: &'a Plan, context: &'a mut Context<'c>) -> Self {
        let began = context.store.time();
        Self { judge, bucket, plan, context, began, left_over: Vec::new(), mean: None }
    }

    /// A page of at most `limit` hits after a position, and the position of its last one if there is more, or where the walk
    /// stopped.
    pub async fn page(&mut self, after: Option<Position>, limit: usize) -> Result<(Vec<Hit>, Option<Position>)> {
        self.check()?;
        let mut streams = Streams::new(self.plan, after.as_ref());
        let mut page = Page::new(limit);
        let is_each_a_hit = self.plan.is_exact && self.judge.reads_all;
        // Where fewer entries count than was expected, each round looks at more.
        let (mut least, growth) = (1, if is_each_a_hit { 2 } else { BATCH });
        loop {
            // One hit is looked ahead.
            let wanted = least.max(limit + 1 - page.hits.len());
            least = BATCH.min(least * growth);
            let entries = self.take(&mut streams, wanted, LARGEST.saturating_sub(page.size)).await?;
            if entries.is_empty() {
                break;
            }
            let mut objects = self.objects(&entries).await?;
            for found in entries {
                let hit = self.hit(&found, &mut objects)?;
                page.look_at(found, hit);
                if page.is_full {
                    break;
                }
            }
            if page.is_full || self.check().is_err() {
                break;
            }
        }
        self.delete_left_over().await;
        let is_finished = streams.are_finished() && !page.is_full;
        Ok(page.finish(self.plan, is_finished))
    }

    /// The number of hits.
    pub async fn count(&mut self) -> Result<u64> {
        self.check()?;
        let count = if self.plan.is_exact && self.judge.reads_all {
            self.count_entries().await?
        } else {
            self.count_hits().await?
        };
        self.delete_left_over().await;
        Ok(count)
    }

    /// The number of entries, counted by DynamoDB.
    async fn count_entries(&mut self) -> Result<u64> {
        let mut count = 0;
        for PlanRange { keys, .. } in &self.plan.ranges {
            let mut start = None;
            loop {
                let (of_page, next) = self.context.store.count_entries(self.place(), keys, start.as_ref()).await?;
                count += of_page;
                if next.is_none() {
                    break;
                }
                start = next;
                self.check()?;
            }
        }
        Ok(count)
    }

    async fn count_hits(&mut self) -> Result<u64> {
        let (mut streams, mut count) = (Streams::new(self.plan, None), 0);
        loop {
            let entries = self.take(&mut streams, BATCH, LARGEST).await?;
            if entries.is_empty() {
                return Ok(count);
            }
            let objects = self.objects(&entries).await?;
            for found in &entries {
                if let Some(object) = self.counted(found, &objects) {
                    count += u64::from(self.judge.judge(&found.entry.id, object)?.is_some());
                }
            }
            if !streams.are_finished() {
                self.check()?;
            }
        }
    }

    /// The next entries where so many are wanted: no more than one object more than there is room for, if the next objects are
    /// like the last ones. There are none only at the end.
    async fn take(&mut self, streams: &mut Streams<'_>, wanted: usize, room: usize) -> Result<Vec<Found>> {
        let most = self.mean.map_or(FIRST_BATCH, |mean| BATCH.min(room / mean.max(1) + 1));
        let place = self.place();
        streams.take(&mut self.context.store, place, wanted, most).await
    }

    /// The objects of these entries.
    async fn objects(&mut self, entries: &[Found]) -> Result<HashMap<ObjectId, Object>> {
        let (at, ids) = (&self.judge.admitted.path, entries.iter().map(|found| &found.entry.id));
        let objects = self.context.store.objects_of(at, &self.bucket.generation, ids).await?;
        let bytes: usize = objects.values().map(|object| object.content.as_str().len()).sum();
        self.mean = Some(bytes.checked_div(objects.len()).unwrap_or_default());
        Ok(objects)
    }

    /// The object of an entry as a hit, if it is one. It is taken out of the objects, as none of its other entries counts.
    fn hit(&mut self, found: &Found, objects: &mut HashMap<ObjectId, Object>) -> Result<Option<Hit>> {
        let Some(object) = self.counted(found, objects) else { return Ok(None) };
        let Some(candidate) = self.judge.judge(&found.entry.id, object)? else { return Ok(None) };
        let distances = self.judge.distances(&candidate);
        Ok(objects.remove_entry(&found.entry.id).map(|(id, object)| self.judge.hit(id, object, distances)))
    }

    /// The object of an entry, if the entry counts. One that does not and is old is noted.
    fn counted<'b>(&mut self, found: &Found, objects: &'b HashMap<ObjectId, Object>) -> Option<&'b Object> {
        let rule = self.plan.rule.number;
        let object = objects.get(&found.entry.id).filter(|object| object.holds(rule, &found.entry.mark));
        if object.is_none() && is_left_over(found.at, self.began) && self.left_over.len() < MOST_DELETED {
            self.left_over.push(found.key.clone());
        }
        object
    }

    async fn delete_left_over(&mut self) {
        if self.left_over.is_empty() || !self.context.store.has_time_for_a_page() {
            return;
        }
        let place = self.place();
        // They do no harm, so that the answer does not depend on it.
        if let Err(failure) = self.context.store.delete_left_over(place, &self.left_over).await {
            failure.log_entries_left();
        }
    }

    fn check(&self) -> Result<()> {
        self.judge.check_budget(self.context)?;
        if self.context.store.has_time_for_a_page() { Ok(()) } else { Err(Unanswered::Timeout.into()) }
    }

    fn place(&self) -> IndexPlace<'a> {
        let (path, generation) = (&self.judge.admitted.path, &self.bucket.generation);
        IndexPlace { path, generation, rule: self.plan.rule.number }
    }
}

impl Page {
    fn new(limit: usize) -> Self {
        Self { limit, hits: Vec::new(), size: 0, last_hit: None, last_miss: None, is_full: false }
    }

    fn look_at(&mut self, found: Found, hit: Option<Hit>) {
        let Some(hit) = hit else {
            self.last_miss = Some(found);
            return;
        };
        let size = size(&hit);
        if self.hits.len() == self.limit || (!self.hits.is_empty() && self.size + size > LARGEST) {
            self.is_full = true;
            return;
        }
        self.size += size;
        self.hits.push(hit);
        (self.last_hit, self.last_miss) = (Some(found), None);
    }

    /// The hits, and where the next page begins.
    fn finish(self, plan: &Plan, is_finished: bool) -> (Vec<Hit>, Option<Position>) {
        // A page that is full goes on after its last hit. One that stopped begins again at the place of the last entry: the
        // object may come to hold another entry there. If it was a hit there, none of its other entries counts, under
        // whatever values that the order does not tell apart.
        let after = |found: &Found| plan.position_at(&found.entry, false);
        let position = match (self.last_hit, self.last_miss) {
            _ if is_finished => None,
            (Some(hit), Some(miss)) if !self.is_full && after(&hit) != after(&miss) => {
                Some(plan.position_at(&miss.entry, true))
            }
            (Some(hit), _) => Some(after(&hit)),
            (None, miss) => miss.map(|miss| plan.position_at(&miss.entry, true)),
        };
        (self.hits, position)
    }
}
