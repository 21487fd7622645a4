//! Which index answers which query.

use pail::model::index::RuleState;
use pail_testing::Installation;
use serde_json::{Value, json};

use super::stage::{fill_all, give, rules};
use crate::queries::stage::{as_administrator, call, filled};

/// How a query is answered with these indexes.
async fn plan(installation: &Installation, query: &Value) -> String {
    let body = json!({"bucketQuery": query, "explain": true}).to_string();
    let answer = installation.answer(&as_administrator(call(body))).await;
    answer.json()["explain"]["plan"].as_str().unwrap_or_else(|| panic!("{query}: {answer:?}")).to_owned()
}

async fn with_indexes(fields: &[&str], state: RuleState) -> Installation {
    let installation = filled(&[r#"{"a":1,"b":"x","c":true}"#, r#"{"a":2}"#, "{}"]).await;
    let indexes = rules(fields, state);
    give(&installation, indexes.clone()).await;
    fill_all(&installation, &indexes).await;
    installation
}

fn eq(field: &str, value: impl Into<Value>) -> Value {
    json!({"type": "eq", "field": field, "value": value.into()})
}

fn from(field: &str, value: impl Into<Value>) -> Value {
    json!({"type": "range", "field": field, "lowerLimit": value.into()})
}

#[tokio::test]
async fn an_index_serves_what_fixes_its_first_fields_and_asks_for_a_range_a_prefix_or_the_order_of_the_next() {
    let and = |clauses: Value| json!({"type": "and", "clauses": clauses});
    let twenty_one: Vec<u32> = (0..21).collect();
    for (indexes, query, expected) in [
        (&["a"][..], json!({"clause": eq("a", 1)}), "index a"),
        (&["a"], json!({"clause": from("a", 1)}), "index a"),
        (&["b"], json!({"clause": {"type": "prefix", "field": "b", "prefix": "x"}}), "index b"),
        (&["a"], json!({"orderBy": "a"}), "index a"),
        (&["a"], json!({"orderBy": "a", "descending": true}), "index a"),
        (&["a"], json!({"clause": {"type": "in", "field": "a", "values": [1, "x"]}, "orderBy": "a"}), "index a"),
        (&["a,b"], json!({"clause": eq("a", 1), "orderBy": "b"}), "index a,b"),
        (&["a,b"], json!({"clause": {"type": "in", "field": "a", "values": [1, 2]}, "orderBy": "b"}), "index a,b"),
        (&["a,_created"], json!({"clause": eq("a", 1)}), "index a,_created"),
        (&["a,_created"], json!({"orderBy": "a"}), "index a,_created"),
        (&["a"], json!({"clause": eq("a", 1), "orderBy": "_created"}), "index a"),
        (&["_created"], json!({}), "index _created"),
        (&["a"], json!({"clause": and(json!([eq("a", 1), eq("b", "x")]))}), "index a"),
        // The index of which more fields are fixed, and of two the shorter.
        (&["a", "a,b"], json!({"clause": and(json!([eq("a", 1), eq("b", "x")]))}), "index a,b"),
        (&["a,b", "a"], json!({"clause": eq("a", 1)}), "index a"),
        // What an index does not serve.
        (&["a"], json!({}), "scan"),
        (&["a"], json!({"clause": eq("b", "x")}), "scan"),
        (&["a"], json!({"orderBy": "b"}), "scan"),
        (&["a"], json!({"clause": eq("a", 1), "orderBy": "b"}), "scan"),
        (&["a,b"], json!({"orderBy": "a"}), "scan"),
        (&["a,b"], json!({"orderBy": "b"}), "scan"),
        (&["a"], json!({"clause": {"type": "not", "clause": eq("a", 1)}}), "scan"),
        (&["a"], json!({"clause": {"type": "or", "clauses": [eq("a", 1), eq("b", "x")]}}), "scan"),
        (&["a"], json!({"clause": {"type": "in", "field": "a", "values": twenty_one}}), "scan"),
        (&["a"], json!({"clause": {"type": "hasField", "field": "a", "fieldType": "INTEGER"}}), "scan"),
    ] {
        let installation = with_indexes(indexes, RuleState::Ready).await;
        assert_eq!(plan(&installation, &query).await, expected, "{indexes:?}: {query}");
    }
}

#[tokio::test]
async fn no_query_uses_an_index_that_is_being_made_or_dropped() {
    for state in [RuleState::Building, RuleState::Retiring] {
        let installation = with_indexes(&["a"], state).await;
        assert_eq!(plan(&installation, &json!({"clause": eq("a", 1)})).await, "scan");
    }
}

#[tokio::test]
async fn an_explained_query_by_an_index_shows_what_was_read() {
    let installation = with_indexes(&["a"], RuleState::Ready).await;
    let body = json!({"bucketQuery": {"clause": from("a", 1)}, "explain": true}).to_string();
    let explained = installation.answer(&as_administrator(call(body))).await.json()["explain"].clone();
    assert_eq!((&explained["plan"], &explained["entriesRead"]), (&json!("index a"), &json!(2)), "{explained}");
    assert_eq!((&explained["itemsRead"], &explained["storageCalls"]), (&json!(2), &json!(3)), "{explained}");
    assert!(explained["readUnits"].as_f64() > Some(0.0), "{explained}");
}
