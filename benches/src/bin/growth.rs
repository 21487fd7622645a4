//! The time of a create as a function of the number of objects in the bucket, buckets, ACL entries, keys of an issuer
//! and bytes of the body; and the time of a GET and a PATCH as a function of the number of objects in the bucket. Runs
//! in one process over the embedded engine. Prints a table; `growth FILE` also draws a plot.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use pail::local::Engine;
use pail_benches::cost::{REQUESTS, places, requests, rows};
use pail_benches::events::{APP_KEY, CHANGE, create, credentials, object, path, request};
use pail_benches::objects::{self, Item};
use pail_benches::place::Place;
use pail_benches::plot::{self, Line};
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

/// A place for each size, prepared for it.
fn prepared(sizes: &[usize], prepare: impl Fn(&Place, usize)) -> Vec<(usize, Place)> {
    places(sizes, |size| {
        let place = Place::of_engine(&Engine::in_memory().expect("an engine"));
        prepare(&place, size);
        place
    })
}

/// Prints the rows of a create of 300 bytes in each place.
fn rows_of_creates(name: &str, places: &[(usize, Place)], credentials: &str) -> Line {
    let event = create(credentials, &path("notes"), &object(300));
    rows(&format!("{name}, create"), REQUESTS, places, |_, place| requests(place, vec![event.clone()], 201))
}

fn bucket() -> Item {
    Item::from([("pk".to_owned(), text("demo")), ("sk".to_owned(), text("bucket/notes"))])
}

/// IDs that are spread like random ones.
fn id(number: usize) -> String {
    format!("{:032x}", (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

fn main() {
    println!("| | how many | µs | ratio to the first |");
    println!("|---|---|---|---|");
    let mut lines = objects_of_the_bucket();
    lines.push(buckets());
    lines.push(entries_of_the_acl());
    lines.extend(keys_of_the_issuer());
    lines.push(bytes_of_the_body());
    if let Some(plot) = std::env::args().nth(1) {
        let (title, axes) = ("requests as things grow", ["how many", "time over the first"]);
        plot::draw(plot.as_ref(), title, axes, 1.0..1e6, 0.0..4.0, &lines).expect("a plot");
    }
}

fn objects_of_the_bucket() -> Vec<Line> {
    let places = prepared(&[100, 1_000, 10_000, 100_000, 1_000_000], |place, objects| {
        fill(place, (0..objects).map(|number| objects::open_item(GENERATION, &id(number), &object(300))));
    });
    let notes = path("notes");
    let of_any = |method: &str, body: &str| {
        rows(&format!("objects in the bucket, {method}"), REQUESTS, &places, |objects, place| {
            // Requests for a thousand different objects, or for all if there are fewer.
            let numbers = (0..objects).step_by((objects / 1_000).max(1));
            let event = |number| request(method, APP_KEY, &format!("{notes}/{}", id(number)), body);
            requests(place, numbers.map(event).collect(), 200)
        })
    };
    // Creates come last, because they add objects.
    vec![of_any("GET", ""), of_any("PATCH", CHANGE), rows_of_creates("objects in the bucket", &places, APP_KEY)]
}

fn buckets() -> Line {
    let places = prepared(&[1, 10, 100, 1_000, 10_000], |place, buckets| {
        let notes = read(place, "objects", bucket());
        let more = (1..buckets).map(|number| {
            let mut item = notes.clone();
            item.insert("sk".to_owned(), text(format!("bucket/b{number}")));
            item
        });
        fill(place, more);
    });
    rows_of_creates("buckets", &places, APP_KEY)
}

fn entries_of_the_acl() -> Line {
    let places = prepared(&[1, 10, 100, 1_000], |place, entries| {
        let mut subjects: Vec<String> = (1..entries).map(|number| format!("UserID:user-{number}")).collect();
        subjects.push("UserID:ANONYMOUS_USER".to_owned());
        let acl = HashMap::from([("CREATE_OBJECTS_IN_BUCKET".to_owned(), AttributeValue::Ss(subjects))]);
        let mut item = read(place, "objects", bucket());
        item.insert("acl".to_owned(), AttributeValue::M(acl));
        replace(place, "objects", item);
    });
    rows_of_creates("entries of the ACL", &places, APP_KEY)
}

fn keys_of_the_issuer() -> [Line; 2] {
    let of_kind = |(algorithm, key_type, event): (&str, &str, &str)| {
        let places = prepared(&[1, 10, 100], |place, keys| {
            let mut item = read(place, "apps", Item::from([("app_id".to_owned(), text("demo"))]));
            let issuers = item.get_mut("issuers").expect("issuers");
            *issuers = text(with_keys(issuers.as_s().expect("a text"), key_type, keys));
            replace(place, "apps", item);
        });
        rows_of_creates(&format!("keys of the issuer, {algorithm}"), &places, &credentials(event))
    };
    [("RS256", "RSA", "administrator"), ("HS256", "oct", "kii-headers-and-token")].map(of_kind)
}

fn bytes_of_the_body() -> Line {
    let places = prepared(&[300, 4_096, 16_384, 65_534], |_, _| {});
    rows("bytes of the body, create", REQUESTS, &places, |bytes, place| {
        requests(place, vec![create(APP_KEY, &path("notes"), &object(bytes))], 201)
    })
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
