//! A look at a few items, for tests whose tables are too large to be read whole after each request.

use serde_json::{Value, json};

use super::wire::Sent;
use super::{Installation, items, tables};

impl Installation {
    /// One item of the objects table.
    pub async fn item(&self, partition: &str, sort: &str) -> Option<Value> {
        let key = items::from_json(&json!({"pk": {"S": partition}, "sk": {"S": sort}}));
        let get = self.client.get_item().table_name(tables().objects).set_key(Some(key)).consistent_read(true);
        get.send().await.expect("the item, if there is one").item.map(|item| items::to_json(&item))
    }

    /// All items of one partition of the objects table: the objects of one generation of a bucket, for instance.
    pub async fn partition(&self, partition: &str) -> Vec<Value> {
        let query = self.client.query().table_name(tables().objects).key_condition_expression("pk = :pk");
        let values = items::from_json(&json!({":pk": {"S": partition}}));
        let query = query.set_expression_attribute_values(Some(values)).consistent_read(true);
        let mut pages = query.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            found.push(items::to_json(&item.expect("an item")));
        }
        found
    }
}

/// The items that calls put, in the order in which they were sent; a call that is no read and no put fails the test.
pub fn puts(sent: &[Sent]) -> Vec<Value> {
    let mut puts = Vec::new();
    for Sent { operation, body } in sent {
        match operation.as_str() {
            "BatchGetItem" | "GetItem" => {}
            "PutItem" => puts.push(body["Item"].clone()),
            "TransactWriteItems" => {
                let writes = body["TransactItems"].as_array().expect("writes");
                puts.extend(writes.iter().map(|write| write["Put"]["Item"].clone()));
            }
            other => panic!("no create sends {other}"),
        }
    }
    puts
}
