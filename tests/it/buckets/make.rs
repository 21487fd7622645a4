//! Making empty buckets.

use serde_json::json;

use crate::objects::stage::{HOMES, Home, Stage};
use pail_testing::fixtures::dropped;
use pail_testing::{Call, Gateway, callers};

fn put(home: &Home) -> Call {
    Call::bucket("PUT", home.scope, "notes").bearer(&(home.token)())
}

#[tokio::test]
async fn an_empty_bucket_is_made_with_its_default_and_its_creator() {
    for home in &HOMES {
        for (gateway, body) in Gateway::ALL.into_iter().zip(["", "{}", " {\"bucketType\":\"rw\",\"x\":1} "]) {
            let stage = Stage::empty(home).await;
            let answer = stage.answer(&put(home).through(gateway).body(body)).await;
            assert_eq!((answer.status, answer.body.as_str()), (201, r#"{"bucketType":"rw"}"#));
            let url = format!("{}/api/apps/{}/buckets/notes", gateway.base_url(), home.scope);
            assert_eq!(answer.header("location"), url);
            let bucket = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
            assert_eq!((&bucket["creator"]["S"], &bucket["version"]["N"]), (&json!(home.creator), &json!("1")));
            // The next create finds it.
            let created = stage.answer(&Call::create(home.scope, "notes").bearer(&(home.token)())).await;
            assert_eq!(created.status, 201);
            assert_eq!(stage.count().await, (1, 1));
            let again = stage.refused(&put(home), 409, "BUCKET_ALREADY_EXISTS").await;
            assert_eq!(
                (&again.json()["objectScope"], again.text("bucketID")),
                (&home.object_scope(), "notes".to_owned())
            );
        }
    }
}

#[tokio::test]
async fn a_bucket_is_made_over_a_dropped_one_with_another_generation() {
    for home in &HOMES {
        let stage = Stage::object(home, "{}").await;
        let bucket = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
        let generation = bucket["generation"].clone();
        stage.put(dropped(bucket)).await;
        assert_eq!(stage.answer(&put(home)).await.status, 201);
        let bucket = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
        assert_eq!((bucket.get("dropped"), &bucket["version"]["N"]), (None, &json!("3")));
        assert_ne!(bucket["generation"], generation);
        stage.refuses(&stage.call("GET"), 404, "OBJECT_NOT_FOUND").await;
    }
}

#[tokio::test]
async fn whoever_may_not_make_buckets_learns_nothing() {
    for home in &HOMES {
        let stage = Stage::bucket(home).await;
        stage.put_scope_acl(home.scope, json!({"CREATE_NEW_BUCKET": ["UserID:carol"]})).await;
        let first = stage.refuses(&put(home), 401, "UNAUTHORIZED").await;
        let elsewhere = put(home).path(&format!("/api/apps/{}/buckets/others", home.scope));
        assert_eq!(stage.refuses(&elsewhere, 401, "UNAUTHORIZED").await, first);
        let carol = put(home).bearer(&callers::user("carol"));
        stage.refuses(&carol, 409, "BUCKET_ALREADY_EXISTS").await;
    }
}

#[tokio::test]
async fn another_type_and_a_body_that_is_no_object_are_refused_before_anything_is_read() {
    let stage = Stage::empty(&HOMES[0]).await;
    for body in [r#"{"bucketType":"CRYPTO"}"#, r#"{"bucketType":1}"#, r#"{"bucketType":"RW"}"#] {
        stage.refused_unread(&put(stage.home).body(body), 400, "BUCKET_TYPE_NOT_SUPPORTED").await;
    }
    for body in ["[]", "rw", "{", "\"rw\""] {
        stage.refused_unread(&put(stage.home).body(body), 400, "INVALID_JSON").await;
    }
    stage.refused_unread(&put(stage.home).body(vec![0xff]), 400, "INVALID_JSON").await;
}

#[tokio::test]
async fn of_twenty_requests_for_one_new_bucket_one_makes_it() {
    let stage = Stage::empty(&HOMES[0]).await;
    let calls = (0..20).map(|_| {
        let (direct, call) = (stage.rival(), put(stage.home));
        tokio::spawn(async move { direct.status(call).await })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[409; 19]].concat());
}
