//! Items with missing or wrong attributes: nobody is admitted.

use serde_json::{Value, json};

use super::model::{ANYBODY, CALLERS, HOMES, holds};
use pail_testing::wire::puts;
use pail_testing::{Call, Installation, bucket_item};

/// Values of every type that are invalid for every attribute of a bucket.
fn wrong_values() -> Vec<Value> {
    vec![
        json!({"NULL": true}),
        json!({"BOOL": true}),
        json!({"S": ""}),
        json!({"S": "UserID:ANONYMOUS_USER"}),
        json!({"N": "-1"}),
        json!({"N": "1.5"}),
        json!({"N": "18446744073709551616"}),
        json!({"B": "AAEC"}),
        json!({"L": [{"S": ANYBODY}]}),
        json!({"M": {"CREATE_OBJECTS_IN_BUCKET": {"SS": [ANYBODY]}}}),
        json!({"SS": ["0123456789abcdef0123456789abcdef"]}),
        json!({"NS": ["1"]}),
        json!({"BS": ["AAEC"]}),
    ]
}

/// These items with each of the attributes missing or with each wrong value.
fn broken(item: &Value, attributes: &[&str]) -> Vec<Value> {
    let mut broken = Vec::new();
    for attribute in attributes {
        let mut without = item.clone();
        without.as_object_mut().expect("an item").remove(*attribute);
        broken.push(without);
        for value in wrong_values() {
            // Any string is a valid writer, even an empty one.
            if *attribute != "writer" || value.get("S").is_none() {
                let mut with = item.clone();
                with[*attribute] = value;
                broken.push(with);
            }
        }
    }
    broken
}

/// Nobody can write, not even the administrator. An unreadable item is a fault of the installation, so the answer is a
/// 500.
async fn nobody_writes(installation: &Installation, scope: &str, bucket: &str, item: &Value) {
    installation.put(item.clone()).await;
    for caller in &CALLERS {
        installation.wire.take_sent();
        let answer = installation.answer(&(caller.credentials)(Call::create(scope, bucket))).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (500, "UNDEFINED_ERROR"), "{item}");
        assert_eq!(puts(&installation.wire.take_sent()), Vec::<Value>::new(), "{item}");
    }
}

#[tokio::test]
async fn a_bucket_with_an_unreadable_item_accepts_no_object() {
    let installation = Installation::start().await;
    let entries = json!({"CREATE_OBJECTS_IN_BUCKET": [ANYBODY]});
    let mut tried = 0;
    for home in &HOMES {
        // In a scope in which everybody may create buckets.
        installation.put_scope_acl(home.scope, json!({"CREATE_NEW_BUCKET": [ANYBODY]})).await;
        let item = bucket_item(home.scope, "notes", &entries);
        for broken in broken(&item, &["generation", "version", "writer"]) {
            nobody_writes(&installation, home.scope, "notes", &broken).await;
            tried += 1;
        }
    }
    assert_eq!(tried, 4 * (14 + 14 + 12));
    assert_eq!(installation.count().await.1, 0);
}

#[tokio::test]
async fn a_scope_with_an_unreadable_acl_item_lets_nobody_create_a_bucket() {
    let installation = Installation::start().await;
    for home in &HOMES {
        let acl = json!({"M": {"CREATE_NEW_BUCKET": {"SS": [ANYBODY]}}});
        let item = json!({
            "pk": {"S": home.scope}, "sk": {"S": "acl"}, "writer": {"S": "w"}, "version": {"N": "1"}, "acl": acl,
        });
        for broken in broken(&item, &["version", "writer"]) {
            nobody_writes(&installation, home.scope, "notes", &broken).await;
        }
    }
    assert_eq!(installation.count().await, (0, 0));
}

#[tokio::test]
async fn a_bucket_that_is_marked_dropped_in_any_way_counts_as_none() {
    for mark in wrong_values() {
        for home in &HOMES {
            let installation = Installation::start().await;
            for (at, caller) in CALLERS.iter().enumerate() {
                let bucket = format!("bucket-{at}");
                let mut item = bucket_item(home.scope, &bucket, &json!({"CREATE_OBJECTS_IN_BUCKET": [ANYBODY]}));
                item["dropped"] = mark.clone();
                installation.put(item).await;
                let call = (caller.credentials)(Call::create(home.scope, &bucket));
                if holds(caller, &[home.inhabitant.to_owned()].into()) {
                    let answer = installation.answer(&call).await;
                    assert_eq!(answer.status, 201, "{mark}: {answer:?}");
                } else {
                    installation.refused(&call, 401, "UNAUTHORIZED").await;
                }
            }
        }
    }
}
