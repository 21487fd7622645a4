//! Changes of ACLs and apps by operators: each is conditional on exactly what was read (protocol, rule R4).

use pail::model::acl::{Acl, Verb};
use pail::model::bucket::{BucketPath, BucketState, NewBucket, Vacancy};
use pail::model::creator::Creator;
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::stamp::Generation;
use pail::model::subject::Subject;
use pail::store::Failure;
use pail::store::Session;
use pail::store::failure::Result;
use pail::store::write::Write;
use serde_json::{Value, json};

use crate::storage::faults::kinds::Fault;
use pail_testing::fixtures::{dropped, with_version};
use pail_testing::{Act, Installation, app, bucket_item};

/// Something that operators change: how a session reads and changes it, and the DynamoDB operation of the change.
#[derive(Clone, Copy, Debug)]
enum Target {
    App,
    ScopeAcl,
    BucketAcl,
}

const TARGETS: [Target; 3] = [Target::App, Target::ScopeAcl, Target::BucketAcl];

fn path() -> BucketPath {
    let app = "demo".parse().expect("an ID");
    BucketPath { scope: Scope { app, owner: ScopeOwner::App }, bucket: "notes".parse().expect("an ID") }
}

impl Target {
    fn operation(self) -> &'static str {
        match self {
            Self::App | Self::ScopeAcl | Self::BucketAcl => "UpdateItem",
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::App => "apps",
            Self::ScopeAcl | Self::BucketAcl => "objects",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::App => "demo  ",
            Self::ScopeAcl => " demo acl",
            Self::BucketAcl => " demo bucket/notes",
        }
    }

    /// Reads the item and changes it.
    async fn change(self, session: &mut Session<'_>, mark: &str) -> Result<Write> {
        let subject: Subject = format!("UserID:{mark}").parse().expect("a subject");
        match self {
            Self::App => {
                let seen = session.app(&path().scope.app).await?.expect("the app");
                let mut new = seen.clone();
                new.issuers[0].audiences.push(mark.to_owned());
                session.put_app(&new).await
            }
            Self::ScopeAcl => {
                let seen = session.scope_acl(&path().scope).await?;
                let mut acl = seen.as_ref().and_then(|seen| seen.acl.clone()).unwrap_or_default();
                acl.grant(Verb::CreateNewBucket, &subject);
                session.change_scope_acl(&path().scope, seen.as_ref(), &acl).await
            }
            Self::BucketAcl => {
                let BucketState::Live(seen) = session.bucket(&path()).await? else { panic!("no bucket") };
                let mut acl = seen.acl.clone().unwrap_or_default();
                acl.grant(Verb::CreateObjectsInBucket, &subject);
                session.change_bucket_acl(&path(), &seen, &acl).await
            }
        }
    }
}

async fn installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "notes", json!({})).await;
    installation.put_scope_acl("demo", json!({})).await;
    installation
}

async fn item(installation: &Installation, target: Target) -> Value {
    installation.items().await.remove(target.key()).expect("the item")
}

fn version(item: &Value) -> u64 {
    item["version"]["N"].as_str().and_then(|version| version.parse().ok()).expect("a version")
}

#[tokio::test]
async fn each_change_has_the_next_version_and_its_own_writer() {
    for target in TARGETS {
        let installation = installation().await;
        let mut before = item(&installation, target).await;
        for mark in ["first", "second"] {
            let change = target.change(&mut installation.operator_session(), mark).await;
            assert_eq!(change, Ok(Write::Made), "{target:?}");
            let after = item(&installation, target).await;
            assert_eq!(version(&after), version(&before) + 1, "{target:?}");
            assert_ne!(after["writer"], before["writer"], "{target:?}");
            assert!(after.to_string().contains(mark), "{target:?}: {after}");
            before = after;
        }
    }
}

/// Replaces the item that a change has read, and checks that the change leaves the new item unchanged.
async fn conflicts_with(installation: &Installation, target: Target, theirs: Value) {
    let (direct, new) = (installation.direct(), theirs.clone());
    let overwrite = move || async move { direct.put_item(target.table(), &new).await };
    installation.wire.plan(target.operation(), [Act::after(overwrite)]);
    let change = target.change(&mut installation.operator_session(), "mine").await;
    assert_eq!(change, Ok(Write::Conflict), "{target:?}");
    assert_eq!(item(installation, target).await, theirs, "{target:?}");
}

#[tokio::test]
async fn a_change_after_another_one_writes_nothing_and_reports_a_conflict() {
    for target in TARGETS {
        let installation = installation().await;
        let mut theirs = item(&installation, target).await;
        theirs["writer"] = json!({"S": "another operator"});
        theirs["version"] = json!({"N": (version(&theirs) + 1).to_string()});
        conflicts_with(&installation, target, theirs).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_operator_knows_the_own_change_if_its_reply_was_lost() {
    for target in TARGETS {
        let installation = installation().await;
        installation.wire.plan(target.operation(), [Act::LoseReply, Act::HangAfter]);
        let before = item(&installation, target).await;
        let change = target.change(&mut installation.operator_session(), "mine").await;
        assert_eq!(change, Ok(Write::Made), "{target:?}");
        assert_eq!(version(&item(&installation, target).await), version(&before) + 1, "{target:?}");
    }
}

/// The first attempt may have taken effect and been overwritten, unless the item found has the version right after the
/// one read.
#[tokio::test(start_paused = true)]
async fn after_several_attempts_only_the_next_version_shows_that_somebody_else_was_first() {
    for target in TARGETS {
        for (ahead, is_known) in [(1, true), (2, false)] {
            let installation = installation().await;
            let direct = installation.direct();
            let mut theirs = item(&installation, target).await;
            theirs["writer"] = json!({"S": "another operator"});
            theirs["version"] = json!({"N": (version(&theirs) + ahead).to_string()});
            let overwrite = move || async move { direct.put_item(target.table(), &theirs).await };
            installation.wire.plan(target.operation(), [Act::lose_reply_after(overwrite)]);
            let change = target.change(&mut installation.operator_session(), "mine").await;
            match change {
                Ok(Write::Conflict) if is_known => {}
                Err(Failure::Unavailable(_)) if !is_known => {}
                other => panic!("{target:?}, {ahead} ahead: {other:?}"),
            }
        }
    }
}

/// Plans a fault for the next calls of an operation. Returns the expected number of attempts.
fn strike(installation: &Installation, operation: &str, fault: Fault, strikes: Option<usize>) -> usize {
    match strikes {
        Some(strikes) => installation.wire.plan(operation, (0..strikes).map(|_| fault.act())),
        None => installation.wire.always(operation, move || fault.act()),
    }
    if fault.is_fatal() { 1 } else { strikes.map_or(4, |strikes| strikes + 1) }
}

fn sent(installation: &Installation, operation: &str) -> usize {
    installation.wire.take_operations().iter().filter(|sent| *sent == operation).count()
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_a_call_of_a_change_once_twice_or_always_is_overcome_or_reported() {
    for target in TARGETS {
        let installation = installation().await;
        for (operation, fault) in
            ["GetItem", "UpdateItem"].into_iter().flat_map(|one| Fault::ALL.map(|fault| (one, fault)))
        {
            for strikes in [Some(1), Some(2), None] {
                let what = format!("{target:?}: {fault:?}, {strikes:?} times at {operation}");
                let before = version(&item(&installation, target).await);
                let attempts = strike(&installation, operation, fault, strikes);
                let change = target.change(&mut installation.operator_session(), "mine").await;
                installation.wire.forget_plans();
                assert_eq!(sent(&installation, operation), attempts, "{what}");
                let written = version(&item(&installation, target).await) - before;
                match (fault.is_fatal(), strikes) {
                    (true, _) => {
                        assert!(matches!(change, Err(Failure::Fault(_))) && written == 0, "{what}: {change:?}")
                    }
                    (false, Some(_)) => assert_eq!((change, written), (Ok(Write::Made), 1), "{what}"),
                    (false, None) => {
                        assert!(matches!(change, Err(Failure::Unavailable(_))) && written <= 1, "{what}: {change:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_the_list_of_apps_once_twice_or_always_is_overcome_or_reported() {
    let installation = installation().await;
    for fault in Fault::ALL {
        for strikes in [Some(1), Some(2), None] {
            let attempts = strike(&installation, "Scan", fault, strikes);
            let apps = installation.operator_session().apps().await.map(|apps| apps.len());
            installation.wire.forget_plans();
            assert_eq!(sent(&installation, "Scan"), attempts, "{fault:?}, {strikes:?}");
            match (apps, fault.is_fatal(), strikes) {
                (Err(Failure::Fault(_)), true, _)
                | (Ok(1), false, Some(_))
                | (Err(Failure::Unavailable(_)), false, None) => {}
                (apps, ..) => panic!("{fault:?}, {strikes:?}: {apps:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_dropped_bucket_gets_no_new_entry() {
    let installation = installation().await;
    let direct = installation.direct();
    let bucket = bucket_item("demo", "notes", &json!({}));
    // Even if its writer is the one that was read.
    let mut dropped = dropped(bucket.clone());
    dropped["writer"] = bucket["writer"].clone();
    let new = dropped.clone();
    installation.wire.plan("UpdateItem", [Act::after(move || async move { direct.put(new).await })]);
    let change = Target::BucketAcl.change(&mut installation.operator_session(), "mine").await;
    assert_eq!(change, Ok(Write::Conflict));
    assert_eq!(item(&installation, Target::BucketAcl).await, dropped);
}

/// A version can recur, in a bucket that was dropped and created again. A writer never recurs.
#[tokio::test]
async fn a_change_misses_an_item_that_was_made_again_with_the_version_that_was_seen() {
    for target in TARGETS {
        let installation = installation().await;
        let mut again = item(&installation, target).await;
        again["writer"] = json!({"S": "whoever made it again"});
        conflicts_with(&installation, target, again).await;
    }
}

#[tokio::test]
async fn a_bucket_is_created_once_and_over_a_dropped_one_with_the_next_version() {
    let installation = Installation::start().await;
    let new = |generation| NewBucket {
        generation: Generation::new(generation),
        acl: Acl::default(),
        creator: Creator::Anonymous,
        created: 1,
    };
    let mut session = installation.operator_session();
    assert_eq!(session.make_bucket(&path(), &Vacancy::Unused, &new(1)).await, Ok(Write::Made));
    assert_eq!(version(&item(&installation, Target::BucketAcl).await), 1);
    let mut other = installation.operator_session();
    assert_eq!(other.make_bucket(&path(), &Vacancy::Unused, &new(2)).await, Ok(Write::Conflict));

    let bucket = with_version(bucket_item("demo", "notes", &json!({})), 6);
    installation.put(dropped(bucket)).await;
    let BucketState::Vacant(seen) = other.bucket(&path()).await.expect("a tombstone") else { panic!("a bucket") };
    assert_eq!(installation.operator_session().make_bucket(&path(), &seen, &new(3)).await, Ok(Write::Made));
    let made = item(&installation, Target::BucketAcl).await;
    assert_eq!((version(&made), made.get("dropped")), (8, None));
    assert_eq!(installation.operator_session().make_bucket(&path(), &seen, &new(4)).await, Ok(Write::Conflict));
    assert_eq!(item(&installation, Target::BucketAcl).await, made);
}

#[tokio::test]
async fn a_new_app_does_not_replace_an_existing_one() {
    let installation = Installation::start().await;
    let before = installation.items().await;
    assert_eq!(installation.operator_session().put_app(&app("demo")).await, Ok(Write::Conflict));
    assert_eq!(installation.items().await, before);
    let mut apps: Vec<String> = Vec::new();
    installation.put_app(app("another")).await;
    for app in installation.operator_session().apps().await.expect("apps") {
        apps.push(app.id.to_string());
    }
    apps.sort();
    assert_eq!(apps, ["another", "demo"]);
}
