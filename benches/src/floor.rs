//! The floor of a create: its two calls, and nothing else.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure};

/// DynamoDB, with the names of Pail's tables.
pub struct Floor {
    /// The client, with Pail's settings.
    pub client: Client,
    /// The name of the apps table.
    pub apps: String,
    /// The name of the objects table.
    pub objects: String,
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn keys<const N: usize>(key: [(&str, &str); N]) -> KeysAndAttributes {
    let key = HashMap::from(key.map(|(name, value)| (name.to_owned(), text(value))));
    KeysAndAttributes::builder().keys(key).consistent_read(true).build().expect("keys")
}

impl Floor {
    /// Reads the items of an app and a bucket.
    pub async fn read(&self) {
        let get = self.client.batch_get_item().request_items(&self.apps, keys([("app_id", "demo")]));
        let get = get.request_items(&self.objects, keys([("pk", "demo"), ("sk", "bucket/notes")]));
        get.send().await.expect("a reply");
    }

    /// Puts an object under a condition: an item with the attributes that Pail's have (docs/protocol.md).
    pub async fn put(&self, id: &str, content: &str) {
        let number = |number: &str| AttributeValue::N(number.to_owned());
        let put = self.client.put_item().table_name(&self.objects).condition_expression("attribute_not_exists(writer)");
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = put.item("pk", text("demo/notes:0123456789abcdef0123456789abcdef")).item("sk", text(id));
        let put = put.item("writer", text("00000000-0000-0000-0000-000000000000")).item("version", number("1"));
        let put = put.item("content", text(content)).item("data_type", text("application/json"));
        let put = put.item("owner", text("UserID:alice"));
        let put = put.item("created", number("1790000000123")).item("modified", number("1790000000123"));
        put.send().await.expect("a reply");
    }
}
