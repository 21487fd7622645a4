//! What a sandbox has read last of one kind: apps, or buckets.
//!
//! What an item means is worked out once for as long as the item stays the same. An installation may also have it kept
//! for some seconds without being read again: that saves a create its reads and lifts the ceiling that one item sets,
//! and is paid for by revocations that are felt so much later (`docs/scale.md`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::keys::Item;
use crate::sources::Timestamp;

/// So many items of a kind are known, at most: with the largest that there are, 400 KB, they take some 20 MB.
const MOST: usize = 16;

/// Items by what they belong to, from the one whose reading lies longest ago.
pub(super) struct Known<K, V> {
    kept_for: Duration,
    entries: Mutex<VecDeque<Entry<K, V>>>,
}

struct Entry<K, V> {
    key: K,
    item: Item,
    meaning: Arc<V>,
    read: Moment,
}

/// A moment by both clocks: the wall clock goes on while the sandbox is frozen, and the monotonic one is never set back.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub wall: Timestamp,
    pub monotonic: Instant,
}

impl Moment {
    /// Whether less than `time` has passed since, by both clocks.
    fn is_within(self, time: Duration, now: Self) -> bool {
        now.wall.0.checked_sub(self.wall.0).is_some_and(|passed| passed < time)
            && now.monotonic.duration_since(self.monotonic) < time
    }
}

impl<K: Clone + PartialEq, V> Known<K, V> {
    /// Nothing yet; for so long, what is to come is good without being read again.
    pub fn kept_for(time: Duration) -> Self {
        Self { kept_for: time, entries: Mutex::default() }
    }

    /// What was read of `key`, if that was so lately that it need not be read again.
    pub fn kept(&self, key: &K, now: Moment) -> Option<Arc<V>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().find(|known| known.key == *key && known.read.is_within(self.kept_for, now))?;
        Some(known.meaning.clone())
    }

    /// The meaning of an item that was asked for at `read`; `None` if there is no item.
    pub fn read<E>(
        &self,
        key: &K,
        item: Option<Item>,
        read: Moment,
        meaning: impl FnOnce(&Item) -> Result<V, E>,
    ) -> Result<Option<Arc<V>>, E> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let before = entries.iter().position(|known| known.key == *key).and_then(|place| entries.remove(place));
        let Some(item) = item else { return Ok(None) };
        let entry = match before {
            Some(before) if before.item == item => Entry { read, ..before },
            _ => Entry { key: key.clone(), meaning: Arc::new(meaning(&item)?), item, read },
        };
        let meaning = entry.meaning.clone();
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(entry);
        Ok(Some(meaning))
    }
}
