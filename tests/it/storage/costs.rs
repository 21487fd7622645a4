//! Calls and units of each way of reading and changing an object, a bucket and an ACL (protocol).

use std::time::Duration;

use pail_testing::fixtures::{deleted, dropped, object_item, with_version};
use pail_testing::wire::Sent;
use pail_testing::{Act, Call, Installation, bucket_item, callers, items};
use serde_json::{Value, json};

const ID: &str = "the-object";

const BATCH: &str = "BatchGetItem";
const GET: &str = "GetItem";
const PUT: &str = "PutItem";
const UPDATE: &str = "UpdateItem";
const TRANSACT: &str = "TransactWriteItems";
const QUERY: &str = "Query";

/// The bucket `notes` and its content.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    NoBucket,
    DroppedBucket,
    Bucket,
    Object,
    /// An object, and a scope, whose ACLs are stored.
    StoredAcls,
    Tombstone,
}

/// What the process has read before the request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Nothing,
    /// The bucket. The process reads it again.
    Seen,
    /// App and bucket. The process has cached them and does not read them again (`KeepSeconds`).
    Cached,
}

/// A row: a request, its status, its calls, and its units.
type Row = (&'static str, State, Known, u16, &'static [&'static str], (usize, usize));

/// Units are for items of at most 4 KB read and 1 KB written.
const ROWS: [Row; 37] = [
    ("GET", State::Object, Known::Nothing, 200, &[BATCH, GET], (3, 0)),
    ("GET", State::Object, Known::Seen, 200, &[BATCH], (3, 0)),
    ("GET", State::Object, Known::Cached, 200, &[BATCH], (1, 0)),
    ("HEAD", State::Object, Known::Seen, 200, &[BATCH], (3, 0)),
    ("HEAD", State::Tombstone, Known::Seen, 404, &[BATCH], (3, 0)),
    ("HEAD", State::Bucket, Known::Nothing, 404, &[BATCH, GET], (3, 0)),
    ("HEAD", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("HEAD", State::DroppedBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("GET", State::Tombstone, Known::Nothing, 404, &[BATCH, GET], (3, 0)),
    ("GET", State::Tombstone, Known::Seen, 404, &[BATCH], (3, 0)),
    // Cached copies refuse the request, so it is judged again after a fresh read.
    ("GET", State::Tombstone, Known::Cached, 404, &[BATCH, BATCH], (4, 0)),
    ("GET", State::Bucket, Known::Seen, 404, &[BATCH], (3, 0)),
    ("GET", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("GET", State::DroppedBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("PUT", State::Object, Known::Nothing, 200, &[BATCH, GET, UPDATE], (3, 1)),
    ("PUT", State::Object, Known::Seen, 200, &[BATCH, UPDATE], (3, 1)),
    ("PUT", State::Object, Known::Cached, 200, &[BATCH, UPDATE], (1, 1)),
    ("PUT", State::Bucket, Known::Nothing, 201, &[BATCH, GET, PUT], (3, 1)),
    ("PUT", State::Bucket, Known::Seen, 201, &[BATCH, PUT], (3, 1)),
    ("PUT", State::Bucket, Known::Cached, 201, &[BATCH, PUT], (1, 1)),
    ("PUT", State::Tombstone, Known::Nothing, 201, &[BATCH, GET, UPDATE], (3, 1)),
    ("PUT", State::Tombstone, Known::Seen, 201, &[BATCH, UPDATE], (3, 1)),
    ("PUT", State::Tombstone, Known::Cached, 201, &[BATCH, UPDATE], (1, 1)),
    ("PUT", State::NoBucket, Known::Nothing, 201, &[BATCH, GET, TRANSACT], (3, 4)),
    ("PUT", State::DroppedBucket, Known::Nothing, 201, &[BATCH, GET, TRANSACT], (3, 4)),
    ("PATCH", State::Object, Known::Nothing, 200, &[BATCH, GET, UPDATE], (3, 1)),
    ("PATCH", State::Object, Known::Seen, 200, &[BATCH, UPDATE], (3, 1)),
    ("PATCH", State::Object, Known::Cached, 200, &[BATCH, UPDATE], (1, 1)),
    ("PATCH", State::Tombstone, Known::Seen, 404, &[BATCH], (3, 0)),
    ("PATCH", State::Bucket, Known::Nothing, 404, &[BATCH, GET], (3, 0)),
    ("PATCH", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("DELETE", State::Object, Known::Nothing, 204, &[BATCH, GET, UPDATE], (3, 1)),
    ("DELETE", State::Object, Known::Seen, 204, &[BATCH, UPDATE], (3, 1)),
    ("DELETE", State::Object, Known::Cached, 204, &[BATCH, UPDATE], (1, 1)),
    ("DELETE", State::Tombstone, Known::Seen, 404, &[BATCH], (3, 0)),
    ("DELETE", State::Bucket, Known::Nothing, 404, &[BATCH, GET], (3, 0)),
    ("DELETE", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
];

/// Requests by the administrator for what is not an object, each a method and a thing. An entry is one of an ACL.
const OTHERS: [Row; 47] = [
    ("GET scope acl", State::NoBucket, Known::Nothing, 200, &[BATCH, GET], (2, 0)),
    ("GET scope acl", State::StoredAcls, Known::Nothing, 200, &[BATCH, GET], (2, 0)),
    ("GET scope acl", State::StoredAcls, Known::Cached, 200, &[GET], (1, 0)),
    ("PUT scope entry", State::NoBucket, Known::Nothing, 204, &[BATCH, GET, UPDATE], (2, 1)),
    ("PUT scope entry", State::StoredAcls, Known::Nothing, 204, &[BATCH, GET, UPDATE], (2, 1)),
    ("PUT scope entry", State::StoredAcls, Known::Cached, 204, &[GET, UPDATE], (1, 1)),
    ("DELETE scope entry", State::StoredAcls, Known::Nothing, 404, &[BATCH, GET], (2, 0)),
    ("PUT scope acl", State::StoredAcls, Known::Nothing, 204, &[BATCH, GET, UPDATE], (2, 1)),
    ("GET bucket acl", State::Bucket, Known::Nothing, 200, &[BATCH], (2, 0)),
    // Its ETag has to be that of the ACL as it is now.
    ("GET bucket acl", State::Bucket, Known::Cached, 200, &[BATCH], (2, 0)),
    ("GET bucket acl", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("PUT bucket entry", State::Bucket, Known::Nothing, 204, &[BATCH, UPDATE], (2, 1)),
    // What changes a bucket itself takes nothing from the cache.
    ("PUT bucket entry", State::Bucket, Known::Cached, 204, &[BATCH, UPDATE], (2, 1)),
    ("PUT bucket entry", State::NoBucket, Known::Nothing, 204, &[BATCH, GET, UPDATE], (3, 1)),
    ("PUT bucket entry", State::DroppedBucket, Known::Nothing, 204, &[BATCH, GET, UPDATE], (3, 1)),
    ("DELETE bucket entry", State::Bucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("PUT bucket acl", State::Bucket, Known::Nothing, 204, &[BATCH, UPDATE], (2, 1)),
    ("PUT bucket acl", State::DroppedBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("GET object acl", State::Object, Known::Nothing, 200, &[BATCH, GET], (3, 0)),
    ("GET object acl", State::StoredAcls, Known::Seen, 200, &[BATCH], (3, 0)),
    ("GET object acl", State::Object, Known::Cached, 200, &[BATCH], (1, 0)),
    ("PUT object entry", State::Object, Known::Nothing, 204, &[BATCH, GET, UPDATE], (3, 1)),
    ("PUT object entry", State::Object, Known::Seen, 204, &[BATCH, UPDATE], (3, 1)),
    ("PUT object entry", State::StoredAcls, Known::Cached, 204, &[BATCH, UPDATE], (1, 1)),
    ("PUT object entry", State::Tombstone, Known::Seen, 404, &[BATCH], (3, 0)),
    ("PUT object acl", State::Object, Known::Seen, 204, &[BATCH, UPDATE], (3, 1)),
    ("GET bucket", State::Object, Known::Nothing, 200, &[BATCH, QUERY], (3, 0)),
    ("GET bucket", State::Object, Known::Cached, 200, &[QUERY], (1, 0)),
    ("GET bucket", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("HEAD bucket", State::Object, Known::Nothing, 204, &[BATCH], (2, 0)),
    ("POST query", State::Object, Known::Nothing, 200, &[BATCH, QUERY], (3, 0)),
    ("POST query", State::Tombstone, Known::Seen, 200, &[BATCH, QUERY], (3, 0)),
    ("POST query", State::Object, Known::Cached, 200, &[QUERY], (1, 0)),
    ("POST query", State::NoBucket, Known::Nothing, 200, &[BATCH], (2, 0)),
    ("POST query", State::DroppedBucket, Known::Nothing, 200, &[BATCH], (2, 0)),
    ("POST count", State::Object, Known::Nothing, 200, &[BATCH, QUERY], (3, 0)),
    ("GET objects", State::Object, Known::Nothing, 200, &[BATCH, QUERY], (3, 0)),
    ("GET buckets", State::Object, Known::Nothing, 200, &[BATCH, QUERY], (2, 0)),
    ("GET buckets", State::Object, Known::Cached, 200, &[QUERY], (1, 0)),
    ("PUT bucket", State::NoBucket, Known::Nothing, 201, &[BATCH, GET, UPDATE], (3, 1)),
    ("PUT bucket", State::DroppedBucket, Known::Nothing, 201, &[BATCH, GET, UPDATE], (3, 1)),
    ("PUT bucket", State::Bucket, Known::Nothing, 409, &[BATCH, GET], (3, 0)),
    ("DELETE bucket", State::Bucket, Known::Nothing, 204, &[BATCH, TRANSACT], (2, 4)),
    ("DELETE bucket", State::Object, Known::Nothing, 204, &[BATCH, TRANSACT], (2, 4)),
    ("DELETE bucket", State::Object, Known::Cached, 204, &[BATCH, TRANSACT], (2, 4)),
    ("DELETE bucket", State::NoBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
    ("DELETE bucket", State::DroppedBucket, Known::Nothing, 404, &[BATCH], (2, 0)),
];

/// A request of [`OTHERS`].
fn other(what: &str) -> Call {
    let (method, thing) = what.split_once(' ').expect("a method and a thing");
    let path = match thing {
        "scope acl" => "/acl",
        "scope entry" => "/acl/CREATE_NEW_BUCKET/UserID:zoe",
        "bucket" => "/buckets/notes",
        "objects" => "/buckets/notes/objects",
        "query" | "count" => "/buckets/notes/query",
        "bucket acl" => "/buckets/notes/acl",
        "bucket entry" => "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:zoe",
        "buckets" => "/buckets",
        "object acl" => "/buckets/notes/objects/the-object/acl",
        "object entry" => "/buckets/notes/objects/the-object/acl/READ_EXISTING_OBJECT/UserID:zoe",
        other => panic!("no test asks for {other}"),
    };
    let call = Call::bucket(method, "demo", "notes").path(&format!("/api/apps/demo{path}"));
    let call = call.bearer(&callers::administrator("root"));
    match what {
        "POST query" => call.body(r#"{"bucketQuery":{"orderBy":"a"}}"#),
        "POST count" => call.body(r#"{"bucketQuery":{"aggregations":[{"type":"COUNT","putAggregationInto":"n"}]}}"#),
        _ if what.starts_with("PUT") && thing.ends_with("acl") => call.body("{}"),
        _ => call,
    }
}

fn call(method: &str) -> Call {
    let call = Call::object(method, "demo", "notes", ID).bearer(&callers::user("alice"));
    if ["PUT", "PATCH"].contains(&method) { call.body(r#"{"a":1}"#) } else { call }
}

fn bucket() -> Value {
    let signed_in = json!(["UserID:ANY_AUTHENTICATED_USER"]);
    bucket_item("demo", "notes", &json!({"CREATE_OBJECTS_IN_BUCKET": signed_in, "READ_OBJECTS_IN_BUCKET": signed_in}))
}

fn object() -> Value {
    with_version(object_item("demo", "notes", ID, r#"{"a":0}"#), 3)
}

async fn installation(state: State, known: Known) -> Installation {
    let keep = Duration::from_secs(if known == Known::Cached { 10 } else { 0 });
    let installation = Installation::with(|settings| settings.keep = keep).await;
    match state {
        State::NoBucket => {}
        State::DroppedBucket => installation.put(dropped(bucket())).await,
        State::Bucket => installation.put(bucket()).await,
        State::Object => {
            installation.put(bucket()).await;
            installation.put(object()).await;
        }
        State::StoredAcls => {
            installation.put_scope_acl("demo", json!({})).await;
            installation.put(bucket()).await;
            let mut object = object();
            object["acl"] = items::acl(&json!({}));
            installation.put(object).await;
        }
        State::Tombstone => {
            installation.put(bucket()).await;
            installation.put(deleted(object())).await;
        }
    }
    if known != Known::Nothing {
        installation.answer(&call("GET")).await;
        installation.wire.take_sent();
    }
    installation
}

/// The read and write units of calls, if all items are small.
fn units(sent: &[Sent]) -> (usize, usize) {
    let (mut reads, mut writes) = (0, 0);
    for Sent { operation, body } in sent {
        match operation.as_str() {
            BATCH => {
                let tables = body["RequestItems"].as_object().expect("tables").values();
                for table in tables {
                    assert_eq!(table["ConsistentRead"], true, "{body}");
                    reads += table["Keys"].as_array().map_or(0, Vec::len);
                }
            }
            GET | QUERY => {
                assert_eq!(body["ConsistentRead"], true, "{body}");
                reads += 1;
            }
            PUT | UPDATE => {
                assert!(body["ConditionExpression"].is_string(), "{body}");
                assert_eq!(body["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
                writes += 1;
            }
            TRANSACT => writes += 2 * body["TransactItems"].as_array().map_or(0, Vec::len),
            other => panic!("unknown units of {other}"),
        }
    }
    (reads, writes)
}

fn operations(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.operation.as_str()).collect()
}

/// Checks that each row takes its calls and units.
async fn check(rows: &[Row], call: fn(&str) -> Call) {
    for (what, state, known, status, calls, expected) in rows {
        let installation = installation(*state, *known).await;
        let answer = installation.answer(&call(what)).await;
        let (sent, what) = (installation.wire.take_sent(), format!("{what}, {state:?}, {known:?}"));
        assert_eq!(answer.status, *status, "{what}: {answer:?}");
        assert_eq!((operations(&sent), units(&sent)), (calls.to_vec(), *expected), "{what}");
    }
}

#[tokio::test]
async fn every_way_of_reading_and_changing_an_object_takes_its_calls_and_units() {
    check(&ROWS, call).await;
}

#[tokio::test]
async fn every_way_of_reading_and_changing_buckets_and_acls_takes_its_calls_and_units() {
    check(&OTHERS, other).await;
}

#[tokio::test]
async fn a_drop_costs_the_same_however_much_the_bucket_holds() {
    let installation = installation(State::Bucket, Known::Nothing).await;
    for number in 0..300 {
        installation.put(object_item("demo", "notes", &format!("object-{number}"), "{}")).await;
    }
    assert_eq!(installation.answer(&other("DELETE bucket")).await.status, 204);
    let sent = installation.wire.take_sent();
    assert_eq!((operations(&sent), units(&sent)), (vec![BATCH, TRANSACT], (2, 4)));
}

#[tokio::test]
async fn a_lost_race_costs_a_put_one_round_more() {
    for (state, event, status, calls) in [
        (State::Object, "PUT", 200, &[BATCH, UPDATE, UPDATE][..]),
        (State::Object, "PATCH", 200, &[BATCH, UPDATE, UPDATE]),
        (State::Object, "DELETE", 201, &[BATCH, UPDATE, UPDATE]),
        (State::Bucket, "PUT", 200, &[BATCH, PUT, UPDATE]),
        (State::Tombstone, "PUT", 200, &[BATCH, UPDATE, UPDATE]),
    ] {
        let installation = installation(state, Known::Seen).await;
        let rival = installation.rival();
        installation.wire.plan(calls[1], [Act::after(move || rival.succeeds(call(event)))]);
        assert_eq!(installation.answer(&call("PUT")).await.status, status);
        assert_eq!(installation.wire.take_operations(), calls, "{state:?}, {event}");
    }
}

#[tokio::test]
async fn a_process_that_created_a_bucket_or_an_object_reads_it_with_the_usual_calls() {
    let installation = installation(State::NoBucket, Known::Nothing).await;
    for (method, calls) in [
        ("PUT", &[BATCH, GET, TRANSACT][..]),
        // The process has only written the bucket's item. It must read the item before it can guess the generation.
        ("GET", &[BATCH, GET]),
        ("GET", &[BATCH]),
        ("PUT", &[BATCH, UPDATE]),
        ("PATCH", &[BATCH, UPDATE]),
        ("DELETE", &[BATCH, UPDATE]),
        ("PUT", &[BATCH, UPDATE]),
    ] {
        installation.answer(&call(method)).await;
        assert_eq!(installation.wire.take_operations(), calls, "{method}");
    }
}

#[tokio::test]
async fn a_create_in_a_bucket_that_was_seen_reads_no_object() {
    let installation = installation(State::Object, Known::Seen).await;
    installation.created(&Call::create("demo", "notes").bearer(&callers::user("alice"))).await;
    let sent = installation.wire.take_sent();
    assert_eq!((operations(&sent), units(&sent)), (vec![BATCH, PUT], (2, 1)));
}

/// The bucket after it was dropped and created again, without objects.
fn next_bucket() -> Value {
    let mut next = with_version(bucket(), 3);
    next["generation"] = json!({"S": "f".repeat(32)});
    next
}

#[tokio::test]
async fn a_wrong_guess_is_read_again_and_the_old_object_is_never_shown_or_written() {
    for (method, status, calls) in [
        ("GET", 404, &[BATCH, GET][..]),
        ("HEAD", 404, &[BATCH, GET]),
        ("PUT", 201, &[BATCH, GET, PUT]),
        ("PATCH", 404, &[BATCH, GET]),
        ("DELETE", 404, &[BATCH, GET]),
    ] {
        let installation = installation(State::Object, Known::Seen).await;
        installation.put(next_bucket()).await;
        assert_eq!(installation.answer(&call(method)).await.status, status, "{method}");
        let sent = installation.wire.take_sent();
        assert_eq!(operations(&sent), calls, "{method}");
        let old = object();
        let name = items::name(&old);
        assert_eq!(installation.items().await.get(&name), Some(&old), "{method} has written the old object");
        // The next guess is right.
        installation.answer(&call("GET")).await;
        assert_eq!(installation.wire.take_operations(), [BATCH], "{method}");
    }
}

#[tokio::test]
async fn a_bucket_that_was_dropped_since_it_was_seen_counts_as_none() {
    for (method, status, calls) in [
        ("GET", 404, &[BATCH][..]),
        ("HEAD", 404, &[BATCH]),
        ("PATCH", 404, &[BATCH]),
        ("DELETE", 404, &[BATCH]),
        ("PUT", 201, &[BATCH, GET, TRANSACT]),
    ] {
        let installation = installation(State::Object, Known::Seen).await;
        installation.put(dropped(bucket())).await;
        let answer = installation.answer(&call(method)).await;
        assert_eq!(answer.status, status, "{method}");
        // An answer to HEAD has no body, so the media type shows the error.
        let media_type = answer.header("content-type");
        assert!(status != 404 || media_type.contains("BucketNotFoundException"), "{answer:?}");
        assert_eq!(installation.wire.take_operations(), calls, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_a_batch_left_unprocessed_is_asked_for_again_and_never_missing() {
    for (method, status) in [("GET", 200), ("HEAD", 200), ("PUT", 200), ("PATCH", 200), ("DELETE", 204)] {
        for left in [ID, "bucket/notes"] {
            let installation = installation(State::Object, Known::Seen).await;
            installation.wire.plan(BATCH, [Act::unprocessed_item(left), Act::unprocessed_item(left)]);
            let answer = installation.answer(&call(method)).await;
            assert_eq!(answer.status, status, "{method}, {left}: {answer:?}");
            let sent = installation.wire.take_sent();
            let again = &sent[1].body["RequestItems"];
            assert_eq!(operations(&sent)[..3], [BATCH; 3], "{method}, {left}");
            assert_eq!(again.as_object().map(serde_json::Map::len), Some(1), "only what was left out: {again}");
            assert_eq!(again["objects"]["ConsistentRead"], true, "{again}");
            assert_eq!(again["objects"]["Keys"].as_array().map(Vec::len), Some(1), "{again}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_stays_unprocessed_ends_in_503() {
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        let installation = installation(State::Object, Known::Seen).await;
        installation.wire.always(BATCH, || Act::unprocessed_item(ID));
        let before = installation.wire.writes();
        assert_eq!(installation.answer(&call(method)).await.status, 503, "{method}");
        assert_eq!(installation.wire.writes(), before, "{method}");
    }
}
