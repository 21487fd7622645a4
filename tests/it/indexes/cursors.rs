//! Pages of a query by an index, and what becomes of a walk when the index does.

use pail::model::index::RuleState;
use pail_testing::Installation;
use serde_json::{Value, json};

use super::stage::{fill_all, give, rules};
use crate::queries::stage::{call, filled, ids};

/// Nine objects in three teams, whose numbers are not in the order of creation.
async fn start() -> Installation {
    let contents: Vec<String> = (0..9).map(|at| format!(r#"{{"n":{},"team":"t{}"}}"#, (at * 4) % 9, at % 3)).collect();
    filled(&contents.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Gives the app these indexes, whose numbers come after so many others.
async fn give_ready_after(installation: &Installation, others: u32, fields: &[&str]) {
    let mut indexes = rules(fields, RuleState::Ready);
    indexes.rules.iter_mut().for_each(|rule| rule.number.0 += others);
    give(installation, indexes.clone()).await;
    fill_all(installation, &indexes).await;
}

async fn give_ready(installation: &Installation, fields: &[&str]) {
    give_ready_after(installation, 0, fields).await;
}

/// A page of two hits, and the key of the next.
async fn page(installation: &Installation, query: &Value, key: &Value) -> (Vec<String>, Value) {
    let body = json!({"bucketQuery": query, "bestEffortLimit": 2, "paginationKey": key});
    let answer = installation.answer(&call(body.to_string())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    (ids(&answer), answer.json()["nextPaginationKey"].clone())
}

#[tokio::test]
async fn a_walk_in_an_order_goes_on_when_indexes_come_and_go() {
    let installation = start().await;
    let by_n = |n: usize| format!("o{}", (0..9).find(|at| (at * 4) % 9 == n).expect("an object"));
    for descending in [false, true] {
        let (query, mut key, mut found) = (json!({"orderBy": "n", "descending": descending}), Value::Null, Vec::new());
        for (others, fields) in (10 * u32::from(descending)..).zip([&[][..], &["n"], &["n,_created"], &[], &["n"]]) {
            give_ready_after(&installation, others, fields).await;
            let (hits, next) = page(&installation, &query, &key).await;
            found.extend(hits);
            key = next;
        }
        let mut expected: Vec<String> = (0..9).map(by_n).collect();
        if descending {
            expected.reverse();
        }
        assert_eq!((found, key), (expected, Value::Null));
    }
}

#[tokio::test]
async fn a_walk_without_an_order_ends_with_its_index() {
    let installation = start().await;
    give_ready(&installation, &["team,n"]).await;
    let query = json!({"clause": {"type": "in", "field": "team", "values": ["t0", "t2"]}});
    let (mut found, mut key) = page(&installation, &query, &Value::Null).await;
    let first = key.clone();
    while !key.is_null() {
        let (hits, next) = page(&installation, &query, &key).await;
        found.extend(hits);
        key = next;
    }
    found.sort();
    assert_eq!(found, ["o0", "o2", "o3", "o5", "o6", "o8"]);
    for indexes in [rules(&["n"], RuleState::Ready), rules(&["team,n"], RuleState::Retiring)] {
        give(&installation, indexes).await;
        let body = json!({"bucketQuery": query, "paginationKey": first}).to_string();
        let refused = installation.refused(&call(body), 400, "QUERY_NOT_SUPPORTED").await;
        assert!(refused.text("message").contains("begin again without paginationKey"), "{refused:?}");
    }
}

#[tokio::test]
async fn an_exactly_full_last_page_has_no_key() {
    let installation = start().await;
    give_ready(&installation, &["team,n"]).await;
    let query = json!({"clause": {"type": "eq", "field": "team", "value": "t1"}, "orderBy": "n"});
    let (_, key) = page(&installation, &query, &Value::Null).await;
    assert_eq!(page(&installation, &query, &key).await.1, Value::Null);
    let whole = json!({"bucketQuery": query, "bestEffortLimit": 3}).to_string();
    let answer = installation.answer(&call(whole)).await;
    assert_eq!((ids(&answer).len(), answer.json().get("nextPaginationKey")), (3, None));
}

#[tokio::test]
async fn a_key_of_a_query_by_an_index_is_the_key_of_no_other_query() {
    let installation = start().await;
    give_ready(&installation, &["n", "team"]).await;
    let range = |lower: u32| json!({"type": "range", "field": "n", "lowerLimit": lower});
    let (_, key) = page(&installation, &json!({"clause": range(0)}), &Value::Null).await;
    for query in [
        json!({"clause": range(5)}),
        json!({"clause": range(0), "orderBy": "n"}),
        json!({"clause": {"type": "prefix", "field": "team", "prefix": "t"}}),
        json!({}),
    ] {
        let body = json!({"bucketQuery": query, "paginationKey": key}).to_string();
        installation.refused(&call(body), 400, "INVALID_INPUT_DATA").await;
    }
}
