//! The actors: requests that create objects, and operators.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use pail::http::{Handler, Invocation};
use pail::local::Engine;
use pail::model::acl::{Acl, Verb};
use pail::model::bucket::{BucketPath, BucketState, NewBucket};
use pail::model::creator::Creator;
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::stamp::Generation;
use pail::model::subject::Subject;
use pail::store::failure::Result;
use pail::store::write::Write;
use pail::store::{Session, Store, client};
use pail::system::System;
use tokio::time::Instant;

use super::stage::Stage;
use pail_testing::{Answer, Call, INVOCATION_ID, NOW, callers, default_settings, tables};

/// What one of the cast does. All of it is about the bucket `notes` of one app's scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Creates an object with a unique body.
    Create(Who),
    /// Creates an object under a key, which all who do so share, with this body.
    CreateWithKey(Who, &'static str),
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

/// Who creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Alice,
    Anonymous,
    Administrator,
}

impl Role {
    pub const ALL: [Self; 15] = [
        Self::Create(Who::Alice),
        Self::Create(Who::Anonymous),
        Self::Create(Who::Administrator),
        Self::CreateWithKey(Who::Alice, "one"),
        Self::CreateWithKey(Who::Alice, "other"),
        Self::CreateWithKey(Who::Anonymous, "one"),
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

    /// Who creates, if this is a request that does.
    pub fn creator(self) -> Option<Who> {
        match self {
            Self::Create(who) | Self::CreateWithKey(who, _) => Some(who),
            _ => None,
        }
    }

    /// The body that it sends.
    pub fn body(self, actor: usize) -> String {
        match self {
            Self::CreateWithKey(_, body) => format!(r#"{{"key":"{body}"}}"#),
            _ => format!(r#"{{"actor":{actor}}}"#),
        }
    }
}

/// How it ended.
#[derive(Clone, Debug)]
pub enum Ending {
    Answered(Answer),
    /// How a change fared, if there was something to change and it is known.
    Operated(Option<Write>),
}

static TOKENS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let audience = |role: &str| serde_json::json!({"sub": "alice", "aud": "every app", "role": role});
    [callers::token(audience("")), callers::token(audience("admin"))]
});

/// One of the cast, with a handler and a client whose calls go over the stage.
pub struct Actor {
    number: usize,
    handler: Handler,
    store: Store,
    client: Client,
    sources: System,
}

impl Actor {
    pub fn new(number: usize, stage: &Stage, sources: System) -> Self {
        let client = client::new(Engine::endpoint(), stage.entrance(number));
        let store = Store::new(client.clone(), tables());
        let handler = Handler::new(store.clone(), default_settings(), sources.clone());
        Self { number, handler, store, client, sources }
    }

    /// Plays a role in an app.
    pub async fn play(&self, role: Role, app: &str) -> Ending {
        match role {
            Role::Create(_) | Role::CreateWithKey(..) => Ending::Answered(self.create(role, app).await),
            Role::DropBucket => Ending::Operated(self.drop_bucket(app).await.map(|()| Write::Made)),
            Role::DeleteObject => Ending::Operated(self.delete_object(app).await.map(|()| Write::Made)),
            _ => Ending::Operated(self.operate(role, app).await.unwrap_or_default()),
        }
    }

    async fn create(&self, role: Role, app: &str) -> Answer {
        let call = Call::create(app, "notes").body(role.body(self.number));
        let call = match role.creator() {
            Some(Who::Alice) => call.bearer(&TOKENS[0]),
            Some(Who::Administrator) => call.bearer(&TOKENS[1]),
            _ => call.basic(app, "every-key"),
        };
        let call = if matches!(role, Role::CreateWithKey(..)) { call.key("the-key") } else { call };
        let invocation = Invocation { id: INVOCATION_ID.to_owned(), time_left: Duration::from_secs(28), cold: false };
        let answer = Answer::from(self.handler.handle(&call.event().to_string(), invocation).await);
        answer.check("*");
        answer
    }

    /// Reads, decides, and changes what was read, once.
    async fn operate(&self, role: Role, app: &str) -> Result<Option<Write>> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut session = Session::new(&self.store, &self.sources, deadline)?;
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
                    acl: Acl::default_of_bucket(&scope.owner, &Creator::Operator),
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

    /// Drops the bucket as the protocol has it; Pail has no call for it yet.
    async fn drop_bucket(&self, app: &str) -> Option<()> {
        let bucket = self.item(app, "bucket/notes").await?;
        let update = self.client.update_item().table_name(tables().objects);
        let update = update
            .key("pk", text(app))
            .key("sk", text("bucket/notes"))
            .update_expression("SET dropped = :now, writer = :writer, version = version + :one REMOVE acl")
            .condition_expression("generation = :seen AND attribute_not_exists(dropped)")
            .expression_attribute_values(":now", AttributeValue::N(NOW.to_string()))
            .expression_attribute_values(":seen", bucket.get("generation")?.clone());
        self.stamp(update).send().await.ok().map(drop)
    }

    /// Deletes an object of the bucket as the protocol has it; Pail has no call for it yet.
    async fn delete_object(&self, app: &str) -> Option<()> {
        let bucket = self.item(app, "bucket/notes").await?;
        let generation = bucket.get("generation")?.as_s().ok()?;
        let partition = format!("{app}/notes:{generation}");
        let found = self.client.query().table_name(tables().objects).consistent_read(true).limit(1);
        let found =
            found.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(&partition)).send();
        let object = found.await.ok()?.items?.pop()?;
        let update = self.client.update_item().table_name(tables().objects);
        let update = update
            .key("pk", text(&partition))
            .key("sk", object.get("sk")?.clone())
            .update_expression(
                "SET deleted = :now, expires = :now, writer = :writer, version = version + :one REMOVE content, acl",
            )
            .condition_expression("writer = :seen AND attribute_not_exists(deleted)")
            .expression_attribute_values(":now", AttributeValue::N(NOW.to_string()))
            .expression_attribute_values(":seen", object.get("writer")?.clone());
        self.stamp(update).send().await.ok().map(drop)
    }

    async fn item(&self, partition: &str, sort: &str) -> Option<HashMap<String, AttributeValue>> {
        let get = self.client.get_item().table_name(tables().objects).consistent_read(true);
        get.key("pk", text(partition)).key("sk", text(sort)).send().await.ok()?.item
    }

    fn stamp(&self, update: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let writer = format!("{:032x}", self.sources.random().expect("random bits"));
        update
            .expression_attribute_values(":writer", text(&writer))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
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

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
