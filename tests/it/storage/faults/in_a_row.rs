//! Faults request after request: a budget of retries, such as the SDK's own, would run dry and hurt those that come later.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::kinds::Fault;
use pail_testing::random::Case;
use pail_testing::{Call, Installation, callers, each_case, figure};

/// The calls of a create into a bucket that is there.
const NEXT_OBJECT: &[&str] = &["BatchGetItem", "PutItem"];

/// The calls of a create that makes its bucket.
const FIRST_OBJECT: &[&str] = &["BatchGetItem", "GetItem", "TransactWriteItems"];

/// A create in a row. What takes effect unseen makes the bucket, so that each first object has one of its own.
fn call(calls: &[&str], number: usize) -> Call {
    let bucket = if calls == NEXT_OBJECT { "notes".to_owned() } else { format!("notes-{number}") };
    Call::create("demo", &bucket).bearer(&callers::user("alice"))
}

async fn case(calls: &'static [&'static str], operation: &str, fault: Fault) {
    let installation = Installation::start().await;
    if calls == NEXT_OBJECT {
        let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
        installation.put_bucket("demo", "notes", acl).await;
    }
    let met = Arc::new(AtomicUsize::new(0));
    let counter = met.clone();
    installation.wire.always(operation, move || {
        counter.fetch_add(1, Ordering::SeqCst);
        fault.act()
    });
    let mut requests = 0;
    while met.load(Ordering::SeqCst) < figure(4, 500) {
        let status = installation.answer(&call(calls, requests)).await.status;
        assert_eq!(status, if fault.is_fatal() { 500 } else { 503 });
        requests += 1;
    }
    installation.wire.forget_plans();
    installation.wire.take_sent();
    installation.created(&call(calls, requests)).await;
    assert_eq!(installation.wire.take_operations(), calls);
}

#[tokio::test(start_paused = true)]
async fn five_hundred_faults_in_a_row_do_not_hurt_the_request_after_them() {
    let sites = [NEXT_OBJECT, FIRST_OBJECT].into_iter().flat_map(|calls| calls.iter().map(move |call| (calls, call)));
    let strikes = sites.flat_map(|(calls, call)| Fault::ALL.map(|fault| (calls, call, fault)));
    let mut failed = Vec::new();
    for (Case(number), (calls, operation, fault)) in each_case(strikes) {
        if tokio::spawn(case(calls, operation, fault)).await.is_err() {
            failed.push(format!("PAIL_TEST_CASE={number}: {fault:?} at {operation} of {calls:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
