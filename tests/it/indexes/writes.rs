//! Every write of an object keeps its index entries up: they are there before it, and gone after what they were of.

use pail::model::index::RuleState;
use pail_testing::fixtures::object_item;
use pail_testing::{Call, Installation, callers};
use serde_json::{Value, json};

use super::stage::{assert_exact, give, is_held, rules};
use crate::queries::stage::{as_administrator, call, grant, ids};

/// An installation with two ready indexes, and the bucket unless it is to be made.
async fn start(with_bucket: bool) -> Installation {
    let installation = Installation::start().await;
    give(&installation, rules(&["n", "team,n"], RuleState::Ready)).await;
    if with_bucket {
        grant(&installation, "notes").await;
    }
    installation
}

fn write(method: &str, id: &str, body: &str) -> Call {
    let call = Call::object(method, "demo", "notes", id).bearer(&callers::administrator("operator"));
    if method == "DELETE" { call.body("") } else { call.body(body) }
}

/// The IDs that a query by the index on `n` finds.
async fn found(installation: &Installation, n: Value) -> Vec<String> {
    let body = json!({"bucketQuery": {"clause": {"type": "eq", "field": "n", "value": n}}, "explain": true});
    let answer = installation.answer(&as_administrator(call(body.to_string()))).await;
    assert_eq!(answer.json()["explain"]["plan"], "index n", "{answer:?}");
    ids(&answer)
}

/// An installation in which two objects were created, the first one with its bucket, and found by an index.
pub async fn with_an_index() -> Installation {
    let installation = start(false).await;
    for id in ["o1", "o2"] {
        assert_eq!(installation.answer(&write("PUT", id, r#"{"n":1}"#)).await.status, 201);
    }
    assert_eq!(found(&installation, json!(1)).await, ["o1", "o2"]);
    installation
}

#[tokio::test]
async fn an_object_whose_text_is_damaged_and_that_has_no_entry_is_replaced() {
    let installation = start(true).await;
    installation.put(object_item("demo", "notes", "o1", "no JSON")).await;
    assert_eq!(installation.answer(&write("PUT", "o1", r#"{"n":1}"#)).await.status, 200);
    assert_eq!(found(&installation, json!(1)).await, ["o1"]);
}

#[tokio::test]
async fn what_is_written_is_found_by_the_next_query_and_what_it_replaced_is_not() {
    let installation = start(true).await;
    for (step, (method, body, status, finds)) in [
        ("PUT", r#"{"n":1,"team":"a"}"#, 201, Some(1)),
        ("PUT", r#"{"n":2}"#, 200, Some(2)),
        ("PATCH", r#"{"n":3}"#, 200, Some(3)),
        ("PATCH", r#"{"other":3}"#, 200, Some(3)),
        ("DELETE", "", 204, None),
        ("PUT", r#"{"n":1}"#, 201, Some(1)),
        ("DELETE", "", 204, None),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(installation.answer(&write(method, "o1", body)).await.status, status, "step {step}");
        for n in 1..4 {
            let expected: &[&str] = if finds == Some(n) { &["o1"] } else { &[] };
            assert_eq!(found(&installation, json!(n)).await, expected, "step {step}, n = {n}");
        }
        assert_exact(&installation).await;
    }
}

#[tokio::test]
async fn an_update_that_leaves_the_indexed_values_keeps_the_entry() {
    let installation = start(true).await;
    installation.answer(&write("PUT", "o1", r#"{"n":1,"x":1}"#)).await;
    let before = installation.entries().await;
    for (method, body) in [("PATCH", r#"{"x":2}"#), ("PUT", r#"{"n":1.0,"y":3}"#), ("PATCH", "{}")] {
        assert_eq!(installation.answer(&write(method, "o1", body)).await.status, 200);
        assert_eq!(installation.entries().await, before, "{method} {body}");
    }
    // A write without a new entry makes no call for one.
    assert_eq!(
        installation.wire.take_operations().iter().filter(|operation| *operation == "BatchWriteItem").count(),
        1
    );
}

#[tokio::test]
async fn entries_are_written_before_the_object_and_deleted_after_it() {
    let installation = start(true).await;
    installation.answer(&write("PUT", "o1", r#"{"n":1}"#)).await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem", "GetItem", "BatchWriteItem", "PutItem"]);
    installation.answer(&write("PUT", "o1", r#"{"n":2}"#)).await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem", "BatchWriteItem", "UpdateItem", "BatchWriteItem"]);
    installation.answer(&write("DELETE", "o1", "")).await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem", "UpdateItem", "BatchWriteItem"]);
}

#[tokio::test]
async fn the_first_object_of_a_bucket_brings_its_entries_in_the_same_transaction() {
    for call in [
        Call::create("demo", "notes").body(r#"{"n":1}"#).bearer(&callers::administrator("operator")),
        write("PUT", "o1", r#"{"n":1}"#),
    ] {
        let installation = start(false).await;
        assert_eq!(installation.answer(&call).await.status, 201);
        let sent = installation.wire.take_sent();
        assert!(sent.iter().all(|sent| sent.operation != "BatchWriteItem"), "{sent:?}");
        let transaction = sent.iter().find(|sent| sent.operation == "TransactWriteItems").expect("a transaction");
        assert_eq!(transaction.body["TransactItems"].as_array().map(Vec::len), Some(4));
        assert_exact(&installation).await;
    }
}

#[tokio::test]
async fn a_refused_write_leaves_no_entry() {
    let installation = start(true).await;
    installation.answer(&write("PUT", "o1", r#"{"n":1}"#)).await;
    let before = installation.entries().await;
    for call in [
        write("PUT", "o1", r#"{"n":2}"#).header("if-match", "7"),
        write("PATCH", "o1", r#"{"n":2}"#).header("if-match", "7"),
        write("PUT", "o1", r#"{"n":2}"#).header("if-none-match", "*"),
        write("PATCH", "o2", r#"{"n":2}"#),
        write("DELETE", "o1", "").header("if-match", "7"),
    ] {
        assert!(installation.answer(&call).await.status >= 400);
        assert_eq!(installation.entries().await, before);
    }
}

#[tokio::test]
async fn a_create_that_is_sent_again_with_its_key_leaves_the_entry_of_the_first_alone() {
    let installation = start(true).await;
    let create = |body: &str| {
        let call = Call::create("demo", "notes").body(body).bearer(&callers::administrator("operator"));
        call.key("k1")
    };
    assert_eq!(installation.answer(&create(r#"{"n":1}"#)).await.status, 201);
    let before = installation.entries().await;
    assert_eq!(installation.answer(&create(r#"{"n":1}"#)).await.status, 201);
    assert_eq!(installation.answer(&create(r#"{"n":2}"#)).await.status, 422);
    assert_eq!(installation.entries().await, before);
    assert_exact(&installation).await;
}

#[tokio::test]
async fn a_dropped_bucket_is_out_of_the_index_at_once_and_the_sweep_removes_its_entries() {
    let installation = start(true).await;
    installation.answer(&write("PUT", "o1", r#"{"n":1}"#)).await;
    let drop = Call::bucket("DELETE", "demo", "notes").path("/api/apps/demo/buckets/notes");
    let drop = drop.bearer(&callers::administrator("operator"));
    assert_eq!(installation.answer(&drop.body("")).await.status, 204);
    installation.answer(&write("PUT", "o2", r#"{"n":1}"#)).await;
    assert_eq!(found(&installation, json!(1)).await, ["o2"]);
    let all = installation.entries().await;
    assert_eq!(all.len(), 4);
    crate::operators::sweep::sweep_an_hour_later(&installation).await;
    let left = installation.entries().await;
    assert_eq!(left.len(), 2);
    let items: Vec<Value> = installation.items().await.into_values().collect();
    assert!(left.iter().all(|entry| is_held(&items, entry)));
}
