//! What a create costs as things grow: objects in the bucket, buckets, entries of its ACL, keys of an issuer, bytes of the body. In one
//! process over the embedded engine, as a table, and as a plot if a file is
//! named: `growth FILE`.

use std::collections::HashMap;
use std::time::Instant;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use pail::local::Engine;
use pail_benches::events::{APP_KEY, create, credentials, object, path};
use pail_benches::median;
use pail_benches::place::Place;
use pail_benches::plot::{self, Line};
use pail_testing::fixtures::GENERATION;
use serde_json::{Value, json};

/// Rounds, and creates of a round.
const ROUNDS: usize = 21;
const CREATES: usize = 50;

type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The time of a create in microseconds: the median of all rounds. One thread does nothing else.
fn cost(place: &Place, event: &str) -> f64 {
    let rounds = (0..=ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..CREATES).for_each(|_| place.answer(event, 201));
            start.elapsed().as_secs_f64() * 1e6 / CREATES as f64
        })
        // The first round warms up.
        .skip(1);
    median(rounds.collect())
}

/// Writes items past the handler.
fn fill(place: &Place, items: impl Iterator<Item = Item>) {
    let mut items = items.peekable();
    while items.peek().is_some() {
        let put = |item| PutRequest::builder().set_item(Some(item)).build().expect("an item");
        let puts = items.by_ref().take(25).map(|item| WriteRequest::builder().put_request(put(item)).build()).collect();
        let write = place.client.batch_write_item().request_items("objects", puts);
        place.runtime.block_on(write.send()).expect("a reply");
    }
}

/// An item of a table.
fn read(place: &Place, table: &str, key: Item) -> Item {
    let get = place.client.get_item().table_name(table).set_key(Some(key)).send();
    place.runtime.block_on(get).expect("a reply").item.expect("an item")
}

/// Puts an item of a table in the place of another.
fn replace(place: &Place, table: &str, item: Item) {
    place.runtime.block_on(place.client.put_item().table_name(table).set_item(Some(item)).send()).expect("a reply");
}

fn place() -> Place {
    Place::over(Engine::in_memory().expect("an engine").http_client())
}

fn bucket() -> Item {
    Item::from([("pk".to_owned(), text("demo")), ("sk".to_owned(), text("bucket/notes"))])
}

/// Rows of the table: what a create costs at each size, and over that at the first size, which makes a line of the plot.
fn rows(name: &str, sizes: &[usize], mut cost_at: impl FnMut(usize) -> f64) -> Line {
    let mut first = None;
    let points = sizes.iter().map(|&size| {
        let cost = cost_at(size);
        let over = cost / *first.get_or_insert(cost);
        println!("| {name} | {size} | {cost:.0} | {over:.2} |");
        (size as f64, over)
    });
    Line { points: points.collect(), name: name.to_owned() }
}

fn main() {
    let notes = path("notes");
    let event = create(APP_KEY, &notes, &object(300));
    println!("| | how many | µs | over the first |");
    println!("|---|---|---|---|");

    let full = place();
    full.answer(&event, 201);
    // The one object that is there, under as many other names as it takes.
    let object_item = {
        let scan = full.client.scan().table_name("objects").filter_expression("begins_with(pk, :notes)");
        let scan = scan.expression_attribute_values(":notes", text(format!("demo/notes:{GENERATION}"))).send();
        full.runtime.block_on(scan).expect("a reply").items().first().expect("the object").clone()
    };
    let mut there = 1;
    let mut lines = Vec::new();
    lines.push(rows("objects in the bucket", &[100, 1_000, 10_000, 100_000, 1_000_000], |objects| {
        let more = (there..objects).map(|number| {
            let mut item = object_item.clone();
            // Spread over all names, as random IDs are.
            let id = (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
            item.insert("sk".to_owned(), text(format!("{id:032x}")));
            item
        });
        fill(&full, more);
        there = objects;
        cost(&full, &event)
    }));
    drop(full);

    let many = place();
    let notes_item = read(&many, "objects", bucket());
    let mut there = 1;
    lines.push(rows("buckets", &[1, 10, 100, 1_000, 10_000], |buckets| {
        let more = (there..buckets).map(|number| {
            let mut item = notes_item.clone();
            item.insert("sk".to_owned(), text(format!("bucket/b{number}")));
            item
        });
        fill(&many, more);
        there = buckets;
        cost(&many, &event)
    }));

    let place = place();
    let notes_item = read(&place, "objects", bucket());
    lines.push(rows("entries of the ACL", &[1, 10, 100, 1_000], |entries| {
        let mut subjects: Vec<String> = (1..entries).map(|number| format!("UserID:user-{number}")).collect();
        subjects.push("UserID:ANONYMOUS_USER".to_owned());
        let acl = HashMap::from([("CREATE_OBJECTS_IN_BUCKET".to_owned(), AttributeValue::Ss(subjects))]);
        let mut item = notes_item.clone();
        item.insert("acl".to_owned(), AttributeValue::M(acl));
        replace(&place, "objects", item);
        cost(&place, &event)
    }));
    replace(&place, "objects", notes_item);

    let app_item = read(&place, "apps", Item::from([("app_id".to_owned(), text("demo"))]));
    for (algorithm, key_type, of_event) in
        [("RS256", "RSA", "administrator"), ("HS256", "oct", "kii-headers-and-token")]
    {
        let event = create(&credentials(of_event), &notes, &object(300));
        lines.push(rows(&format!("keys of the issuer, {algorithm}"), &[1, 10, 100], |keys| {
            let mut item = app_item.clone();
            let issuers = item.get_mut("issuers").expect("issuers");
            *issuers = text(with_keys(issuers.as_s().expect("a text"), key_type, keys));
            replace(&place, "apps", item);
            cost(&place, &event)
        }));
    }
    replace(&place, "apps", app_item);

    let (small, large) = (300, 65_534);
    let mut costs = Vec::new();
    lines.push(rows("bytes of the body", &[small, 4_096, 16_384, large], |bytes| {
        costs.push(cost(&place, &create(APP_KEY, &notes, &object(bytes))));
        costs[costs.len() - 1]
    }));
    let a_byte = (costs[costs.len() - 1] - costs[0]) * 1e3 / (large - small) as f64;
    println!("\nA byte of the body takes {a_byte:.1} ns, with the engine's share.");
    if let Some(plot) = std::env::args().nth(1) {
        let (title, axes) = ("a create as things grow", ["how many", "time over the first"]);
        plot::draw(plot.as_ref(), title, axes, 1.0..1e6, 0.0..4.0, &lines).expect("a plot");
    }
}

/// Issuers whose key sets with a key of this type have so many of it: the one that is there, and others before it under other IDs.
fn with_keys(issuers: &str, key_type: &str, count: usize) -> String {
    let mut issuers: Value = serde_json::from_str(issuers).expect("issuers are JSON");
    for issuer in issuers.as_array_mut().expect("a list") {
        let keys = issuer["key_set"]["keys"].as_array_mut().expect("a list of keys");
        let Some(key) = keys.iter().find(|key| key["kty"] == key_type).cloned() else {
            continue;
        };
        let other = |number: usize| {
            let mut key = key.clone();
            key["kid"] = json!(format!("key-{number}"));
            key
        };
        *keys = (1..count).map(other).chain([key.clone()]).collect();
    }
    issuers.to_string()
}
