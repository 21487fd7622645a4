//! Pages.

use serde_json::json;

use super::stage::{as_administrator, bucket, call, filled, ids, put, walk};
use pail_testing::Installation;
use pail_testing::fixtures::{deleted, object_item};

#[tokio::test]
async fn a_page_that_is_exactly_full_and_the_last_has_no_key() {
    let installation = filled(&["{}"; 20]).await;
    for order in [json!({}), json!({"orderBy": "_created"})] {
        let pages = walk(&installation, &json!({"bucketQuery": order}), 10).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10]);
    }
}

#[tokio::test]
async fn the_limit_is_a_number_or_its_digits_and_200_at_most() {
    let installation = filled(&["{}"; 201]).await;
    for (limit, hits) in [
        (json!(10), 10),
        (json!("10"), 10),
        (json!(1), 1),
        (json!(200), 200),
        (json!(0), 200),
        (json!(-1), 200),
        (json!("-5"), 200),
        (json!(3000), 200),
        (json!("99999999999999999999999999"), 200),
        (json!(null), 200),
    ] {
        let answer = installation.answer(&call(json!({"bucketQuery": {}, "bestEffortLimit": limit}).to_string())).await;
        assert_eq!(ids(&answer).len(), hits, "{limit}");
        assert!(answer.json()["nextPaginationKey"].is_string());
    }
}

#[tokio::test]
async fn a_walk_goes_on_with_another_limit_and_after_the_object_it_stands_at_was_deleted() {
    let installation = filled(&["{}"; 9]).await;
    for query in [json!({}), json!({"orderBy": "_created"}), json!({"orderBy": "missing", "descending": true})] {
        let first = installation.answer(&call(json!({"bucketQuery": query, "bestEffortLimit": 3}).to_string())).await;
        let last = ids(&first).pop().expect("a hit");
        installation.put(deleted(object_item("demo", "notes", &last, "{}"))).await;
        let mut next = json!({"bucketQuery": query, "paginationKey": first.text("nextPaginationKey")});
        let rest = installation.answer(&call(next.to_string())).await;
        assert_eq!((ids(&rest).len(), rest.json().get("nextPaginationKey")), (6, None), "{query}");
        next["bestEffortLimit"] = 5.into();
        assert_eq!(ids(&installation.answer(&call(next.to_string())).await), ids(&rest)[..5]);
        put(&installation, last[1..].parse().expect("a number"), "{}").await;
    }
}

#[tokio::test]
async fn an_emptied_bucket_has_an_empty_page_without_a_key() {
    let installation = bucket().await;
    installation.put(deleted(object_item("demo", "notes", "gone", "{}"))).await;
    let answer = installation.answer(&call(r#"{"bucketQuery":{}}"#)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"queryDescription":"WHERE ( 1 = 1 )","results":[]}"#));
}

#[tokio::test]
async fn an_answer_stays_below_4_megabytes_as_a_gateway_counts_it() {
    let installation = bucket().await;
    // Quotes and backslashes take two characters each in the function's answer.
    for (at, text) in ["x", "\\\"", "€", "%"].iter().cycle().take(80).enumerate() {
        let characters = if text.starts_with('\\') { 32_000 } else { 65_000 };
        put(&installation, at, &format!(r#"{{"text":"{}"}}"#, text.repeat(characters))).await;
    }
    let mut sizes = Vec::new();
    for query in [json!({}), json!({"orderBy": "_created"})] {
        let (mut body, mut found) = (json!({"bucketQuery": query}), Vec::new());
        loop {
            let event = as_administrator(call(body.to_string())).event().to_string();
            let response = installation.handle(&event).await;
            let size = serde_json::to_string(&response).expect("JSON").len();
            assert!(size < 6_000_000, "{size}");
            sizes.push(size);
            let answer: serde_json::Value = serde_json::from_str(&response.body).expect("JSON");
            found.extend(answer["results"].as_array().expect("results").iter().map(|hit| hit["_id"].clone()));
            match answer.get("nextPaginationKey") {
                Some(key) => body["paginationKey"] = key.clone(),
                None => break,
            }
        }
        let expected: Vec<String> = (0..80).map(|at| format!("o{at}")).collect();
        assert_eq!(found, expected);
    }
    assert!(sizes.iter().any(|size| *size > 3_000_000), "{sizes:?}");
}

/// A bucket with so many objects, of which every thousandth has `"hit":1`.
async fn large(objects: usize) -> Installation {
    let installation = bucket().await;
    let item = |at: usize| {
        let content = if at % 1000 == 999 { r#"{"hit":1}"# } else { "{}" };
        object_item("demo", "notes", &format!("object-{at:05}"), content)
    };
    let items: Vec<_> = (0..objects).map(item).collect();
    installation.put_all(&items).await;
    installation
}

#[tokio::test]
async fn a_few_hits_among_many_objects_are_found_on_one_page() {
    let installation = large(2_500).await;
    let body = json!({"bucketQuery": {"clause": {"type": "eq", "field": "hit", "value": 1}}});
    assert_eq!(walk(&installation, &body, 50).await, [["object-00999", "object-01999"]]);
}

#[tokio::test]
async fn more_than_a_thousand_objects_come_in_the_order_of_ids_each_once() {
    let installation = large(1_203).await;
    let expected: Vec<String> = (0..1_203).map(|at| format!("object-{at:05}")).collect();
    for limit in [200, 77] {
        assert_eq!(walk(&installation, &json!({"bucketQuery": {}}), limit).await.concat(), expected);
    }
}

/// A walk that began in the order of creation goes on in it, although the bucket has grown.
#[tokio::test]
async fn a_walk_goes_on_in_the_order_that_it_began_in() {
    let installation = large(1_000).await;
    let first = installation.answer(&call(json!({"bucketQuery": {}, "bestEffortLimit": 3}).to_string())).await;
    put(&installation, 0, "{}").await;
    put(&installation, 1, "{}").await;
    let mut body = json!({"bucketQuery": {}, "paginationKey": first.text("nextPaginationKey")});
    let mut found = ids(&first);
    loop {
        let answer = installation.answer(&call(body.to_string())).await;
        found.extend(ids(&answer));
        let Some(key) = answer.json()["nextPaginationKey"].as_str().map(str::to_owned) else { break };
        body["paginationKey"] = key.into();
    }
    let expected: Vec<String> = (0..1_000).map(|at| format!("object-{at:05}")).collect();
    assert_eq!(found, expected);
}
