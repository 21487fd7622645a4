//! The rules after a failure (protocol), with replies that the SDK receives as if from the network, in paused time.
//! `faults` tests every fault at every call.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use pail_testing::fixtures::{dropped, with_version};
use pail_testing::{Act, Answer, Call, Installation, bucket_item, callers, items};

/// Calls of the handler, each with the required state of the bucket.
const OPERATIONS: [(&str, bool); 4] =
    [("BatchGetItem", true), ("PutItem", true), ("GetItem", false), ("TransactWriteItems", false)];

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

/// An installation with or without the bucket.
async fn installation(bucket: bool) -> Installation {
    let installation = Installation::start().await;
    if bucket {
        let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
        installation.put_bucket("demo", "notes", acl).await;
    }
    installation
}

/// The answer, which must come before the invocation ends.
async fn in_time(installation: &Installation) -> Answer {
    let start = Instant::now();
    let answer = installation.answer(&call()).await;
    assert!(start.elapsed() < installation.time_left, "the answer came after {:?}", start.elapsed());
    answer
}

async fn is_created_once(installation: &Installation, what: &str) {
    let answer = in_time(installation).await;
    assert_eq!(answer.status, 201, "{what}: {answer:?}");
    assert_eq!(installation.count().await, (1, 1), "{what}");
    let id = answer.text("objectID");
    let items = installation.items().await;
    assert!(items.values().any(|item| item["sk"]["S"] == id), "{what}: the object in the answer does not exist");
}

async fn is_unavailable(installation: &Installation, what: &str) {
    let answer = in_time(installation).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (503, "TEMPORARY_UNAVAILABLE_ERROR"), "{what}");
}

async fn is_our_fault(installation: &Installation, what: &str) {
    let before = installation.items().await;
    let answer = in_time(installation).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (500, "UNDEFINED_ERROR"), "{what}");
    assert_eq!(installation.items().await, before, "{what}");
    for secret in ["apps", "objects", "DynamoDB", "Exception"] {
        assert!(!answer.text("message").contains(secret), "{what}: details are for the log: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_comes_before_the_deadline_however_near_that_is() {
    for milliseconds in [0, 1, 299, 300, 301, 500, 1000, 3000, 10_000, 28_000] {
        for (operation, bucket) in OPERATIONS {
            let mut installation = installation(bucket).await;
            installation.time_left = Duration::from_millis(milliseconds);
            installation.wire.always(operation, || Act::Hang);
            let start = Instant::now();
            let answer = installation.answer(&call()).await;
            assert_eq!(answer.status, 503, "{operation} with {milliseconds} ms left");
            assert!(start.elapsed() <= installation.time_left, "{operation}: {:?}", start.elapsed());
        }
    }
}

/// R1: the condition fails for the object's own new random ID.
#[tokio::test(start_paused = true)]
async fn a_put_whose_replies_are_all_lost_but_the_last_is_201_and_one_object() {
    let installation = installation(true).await;
    installation.wire.plan("PutItem", [Act::LoseReply, Act::HangAfter, Act::LoseReply]);
    is_created_once(&installation, "replies lost").await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem", "PutItem", "PutItem", "PutItem", "PutItem"]);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_of_a_write_is_the_same() {
    for (operation, bucket) in [("PutItem", true), ("TransactWriteItems", false)] {
        let installation = installation(bucket).await;
        installation.wire.plan(operation, [Act::Cut, Act::error("InternalServerError"), Act::Hang]);
        is_created_once(&installation, operation).await;
        let sent = installation.wire.take_sent();
        let bodies: Vec<&Value> =
            sent.iter().filter(|sent| sent.operation == operation).map(|sent| &sent.body).collect();
        assert_eq!(bodies.len(), 4);
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{operation}: {bodies:?}");
    }
}

/// DynamoDB's reply to the second attempt of a transaction with a lost reply, after the token has expired.
fn cancelled_by(bucket: Value) -> Act {
    Act::cancelled(json!([
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": bucket},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]))
}

#[tokio::test(start_paused = true)]
async fn a_request_recognises_its_own_bucket_by_the_generation() {
    let installation = installation(false).await;
    // The engine recognises the token. To test the rule, its reply is replaced by a cancellation with the stored item.
    installation.wire.plan(
        "TransactWriteItems",
        [
            Act::LoseReply,
            Act::alter(|request, _| {
                let own = request["TransactItems"][0]["Put"]["Item"].clone();
                match cancelled_by(own) {
                    Act::Answer(status, body) => (status, body),
                    _ => unreachable!("a cancellation is an answer"),
                }
            }),
        ],
    );
    is_created_once(&installation, "own generation").await;
}

/// The ACL of the bucket that an anonymous creator has just created would deny this creator: 401.
#[tokio::test(start_paused = true)]
async fn an_anonymous_creator_is_not_refused_for_what_was_written() {
    let installation = installation(false).await;
    installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    for second in [None, Some(Act::conflict())] {
        let bucket = if second.is_some() { "with-conflict" } else { "without-conflict" };
        installation.wire.plan("TransactWriteItems", [Some(Act::LoseReply), second].into_iter().flatten());
        let answer = installation.answer(&Call::create("demo", bucket).basic("demo", "demo-key")).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert_eq!(installation.count().await, (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_judged_by_the_bucket_item_and_the_same_transaction_sent_again() {
    for conflicts in 1..=3 {
        let installation = installation(false).await;
        installation.wire.plan("TransactWriteItems", (0..conflicts).map(|_| Act::conflict()));
        is_created_once(&installation, "conflict").await;
        let sent = installation.wire.take_sent();
        let operations: Vec<&str> = sent.iter().map(|sent| sent.operation.as_str()).collect();
        let mut expected = vec!["BatchGetItem", "GetItem"];
        for _ in 0..conflicts {
            expected.extend(["TransactWriteItems", "GetItem"]);
        }
        expected.push("TransactWriteItems");
        assert_eq!(operations, expected);
        let transactions: Vec<&Value> =
            sent.iter().filter(|sent| sent.operation == "TransactWriteItems").map(|sent| &sent.body).collect();
        assert!(
            transactions.windows(2).all(|pair| pair[0] == pair[1]),
            "token, generation and item must stay the same"
        );
        // Only the bucket is read, consistently. The scope's ACL is not read again.
        for read in sent.iter().filter(|sent| sent.operation == "GetItem").skip(1) {
            assert_eq!(read.body["Key"]["sk"]["S"], "bucket/notes");
            assert_eq!(read.body["ConsistentRead"], true);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn conflicts_without_end_are_503_after_a_bounded_number_of_calls() {
    for act in [
        Act::conflict as fn() -> Act,
        || Act::error("TransactionInProgressException"),
        || Act::cancelled(json!([{"Code": "ThrottlingError"}, {"Code": "None"}])),
    ] {
        let installation = installation(false).await;
        installation.wire.always("TransactWriteItems", act);
        is_unavailable(&installation, "conflicts").await;
        assert!(installation.wire.take_operations().len() <= 20, "bounded");
        assert_eq!(installation.count().await, (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_under_way_or_throttled_is_sent_again() {
    for act in [
        Act::error("TransactionInProgressException"),
        Act::cancelled(json!([{"Code": "ThrottlingError"}, {"Code": "None"}])),
        Act::cancelled(json!([{"Code": "None"}, {"Code": "ProvisionedThroughputExceeded"}])),
        Act::cancelled(json!([{"Code": "None"}, {"Code": "TransactionConflict"}])),
    ] {
        let installation = installation(false).await;
        installation.wire.plan("TransactWriteItems", [act]);
        is_created_once(&installation, "in progress").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_with_the_winner_of_the_race_ends_in_its_bucket() {
    let installation = installation(false).await;
    let (rival, winner) = (installation.rival(), call());
    installation.wire.plan("TransactWriteItems", [Act::conflict()]);
    installation.wire.plan("GetItem", [Act::Pass, Act::after(move || rival.creates(winner))]);
    assert_eq!(in_time(&installation).await.status, 201);
    assert_eq!(installation.count().await, (1, 2));
    let expected = ["BatchGetItem", "GetItem", "TransactWriteItems", "GetItem", "PutItem"];
    assert_eq!(installation.wire.take_operations(), expected);
}

/// The bucket of somebody else, with this version.
fn somebodys(version: u64, is_dropped: bool) -> Value {
    let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    let bucket = bucket_item("demo", "notes", &acl);
    if is_dropped { dropped(with_version(bucket, version - 1)) } else { with_version(bucket, version) }
}

/// The answer to a first object after its transaction was cut `attempts - 1` times and then cancelled because of this
/// bucket.
async fn answer_after_conflict(installation: &Installation, attempts: u32, bucket: Value) -> Answer {
    let there = installation.direct();
    let acts = (1..attempts).map(|_| Act::Cut).chain([Act::after(move || async move { there.put(bucket).await })]);
    installation.wire.plan("TransactWriteItems", acts);
    in_time(installation).await
}

/// R3, the last row: an earlier attempt may have taken effect, and its bucket may have been dropped since.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_known_after_several_attempts_is_503() {
    // The number of attempts, the bucket that cancels the last one, and the expected status.
    for (attempts, version, dropped, status) in [
        (1, 1, false, 201),
        (1, 5, false, 201),
        (2, 1, false, 201),
        (2, 2, false, 503),
        (2, 3, false, 503),
        (4, 1, false, 201),
        (4, 2, false, 503),
        (1, 1, true, 503),
        (1, 2, true, 503),
        (2, 1, true, 503),
        (2, 2, true, 503),
    ] {
        let installation = installation(false).await;
        let answer = answer_after_conflict(&installation, attempts, somebodys(version, dropped)).await;
        assert_eq!(answer.status, status, "version {version} after {attempts} attempts, dropped: {dropped}");
        let written = usize::from(status == 201);
        assert_eq!(installation.count().await, (1, written));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_holds_over_a_dropped_bucket() {
    for (attempts, version, dropped, status) in [
        (1, 8, false, 201),
        (2, 8, false, 201),
        (1, 11, false, 201),
        (2, 9, false, 503),
        (1, 9, true, 503),
        (2, 9, true, 503),
    ] {
        let installation = installation(false).await;
        installation.put(somebodys(7, true)).await;
        let answer = answer_after_conflict(&installation, attempts, somebodys(version, dropped)).await;
        assert_eq!(answer.status, status, "version {version} after {attempts} attempts, dropped: {dropped}");
        assert_eq!(installation.count().await, (1, usize::from(status == 201)));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_loses_the_race_after_a_lost_attempt_is_still_judged_by_the_buckets_acl() {
    let installation = installation(false).await;
    let there = installation.direct();
    let locked = bucket_item("demo", "notes", &json!({}));
    installation
        .wire
        .plan("TransactWriteItems", [Act::Cut, Act::after(move || async move { there.put(locked).await })]);
    let answer = in_time(&installation).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (401, "UNAUTHORIZED"));
    assert_eq!(installation.count().await, (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_cancelled_for_our_own_fault_is_500() {
    let installation = installation(false).await;
    let reasons = json!([{"Code": "ValidationError", "Message": "no"}, {"Code": "None"}]);
    installation.wire.always("TransactWriteItems", move || Act::cancelled(reasons.clone()));
    is_our_fault(&installation, "validation").await;
}

#[tokio::test]
async fn an_app_item_that_cannot_be_read_is_500() {
    for (attribute, value) in [
        ("issuers", Some(json!({"S": "no JSON"}))),
        ("issuers", Some(json!({"L": []}))),
        ("issuers", None),
        ("keys", Some(json!({"S": "x"}))),
        ("keys", Some(json!({"L": [{"S": "x"}]}))),
        ("keys", Some(json!({"L": [{"M": {"digest": {"B": "AAAA"}, "created": {"N": "1"}}}]}))),
        ("keys", None),
        ("status", Some(json!({"S": "on holiday"}))),
        ("status", Some(json!({"BOOL": true}))),
        ("status", None),
        ("writer", None),
        ("version", None),
        ("version", Some(json!({"N": "-1"}))),
    ] {
        let installation = installation(true).await;
        let mut app = installation.items().await.remove("demo  ").expect("the app");
        let members = app.as_object_mut().expect("an item is an object");
        members.remove(attribute);
        members.extend(value.clone().map(|value| (attribute.to_owned(), value)));
        installation.put_item("apps", &app).await;
        for call in [call(), Call::create("demo", "notes").basic("demo", "demo-key")] {
            installation.refused(&call, 500, "UNDEFINED_ERROR").await;
        }
        is_our_fault(&installation, attribute).await;
    }
}

#[tokio::test]
async fn a_bucket_or_scope_acl_item_that_is_none_is_500() {
    for attribute in ["writer", "version", "generation"] {
        for broken in [None, Some(json!({"S": "!"}))] {
            let installation = installation(false).await;
            let mut bucket = somebodys(1, false);
            let members = bucket.as_object_mut().expect("an item is an object");
            members.remove(attribute);
            members.extend(broken.clone().filter(|_| attribute != "writer").map(|value| (attribute.to_owned(), value)));
            installation.put(bucket).await;
            is_our_fault(&installation, attribute).await;
        }
    }
    let installation = installation(false).await;
    let acl = items::acl(&json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]}));
    installation.put(json!({"pk": {"S": "demo"}, "sk": {"S": "acl"}, "acl": acl})).await;
    is_our_fault(&installation, "a scope ACL without a writer").await;
}
