//! A write of a process drops its cached copy: its next request sees the change at once, however long apps and buckets
//! are cached.

use std::time::Duration;

use pail::auth::app_key::AppKey;
use pail::auth::credentials::Credentials;
use pail::model::acl::Acl;
use pail::model::address::BucketAddress;
use pail::model::bucket::{BucketPath, BucketState, NewBucket};
use pail::model::creator::Creator;
use pail::model::data_type::DataType;
use pail::model::document::Document;
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::stamp::Generation;
use pail::operation::object::create::CreateObject;
use pail::operation::{Context, Error};
use pail::store::write::Write;
use pail::store::{Failure, Session, Store};
use pail::system::System;
use serde_json::json;
use tokio::time::Instant;

use pail_testing::fixtures::{EVERYBODY, GENERATION};
use pail_testing::{Act, Clock, Direct, Emulator, Wire, app, default_settings, tables};

/// A process that caches apps and buckets for the maximum time, and direct access to the tables.
struct Process {
    wire: Wire,
    store: Store,
    system: System,
    direct: Direct,
}

impl Process {
    /// A process that has answered a request in a bucket in which everybody may create, and has cached app and bucket.
    async fn start() -> Self {
        let (emulator, system) = (Emulator::start(), Clock::new().system());
        let direct = Direct::create(emulator.client(), system.clone()).await;
        direct.put_app(app("demo")).await;
        direct.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": EVERYBODY})).await;
        let wire = Wire::to(emulator);
        let store = Store::new(wire.client(), tables());
        let process = Self { wire, store: store.caching_for(Duration::from_secs(10)), system, direct };
        process.request().await.expect("an object");
        process.is_cached().await;
        process
    }

    fn session(&self) -> Session<'_> {
        Session::new(&self.store, &self.system, Instant::now() + Duration::from_secs(60)).expect("a session")
    }

    /// A request of an anonymous caller.
    async fn request(&self) -> Result<(), Error> {
        let mut context = Context {
            store: self.session(),
            credentials: Credentials::AppKey(AppKey::parse("demo-key").expect("an app key")),
            rules: default_settings().token_rules,
            scan_megabytes: default_settings().scan_megabytes,
            now: self.system.now(),
        };
        let create = CreateObject {
            address: BucketAddress { scope: path().scope.into(), bucket: path().bucket },
            data_type: DataType::json(),
            document: Document::parse(b"{}").expect("a document"),
            key: None,
        };
        create.run(&mut context).await.map(drop)
    }

    /// Checks that a request reads neither app nor bucket.
    async fn is_cached(&self) {
        self.wire.take_operations();
        assert_eq!(self.request().await, Ok(()));
        assert_eq!(self.wire.take_operations(), ["PutItem"]);
    }

    /// Reads the app and disables it, in a session of this store or of another one.
    async fn disable(session: &mut Session<'_>) -> Result<Write, Failure> {
        let mut seen = session.app(&path().scope.app).await?.expect("the app");
        seen.disabled = true;
        session.put_app(&seen).await
    }

    /// Reads the bucket and empties its ACL.
    async fn revoke(session: &mut Session<'_>) -> Result<Write, Failure> {
        let BucketState::Live(seen) = session.bucket(&path()).await? else { panic!("no bucket") };
        session.change_bucket_acl(&path(), &seen, &Acl::default()).await
    }

    /// Creates the bucket over the dropped one.
    async fn make(session: &mut Session<'_>) -> Result<Write, Failure> {
        let BucketState::Vacant(seen) = session.bucket(&path()).await? else { panic!("a bucket") };
        let acl = Acl::default_of_bucket(&ScopeOwner::App, Some(&Creator::Anonymous));
        let new = NewBucket { generation: Generation::new(7), acl, creator: Creator::Anonymous, created: 1 };
        session.make_bucket(&path(), &seen, &new).await
    }

    /// The number of objects in a generation of the bucket.
    async fn objects(&self, generation: &str) -> usize {
        self.direct.partition(&format!("demo/notes:{generation}")).await.len()
    }
}

fn path() -> BucketPath {
    let scope = Scope { app: "demo".parse().expect("an ID"), owner: ScopeOwner::App };
    BucketPath { scope, bucket: "notes".parse().expect("an ID") }
}

#[tokio::test]
async fn a_change_of_an_app_by_the_process_itself_is_seen_by_its_next_request() {
    let process = Process::start().await;
    assert_eq!(Process::disable(&mut process.session()).await, Ok(Write::Made));
    assert_eq!(process.request().await, Err(Error::AppDisabled { app: path().scope.app }));

    // Another process sees it when its copy expires.
    let process = Process::start().await;
    assert_eq!(Process::disable(&mut process.direct.session()).await, Ok(Write::Made));
    process.is_cached().await;
}

#[tokio::test]
async fn a_change_of_an_acl_by_the_process_itself_is_seen_by_its_next_request() {
    let process = Process::start().await;
    assert_eq!(Process::revoke(&mut process.session()).await, Ok(Write::Made));
    assert!(matches!(process.request().await, Err(Error::Denied { .. })));

    let process = Process::start().await;
    assert_eq!(Process::revoke(&mut process.direct.session()).await, Ok(Write::Made));
    process.is_cached().await;
}

#[tokio::test]
async fn a_bucket_that_the_process_itself_has_created_gets_its_next_object() {
    let process = Process::start().await;
    process.direct.drop_bucket().await;
    let before = process.objects(GENERATION).await;
    assert_eq!(Process::make(&mut process.session()).await, Ok(Write::Made));
    // The new ACL is the default one, which lets every caller with a token create.
    assert!(matches!(process.request().await, Err(Error::Denied { .. })));
    assert_eq!(process.objects(GENERATION).await, before, "an object was created in the dropped bucket");

    let BucketState::Live(seen) = process.session().bucket(&path()).await.expect("a bucket") else { panic!("dropped") };
    let mut acl = Acl::default();
    acl.grant(pail::model::acl::Verb::CreateObjectsInBucket, &pail::model::subject::Subject::Anonymous);
    assert_eq!(process.session().change_bucket_acl(&path(), &seen, &acl).await, Ok(Write::Made));
    assert_eq!(process.request().await, Ok(()));
    assert_eq!(process.objects(Generation::new(7).as_str()).await, 1);
}

/// A change whose replies are all lost may have taken effect.
#[tokio::test(start_paused = true)]
async fn a_change_with_an_unknown_outcome_drops_the_copy_too() {
    for is_app in [true, false] {
        let process = Process::start().await;
        process.wire.always("UpdateItem", || Act::LoseReply);
        let mut session = process.session();
        let change = if is_app { Process::disable(&mut session).await } else { Process::revoke(&mut session).await };
        process.wire.forget_plans();
        assert!(matches!(change, Err(Failure::Unavailable(_)) | Ok(Write::Made)), "{change:?}");
        assert!(process.request().await.is_err(), "the change must have taken effect: {change:?}");
    }
}
