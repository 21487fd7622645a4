//! Sweeping what dropped buckets held (protocol, rule R7).

mod failures;
mod limits;
mod removal;
mod schedule;

use std::time::Duration;

use pail::operation::sweep::{Limits, Swept, sweep};
use pail::store::Session;
use pail::store::garbage::BATCH;
use pail_testing::fixtures::{GENERATION, deleted, marker_item, object_item, with_version};
use pail_testing::{Act, Installation, Items, NOW, bucket_item};
use serde_json::{Value, json};
use tokio::time::Instant;

/// An hour in milliseconds: how old a marker has to be.
pub const HOUR: u64 = 60 * 60 * 1000;

/// The generation of the bucket that was made in the place of the dropped one.
pub const NEXT: &str = "ffffffffffffffffffffffffffffffff";

/// The calls of a sweep that removes one dropped bucket with a few objects.
const CALLS: [&str; 6] = ["Query", "GetItem", "Query", "BatchWriteItem", "Query", "BatchWriteItem"];

/// An object of the dropped bucket.
pub fn dead(number: usize) -> Value {
    object_item("demo", "notes", &format!("object-{number:05}"), r#"{"of":"the dropped bucket"}"#)
}

/// Items under keys close to those of the dropped bucket, none of which belongs to it.
pub fn live() -> Vec<Value> {
    let in_partition = |mut item: Value, partition: &str| {
        item["pk"] = json!({"S": partition});
        item
    };
    let bucket = |scope: &str, id: &str, generation: &str| {
        let mut bucket = with_version(bucket_item(scope, id, &json!({})), 3);
        bucket["generation"] = json!({"S": generation});
        bucket
    };
    let object = object_item("demo", "notes", "object-00001", r#"{"of":"the next bucket"}"#);
    vec![
        // The bucket of the same name that was made after the drop.
        bucket("demo", "notes", NEXT),
        in_partition(object.clone(), &format!("demo/notes:{NEXT}")),
        in_partition(deleted(object.clone()), &format!("demo/notes:{NEXT}0")),
        // Buckets of nearly the same name, and of the same name in other scopes.
        bucket("demo", "note", GENERATION),
        in_partition(object.clone(), &format!("demo/note:{GENERATION}")),
        in_partition(object.clone(), &format!("demo/notes2:{GENERATION}")),
        in_partition(object.clone(), &format!("demo/users/alice/notes:{GENERATION}")),
        in_partition(object.clone(), &format!("demo2/notes:{GENERATION}")),
        in_partition(object, &format!("demo/notes:{}", GENERATION.to_uppercase())),
        // A bucket that was dropped and has no marker any more.
        pail_testing::fixtures::dropped(bucket("demo", "gone", "0")),
        json!({"pk": {"S": "/garbage2"}, "sk": {"S": GENERATION}}),
    ]
}

/// An installation with live items, and with a dropped bucket that held so many objects, dropped so many milliseconds ago.
pub async fn installation(objects: usize, age: u64) -> Installation {
    let installation = Installation::start().await;
    installation.put_all(&live()).await;
    installation.put_all(&(0..objects).map(dead).collect::<Vec<_>>()).await;
    installation.put(marker_item("demo", "notes", GENERATION, NOW - age)).await;
    installation
}

/// Whether an item is the marker of the dropped bucket, or something in it or in its indexes.
pub fn is_dead(item: &Value) -> bool {
    let partition = item["pk"]["S"].as_str().unwrap_or_default();
    let of_bucket = partition.strip_prefix(&format!("demo/notes:{GENERATION}"));
    partition == "/garbage" || of_bucket.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All items that no sweep may touch.
async fn untouchable(installation: &Installation) -> Items {
    let mut items = installation.items().await;
    items.retain(|_, item| !is_dead(item));
    items
}

/// How many items of the dropped bucket are left, its marker included.
async fn left(installation: &Installation) -> usize {
    installation.items().await.values().filter(|item| is_dead(item)).count()
}

/// Leaves all deletions of a batch but the first unprocessed, which is only what the reply says.
pub fn first_only() -> Act {
    Act::alter(|request, mut reply| {
        let writes = request["RequestItems"]["objects"].as_array().expect("deletions").clone();
        reply["UnprocessedItems"] = match writes.get(1..) {
            Some(rest) if !rest.is_empty() => json!({"objects": rest}),
            _ => json!({}),
        };
        (200, reply.to_string())
    })
}

pub fn no_limits() -> Limits {
    Limits { until: Instant::now() + Duration::from_secs(3600), units: f64::INFINITY, batch: BATCH }
}

/// A sweep over the wire.
async fn swept(installation: &Installation, limits: Limits) -> Swept {
    swept_by(&mut installation.wired_session(), installation, limits).await
}

async fn swept_by(session: &mut Session<'_>, installation: &Installation, limits: Limits) -> Swept {
    sweep(session, installation.system().now(), limits).await
}

/// A sweep that fails nowhere and leaves nothing.
async fn finished(installation: &Installation) -> Swept {
    let swept = swept(installation, no_limits()).await;
    assert!(swept.is_finished && swept.failure.is_none() && swept.oldest.is_none(), "{swept:?}");
    swept
}

/// A sweep of everything that is there, an hour from now.
pub async fn sweep_an_hour_later(installation: &Installation) {
    let later = pail::system::Timestamp(installation.system().now().0 + Duration::from_millis(HOUR));
    let swept = sweep(&mut installation.session(), later, no_limits()).await;
    assert!(swept.is_finished && swept.failure.is_none(), "{swept:?}");
}
