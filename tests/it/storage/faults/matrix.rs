//! Every call of every way × every fault × once, twice, always.

use serde_json::Value;
use tokio::time::Instant;

use super::kinds::Fault;
use super::ways::{MINE, Way};
use pail_testing::random::Case;
use pail_testing::{Answer, Installation, Items, each_case};

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Once,
    Twice,
    Always,
}

impl Times {
    fn strikes(self, attempt: usize) -> bool {
        match self {
            Self::Once => attempt == 1,
            Self::Twice => attempt <= 2,
            Self::Always => true,
        }
    }
}

/// How often a call is sent at the most.
const MOST_ATTEMPTS: usize = 4;

/// Has a fault strike one call of a way; what else belongs to the way happens as ever.
fn strike(installation: &Installation, way: Way, call: usize, fault: Fault, times: Times) {
    let mut acts = way.acts(installation);
    installation.wire.follow(move |site| {
        if site.call == call && times.strikes(site.attempt) { fault.act() } else { acts(site.call) }
    });
}

/// The status that the contract has for a way on which a fault strikes, and whether the answer is a replay.
fn expected(way: Way, fault: Fault, times: Times) -> (u16, bool) {
    match (fault.is_fatal(), times) {
        (true, _) => (500, false),
        (false, Times::Always) => (503, false),
        (false, Times::Once | Times::Twice) => way.answer(),
    }
}

/// The objects of the request in question.
fn mine(items: &Items) -> Vec<&Value> {
    items.values().filter(|item| item["content"]["S"] == MINE).collect()
}

/// Holds the tables to what the answer says of them.
async fn assert_true(installation: &Installation, way: Way, answer: &Answer, was_there: usize) {
    let items = installation.items().await;
    let mine = mine(&items);
    match answer.status {
        201 => {
            let [object] = mine[..] else { panic!("not there just once: {mine:?}") };
            assert_eq!((&object["sk"]["S"], &object["version"]["N"]), (&answer.text("objectID").into(), &"1".into()));
        }
        503 => assert!(mine.len() <= 1, "written twice: {mine:?}"),
        // The twin of a request may have been let through before it was refused.
        _ if way == Way::LostRaceToItself => assert!(mine.len() <= 1, "written twice: {mine:?}"),
        _ => assert_eq!(mine.len(), was_there, "a request that was refused has written: {mine:?}"),
    }
    installation.assert_whole().await;
}

async fn case(way: Way, call: usize, fault: Fault, times: Times) {
    let installation = way.installation().await;
    let was_there = mine(&installation.items().await).len();
    strike(&installation, way, call, fault, times);
    let start = Instant::now();
    let answer = installation.answer(&way.request()).await;
    assert!(start.elapsed() < installation.time_left, "the answer has come after {:?}", start.elapsed());
    assert_eq!((answer.status, answer.is_replay()), expected(way, fault, times), "{answer:?}");
    let sent = installation.wire.take_sent();
    let struck = match times {
        _ if fault.is_fatal() => 1,
        Times::Once => 2,
        Times::Twice => 3,
        Times::Always => MOST_ATTEMPTS,
    };
    let most = sent.chunk_by(|one, other| one == other).map(<[_]>::len).max();
    assert_eq!(most, Some(struck), "{sent:?}");
    assert!(sent.len() < way.calls().len() + struck, "sent too often: {sent:?}");
    assert_true(&installation, way, &answer, was_there).await;
    if answer.status == 500 {
        let details = ["apps", "objects", "DynamoDB", "Exception"];
        assert!(!details.iter().any(|word| answer.text("message").contains(word)), "{answer:?}");
    }
}

/// Runs all cases of a frequency: one that fails does not hide the others.
async fn every_case(times: Times) {
    let strikes = Way::every_call().flat_map(|(way, call)| Fault::ALL.map(|fault| (way, call, fault)));
    let mut failed = Vec::new();
    for (Case(number), (way, call, fault)) in each_case(strikes) {
        if tokio::spawn(case(way, call, fault, times)).await.is_err() {
            failed.push(format!("PAIL_TEST_CASE={number}: {fault:?} {times:?} at call {call} of {way:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_strikes_any_call_once_is_overcome_or_told() {
    every_case(Times::Once).await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_strikes_any_call_twice_is_overcome_or_told() {
    every_case(Times::Twice).await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_does_not_pass_ends_in_503_or_500_after_a_bounded_number_of_calls() {
    every_case(Times::Always).await;
}

#[tokio::test]
async fn each_way_makes_the_calls_that_it_is_said_to_make() {
    for way in Way::ALL {
        let installation = way.installation().await;
        // No call has this number.
        strike(&installation, way, usize::MAX, Fault::Throttling, Times::Once);
        let answer = installation.answer(&way.request()).await;
        assert_eq!((answer.status, answer.is_replay()), way.answer(), "{way:?}: {answer:?}");
        assert_eq!(installation.wire.take_operations(), way.calls(), "{way:?}");
    }
}
