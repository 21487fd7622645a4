//! Faults and crashes: nothing live is ever touched, and the next sweep finishes.

use std::time::Duration;

use pail::store::Failure;
use pail_testing::{Act, Installation, each_case, random::Case};
use serde_json::json;

use super::{CALLS, HOUR, finished, installation, left, no_limits, swept, untouchable};
use crate::storage::faults::kinds::Fault;

/// The wire lets calls through again, and a sweep finishes what the one before has left.
async fn the_next_sweep_finishes(installation: &Installation, what: &str) {
    installation.wire.forget_plans();
    finished(installation).await;
    installation.wire.deliver_held().await;
    assert_eq!(left(installation).await, 0, "{what}");
}

async fn fault(call: usize, fault: Fault, strikes: Option<usize>) {
    let what = format!("{fault:?}, {strikes:?} times at call {call}");
    let installation = installation(3, HOUR).await;
    let before = untouchable(&installation).await;
    installation.wire.follow(move |site| {
        let is_struck = site.call == call && strikes.is_none_or(|strikes| site.attempt <= strikes);
        if is_struck { fault.act() } else { Act::Pass }
    });
    let swept = swept(&installation, no_limits()).await;
    match (&swept.failure, fault.is_fatal(), strikes) {
        (None, false, Some(_)) => assert!(swept.is_finished && left(&installation).await == 0, "{what}: {swept:?}"),
        (Some(Failure::Unavailable(_)), false, None) | (Some(Failure::Fault(_)), true, _) => {
            assert!(!swept.is_finished, "{what}: {swept:?}");
        }
        (failure, ..) => panic!("{what}: {failure:?}"),
    }
    assert_eq!(untouchable(&installation).await, before, "{what}");
    the_next_sweep_finishes(&installation, &what).await;
    assert_eq!(untouchable(&installation).await, before, "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_strikes_any_call_once_twice_or_always_is_overcome_or_reported_and_the_next_sweep_finishes() {
    let strikes = [Some(1), Some(2), None];
    let cases = (0..CALLS.len()).flat_map(|call| Fault::ALL.map(|kind| (call, kind)));
    let cases = cases.flat_map(|(call, kind)| strikes.map(|strikes| (call, kind, strikes)));
    let mut failed = Vec::new();
    for (Case(number), (call, kind, strikes)) in each_case(cases) {
        if tokio::spawn(fault(call, kind, strikes)).await.is_err() {
            failed.push(format!("PAIL_TEST_CASE={number}: {kind:?}, {strikes:?} times at call {call}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A sweep is dropped at any call, which never arrives, takes effect, or takes effect after the next sweep.
#[tokio::test(start_paused = true)]
async fn a_sweep_that_is_dropped_at_any_call_touches_nothing_live_and_the_next_one_finishes() {
    for (call, operation) in CALLS.iter().enumerate() {
        for (moment, act) in
            [("before", (|| Act::Hang) as fn() -> Act), ("after", || Act::HangAfter), ("late", || Act::Hold)]
        {
            let what = format!("{moment} call {call}, {operation}");
            let installation = installation(3, HOUR).await;
            let before = untouchable(&installation).await;
            installation.wire.follow(move |site| if site.call < call { Act::Pass } else { act() });
            tokio::select! {
                biased;
                swept = swept(&installation, no_limits()) => panic!("{what}: it has ended: {swept:?}"),
                // An attempt times out after two seconds.
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            assert_eq!(untouchable(&installation).await, before, "{what}");
            the_next_sweep_finishes(&installation, &what).await;
            assert_eq!(untouchable(&installation).await, before, "{what}");
        }
    }
}

/// Leaves all deletions of a batch but the first unprocessed, which is only what the reply says.
fn first_only() -> Act {
    Act::alter(|request, mut reply| {
        let writes = request["RequestItems"]["objects"].as_array().expect("deletions").clone();
        reply["UnprocessedItems"] = match writes.get(1..) {
            Some(rest) if !rest.is_empty() => json!({"objects": rest}),
            _ => json!({}),
        };
        (200, reply.to_string())
    })
}

#[tokio::test(start_paused = true)]
async fn deletions_that_a_batch_left_unprocessed_are_sent_again() {
    let installation = installation(3, HOUR).await;
    installation.wire.plan("BatchWriteItem", [first_only(), first_only()]);
    finished(&installation).await;
    let sent = installation.wire.take_sent();
    let batches = sent.iter().filter(|sent| sent.operation == "BatchWriteItem");
    let sizes = batches.map(|sent| sent.body["RequestItems"]["objects"].as_array().map_or(0, Vec::len));
    assert_eq!(sizes.collect::<Vec<_>>(), [3, 2, 1, 1], "three objects, two, one, and the marker");
}

#[tokio::test(start_paused = true)]
async fn deletions_that_stay_unprocessed_end_the_sweep_with_a_failure() {
    let installation = installation(3, HOUR).await;
    let none =
        || Act::Answer(200, json!({"UnprocessedItems": {"objects": [{"DeleteRequest": {"Key": {}}}]}}).to_string());
    installation.wire.always("BatchWriteItem", none);
    let swept = swept(&installation, no_limits()).await;
    assert!(matches!(swept.failure, Some(Failure::Unavailable(_))) && swept.objects == 0, "{swept:?}");
    assert_eq!(left(&installation).await, 4);
    the_next_sweep_finishes(&installation, "unprocessed").await;
}

/// Whatever is taken for an empty partition would leave its objects behind for ever.
#[tokio::test(start_paused = true)]
async fn only_the_end_of_the_partition_shows_that_nothing_is_left() {
    let installation = installation(3, HOUR).await;
    // The second query is that of the partition.
    installation.wire.plan("Query", [Act::Pass]);
    installation.wire.always("Query", || Act::Answer(200, r#"{"Count":0,"ScannedCount":0}"#.to_owned()));
    let swept = swept(&installation, no_limits()).await;
    assert!(matches!(swept.failure, Some(Failure::Unavailable(_))), "an answer without a list: {swept:?}");
    assert_eq!(left(&installation).await, 4);
    installation.wire.forget_plans();

    let key = json!({"pk": {"S": super::dead(0)["pk"]["S"]}, "sk": {"S": "object-"}});
    let empty = json!({"Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": key}).to_string();
    installation.wire.plan("Query", [Act::Pass, Act::Answer(200, empty)]);
    let swept = finished(&installation).await;
    assert_eq!((swept.buckets, swept.objects, left(&installation).await), (1, 3, 0), "an empty page with a next one");
}

#[tokio::test]
async fn an_answer_about_another_partition_deletes_nothing_there() {
    let installation = installation(0, HOUR).await;
    let before = untouchable(&installation).await;
    let elsewhere = json!({"pk": {"S": format!("demo/notes:{}", super::NEXT)}, "sk": {"S": "object-00001"}});
    let page = json!({"Items": [elsewhere], "Count": 1, "ScannedCount": 1}).to_string();
    installation.wire.plan("Query", [Act::Pass, Act::Answer(200, page)]);
    finished(&installation).await;
    assert_eq!(untouchable(&installation).await, before);
}
