//! Listing the buckets of a scope.

use serde_json::json;

use crate::objects::stage::{HOMES, Home, Stage};
use pail_testing::fixtures::{bucket_item, dropped};
use pail_testing::{Call, Gateway, callers};

fn list(home: &Home, query: &str) -> Call {
    let path = format!("/api/apps/{}/buckets{query}", home.scope);
    Call::bucket("GET", home.scope, "notes").path(&path).bearer(&callers::administrator("operator"))
}

#[tokio::test]
async fn the_buckets_of_a_scope_are_listed_by_code_point_without_those_of_other_scopes_and_those_dropped() {
    for home in &HOMES {
        let stage = Stage::object(home, "{}").await;
        for id in ["Zebra", "apple", "banana-1", "banana_1", "00"] {
            stage.put(bucket_item(home.scope, id, &json!({}))).await;
            stage.put(bucket_item("demo/users/zoe", id, &json!({}))).await;
        }
        stage.put(dropped(bucket_item(home.scope, "gone", &json!({})))).await;
        stage.put_scope_acl(home.scope, json!({})).await;
        let expected = ["00", "Zebra", "apple", "banana-1", "banana_1", "notes"];
        for gateway in Gateway::ALL {
            let page = stage.answer(&list(home, "").through(gateway)).await;
            assert_eq!((page.status, page.json()), (200, json!({"bucketIDs": expected})));
        }
        let head = stage.answer(&list(home, "").method("HEAD")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
    }
}

#[tokio::test]
async fn a_scope_without_buckets_has_an_empty_list() {
    for home in &HOMES {
        let stage = Stage::empty(home).await;
        assert_eq!(stage.answer(&list(home, "")).await.body, r#"{"bucketIDs":[]}"#);
    }
}

#[tokio::test]
async fn pages_hold_200_buckets_and_give_each_once() {
    let home = &HOMES[0];
    let stage = Stage::empty(home).await;
    let ids: Vec<String> = (0..405).map(|at| format!("bucket-{at:03}")).collect();
    for (at, id) in ids.iter().enumerate() {
        let bucket = bucket_item(home.scope, id, &json!({}));
        stage.put(if at % 81 == 80 { dropped(bucket) } else { bucket }).await;
    }
    let expected: Vec<&String> = ids.iter().enumerate().filter(|(at, _)| at % 81 != 80).map(|(_, id)| id).collect();
    for gateway in Gateway::ALL {
        let (mut found, mut query, mut sizes) = (Vec::new(), String::new(), Vec::new());
        loop {
            let page = stage.answer(&list(home, &query).through(gateway)).await.json();
            let ids: Vec<String> = serde_json::from_value(page["bucketIDs"].clone()).expect("IDs");
            sizes.push(ids.len());
            found.extend(ids);
            match page["nextPaginationKey"].as_str() {
                Some(key) => query = format!("?paginationKey={key}"),
                None => break,
            }
        }
        assert_eq!((found.iter().collect::<Vec<_>>(), sizes), (expected.clone(), vec![200, 200]));
    }
}

#[tokio::test]
async fn a_pagination_key_that_no_page_gave_is_refused() {
    let home = &HOMES[0];
    let stage = Stage::empty(home).await;
    for query in [
        "?paginationKey=",
        "?paginationKey=_x",
        "?paginationKey=rw:notes",
        "?paginationKey=a%2Fb",
        "?paginationKey=ab&paginationKey=cd",
    ] {
        let refused = stage.refused_unread(&list(home, query), 400, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.text("field"), "paginationKey", "{query}");
    }
    assert_eq!(stage.answer(&list(home, "?other=1&paginationKey=ab")).await.status, 200);
}

#[tokio::test]
async fn the_administrator_and_whose_scope_it_is_may_list_and_nobody_else() {
    for home in &HOMES {
        let stage = Stage::object(home, "{}").await;
        let own = stage.answer(&list(home, "").bearer(&(home.token)())).await;
        let owns = ["demo/users/alice", "demo/things/sensor-1"].contains(&home.scope);
        assert_eq!(own.status, if owns { 200 } else { 401 }, "{}", home.scope);
        stage.refuses(&list(home, "").bearer(&callers::user("mallory")), 401, "UNAUTHORIZED").await;
        stage.refuses(&list(home, "").basic("demo", "demo-key"), 401, "UNAUTHORIZED").await;
    }
    let stage = Stage::object(&HOMES[1], "{}").await;
    let mine = list(&HOMES[1], "").path("/api/apps/demo/users/me/buckets").bearer(&callers::user("alice"));
    assert_eq!(stage.answer(&mine).await.body, r#"{"bucketIDs":["notes"]}"#);
}
