//! The actors: requests, operators and sweeps.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use pail::http::{Handler, Invocation};
use pail::local::Engine;
use pail::model::acl::{Acl, Verb};
use pail::model::bucket::{BucketPath, BucketState, NewBucket};
use pail::model::creator::Creator;
use pail::model::idempotency::IdempotencyKey;
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::stamp::Generation;
use pail::model::subject::Subject;
use pail::store::failure::Result;
use pail::store::write::Write;
use pail::store::{Session, Store, client};
use pail::system::System;
use serde_json::json;
use tokio::time::Instant;

use super::indexes::{Search, Work, Worked};
use super::management::Matter;
use super::stage::Stage;
use super::sweeps::{Clock, Outcome};
use super::tokens::Errand;
use crate::tokens::stage::partition;
use pail_testing::fixtures::{GENERATION, marker_item};
use pail_testing::{Answer, Call, INVOCATION_ID, NOW, callers, default_settings, items, tables};

/// What an actor does. All roles use the bucket `notes` in the scope of one app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Creates an object with a unique body.
    Create(Who),
    /// Creates an object with this body and the idempotency key that all creators share.
    CreateWithKey(Who, &'static str),
    /// A request for the shared object: see [`target`].
    Object(Who, Deed),
    /// A request that manages a bucket or an ACL.
    Manage(Who, Matter),
    /// A request or several about opaque tokens.
    Token(Errand),
    /// An operator's work with an index.
    Index(Work),
    /// A query, by the administrator.
    Search(Search),
    /// A sweep.
    Sweep(Clock),
    GrantOnObject,
    RevokeOnObject,
    GrantOnScope,
    RevokeOnScope,
    GrantOnBucket,
    RevokeOnBucket,
    MakeBucket,
    DisableApp,
    EnableApp,
    DropBucket,
    DeleteObject,
}

/// Who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Alice,
    Anonymous,
    Administrator,
    /// Somebody with the opaque token [`HELD`], which is Alice's.
    Holder,
}

/// One request for an object, or two in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Read,
    /// Reads twice in the same process.
    ReadTwice,
    Put,
    /// `If-None-Match: *`.
    PutNew,
    /// `If-Match` with the version of [`VERSION`].
    PutVersion,
    /// Reads, and puts with the `ETag` of the answer.
    PutWhatWasRead,
    /// With Kii's merge.
    Patch,
    /// With JSON Merge Patch.
    MergePatch,
    /// `If-Match` with the version of [`VERSION`].
    PatchVersion,
    Delete,
    /// Reads, and deletes with the `ETag` of the answer.
    DeleteWhatWasRead,
}

/// The version of the object at the beginning of a run.
pub const VERSION: u64 = 3;

/// The ID of the shared object. In the bucket at the beginning of a run, Alice's key gives the same ID.
pub fn target() -> String {
    let generation = Generation::parse(GENERATION).expect("a generation");
    let alice = Creator::User("alice".parse().expect("an ID"));
    IdempotencyKey::parse(KEY).expect("a key").object_id(&generation, &alice).to_string()
}

/// The idempotency key of all actors that use one.
const KEY: &str = "the-key";

impl Deed {
    const ALL: [Self; 11] = [
        Self::Read,
        Self::ReadTwice,
        Self::Put,
        Self::PutNew,
        Self::PutVersion,
        Self::PutWhatWasRead,
        Self::Patch,
        Self::MergePatch,
        Self::PatchVersion,
        Self::Delete,
        Self::DeleteWhatWasRead,
    ];

    /// The method of its last request.
    pub fn method(self) -> &'static str {
        match self {
            Self::Read | Self::ReadTwice => "GET",
            Self::Put | Self::PutNew | Self::PutVersion | Self::PutWhatWasRead => "PUT",
            Self::Patch | Self::MergePatch | Self::PatchVersion => "PATCH",
            Self::Delete | Self::DeleteWhatWasRead => "DELETE",
        }
    }

    fn reads_first(self) -> bool {
        matches!(self, Self::ReadTwice | Self::PutWhatWasRead | Self::DeleteWhatWasRead)
    }

    /// The change, if this is a PATCH by this actor.
    pub fn change(self, actor: usize) -> String {
        format!(r#"{{"patch-{actor}":{actor},"gone":null}}"#)
    }

    /// Its last request. `read` is the `ETag` of its earlier read.
    fn request(self, actor: usize, app: &str, read: &str) -> Call {
        let call = Call::object(self.method(), app, "notes", &target());
        let version = format!("\"{VERSION}\"");
        match self {
            Self::Read | Self::ReadTwice | Self::Delete => call,
            Self::Put => call.body(body(actor)),
            Self::PutNew => call.body(body(actor)).header("If-None-Match", "*"),
            Self::PutVersion => call.body(body(actor)).header("If-Match", &version),
            Self::PutWhatWasRead => call.body(body(actor)).header("If-Match", read),
            Self::Patch => call.body(self.change(actor)),
            Self::MergePatch => call.body(self.change(actor)).content_type("application/merge-patch+json"),
            Self::PatchVersion => call.body(self.change(actor)).header("If-Match", &version),
            Self::DeleteWhatWasRead => call.header("If-Match", read),
        }
    }
}

fn body(actor: usize) -> String {
    format!(r#"{{"actor":{actor}}}"#)
}

/// A request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: String,
    /// The version in `If-Match`.
    pub expected: Option<u64>,
    /// Whether `If-None-Match: *` was sent.
    pub expects_none: bool,
    /// The partition of the opaque token that it uses, gets or revokes.
    pub token: Option<String>,
    /// The numbers of the states in which the request was sent and answered.
    pub began: usize,
    pub ended: usize,
    pub answer: Answer,
}

impl Role {
    /// Creates, and operators.
    pub const CREATES_AND_OPERATORS: [Self; 17] = [
        Self::Create(Who::Alice),
        Self::Create(Who::Anonymous),
        Self::Create(Who::Administrator),
        Self::CreateWithKey(Who::Alice, "one"),
        Self::CreateWithKey(Who::Alice, "other"),
        Self::CreateWithKey(Who::Anonymous, "one"),
        Self::GrantOnObject,
        Self::RevokeOnObject,
        Self::GrantOnScope,
        Self::RevokeOnScope,
        Self::GrantOnBucket,
        Self::RevokeOnBucket,
        Self::MakeBucket,
        Self::DisableApp,
        Self::EnableApp,
        Self::DropBucket,
        Self::DeleteObject,
    ];

    /// Requests for the shared object, by Alice unless stated otherwise.
    pub fn of_objects() -> Vec<Self> {
        let by = |who: Who| move |deed: &Deed| Self::Object(who, *deed);
        let others = [Deed::Read, Deed::Put, Deed::Patch, Deed::Delete];
        let by_others = [Who::Anonymous, Who::Administrator].into_iter().flat_map(|who| others.iter().map(by(who)));
        Deed::ALL.iter().map(by(Who::Alice)).chain(by_others).collect()
    }

    /// All roles.
    pub fn all() -> Vec<Self> {
        let others = Self::MANAGEMENT.into_iter().chain(Self::TOKENS).chain(Self::SWEEPS);
        Self::CREATES_AND_OPERATORS.into_iter().chain(Self::of_objects()).chain(others).collect()
    }

    /// The caller, if this is a request.
    pub fn caller(self) -> Option<Who> {
        match self {
            Self::Create(who) | Self::CreateWithKey(who, _) | Self::Object(who, _) | Self::Manage(who, _) => Some(who),
            _ => None,
        }
    }

    /// Whether it creates an object with an ID that the server chooses.
    pub fn creates(self) -> bool {
        matches!(self, Self::Create(_) | Self::CreateWithKey(..))
    }

    /// The object that it sends.
    pub fn body(self, actor: usize) -> String {
        match self {
            Self::CreateWithKey(_, text) => keyed_body(text),
            _ => body(actor),
        }
    }
}

/// The body of a create with a key.
pub fn keyed_body(text: &str) -> String {
    format!(r#"{{"key":"{text}"}}"#)
}

/// The outcome of a role.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The requests that it made, in sequence.
    Answered(Vec<Exchange>),
    Swept(Outcome),
    Worked(Work, Worked),
    /// The outcome of a change, if there was something to change and the outcome is known.
    Operated(Option<Write>),
}

pub static TOKENS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let audience = |role: &str| json!({"sub": "alice", "aud": "every app", "role": role});
    [callers::token(audience("")), callers::token(audience("admin"))]
});

/// The opaque token of each app at the beginning of a run.
pub const HELD: &str = "pail_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// An actor, with a handler and a client whose calls pass through the stage.
pub struct Actor {
    number: usize,
    pub stage: Stage,
    handler: Handler,
    pub store: Store,
    pub client: Client,
    pub system: System,
}

impl Actor {
    pub fn new(number: usize, stage: &Stage, system: System) -> Self {
        let client = client::new(Engine::endpoint(), stage.entrance(number));
        let store = Store::new(client.clone(), tables());
        let handler = Handler::new(store.clone(), default_settings(), system.clone());
        Self { number, stage: stage.clone(), handler, store, client, system }
    }

    /// Plays a role in an app.
    pub async fn play(&self, role: Role, app: &str) -> Ending {
        match role {
            Role::Create(_) | Role::CreateWithKey(..) => Ending::Answered(vec![self.create(role, app).await]),
            Role::Manage(who, matter) => {
                let exchange = self.ask(who, matter.request(app), app).await;
                Ending::Answered(vec![Exchange { method: matter.name().to_owned(), ..exchange }])
            }
            Role::Object(who, deed) => Ending::Answered(self.ask_for_object(who, deed, app).await),
            Role::Token(errand) => Ending::Answered(self.run(errand, app).await),
            Role::Index(work) => Ending::Worked(work, self.work(work, app).await),
            Role::Search(search) => Ending::Answered(self.search(search, app).await),
            Role::Sweep(clock) => Ending::Swept(self.sweep(clock).await),
            Role::DropBucket => Ending::Operated(self.drop_bucket(app).await.map(|()| Write::Made)),
            Role::DeleteObject => Ending::Operated(self.delete_object(app).await.map(|()| Write::Made)),
            Role::GrantOnObject | Role::RevokeOnObject => {
                Ending::Operated(self.change_object_acl(role == Role::GrantOnObject, app).await.map(|()| Write::Made))
            }
            _ => Ending::Operated(self.operate(role, app).await.unwrap_or_default()),
        }
    }

    async fn create(&self, role: Role, app: &str) -> Exchange {
        let call = Call::create(app, "notes").body(role.body(self.number));
        let call = if matches!(role, Role::CreateWithKey(..)) { call.key(KEY) } else { call };
        self.ask(role.caller().expect("a request"), call, app).await
    }

    async fn ask_for_object(&self, who: Who, deed: Deed, app: &str) -> Vec<Exchange> {
        let mut exchanges = Vec::new();
        let mut read = String::new();
        if deed.reads_first() {
            let first = self.ask(who, Deed::Read.request(self.number, app, ""), app).await;
            let is_found = first.answer.status == 200;
            first.answer.header("etag").clone_into(&mut read);
            exchanges.push(first);
            if !is_found && deed != Deed::ReadTwice {
                return exchanges;
            }
        }
        exchanges.push(self.ask(who, deed.request(self.number, app, &read), app).await);
        exchanges
    }

    pub async fn ask(&self, who: Who, call: Call, app: &str) -> Exchange {
        let call = match who {
            Who::Alice => call.bearer(&TOKENS[0]),
            Who::Administrator => call.bearer(&TOKENS[1]),
            Who::Anonymous => call.basic(app, "every-key"),
            Who::Holder => call.bearer(HELD),
        };
        let token = (who == Who::Holder).then(|| partition(app, HELD));
        let exchange = self.send(call).await;
        Exchange { token, ..exchange }
    }

    /// Sends a request with its credentials.
    pub async fn send(&self, call: Call) -> Exchange {
        let invocation = Invocation { id: INVOCATION_ID.to_owned(), time_left: Duration::from_secs(28), cold: false };
        let header = |wanted: &str| call.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let expected = header("If-Match").map(|tag| tag.trim_matches('"').parse().expect("a version"));
        let expects_none = header("If-None-Match").is_some();
        let began = self.stage.effects();
        let answer = Answer::from(self.handler.handle(&call.event().to_string(), invocation).await);
        answer.check_for(&call, "*");
        Exchange {
            method: call.method,
            expected,
            expects_none,
            token: None,
            began,
            ended: self.stage.effects(),
            answer,
        }
    }

    /// Reads, decides, and changes what was read, once.
    async fn operate(&self, role: Role, app: &str) -> Result<Option<Write>> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut session = Session::new(&self.store, &self.system, deadline)?;
        let scope = Scope { app: app.parse().expect("an ID"), owner: ScopeOwner::App };
        let path = BucketPath { scope: scope.clone(), bucket: "notes".parse().expect("an ID") };
        match role {
            Role::GrantOnScope | Role::RevokeOnScope => {
                let seen = session.scope_acl(&scope).await?;
                let stored = seen.as_ref().and_then(|seen| seen.acl.clone());
                let mut acl = stored.unwrap_or_else(|| Acl::default_of_scope(&scope.owner));
                change(&mut acl, role == Role::GrantOnScope, Verb::CreateNewBucket);
                session.change_scope_acl(&scope, seen.as_ref(), &acl).await.map(Some)
            }
            Role::GrantOnBucket | Role::RevokeOnBucket => {
                let BucketState::Live(seen) = session.bucket(&path).await? else { return Ok(None) };
                let mut acl = seen.acl.clone().unwrap_or_default();
                change(&mut acl, role == Role::GrantOnBucket, Verb::CreateObjectsInBucket);
                session.change_bucket_acl(&path, &seen, &acl).await.map(Some)
            }
            Role::MakeBucket => {
                let BucketState::Vacant(seen) = session.bucket(&path).await? else { return Ok(None) };
                let new = NewBucket {
                    generation: Generation::new(session.random()?),
                    acl: Acl::default_of_bucket(&scope.owner, Some(&Creator::Operator)),
                    creator: Creator::Operator,
                    created: NOW,
                };
                session.make_bucket(&path, &seen, &new).await.map(Some)
            }
            _ => {
                let Some(seen) = session.app(&scope.app).await? else { return Ok(None) };
                let mut new = seen.clone();
                new.disabled = role == Role::DisableApp;
                session.put_app(&new).await.map(Some)
            }
        }
    }

    /// Drops the bucket as the protocol describes, in one attempt.
    async fn drop_bucket(&self, app: &str) -> Option<()> {
        let bucket = self.item(app, "bucket/notes").await?;
        let generation = bucket.get("generation")?.clone();
        let update = Update::builder()
            .table_name(tables().objects)
            .key("pk", text(app))
            .key("sk", text("bucket/notes"))
            .update_expression("SET dropped = :now, writer = :writer, version = version + :one REMOVE acl")
            .condition_expression("writer = :seen AND attribute_not_exists(dropped)")
            .expression_attribute_values(":now", number(NOW))
            .expression_attribute_values(":seen", bucket.get("writer")?.clone())
            .expression_attribute_values(":writer", self.writer())
            .expression_attribute_values(":one", number(1));
        let marker = items::from_json(&marker_item(app, "notes", generation.as_s().ok()?, NOW));
        let marker = Put::builder().table_name(tables().objects).set_item(Some(marker));
        let update = TransactWriteItem::builder().update(update.build().expect("an update")).build();
        let marker = TransactWriteItem::builder().put(marker.build().expect("a put")).build();
        let transaction = self.client.transact_write_items().transact_items(update).transact_items(marker);
        transaction.send().await.ok().map(drop)
    }

    /// Deletes the first object of the bucket as the protocol describes.
    async fn delete_object(&self, app: &str) -> Option<()> {
        let bucket = self.item(app, "bucket/notes").await?;
        let partition = format!("{app}/notes:{}", bucket.get("generation")?.as_s().ok()?);
        let found = self.client.query().table_name(tables().objects).consistent_read(true).limit(1);
        let found =
            found.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(&partition)).send();
        let object = found.await.ok()?.items?.pop()?;
        let update = self.update_of(&partition, &object)?;
        let update = update
            .update_expression(
                "SET deleted = :now, expires = :now, writer = :writer, version = version + :one \
                 REMOVE content, data_type, modified, acl, entries",
            )
            .expression_attribute_values(":now", number(NOW))
            .expression_attribute_values(":one", number(1));
        update.send().await.ok().map(drop)
    }

    /// Lets everybody write the shared object, or revokes that, as the protocol describes: the writer changes, the
    /// version does not.
    async fn change_object_acl(&self, grant: bool, app: &str) -> Option<()> {
        let bucket = self.item(app, "bucket/notes").await?;
        let partition = format!("{app}/notes:{}", bucket.get("generation")?.as_s().ok()?);
        let object = self.item(&partition, &target()).await?;
        let everybody = ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"];
        let (may_read, may_write) = (json!(everybody), if grant { json!(everybody) } else { json!(["UserID:nobody"]) });
        let acl =
            json!({"acl": items::acl(&json!({"READ_EXISTING_OBJECT": may_read, "WRITE_EXISTING_OBJECT": may_write}))});
        let update = self.update_of(&partition, &object)?;
        let update = update
            .update_expression("SET acl = :acl, writer = :writer")
            .expression_attribute_values(":acl", items::from_json(&acl).remove("acl")?);
        update.send().await.ok().map(drop)
    }

    /// An update of an object, on the condition that it is unchanged since it was read.
    fn update_of(&self, partition: &str, seen: &HashMap<String, AttributeValue>) -> Option<UpdateItemFluentBuilder> {
        let update = self.client.update_item().table_name(tables().objects);
        let update = update.key("pk", text(partition)).key("sk", seen.get("sk")?.clone());
        let update = update.condition_expression("writer = :seen AND attribute_not_exists(deleted)");
        let update = update.expression_attribute_values(":seen", seen.get("writer")?.clone());
        Some(update.expression_attribute_values(":writer", self.writer()))
    }

    async fn item(&self, partition: &str, sort: &str) -> Option<HashMap<String, AttributeValue>> {
        let get = self.client.get_item().table_name(tables().objects).consistent_read(true);
        get.key("pk", text(partition)).key("sk", text(sort)).send().await.ok()?.item
    }

    /// A unique writer.
    fn writer(&self) -> AttributeValue {
        text(&format!("{:032x}", self.system.random().expect("random bits")))
    }
}

fn change(acl: &mut Acl, grant: bool, verb: Verb) {
    if grant {
        acl.grant(verb, &Subject::Anonymous);
        acl.grant(verb, &Subject::AnyAuthenticated);
    } else {
        acl.revoke(verb, &Subject::Anonymous);
        acl.revoke(verb, &Subject::AnyAuthenticated);
    }
}

pub fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
