//! `GET` on a collection: the query that every object matches.

use serde_json::json;

use super::stage::{call, filled, ids};
use pail_testing::{Call, Gateway};

fn get(query: &str) -> Call {
    let path = format!("/api/apps/demo/buckets/notes/objects{query}");
    call("").method("GET").path(&path)
}

#[tokio::test]
async fn a_collection_is_listed_as_a_query_would() {
    let installation = filled(&[r#"{"a":3}"#, r#"{"a":1}"#, r#"{"a":2}"#]).await;
    for gateway in Gateway::ALL {
        for (query, expected) in [
            ("", ["o0", "o1", "o2"]),
            ("?orderBy=a", ["o1", "o2", "o0"]),
            ("?orderBy=a&descending=true", ["o0", "o2", "o1"]),
            ("?orderBy=a&descending=false&bestEffortLimit=3", ["o1", "o2", "o0"]),
            ("?descending=true&other=1", ["o0", "o1", "o2"]),
        ] {
            let answer = installation.answer(&get(query).through(gateway)).await;
            assert_eq!(
                (ids(&answer), answer.json().get("nextPaginationKey")),
                (expected.map(str::to_owned).into(), None)
            );
        }
    }
    let head = installation.answer(&get("").method("HEAD")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn pages_of_a_collection_and_of_the_same_query_are_the_same() {
    let installation = filled(&[r#"{"a":3}"#, r#"{"a":1}"#, r#"{"a":2}"#]).await;
    let first = installation.answer(&get("?orderBy=a&bestEffortLimit=1")).await;
    assert_eq!(ids(&first), ["o1"]);
    let key = first.text("nextPaginationKey");
    let second = installation.answer(&get(&format!("?orderBy=a&bestEffortLimit=1&paginationKey={key}"))).await;
    assert_eq!(ids(&second), ["o2"]);
    let body = json!({"bucketQuery": {"clause": {"type": "all"}, "orderBy": "a"}, "paginationKey": key});
    assert_eq!(ids(&installation.answer(&call(body.to_string())).await), ["o2", "o0"]);
}

#[tokio::test]
async fn a_mistake_in_the_query_string_is_refused_with_the_parameter() {
    let installation = filled(&[]).await;
    for (query, field) in [
        ("?descending=yes", "descending"),
        ("?descending=", "descending"),
        ("?descending=true&descending=true", "descending"),
        ("?orderBy=a&orderBy=b", "orderBy"),
        ("?bestEffortLimit=ten", "bestEffortLimit"),
        ("?bestEffortLimit=1.5", "bestEffortLimit"),
        ("?paginationKey=x&paginationKey=y", "paginationKey"),
    ] {
        let refused = installation.refused_unread(&get(query), 400, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.text("field"), field, "{query}");
    }
    for query in ["?paginationKey=", "?paginationKey=x"] {
        let refused = installation.refused(&get(query), 400, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.text("field"), "paginationKey", "{query}");
    }
}
