//! Counting by an index.

use pail::model::index::RuleState;
use pail_testing::{Call, Installation, callers, items};
use serde_json::{Value, json};

use super::stage::{fill_all, give, rules};
use crate::queries::stage::{as_administrator, call, filled};

async fn start() -> Installation {
    let contents: Vec<String> = (0..10).map(|n| format!(r#"{{"n":{n},"team":"{}"}}"#, n % 2)).collect();
    let installation = filled(&contents.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let indexes = rules(&["n", "team,n"], RuleState::Ready);
    give(&installation, indexes.clone()).await;
    fill_all(&installation, &indexes).await;
    installation
}

async fn counted(installation: &Installation, clause: Value) -> Value {
    let count = json!([{"type": "COUNT", "putAggregationInto": "n"}]);
    let body = json!({"bucketQuery": {"clause": clause, "aggregations": count}, "explain": true});
    let answer = installation.answer(&as_administrator(call(body.to_string()))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    json!([answer.json()["aggregations"]["n"], answer.json()["explain"]["plan"], answer.json()["explain"]["itemsRead"]])
}

#[tokio::test]
async fn a_count_of_what_an_index_covers_reads_no_object() {
    let installation = start().await;
    let range = json!({"type": "range", "field": "n", "lowerLimit": 3, "lowerIncluded": false, "upperLimit": 7});
    assert_eq!(counted(&installation, range.clone()).await, json!([4, "index n", 0]));
    let team = json!({"type": "in", "field": "team", "values": ["0", "1", "2"]});
    assert_eq!(counted(&installation, team.clone()).await, json!([10, "index team,n", 0]));
    let both = json!({"type": "and", "clauses": [{"type": "eq", "field": "team", "value": "1"}, range]});
    assert_eq!(counted(&installation, both.clone()).await, json!([2, "index team,n", 0]));
    // What is not covered is judged on the objects.
    let more = json!({"type": "and", "clauses": [both, {"type": "hasField", "field": "n", "fieldType": "INTEGER"}]});
    assert_eq!(counted(&installation, more).await, json!([2, "index team,n", 2]));
}

/// By an index that only gives an order, each object of the bucket would be read by itself, and buckets that fit into the budget
/// would be refused.
#[tokio::test]
async fn a_count_reads_the_bucket_where_an_index_leaves_nothing_out() {
    let installation = start().await;
    let indexes = rules(&["_created"], RuleState::Ready);
    give(&installation, indexes.clone()).await;
    fill_all(&installation, &indexes).await;
    let team = json!({"type": "eq", "field": "team", "value": "1"});
    assert_eq!(counted(&installation, team).await, json!([5, "scan", 10]));
    let created = json!({"type": "range", "field": "_created", "lowerLimit": 0});
    assert_eq!(counted(&installation, created).await, json!([10, "index _created", 0]));
}

#[tokio::test]
async fn a_caller_who_may_not_read_everything_counts_only_what_it_may_read() {
    let installation = start().await;
    let revoke = |path: &str| {
        Call::bucket("DELETE", "demo", "notes")
            .path(&format!("/api/apps/demo/buckets/notes/{path}"))
            .body("")
            .bearer(&callers::administrator("operator"))
    };
    for subject in ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"] {
        for path in ["acl/READ_OBJECTS_IN_BUCKET", "objects/o3/acl/READ_EXISTING_OBJECT"] {
            assert_eq!(installation.answer(&revoke(&format!("{path}/{subject}"))).await.status, 204);
        }
    }
    let count = json!([{"type": "COUNT", "putAggregationInto": "n"}]);
    let clause = json!({"type": "range", "field": "n", "lowerLimit": 2, "upperLimit": 4});
    let body = json!({"bucketQuery": {"clause": clause, "aggregations": count}}).to_string();
    assert_eq!(installation.answer(&call(body.clone())).await.json(), json!({"aggregations": {"n": 2}}));
    assert_eq!(installation.answer(&as_administrator(call(body))).await.json(), json!({"aggregations": {"n": 3}}));
}

/// What a failed write has left counts until it is removed: a count by an index may be too high.
#[tokio::test]
async fn a_count_is_never_too_low_and_what_is_left_over_may_make_it_too_high() {
    let installation = start().await;
    let mut entry = installation.entries().await.remove(0);
    let mut key = items::bytes(&entry["sk"]);
    key.truncate(key.len() - 16);
    key.extend([9; 16]);
    entry["sk"] = items::binary(&key);
    installation.put_item("index", &entry).await;
    let (all, ..) = (json!({"type": "range", "field": "n", "lowerLimit": 0}), ());
    let count = counted(&installation, all).await;
    assert!([json!(10), json!(11)].contains(&count[0]), "{count}");
}
