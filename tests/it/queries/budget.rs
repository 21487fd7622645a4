//! What a query may read, and how long it may take.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::{call, grant, ids, walk};
use crate::indexes::stage::{fill_all, give, rules};
use pail::model::index::RuleState;
use pail_testing::Installation;
use pail_testing::fixtures::object_item;

/// A bucket with so many objects of about 4 KB, in an installation whose requests read 1 MB.
async fn large(objects: usize) -> Installation {
    let installation = Installation::with(|settings| settings.scan_megabytes = 1).await;
    grant(&installation, "notes").await;
    let text = "x".repeat(3_600);
    let item = |at: usize| {
        let content = format!(r#"{{"n":{at},"text":"{text}"}}"#);
        object_item("demo", "notes", &format!("object-{at:05}"), &content)
    };
    let items: Vec<_> = (0..objects).map(item).collect();
    installation.put_all(&items).await;
    installation
}

fn eq(value: usize) -> Value {
    json!({"bucketQuery": {"clause": {"type": "eq", "field": "n", "value": value}}})
}

#[tokio::test]
async fn a_query_that_needs_the_whole_bucket_is_refused_where_that_is_too_large() {
    let installation = large(600).await;
    let count = json!([{"type": "COUNT", "putAggregationInto": "n"}]);
    for query in [
        json!({"orderBy": "n"}),
        json!({"aggregations": count}),
        json!({"aggregations": count, "clause": {"type": "eq", "field": "n", "value": 1}}),
    ] {
        let refused =
            installation.refused(&call(json!({"bucketQuery": query}).to_string()), 400, "QUERY_NOT_SUPPORTED").await;
        assert!(refused.text("message").contains("1 MB"), "{refused:?}");
    }
}

#[tokio::test]
async fn the_refusal_names_the_index_that_would_serve_the_query() {
    let installation = large(600).await;
    let and = |clauses: Value| json!({"type": "and", "clauses": clauses});
    let ten = |field: &str| json!({"type": "in", "field": field, "values": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]});
    let (team, range) =
        (json!({"type": "eq", "field": "team", "value": 1}), json!({"type": "range", "field": "n", "lowerLimit": 1}));
    for (query, fields) in [
        (json!({"orderBy": "n"}), Some("n")),
        (json!({"orderBy": "n", "clause": team}), Some("team,n")),
        (json!({"orderBy": "_created", "clause": and(json!([range, team]))}), Some("team,_created")),
        (json!({"orderBy": "it's"}), Some(r"'it'\''s'")),
        (json!({"orderBy": "n", "clause": {"type": "not", "clause": team}}), Some("n")),
        // An index is read by 20 ranges at most, so that one on all three fields would not serve this.
        (json!({"orderBy": "n", "clause": and(json!([ten("team"), ten("text")]))}), Some("text,n")),
        (
            json!({"orderBy": "_calculated.d", "clause": {"type": "geodistance", "field": "p", "putDistanceInto": "d", "radius": 5,
            "center": {"_type": "point", "lat": 0, "lon": 0}}}),
            None,
        ),
    ] {
        let refused =
            installation.refused(&call(json!({"bucketQuery": query}).to_string()), 400, "QUERY_NOT_SUPPORTED").await;
        let message = refused.text("message");
        match fields {
            Some(fields) => {
                let command = format!("`pail index create --app demo --scope app --bucket notes --fields {fields}`");
                assert!(message.contains(&command), "{query}: {message}");
            }
            None => assert!(message.contains("begin again without orderBy"), "{query}: {message}"),
        }
    }
}

#[tokio::test]
async fn an_index_answers_what_is_too_large_to_be_read_whole() {
    let installation = large(600).await;
    let indexes = rules(&["n", "text"], RuleState::Ready);
    give(&installation, indexes.clone()).await;
    fill_all(&installation, &indexes).await;
    let expected: Vec<String> = (0..600).rev().map(|at| format!("object-{at:05}")).collect();
    let by_n = json!({"bucketQuery": {"orderBy": "n", "descending": true}});
    assert_eq!(walk(&installation, &by_n, 150).await.concat(), expected);
    // One that finds few goes on from page to page.
    let few = json!({"bucketQuery": {"orderBy": "n", "clause": {"type": "not", "clause": {"type": "range", "field": "n", "upperLimit": 598}}}});
    let pages = walk(&installation, &few, 50).await;
    assert!(pages.len() > 1 && pages.iter().rev().skip(1).all(Vec::is_empty), "{pages:?}");
    assert_eq!(pages.concat(), ["object-00599"]);
}

#[tokio::test]
async fn other_queries_go_on_from_page_to_page_and_find_everything() {
    let installation = large(600).await;
    let pages = walk(&installation, &eq(599), 50).await;
    assert!(pages.len() > 1 && pages.iter().rev().skip(1).all(Vec::is_empty), "{pages:?}");
    assert_eq!(pages.concat(), ["object-00599"]);
    let expected: Vec<String> = (0..600).map(|at| format!("object-{at:05}")).collect();
    assert_eq!(walk(&installation, &json!({"bucketQuery": {}}), 200).await.concat(), expected);
}

#[tokio::test]
async fn a_walk_in_the_order_of_creation_ends_where_the_bucket_outgrows_the_budget() {
    let installation = large(100).await;
    let mut body = json!({"bucketQuery": {}, "bestEffortLimit": 10});
    let first = installation.answer(&call(body.to_string())).await;
    let text = "x".repeat(60_000);
    for at in 0..20 {
        installation
            .put(object_item("demo", "notes", &format!("later-{at}"), &format!(r#"{{"text":"{text}"}}"#)))
            .await;
    }
    body["paginationKey"] = first.text("nextPaginationKey").into();
    installation.refused(&call(body.to_string()), 400, "QUERY_NOT_SUPPORTED").await;
}

#[tokio::test]
async fn a_query_without_time_for_its_first_page_ends_in_503() {
    let mut installation = large(3).await;
    installation.time_left = Duration::from_secs(2);
    for query in [json!({}), json!({"orderBy": "n"})] {
        let refused =
            installation.refused(&call(json!({"bucketQuery": query}).to_string()), 503, "QUERY_TIMEOUT").await;
        assert_eq!(refused.header("retry-after"), "1");
    }
    installation.time_left = Duration::from_secs(28);
    assert_eq!(ids(&installation.answer(&call(eq(1).to_string())).await), ["object-00001"]);
}
