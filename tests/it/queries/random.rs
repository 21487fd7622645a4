//! Random queries of buckets with hostile values, compared with the naive evaluator.

use serde_json::{Value, json};

use super::hostile::{NAMES, object, point, values};
use super::stage::{as_administrator, call, grant, ids, put};
use crate::indexes::stage::{fill_all, give, rules};
use pail::model::index::{Indexes, RuleState};
use pail_testing::query::{self as naive, Candidate};
use pail_testing::random::{Random, cases};
use pail_testing::tree::Tree;
use pail_testing::{Call, Installation, NOW, figure};

/// The queries of each bucket.
const QUERIES: usize = 20;

fn field(random: &mut Random) -> &'static str {
    let own = ["_id", "_owner", "_dataType", "_created", "_modified", "_version", "missing"];
    let fields = [&NAMES[..], &own].concat();
    fields[random.below(fields.len())]
}

/// A scalar of the hostile values.
fn scalar(random: &mut Random, values: &[String]) -> String {
    loop {
        let value = random.pick(values);
        if !value.starts_with(['{', '[', 'n']) {
            return value.clone();
        }
    }
}

/// A clause that asks for the value of a field.
fn leaf(random: &mut Random, values: &[String]) -> String {
    let field = field(random);
    let scalars =
        |random: &mut Random, count: usize| (0..count).map(|_| scalar(random, values)).collect::<Vec<_>>().join(",");
    match random.below(7) {
        0 => format!(r#"{{"type":"eq","field":"{field}","value":{}}}"#, scalar(random, values)),
        1 => {
            let count = 1 + random.below(4);
            format!(r#"{{"type":"in","field":"{field}","values":[{}]}}"#, scalars(random, count))
        }
        2 => {
            let prefix = random.text(&["", "a", "x", "é", "\\u0000", "o1", "😀"]);
            format!(r#"{{"type":"prefix","field":"{field}","prefix":"{prefix}"}}"#)
        }
        3 => {
            let kind = random.text(&["STRING", "INTEGER", "DECIMAL", "BOOLEAN"]);
            format!(r#"{{"type":"hasField","field":"{field}","fieldType":"{kind}"}}"#)
        }
        4 => {
            let corner = |random: &mut Random| random.text(&["-180", "-179.9", "0", "20", "179.9", "180"]).to_owned();
            let (ne, sw) = (point("90", &corner(random)), point(random.text(&["-90", "0", "10"]), &corner(random)));
            format!(r#"{{"type":"geobox","field":"{field}","box":{{"ne":{ne},"sw":{sw}}}}}"#)
        }
        5 => {
            let center = point(random.text(&["-90", "0", "10", "45"]), random.text(&["-180", "0", "20", "180"]));
            let radius = random.text(&["1", "30000", "5000000", "12345678.9", "20000000"]);
            format!(r#"{{"type":"geodistance","field":"{field}","center":{center},"radius":{radius}}}"#)
        }
        _ => range(random, field, values),
    }
}

fn range(random: &mut Random, field: &str, values: &[String]) -> String {
    let mut members = format!(r#""type":"range","field":"{field}""#);
    let is_text = random.below(2) == 0;
    let limit = |random: &mut Random| loop {
        let value = scalar(random, values);
        if value.starts_with('"') == is_text && !value.starts_with(['t', 'f']) {
            return value;
        }
    };
    let which = random.below(3);
    for (name, included, is_there) in
        [("lowerLimit", "lowerIncluded", which != 0), ("upperLimit", "upperIncluded", which != 1)]
    {
        if is_there {
            members += &format!(r#","{name}":{}"#, limit(random));
            if random.below(2) == 0 {
                members += &format!(r#","{included}":{}"#, random.text(&["true", "false", "\"false\""]));
            }
        }
    }
    format!("{{{members}}}")
}

fn clause(random: &mut Random, values: &[String], levels: usize) -> String {
    match random.below(if levels == 0 { 6 } else { 10 }) {
        0 => r#"{"type":"all"}"#.to_owned(),
        1..=5 => leaf(random, values),
        6 | 7 => format!(r#"{{"type":"not","clause":{}}}"#, clause(random, values, levels - 1)),
        more => {
            let kind = if more == 8 { "and" } else { "or" };
            let clauses: Vec<String> = (0..1 + random.below(3)).map(|_| clause(random, values, levels - 1)).collect();
            format!(r#"{{"type":"{kind}","clauses":[{}]}}"#, clauses.join(","))
        }
    }
}

/// The IDs that a query has to find, in order.
fn expected(candidates: &[Candidate], clause: &str, order: Option<(&str, bool)>) -> Vec<String> {
    let clause = Tree::read(clause.as_bytes()).expect("a clause");
    let mut hits: Vec<&Candidate> =
        candidates.iter().filter(|candidate| naive::judge(&clause, candidate) == Some(true)).collect();
    hits.sort_by(|first, second| {
        let by_value = order.map(|(field, _)| naive::compare(&first.value(field), &second.value(field)));
        let ascending = by_value.unwrap_or(std::cmp::Ordering::Equal).then(first.created.cmp(&second.created));
        let ascending = ascending.then(first.id.cmp(&second.id));
        if order.is_some_and(|(_, descending)| descending) { ascending.reverse() } else { ascending }
    });
    hits.into_iter().map(|hit| hit.id.clone()).collect()
}

async fn fill(installation: &Installation, random: &mut Random, values: &[String]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for at in 0..random.below(25) {
        let content = object(random, values);
        put(installation, at, &content).await;
        let members = Tree::read(content.as_bytes()).expect("an object");
        candidates.push(Candidate {
            id: format!("o{at}"),
            owner: Some("alice".to_owned()),
            data_type: None,
            created: NOW - 1_000_000 + at as u64,
            modified: NOW,
            version: 1,
            members,
        });
    }
    candidates
}

#[tokio::test]
async fn random_queries_find_what_a_naive_evaluator_finds_in_the_same_order_on_pages_of_any_size() {
    let (values, mut by_index) = (values(), 0);
    for (_case, mut random) in cases(figure(40, 5_000)) {
        let installation = Installation::start().await;
        grant(&installation, "notes").await;
        let candidates = fill(&installation, &mut random, &values).await;
        let indexes = indexes(&mut random);
        give(&installation, indexes.clone()).await;
        fill_all(&installation, &indexes).await;
        for _ in 0..QUERIES {
            let clause = clause(&mut random, &values, 3);
            let field = field(&mut random);
            let order = (random.below(2) == 0).then(|| (field, random.below(2) == 0));
            let expected = expected(&candidates, &clause, order);

            let mut query = json!({});
            if let Some((field, descending)) = order {
                query = json!({"orderBy": field, "descending": descending});
            }
            let limit = 1 + random.below(8);
            let body = with_clause(&clause, &query);
            let found = pages(&installation, &body, limit).await;
            let mut together = found.concat();
            let mut expected = expected;
            // An index that serves a query which asks for no order gives its own.
            if order.is_none() && !indexes.rules.is_empty() {
                together.sort();
                expected.sort();
            }
            assert_eq!(together, expected, "{body} with {indexes:?}");
            assert!(found.iter().rev().skip(1).all(|page| page.len() == limit), "{body}: {found:?}");

            by_index += usize::from(plan(&installation, &body).await.starts_with("index "));
            query["aggregations"] = json!([{"type": "COUNT", "putAggregationInto": "n"}]);
            let counted = installation.answer(&call(with_clause(&clause, &query))).await;
            assert_eq!(counted.json(), json!({"aggregations": {"n": expected.len()}}), "{body}");
        }
    }
    assert!(by_index > 0, "no query was answered by an index");
}

/// Some random indexes, and none in every fourth bucket.
fn indexes(random: &mut Random) -> Indexes {
    let mut indexes: Vec<String> = (0..random.below(4)).map(|_| index(random)).collect();
    indexes.sort();
    indexes.dedup();
    rules(&indexes.iter().map(String::as_str).collect::<Vec<_>>(), RuleState::Ready)
}

/// The names of one to three different fields.
fn index(random: &mut Random) -> String {
    let mut fields: Vec<&str> = (0..1 + random.below(3)).map(|_| field(random)).collect();
    fields.sort_unstable();
    fields.dedup();
    let start = random.below(fields.len());
    fields.rotate_left(start);
    fields.join(",")
}

/// How a query is answered.
async fn plan(installation: &Installation, body: &str) -> String {
    let explained = as_administrator(call(body.replacen('{', r#"{"explain":true,"#, 1)));
    let answer = installation.answer(&explained).await;
    answer.json()["explain"]["plan"].as_str().unwrap_or_else(|| panic!("{body}: {answer:?}")).to_owned()
}

/// A query with this clause, whose text stays as it is, and these other members.
fn with_clause(clause: &str, query: &Value) -> String {
    let more: String =
        query.as_object().expect("members").iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
    format!(r#"{{"bucketQuery":{{"clause":{clause}{more}}}}}"#)
}

/// The pages of a query, whose text stays as it is.
async fn pages(installation: &Installation, body: &str, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut key) = (Vec::new(), String::new());
    loop {
        let more = format!(r#"{{"bestEffortLimit":{limit}{key},"#);
        let answer = installation.answer(&call(body.replacen('{', &more, 1))).await;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        pages.push(ids(&answer));
        match answer.json()["nextPaginationKey"].as_str() {
            Some(next) => key = format!(r#","paginationKey":"{next}""#),
            None => return pages,
        }
    }
}

/// Creates or replaces an object by a request.
async fn write(installation: &Installation, at: usize, content: &str) {
    let put = Call::object("PUT", "demo", "notes", &format!("o{at}")).body(content.to_owned());
    let status = installation.answer(&as_administrator(put)).await.status;
    assert!([200, 201].contains(&status), "{status}");
}

/// Objects may be created, changed and deleted while pages are read: whatever stays the same is found once.
#[tokio::test]
async fn a_walk_beside_writes_finds_what_stays_once_and_nothing_that_was_never_there() {
    for (case, mut random) in cases(figure(20, 2_000)) {
        let installation = Installation::start().await;
        grant(&installation, "notes").await;
        if case.0 % 2 == 0 {
            give(&installation, rules(&["n", "_created", "_id"], RuleState::Ready)).await;
        }
        for at in 0..30 {
            write(&installation, at, &format!(r#"{{"n":{}}}"#, random.below(6))).await;
        }
        let changing = [3_usize, 7, 11, 19, 23];
        let order = random.text(&["n", "_created", "_id"]);
        let mut body = json!({"bucketQuery": {"orderBy": order, "descending": random.below(2) == 0}});
        let mut found = Vec::new();
        loop {
            body["bestEffortLimit"] = (1 + random.below(6)).into();
            let answer = installation.answer(&call(body.to_string())).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            found.extend(ids(&answer));
            let Some(next) = answer.json()["nextPaginationKey"].as_str().map(str::to_owned) else { break };
            body["paginationKey"] = next.into();
            let at = changing[random.below(changing.len())];
            if random.below(2) == 0 {
                write(&installation, at, &format!(r#"{{"n":{}}}"#, random.below(6))).await;
            } else {
                let delete = Call::object("DELETE", "demo", "notes", &format!("o{at}")).body("");
                let deleted = installation.answer(&as_administrator(delete)).await.status;
                assert!([204, 404].contains(&deleted), "{deleted}");
            }
        }
        for at in (0..30).filter(|at| !changing.contains(at)) {
            let times = found.iter().filter(|id| **id == format!("o{at}")).count();
            assert_eq!(times, 1, "o{at} by {order}: {found:?}");
        }
    }
}
