//! Requests for objects that are refused, and a creator's rights: what the matrix of [`super::operations`] does not reach.

use serde_json::json;

use super::model::{CALLERS, HOMES};
use super::state::with_acl;
use pail_testing::fixtures::{deleted, object_item};
use pail_testing::{Call, Installation};

const CONTENT: &str = r#"{"secret":1}"#;

/// Field case A2: bob may not create in alice's bucket.
#[tokio::test]
async fn a_denied_put_gets_the_same_body_whether_or_not_the_object_exists() {
    let installation = Installation::start().await;
    let reader = json!({"READ_OBJECTS_IN_BUCKET": ["UserID:carol"]});
    installation.put_bucket("demo/users/alice", "notes", reader).await;
    for (id, acl) in [("o1", json!({"READ_EXISTING_OBJECT": ["UserID:bob"]})), ("o2", json!({}))] {
        let item = object_item("demo/users/alice", "notes", id, CONTENT);
        installation.put(with_acl(item, pail_testing::items::acl(&acl))).await;
    }
    let bob = CALLERS.iter().find(|caller| caller.owner == "UserID:bob").expect("bob");
    let put = |id: &str| {
        let call = Call::object("PUT", "demo/users/alice", "notes", id).body("{}");
        (bob.credentials)(call)
    };
    let mut answers = Vec::new();
    for id in ["o1", "o2", "o3"] {
        for call in [put(id), put(id).header("If-Match", "1"), put(id).header("If-None-Match", "*")] {
            answers.push(installation.refused(&call, 401, "UNAUTHORIZED").await);
        }
    }
    let first = answers[0].clone();
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    // The same in a bucket that does not exist.
    let nothing = put("o1").path("/api/apps/demo/users/alice/buckets/nothing/objects/o1");
    assert_eq!(installation.refused(&nothing, 401, "UNAUTHORIZED").await, first);
}

#[tokio::test]
async fn a_refused_read_does_not_reveal_what_exists() {
    for home in &HOMES[1..] {
        let installation = Installation::start().await;
        installation.put_bucket(home.scope, "notes", json!({})).await;
        installation.put(object_item(home.scope, "notes", "there", CONTENT)).await;
        installation.put(deleted(object_item(home.scope, "notes", "gone", CONTENT))).await;
        for method in ["GET", "HEAD", "PATCH", "DELETE"] {
            let call = |bucket: &str, id: &str| {
                let call = Call::object(method, home.scope, bucket, id).body("{}");
                call.bearer(&pail_testing::callers::user("mallory"))
            };
            let first = installation.answer(&call("notes", "there")).await;
            assert_eq!(first.status, 401);
            for (bucket, id) in [("notes", "gone"), ("notes", "never"), ("nothing", "there"), ("nothing", "never")] {
                assert_eq!(installation.answer(&call(bucket, id)).await, first, "{method} {bucket} {id}");
            }
        }
    }
}

#[tokio::test]
async fn a_creators_default_rights_end_with_a_change_of_the_objects_acl() {
    let installation = Installation::start().await;
    installation.put_bucket("demo/groups/crew", "notes", json!({})).await;
    let item = object_item("demo/groups/crew", "notes", "o1", CONTENT);
    let get = Call::object("GET", "demo/groups/crew", "notes", "o1").bearer(&pail_testing::callers::user("alice"));
    installation.put(item.clone()).await;
    assert_eq!(installation.answer(&get).await.status, 200, "alice created it and is no longer a member");
    installation
        .put(with_acl(item, pail_testing::items::acl(&json!({"READ_EXISTING_OBJECT": ["GroupID:crew"]}))))
        .await;
    installation.refused(&get, 401, "UNAUTHORIZED").await;
}
