//! The pass over the objects of a bucket, where DynamoDB or others get in its way.

use std::time::Duration;

use pail::model::index::RuleState;
use pail::model::marks::RuleNumber;
use pail::operation::index::check::{Checked, check};
use pail::operation::index::fill::{Filled, fill};
use pail::operation::index::rules::{remove, retire};
use pail::store::Failure;
use pail_testing::{Act, Call, Installation, items};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::stage::{assert_exact, give, is_held, live, path, rules, stored_rule, stored_rules, wired_workplace};
use crate::queries::stage::{as_administrator, filled};

const ENTRIES: &str = "BatchWriteItem";
const UPDATE: &str = "UpdateItem";

/// An installation with so many objects, and an index that is to be filled.
async fn unfilled(objects: usize) -> Installation {
    let contents: Vec<String> = (0..objects).map(|n| format!(r#"{{"n":{n}}}"#)).collect();
    let installation = filled(&contents.iter().map(String::as_str).collect::<Vec<_>>()).await;
    give(&installation, rules(&["n"], RuleState::Building)).await;
    installation
}

/// Fills the index over the wire.
async fn run(installation: &Installation) -> Result<Option<Filled>, Failure> {
    let rule = stored_rule(installation, 1).await.expect("a rule");
    fill(&wired_workplace(installation), &live(installation).await, &rule, |_| ()).await
}

/// Throttles the first attempts at an operation after so many others.
fn throttle(installation: &Installation, operation: &str, attempts: std::ops::Range<usize>) {
    let mut number = 0..;
    installation.wire.always(operation, move || {
        let is_throttled = number.next().is_some_and(|number| attempts.contains(&number));
        if is_throttled { Act::error("ProvisionedThroughputExceededException") } else { Act::Pass }
    });
}

/// Checks that every object has its mark and the entry of it. Other entries may be left.
async fn assert_filled(installation: &Installation, objects: usize) {
    let items: Vec<Value> = installation.items().await.into_values().collect();
    let marks = items.iter().filter(|item| !item["entries"]["M"]["1"].is_null()).count();
    let entries = installation.entries().await;
    assert_eq!((marks, entries.iter().filter(|entry| is_held(&items, entry)).count()), (objects, objects));
}

#[tokio::test(start_paused = true)]
async fn a_fill_goes_on_slower_while_dynamodb_throttles() {
    let installation = unfilled(210).await;
    // Eight batches fail at once, then four, then two.
    throttle(&installation, ENTRIES, 0..4 * (8 + 4 + 2));
    assert_eq!(run(&installation).await, Ok(Some(Filled { objects: 210, added: 210 })));
    let sent = installation.wire.take_sent();
    let pages = sent.iter().filter(|sent| sent.operation == "Query").map(|sent| sent.body["Limit"].as_u64());
    let pages: Vec<u64> = pages.map(|limit| limit.expect("a limit")).collect();
    assert_eq!(pages[..6], [200, 100, 50, 25, 50, 75]);
    assert_exact(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_that_is_throttled_between_objects_goes_on_with_those_that_have_no_mark() {
    let installation = unfilled(60).await;
    throttle(&installation, UPDATE, 20..60);
    assert_eq!(run(&installation).await, Ok(Some(Filled { objects: 60, added: 60 })));
    assert_filled(&installation, 60).await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_gives_up_when_nothing_was_done_for_minutes() {
    let installation = unfilled(3).await;
    let before = installation.items().await;
    throttle(&installation, ENTRIES, 0..usize::MAX);
    let began = Instant::now();
    let failed = run(&installation).await;
    assert!(matches!(failed, Err(Failure::Unavailable(_))), "{failed:?}");
    let minutes = began.elapsed().as_secs() / 60;
    assert!((5..7).contains(&minutes), "{minutes}");
    assert_eq!(installation.items().await, before);
    // What passes by itself is tried again, and what does not is not.
    installation.wire.forget_plans();
    installation.wire.always(ENTRIES, || Act::error("AccessDeniedException"));
    installation.wire.take_sent();
    assert!(matches!(run(&installation).await, Err(Failure::Fault(_))));
    assert_eq!(installation.wire.take_operations().iter().filter(|operation| *operation == ENTRIES).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fill_whose_updates_are_slow_marks_each_object_at_its_first_attempt() {
    let installation = unfilled(25).await;
    installation.wire.always(UPDATE, || Act::after(|| tokio::time::sleep(Duration::from_millis(1_900))));
    assert_eq!(run(&installation).await, Ok(Some(Filled { objects: 25, added: 25 })));
    let operations = installation.wire.take_operations();
    assert_eq!(operations.iter().filter(|operation| *operation == UPDATE).count(), 25);
    assert_exact(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_pauses_before_it_tries_an_object_again_that_others_keep_changing() {
    let installation = unfilled(1).await;
    let change = |verb: &str| {
        let path = format!("/api/apps/demo/buckets/notes/objects/o0/acl/{verb}/UserID:bob");
        as_administrator(Call::object("PUT", "demo", "notes", "o0").path(&path))
    };
    let changes = ["READ_EXISTING_OBJECT", "WRITE_EXISTING_OBJECT"].map(|verb| {
        let (rival, change) = (installation.rival(), change(verb));
        Act::after(move || rival.succeeds(change))
    });
    installation.wire.plan(UPDATE, changes);
    let began = Instant::now();
    assert_eq!(run(&installation).await, Ok(Some(Filled { objects: 1, added: 1 })));
    assert!(!began.elapsed().is_zero());
    assert_exact(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_names_the_object_whose_marks_cannot_be_read() {
    for damaged in [json!({"S": "none"}), json!({"M": {"1": {"S": "none"}}}), json!({"M": {"1": {"B": "AAAA"}}})] {
        let installation = unfilled(2).await;
        let mut item = installation.items().await.into_values().find(|item| item["sk"]["S"] == "o1").expect("o1");
        item["entries"] = damaged.clone();
        installation.put(item.clone()).await;
        let failed = run(&installation).await.expect_err("it cannot be filled");
        let cause = failed.cause();
        let key = format!("{} o1", item["pk"]["S"].as_str().expect("a partition"));
        assert_eq!((cause.table.as_deref(), cause.key.as_deref()), (Some("objects"), Some(key.as_str())), "{failed:?}");
        assert!(matches!(&failed, Failure::Fault(cause) if cause.message.contains("entries")), "{failed:?}");
        assert_eq!(installation.get("objects", &items::key(&item)).await, Some(item), "it stays as it is");
        // A write of its content mends it.
        let put = as_administrator(Call::object("PUT", "demo", "notes", "o1").body("{}"));
        assert_eq!(installation.answer(&put).await.status, 200, "{damaged}");
        assert!(matches!(run(&installation).await, Ok(Some(_))));
        assert_filled(&installation, 2).await;
    }
}

/// Plans what happens between the first page of a fill and the second one, which reads app and bucket again.
fn before_the_second_page<F: Future<Output = ()> + Send + 'static>(
    installation: &Installation,
    event: impl FnOnce() -> F + Send + 'static,
) {
    installation.wire.plan("BatchGetItem", [Act::Pass, Act::after(event)]);
}

#[tokio::test]
async fn a_fill_adds_nothing_more_to_a_bucket_that_is_dropped_meanwhile() {
    let installation = unfilled(210).await;
    let rule = stored_rule(&installation, 1).await.expect("a rule");
    let (direct, bucket) = (installation.direct(), live(&installation).await);
    before_the_second_page(&installation, move || async move {
        direct.drop_bucket().await;
        // The next bucket of the name has another generation.
        direct.put(again(direct.item("demo", "bucket/notes").await.expect("the bucket"))).await;
    });
    let filled = fill(&wired_workplace(&installation), &bucket, &rule, |_| ()).await;
    assert_eq!(filled, Ok(Some(Filled { objects: 200, added: 200 })));
    assert_eq!(installation.entries().await.len(), 200);
}

/// A bucket that is made again in the place of a dropped one.
fn again(mut bucket: Value) -> Value {
    let item = bucket.as_object_mut().expect("an item");
    item.remove("dropped");
    item.insert("generation".to_owned(), json!({"S": "f".repeat(32)}));
    bucket
}

#[tokio::test]
async fn a_check_adds_nothing_to_a_bucket_that_is_dropped_meanwhile() {
    let installation = unfilled(3).await;
    let bucket = live(&installation).await;
    installation.drop_bucket().await;
    let indexes = stored_rules(&installation).await;
    let checked = check(&wired_workplace(&installation), &bucket, &indexes, |_| ()).await;
    assert_eq!(checked, Ok(Checked::default()));
    assert_eq!(installation.entries().await.len(), 0);
}

#[tokio::test]
async fn a_fill_ends_when_its_index_is_dropped_meanwhile() {
    for is_gone in [false, true] {
        let installation = unfilled(210).await;
        let direct = installation.direct();
        before_the_second_page(&installation, move || async move {
            let app = path().scope.app;
            assert_eq!(retire(&mut direct.session(), &app, RuleNumber(1)).await, Ok(true));
            if is_gone {
                assert_eq!(remove(&mut direct.session(), &app, RuleNumber(1)).await, Ok(()));
            }
        });
        assert_eq!(run(&installation).await, Ok(None));
        assert_eq!(installation.entries().await.len(), 200);
    }
}
