//! What DynamoDB refuses, the emulator refuses as well, so that no test can rest on it. `.ci/engine` runs this, and the suites that need
//! only DynamoDB's API, over a second emulator.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use pail::store::Store;
use pail_testing::{Emulator, items, tables};
use serde_json::{Value, json};

/// A client whose tables are there.
async fn client() -> Client {
    let client = Emulator::start().client();
    Store::new(client.clone(), tables()).create_tables().await.expect("tables");
    client
}

/// The code of the error that a put is answered with, if any.
async fn put(client: &Client, key: Value, condition: Option<&str>) -> Option<String> {
    let put = client.put_item().table_name(tables().objects).set_item(Some(items::from_json(&key)));
    let put = put.set_condition_expression(condition.map(str::to_owned)).send().await;
    put.err().map(|error| error.code().unwrap_or("no code").to_owned())
}

#[tokio::test]
async fn keys_are_neither_empty_nor_too_long() {
    let client = client().await;
    let key = |partition: &str, sort: &str| json!({"pk": {"S": partition}, "sk": {"S": sort}});
    let (partition, sort) = ("p".repeat(2048), "s".repeat(1024));
    assert_eq!(put(&client, key(&partition, &sort), None).await, None);
    for (partition, sort) in [("", "s"), ("p", ""), (&format!("{partition}p"), "s"), ("p", &format!("{sort}s"))] {
        let code = put(&client, key(partition, sort), None).await;
        assert_eq!(code.as_deref(), Some("ValidationException"), "{partition:.9} {sort:.9}");
    }
}

#[tokio::test]
async fn expressions_have_no_reserved_words() {
    refuses(&["attribute_not_exists(status)", "attribute_not_exists(pk) AND name = pk"]).await;
}

#[tokio::test]
async fn expressions_are_whole_and_have_no_undefined_names_or_values() {
    refuses(&["pk =", "attribute_not_exists(#name)", "pk = :value"]).await;
}

/// Checks that each of these conditions is refused, and another one is not.
async fn refuses(conditions: &[&str]) {
    let client = client().await;
    let key = json!({"pk": {"S": "p"}, "sk": {"S": "s"}});
    for condition in conditions {
        let code = put(&client, key.clone(), Some(condition)).await;
        assert_eq!(code.as_deref(), Some("ValidationException"), "{condition}");
    }
    assert_eq!(put(&client, key, Some("attribute_not_exists(pk)")).await, None);
}
