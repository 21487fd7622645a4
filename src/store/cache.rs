//! The items of one kind, apps or buckets, that this process read last.
//!
//! The value of an item is computed once for as long as the item is the same. An installation may also use an entry for
//! some seconds without reading the item again (`KeepSeconds`): that saves a create its reads and lifts the ceiling that
//! one item sets, and revocations take effect so much later (`docs/scale.md`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::keys::Item;
use crate::system::Timestamp;

/// The most entries of a kind. With the largest items there are, 400 KB, they take about 20 MB.
const MOST: usize = 16;

/// Entries by key, least recently read first.
pub(super) struct Cache<K, V> {
    keep: Duration,
    entries: Mutex<VecDeque<Entry<K, V>>>,
}

struct Entry<K, V> {
    key: K,
    /// When the read of the item began, or when this process wrote the item.
    at: Moment,
    /// `None` for an item that this process has written since.
    read: Option<(Item, Arc<V>)>,
}

/// A point in time by both clocks: the wall clock goes on while the execution environment is frozen, and the monotonic
/// clock is never set back.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub wall: Timestamp,
    pub monotonic: Instant,
}

impl Moment {
    /// Whether less than `time` has passed since, by both clocks.
    pub(super) fn is_within(self, time: Duration, now: Self) -> bool {
        now.wall.0.checked_sub(self.wall.0).is_some_and(|passed| passed < time)
            && now.monotonic.duration_since(self.monotonic) < time
    }
}

impl<K: Clone + PartialEq, V> Cache<K, V> {
    /// An empty cache, whose entries are used for `keep` without reading their items again.
    pub fn new(keep: Duration) -> Self {
        Self { keep, entries: Mutex::default() }
    }

    /// The value of an item that was read so recently that it need not be read again.
    pub fn fresh(&self, key: &K, now: Moment) -> Option<Arc<V>> {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.key == *key && entry.at.is_within(self.keep, now))?;
        entry.read.as_ref().map(|(_, value)| value.clone())
    }

    /// The value of an item as this process read it last, however long ago: a guess.
    pub fn last(&self, key: &K) -> Option<Arc<V>> {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.key == *key)?;
        entry.read.as_ref().map(|(_, value)| value.clone())
    }

    /// The value of an item whose read began at `at`, or `None` if there is no item. It is not cached if this process has
    /// written the item, or has begun another read, since then.
    pub fn read<E>(
        &self,
        key: &K,
        item: Option<Item>,
        at: Moment,
        value: impl FnOnce(&Item) -> Result<V, E>,
    ) -> Result<Option<Arc<V>>, E> {
        let mut entries = self.entries();
        let before = entries.iter().position(|entry| entry.key == *key).and_then(|place| entries.remove(place));
        let later = |before: &Entry<K, V>| before.at.monotonic > at.monotonic;
        let Some(item) = item else {
            entries.extend(before.filter(later));
            return Ok(None);
        };
        let value = match &before {
            Some(Entry { read: Some((same, value)), .. }) if *same == item => value.clone(),
            _ => Arc::new(value(&item)?),
        };
        let read = || Entry { key: key.clone(), at, read: Some((item, value.clone())) };
        push(&mut entries, before.filter(later).unwrap_or_else(read));
        Ok(Some(value))
    }

    /// Drops the entry of an item that this process has written, or may have written.
    pub fn forget(&self, key: &K, now: Moment) {
        let mut entries = self.entries();
        entries.retain(|entry| entry.key != *key);
        push(&mut entries, Entry { key: key.clone(), at: now, read: None });
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry<K, V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<K, V>(entries: &mut VecDeque<Entry<K, V>>, entry: Entry<K, V>) {
    if entries.len() == MOST {
        entries.pop_front();
    }
    entries.push_back(entry);
}
