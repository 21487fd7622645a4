//! Direct access to the tables, past the wire and the handler.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use pail::model::app::App;
use pail::store::write::Write;
use pail::store::{Session, Store};
use pail::system::System;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::fixtures::{bucket_item, dropped, scope_acl_item, tables};
use crate::items::{self, Items};

/// Creates the tables in the DynamoDB that a client reaches.
#[cfg(feature = "engine")]
pub async fn create_tables(client: &Client) {
    Store::new(client.clone(), tables()).create_tables().await.expect("tables in memory");
}

/// The tables. Clones access the same ones.
#[derive(Clone)]
pub struct Direct {
    client: Client,
    store: Store,
    sources: System,
}

impl Direct {
    /// The tables that a client reaches.
    pub fn new(client: Client, sources: System) -> Self {
        Self { store: Store::new(client.clone(), tables()), client, sources }
    }

    /// The same, after they were created.
    #[cfg(feature = "engine")]
    pub async fn create(client: Client, sources: System) -> Self {
        create_tables(&client).await;
        Self::new(client, sources)
    }

    /// The store that Pail itself would use.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// An operator's session.
    pub fn session(&self) -> Session<'_> {
        Session::new(&self.store, &self.sources, Instant::now() + Duration::from_secs(60)).expect("a session")
    }

    /// Stores an app, and replaces any other with its ID.
    pub async fn put_app(&self, app: App) {
        let mut session = self.session();
        let seen = session.app(&app.id).await.unwrap_or_default();
        let change = session.put_app(&App { stamp: seen.and_then(|seen| seen.stamp), ..app }).await;
        assert_eq!(change, Ok(Write::Made));
    }

    /// Deletes an app.
    pub async fn delete_app(&self, id: &str) {
        self.delete(&tables().apps, &json!({"app_id": {"S": id}})).await;
    }

    /// Deletes the item of a table with this key.
    pub async fn delete(&self, table: &str, key: &Value) {
        let delete = self.client.delete_item().table_name(table).set_key(Some(items::from_json(key))).send().await;
        assert!(delete.is_ok(), "{delete:?}");
    }

    /// Stores a scope's ACL, from `{"VERB": ["subject", …]}`.
    pub async fn put_scope_acl(&self, scope: &str, entries: Value) {
        self.put(scope_acl_item(scope, &entries)).await;
    }

    /// Stores a bucket with this ACL.
    pub async fn put_bucket(&self, scope: &str, bucket: &str, entries: Value) {
        self.put(bucket_item(scope, bucket, &entries)).await;
    }

    /// Changes the item of the bucket `notes` as a drop does.
    pub async fn drop_bucket(&self) {
        let bucket = self.item("demo", "bucket/notes").await.expect("the bucket");
        self.put(dropped(bucket)).await;
    }

    /// Stores any item in the objects table.
    pub async fn put(&self, item: Value) {
        self.put_item(&tables().objects, &item).await;
    }

    /// Stores any item in a table.
    pub async fn put_item(&self, table: &str, item: &Value) {
        let put = self.client.put_item().table_name(table).set_item(Some(items::from_json(item))).send().await;
        assert!(put.is_ok(), "{put:?}");
    }

    /// Stores items in the objects table, in batches.
    pub async fn put_all(&self, items: &[Value]) {
        for batch in items.chunks(25) {
            let put = |item| PutRequest::builder().set_item(Some(items::from_json(item))).build().expect("an item");
            let puts = batch.iter().map(|item| WriteRequest::builder().put_request(put(item)).build()).collect();
            let put = self.client.batch_write_item().request_items(tables().objects, puts).send().await;
            assert!(put.is_ok_and(|put| put.unprocessed_items().is_none_or(HashMap::is_empty)));
        }
    }

    /// One item of the objects table.
    pub async fn item(&self, partition: &str, sort: &str) -> Option<Value> {
        self.get(&tables().objects, &json!({"pk": {"S": partition}, "sk": {"S": sort}})).await
    }

    /// The item of a table with this key.
    pub async fn get(&self, table: &str, key: &Value) -> Option<Value> {
        let get = self.client.get_item().table_name(table).set_key(Some(items::from_json(key))).consistent_read(true);
        get.send().await.expect("a reply").item.map(|item| items::to_json(&item))
    }

    /// All items of one partition of the objects table, such as the objects of one generation of a bucket.
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

    /// All index entries.
    pub async fn entries(&self) -> Vec<Value> {
        self.items().await.into_values().filter(|item| item.get("at").is_some()).collect()
    }

    /// All items of all tables.
    pub async fn items(&self) -> Items {
        let mut items = Items::new();
        for table in [tables().apps, tables().objects, tables().index] {
            let mut pages = self.client.scan().table_name(&table).consistent_read(true).into_paginator().items().send();
            while let Some(item) = pages.next().await {
                let item = items::to_json(&item.expect("an item"));
                items.insert(items::name(&item), item);
            }
        }
        items
    }

    /// How many buckets and objects there are.
    pub async fn count(&self) -> (usize, usize) {
        let items = self.items().await;
        let buckets = items.values().filter(|item| item.get("generation").is_some()).count();
        (buckets, items.values().filter(|item| item.get("content").is_some()).count())
    }

    /// Checks that nothing was written in part: every object is stored under the generation of its bucket, and every bucket
    /// that a request has created has its first object.
    pub async fn assert_whole(&self) {
        let items = self.items().await;
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let mut objects: HashMap<String, Vec<&Value>> = HashMap::new();
        for object in items.values().filter(|item| item.get("content").is_some()) {
            let partition = text(object, "pk");
            let (bucket, _generation) = partition.rsplit_once(':').unwrap_or_default();
            objects.entry(bucket.to_owned()).or_default().push(object);
        }
        for bucket in items.values().filter(|item| item.get("generation").is_some()) {
            let path = format!("{}/{}", text(bucket, "pk"), text(bucket, "sk").replace("bucket/", ""));
            let partition = format!("{path}:{}", text(bucket, "generation"));
            let objects = objects.remove(&path).unwrap_or_default();
            let strays: Vec<&&Value> = objects.iter().filter(|object| text(object, "pk") != partition).collect();
            assert!(strays.is_empty(), "objects of another generation: {strays:?}");
            let is_of_a_test = text(bucket, "writer").starts_with("a test");
            assert!(is_of_a_test || !objects.is_empty(), "a bucket without its first object: {bucket}");
        }
        assert!(objects.is_empty(), "objects without a bucket: {objects:?}");
    }
}
