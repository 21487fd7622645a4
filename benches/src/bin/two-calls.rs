//! The floor of a create: a Lambda function that reads two items and puts one under a condition, by the SDK's client with
//! Pail's settings, and does nothing else. It knows who calls and what is asked for without a look at the event.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use pail::store::client::{self, Credentials, Endpoint};
use serde_json::json;
use serde_json::value::RawValue;

type Item = HashMap<String, AttributeValue>;

/// The two tables, which are called as Pail's.
struct Tables {
    client: Client,
    apps: String,
    objects: String,
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn keys(key: Item) -> Result<KeysAndAttributes, Error> {
    Ok(KeysAndAttributes::builder().keys(key).consistent_read(true).build()?)
}

impl Tables {
    async fn read(&self) -> Result<(), Error> {
        let app = HashMap::from([("app_id".to_owned(), text("demo"))]);
        let bucket = HashMap::from([("pk".to_owned(), text("demo")), ("sk".to_owned(), text("bucket/notes"))]);
        let get = self.client.batch_get_item().request_items(&self.apps, keys(app)?);
        get.request_items(&self.objects, keys(bucket)?).send().await?;
        Ok(())
    }

    async fn put(&self, id: &str, content: &str) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&self.objects).condition_expression("attribute_not_exists(pk)");
        let put = put.item("pk", text("demo/notes/0123456789abcdef0123456789abcdef")).item("sk", text(id));
        let put = put.item("version", AttributeValue::N("1".to_owned())).item("content", text(content));
        put.send().await?;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let credentials =
        Credentials::new(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), None, None, "environment");
    let url = std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok();
    let endpoint = Endpoint { region: variable("AWS_REGION"), url, credentials: Some(credentials) };
    let tables = Tables {
        client: client::new(endpoint, client::https()),
        apps: variable("PAIL_APPS_TABLE"),
        objects: variable("PAIL_OBJECTS_TABLE"),
    };
    // The connection is opened in start-up, as Pail does.
    tables.read().await?;
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let content = format!("{{\"text\":\"{}\"}}", "x".repeat(289));
    let (tables, content, count) = (&tables, &content, &std::sync::atomic::AtomicU64::new(0));
    let answer = move |_: LambdaEvent<Box<RawValue>>| async move {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        tables.read().await?;
        tables.put(&format!("{start:032x}{number:08x}"), content).await?;
        Ok::<_, Error>(json!({"statusCode": 201, "body": "{}"}))
    };
    lambda_runtime::run(service_fn(answer)).await
}
