//! Objects that are written directly into the tables.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use pail::store::Tables;
use pail::store::client::{self, Credentials, Endpoint};
use pail_testing::fixtures::{EVERYBODY, GENERATION};
use tokio::runtime::Builder;

use crate::events::{object, object_id};

/// The objects table of `pail serve`.
const TABLE: &str = "pail-objects";

/// An item, or a key.
pub type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The partition of the objects in a generation of the bucket notes.
pub fn partition(generation: &str) -> String {
    format!("demo/notes:{generation}")
}

/// The item of a new object in that bucket, with the same attributes as Pail's (docs/protocol.md).
pub fn item(generation: &str, id: &str, content: &str) -> Item {
    [
        ("pk", text(partition(generation))),
        ("sk", text(id)),
        ("writer", text("00000000-0000-0000-0000-000000000000")),
        ("version", number(1)),
        ("content", text(content)),
        ("data_type", text("application/json")),
        ("owner", text("UserID:alice")),
        ("created", number(1_790_000_000_123)),
        ("modified", number(1_790_000_000_123)),
        ("entries", AttributeValue::M(Item::new())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// An object with an ACL that lets everybody change it. By default, only users and things may.
pub fn open_item(generation: &str, id: &str, content: &str) -> Item {
    let everybody = || AttributeValue::Ss(EVERYBODY.map(str::to_owned).into());
    let verbs = ["READ_EXISTING_OBJECT", "WRITE_EXISTING_OBJECT"];
    let mut item = item(generation, id, content);
    item.insert("acl".to_owned(), AttributeValue::M(verbs.map(|verb| (verb.to_owned(), everybody())).into()));
    item
}

/// Writes items into a table.
pub async fn fill(client: &Client, table: &str, items: impl Iterator<Item = Item>) {
    let mut items = items.peekable();
    while items.peek().is_some() {
        let put = |item| PutRequest::builder().set_item(Some(item)).build().expect("an item");
        let puts = items.by_ref().take(25).map(|item| WriteRequest::builder().put_request(put(item)).build()).collect();
        client.batch_write_item().request_items(table, puts).send().await.expect("a reply");
    }
}

/// The tables of `pail serve`.
pub fn tables_of_serve() -> Tables {
    let [apps, objects, index] = ["pail-apps", TABLE, "pail-index"].map(str::to_owned);
    Tables { apps, objects, index }
}

/// Runs work with a client of the DynamoDB at a URL.
pub fn with_client<F: Future>(dynamodb: &str, work: impl FnOnce(Client) -> F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let endpoint = Endpoint {
        region: "eu-west-1".to_owned(),
        url: Some(dynamodb.to_owned()),
        credentials: Some(Credentials::new("bench", "bench", None, None, "bench")),
    };
    runtime.block_on(work(client::new(endpoint, client::https().expect("root certificates"))))
}

/// Writes objects with these numbers into the bucket notes of the DynamoDB at a URL, and a second set of them for the
/// floors.
pub fn fill_notes(dynamodb: &str, numbers: impl Iterator<Item = usize> + Clone) {
    with_client(dynamodb, |client| async move {
        for generation in [generation(&client).await, GENERATION.to_owned()] {
            let item = |number| open_item(&generation, &object_id(number), &object(300));
            fill(&client, TABLE, numbers.clone().map(item)).await;
        }
    });
}

/// The generation of the bucket notes in the tables of `pail serve`.
async fn generation(client: &Client) -> String {
    let key = [("pk", text("demo")), ("sk", text("bucket/notes"))].map(|(name, value)| (name.to_owned(), value));
    let get = client.get_item().table_name(TABLE).set_key(Some(key.into())).send().await.expect("a reply");
    get.item.expect("the bucket")["generation"].as_s().expect("a text").clone()
}
