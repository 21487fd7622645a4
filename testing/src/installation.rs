//! A whole installation in memory.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use pail::http::response::Response;
use pail::http::{Handler, Invocation, Settings};
use pail::local::Engine;
use pail::store::{Session, Store};
use pail::system::System;
use serde_json::Value;
use tokio::time::Instant;

use crate::fixtures::{app, default_settings, tables};
use crate::{Answer, Call, Clock, Direct, Emulator, Items, Wire, items, log};

/// The ID of every invocation.
pub const INVOCATION_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/// Tables in memory, and a handler that reaches them over a [`Wire`]. By default it has one app, `demo`, with the key
/// `demo-key`, which trusts [`callers::issuer`](crate::callers::issuer).
///
/// It dereferences to [`Direct`]: tests read and write the tables past the wire.
pub struct Installation {
    /// How long invocations may last.
    pub time_left: Duration,
    /// What the handler's calls to DynamoDB go over.
    pub wire: Wire,
    handler: Arc<Handler>,
    /// Whether the handler's calls go over the wire.
    is_wired: bool,
    /// A second handler over the same tables, past the wire.
    rival: Arc<Handler>,
    settings: Settings,
    direct: Direct,
    /// The same tables, over the wire.
    wired: Store,
    /// The same for an operator.
    operators: Store,
    system: System,
}

impl Installation {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// An installation with other settings than the default ones.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let installation = Self::new(Clock::new().system(), change).await;
        installation.put_app(app("demo")).await;
        installation
    }

    /// An installation with another clock and random source, and without an app.
    pub async fn without_app(system: System) -> Self {
        Self::new(system, |_| {}).await
    }

    /// An installation with another clock, random source and settings, and without an app.
    pub async fn new(system: System, change: impl FnOnce(&mut Settings)) -> Self {
        log::watch();
        let mut settings = default_settings();
        change(&mut settings);
        let emulator = Emulator::start();
        let direct = Direct::create(emulator.client(), system.clone()).await;
        let wire = Wire::to(emulator);
        let wired = Store::new(wire.client(), tables());
        let operators = Store::new(wire.of_operator().client(), tables());
        Self {
            time_left: Duration::from_secs(28),
            wire,
            handler: Arc::new(Handler::new(wired.clone(), settings.clone(), system.clone())),
            is_wired: true,
            rival: Arc::new(Handler::new(direct.store().clone(), settings.clone(), system.clone())),
            settings,
            direct,
            wired,
            operators,
            system,
        }
    }

    /// The same tables, which the handler reaches by another client than the one on the wire.
    pub fn reached_by(mut self, client: impl FnOnce(Engine) -> Client) -> Self {
        self.wired = Store::new(client(self.wire.emulator().engine()), tables());
        self.handler = Arc::new(Handler::new(self.wired.clone(), self.settings.clone(), self.system.clone()));
        self.is_wired = false;
        self
    }

    /// The answer to a request, checked against the contract's tables.
    pub async fn answer(&self, call: &Call) -> Answer {
        let answer = Answer::from(self.handle(&call.event().to_string()).await);
        answer.check_for(call, self.settings.allowed_origins.answer_to(call.values("origin").first().copied()));
        assert_eq!(answer.header("x-request-id"), Call::REQUEST_ID);
        answer
    }

    /// The answer to any event, checked against the contract's tables.
    pub async fn answer_event(&self, event: &str) -> Answer {
        let answer = Answer::from(self.handle(event).await);
        answer.check(self.settings.allowed_origins.answer_to(None));
        answer
    }

    /// The response to an event, as the runtime gets it.
    pub async fn handle(&self, event: &str) -> Response {
        self.handler.handle(event, self.invocation()).await
    }

    /// Another caller, for use while a request of the test is in progress.
    pub fn rival(&self) -> Rival {
        Rival(self.rival.clone(), self.invocation())
    }

    /// The tables, for use while a request of the test is in progress.
    pub fn direct(&self) -> Direct {
        self.direct.clone()
    }

    fn invocation(&self) -> Invocation {
        Invocation { id: INVOCATION_ID.to_owned(), time_left: self.time_left, cold: false }
    }

    /// Makes a request that creates an object, and returns the items that it has added or changed.
    pub async fn created(&self, call: &Call) -> (Answer, Items) {
        let before = if self.is_wired { Items::new() } else { self.items().await };
        let written = self.wire.written();
        let answer = self.answer(call).await;
        assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
        let items = if self.is_wired { self.written_since(written).await } else { self.changes_since(before).await };
        let id = answer.text("objectID");
        let objects: Vec<&Value> = items.values().filter(|item| item["sk"]["S"] == id).collect();
        assert_eq!(objects.len(), 1, "{call:?}: {items:?}");
        (answer, items)
    }

    /// The items that were written over the wire since [`Wire::written`] had this value.
    async fn written_since(&self, written: usize) -> Items {
        let mut items = Items::new();
        for (table, key) in &self.wire.written_since(written) {
            let item = self.get(table, key).await.unwrap_or_else(|| panic!("{key} is gone"));
            items.insert(items::name(&item), item);
        }
        items
    }

    /// The items that were added or changed since `before`.
    async fn changes_since(&self, mut before: Items) -> Items {
        let mut items = self.items().await;
        items.retain(|key, item| before.remove(key).as_ref() != Some(item));
        assert!(before.is_empty(), "items are gone: {before:?}");
        items
    }

    /// The stored text of the object that a request creates.
    pub async fn stored(&self, call: &Call) -> String {
        let (answer, items) = self.created(call).await;
        let id = answer.text("objectID");
        let object = items.values().find(|item| item["sk"]["S"] == id).expect("the object");
        object["content"]["S"].as_str().expect("a text").to_owned()
    }

    /// Makes a request that is refused with this status and code, and checks that it sends no call that writes.
    pub async fn refused(&self, call: &Call, status: u16, code: &str) -> Answer {
        assert!(self.is_wired, "this check needs the wire");
        let before = self.wire.writes();
        let answer = self.answer_of(call, status, code).await;
        assert_eq!(self.wire.writes(), before, "{call:?} was refused and has sent a write");
        answer
    }

    /// The same for a request that is refused by the condition of its write: no write takes effect.
    pub async fn refused_by_condition(&self, call: &Call, status: u16, code: &str) -> Answer {
        assert!(self.is_wired, "this check needs the wire");
        let before = self.wire.written();
        let answer = self.answer_of(call, status, code).await;
        assert_eq!(self.wire.written(), before, "{call:?} was refused and has written");
        answer
    }

    /// The same with a comparison of whole tables, which is slow with many items.
    pub async fn refused_with_tables_unchanged(&self, call: &Call, status: u16, code: &str) -> Answer {
        let before = self.items().await;
        let answer = self.answer_of(call, status, code).await;
        assert_eq!(self.items().await, before, "{call:?} was refused and has written");
        answer
    }

    /// The same for a request that must be refused before it sends any call.
    pub async fn refused_unread(&self, call: &Call, status: u16, code: &str) -> Answer {
        assert!(self.is_wired, "this check needs the wire");
        let before = self.wire.calls();
        let answer = self.answer_of(call, status, code).await;
        assert_eq!(self.wire.calls(), before, "{call:?} was refused and has read");
        answer
    }

    /// The answer to a request, which must have this status and code.
    async fn answer_of(&self, call: &Call, status: u16, code: &str) -> Answer {
        let answer = self.answer(call).await;
        // HEAD has no body that could say more.
        let code = if call.method == "HEAD" { "" } else { code };
        assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{call:?}: {answer:?}");
        answer
    }

    /// The store over the wire.
    pub fn wired_store(&self) -> &Store {
        &self.wired
    }

    /// The clock and the random source.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// A session of the function over the wire.
    pub fn wired_session(&self) -> Session<'_> {
        self.session_of(&self.wired)
    }

    /// An operator's session over the wire.
    pub fn operator_session(&self) -> Session<'_> {
        self.session_of(&self.operators)
    }

    fn session_of<'a>(&'a self, store: &'a Store) -> Session<'a> {
        Session::new(store, &self.system, Instant::now() + Duration::from_secs(60)).expect("a session")
    }

    /// Opens the connection, as the handler does at start.
    pub async fn connect(&self) {
        self.wired.connect(&self.system, Duration::from_secs(3)).await;
    }
}

impl Deref for Installation {
    type Target = Direct;

    fn deref(&self) -> &Direct {
        &self.direct
    }
}

/// A caller past the wire.
pub struct Rival(Arc<Handler>, Invocation);

impl Rival {
    /// Creates an object.
    pub async fn creates(self, call: Call) {
        let answer = Answer::from(self.0.handle(&call.event().to_string(), self.1).await);
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    /// Makes a request that succeeds.
    pub async fn succeeds(self, call: Call) {
        self.gets(call, &[200, 201, 204]).await;
    }

    /// The status of the answer to a request.
    pub async fn status(self, call: Call) -> u16 {
        Answer::from(self.0.handle(&call.event().to_string(), self.1).await).status
    }

    /// Makes a request that is answered with one of these statuses.
    pub async fn gets(self, call: Call, statuses: &'static [u16]) {
        let answer = Answer::from(self.0.handle(&call.event().to_string(), self.1).await);
        assert!(statuses.contains(&answer.status), "{answer:?}");
    }
}
