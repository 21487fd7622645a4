//! The floor of a create: the two calls that it makes, and nothing else.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

/// DynamoDB, with tables that are called as Pail's.
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

    /// Puts an object under a condition.
    pub async fn put(&self, id: &str, content: &str) {
        let put = self.client.put_item().table_name(&self.objects).condition_expression("attribute_not_exists(pk)");
        let put = put.item("pk", text("demo/notes/0123456789abcdef0123456789abcdef")).item("sk", text(id));
        let put = put.item("version", AttributeValue::N("1".to_owned())).item("content", text(content));
        put.send().await.expect("a reply");
    }
}
