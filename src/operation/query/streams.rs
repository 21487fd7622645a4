//! The entries of the ranges of a plan, in one order.

use std::collections::VecDeque;

use crate::model::index::entry::{Decoded, EntryKey};
use crate::model::index::{KeyRange, Plan, Sort};
use crate::model::query::cursor::Position;
use crate::operation::error::{Error, Result};
use crate::store::place::IndexPlace;
use crate::store::{Cause, Failure, Session};

/// An entry that was found.
#[derive(Clone)]
pub struct Found {
    /// Its key.
    pub key: EntryKey,
    /// What its key says.
    pub entry: Decoded,
    /// When it was written, in milliseconds since 1970 UTC.
    pub at: u64,
}

/// The entries of all ranges.
pub struct Streams<'a> {
    plan: &'a Plan,
    streams: Vec<Stream>,
}

/// The entries of one range.
struct Stream {
    range: KeyRange,
    buffer: VecDeque<Found>,
    /// Where the next page starts, once one was read.
    next: Option<EntryKey>,
    /// Whether there may be more than the buffer holds.
    has_more: bool,
}

impl<'a> Streams<'a> {
    /// The entries after a position.
    pub fn new(plan: &'a Plan, after: Option<&Position>) -> Self {
        let ranges = plan.ranges.iter().filter_map(|range| plan.rest(range, after));
        let stream = |range| Stream { range, buffer: VecDeque::new(), next: None, has_more: true };
        Self { plan, streams: ranges.map(stream).collect() }
    }

    /// The next entries: at most `most` of those `wanted`. There are none only at the end.
    pub async fn take(
        &mut self,
        store: &mut Session<'_>,
        at: IndexPlace<'_>,
        wanted: usize,
        most: usize,
    ) -> Result<Vec<Found>> {
        let mut entries = Vec::new();
        while entries.len() < wanted.min(most) {
            let Some(stream) = self.first(store, at, wanted - entries.len()).await? else { break };
            entries.extend(stream.buffer.pop_front());
        }
        Ok(entries)
    }

    /// Whether nothing is left.
    pub fn are_finished(&self) -> bool {
        self.streams.iter().all(|stream| stream.buffer.is_empty() && !stream.has_more)
    }

    /// The range whose next entry is the first one.
    async fn first(&mut self, store: &mut Session<'_>, at: IndexPlace<'_>, most: usize) -> Result<Option<&mut Stream>> {
        let plan = self.plan;
        // By keys, the ranges follow each other.
        let is_in_turn = plan.sort == Sort::Key || self.streams.len() == 1;
        for stream in &mut self.streams {
            stream.fill(plan, store, at, most).await?;
            if is_in_turn && !stream.buffer.is_empty() {
                break;
            }
        }
        let mut streams = self.streams.iter_mut().filter(|stream| !stream.buffer.is_empty());
        Ok(if is_in_turn {
            streams.next()
        } else {
            streams.min_by_key(|stream| stream.buffer.front().map(|found| plan.place_of(&found.entry)))
        })
    }
}

impl Stream {
    /// Reads the next page if nothing is left of the one before.
    async fn fill(&mut self, plan: &Plan, store: &mut Session<'_>, at: IndexPlace<'_>, most: usize) -> Result<()> {
        while self.buffer.is_empty() && self.has_more {
            let most = i32::try_from(most).unwrap_or(i32::MAX);
            let page = store.entries(at, &self.range, self.next.as_ref(), plan.forward, most).await?;
            for entry in page.entries {
                let decoded = entry.key.decode().ok_or_else(|| {
                    Error::from(Failure::Fault(Cause::of_message("the key of an index entry cannot be read")))
                })?;
                self.buffer.push_back(Found { key: entry.key, entry: decoded, at: entry.at });
            }
            self.has_more = page.next.is_some();
            self.next = page.next;
        }
        Ok(())
    }
}
