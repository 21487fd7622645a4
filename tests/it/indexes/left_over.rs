//! Entries that do not count: a query never shows them, and removes those that are old.

use std::time::Duration;

use pail::model::index::RuleState;
use pail_testing::{Clock, Installation, NOW, items};
use serde_json::{Value, json};

use super::stage::{fill_all, give, rules};
use crate::queries::stage::{as_administrator, call, grant, ids, put};

const MINUTE: u64 = 60 * 1000;

/// An installation with one object under an index, and its clock.
async fn start() -> (Installation, Clock) {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    let indexes = rules(&["n"], RuleState::Ready);
    give(&installation, indexes.clone()).await;
    grant(&installation, "notes").await;
    put(&installation, 1, r#"{"n":1}"#).await;
    fill_all(&installation, &indexes).await;
    (installation, clock)
}

/// The entry of the object with another mark or another ID, written at a time.
fn altered(entry: &Value, mark: [u8; 16], id: &str, at: u64) -> Value {
    let mut key = items::bytes(&entry["sk"]);
    key.truncate(key.len() - 16);
    let length = key.len();
    // The ID stands before the mark, between its type and a zero.
    key.splice(length - 3..length - 1, id.bytes());
    key.extend(mark);
    let mut altered = entry.clone();
    altered["sk"] = items::binary(&key);
    altered["at"] = json!({"N": at.to_string()});
    altered
}

async fn found(installation: &Installation) -> Vec<String> {
    ids(&installation.answer(&call(r#"{"bucketQuery":{"orderBy":"n"}}"#)).await)
}

#[tokio::test]
async fn an_entry_that_no_object_holds_is_not_shown_and_goes_when_it_is_older_than_twenty_minutes() {
    let (installation, clock) = start().await;
    let entry = installation.entries().await.remove(0);
    for (mark, id) in [([9; 16], "o1"), ([0; 16], "o1"), ([255; 16], "o1"), ([9; 16], "o2")] {
        installation.put_item("index", &altered(&entry, mark, id, NOW)).await;
    }
    for (minutes, left) in [(0, 5), (20, 5), (21, 1), (30, 1)] {
        clock.set(NOW + minutes * MINUTE);
        assert_eq!(found(&installation).await, ["o1"], "after {minutes} minutes");
        assert_eq!(installation.entries().await.len(), left, "after {minutes} minutes");
    }
    assert_eq!(installation.entries().await, [entry]);
}

/// Stores so many entries of the object that it does not hold.
async fn put_stale(installation: &Installation, count: u16) {
    let entry = installation.entries().await.remove(0);
    for number in 1..=count {
        let mut mark = [0; 16];
        mark[..2].copy_from_slice(&number.to_be_bytes());
        installation.put_item("index", &altered(&entry, mark, "o1", NOW)).await;
    }
}

#[tokio::test]
async fn one_query_removes_fifty_entries_at_most() {
    let (installation, clock) = start().await;
    put_stale(&installation, 120).await;
    clock.set(NOW + 21 * MINUTE);
    for left in [71, 21, 1, 1] {
        assert_eq!(found(&installation).await, ["o1"]);
        assert_eq!(installation.entries().await.len(), left);
    }
}

#[tokio::test]
async fn many_entries_that_do_not_count_are_passed_over_by_few_calls() {
    let (installation, _) = start().await;
    put_stale(&installation, 500).await;
    let body = r#"{"bucketQuery":{"orderBy":"n"},"bestEffortLimit":1,"explain":true}"#;
    let answer = installation.answer(&as_administrator(call(body))).await;
    let explain = &answer.json()["explain"];
    assert_eq!((ids(&answer), &explain["entriesRead"]), (vec!["o1".to_owned()], &json!(501)));
    assert!(explain["storageCalls"].as_u64() < Some(30), "{explain}");
}

#[tokio::test]
async fn a_query_answers_although_what_is_left_over_cannot_be_removed() {
    let (mut installation, clock) = start().await;
    let entry = installation.entries().await.remove(0);
    installation.put_item("index", &altered(&entry, [9; 16], "o1", NOW)).await;
    clock.set(NOW + 21 * MINUTE);
    installation.time_left = Duration::from_secs(10);
    installation.wire.always("BatchWriteItem", || pail_testing::Act::error("AccessDeniedException"));
    assert_eq!(found(&installation).await, ["o1"]);
    assert_eq!(installation.entries().await.len(), 2);
}

#[tokio::test]
async fn an_object_is_not_written_more_than_a_minute_after_its_entries() {
    let (installation, clock) = start().await;
    let before = installation.items().await;
    let sleeps = clock.clone();
    installation.wire.plan(
        "BatchWriteItem",
        [pail_testing::Act::after(move || async move {
            sleeps.set(NOW + MINUTE);
        })],
    );
    let write = pail_testing::Call::object("PUT", "demo", "notes", "o1").body(r#"{"n":2}"#);
    let answer = installation.answer(&as_administrator(write)).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let mut after = installation.items().await;
    after.retain(|name, _| before.contains_key(name));
    assert_eq!(after, before);
    assert_eq!(found(&installation).await, ["o1"]);
}
