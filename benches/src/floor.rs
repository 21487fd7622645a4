//! The floors of requests: only the DynamoDB calls of each operation.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use pail::store::Tables;
use pail_testing::fixtures::GENERATION;

use crate::events;
use crate::objects::{self, Item};
use crate::scores;

/// DynamoDB, with the names of Pail's tables.
pub struct Floor {
    /// The client, with Pail's settings.
    pub client: Client,
    /// The tables.
    pub tables: Tables,
}

/// The calls of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Reads app and bucket, and puts an object.
    Create,
    /// Reads app, bucket and object.
    Get,
    /// The same, and updates the object's content.
    Change,
    /// The same, and replaces the object with a tombstone.
    Delete,
    /// Reads app and bucket, a page of entries of an index, and their objects.
    Page,
}

impl Calls {
    /// All of them, with their names.
    pub const ALL: [(&str, Self); 5] = [
        ("create", Self::Create),
        ("get", Self::Get),
        ("change", Self::Change),
        ("delete", Self::Delete),
        ("page", Self::Page),
    ];
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

fn key<const N: usize>(key: [(&str, &str); N]) -> Item {
    HashMap::from(key.map(|(name, value)| (name.to_owned(), text(value))))
}

fn keys(keys: Vec<Item>) -> KeysAndAttributes {
    KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().expect("keys")
}

impl Floor {
    /// Makes the calls of an operation. `id` is the object's ID, unless the operation is a page. Unless it is a create, the
    /// object must exist.
    pub async fn make(&self, calls: Calls, id: &str, content: &str) {
        match calls {
            Calls::Create => {
                self.read(None).await;
                self.put(id, content).await;
            }
            Calls::Get => {
                self.read(Some(id)).await.expect("the object");
            }
            Calls::Change => {
                let object = self.read(Some(id)).await.expect("the object");
                let set = [
                    ("content", text(content)),
                    ("data_type", text("application/json")),
                    ("modified", number("1790000000123")),
                    ("entries", AttributeValue::M(Item::new())),
                ];
                self.update(id, &object, &set, "").await;
            }
            Calls::Page => {
                self.read(None).await;
                self.page(0).await;
            }
            Calls::Delete => {
                let object = self.read(Some(id)).await.expect("the object");
                let set = [("deleted", number("1790000000123")), ("expires", number("1790604800"))];
                self.update(id, &object, &set, " REMOVE content, data_type, modified, acl, entries").await;
            }
        }
    }

    /// Reads the items of an app, a bucket and, if an ID is given, an object, which is returned.
    pub async fn read(&self, id: Option<&str>) -> Option<Item> {
        let partition = objects::partition(GENERATION);
        let bucket = key([("pk", "demo"), ("sk", "bucket/notes")]);
        let object = id.map(|id| key([("pk", &partition), ("sk", id)]));
        let get = self.client.batch_get_item().request_items(&self.tables.apps, keys(vec![key([("app_id", "demo")])]));
        let get = get.request_items(&self.tables.objects, keys([bucket].into_iter().chain(object).collect()));
        let reply = get.send().await.expect("a reply");
        let found = reply.responses?.remove(&self.tables.objects)?;
        found.into_iter().find(|item| id.is_some_and(|id| item["sk"].as_s().is_ok_and(|found| found == id)))
    }

    /// Reads the page of the bucket `scores` that begins with the object of this number, by its index, and one entry and object
    /// more, as Pail does.
    pub async fn page(&self, from: usize) {
        let most = scores::PAGE + 1;
        let bytes = |bytes: &[u8]| AttributeValue::B(Blob::new(bytes));
        let query = self.client.query().table_name(&self.tables.index);
        let query = query.key_condition_expression("pk = :partition AND sk BETWEEN :from AND :to");
        let query = query.expression_attribute_values(":partition", text(&scores::index_partition()));
        let query = query.expression_attribute_values(":from", bytes(scores::spot(from).as_bytes()));
        let query = query.expression_attribute_values(":to", bytes(&[0xff]));
        let query = query.consistent_read(true).limit(i32::try_from(most).expect("a small number"));
        let entries = query.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("a reply");
        assert_eq!(entries.count(), i32::try_from(most).expect("a small number"));
        let partition = scores::partition();
        let objects = (from..from + most).map(|number| key([("pk", &partition), ("sk", &events::object_id(number))]));
        let get = self.client.batch_get_item().request_items(&self.tables.objects, keys(objects.collect()));
        let get = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("a reply");
        assert_eq!(get.responses.and_then(|read| Some(read.get(&self.tables.objects)?.len())), Some(most));
    }

    /// Puts an object under a condition: an item with the same attributes as Pail's (docs/protocol.md).
    async fn put(&self, id: &str, content: &str) {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.objects)
            .condition_expression("attribute_not_exists(writer)");
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        put.set_item(Some(objects::item(GENERATION, id, content))).send().await.expect("a reply");
    }

    /// Updates an object on the condition that it is unchanged, as Pail does.
    async fn update(&self, id: &str, seen: &Item, set: &[(&str, AttributeValue)], remove: &str) {
        let next: u64 = seen["version"].as_n().expect("a version").parse().expect("a number");
        let stamp =
            [("writer", text("00000000-0000-0000-0000-000000000001")), ("version", number(&(next + 1).to_string()))];
        let set: Vec<_> = set.iter().chain(&stamp).collect();
        let assignments: Vec<String> = set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let names = set.iter().map(|(name, _)| (format!("#{name}"), (*name).to_owned())).collect();
        let mut values: Item = set.iter().map(|(name, value)| (format!(":{name}"), value.clone())).collect();
        values.insert(":seen".to_owned(), seen["writer"].clone());
        let update = self.client.update_item().table_name(&self.tables.objects);
        let update = update.set_key(Some(key([("pk", &objects::partition(GENERATION)), ("sk", id)])));
        let update = update.update_expression(format!("SET {}{remove}", assignments.join(", ")));
        let update = update.condition_expression("writer = :seen AND attribute_not_exists(deleted)");
        let update = update.set_expression_attribute_names(Some(names)).set_expression_attribute_values(Some(values));
        let update = update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        update.send().await.expect("a reply");
    }
}
