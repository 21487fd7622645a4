//! Faults in request after request. A budget of retries, such as the SDK's own, would run out and hurt later requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::kinds::Fault;
use pail_testing::fixtures::object_item;
use pail_testing::random::Case;
use pail_testing::{Call, Installation, callers, each_case, figure};

/// A row: a kind of request that is repeated.
struct Row {
    name: &'static str,
    calls: &'static [&'static str],
    /// The request with this number.
    request: fn(usize) -> Call,
    status: u16,
}

const ROWS: [Row; 5] = [
    Row { name: "next object", calls: &["BatchGetItem", "PutItem"], request: |_| create("notes"), status: 201 },
    Row {
        name: "first object",
        calls: &["BatchGetItem", "GetItem", "TransactWriteItems"],
        // Each has its own bucket, because a write with a lost reply creates the bucket.
        request: |number| create(&format!("notes-{number}")),
        status: 201,
    },
    Row { name: "read", calls: &["BatchGetItem"], request: |_| object("GET"), status: 200 },
    Row {
        name: "replaced",
        calls: &["BatchGetItem", "UpdateItem"],
        request: |_| object("PUT").body("{}"),
        status: 200,
    },
    Row {
        name: "changed",
        calls: &["BatchGetItem", "UpdateItem"],
        request: |_| object("PATCH").body("{}"),
        status: 200,
    },
];

/// A request for an existing object.
fn object(method: &str) -> Call {
    Call::object(method, "demo", "notes", "the-object").bearer(&callers::user("alice"))
}

fn create(bucket: &str) -> Call {
    Call::create("demo", bucket).bearer(&callers::user("alice"))
}

async fn case(row: &Row, operation: &str, fault: Fault) {
    let installation = Installation::start().await;
    let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    installation.put_bucket("demo", "notes", acl).await;
    installation.put(object_item("demo", "notes", "the-object", "{}")).await;
    // The process has read the bucket.
    installation.answer(&object("GET")).await;
    let met = Arc::new(AtomicUsize::new(0));
    let counter = met.clone();
    installation.wire.always(operation, move || {
        counter.fetch_add(1, Ordering::SeqCst);
        fault.act()
    });
    let mut requests = 0;
    while met.load(Ordering::SeqCst) < figure(4, 500) {
        let status = installation.answer(&(row.request)(requests)).await.status;
        assert_eq!(status, if fault.is_fatal() { 500 } else { 503 });
        requests += 1;
    }
    installation.wire.forget_plans();
    installation.wire.take_sent();
    assert_eq!(installation.answer(&(row.request)(requests)).await.status, row.status);
    assert_eq!(installation.wire.take_operations(), row.calls);
}

#[tokio::test(start_paused = true)]
async fn five_hundred_faults_in_a_row_do_not_hurt_the_request_after_them() {
    let sites = ROWS.iter().flat_map(|row| row.calls.iter().map(move |call| (row, call)));
    let strikes = sites.flat_map(|(row, call)| Fault::ALL.map(|fault| (row, call, fault)));
    let mut failed = Vec::new();
    for (Case(number), (row, operation, fault)) in each_case(strikes) {
        if tokio::spawn(case(row, operation, fault)).await.is_err() {
            failed.push(format!("PAIL_TEST_CASE={number}: {fault:?} at {operation} of {}", row.name));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
