//! Prints a table of the time and allocations of each case in one process, over a DynamoDB that takes no time, and of
//! the embedded engine alone.

use std::time::Instant;

use pail::local::Engine;
use pail::store::client;
use pail_benches::cases::{CASES, Case};
use pail_benches::events::object;
use pail_benches::floor::{Calls, Floor};
use pail_benches::median;
use pail_benches::place::Place;
use pail_testing::fixtures::{GENERATION, tables};
use serde_json::json;

/// The number of rounds, and of requests in each.
const ROUNDS: usize = 21;
const REQUESTS: usize = 200;

/// Prints a row: the median time of a request, and its allocations.
fn row(name: &str, mut request: impl FnMut()) {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        (0..REQUESTS).for_each(|_| request());
        start.elapsed().as_secs_f64() * 1e6 / REQUESTS as f64
    });
    let time = median(rounds.collect());
    let counted = allocation_counter::measure(request);
    let (count, bytes, most) = (counted.count_total, counted.bytes_total, counted.bytes_max);
    println!("| {name} | {time:.1} | {count} | {bytes} | {most} |");
}

/// The two calls of a create, made directly to the engine.
fn engine() {
    let engine = Engine::in_memory().expect("an engine");
    // Creates the tables.
    let _place = Place::of_engine(&engine);
    let key = |name: &str, value: &str| json!({ name: {"S": value} });
    let mut bucket = key("pk", "demo");
    bucket["sk"] = json!({"S": "bucket/notes"});
    let read = json!({"RequestItems": {
        "apps": {"Keys": [key("app_id", "demo")], "ConsistentRead": true},
        "objects": {"Keys": [bucket], "ConsistentRead": true},
    }})
    .to_string();
    let answer = |operation: &str, body: &str| {
        let (status, answer) = engine.answer(&format!("DynamoDB_20120810.{operation}"), body.as_bytes());
        assert_eq!(status, 200, "{answer}");
    };
    let mut number = 0;
    row("engine", || {
        number += 1;
        let mut item = key("pk", &format!("demo/notes:{GENERATION}"));
        item["sk"] = json!({"S": format!("{number:032x}")});
        item["version"] = json!({"N": "1"});
        item["content"] = json!({"S": object(300)});
        let put = json!({"TableName": "objects", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"});
        answer("BatchGetItem", &read);
        answer("PutItem", &put.to_string());
    });
}

/// The two calls by the SDK as `pail serve` makes them: unsigned, and with the time of the engine.
fn unsigned() {
    let engine = Engine::in_memory().expect("an engine");
    let place = Place::of_engine(&engine);
    let client = client::new(Engine::endpoint(), engine.http_client());
    let floor = Floor { client, tables: tables() };
    let mut number = 0;
    row("two-calls, not signed, with the engine", || {
        number += 1;
        place.runtime.block_on(async {
            floor.make(Calls::Create, &format!("{number:032x}"), &object(300)).await;
        });
    });
}

fn main() {
    println!("| case | µs | allocations | bytes | at the most at once |");
    println!("|---|---|---|---|---|");
    engine();
    unsigned();
    for name in CASES {
        let case = Case::new(name);
        row(name, || case.run());
    }
}
