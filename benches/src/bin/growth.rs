//! The time of a create as a function of the number of objects in the bucket, buckets, ACL entries, keys of an issuer
//! and bytes of the body; and the time of a GET and a PATCH as a function of the number of objects in the bucket. Runs
//! in one process over the embedded engine. Prints a table; `growth FILE` also draws a plot.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use pail::local::Engine;
use pail_benches::cost::{REQUESTS, cost_of, rows};
use pail_benches::events::{APP_KEY, CHANGE, create, credentials, object, path, request};
use pail_benches::objects::{self, Item};
use pail_benches::place::Place;
use pail_benches::plot;
use pail_testing::fixtures::GENERATION;
use serde_json::{Value, json};

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// Writes items directly into the table.
fn fill(place: &Place, items: impl Iterator<Item = Item>) {
    place.runtime.block_on(objects::fill(&place.client, "objects", items));
}

/// An item of a table.
fn read(place: &Place, table: &str, key: Item) -> Item {
    let get = place.client.get_item().table_name(table).set_key(Some(key)).send();
    place.runtime.block_on(get).expect("a reply").item.expect("an item")
}

/// Replaces an item of a table.
fn replace(place: &Place, table: &str, item: Item) {
    place.runtime.block_on(place.client.put_item().table_name(table).set_item(Some(item)).send()).expect("a reply");
}

/// The time of a create in microseconds.
fn cost(place: &Place, event: &str) -> f64 {
    cost_of(place, &[event.to_owned()], REQUESTS, 201)
}

fn place() -> Place {
    Place::of_engine(&Engine::in_memory().expect("an engine"))
}

fn bucket() -> Item {
    Item::from([("pk".to_owned(), text("demo")), ("sk".to_owned(), text("bucket/notes"))])
}

fn main() {
    let notes = path("notes");
    let event = create(APP_KEY, &notes, &object(300));
    println!("Creates, unless a row says otherwise:\n\n| | how many | µs | over the first |");
    println!("|---|---|---|---|");

    let full = place();
    full.answer(&event, 201);
    // The IDs are spread like random ones.
    let id =
        |number: usize| format!("{:032x}", (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
    let mut there = 1;
    let mut lines = Vec::new();
    let sizes = [100, 1_000, 10_000, 100_000, 1_000_000];
    let mut others = Vec::new();
    lines.push(rows("objects in the bucket, create", &sizes, |objects| {
        fill(&full, (there..objects).map(|number| objects::open_item(GENERATION, &id(number), &object(300))));
        there = objects;
        let of_any = |method: &str, body: &str| {
            // Requests for a thousand different objects, or for all if there are fewer.
            let numbers = (1..objects).step_by((objects / 1_000).max(1));
            let event = |number| request(method, APP_KEY, &format!("{notes}/{}", id(number)), body);
            cost_of(&full, &numbers.map(event).collect::<Vec<_>>(), REQUESTS, 200)
        };
        others.push([of_any("GET", ""), of_any("PATCH", CHANGE)]);
        cost(&full, &event)
    }));
    for (column, name) in ["GET", "PATCH"].into_iter().enumerate() {
        let mut costs = others.iter().map(|costs| costs[column]);
        let name = format!("objects in the bucket, {name}");
        lines.push(rows(&name, &sizes, |_| costs.next().expect("a cost of each size")));
    }
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
        let (title, axes) = ("requests as things grow", ["how many", "time over the first"]);
        plot::draw(plot.as_ref(), title, axes, 1.0..1e6, 0.0..4.0, &lines).expect("a plot");
    }
}

/// The issuers, with more keys: each key set with a key of this type gets `count` of them. The original key comes last,
/// the others have other IDs.
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
