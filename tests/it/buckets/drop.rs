//! Dropping buckets.

use std::time::Duration;

use serde_json::json;

use crate::objects::stage::{HOMES, Home, Stage, later, number};
use pail_testing::fixtures::GENERATION;
use pail_testing::{Call, Gateway, Installation, callers};

fn delete(home: &Home) -> Call {
    Call::bucket("DELETE", home.scope, "notes").bearer(&(home.token)())
}

#[tokio::test]
async fn a_drop_marks_the_bucket_and_leaves_a_marker_and_nothing_else_changes() {
    for home in &HOMES {
        for gateway in Gateway::ALL {
            let stage = Stage::object(home, r#"{"title":"Milk"}"#).await;
            stage.clock.set(later(5000));
            let mut expected = stage.items().await;
            stage.wire.take_operations();
            let answer = stage.answer(&delete(home).through(gateway)).await;
            assert_eq!((answer.status, answer.body.as_str()), (204, ""));
            assert_eq!(stage.wire.take_operations(), ["BatchGetItem", "TransactWriteItems"]);
            let found = stage.items().await;
            let name = format!(" {} bucket/notes", home.scope);
            let bucket = expected.get_mut(&name).and_then(|item| item.as_object_mut()).expect("the bucket");
            bucket.remove("acl");
            bucket.insert("dropped".to_owned(), number(later(5000)));
            bucket.insert("version".to_owned(), number(2));
            bucket.insert("writer".to_owned(), found[&name]["writer"].clone());
            let marker = json!({
                "pk": {"S": "/garbage"}, "sk": {"S": GENERATION}, "scope": {"S": home.scope}, "bucket": {"S": "notes"},
                "rules": number(0), "dropped": number(later(5000)),
            });
            expected.insert(format!(" /garbage {GENERATION}"), marker);
            assert_eq!(found, expected);
        }
    }
}

#[tokio::test]
async fn nothing_of_a_dropped_bucket_can_be_read_changed_or_replayed_and_its_name_can_be_used_again() {
    for home in &HOMES {
        let stage = Stage::object(home, r#"{"title":"Milk"}"#).await;
        let create = Call::create(home.scope, "notes").bearer(&(home.token)()).key("once");
        let created = stage.answer(&create).await.text("objectID");
        assert_eq!(stage.answer(&delete(home)).await.status, 204);
        for method in ["GET", "PATCH", "DELETE"] {
            stage.refuses(&stage.call(method).body("{}"), 404, "BUCKET_NOT_FOUND").await;
        }
        let drop = delete(home).bearer(&callers::administrator("operator"));
        stage.refuses(&drop, 404, "BUCKET_NOT_FOUND").await;
        let acl = stage.as_administrator("GET").path(&format!("/api/apps/{}/buckets/notes/acl", home.scope));
        stage.refuses(&acl, 404, "BUCKET_NOT_FOUND").await;
        let again = stage.answer(&create).await;
        assert!(again.status == 201 && !again.is_replay() && again.text("objectID") != created, "{again:?}");
        stage.refuses(&stage.call("GET"), 404, "OBJECT_NOT_FOUND").await;
        let size = stage.answer(&Call::bucket("GET", home.scope, "notes").bearer(&(home.token)())).await;
        assert_eq!(size.json()["size"], 1);
    }
}

#[tokio::test]
async fn whoever_may_not_drop_learns_nothing() {
    for home in &HOMES[1..] {
        let stage = Stage::object(home, "{}").await;
        let stranger = delete(home).bearer(&callers::user("mallory"));
        let refused = stage.refuses(&stranger, 401, "UNAUTHORIZED").await;
        let missing = stranger.path(&format!("/api/apps/{}/buckets/others", home.scope));
        assert_eq!(stage.refuses(&missing, 401, "UNAUTHORIZED").await, refused);
    }
    // Members of a group do not drop what one of them made, and learn of a missing bucket neither.
    let stage = Stage::object(&HOMES[2], "{}").await;
    let member = delete(&HOMES[2]).bearer(&callers::member("bob", &["crew"]));
    let refused = stage.refuses(&member, 401, "UNAUTHORIZED").await;
    let missing = member.path("/api/apps/demo/groups/crew/buckets/others");
    assert_eq!(stage.refuses(&missing, 401, "UNAUTHORIZED").await, refused);
}

#[tokio::test]
async fn of_two_drops_at_once_one_succeeds() {
    let stage = Stage::object(&HOMES[0], "{}").await;
    let calls: Vec<_> = (0..2)
        .map(|_| {
            let (rival, call) = (stage.rival(), delete(stage.home));
            tokio::spawn(async move { rival.status(call).await })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404]);
}

#[tokio::test]
async fn a_bucket_that_was_made_again_is_dropped_even_where_the_former_one_is_cached() {
    let installation = Installation::with(|settings| settings.keep = Duration::from_secs(10)).await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:alice"]})).await;
    let alice = callers::user("alice");
    assert_eq!(installation.answer(&Call::create("demo", "notes").bearer(&alice)).await.status, 201);
    // Another process drops the bucket and makes it again.
    let administrator = callers::administrator("operator");
    for method in ["DELETE", "PUT"] {
        installation.rival().succeeds(Call::bucket(method, "demo", "notes").bearer(&administrator)).await;
    }
    let made = installation.item("demo", "bucket/notes").await.expect("the bucket");
    assert_eq!((made.get("dropped"), &made["version"]["N"]), (None, &json!("3")));
    let acl = Call::bucket("GET", "demo", "notes").path("/api/apps/demo/buckets/notes/acl").bearer(&administrator);
    assert!(installation.answer(&acl).await.body.contains("ANY_AUTHENTICATED_USER"), "the ACL of the new bucket");
    assert_eq!(installation.answer(&Call::bucket("DELETE", "demo", "notes").bearer(&alice)).await.status, 204);
    let dropped = installation.item("demo", "bucket/notes").await.expect("the bucket");
    assert_eq!((&dropped["generation"], &dropped["version"]["N"]), (&made["generation"], &json!("4")));
    assert!(dropped.get("dropped").is_some());
}
