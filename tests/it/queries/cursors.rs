//! Pagination keys: sealed, and bound to query and bucket.

use serde_json::{Value, json};

use super::stage::{call, filled, grant, ids};
use crate::indexes::stage::{fill_all, give, rules};
use pail::model::index::RuleState;
use pail_testing::fixtures::object_item;
use pail_testing::random::cases;
use pail_testing::{Call, Installation, app, figure};

fn range(limit: u32) -> Value {
    json!({"clause": {"type": "range", "field": "age", "lowerLimit": limit, "lowerIncluded": false}, "orderBy": "age"})
}

fn page(query: &Value, key: &Value) -> Call {
    call(json!({"bucketQuery": query, "bestEffortLimit": 2, "paginationKey": key}).to_string())
}

async fn stage() -> (Installation, Value) {
    let contents: Vec<String> = (0..9).map(|at| format!(r#"{{"age":{},"secret":"hidden"}}"#, at * 20)).collect();
    let installation = filled(&contents.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = installation.answer(&page(&range(0), &Value::Null)).await;
    assert_eq!(ids(&first), ["o1", "o2"]);
    let key = first.json()["nextPaginationKey"].clone();
    (installation, key)
}

#[tokio::test]
async fn a_key_is_good_for_the_same_query_however_it_is_spelled() {
    let (installation, key) = stage().await;
    for spelled in [
        r#"{"orderBy":"age","descending":false,"clause":{"lowerIncluded":"false","lowerLimit":0.0,"field":"age","type":"range"}}"#,
        r#"{ "clause" : {"type":"r\u0061nge","field":"age","lowerLimit":-0e5,"lowerIncluded":false,"more":1}, "orderBy":"age" }"#,
    ] {
        let body = format!(r#"{{"bucketQuery":{spelled},"bestEffortLimit":3,"paginationKey":{key}}}"#);
        assert_eq!(ids(&installation.answer(&call(body)).await), ["o3", "o4", "o5"]);
    }
}

#[tokio::test]
async fn a_key_is_refused_with_another_query_or_bucket_or_app() {
    let (installation, key) = stage().await;
    let refused = async |call: &Call| {
        let refused = installation.refused(call, 400, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.text("field"), "paginationKey");
    };
    let changed = |member: &str, value: Value| {
        let mut query = range(0);
        query[member] = value;
        query
    };
    for query in [
        range(90),
        changed("orderBy", json!("secret")),
        changed("descending", json!(true)),
        changed("clause", json!({"type": "all"})),
        changed("orderBy", Value::Null),
        json!({}),
    ] {
        refused(&page(&query, &key)).await;
    }
    grant(&installation, "others").await;
    let mut item = installation.item("demo", "bucket/others").await.expect("the bucket");
    item["generation"]["S"] = "f".repeat(32).into();
    installation.put(item).await;
    refused(&page(&range(0), &key).path("/api/apps/demo/buckets/others/query")).await;
    refused(&page(&range(0), &key).path("/api/apps/demo/buckets/missing/query")).await;
    installation.put_app(app("other")).await;
    let other = page(&range(0), &key).path("/api/apps/other/buckets/notes/query").basic("other", "other-key");
    refused(&other).await;
    refused(&page(&range(0), &json!(""))).await;
}

#[tokio::test]
async fn a_key_ends_with_its_bucket() {
    let (installation, key) = stage().await;
    installation.drop_bucket().await;
    let mut item = pail_testing::bucket_item(
        "demo",
        "notes",
        &json!({
            "QUERY_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"], "READ_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"],
        }),
    );
    item["generation"]["S"] = "e".repeat(32).into();
    installation.put(item).await;
    installation.refused(&page(&range(0), &key), 400, "INVALID_INPUT_DATA").await;
}

#[tokio::test]
async fn a_key_shows_nothing_of_the_object_it_stands_at() {
    let (installation, key) = stage().await;
    let second = installation.answer(&page(&range(0), &Value::Null)).await.json()["nextPaginationKey"].clone();
    assert_ne!(key, second, "each key is sealed anew");
    let key = key.as_str().expect("a key");
    for shown in ["o2", "age", "40"] {
        assert!(!key.contains(shown) || shown.len() == 2, "{key}");
    }
}

/// An installation, a query and the key of its second page, for each kind of position: by a scan, by an index in the order
/// that is asked for, and in that of the index itself.
async fn kinds() -> Vec<(Installation, Value, String)> {
    let unordered = json!({"clause": range(0)["clause"]});
    let mut kinds = Vec::new();
    for (query, fields) in [(range(0), &[][..]), (range(0), &["age"]), (unordered, &["age"])] {
        let (installation, _) = stage().await;
        let indexes = rules(fields, RuleState::Ready);
        give(&installation, indexes.clone()).await;
        fill_all(&installation, &indexes).await;
        let first = installation.answer(&page(&query, &Value::Null)).await.json();
        let key = first["nextPaginationKey"].as_str().expect("a key").to_owned();
        kinds.push((installation, query, key));
    }
    kinds
}

#[tokio::test]
async fn a_mutated_key_is_refused_and_a_mutated_body_gets_an_honest_page_or_a_refusal() {
    let kinds = kinds().await;
    for (_case, mut random) in cases(figure(500, 1_000_000)) {
        let (installation, query, key) = &kinds[random.below(kinds.len())];
        let body = json!({"bucketQuery": query, "bestEffortLimit": 2, "paginationKey": key}).to_string();
        let mut mutated = key.clone().into_bytes();
        let at = random.below(mutated.len());
        match random.below(3) {
            0 => mutated[at] = *random.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ "),
            1 => drop(mutated.remove(at)),
            _ => mutated.insert(at, b'A'),
        }
        let mutated = String::from_utf8(mutated).expect("ASCII");
        if mutated != *key {
            installation.refused(&page(query, &json!(mutated)), 400, "INVALID_INPUT_DATA").await;
        }
        let mut text = body.into_bytes();
        for _ in 0..1 + random.below(3) {
            let at = random.below(text.len());
            text[at] = *random.pick(br#"{}[]":,0123456789aelrt"#);
        }
        let answer = installation.answer(&call(text.clone())).await;
        let shown = String::from_utf8_lossy(&text);
        assert!([200, 400].contains(&answer.status), "{shown}: {answer:?}");
        if answer.status == 200 && answer.json().get("results").is_some() {
            assert!(ids(&answer).iter().all(|id| id.starts_with('o')), "{shown}: {answer:?}");
        }
        // The wire keeps all calls until they are taken.
        installation.wire.take_sent();
    }
}

/// Rights are judged anew with each page.
#[tokio::test]
async fn a_key_of_one_caller_shows_another_only_what_he_may_read() {
    let installation = Installation::start().await;
    let acl =
        json!({"QUERY_OBJECTS_IN_BUCKET": ["UserID:alice", "UserID:bob"], "READ_OBJECTS_IN_BUCKET": ["UserID:alice"]});
    installation.put_bucket("demo/groups/crew", "notes", acl).await;
    for at in 0..6 {
        let mut item = object_item("demo/groups/crew", "notes", &format!("o{at}"), "{}");
        item["acl"] = pail_testing::items::acl(
            &json!({"READ_EXISTING_OBJECT": if at % 2 == 0 { ["UserID:bob"] } else { ["UserID:carol"] }}),
        );
        installation.put(item).await;
    }
    let of = |user: &str, key: &Value| {
        let call = page(&json!({"orderBy": "_id"}), key).path("/api/apps/demo/groups/crew/buckets/notes/query");
        call.bearer(&pail_testing::callers::user(user))
    };
    let first = installation.answer(&of("alice", &Value::Null)).await;
    assert_eq!(ids(&first), ["o0", "o1"]);
    let key = first.json()["nextPaginationKey"].clone();
    assert_eq!(ids(&installation.answer(&of("alice", &key)).await), ["o2", "o3"]);
    let of_bob = installation.answer(&of("bob", &key)).await;
    assert_eq!((ids(&of_bob), of_bob.json().get("nextPaginationKey")), (vec!["o2".to_owned(), "o4".to_owned()], None));
    installation.refused(&of("carol", &key), 401, "UNAUTHORIZED").await;
}
