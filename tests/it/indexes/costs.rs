//! Calls and units of queries by an index, and of writes that keep indexes up.

use pail::model::index::RuleState;
use pail_testing::fixtures::object_item;
use pail_testing::{Call, Installation};
use serde_json::{Value, json};

use super::stage::{fill_all, give, rules};
use crate::queries::stage::{as_administrator, call, grant};

/// 1,000 objects of about 500 bytes, in ten teams, under indexes on `n` and on `team,n`.
async fn thousand() -> Installation {
    let installation = Installation::start().await;
    grant(&installation, "notes").await;
    let text = "x".repeat(440);
    let item = |at: usize| {
        let content = format!(r#"{{"n":{at},"team":"t{}","text":"{text}"}}"#, at % 10);
        object_item("demo", "notes", &format!("object-{at:05}"), &content)
    };
    installation.put_all(&(0..1_000).map(item).collect::<Vec<_>>()).await;
    let indexes = rules(&["n", "team,n"], RuleState::Ready);
    give(&installation, indexes.clone()).await;
    fill_all(&installation, &indexes).await;
    installation
}

#[tokio::test]
async fn each_kind_of_query_by_an_index_takes_these_calls_and_reads_so_much() {
    let installation = thousand().await;
    let count = json!([{"type": "COUNT", "putAggregationInto": "n"}]);
    let team = json!({"type": "eq", "field": "team", "value": "t3"});
    let teams = json!({"type": "in", "field": "team", "values": ["t1", "t2", "t3"]});
    let range = json!({"type": "range", "field": "n", "lowerLimit": 100, "upperLimit": 149});
    // Calls, entries, objects, and read units beside those of app and bucket.
    for (query, limit, calls, entries, objects, units) in [
        (json!({"orderBy": "n"}), 50, 3, 51, 51, 53.0),
        (json!({"orderBy": "n", "descending": true}), 50, 3, 51, 51, 53.0),
        (json!({"clause": range}), 50, 3, 50, 50, 52.0),
        (json!({"clause": team, "orderBy": "n"}), 50, 3, 51, 51, 53.0),
        // Each range is read by a call of its own.
        (json!({"clause": teams, "orderBy": "n"}), 50, 5, 153, 51, 57.0),
        (json!({"clause": teams}), 50, 3, 51, 51, 53.0),
        (json!({"orderBy": "n"}), 200, 5, 201, 201, 207.0),
        (json!({"clause": team, "aggregations": count}), 50, 2, 100, 0, 3.0),
        (json!({"clause": range, "aggregations": count}), 50, 2, 50, 0, 2.0),
    ] {
        let body = json!({"bucketQuery": query, "bestEffortLimit": limit, "explain": true});
        let answer = installation.answer(&as_administrator(call(body.to_string()))).await;
        let explain = &answer.json()["explain"];
        let figures = ["storageCalls", "entriesRead", "itemsRead", "readUnits"].map(|name| explain[name].clone());
        let expected: [Value; 4] = [calls.into(), entries.into(), objects.into(), units.into()];
        assert_eq!(figures, expected, "{query}, {limit}: {explain}");
    }
}

#[tokio::test]
async fn a_page_of_large_objects_hardly_reads_any_that_it_has_no_room_for() {
    let installation = Installation::start().await;
    grant(&installation, "notes").await;
    let text = "x".repeat(65_000);
    let item = |at: usize| {
        object_item("demo", "notes", &format!("object-{at:05}"), &format!(r#"{{"n":{at},"text":"{text}"}}"#))
    };
    installation.put_all(&(0..150).map(item).collect::<Vec<_>>()).await;
    let indexes = rules(&["n"], RuleState::Ready);
    give(&installation, indexes.clone()).await;
    fill_all(&installation, &indexes).await;
    let body = json!({"bucketQuery": {"orderBy": "n"}, "bestEffortLimit": 200, "explain": true});
    let answer = installation.answer(&as_administrator(call(body.to_string()))).await.json();
    let hits = answer["results"].as_array().map_or(0, Vec::len);
    assert!(hits > 55, "a page has up to 4 MB: {hits}");
    let read = answer["explain"]["itemsRead"].as_u64().and_then(|read| usize::try_from(read).ok());
    assert!(read.is_some_and(|read| (hits + 1..=hits + 2).contains(&read)), "{hits} hits, {}", answer["explain"]);
}

/// What a write sends to the index table: how many entries it puts, and how many it deletes.
fn index_writes(installation: &Installation) -> Vec<(usize, usize)> {
    let sent = installation.wire.take_sent();
    let batches = sent.iter().filter_map(|sent| sent.body["RequestItems"]["index"].as_array());
    let count = |batch: &Vec<Value>, kind: &str| batch.iter().filter(|write| !write[kind].is_null()).count();
    batches.map(|batch| (count(batch, "PutRequest"), count(batch, "DeleteRequest"))).collect()
}

#[tokio::test]
async fn a_create_puts_an_entry_for_each_index_and_an_update_replaces_those_whose_fields_it_changes() {
    for number in 0..=5 {
        let installation = Installation::start().await;
        grant(&installation, "notes").await;
        let fields: Vec<String> = (0..number).map(|at| format!("f{at}")).collect();
        give(&installation, rules(&fields.iter().map(String::as_str).collect::<Vec<_>>(), RuleState::Ready)).await;
        let write = |method: &str, body: &str| {
            as_administrator(Call::object(method, "demo", "notes", "o1").body(body.to_owned()))
        };
        let some = |batches: &[(usize, usize)]| if number == 0 { Vec::new() } else { batches.to_vec() };
        assert_eq!(installation.answer(&write("PUT", "{}")).await.status, 201);
        assert_eq!(index_writes(&installation), some(&[(number, 0)]));
        assert_eq!(installation.answer(&write("PATCH", r#"{"f0":1}"#)).await.status, 200);
        assert_eq!(index_writes(&installation), some(&[(1, 0), (0, 1)]));
        assert_eq!(installation.answer(&write("DELETE", "")).await.status, 204);
        assert_eq!(index_writes(&installation), some(&[(0, number)]));
    }
}
