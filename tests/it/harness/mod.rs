//! A whole installation in memory, and what tests ask of it.

pub mod answer;
pub mod call;
pub mod callers;
pub mod clock;
pub mod figures;
pub mod fixtures;
pub mod issuers;
pub mod items;
pub mod log;
pub mod look;
pub mod members;
pub mod random;
pub mod vectors;
pub mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use pail::auth::app_key::AppKey;
use pail::auth::claims::TokenRules;
use pail::config::MAXIMUM_TOKEN_LIFETIME;
use pail::http::response::Response;
use pail::http::{Handler, Invocation, Settings};
use pail::model::app::{App, StoredAppKey};
use pail::model::bucket::Writer;
use pail::model::id::AppId;
use pail::model::object::Version;
use pail::sources::Sources;
use pail::store::change::Change;
use pail::store::embedded::Engine;
use pail::store::{Session, Store, Tables, client};
use serde_json::{Value, json};
use tokio::time::Instant;

pub use answer::Answer;
pub use call::{Call, Gateway};
pub use clock::Clock;
pub use figures::{figure, is_whole};
pub use items::Items;
pub use random::{Random, cases, each_case, only_case};
pub use wire::{Act, Wire};

/// The time in an installation: some day in September 2026, in milliseconds since 1970.
pub const NOW: u64 = 1_790_000_000_123;

/// The runtime's name for every invocation.
pub const INVOCATION_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/// Tables in memory, and a handler over them, with one app, `demo`, whose key is `demo-key`, and which trusts
/// [`callers::issuer`].
pub struct Installation {
    /// How long invocations may last.
    pub time_left: Duration,
    /// What the handler's calls to DynamoDB go over.
    pub wire: Wire,
    handler: Arc<Handler>,
    /// A second handler over the same tables, not on the wire: somebody else who calls meanwhile.
    rival: Arc<Handler>,
    settings: Settings,
    /// Tests themselves look into the tables beside the wire.
    client: Client,
    store: Store,
    /// The same tables, reached over the wire.
    wired: Store,
    sources: Sources,
}

impl Installation {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// An installation with other settings than the default ones.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let installation = Self::new(Clock::new().sources(), change).await;
        installation.put_app(app("demo")).await;
        installation
    }

    /// An installation with other sources, and without an app.
    pub async fn without_app(sources: Sources) -> Self {
        Self::new(sources, |_| {}).await
    }

    /// An installation with other sources and settings, and without an app.
    pub async fn new(sources: Sources, change: impl FnOnce(&mut Settings)) -> Self {
        log::watch();
        let mut settings = default_settings();
        change(&mut settings);
        let engine = Engine::in_memory().expect("an engine in memory");
        let client = client::new(Engine::endpoint(), engine.http_client());
        let store = Store::new(client.clone(), tables());
        store.create_tables().await.expect("tables in memory");
        let wire = Wire::to(engine);
        let wired = Store::new(client::new(Engine::endpoint(), (&wire).into()), tables());
        Self {
            time_left: Duration::from_secs(28),
            wire,
            handler: Arc::new(Handler::new(wired.clone(), settings.clone(), sources.clone())),
            rival: Arc::new(Handler::new(store.clone(), settings.clone(), sources.clone())),
            settings,
            client,
            store,
            wired,
            sources,
        }
    }

    /// The same tables, which the handler reaches by another client than that on the wire.
    pub fn reached_by(mut self, client: impl FnOnce(Engine) -> Client) -> Self {
        self.wired = Store::new(client(self.wire.engine()), tables());
        self.handler = Arc::new(Handler::new(self.wired.clone(), self.settings.clone(), self.sources.clone()));
        self
    }

    /// The answer to a request, held to what the contract says of every answer.
    pub async fn answer(&self, call: &Call) -> Answer {
        let answer = self.answer_event(&call.event().to_string()).await;
        assert_eq!(answer.header("x-request-id"), Call::REQUEST_ID);
        answer
    }

    /// The answer to an event, held to what the contract says of every answer.
    pub async fn answer_event(&self, event: &str) -> Answer {
        let answer = Answer::from(self.handle(event).await);
        answer.check(&self.settings.allowed_origin);
        answer
    }

    /// The response to an event, as the runtime gets it.
    pub async fn handle(&self, event: &str) -> Response {
        self.handler.handle(event, self.invocation()).await
    }

    /// Somebody who can call while a request of the test's own is under way.
    pub fn rival(&self) -> Rival {
        Rival(self.rival.clone(), self.invocation())
    }

    /// The tables, for whoever changes them while a request is under way.
    pub fn beside(&self) -> Beside {
        Beside(self.client.clone())
    }

    fn invocation(&self) -> Invocation {
        Invocation { id: INVOCATION_ID.to_owned(), time_left: self.time_left, cold: false }
    }

    /// Makes a request that creates an object, and says which items it has added or changed.
    pub async fn created(&self, call: &Call) -> (Answer, Items) {
        let mut before = self.items().await;
        let answer = self.answer(call).await;
        assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
        let mut items = self.items().await;
        items.retain(|key, item| before.remove(key).as_ref() != Some(item));
        assert!(before.is_empty(), "items are gone: {before:?}");
        let id = answer.text("objectID");
        let objects: Vec<&Value> = items.values().filter(|item| item["sk"]["S"] == id).collect();
        assert_eq!(objects.len(), 1, "{call:?}: {items:?}");
        (answer, items)
    }

    /// The stored text of the object that a request creates.
    pub async fn stored(&self, call: &Call) -> String {
        let (answer, items) = self.created(call).await;
        let id = answer.text("objectID");
        let object = items.values().find(|item| item["sk"]["S"] == id).expect("the object");
        object["content"]["S"].as_str().expect("a text").to_owned()
    }

    /// Makes a request that is refused with this status and code, and has written nothing.
    pub async fn refused(&self, call: &Call, status: u16, code: &str) -> Answer {
        let before = self.items().await;
        let answer = self.answer(call).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{call:?}: {answer:?}");
        assert_eq!(self.items().await, before, "{call:?} was refused and has written");
        answer
    }

    /// The same where so many are refused that comparing tables would take long: nothing was sent that could write.
    pub async fn refused_by_reading(&self, call: &Call, status: u16, code: &str) -> Answer {
        self.wire.take_sent();
        let answer = self.answer(call).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{call:?}: {answer:?}");
        let puts = look::puts(&self.wire.take_sent());
        assert!(puts.is_empty(), "{call:?} was refused and has sent {puts:?}");
        answer
    }

    /// The same for a request that has to be refused before the storage is asked for anything.
    pub async fn refused_unread(&self, call: &Call, status: u16, code: &str) -> Answer {
        self.wire.take_sent();
        let answer = self.refused(call, status, code).await;
        assert_eq!(self.wire.take_operations(), Vec::<String>::new(), "{call:?}");
        answer
    }

    /// All items of both tables.
    pub async fn items(&self) -> Items {
        let mut items = Items::new();
        for table in [tables().apps, tables().objects] {
            let mut pages = self.client.scan().table_name(&table).consistent_read(true).into_paginator().items().send();
            while let Some(item) = pages.next().await {
                let item = items::to_json(&item.expect("an item"));
                let part = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
                items.insert([part("app_id"), part("pk"), part("sk")].join(" "), item);
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

    /// Holds the tables to have nothing half: every object stands under the generation of its bucket, and every bucket
    /// that a request has made has its first object.
    pub async fn assert_whole(&self) {
        let items = self.items().await;
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let mut objects: HashMap<String, Vec<&Value>> = HashMap::new();
        for object in items.values().filter(|item| item.get("content").is_some()) {
            let partition = text(object, "pk");
            let (bucket, _generation) = partition.rsplit_once('/').unwrap_or_default();
            objects.entry(bucket.to_owned()).or_default().push(object);
        }
        for bucket in items.values().filter(|item| item.get("generation").is_some()) {
            let path = format!("{}/{}", text(bucket, "pk"), text(bucket, "sk").replace("bucket/", ""));
            let partition = format!("{path}/{}", text(bucket, "generation"));
            let objects = objects.remove(&path).unwrap_or_default();
            let strays: Vec<&&Value> = objects.iter().filter(|object| text(object, "pk") != partition).collect();
            assert!(strays.is_empty(), "objects of another generation: {strays:?}");
            let made_by_a_test = text(bucket, "writer") == "a test";
            assert!(made_by_a_test || !objects.is_empty(), "a bucket without its first object: {bucket}");
        }
        assert!(objects.is_empty(), "objects without a bucket: {objects:?}");
    }

    /// Stores an app in the place of whatever stands under its ID.
    pub async fn put_app(&self, app: App) {
        let mut session = self.session();
        let seen = session.app(&app.id).await.unwrap_or_default();
        let change = session.put_app(&app, seen.as_ref()).await;
        assert_eq!(change, Ok(Change::Made));
    }

    /// Stores a scope's ACL, from `{"VERB": ["subject", …]}`.
    pub async fn put_scope_acl(&self, scope: &str, entries: Value) {
        let item = json!({
            "pk": {"S": scope}, "sk": {"S": "acl"}, "writer": {"S": "a test"}, "version": {"N": "1"}, "acl": items::acl(&entries),
        });
        self.put_item(&tables().objects, &item).await;
    }

    /// Stores a bucket with this ACL.
    pub async fn put_bucket(&self, scope: &str, bucket: &str, entries: Value) {
        self.put_item(&tables().objects, &bucket_item(scope, bucket, &entries)).await;
    }

    /// Changes the item of the bucket `notes` as a drop does.
    pub async fn drop_bucket(&self) {
        let mut bucket = self.items().await.remove(" demo bucket/notes").expect("the bucket");
        let version: u64 = bucket["version"]["N"].as_str().and_then(|version| version.parse().ok()).expect("a version");
        let members = bucket.as_object_mut().expect("an item is an object");
        members.remove("acl");
        members.insert("dropped".to_owned(), json!({"N": NOW.to_string()}));
        members.insert("writer".to_owned(), json!({"S": "whoever drops it"}));
        members.insert("version".to_owned(), json!({"N": (version + 1).to_string()}));
        self.put(bucket).await;
    }

    /// Stores any item in the objects table.
    pub async fn put(&self, item: Value) {
        self.beside().put(item).await;
    }

    pub async fn put_item(&self, table: &str, item: &Value) {
        self.beside().put_item(table, item).await;
    }

    /// The session of an operator beside the wire.
    pub fn session(&self) -> Session<'_> {
        Session::new(&self.store, &self.sources, Instant::now() + Duration::from_secs(60)).expect("a session")
    }

    /// The session of an operator whose calls go over the wire.
    pub fn wired_session(&self) -> Session<'_> {
        Session::new(&self.wired, &self.sources, Instant::now() + Duration::from_secs(60)).expect("a session")
    }

    /// Opens the connection, as the handler does at start.
    pub async fn connect(&self) {
        self.wired.connect(&self.sources, Duration::from_secs(3)).await;
    }
}

/// A caller beside the wire.
pub struct Rival(Arc<Handler>, Invocation);

impl Rival {
    /// Creates an object.
    pub async fn creates(self, call: Call) {
        let answer = Answer::from(self.0.handle(&call.event().to_string(), self.1).await);
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

/// The tables, reached beside the wire.
pub struct Beside(Client);

impl Beside {
    /// Stores any item in the objects table.
    pub async fn put(&self, item: Value) {
        self.put_item(&tables().objects, &item).await;
    }

    /// Takes an app away.
    pub async fn delete_app(&self, id: &str) {
        let key = items::from_json(&json!({"app_id": {"S": id}}));
        let delete = self.0.delete_item().table_name(tables().apps).set_key(Some(key)).send().await;
        assert!(delete.is_ok(), "{delete:?}");
    }

    pub async fn put_item(&self, table: &str, item: &Value) {
        let put = self.0.put_item().table_name(table).set_item(Some(items::from_json(item))).send().await;
        assert!(put.is_ok(), "{put:?}");
    }
}

/// What the handler's settings are where the environment sets none.
pub fn default_settings() -> Settings {
    Settings {
        allowed_origin: "*".to_owned(),
        keep: Duration::ZERO,
        token_rules: TokenRules { maximum_lifetime: MAXIMUM_TOKEN_LIFETIME },
        public_url: None,
    }
}

pub fn tables() -> Tables {
    Tables { apps: "apps".to_owned(), objects: "objects".to_owned() }
}

/// An app whose key is its ID and `-key`, and which trusts the tests' issuer.
pub fn app(id: &str) -> App {
    App {
        id: AppId::parse(id).expect("an app's ID"),
        disabled: false,
        keys: vec![app_key(&format!("{id}-key"))],
        issuers: vec![callers::issuer()],
        writer: Writer::new(0),
        version: Version::FIRST,
    }
}

pub fn app_key(key: &str) -> StoredAppKey {
    StoredAppKey { digest: AppKey::parse(key).expect("an app key").digest(), created: NOW }
}

/// The item of a bucket with this ACL, from `{"VERB": ["subject", …]}`.
pub fn bucket_item(scope: &str, bucket: &str, entries: &Value) -> Value {
    json!({
        "pk": {"S": scope}, "sk": {"S": format!("bucket/{bucket}")},
        "writer": {"S": "a test"}, "version": {"N": "1"}, "generation": {"S": "0123456789abcdef0123456789abcdef"},
        "acl": items::acl(entries), "creator": {"S": "UserID:somebody"}, "created": {"N": NOW.to_string()},
    })
}
