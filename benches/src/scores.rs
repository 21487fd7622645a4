//! The bucket `scores`, which has indexes: its objects and their entries are written directly into the tables, and its
//! queries.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use pail::model::id::{AppId, BucketId, ObjectId};
use pail::model::index::entry::Spot;
use pail::model::index::{Indexes, RuleState};
use pail::model::marks::{Mark, RuleNumber};
use pail::model::query::{Field, Value};
use pail::model::scope::ScopeKind;
use pail::store::{Session, Store, Tables};
use pail::system::System;
use pail_testing::fixtures::{EVERYBODY, GENERATION, bucket_item};
use pail_testing::items;
use serde_json::json;
use tokio::time::Instant;

use crate::events::{APP_KEY, object_id, request};
use crate::objects::{self, Item};

/// The bucket.
pub const BUCKET: &str = "scores";
/// The hits of a page.
pub const PAGE: usize = 50;
/// The bytes of an object.
pub const SIZE: usize = 500;

/// The number of the first large object.
pub const LARGE: usize = 1_000_000;

/// The path of the bucket.
const PATH: &str = "/api/apps/demo/buckets/scores";
/// When objects were created.
const CREATED: u64 = 1_790_000_000_123;

/// An object of so many bytes, whose member `n` is its number.
pub fn content(number: usize, bytes: usize) -> String {
    let start = format!(r#"{{"n":{number},"team":"t{}","title":"A score","done":false,"text":""#, number % 10);
    format!("{start}{}\"}}", "x".repeat(bytes - start.len() - 2))
}

/// The path and the body of a query for at most so many of the objects from one number on, in the order of their numbers.
pub fn query(from: usize, limit: usize) -> (String, String) {
    let clause = json!({"type": "range", "field": "n", "lowerLimit": from, "lowerIncluded": true});
    let body = json!({"bucketQuery": {"clause": clause, "orderBy": "n"}, "bestEffortLimit": limit});
    (format!("{PATH}/query"), body.to_string())
}

/// The event of that query.
pub fn page(from: usize, limit: usize) -> String {
    let (path, body) = query(from, limit);
    request("POST", APP_KEY, &path, &body)
}

/// The event of a query that no index serves and no object matches.
pub fn search() -> String {
    let body = json!({"bucketQuery": {"clause": {"type": "eq", "field": "team", "value": "none"}}});
    request("POST", APP_KEY, &format!("{PATH}/query"), &body.to_string())
}

/// The event of a create in the bucket.
pub fn create(bytes: usize) -> String {
    request("POST", APP_KEY, &format!("{PATH}/objects"), &content(0, bytes))
}

/// The partition of the bucket's objects.
pub fn partition() -> String {
    format!("demo/{BUCKET}:{GENERATION}")
}

/// The partition of the entries of its first index.
pub fn index_partition() -> String {
    format!("{}/1", partition())
}

/// Where the entry of an object is among those of the index on `n`.
pub fn spot(number: usize) -> Spot {
    let id = ObjectId::parse(&object_id(number)).expect("an object's ID");
    Spot::new(&[Value::of_integer(number as u64)], CREATED, &id)
}

/// Makes the bucket, in which everybody may create, read and query objects, and gives it indexes on these fields.
pub async fn set_up(client: &Client, tables: &Tables, fields: &[&str]) {
    let verbs = ["QUERY_OBJECTS_IN_BUCKET", "READ_OBJECTS_IN_BUCKET", "CREATE_OBJECTS_IN_BUCKET"];
    let acl = json!(HashMap::from(verbs.map(|verb| (verb, EVERYBODY))));
    let bucket = items::from_json(&bucket_item("demo", BUCKET, &acl));
    client.put_item().table_name(&tables.objects).set_item(Some(bucket)).send().await.expect("a reply");
    let mut indexes = Indexes::default();
    let bucket = BucketId::parse(BUCKET).expect("a bucket's ID");
    for field in fields {
        let number = indexes.declare(ScopeKind::App, &bucket, &[Field::of_name(field)]).expect("an index");
        indexes.advance(number, &[RuleState::Building], RuleState::Ready);
    }
    let (store, system) = (Store::new(client.clone(), tables.clone()), System::real());
    let mut session = Session::new(&store, &system, Instant::now() + Duration::from_secs(10)).expect("a session");
    let mut app = session.app(&AppId::parse("demo").expect("an app's ID")).await.expect("a reply").expect("the app");
    app.indexes = indexes;
    session.put_app(&app).await.expect("a reply");
}

/// Makes the bucket in the tables of the `pail serve` whose DynamoDB is at a URL: 1,000 objects of the usual size, and from
/// number [`LARGE`] on a hundred of the largest size.
pub fn set_up_serve(dynamodb: &str) {
    let tables = objects::tables_of_serve();
    objects::with_client(dynamodb, |client| async move {
        set_up(&client, &tables, &["n"]).await;
        fill(&client, &tables, 0..1_000, SIZE).await;
        fill(&client, &tables, LARGE..LARGE + 100, 65_534).await;
    });
}

/// Writes objects of so many bytes with these numbers, and their entries in the index on `n`.
pub async fn fill(client: &Client, tables: &Tables, numbers: impl Iterator<Item = usize> + Clone, bytes: usize) {
    objects::fill(client, &tables.index, numbers.clone().map(entry)).await;
    objects::fill(client, &tables.objects, numbers.map(|number| item(number, bytes))).await;
}

fn mark(number: usize) -> Mark {
    Mark::new(number as u128)
}

fn item(number: usize, bytes: usize) -> Item {
    let mut item = objects::item(GENERATION, &object_id(number), &content(number, bytes));
    let mark = AttributeValue::B(Blob::new(mark(number).0));
    item.insert("pk".to_owned(), AttributeValue::S(partition()));
    item.insert("entries".to_owned(), AttributeValue::M(HashMap::from([(RuleNumber(1).to_string(), mark)])));
    item
}

fn entry(number: usize) -> Item {
    let key = spot(number).with(mark(number));
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(index_partition())),
        ("sk".to_owned(), AttributeValue::B(Blob::new(key.as_bytes()))),
        ("at".to_owned(), AttributeValue::N(CREATED.to_string())),
    ])
}
