//! Who may query, and what shows. The matrix of all callers is in the suite of rights.

use serde_json::json;

use super::stage::{bucket, call, ids};
use pail_testing::fixtures::object_item;
use pail_testing::{Installation, callers, items};

#[tokio::test]
async fn an_app_key_may_query_buckets_of_the_app_scope_by_default_and_no_users() {
    let installation = bucket().await;
    let of = |path: &str| call(r#"{"bucketQuery":{}}"#).path(path);
    for path in ["/api/apps/demo/buckets/notes/query", "/api/apps/demo/buckets/missing/query"] {
        let by_headers =
            of(path).without("authorization").header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key");
        for call in [of(path), by_headers] {
            assert_eq!(installation.answer(&call).await.status, 200, "{path}");
        }
    }
    let users = of("/api/apps/demo/users/alice/buckets/notes/query");
    installation.refused(&users, 401, "UNAUTHORIZED").await;
    installation.refused(&users.clone().bearer(&callers::user("bob")), 401, "UNAUTHORIZED").await;
    assert_eq!(installation.answer(&users.bearer(&callers::user("alice"))).await.status, 200);
    let mine = of("/api/apps/demo/users/me/buckets/notes/query").bearer(&callers::user("alice"));
    assert_eq!(installation.answer(&mine).await.status, 200);
}

#[tokio::test]
async fn what_is_not_readable_never_shows() {
    let installation = Installation::start().await;
    let acl = json!({"QUERY_OBJECTS_IN_BUCKET": ["UserID:bob"]});
    installation.put_bucket("demo/users/alice", "notes", acl).await;
    for (at, acl) in
        [json!({"READ_EXISTING_OBJECT": ["UserID:bob"]}), json!({}), json!({"WRITE_EXISTING_OBJECT": ["UserID:bob"]})]
            .iter()
            .enumerate()
    {
        let mut item = object_item("demo/users/alice", "notes", &format!("o{at}"), r#"{"n":1}"#);
        item["acl"] = items::acl(acl);
        installation.put(item).await;
    }
    let mut unreadable = object_item("demo/users/alice", "notes", "o3", r#"{"n":1}"#);
    unreadable["acl"] = json!({"S": "an ACL is a map"});
    installation.put(unreadable).await;
    let bob =
        |body: &str| call(body).path("/api/apps/demo/users/alice/buckets/notes/query").bearer(&callers::user("bob"));
    for body in [
        r#"{"bucketQuery":{}}"#,
        r#"{"bucketQuery":{"orderBy":"n"},"bestEffortLimit":1}"#,
        r#"{"bucketQuery":{"clause":{"type":"eq","field":"n","value":1}}}"#,
    ] {
        let answer = installation.answer(&bob(body)).await;
        assert_eq!((ids(&answer), answer.json().get("nextPaginationKey")), (vec!["o0".to_owned()], None), "{body}");
    }
    installation.put_bucket("demo/users/alice", "notes", json!({"QUERY_OBJECTS_IN_BUCKET": ["UserID:carol"]})).await;
    let carol = bob(r#"{"bucketQuery":{}}"#).bearer(&callers::user("carol"));
    assert_eq!(ids(&installation.answer(&carol).await), Vec::<String>::new());
}

#[tokio::test]
async fn only_the_administrator_may_ask_how_a_query_was_answered() {
    let installation = bucket().await;
    installation.put(object_item("demo", "notes", "o1", "{}")).await;
    let explained = call(r#"{"bucketQuery":{},"explain":true}"#);
    installation.refused(&explained, 401, "UNAUTHORIZED").await;
    installation.refused(&explained.clone().bearer(&callers::user("alice")), 401, "UNAUTHORIZED").await;
    let answer = installation.answer(&explained.bearer(&callers::administrator("operator"))).await.json();
    let mut explain = answer["explain"].clone();
    assert!(explain["milliseconds"].is_f64());
    explain.as_object_mut().expect("an object").remove("milliseconds");
    assert_eq!(explain, json!({"plan": "scan", "itemsRead": 1, "entriesRead": 0, "readUnits": 1.0, "storageCalls": 2}));
}
