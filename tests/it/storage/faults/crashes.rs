//! A crash at any call: the request is dropped before or after the call takes effect, and then repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::indexes;
use super::ways::{Way, every_call};
use pail_testing::random::Case;
use pail_testing::{Act, Installation, each_case, is_whole};

/// When the request is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The call never arrives.
    Before,
    /// The call takes effect.
    After,
    /// The call takes effect after the request was repeated and answered.
    Late,
}

const MOMENTS: [Moment; 3] = [Moment::Before, Moment::After, Moment::Late];

/// Starts the request, and drops it at this call.
async fn crash(installation: &Installation, way: Way, call: usize, moment: Moment) {
    let mut acts = way.acts(installation);
    let reached = Arc::new(AtomicBool::new(false));
    let there = reached.clone();
    installation.wire.follow(move |site| {
        if site.call < call {
            return acts(site.call);
        }
        there.store(true, Ordering::Relaxed);
        match moment {
            Moment::Before => Act::Hang,
            Moment::After => Act::HangAfter,
            Moment::Late => Act::Hold,
        }
    });
    tokio::select! {
        biased;
        answer = way.play(installation) => panic!("answered before the crash: {answer:?}"),
        // An attempt times out after two seconds. Nothing else happens before that.
        () = tokio::time::sleep(Duration::from_secs(1)) => {}
    }
    assert!(reached.load(Ordering::Relaxed), "the request did not reach the call");
    installation.wire.forget_plans();
}

async fn case(way: Way, call: usize, moment: Moment) {
    let installation = way.installation().await;
    let before = installation.items().await;
    crash(&installation, way, call, moment).await;
    let answer = way.play(&installation).await;
    let answered = installation.items().await;
    installation.wire.deliver_held().await;
    // After a crash before the event, the repeated request runs without the event.
    let had_event = way.event_at().is_none_or(|event| call > event);
    let status = match (had_event, moment) {
        (_, Moment::After) if way.has_taken_effect(call) => way.status_of_repetition,
        _ if way.had_taken_effect(call) => way.status_of_repetition,
        (true, _) => way.status,
        (false, _) => way.status_without_event,
    };
    assert_eq!(answer.status, status, "{answer:?}");
    let items = installation.items().await;
    if !way.operation.makes_anew() && answer.status < 300 {
        let [items, answered] = [items.clone(), answered].map(indexes::without_entries);
        assert_eq!(items, answered, "a late attempt has changed what was answered");
    }
    way.operation.check_repeated(way, &answer, &before, &items);
    way.assert_whole(&installation).await;
    // The request that crashed has left its entries.
    indexes::judge(way, &installation, true).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_at_any_call_and_repeated_loses_and_duplicates_nothing() {
    let crashes = every_call().flat_map(|(way, call)| MOMENTS.map(|moment| (way, call, moment)));
    // By default, only a half of them, and a quarter of those with indexes. There are three moments, so that calls get
    // different ones.
    let is_run = |number: usize, way: Way| is_whole() || number.is_multiple_of(if way.is_indexed { 4 } else { 2 });
    let crashes = crashes.enumerate().filter(|(number, (way, ..))| is_run(*number, *way)).map(|(_, crash)| crash);
    let mut failed = Vec::new();
    for (Case(number), (way, call, moment)) in each_case(crashes) {
        if tokio::spawn(case(way, call, moment)).await.is_err() {
            failed.push(format!("PAIL_TEST_CASE={number}: {moment:?} call {call} of {way:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
