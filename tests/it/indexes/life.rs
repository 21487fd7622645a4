//! The life of an index: declared, filled, ready, checked, dropped.

use std::time::Duration;

use pail::model::index::rule::Undeclared;
use pail::model::index::{Indexes, RuleState};
use pail::model::marks::RuleNumber;
use pail::operation::index::check::{Checked, check, remove_all};
use pail::operation::index::fill::{Filled, fill};
use pail::operation::index::rules::{Index, WAIT_TO_FILL, make_ready, remove, retire, wait_to_fill};
use pail::store::Failure;
use pail_testing::wire::Sent;
use pail_testing::{Act, Call, Clock, Installation, NOW};
use serde_json::json;

use super::stage::{
    assert_exact, declare, fields, index, live, notes, path, stored_rule, stored_rules, wired_workplace, workplace,
};
use crate::queries::stage::{as_administrator, call, filled, ids, put};
use pail::model::scope::ScopeKind;

async fn write(installation: &Installation, id: &str, body: &str) {
    let put = as_administrator(Call::object("PUT", "demo", "notes", id).body(body.to_owned()));
    assert!([200, 201].contains(&installation.answer(&put).await.status));
}

async fn ordered(installation: &Installation) -> (Vec<String>, String) {
    let body = json!({"bucketQuery": {"orderBy": "n"}, "explain": true});
    let answer = installation.answer(&as_administrator(call(body.to_string()))).await;
    (ids(&answer), answer.json()["explain"]["plan"].as_str().expect("a plan").to_owned())
}

#[tokio::test]
async fn an_index_goes_from_declared_to_ready_to_gone_and_every_answer_stays_the_same() {
    let installation = filled(&[r#"{"n":3}"#, r#"{"n":1}"#, "{}"]).await;
    let app = path().scope.app;
    let expected = ["o2", "o1", "o0"];
    let assert_plan = async |plan: &str| {
        assert_eq!(ordered(&installation).await, (expected.map(str::to_owned).into(), plan.to_owned()))
    };
    let rule = declare(&installation, "n").await.expect("a rule");
    assert_eq!((rule.number, rule.state, rule.declared), (RuleNumber(1), RuleState::Building, None));
    assert_plan("scan").await;
    // Writes keep it up from now on.
    write(&installation, "o0", r#"{"n":4}"#).await;
    write(&installation, "o1", r#"{"n":2}"#).await;
    assert_eq!(installation.entries().await.len(), 2);
    let (workplace, bucket) = (workplace(&installation), live(&installation).await);
    let filled = fill(&workplace, &bucket, &rule, |_| ()).await;
    assert_eq!(filled, Ok(Some(Filled { objects: 3, added: 1 })));
    assert_eq!(fill(&workplace, &bucket, &rule, |_| ()).await, Ok(Some(Filled { objects: 3, added: 0 })));
    assert_plan("scan").await;
    assert_eq!(make_ready(&mut installation.session(), &app, rule.number).await, Ok(true));
    assert_plan("index n").await;
    assert_exact(&installation).await;
    assert_eq!(make_ready(&mut installation.session(), &app, rule.number).await, Ok(false));
    assert_eq!(retire(&mut installation.session(), &app, rule.number).await, Ok(true));
    assert_plan("scan").await;
    write(&installation, "o0", r#"{"n":5}"#).await;
    assert_eq!(declare(&installation, "n").await, Err(Undeclared::Retiring));
    assert_exact(&installation).await;
    assert_eq!(remove(&mut installation.session(), &app, rule.number).await, Ok(()));
    assert_eq!(stored_rule(&installation, 1).await, None);
    assert_plan("scan").await;
    assert_eq!(remove_all(&workplace, &bucket, rule.number).await, Ok(3));
    assert_eq!(installation.entries().await.len(), 0);
    // Its number never comes again.
    assert_eq!(declare(&installation, "n").await.map(|rule| rule.number), Ok(RuleNumber(2)));
}

#[tokio::test]
async fn an_index_that_is_declared_again_is_the_same() {
    let installation = filled(&[]).await;
    let first = declare(&installation, "n,_created").await;
    assert_eq!(declare(&installation, "n,_created").await, first);
    assert_eq!(declare(&installation, "_created,n").await.map(|rule| rule.number), Ok(RuleNumber(2)));
}

#[test]
fn a_bucket_has_ten_indexes_an_app_fifty_and_an_index_one_to_three_different_fields() {
    let mut indexes = Indexes::default();
    let mut declare = |kind, names: &str| indexes.declare(kind, &notes(), &fields(names));
    for bad in ["a,b,c,d", "a,a", "_secret", "_calculated.x", &"x".repeat(251)] {
        assert_eq!(declare(ScopeKind::App, bad), Err(Undeclared::Fields), "{bad}");
    }
    for number in 1..=10 {
        assert_eq!(declare(ScopeKind::App, &format!("f{number}")), Ok(RuleNumber(number)));
    }
    assert_eq!(declare(ScopeKind::App, "more"), Err(Undeclared::TooManyOfBucket));
    // Those that are being dropped count as well.
    for kind in [ScopeKind::User, ScopeKind::Group, ScopeKind::Thing] {
        assert!((0..10).all(|number| declare(kind, &format!("f{number}")).is_ok()));
    }
    let others = pail::model::id::BucketId::parse("others").expect("a bucket ID");
    assert!((0..10).all(|number| indexes.declare(ScopeKind::App, &others, &fields(&format!("f{number}"))).is_ok()));
    assert_eq!(indexes.declare(ScopeKind::User, &others, &fields("f")), Err(Undeclared::TooManyOfApp));
}

#[tokio::test]
async fn a_check_adds_what_is_missing_and_removes_what_is_left_over() {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put_app(pail_testing::fixtures::app("demo")).await;
    crate::queries::stage::grant(&installation, "notes").await;
    declare(&installation, "n").await.expect("a rule");
    for id in ["o1", "o2", "o3"] {
        write(&installation, id, r#"{"n":1}"#).await;
    }
    // One that was stored without an entry, an entry that is gone, and one that nothing holds.
    put(&installation, 4, r#"{"n":2}"#).await;
    let entries = installation.entries().await;
    installation.delete("index", &pail_testing::items::key(&entries[0])).await;
    let mut other = entries[1].clone();
    let mut key = pail_testing::items::bytes(&other["sk"]);
    key.truncate(key.len() - 16);
    key.extend([3; 16]);
    other["sk"] = pail_testing::items::binary(&key);
    installation.put_item("index", &other).await;
    let (workplace, bucket) = (workplace(&installation), live(&installation).await);
    let indexes = stored_rules(&installation).await;
    let checked = check(&workplace, &bucket, &indexes, |_| ()).await;
    assert_eq!(checked, Ok(Checked { objects: 4, entries: 5, added: 2, removed: 0 }));
    clock.set(NOW + 21 * 60 * 1000);
    let checked = check(&workplace, &bucket, &indexes, |_| ()).await;
    assert_eq!(checked, Ok(Checked { objects: 4, entries: 5, added: 0, removed: 1 }));
    assert_exact(&installation).await;
}

#[tokio::test]
async fn a_check_looks_at_each_object_once_for_all_indexes_of_its_bucket() {
    let installation = filled(&[r#"{"n":1}"#, r#"{"n":2}"#]).await;
    declare(&installation, "n").await.expect("a rule");
    declare(&installation, "n,_created").await.expect("a rule");
    let mut reported = Vec::new();
    let (workplace, bucket) = (wired_workplace(&installation), live(&installation).await);
    let checked =
        check(&workplace, &bucket, &stored_rules(&installation).await, |so_far| reported.push(so_far.objects)).await;
    assert_eq!(checked, Ok(Checked { objects: 2, entries: 4, added: 4, removed: 0 }));
    assert!(reported.iter().all(|objects| *objects == 2), "{reported:?}");
    let sent = installation.wire.take_sent();
    let pages = sent.iter().filter(|sent| sent.operation == "Query" && sent.body["TableName"] == "objects");
    assert_eq!(pages.count(), 1);
    assert_exact(&installation).await;
}

/// The indexes, by number, whose entries are looked for.
fn looked_for(sent: &[Sent]) -> Vec<String> {
    let queries = sent.iter().filter(|sent| sent.operation == "Query" && sent.body["TableName"] == "index");
    let partitions = queries.map(|sent| sent.body["ExpressionAttributeValues"][":partition"]["S"].as_str());
    partitions.map(|name| name.and_then(|name| name.rsplit('/').next()).expect("a number").to_owned()).collect()
}

#[tokio::test]
async fn a_check_removes_what_a_drop_has_left_although_objects_hold_its_marks_and_passes_over_indexes_of_others() {
    let installation = filled(&[]).await;
    let app = path().scope.app;
    let gone = declare(&installation, "n").await.expect("a rule");
    declare(&installation, "_created").await.expect("a rule");
    let elsewhere = Index { kind: ScopeKind::User, ..index("n") };
    let elsewhere = elsewhere.declare(&mut installation.session()).await.expect("a change").expect("an app");
    assert_eq!(elsewhere.map(|rule| rule.number), Ok(RuleNumber(3)));
    for id in ["o1", "o2", "o3"] {
        write(&installation, id, r#"{"n":1}"#).await;
    }
    // A drop that is stopped while it waits for the end of late writes.
    assert_eq!(retire(&mut installation.session(), &app, gone.number).await, Ok(true));
    assert_eq!(remove(&mut installation.session(), &app, gone.number).await, Ok(()));
    let held = installation.items().await.into_values().filter(|item| !item["entries"]["M"]["1"].is_null()).count();
    assert_eq!((installation.entries().await.len(), held), (6, 3));
    let (workplace, bucket) = (wired_workplace(&installation), live(&installation).await);
    installation.wire.take_sent();
    let checked = check(&workplace, &bucket, &stored_rules(&installation).await, |_| ()).await;
    assert_eq!(checked, Ok(Checked { objects: 3, entries: 6, added: 0, removed: 3 }));
    assert_eq!(looked_for(&installation.wire.take_sent()), ["1", "2"]);
    let left = installation.entries().await;
    assert!(left.len() == 3 && left.iter().all(|entry| entry["pk"]["S"].as_str().is_some_and(|pk| pk.ends_with("/2"))));
}

#[tokio::test]
async fn an_index_of_users_buckets_is_filled_in_the_buckets_of_all_users() {
    let installation = Installation::start().await;
    for user in ["alice", "auth0|64a1"] {
        let path = format!("/api/apps/demo/users/{}/buckets/todos/objects", user.replace('|', "%7C"));
        let create = Call::create("demo", "notes").path(&path).body(r#"{"n":1}"#);
        assert_eq!(installation.answer(&as_administrator(create)).await.status, 201);
    }
    write(&installation, "o1", r#"{"n":1}"#).await;
    let todos = pail::model::id::BucketId::parse("todos").expect("a bucket ID");
    let buckets = workplace(&installation).buckets(&path().scope.app, ScopeKind::User, &todos).await.expect("buckets");
    let scopes: Vec<String> = buckets.iter().map(|bucket| bucket.path.scope.to_string()).collect();
    assert_eq!(scopes, ["demo/users/alice", "demo/users/auth0|64a1"]);
    let none = workplace(&installation).buckets(&path().scope.app, ScopeKind::Group, &todos).await;
    assert_eq!(none.map(|buckets| buckets.len()), Ok(0));
}

#[tokio::test]
async fn a_scan_for_buckets_that_lists_nothing_ends_in_a_failure_and_not_without_buckets() {
    let installation = filled(&[]).await;
    let (app, workplace) = (path().scope.app, wired_workplace(&installation));
    let without_items = || {
        Act::alter(|_, mut reply| {
            reply.as_object_mut().expect("an answer").remove("Items");
            (200, reply.to_string())
        })
    };
    installation.wire.plan("Scan", [Act::Pass, Act::Pass, without_items()]);
    let found = workplace.buckets(&app, ScopeKind::User, &notes()).await;
    assert!(matches!(&found, Err(Failure::Unavailable(cause)) if cause.message.contains("no items")), "{found:?}");
    let sent = installation.wire.take_sent();
    assert!(sent.iter().all(|sent| sent.operation == "Scan" && sent.body["Limit"] == 1000), "{sent:?}");
}

/// How long `pail index create` waits that runs now. It declares the index, unless it is there.
async fn wait(installation: &Installation) -> Result<Duration, Failure> {
    let mut store = installation.operator_session();
    let rule = index("n").declare(&mut store).await?.expect("an app").expect("a rule");
    wait_to_fill(&mut store, &path().scope.app, &rule).await
}

#[tokio::test(start_paused = true)]
async fn the_wait_before_a_pass_counts_from_when_the_index_was_known_to_be_stored() {
    const MINUTE: u64 = 60 * 1000;
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put_app(pail_testing::fixtures::app("demo")).await;
    // No attempt at the declaration is answered, and one takes effect a quarter of an hour later.
    installation.wire.plan("UpdateItem", [Act::Hold, Act::Hang, Act::Hang, Act::Hang]);
    assert!(matches!(wait(&installation).await, Err(Failure::Unavailable(_))));
    assert_eq!(stored_rule(&installation, 1).await, None);
    clock.set(NOW + 15 * MINUTE);
    installation.wire.deliver_held().await;
    assert_eq!(stored_rule(&installation, 1).await.map(|rule| rule.declared), Some(None));
    clock.set(NOW + 20 * MINUTE);
    assert_eq!(wait(&installation).await, Ok(WAIT_TO_FILL));
    // The command was stopped, and goes on where it was.
    for (minutes, left) in [(21, 16), (37, 0), (60, 0), (0, 17)] {
        clock.set(NOW + minutes * MINUTE);
        assert_eq!(wait(&installation).await, Ok(Duration::from_secs(left * 60)), "after {minutes} minutes");
    }
    assert_eq!(stored_rule(&installation, 1).await.and_then(|rule| rule.declared), Some(NOW + 20 * MINUTE));
}
