//! Prints a table of the time and allocations of each case in one process, over a DynamoDB that takes no time, and of
//! the embedded engine alone.

use pail::local::Engine;
use pail::store::client;
use pail_benches::cases::{CASES, Case};
use pail_benches::cost::{Timed, times_of};
use pail_benches::events::object;
use pail_benches::floor::{Calls, Floor};
use pail_benches::place::Place;
use pail_testing::fixtures::{GENERATION, tables};
use serde_json::json;

/// The number of requests in a round.
const REQUESTS: usize = 40;

/// The two calls of a create, made directly to the engine.
fn engine() -> Timed<'static> {
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
    let answer = move |operation: &str, body: &str| {
        let (status, answer) = engine.answer(&format!("DynamoDB_20120810.{operation}"), body.as_bytes());
        assert_eq!(status, 200, "{answer}");
    };
    Box::new(move |number| {
        let mut item = key("pk", &format!("demo/notes:{GENERATION}"));
        item["sk"] = json!({"S": format!("{number:032x}")});
        item["version"] = json!({"N": "1"});
        item["content"] = json!({"S": object(300)});
        let put = json!({"TableName": "objects", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"});
        answer("BatchGetItem", &read);
        answer("PutItem", &put.to_string());
    })
}

/// The two calls by the SDK as `pail serve` makes them: unsigned, and with the time of the engine.
fn unsigned() -> Timed<'static> {
    let engine = Engine::in_memory().expect("an engine");
    let place = Place::of_engine(&engine);
    let client = client::new(Engine::endpoint(), engine.http_client());
    let floor = Floor { client, tables: tables() };
    Box::new(move |number| {
        place.runtime.block_on(async {
            floor.make(Calls::Create, &format!("{number:032x}"), &object(300)).await;
        });
    })
}

fn main() {
    let (mut names, mut cases) = (vec!["engine", "two-calls, not signed, with the engine"], vec![engine(), unsigned()]);
    for name in CASES {
        let case = Case::new(name);
        names.push(name);
        cases.push(Box::new(move |_| case.run()));
    }
    let times = times_of(REQUESTS, &mut cases);
    println!("| case | µs | allocations | bytes | at the most at once |");
    println!("|---|---|---|---|---|");
    for ((name, time), case) in names.into_iter().zip(times).zip(&mut cases) {
        // A number that the engine has not seen yet.
        let counted = allocation_counter::measure(|| case(usize::MAX));
        let (count, bytes, most) = (counted.count_total, counted.bytes_total, counted.bytes_max);
        println!("| {name} | {time:.1} | {count} | {bytes} | {most} |");
    }
}
