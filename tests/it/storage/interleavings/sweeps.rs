//! Sweeps, and the laws that they keep.

use std::collections::BTreeMap;
use std::time::Duration;

use pail::operation::sweep::{Limits, sweep};
use pail::store::garbage::BATCH;
use pail::store::{Session, Store};
use pail::system::{System, Timestamp};
use pail_testing::{NOW, tables};
use serde_json::Value;
use tokio::time::Instant;

use super::cast::{Actor, Role};
use super::history::{History, State};
use crate::operators::sweep::HOUR;

/// The clock of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It is right, so that an hour lies between a drop and its sweep, as the protocol says.
    Right,
    /// It is an hour ahead, so that the sweep takes buckets that were dropped in the same run. Requests that have read such a
    /// bucket before its drop may still write.
    Ahead,
}

/// How a sweep ended.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub is_finished: bool,
    pub buckets: usize,
    /// The numbers of the states in which it began and ended.
    began: usize,
    ended: usize,
}

/// What is left in the tables after a run, before and after one more sweep.
#[derive(Clone, Debug)]
pub struct Encore {
    pub before: Remains,
    pub after: Remains,
}

/// The markers, and the objects and index entries of each generation that the run has known.
#[derive(Clone, Debug, PartialEq)]
pub struct Remains {
    pub markers: Vec<Value>,
    pub objects: BTreeMap<String, Vec<Value>>,
    pub entries: BTreeMap<String, Vec<Value>>,
}

impl Role {
    pub const SWEEPS: [Self; 2] = [Self::Sweep(Clock::Right), Self::Sweep(Clock::Ahead)];
}

impl Clock {
    /// The time that it shows, in milliseconds since 1970.
    fn shows(self) -> u64 {
        match self {
            Self::Right => NOW,
            Self::Ahead => NOW + HOUR,
        }
    }

    /// Whether a marker is old enough by this clock.
    fn is_due(self, marker: &Value) -> bool {
        let dropped = marker["dropped"]["N"].as_str().and_then(|time| time.parse::<u64>().ok()).expect("a time");
        self.shows() - dropped >= HOUR
    }
}

impl Actor {
    pub async fn sweep(&self, clock: Clock) -> Outcome {
        let began = self.stage.effects();
        let outcome = sweep_with(&self.store, &self.system, clock.shows()).await;
        Outcome { began, ended: self.stage.effects(), ..outcome }
    }
}

/// A sweep without limits.
async fn sweep_with(store: &Store, system: &System, now: u64) -> Outcome {
    let hour = Instant::now() + Duration::from_millis(HOUR);
    let mut session = Session::new(store, system, hour).expect("a session");
    let limits = Limits { until: hour, units: f64::INFINITY, batch: BATCH };
    let swept = sweep(&mut session, Timestamp(Duration::from_millis(now)), limits).await;
    assert_eq!(swept.is_finished, swept.failure.is_none(), "{swept:?}");
    assert!(swept.unreadable.is_empty(), "{swept:?}");
    Outcome { is_finished: swept.is_finished, buckets: swept.buckets, began: 0, ended: 0 }
}

/// One more sweep, two hours later, when nothing else is under way. It finishes.
pub async fn sweep_once_more(store: &Store, system: &System) {
    let outcome = sweep_with(store, system, NOW + 2 * HOUR).await;
    assert!(outcome.is_finished, "{outcome:?}");
}

impl State {
    /// The generation that the call before `after` dropped, if it dropped one.
    fn dropped_before(&self, after: &Self) -> Option<&str> {
        self.generation().filter(|generation| after.generation() != Some(*generation))
    }
}

fn generation_of(marker: &Value) -> &str {
    marker["sk"]["S"].as_str().expect("a generation")
}

/// The keys of objects that a call deletes.
pub fn deletions(body: &Value) -> Vec<(&str, &str)> {
    let writes = body["RequestItems"][&tables().objects].as_array().into_iter().flatten();
    let keys = writes.map(|write| &write["DeleteRequest"]["Key"]);
    keys.map(|key| (key["pk"]["S"].as_str().expect("a key"), key["sk"]["S"].as_str().expect("a key"))).collect()
}

/// The partitions of index entries that a call deletes.
fn deletions_of_entries(body: &Value) -> impl Iterator<Item = &str> {
    let writes = body["RequestItems"][&tables().index].as_array().into_iter().flatten();
    writes.filter_map(|write| write["DeleteRequest"]["Key"]["pk"]["S"].as_str())
}

impl History {
    /// A marker comes with the drop of its bucket and with nothing else. It goes by a sweep.
    pub fn mark_and_marker_come_together(&self) {
        for (pair, effect) in self.states.windows(2).zip(&self.effects) {
            let [before, after] = pair else { unreachable!() };
            let came: Vec<&str> =
                after.markers.iter().filter(|marker| !before.markers.contains(marker)).map(generation_of).collect();
            assert_eq!(came, before.dropped_before(after).into_iter().collect::<Vec<_>>(), "{effect:?}");
            let mut gone = before.markers.iter().filter(|marker| !after.markers.contains(marker));
            let is_swept = |marker: &Value| deletions(&effect.call.body).contains(&("/garbage", generation_of(marker)));
            assert!(gone.all(is_swept), "a marker has gone: {effect:?}");
            let is_of_live = |marker: &Value| after.generation() == Some(generation_of(marker));
            assert!(!after.markers.iter().any(is_of_live), "a marker of a live bucket: {after:?}");
        }
    }

    /// Sweeps delete only what has the marker of a dropped bucket that is old enough by their clock, and nobody else
    /// deletes anything but index entries.
    pub fn sweeps_touch_nothing_live(&self) {
        for (number, effect) in self.effects.iter().enumerate() {
            if effect.call.operation != "BatchWriteItem" {
                continue;
            }
            let (deleted, actor) = (deletions(&effect.call.body), effect.call.actor);
            let Role::Sweep(clock) = self.roles[actor] else {
                assert!(deleted.is_empty(), "no sweep, and it deletes: {effect:?}");
                continue;
            };
            let of_entries = deletions_of_entries(&effect.call.body).filter_map(|at| at.rsplit_once('/'));
            for (partition, sort) in deleted.into_iter().chain(of_entries) {
                let objects = format!("{}/notes:", self.app);
                let generation = if partition == "/garbage" { Some(sort) } else { partition.strip_prefix(&objects) };
                let generation = generation.unwrap_or_else(|| panic!("a sweep deletes {partition} {sort}"));
                let is_live = |state: &State| state.generation() == Some(generation);
                assert!(!self.states[number..].iter().any(is_live), "a sweep deletes in a live bucket: {effect:?}");
                let mut markers = self.states[..=number].iter().flat_map(|state| &state.markers);
                let is_reason = |marker: &Value| generation_of(marker) == generation && clock.is_due(marker);
                assert!(
                    markers.any(is_reason),
                    "a sweep deletes {generation} without a marker that is due: {effect:?}"
                );
            }
        }
    }

    /// A sweep that has finished has removed each marker that was old enough when it began.
    pub fn judge_sweep(&self, actor: usize, outcome: &Outcome) {
        let Role::Sweep(clock) = self.roles[actor] else { panic!("no sweep") };
        if outcome.is_finished {
            let mut due = self.states[outcome.began].markers.iter().filter(|marker| clock.is_due(marker));
            let left = &self.states[outcome.ended].markers;
            assert!(due.all(|marker| !left.contains(marker)), "a sweep has left a marker: {outcome:?}");
        }
    }

    /// After a sweep has removed a marker, nothing is left of its generation, but for what was written after the sweep had
    /// looked for the last time. With the hour between drop and sweep, no request can write so late.
    pub fn nothing_is_left_without_a_marker(&self) {
        let Some(Encore { before, .. }) = &self.encore else { return };
        for (number, effect) in self.effects.iter().enumerate() {
            let Role::Sweep(clock) = self.roles[effect.call.actor] else { continue };
            let removed = deletions(&effect.call.body).into_iter().filter(|(partition, _)| *partition == "/garbage");
            for (_, generation) in removed {
                let partition = format!("{}/notes:{generation}", self.app);
                let looked = self.effects[..number].iter().rposition(|earlier| {
                    let asked = &earlier.call.body["ExpressionAttributeValues"][":partition"]["S"];
                    earlier.call.actor == effect.call.actor && earlier.was_heard && *asked == partition
                });
                let looked = looked.expect("a sweep looks before it removes the marker");
                let found = &self.effects[looked].reply;
                let is_empty = found["Items"].as_array().is_some_and(Vec::is_empty);
                assert!(
                    is_empty && found.get("LastEvaluatedKey").is_none(),
                    "the marker went before the rest: {found}"
                );
                let entries = before.entries.get(generation).is_none_or(Vec::is_empty);
                assert!(entries || clock == Clock::Ahead, "entries are left without a marker: {before:?}");
                for item in before.objects.get(generation).into_iter().flatten() {
                    assert_eq!(clock, Clock::Ahead, "left without a marker: {item}");
                    assert!(self.was_written_after(looked, generation, item), "left without a marker: {item}");
                }
            }
        }
    }

    /// Whether an item was written by a call after this one, whose request had read the bucket before it was dropped.
    fn was_written_after(&self, number: usize, generation: &str, item: &Value) -> bool {
        self.effects[number + 1..].iter().any(|effect| {
            let writes = ["PutItem", "UpdateItem", "TransactWriteItems"].contains(&effect.call.operation.as_str());
            let mut heard = self.heard_by(effect.call.actor);
            let is_of_item = effect.call.body.to_string().contains(&item["sk"].to_string());
            writes && effect.status == 200 && is_of_item && heard.any(|(_, met)| met.generation() == Some(generation))
        })
    }

    /// The next sweep removes all that has a marker, and nothing else.
    pub fn the_next_sweep_finishes(&self) {
        let Some(Encore { before, after }) = &self.encore else { return };
        let marked = |generation: &str| before.markers.iter().any(|marker| generation_of(marker) == generation);
        let mut expected = before.clone();
        expected.markers.clear();
        for (generation, items) in expected.objects.iter_mut().chain(&mut expected.entries) {
            if marked(generation) {
                items.clear();
            }
        }
        assert_eq!(*after, expected);
    }
}
