//! The apps that a sandbox has read last.
//!
//! What their items mean is worked out once for as long as the items stay the same. An installation may also have them
//! kept for some seconds without being read again: that saves a read unit a create and lifts the ceiling that one item
//! sets, and is paid for by revocations that are felt so much later (`docs/scale.md`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::items::{self, Unreadable};
use super::keys::Item;
use crate::auth::verifier::Verifier;
use crate::model::id::AppId;
use crate::sources::Timestamp;

/// So many apps are known, at most: with items of the largest size, 400 KB, they take some 20 MB.
const MOST: usize = 16;

/// Apps, from the one whose reading lies longest ago.
#[derive(Default)]
pub(super) struct KnownApps {
    kept_for: Duration,
    apps: Mutex<VecDeque<KnownApp>>,
}

struct KnownApp {
    item: Item,
    app: Arc<Verifier>,
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

impl KnownApps {
    /// No apps yet; for so long, those to come are good without being read again.
    pub fn kept_for(time: Duration) -> Self {
        Self { kept_for: time, apps: Mutex::default() }
    }

    /// The app, if it was read so lately that it need not be read again.
    pub fn kept(&self, id: &AppId, now: Moment) -> Option<Arc<Verifier>> {
        let apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let known = apps.iter().find(|known| known.app.id() == id && known.read.is_within(self.kept_for, now))?;
        Some(known.app.clone())
    }

    /// The app of an item that was asked for at `read`; `None` if there is no item.
    pub fn read(&self, id: &AppId, item: Option<Item>, read: Moment) -> Result<Option<Arc<Verifier>>, Unreadable> {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let before = apps.iter().position(|known| known.app.id() == id).and_then(|place| apps.remove(place));
        let Some(item) = item else { return Ok(None) };
        let app = match before {
            Some(before) if before.item == item => before.app,
            _ => Arc::new(Verifier::new(items::read_app(&item)?)),
        };
        if apps.len() == MOST {
            apps.pop_front();
        }
        apps.push_back(KnownApp { item, app: app.clone(), read });
        Ok(Some(app))
    }
}
