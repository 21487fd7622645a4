//! The order of hits.

use serde_json::json;

use super::stage::{filled, found, walk};
use pail_testing::Installation;

fn by(field: &str, descending: bool) -> String {
    json!({"bucketQuery": {"orderBy": field, "descending": descending}}).to_string()
}

async fn check_both_directions(installation: &Installation, field: &str, ascending: &[&str]) {
    assert_eq!(found(installation, &by(field, false)).await, ascending);
    let descending: Vec<&str> = ascending.iter().rev().copied().collect();
    assert_eq!(found(installation, &by(field, true)).await, descending);
}

#[tokio::test]
async fn all_values_are_in_one_order_and_nothing_is_left_out() {
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(191));
    let installation = filled(&[
        r#"{"a":true}"#,
        r#"{"a":false}"#,
        r#"{"a":"b"}"#,
        r#"{"a":"a"}"#,
        r#"{"a":""}"#,
        r#"{"a":"é"}"#,
        r#"{"a":2}"#,
        r#"{"a":-1e400}"#,
        r#"{"a":1.5}"#,
        r#"{"a":null}"#,
        "{}",
        r#"{"a":[1]}"#,
        r#"{"a":{}}"#,
        &long,
        r#"{"a":1e99999}"#,
    ])
    .await;
    let ascending = ["o9", "o10", "o11", "o12", "o13", "o14", "o7", "o8", "o6", "o4", "o3", "o2", "o5", "o1", "o0"];
    check_both_directions(&installation, "a", &ascending).await;
}

#[tokio::test]
async fn equal_values_are_in_the_order_of_creation() {
    let installation = filled(&[r#"{"a":1}"#, r#"{"a":1.0}"#, r#"{"a":0}"#, r#"{"a":1e0}"#]).await;
    check_both_directions(&installation, "a", &["o2", "o0", "o1", "o3"]).await;
}

#[tokio::test]
async fn hits_come_in_the_order_of_creation_unless_another_is_asked_for() {
    let installation = filled(&["{}"; 12]).await;
    let expected: Vec<String> = (0..12).map(|at| format!("o{at}")).collect();
    assert_eq!(found(&installation, r#"{"bucketQuery":{}}"#).await, expected);
    assert_eq!(found(&installation, r#"{"bucketQuery":{"descending":true}}"#).await, expected);
    check_both_directions(
        &installation,
        "_id",
        &["o0", "o1", "o10", "o11", "o2", "o3", "o4", "o5", "o6", "o7", "o8", "o9"],
    )
    .await;
}

#[tokio::test]
async fn equal_values_over_many_pages_give_each_object_once_in_the_same_order_each_time() {
    let installation = filled(&[r#"{"p":1}"#; 300]).await;
    let body = json!({"bucketQuery": {"orderBy": "p"}});
    let pages = walk(&installation, &body, 7).await;
    let expected: Vec<String> = (0..300).map(|at| format!("o{at}")).collect();
    assert_eq!(pages.concat(), expected);
    assert_eq!(walk(&installation, &body, 7).await, pages);
}
