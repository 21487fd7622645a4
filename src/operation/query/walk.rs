//! Answering a query by an index: entries in the order of their keys, and the objects that they are of. An entry counts only
//! while its object holds its mark (protocol: index entries).

use std::collections::HashMap;
use std::time::Duration;

use super::Hit;
use super::hits::{LARGEST, size};
use super::judge::Judge;
use super::streams::{Found, Streams};
use crate::model::bucket::Bucket;
use crate::model::id::ObjectId;
use crate::model::index::Plan;
use crate::model::index::entry::{Decoded, EntryKey};
use crate::model::index::plan::PlanRange;
use crate::model::object::Object;
use crate::model::query::cursor::Position;
use crate::operation::context::Context;
use crate::operation::error::{Result, Unanswered};
use crate::operation::index::LEFT_OVER;
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
}

/// A page under way.
struct Page {
    limit: usize,
    hits: Vec<Hit>,
    size: usize,
    /// The last hit.
    last_hit: Option<Found>,
    /// The last entry that was looked at.
    last: Option<Found>,
    /// Whether there is a hit after those of the page.
    is_full: bool,
}

impl<'a, 'c> Walk<'a, 'c> {
    /// A walk along the index of a plan.
    pub fn new(judge: &'a Judge<'a>, bucket: &'a Bucket, plan: &'a Plan, context: &'a mut Context<'c>) -> Self {
        let began = context.store.time();
        Self { judge, bucket, plan, context, began, left_over: Vec::new() }
    }

    /// A page of at most `limit` hits after a position, and the position of its last one if there is more, or where the walk
    /// stopped.
    pub async fn page(&mut self, after: Option<Position>, limit: usize) -> Result<(Vec<Hit>, Option<Position>)> {
        self.check()?;
        let mut streams = Streams::new(self.plan, after.as_ref());
        let (mut page, mut is_first) = (Page::new(limit), true);
        let is_each_a_hit = self.plan.is_exact && self.judge.reads_all;
        loop {
            // One hit is looked ahead.
            let missing = limit + 1 - page.hits.len();
            let wanted = if is_each_a_hit || is_first { missing } else { BATCH };
            is_first = false;
            let place = self.place();
            let entries = streams.take(&mut self.context.store, place, wanted).await?;
            if entries.is_empty() {
                break;
            }
            let objects = self.objects(&entries).await?;
            for found in entries {
                let hit = match self.counted(&found, &objects) {
                    Some(object) => self
                        .judge
                        .judge(&found.entry.id, object)?
                        .map(|(_, calculated)| self.judge.hit(found.entry.id.clone(), object.clone(), calculated)),
                    None => None,
                };
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
            let place = self.place();
            let entries = streams.take(&mut self.context.store, place, BATCH).await?;
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

    async fn objects(&mut self, entries: &[Found]) -> Result<HashMap<ObjectId, Object>> {
        let mut ids: Vec<&ObjectId> = entries.iter().map(|found| &found.entry.id).collect();
        // DynamoDB refuses a batch with a key in it twice.
        ids.sort_by_key(|id| id.as_str());
        ids.dedup();
        let at = &self.judge.admitted.path;
        Ok(self.context.store.objects_of(at, &self.bucket.generation, ids.into_iter()).await?)
    }

    /// The object of an entry, if the entry counts. One that does not and is old is noted.
    fn counted<'b>(&mut self, found: &Found, objects: &'b HashMap<ObjectId, Object>) -> Option<&'b Object> {
        let object = objects.get(&found.entry.id);
        let mark = object.and_then(|object| object.marks.as_ref()?.get(&self.plan.rule.number));
        if mark == Some(&found.entry.mark) {
            return object;
        }
        let age = self.began.0.checked_sub(Duration::from_millis(found.at)).unwrap_or_default();
        if age > LEFT_OVER {
            self.left_over.push(found.key.clone());
        }
        None
    }

    async fn delete_left_over(&mut self) {
        if self.left_over.is_empty() || !self.context.store.has_time_for_a_page() {
            return;
        }
        let place = self.place();
        // They do no harm, so that the answer does not depend on it.
        if let Err(failure) = self.context.store.delete_left_over(place, &self.left_over).await {
            failure.log();
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
        Self { limit, hits: Vec::new(), size: 0, last_hit: None, last: None, is_full: false }
    }

    fn look_at(&mut self, found: Found, hit: Option<Hit>) {
        let Some(hit) = hit else {
            self.last = Some(found);
            return;
        };
        let size = size(&hit);
        if self.hits.len() == self.limit || (!self.hits.is_empty() && self.size + size > LARGEST) {
            self.is_full = true;
            return;
        }
        self.size += size;
        self.hits.push(hit);
        self.last_hit = Some(found.clone());
        self.last = Some(found);
    }

    /// The hits, and where the next page begins.
    fn finish(self, plan: &Plan, is_finished: bool) -> (Vec<Hit>, Option<Position>) {
        let Some(last) = self.last.filter(|_| !is_finished) else { return (self.hits, None) };
        // A page that is full goes on after its last hit. One that stopped begins again at the place of the last entry: the
        // object may come to hold another entry there. If it was a hit there, none of its other entries counts, under
        // whatever values that the order does not tell apart.
        let after = |entry: &Decoded| plan.position_at(entry, false);
        let position = match self.last_hit {
            Some(hit) if self.is_full || after(&hit.entry) == after(&last.entry) => after(&hit.entry),
            Some(_) | None => plan.position_at(&last.entry, true),
        };
        (self.hits, Some(position))
    }
}
