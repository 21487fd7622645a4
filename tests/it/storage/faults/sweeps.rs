//! The ways of a sweep, and how the tables are checked after it.

use std::time::Duration;

use pail::operation::sweep::sweep;
use pail::store::Failure;
use pail::system::Timestamp;
use pail_testing::fixtures::{GENERATION, deleted, dropped, marker_item, with_version};
use pail_testing::{Act, Answer, Call, Installation, Items, NOW, bucket_item, callers, items};
use serde_json::{Value, json};

use super::ways::{BATCH_WRITE, Event, GET, NEXT, Operation, QUERY, State, Way};
use crate::operators::sweep::{HOUR, NEXT as NEXT_GENERATION, dead, is_dead, live, no_limits};

/// What the sweep finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    /// A bucket was dropped less than an hour ago.
    TooYoung,
    /// One was dropped an hour ago. It held two objects and a tombstone.
    Bucket,
    /// The same, with entries of two indexes.
    IndexedBucket,
    /// The same, of which nothing is left but the marker.
    Marker,
}

/// The tables before the sweep, with live items under keys close to those of the dropped bucket.
pub async fn prepare(installation: &Installation, garbage: Garbage) {
    installation.put_all(&live()).await;
    let age = if garbage == Garbage::TooYoung { HOUR - 1 } else { HOUR };
    let mut marker = marker_item("demo", "notes", GENERATION, NOW - age);
    if garbage == Garbage::IndexedBucket {
        marker["rules"] = json!({"N": "2"});
        for (generation, rule) in [(GENERATION, 1), (GENERATION, 2), (NEXT_GENERATION, 1)] {
            installation.put_item("index", &entry(generation, rule)).await;
        }
    }
    installation.put(marker).await;
    if garbage != Garbage::Marker {
        installation.put_all(&[dead(1), dead(2), deleted(dead(3))]).await;
    }
}

/// An index entry in a generation of the bucket.
fn entry(generation: &str, rule: u32) -> Value {
    let partition = format!("demo/notes:{generation}/{rule}");
    json!({"pk": {"S": partition}, "sk": items::binary(b"any key"), "at": {"N": NOW.to_string()}})
}

/// The bucket `notes`, which was dropped an hour ago with all it held, and its marker.
pub async fn drop_an_hour_ago(installation: &Installation) {
    installation.put(dropped(with_version(bucket_item("demo", "notes", &json!({})), 6))).await;
    installation.put(dead(1)).await;
    installation.put(marker_item("demo", "notes", GENERATION, NOW - HOUR)).await;
}

/// The outcome of a sweep over the wire. A sweep has no answer; a status says how it ended.
pub async fn run(installation: &Installation) -> Answer {
    let swept = sweep(&mut installation.wired_session(), installation.system().now(), no_limits()).await;
    let status = match &swept.failure {
        None => 204,
        Some(Failure::Unavailable(_)) => 503,
        Some(Failure::Fault(_)) => 500,
    };
    assert_eq!(swept.is_finished, status == 204, "{swept:?}");
    Answer { status, headers: [].into(), body: r#"{"message":""}"#.to_owned() }
}

/// The next sweep leaves nothing of the dropped bucket.
pub async fn assert_next_finishes(installation: &Installation, garbage: Garbage) {
    installation.wire.forget_plans();
    assert_eq!(run(installation).await.status, 204);
    let items = installation.items().await;
    let left = items.values().filter(|item| is_dead(item) && item["sk"]["S"] != NEXT_GENERATION);
    assert_eq!(left.count() == 0, garbage != Garbage::TooYoung, "{items:?}");
}

/// Another sweep, whose clock is an hour ahead: it removes everything that has a marker.
pub fn they_sweep(installation: &Installation) -> Act {
    let (direct, ahead) = (installation.direct(), Timestamp(Duration::from_millis(NOW + HOUR)));
    Act::after(move || async move {
        let swept = sweep(&mut direct.session(), ahead, no_limits()).await;
        assert!(swept.is_finished, "{swept:?}");
    })
}

/// A write that was judged in the dropped bucket arrives late.
pub fn it_is_late(installation: &Installation) -> Act {
    let direct = installation.direct();
    Act::after(move || async move { direct.put(dead(4)).await })
}

/// Others use the next bucket of the same name: they create an object, and drop the bucket.
pub fn they_go_on(installation: &Installation) -> Act {
    let [first, second] = [installation.rival(), installation.rival()];
    let by = |call: Call| call.bearer(&callers::administrator("other"));
    let (create, drop) = (by(Call::create("demo", "notes")), by(Call::bucket("DELETE", "demo", "notes")));
    Act::after(move || async move {
        first.creates(create).await;
        second.succeeds(drop).await;
    })
}

/// Compares the tables after a sweep with its outcome.
pub fn check(way: Way, answer: &Answer, before: &Items, after: &Items) {
    let are_others_at_work = way.events.iter().any(|(_, event)| *event == Event::TheyGoOn);
    for (name, item) in before.iter().filter(|(_, item)| !is_dead(item)) {
        let is_bucket = are_others_at_work && item["generation"]["S"] == NEXT_GENERATION;
        assert!(is_bucket || after.get(name) == Some(item), "touched: {name}");
    }
    let young = after.values().filter(|item| item["pk"]["S"] == "/garbage" && item["sk"]["S"] == NEXT_GENERATION);
    let dropped =
        after.values().any(|item| item["generation"]["S"] == NEXT_GENERATION && item.get("dropped").is_some());
    assert_eq!(young.count(), usize::from(dropped), "a marker of less than an hour");
    let left = after.values().filter(|item| is_dead(item) && item["sk"]["S"] != NEXT_GENERATION);
    let [left, were] = [left.count(), before.values().filter(|item| is_dead(item)).count()];
    if way.state == State::Swept(Garbage::TooYoung) {
        assert_eq!(left, were, "swept before the hour was over");
        return;
    }
    let has_marker = after.values().any(|item| item["pk"]["S"] == "/garbage" && item["sk"]["S"] == GENERATION);
    assert!(has_marker || left == 0, "the marker went before what it stands for");
    assert!(answer.status != 204 || left == 0, "{left} items are left");
}

const fn row(name: &'static str, garbage: Garbage, calls: &'static [&'static str]) -> Way {
    Way {
        operation: Operation::Sweep,
        name,
        state: State::Swept(garbage),
        calls,
        status: 204,
        status_without_event: 204,
        status_of_repetition: 204,
        ..NEXT
    }
}

const fn meanwhile(name: &'static str, events: &'static [(usize, Event)], calls: &'static [&'static str]) -> Way {
    Way { events, ..row(name, Garbage::Bucket, calls) }
}

const ALL: &[&str] = &[QUERY, GET, QUERY, BATCH_WRITE, QUERY, BATCH_WRITE];

/// Each index is emptied, and then the objects.
const ALL_WITH_INDEXES: &[&str] =
    &[QUERY, GET, QUERY, BATCH_WRITE, QUERY, QUERY, BATCH_WRITE, QUERY, QUERY, BATCH_WRITE, QUERY, BATCH_WRITE];

pub const WAYS: [Way; 9] = [
    row("nothing old enough", Garbage::TooYoung, &[QUERY]),
    row("one bucket", Garbage::Bucket, ALL),
    row("one bucket with indexes", Garbage::IndexedBucket, ALL_WITH_INDEXES),
    row("only a marker", Garbage::Marker, &[QUERY, GET, QUERY, BATCH_WRITE]),
    meanwhile("everything swept by another", &[(3, Event::TheySweep)], ALL),
    meanwhile("swept by another before it was looked for", &[(2, Event::TheySweep)], &[QUERY, GET, QUERY, BATCH_WRITE]),
    meanwhile(
        "a late write",
        &[(4, Event::ItIsLate)],
        &[QUERY, GET, QUERY, BATCH_WRITE, QUERY, BATCH_WRITE, QUERY, BATCH_WRITE],
    ),
    meanwhile("the next bucket is used and dropped", &[(3, Event::TheyGoOn)], ALL),
    meanwhile(
        "deletions unprocessed",
        &[(3, Event::DeletionsUnprocessed)],
        &[QUERY, GET, QUERY, BATCH_WRITE, BATCH_WRITE, QUERY, BATCH_WRITE],
    ),
];
