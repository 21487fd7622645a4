//! What a sweep removes, and what it does not.

use pail::model::bucket::{BucketPath, BucketState};
use pail::model::marks::RuleNumber;
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::stamp::Generation;
use pail::store::drop::Drop;
use pail::store::garbage::{Marker, of_marker};
use pail_testing::fixtures::{GENERATION, deleted, marker_item, object_item};
use pail_testing::log::Log;
use pail_testing::{Act, Call, Clock, Installation, NOW, items};
use serde_json::json;

use super::{CALLS, HOUR, dead, finished, installation, left, no_limits, swept, untouchable};

#[tokio::test]
async fn ten_thousand_objects_of_a_dropped_bucket_are_removed_and_everything_else_is_byte_for_byte_as_before() {
    let installation = installation(9_000, HOUR).await;
    installation.put_all(&(9_000..10_000).map(dead).map(deleted).collect::<Vec<_>>()).await;
    let before = untouchable(&installation).await;
    assert_eq!(left(&installation).await, 10_001);
    let swept = finished(&installation).await;
    assert_eq!((swept.buckets, swept.objects), (1, 10_000));
    assert_eq!(left(&installation).await, 0);
    assert_eq!(installation.items().await, before, "nothing but the dropped bucket is touched");
    let sent = installation.wire.take_operations();
    let count = |operation: &str| sent.iter().filter(|sent| *sent == operation).count();
    // Ten pages of 1,000, and one that is empty; 400 batches of 25, and the marker; the app.
    assert_eq!((count("Query"), count("BatchWriteItem"), sent.len()), (1 + 10 + 1, 400 + 1, 414));
}

#[tokio::test]
async fn the_next_bucket_of_the_same_name_serves_its_objects_while_the_dropped_one_is_swept() {
    let installation = installation(30, HOUR).await;
    let caller = |call: Call| call.bearer(&pail_testing::callers::administrator("operator"));
    let get = || caller(Call::object("GET", "demo", "notes", "object-00001"));
    let read = installation.answer(&get()).await;
    assert_eq!(read.status, 200, "{read:?}");
    let (rival, written) = (installation.rival(), caller(Call::create("demo", "notes")));
    installation.wire.plan("BatchWriteItem", [Act::after(move || rival.creates(written))]);
    finished(&installation).await;
    assert_eq!(installation.answer(&get()).await.body, read.body);
    assert_eq!(installation.partition(&format!("demo/notes:{}", super::NEXT)).await.len(), 2);
}

#[tokio::test]
async fn a_bucket_is_swept_an_hour_after_its_drop_and_not_before() {
    for (age, is_swept) in [(0, false), (HOUR - 1, false), (HOUR, true), (HOUR + 1, true)] {
        let installation = installation(3, age).await;
        let before = installation.items().await;
        let swept = finished(&installation).await;
        if is_swept {
            assert_eq!((swept.buckets, swept.objects, swept.waiting, left(&installation).await), (1, 3, 0, 0), "{age}");
            assert_eq!(installation.wire.take_operations(), CALLS, "{age}");
        } else {
            assert_eq!((swept.buckets, swept.objects, swept.waiting), (0, 0, 1), "{age}");
            assert_eq!(installation.items().await, before, "{age}");
            assert_eq!(installation.wire.take_operations(), ["Query"], "{age}");
        }
    }
}

#[tokio::test]
async fn a_bucket_that_was_dropped_by_a_clock_that_is_ahead_is_swept_later() {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put(marker_item("demo", "notes", GENERATION, NOW + 5_000)).await;
    assert_eq!(finished(&installation).await.waiting, 1);
    clock.set(NOW + 5_000 + HOUR);
    assert_eq!(finished(&installation).await.buckets, 1);
    assert_eq!(left(&installation).await, 0);
}

#[tokio::test]
async fn a_day_of_sweeps_with_nothing_to_do_is_one_query_each_and_no_write() {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    for hour in 0..24 {
        clock.set(NOW + hour * HOUR);
        let swept = finished(&installation).await;
        assert_eq!((swept.buckets, swept.objects, swept.waiting), (0, 0, 0));
        assert!(swept.units <= 1.0, "{swept:?}");
    }
    let sent = installation.wire.take_sent();
    assert_eq!(sent.len(), 24);
    for call in sent {
        assert_eq!(call.operation, "Query");
        assert_eq!(call.body["ConsistentRead"], true);
        assert!(call.body["Limit"].is_u64(), "{}", call.body);
    }
}

#[tokio::test]
async fn what_is_deleted_is_looked_for_consistently_and_only_by_keys() {
    let installation = installation(3, HOUR).await;
    finished(&installation).await;
    for query in installation.wire.take_sent().iter().filter(|sent| sent.operation == "Query") {
        assert_eq!(query.body["ConsistentRead"], true, "{}", query.body);
        let is_for_markers = query.body["ExpressionAttributeValues"][":partition"]["S"] == "/garbage";
        assert_eq!(query.body["ProjectionExpression"] == "sk", !is_for_markers, "{}", query.body);
    }
}

#[tokio::test]
async fn more_dropped_buckets_than_fit_on_a_page_are_all_removed() {
    let installation = Installation::start().await;
    let markers: Vec<_> =
        (0..1_005).map(|bucket| marker_item("demo", "notes", &format!("{bucket:032x}"), NOW - HOUR)).collect();
    installation.put_all(&markers).await;
    assert_eq!(finished(&installation).await.buckets, 1_005);
    assert_eq!(left(&installation).await, 0);
}

#[tokio::test]
async fn buckets_of_every_kind_of_scope_are_swept() {
    let installation = Installation::start().await;
    for (number, scope) in ["demo", "demo/users/alice", "demo/groups/crew", "demo/things/sensor-1"].iter().enumerate() {
        let generation = format!("{number:032x}");
        let mut object = object_item(scope, "notes", "the-object", "{}");
        object["pk"] = json!({"S": format!("{scope}/notes:{generation}")});
        installation.put(object).await;
        installation.put(marker_item(scope, "notes", &generation, NOW - HOUR)).await;
    }
    let swept = finished(&installation).await;
    assert_eq!((swept.buckets, swept.objects), (4, 4));
    assert!(installation.items().await.keys().all(|key| key.starts_with("demo ")), "only the app is left");
}

fn path(owner: ScopeOwner) -> BucketPath {
    BucketPath { scope: Scope { app: "demo".parse().unwrap(), owner }, bucket: "notes".parse().unwrap() }
}

#[tokio::test]
async fn a_drop_and_its_sweep_leave_the_app_and_the_tombstone_of_the_bucket() {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put_app(pail_testing::app("demo")).await;
    let create = Call::create("demo", "notes").bearer(&pail_testing::callers::user("alice"));
    for _ in 0..2 {
        installation.created(&create).await;
    }
    let mut session = installation.session();
    let BucketState::Live(seen) = session.bucket(&path(ScopeOwner::App)).await.unwrap() else { panic!("no bucket") };
    assert!(matches!(session.drop_bucket(&path(ScopeOwner::App), &seen, RuleNumber(0), NOW).await, Ok(Drop::Made)));
    let generation = seen.generation.as_str();
    let marker = installation.item("/garbage", generation).await;
    assert_eq!(marker, Some(marker_item("demo", "notes", generation, NOW)));
    let dropped = installation.items().await;

    clock.set(NOW + HOUR - 1);
    assert_eq!(finished(&installation).await.waiting, 1);
    assert_eq!(installation.items().await, dropped);
    clock.set(NOW + HOUR);
    let swept = finished(&installation).await;
    assert_eq!((swept.buckets, swept.objects), (1, 2));
    let left: Vec<String> = installation.items().await.into_keys().collect();
    assert_eq!(left, [" demo bucket/notes", "demo  "]);
}

#[test]
fn a_marker_is_written_as_the_protocol_says() {
    let path = path(ScopeOwner::User("alice".parse().unwrap()));
    let marker =
        Marker { path, generation: Generation::parse(GENERATION).unwrap(), rules: RuleNumber(0), dropped: NOW };
    let expected = marker_item("demo/users/alice", "notes", GENERATION, NOW);
    assert_eq!(items::to_json(&of_marker(&marker)), expected);
}

#[tokio::test]
async fn a_marker_that_cannot_be_read_is_reported_with_table_and_key_and_does_not_stop_the_others() {
    let log = Log::collect();
    let installation = installation(3, HOUR).await;
    let good = || marker_item("demo", "notes", &"a".repeat(32), NOW - 2 * HOUR);
    let mut bad = Vec::new();
    for (attribute, values) in [
        ("sk", [json!({"S": "x"}), json!({"S": GENERATION.to_uppercase()}), json!({"S": format!("{GENERATION}0")})]),
        ("scope", [json!({"S": "/garbage"}), json!({"S": "demo/users/a/b"}), json!({"N": "1"})]),
        ("bucket", [json!({"S": "notes:x"}), json!({"S": "../notes"}), json!(null)]),
        ("dropped", [json!({"S": "1"}), json!({"N": "-1"}), json!(null)]),
    ] {
        for value in values {
            let mut marker = good();
            if attribute != "sk" {
                marker["sk"] = json!({"S": format!("{:032x}", bad.len())});
            }
            marker[attribute] = value;
            if marker[attribute].is_null() {
                marker.as_object_mut().unwrap().remove(attribute);
            }
            bad.push(marker);
        }
    }
    installation.put_all(&bad).await;
    let before = untouchable(&installation).await;
    let swept = swept(&installation, no_limits()).await;
    assert_eq!((swept.buckets, swept.objects, swept.unreadable.len()), (1, 3, bad.len()));
    assert!(swept.is_finished && swept.failure.is_none(), "{swept:?}");
    assert_eq!(untouchable(&installation).await, before);
    assert_eq!(left(&installation).await, bad.len(), "they stay");
    swept.unreadable.iter().for_each(pail::store::Failure::log);
    let log = log.take();
    for marker in &bad {
        let key = format!("/garbage {}", marker["sk"]["S"].as_str().unwrap());
        let line = log.lines().find(|line| line.contains(&format!("{key}\"")));
        let line: serde_json::Value = serde_json::from_str(line.unwrap_or_else(|| panic!("{key}: {log}"))).unwrap();
        assert_eq!((&line["level"], &line["table"], &line["key"]), (&json!("ERROR"), &json!("objects"), &json!(key)));
    }
}

#[tokio::test]
async fn a_bucket_of_an_app_that_cannot_be_read_stays_and_does_not_stop_the_others() {
    let installation = installation(3, HOUR).await;
    let mut other = installation.get("apps", &json!({"app_id": {"S": "demo"}})).await.expect("the app");
    other["app_id"] = json!({"S": "other"});
    other["indexes"] = json!({"S": "no indexes"});
    installation.put_item("apps", &other).await;
    let marker = marker_item("other", "notes", &"a".repeat(32), NOW - 2 * HOUR);
    installation.put(marker.clone()).await;
    let swept = swept(&installation, no_limits()).await;
    assert_eq!((swept.buckets, swept.objects, swept.unreadable.len()), (1, 3, 1), "{swept:?}");
    assert!(swept.is_finished && swept.failure.is_none(), "{swept:?}");
    assert_eq!(installation.partition("/garbage").await, [marker]);
}
