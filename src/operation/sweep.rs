//! Sweeping: removes what dropped buckets held (protocol, rule R7). A sweep may stop anywhere, and the next one goes on. Two at
//! once do the same work twice and harm nothing: they only ever delete what is in a dead generation, and its marker last.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::Session;
use crate::store::failure::{Failure, Result};
use crate::store::garbage::{BATCH, Marker, Part};

use crate::system::Timestamp;

/// How long a bucket has to be dropped before it is swept: longer than a late attempt of the drop, a late write by a
/// request that had read the bucket before, that request, and cached copies take together (protocol, rule R7).
pub const WAIT: Duration = Duration::from_secs(60 * 60);

/// The most markers that a sweep looks at, once they are old enough. They take some 3 MB.
const MOST_MARKERS: usize = 10_000;

/// When a sweep stops. It may exceed each limit by one call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// When it makes no further call. The session's deadline has to leave time for the call under way.
    pub until: Instant,
    /// The read and write units, together, after which it makes no further call.
    pub units: f64,
    /// How many items a call deletes: 1 to [`BATCH`]. Where calls wait for each other, smaller ones keep others waiting for less.
    pub batch: usize,
}

/// What a sweep came to.
#[derive(Debug, Default)]
pub struct Swept {
    /// Dropped buckets of which nothing is left.
    pub buckets: usize,
    /// Objects that were deleted, and tombstones of objects.
    pub objects: usize,
    /// Index entries that were deleted.
    pub entries: usize,
    /// The read and write units that DynamoDB reported.
    pub units: f64,
    /// Whether no bucket is left that was dropped at least [`WAIT`] ago. Markers that cannot be read do not count.
    pub is_finished: bool,
    /// How long ago the first of the buckets that are left was dropped; those dropped less than [`WAIT`] ago do not count.
    pub oldest: Option<Duration>,
    /// Buckets dropped less than [`WAIT`] ago.
    pub waiting: usize,
    /// Why each marker that cannot be read cannot be, or the app of one. It stays, and so does what its bucket held.
    pub unreadable: Vec<Failure>,
    /// Why the sweep ended early, if the store failed.
    pub failure: Option<Failure>,
}

/// A sweep under way.
struct Sweep<'a, 'b> {
    store: &'a mut Session<'b>,
    limits: Limits,
    swept: Swept,
}

/// A marker that is old enough.
struct Due {
    marker: Marker,
    age: Duration,
}

/// Whether there is anything left to do.
#[derive(PartialEq)]
enum Progress {
    Done,
    Stopped,
}

/// Sweeps until nothing is left that is old enough, or a limit is reached, the bucket that was dropped first before others.
pub async fn sweep(store: &mut Session<'_>, now: Timestamp, limits: Limits) -> Swept {
    let mut sweep = Sweep { store, limits, swept: Swept::default() };
    let failure = sweep.run(now).await.err();
    Swept { failure, ..sweep.swept }
}

impl Sweep<'_, '_> {
    async fn run(&mut self, now: Timestamp) -> Result<()> {
        let (due, are_all) = self.due(now).await?;
        for Due { marker, age } in due {
            self.swept.oldest = Some(age);
            if self.is_at_a_limit() {
                return Ok(());
            }
            let Some(marker) = self.with_all_rules(marker).await? else { continue };
            if self.remove(&marker).await? == Progress::Stopped {
                return Ok(());
            }
        }
        self.swept.oldest = None;
        self.swept.is_finished = are_all;
        Ok(())
    }

    /// The markers that are old enough, oldest first, and whether these are all.
    async fn due(&mut self, now: Timestamp) -> Result<(Vec<Due>, bool)> {
        let (mut due, mut start) = (Vec::new(), None);
        loop {
            let markers = self.store.markers(start).await?;
            self.swept.units += markers.units;
            self.swept.unreadable.extend(markers.unreadable);
            for marker in markers.readable {
                let age = now.0.checked_sub(Duration::from_millis(marker.dropped)).unwrap_or_default();
                if age >= WAIT {
                    due.push(Due { marker, age });
                } else {
                    self.swept.waiting += 1;
                }
            }
            start = markers.next;
            if start.is_none() || due.len() >= MOST_MARKERS {
                due.sort_by_key(|due| std::cmp::Reverse(due.age));
                return Ok((due, start.is_none()));
            }
        }
    }

    /// A marker with the largest number that an index of the app has had. An index may have been declared after the drop had
    /// read the app, and writes of others have known it before the drop took effect. `None` if the app cannot be read.
    async fn with_all_rules(&mut self, marker: Marker) -> Result<Option<Marker>> {
        match self.store.app(&marker.path.scope.app).await {
            Ok(app) => {
                let rules = app.map_or(marker.rules, |app| marker.rules.max(app.indexes.last));
                Ok(Some(Marker { rules, ..marker }))
            }
            Err(failure) if failure.cause().table.is_some() => {
                self.swept.unreadable.push(failure);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Deletes what is left of a dropped bucket, and then its marker.
    async fn remove(&mut self, marker: &Marker) -> Result<Progress> {
        for part in marker.parts() {
            if self.empty(&part).await? == Progress::Stopped {
                return Ok(Progress::Stopped);
            }
        }
        self.swept.units += self.store.delete_marker(marker).await?;
        self.swept.buckets += 1;
        Ok(Progress::Done)
    }

    async fn empty(&mut self, part: &Part) -> Result<Progress> {
        loop {
            if self.is_at_a_limit() {
                return Ok(Progress::Stopped);
            }
            let remains = self.store.remains(part).await?;
            self.swept.units += remains.units;
            if remains.keys.is_empty() {
                return Ok(Progress::Done);
            }
            for batch in remains.keys.chunks(self.limits.batch.clamp(1, BATCH)) {
                if self.is_at_a_limit() {
                    return Ok(Progress::Stopped);
                }
                self.swept.units += self.store.delete_all(part, batch).await?;
                match part {
                    Part::Entries(_) => self.swept.entries += batch.len(),
                    Part::Objects(_) => self.swept.objects += batch.len(),
                }
            }
        }
    }

    fn is_at_a_limit(&self) -> bool {
        Instant::now() >= self.limits.until || self.swept.units >= self.limits.units
    }
}
