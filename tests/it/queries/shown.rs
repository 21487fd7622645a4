//! The form of an answer.

use serde_json::json;

use super::stage::{call, filled};
use pail_testing::{Call, Gateway, NOW};

#[tokio::test]
async fn a_hit_is_shown_as_get_shows_the_object() {
    let installation = filled(&[r#"{"a":1.0,"\u0062":"50% \u00e9","c":[1e400]}"#]).await;
    let get = installation.answer(&Call::object("GET", "demo", "notes", "o0").basic("demo", "demo-key")).await;
    let object = format!(
        r#"{{"a":1.0,"\u0062":"50% \u00e9","c":[1e400],"_id":"o0","_created":{},"_modified":{NOW},"_owner":"alice","_version":"1"}}"#,
        NOW - 1_000_000
    );
    assert_eq!(get.body, object);
    for gateway in Gateway::ALL {
        let answer = installation.answer(&call(r#"{"bucketQuery":{}}"#).through(gateway)).await;
        let escaped = object.replace('%', "\\u0025");
        assert_eq!(answer.body, format!(r#"{{"queryDescription":"WHERE ( 1 = 1 )","results":[{escaped}]}}"#));
        assert_eq!(answer.header("content-type"), "application/vnd.kii.QueryResponse+json;charset=UTF-8");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn what_was_written_is_found_by_the_next_query() {
    let installation = filled(&[]).await;
    let by = |method: &str| {
        let call =
            Call::object(method, "demo", "notes", "new").bearer(&pail_testing::callers::administrator("operator"));
        call.header("Content-Type", "application/json")
    };
    let found = async |value: u32| {
        let clause = json!({"type": "eq", "field": "n", "value": value});
        let answer = installation.answer(&call(json!({"bucketQuery": {"clause": clause}}).to_string())).await;
        super::stage::ids(&answer).len()
    };
    assert_eq!(installation.answer(&by("PUT").body(r#"{"n":1}"#)).await.status, 201);
    assert_eq!((found(1).await, found(2).await), (1, 0));
    assert_eq!(installation.answer(&by("PATCH").body(r#"{"n":2}"#)).await.status, 200);
    assert_eq!((found(1).await, found(2).await), (0, 1));
    assert_eq!(installation.answer(&by("DELETE")).await.status, 204);
    assert_eq!((found(1).await, found(2).await), (0, 0));
}
