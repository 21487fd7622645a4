//! The calls of a create, and concurrent creates (protocol).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use pail_testing::fixtures::{self, with_version};
use pail_testing::{Act, Answer, Call, Installation, bucket_item, callers, figure};

const ORDINARY: [&str; 2] = ["BatchGetItem", "PutItem"];
const FIRST: [&str; 3] = ["BatchGetItem", "GetItem", "TransactWriteItems"];
const LOST_RACE: [&str; 4] = ["BatchGetItem", "GetItem", "TransactWriteItems", "PutItem"];

fn call(scope: &str) -> Call {
    Call::create(scope, "notes").bearer(&callers::member("alice", &["crew"]))
}

#[tokio::test]
async fn a_first_object_takes_three_calls_and_a_further_one_two() {
    let installation = Installation::start().await;
    for scope in ["demo", "demo/users/me", "demo/groups/crew"] {
        installation.created(&call(scope)).await;
        assert_eq!(installation.wire.take_operations(), FIRST, "{scope}");
        installation.created(&call(scope)).await;
        assert_eq!(installation.wire.take_operations(), ORDINARY, "{scope}");
    }
    let thing = Call::create("demo/things/sensor-1", "notes").bearer(&callers::thing("sensor-1"));
    for expected in [&FIRST[..], &ORDINARY] {
        installation.created(&thing).await;
        assert_eq!(installation.wire.take_operations(), expected);
    }
    let administrator = Call::create("demo/users/bob", "notes").bearer(&callers::administrator("operator"));
    for expected in [&FIRST[..], &ORDINARY] {
        installation.created(&administrator).await;
        assert_eq!(installation.wire.take_operations().len(), expected.len());
    }
}

#[tokio::test]
async fn a_refusal_writes_nothing_and_reads_no_more_than_it_needs() {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "locked", json!({})).await;
    for (call, status, code, calls) in [
        (Call::create("demo", "notes").basic("demo", "wrong"), 401, "UNAUTHORIZED", 1),
        (Call::create("demo", "notes").bearer("x"), 403, "WRONG_TOKEN", 1),
        (Call::create("demo/users/me", "notes").basic("demo", "demo-key"), 401, "UNAUTHORIZED", 1),
        (Call::create("nowhere", "notes").basic("nowhere", "key"), 404, "APP_NOT_FOUND", 1),
        (Call::create("demo", "locked").basic("demo", "demo-key"), 401, "UNAUTHORIZED", 1),
        (Call::create("demo", "notes").basic("demo", "demo-key"), 401, "UNAUTHORIZED", 2),
    ] {
        installation.refused(&call, status, code).await;
        assert_eq!(installation.wire.take_operations(), FIRST[..calls], "{call:?}");
    }
}

#[tokio::test]
async fn every_read_of_a_create_is_consistent_and_every_write_conditional() {
    let installation = Installation::start().await;
    installation.created(&call("demo")).await;
    let sent = installation.wire.take_sent();
    let [batch, scope_acl, transaction] = &sent[..] else { panic!("{sent:?}") };
    for table in ["apps", "objects"] {
        let asked = &batch.body["RequestItems"][table];
        assert_eq!(asked["ConsistentRead"], true, "{asked}");
        assert_eq!(asked["Keys"].as_array().map(Vec::len), Some(1), "{asked}");
    }
    assert_eq!(scope_acl.body["ConsistentRead"], true);
    let puts = transaction.body["TransactItems"].as_array().expect("writes");
    assert_eq!(puts.len(), 2);
    for put in puts {
        assert_eq!(put["Put"]["ConditionExpression"], "attribute_not_exists(writer)");
        assert_eq!(put["Put"]["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
    }
    let token = transaction.body["ClientRequestToken"].as_str().unwrap_or_default();
    assert!((1..=36).contains(&token.len()), "{token}");

    installation.created(&call("demo")).await;
    let put = installation.wire.take_sent().remove(1).body;
    assert_eq!(put["ConditionExpression"], "attribute_not_exists(writer)");
    assert_eq!(put["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
}

#[tokio::test]
async fn a_lost_race_takes_four_calls_and_the_object_goes_into_the_winners_bucket() {
    let installation = Installation::start().await;
    for scope in ["demo", "demo/users/me", "demo/groups/crew"] {
        let (rival, winner) = (installation.rival(), call(scope));
        installation.wire.plan("TransactWriteItems", [Act::after(move || rival.creates(winner))]);
        let answer = installation.answer(&call(scope)).await;
        assert_eq!(answer.status, 201);
        assert_eq!(installation.wire.take_operations(), LOST_RACE, "{scope}");
    }
    assert_eq!(installation.count().await, (3, 6));
    installation.assert_whole().await;
}

#[tokio::test]
async fn whoever_loses_the_race_is_judged_by_the_new_buckets_own_acl() {
    let installation = Installation::start().await;
    // Anybody may create buckets. By default, only callers with a token may create objects in them.
    installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    let (rival, winner) = (installation.rival(), Call::create("demo", "notes").basic("demo", "demo-key"));
    installation.wire.plan("TransactWriteItems", [Act::after(move || rival.creates(winner))]);
    let loser = Call::create("demo", "notes").basic("demo", "demo-key");
    let answer = installation.answer(&loser).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (401, "UNAUTHORIZED"));
    assert_eq!(answer.text("authenticatedPrincipalID"), "ANONYMOUS_USER");
    assert_eq!(installation.wire.take_operations(), FIRST);
    assert_eq!(installation.count().await, (1, 1), "only the winner's object exists");
}

#[tokio::test]
async fn a_right_on_the_scope_never_applies_to_an_existing_bucket() {
    let installation = Installation::start().await;
    let everybody = json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"]});
    for scope in ["demo", "demo/users/alice", "demo/groups/crew", "demo/things/t"] {
        installation.put_scope_acl(scope, everybody.clone()).await;
        installation.put_bucket(scope, "notes", json!({"READ_OBJECTS_IN_BUCKET": ["UserID:alice"]})).await;
        for call in [call(scope), Call::create(scope, "notes").basic("demo", "demo-key")] {
            installation.refused(&call, 401, "UNAUTHORIZED").await;
            assert_eq!(installation.wire.take_operations(), ["BatchGetItem"], "the scope's ACL is not read");
        }
    }
}

/// Sends 64 creates for one new bucket at once, each by another user and with another text.
async fn sixty_four_first_objects(installation: &Arc<Installation>, bucket: &str) -> Vec<Answer> {
    let mut creates = JoinSet::new();
    for user in 0..64 {
        let (installation, call) = (installation.clone(), first_object(bucket, user));
        creates.spawn(async move { (user, installation.answer(&call).await) });
    }
    let mut answers = creates.join_all().await;
    answers.sort_by_key(|(user, _)| *user);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn first_object(bucket: &str, user: usize) -> Call {
    let body = json!({"bucket": bucket, "user": user}).to_string();
    Call::create("demo", bucket).bearer(&callers::user(&format!("user-{user}"))).body(body)
}

/// Checks that all objects exist as they were answered, in the one bucket of the round.
async fn one_bucket_and_sixty_four_objects(installation: &Installation, rounds: &[Vec<Answer>]) {
    let items = installation.items().await;
    assert_eq!(installation.count().await, (rounds.len(), rounds.len() * 64));
    let objects: HashMap<&str, &Value> =
        items.values().filter_map(|item| Some((item["sk"]["S"].as_str()?, item))).collect();
    for (round, answers) in rounds.iter().enumerate() {
        let bucket = &items[&format!(" demo bucket/round-{round}")];
        assert_eq!(bucket["version"]["N"], "1", "made twice: {bucket}");
        let generation = bucket["generation"]["S"].as_str().expect("a generation");
        for (user, answer) in answers.iter().enumerate() {
            assert_eq!(answer.status, 201, "{answer:?}");
            let object = objects[answer.text("objectID").as_str()];
            let sent = first_object(&format!("round-{round}"), user).body;
            assert_eq!(object["pk"]["S"], format!("demo/round-{round}:{generation}"));
            assert_eq!(object["content"]["S"].as_str().map(str::as_bytes), Some(&sent[..]));
            assert_eq!(
                (&object["version"]["N"], &object["owner"]["S"]),
                (&json!("1"), &json!(format!("UserID:user-{user}")))
            );
        }
        let creator = bucket["creator"]["S"].as_str().expect("a creator");
        assert!(creator.starts_with("UserID:user-"), "{bucket}");
    }
    installation.assert_whole().await;
}

#[tokio::test]
async fn sixty_four_first_objects_at_once_create_one_bucket_and_sixty_four_objects() {
    let installation = Arc::new(Installation::start().await);
    let mut rounds = Vec::new();
    for round in 0..figure(2, 1_000) {
        rounds.push(sixty_four_first_objects(&installation, &format!("round-{round}")).await);
        let operations = installation.wire.take_operations();
        let lost = operations.iter().filter(|operation| *operation == "PutItem").count();
        assert_eq!((operations.len(), lost), (64 * 3 + 63, 63), "all but one must lose the race of round {round}");
    }
    one_bucket_and_sixty_four_objects(&installation, &rounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_first_objects_on_several_threads_create_one_bucket_and_sixty_four_objects() {
    let installation = Arc::new(Installation::start().await);
    let (mut rounds, mut lost) = (Vec::new(), 0);
    for round in 0..figure(2, 1_000) {
        rounds.push(sixty_four_first_objects(&installation, &format!("round-{round}")).await);
        let sent = installation.wire.take_operations();
        lost += sent.iter().filter(|operation| *operation == "TransactWriteItems").count() - 1;
    }
    assert!(lost > rounds.len(), "too few races: only {lost} were lost in {} rounds", rounds.len());
    one_bucket_and_sixty_four_objects(&installation, &rounds).await;
}

#[tokio::test(start_paused = true)]
async fn keys_that_a_batch_left_unprocessed_are_requested_again() {
    for tables in [&["apps"][..], &["objects"], &["apps", "objects"]] {
        let installation = Installation::start().await;
        installation.created(&call("demo")).await;
        installation.wire.take_sent();
        installation.wire.plan("BatchGetItem", [Act::unprocessed(tables)]);
        installation.created(&call("demo")).await;
        let sent = installation.wire.take_sent();
        let operations: Vec<&str> = sent.iter().map(|sent| sent.operation.as_str()).collect();
        assert_eq!(operations, ["BatchGetItem", "BatchGetItem", "PutItem"], "{tables:?}");
        let asked: Vec<&String> = sent[1].body["RequestItems"].as_object().expect("tables").keys().collect();
        assert_eq!(asked, tables, "only unprocessed keys are requested again");
        assert_eq!(sent[1].body["RequestItems"][tables[0]]["ConsistentRead"], true);
        assert_eq!(installation.count().await, (1, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_stay_unprocessed_end_in_503() {
    for tables in [&["apps"][..], &["objects"], &["apps", "objects"]] {
        let installation = Installation::start().await;
        installation.wire.always("BatchGetItem", move || Act::unprocessed(tables));
        installation.refused(&call("demo"), 503, "TEMPORARY_UNAVAILABLE_ERROR").await;
        let sent = installation.wire.take_operations();
        assert!(sent.len() < 100 && sent.iter().all(|operation| operation == "BatchGetItem"), "{sent:?}");
    }
}

/// The bucket `notes` after it was dropped with this version.
fn dropped(scope: &str, version: u64) -> Value {
    fixtures::dropped(with_version(bucket_item(scope, "notes", &json!({})), version - 1))
}

#[tokio::test]
async fn a_dropped_bucket_counts_as_none_and_is_recreated_with_next_version_and_new_generation() {
    let installation = Installation::start().await;
    for scope in ["demo", "demo/users/alice", "demo/groups/crew"] {
        let old = dropped(scope, 7);
        installation.put(old.clone()).await;
        let (_, items) = installation.created(&call(scope)).await;
        assert_eq!(installation.wire.take_operations(), FIRST);
        let new = &items[&format!(" {scope} bucket/notes")];
        assert_eq!(new["version"]["N"], "8");
        assert_ne!(new["generation"], old["generation"]);
        assert_ne!(new["writer"], old["writer"]);
        assert_eq!(new["creator"]["S"], "UserID:alice");
        assert!(new.get("acl").is_some() && new.get("dropped").is_none(), "{new}");
        installation.created(&call(scope)).await;
        assert_eq!(installation.wire.take_operations(), ORDINARY);
    }
    installation.assert_whole().await;
}

#[tokio::test]
async fn for_a_dropped_bucket_the_scopes_acl_decides() {
    let installation = Installation::start().await;
    // The ACL of the dropped bucket is ignored, even if the item still had one.
    let mut old = dropped("demo", 2);
    old["acl"] = json!({"M": {"CREATE_OBJECTS_IN_BUCKET": {"SS": ["UserID:ANONYMOUS_USER"]}}});
    installation.put(old).await;
    let anonymous = Call::create("demo", "notes").basic("demo", "demo-key");
    installation.refused(&anonymous, 401, "UNAUTHORIZED").await;
    assert_eq!(installation.wire.take_operations(), FIRST[..2]);
}

#[tokio::test]
async fn a_race_over_a_dropped_bucket_is_lost_like_any_other() {
    let installation = Installation::start().await;
    installation.put(dropped("demo", 7)).await;
    let (rival, winner) = (installation.rival(), call("demo"));
    installation.wire.plan("TransactWriteItems", [Act::after(move || rival.creates(winner))]);
    assert_eq!(installation.answer(&call("demo")).await.status, 201);
    assert_eq!(installation.wire.take_operations(), LOST_RACE);
    let items = installation.items().await;
    assert_eq!(items[" demo bucket/notes"]["version"]["N"], "8");
    assert_eq!(installation.count().await, (1, 2));
    installation.assert_whole().await;
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_opened_by_the_first_call_of_every_request_and_a_failure_is_ignored() {
    let installation = Installation::start().await;
    installation.connect().await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem"]);
    for act in [|| Act::Hang, || Act::Cut, || Act::error("AccessDeniedException")] {
        installation.wire.always("BatchGetItem", act);
        installation.connect().await;
        installation.wire.forget_plans();
        assert_eq!(installation.answer(&call("demo")).await.status, 201);
    }
}
