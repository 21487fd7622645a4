//! A test for each of the protocol's safeguards, which fails without that safeguard (protocol: what goes wrong
//! otherwise), unless another file has the test.

use serde_json::{Value, json};

use pail_testing::fixtures::deleted;
use pail_testing::{Act, Answer, Call, Installation, callers};

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice")).key("the-key")
}

/// The object of an answer.
async fn object(installation: &Installation, answer: &Answer) -> Value {
    let id = answer.text("objectID");
    let items = installation.items().await;
    let mut objects = items.into_values().filter(|item| item["sk"]["S"] == id);
    let object = objects.next().expect("the object");
    assert!(objects.next().is_none(), "two objects with one ID");
    object
}

/// Whether an object can be read: it is stored under the current generation of the bucket.
async fn is_readable(installation: &Installation, answer: &Answer) -> bool {
    let bucket = installation.items().await.remove(" demo bucket/notes").expect("the bucket");
    let generation = bucket["generation"]["S"].as_str().expect("a generation");
    let partition = object(installation, answer).await["pk"]["S"].clone();
    bucket.get("dropped").is_none() && partition == format!("demo/notes:{generation}")
}

/// Safeguard: the generation in an object's key, and in what its ID is derived from.
#[tokio::test]
async fn the_same_create_after_a_drop_makes_an_object_that_can_be_read() {
    let installation = Installation::start().await;
    let (first, _) = installation.created(&call()).await;
    assert!(is_readable(&installation, &first).await);
    installation.drop_bucket().await;
    let answer = installation.answer(&call()).await;
    assert_eq!((answer.status, answer.is_replay()), (201, false), "{answer:?}");
    assert!(is_readable(&installation, &answer).await, "{answer:?}");
}

/// Safeguard: "absent" as the condition of a put, in a key that contains the generation.
#[tokio::test(start_paused = true)]
async fn a_late_put_that_was_judged_in_a_dropped_bucket_overwrites_nothing_of_the_next() {
    let installation = Installation::start().await;
    installation.created(&call().key("another")).await;
    installation.wire.always("PutItem", || Act::Hold);
    assert_eq!(installation.answer(&call()).await.status, 503);
    installation.wire.forget_plans();
    installation.drop_bucket().await;
    let answer = installation.answer(&call()).await;
    assert_eq!((answer.status, answer.is_replay()), (201, false), "{answer:?}");
    let before = object(&installation, &answer).await;
    installation.wire.deliver_held().await;
    assert_eq!(object(&installation, &answer).await, before);
    assert!(is_readable(&installation, &answer).await);
}

/// Safeguard: the tombstone of a deleted object, and "absent" as the condition of a put.
#[tokio::test(start_paused = true)]
async fn a_deleted_object_does_not_come_back_with_another_attempt_of_its_put() {
    for key in [true, false] {
        let installation = Installation::start().await;
        installation.created(&call().key("another")).await;
        let request = if key { call() } else { call().without("idempotency-key") };
        // The put takes effect, its reply is lost, and the object is deleted before the put is repeated.
        let (direct, wire) = (installation.direct(), installation.wire.clone());
        installation.wire.plan(
            "PutItem",
            [Act::lose_reply_after(move || async move {
                let sent = wire.take_sent().pop().expect("the put");
                direct.put(deleted(sent.body["Item"].clone())).await;
            })],
        );
        let answer = installation.answer(&request).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let object = object(&installation, &answer).await;
        assert!(object.get("deleted").is_some() && object.get("content").is_none(), "the object is back: {object}");
    }
}

/// The same by a first attempt that arrives late.
#[tokio::test(start_paused = true)]
async fn a_deleted_object_does_not_come_back_with_a_late_attempt_of_its_put() {
    let installation = Installation::start().await;
    installation.created(&call().key("another")).await;
    installation.wire.plan("PutItem", [Act::Hold]);
    let answer = installation.answer(&call()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let deleted = deleted(object(&installation, &answer).await);
    installation.put(deleted.clone()).await;
    installation.wire.deliver_held().await;
    assert_eq!(object(&installation, &answer).await, deleted);
}

/// Safeguard: the tombstone of a dropped bucket, and "absent" as the condition of a new one.
#[tokio::test(start_paused = true)]
async fn a_late_first_attempt_makes_no_bucket_that_its_own_request_was_refused_for() {
    let installation = Installation::start().await;
    installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    let (rival, winner) = (installation.rival(), Call::create("demo", "notes").bearer(&callers::administrator("root")));
    installation.wire.plan("TransactWriteItems", [Act::Hold, Act::after(move || rival.creates(winner))]);
    let answer = installation.answer(&Call::create("demo", "notes").basic("demo", "demo-key")).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (401, "UNAUTHORIZED"), "{answer:?}");
    installation.drop_bucket().await;
    let before = installation.items().await;
    installation.wire.deliver_held().await;
    assert_eq!(installation.items().await, before);
}

/// Safeguard: the consistent read of app and bucket. Other reads may return old data.
#[tokio::test]
async fn what_was_disabled_or_revoked_is_refused_even_where_an_old_copy_could_be_read() {
    let installation = Installation::start().await;
    installation.created(&call()).await;
    let old = installation.items().await;
    installation.wire.always("BatchGetItem", move || {
        let old = old.clone();
        Act::alter(move |request, mut reply| {
            for (table, key) in [("apps", "demo  "), ("objects", " demo bucket/notes")] {
                if request["RequestItems"][table]["ConsistentRead"] != true {
                    reply["Responses"][table] = json!([old[key]]);
                }
            }
            (200, reply.to_string())
        })
    });
    let mut app = installation.items().await.remove("demo  ").expect("the app");
    let enabled = app.clone();
    app["status"] = json!({"S": "disabled"});
    installation.put_item("apps", &app).await;
    installation.refused(&call(), 403, "APP_DISABLED").await;
    installation.put_item("apps", &enabled).await;
    installation.created(&call().key("another")).await;
    let mut bucket = installation.items().await.remove(" demo bucket/notes").expect("the bucket");
    bucket["acl"] = json!({"M": {}});
    installation.put(bucket).await;
    installation.refused(&call().key("a-third"), 401, "UNAUTHORIZED").await;
}
