//! Counting hits.

use serde_json::{Value, json};

use super::stage::{as_administrator, bucket, call, filled};
use pail_testing::fixtures::{deleted, object_item};
use pail_testing::{Call, Installation, callers};

fn count(clause: &Value) -> String {
    let count = json!([{"type": "COUNT", "putAggregationInto": "count_field"}]);
    json!({"bucketQuery": {"clause": clause, "orderBy": "a", "aggregations": count}, "bestEffortLimit": 1}).to_string()
}

#[tokio::test]
async fn all_hits_are_counted_whatever_the_limit() {
    let installation = filled(&[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]).await;
    installation.put(deleted(object_item("demo", "notes", "gone", "{}"))).await;
    for (clause, expected) in [
        (json!({"type": "all"}), 3),
        (json!(null), 3),
        (json!({"type": "range", "field": "a", "lowerLimit": 2}), 2),
        (json!({"type": "eq", "field": "b", "value": 2}), 0),
    ] {
        let answer = installation.answer(&call(count(&clause))).await;
        assert_eq!(answer.body, format!(r#"{{"aggregations":{{"count_field":{expected}}}}}"#), "{clause}");
    }
}

#[tokio::test]
async fn all_objects_are_counted_by_dynamodb_itself_for_whoever_may_read_them() {
    let installation = filled(&["{}"; 5]).await;
    for counts in [call(count(&json!(null))), as_administrator(call(count(&json!(null))))] {
        installation.wire.take_sent();
        assert_eq!(installation.answer(&counts).await.json()["aggregations"]["count_field"], 5);
        assert_eq!(installation.wire.take_sent()[1].body["Select"], "COUNT");
    }
}

#[tokio::test]
async fn a_bucket_that_is_empty_or_does_not_exist_counts_nothing() {
    let installation = bucket().await;
    let of =
        |bucket: &str| call(count(&json!({"type": "all"}))).path(&format!("/api/apps/demo/buckets/{bucket}/query"));
    for bucket in ["notes", "others"] {
        assert_eq!(installation.answer(&of(bucket)).await.body, r#"{"aggregations":{"count_field":0}}"#);
    }
}

/// A caller who may read some of the objects.
async fn some(installation: &Installation) -> Call {
    let acl = json!({"QUERY_OBJECTS_IN_BUCKET": ["UserID:bob"]});
    installation.put_bucket("demo/users/alice", "notes", acl).await;
    for at in 0..500 {
        let mut item = object_item("demo/users/alice", "notes", &format!("object-{at:03}"), r#"{"a":1}"#);
        if at % 25 > 0 {
            item["acl"] = pail_testing::items::acl(&json!({"READ_EXISTING_OBJECT": ["UserID:bob"]}));
        }
        installation.put(item).await;
    }
    call("").path("/api/apps/demo/users/alice/buckets/notes/query").bearer(&callers::user("bob"))
}

#[tokio::test]
async fn only_what_the_caller_may_read_is_counted() {
    let installation = Installation::start().await;
    let caller = some(&installation).await;
    for clause in [json!(null), json!({"type": "eq", "field": "a", "value": 1})] {
        let answer = installation.answer(&caller.clone().body(count(&clause))).await;
        assert_eq!(answer.json()["aggregations"]["count_field"], 480);
    }
    let administrator = as_administrator(caller.body(count(&json!(null))));
    assert_eq!(installation.answer(&administrator).await.json()["aggregations"]["count_field"], 500);
}
