//! Showing buckets with their sizes.

use serde_json::{Value, json};

use crate::objects::stage::{HOMES, Stage};
use pail_testing::fixtures::{deleted, dropped, object_item};
use pail_testing::{Call, Gateway, Installation, callers};

fn bucket(stage: &Stage, method: &str) -> Call {
    Call::bucket(method, stage.home.scope, "notes").bearer(&(stage.home.token)())
}

#[tokio::test]
async fn a_bucket_is_shown_with_the_number_of_its_objects_without_those_deleted() {
    for home in &HOMES {
        let stage = Stage::bucket(home).await;
        for gateway in Gateway::ALL {
            let get = stage.answer(&bucket(&stage, "GET").through(gateway)).await;
            assert_eq!(get.body, r#"{"bucketType":"rw","size":0}"#);
        }
        for at in 0..25 {
            let item = object_item(home.scope, "notes", &format!("object-{at}"), "{}");
            stage.put(if at % 5 == 0 { deleted(item) } else { item }).await;
        }
        let get = stage.answer(&bucket(&stage, "GET")).await;
        assert_eq!((get.status, get.body.as_str()), (200, r#"{"bucketType":"rw","size":20}"#));
        let head = stage.answer(&bucket(&stage, "HEAD")).await;
        assert_eq!((head.status, head.body.as_str()), (204, ""));
    }
}

#[tokio::test]
async fn any_verb_of_the_bucket_is_enough_and_none_is_too_little() {
    let verbs = [
        "CREATE_OBJECTS_IN_BUCKET",
        "QUERY_OBJECTS_IN_BUCKET",
        "READ_OBJECTS_IN_BUCKET",
        "DROP_BUCKET_WITH_ALL_CONTENT",
    ];
    for verb in verbs {
        let installation = Installation::start().await;
        installation.put_bucket("demo/users/alice", "notes", json!({verb: ["UserID:bob"]})).await;
        let call =
            |method: &str, user: &str| Call::bucket(method, "demo/users/alice", "notes").bearer(&callers::user(user));
        for (method, status) in [("GET", 200), ("HEAD", 204)] {
            assert_eq!(installation.answer(&call(method, "bob")).await.status, status, "{verb}");
            let refused = installation.refused(&call(method, "carol"), 401, "UNAUTHORIZED").await;
            // A missing bucket looks the same.
            let missing = call(method, "carol").path("/api/apps/demo/users/alice/buckets/others");
            assert_eq!(installation.refused(&missing, 401, "UNAUTHORIZED").await, refused);
        }
    }
}

#[tokio::test]
async fn a_missing_bucket_is_404_for_whom_its_default_would_let_see_it() {
    for home in &HOMES {
        let stage = Stage::empty(home).await;
        for method in ["GET", "HEAD"] {
            let missing = stage.refuses(&bucket(&stage, method), 404, "BUCKET_NOT_FOUND").await;
            if method == "GET" {
                assert_eq!(
                    (&missing.json()["objectScope"], missing.text("bucketID")),
                    (&home.object_scope(), "notes".to_owned())
                );
            }
            let stranger = bucket(&stage, method).bearer(&callers::user("mallory"));
            let expected = if home.scope == "demo" { (404, "BUCKET_NOT_FOUND") } else { (401, "UNAUTHORIZED") };
            stage.refuses(&stranger, expected.0, expected.1).await;
        }
        stage.put_bucket(home.scope, "notes", json!({})).await;
        let item = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
        stage.put(dropped(item)).await;
        stage.refuses(&bucket(&stage, "GET"), 404, "BUCKET_NOT_FOUND").await;
    }
}

/// A bucket of the app scope with this many objects of about 1 KB.
async fn full_bucket(installation: &Installation, objects: usize) {
    installation.put_bucket("demo", "notes", json!({"QUERY_OBJECTS_IN_BUCKET": ["UserID:alice"]})).await;
    let content = format!(r#"{{"x":"{}"}}"#, "y".repeat(700));
    for at in 0..objects {
        installation.put(object_item("demo", "notes", &format!("object-{at:05}"), &content)).await;
    }
}

#[tokio::test]
async fn a_bucket_is_counted_in_pages_within_the_budget_of_the_installation() {
    let installation = Installation::with(|settings| settings.scan_megabytes = 1).await;
    full_bucket(&installation, 1001).await;
    let get = Call::bucket("GET", "demo", "notes");
    let administrator = get.clone().bearer(&callers::administrator("operator"));
    let answer = installation.answer(&administrator).await;
    assert_eq!(answer.json()["size"], 1001);
    let operations = installation.wire.take_operations();
    assert_eq!(operations, ["BatchGetItem", "Query", "Query"]);
    let alice = get.bearer(&callers::user("alice"));
    assert_eq!(installation.answer(&alice).await.json()["size"], 1001, "less than a megabyte");
    for at in 1001..1400 {
        let content = format!(r#"{{"x":"{}"}}"#, "y".repeat(700));
        installation.put(object_item("demo", "notes", &format!("object-{at:05}"), &content)).await;
    }
    let refused = installation.refused(&alice, 400, "QUERY_NOT_SUPPORTED").await;
    assert!(refused.text("message").contains("1 MB"), "{refused:?}");
    assert_eq!(installation.answer(&administrator).await.json()["size"], 1400);
}

#[tokio::test]
async fn counting_reads_on_dynamodbs_side_only() {
    let installation = Installation::start().await;
    full_bucket(&installation, 3).await;
    installation.wire.take_sent();
    let call = Call::bucket("GET", "demo", "notes").bearer(&callers::user("alice"));
    assert_eq!(installation.answer(&call).await.json()["size"], 3);
    let sent = installation.wire.take_sent();
    let query: &Value = &sent[1].body;
    assert_eq!((&query["Select"], &query["ConsistentRead"]), (&json!("COUNT"), &json!(true)));
}
