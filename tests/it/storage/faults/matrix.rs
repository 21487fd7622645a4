//! Every call of every way of every operation × every fault × once, twice, always.

use tokio::time::Instant;

use super::indexes;
use super::kinds::Fault;
use super::ways::{Operation, Way, every_call, ways};
use pail_testing::random::Case;
use pail_testing::{Installation, each_case, is_whole};

/// How often a fault occurs.
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

/// The maximum number of attempts at one call.
const MOST_ATTEMPTS: usize = 4;

/// Plans a fault for one call of a way. The events of the way happen as usual.
fn strike(installation: &Installation, way: Way, call: usize, fault: Fault, times: Times) {
    let mut acts = way.acts(installation);
    installation.wire.follow(move |site| {
        if site.call == call && times.strikes(site.attempt) { fault.act() } else { acts(site.call) }
    });
}

/// The expected status with this fault.
fn expected(way: Way, call: usize, fault: Fault, times: Times) -> u16 {
    match (fault.is_fatal(), times) {
        _ if is_left(way, call, fault, times) => way.status,
        (true, _) => 500,
        (false, Times::Always) => 503,
        (false, Times::Once | Times::Twice) => way.status_after_attempts_at(call, fault.lets_land()),
    }
}

/// Whether index entries that no longer count are not removed.
fn is_left(way: Way, call: usize, fault: Fault, times: Times) -> bool {
    way.is_optional(call) && (fault.is_fatal() || times == Times::Always)
}

async fn case(way: Way, call: usize, fault: Fault, times: Times) {
    let installation = way.installation().await;
    let before = installation.items().await;
    strike(&installation, way, call, fault, times);
    let start = Instant::now();
    let answer = way.play(&installation).await;
    assert!(start.elapsed() < installation.time_left, "the answer came after {:?}", start.elapsed());
    assert_eq!(answer.status, expected(way, call, fault, times), "{answer:?}");
    assert_eq!(answer.is_replay(), way.is_replay && answer.status < 300, "{answer:?}");
    let sent = installation.wire.take_sent();
    let struck = match times {
        _ if fault.is_fatal() => 1,
        Times::Once => 2,
        Times::Twice => 3,
        Times::Always => MOST_ATTEMPTS,
    };
    let most = sent.chunk_by(|one, other| one == other).map(<[_]>::len).max();
    assert_eq!(most, Some(struck), "{sent:?}");
    // What a write has done behind a lost reply may have left entries to remove.
    let more = usize::from(way.is_indexed && !way.events.is_empty());
    assert!(sent.len() < way.calls.len() + struck + more, "too many attempts: {sent:?}");
    way.operation.check(way, &answer, &before, &installation.items().await);
    way.assert_whole(&installation).await;
    // Entries that nothing holds are left only where the outcome is unknown or they could not be removed.
    let is_unknown = way.operation == Operation::Fill && way.event_at() == Some(call);
    let may_be_left = answer.status >= 500 || is_unknown || is_left(way, call, fault, times);
    indexes::judge(way, &installation, may_be_left).await;
    if answer.status == 500 {
        let details = ["apps", "objects", "DynamoDB", "Exception"];
        assert!(!details.iter().any(|word| answer.text("message").contains(word)), "{answer:?}");
    }
}

/// Runs all cases of a frequency, even if some fail.
async fn every_case(times: Times) {
    let strikes = every_call().flat_map(|(way, call)| Fault::ALL.map(|fault| (way, call, fault)));
    // By default, only a part of the faults at each call. There are 21 of them: with powers of two, each call gets others.
    let share = |way: Way| match way.operation {
        _ if is_whole() => 1,
        _ if way.is_indexed => 64,
        Operation::CreateObject => 8,
        Operation::GetObject | Operation::PutObject | Operation::PatchObject | Operation::DeleteObject => 32,
        Operation::Token(_) | Operation::Sweep | Operation::Fill => 32,
        Operation::Administer(_) => 64,
    };
    let is_run = |number: usize, way: Way| number.is_multiple_of(share(way));
    let strikes = strikes.enumerate().filter(|(number, (way, ..))| is_run(*number, *way)).map(|(_, strike)| strike);
    let mut failed = Vec::new();
    for (Case(number), (way, call, fault)) in each_case(strikes) {
        if tokio::spawn(case(way, call, fault, times)).await.is_err() {
            failed.push(format!("PAIL_TEST_CASE={number}: {fault:?} {times:?} at call {call} of {way:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_any_call_once_is_overcome_or_reported() {
    every_case(Times::Once).await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_any_call_twice_is_overcome_or_reported() {
    every_case(Times::Twice).await;
}

#[tokio::test(start_paused = true)]
async fn a_permanent_fault_ends_in_503_or_500_after_a_bounded_number_of_calls() {
    every_case(Times::Always).await;
}

#[tokio::test]
async fn each_way_makes_the_calls_in_its_row() {
    for way in ways() {
        let installation = way.installation().await;
        // No call has this number.
        strike(&installation, way, usize::MAX, Fault::Throttling, Times::Once);
        let answer = way.play(&installation).await;
        assert_eq!((answer.status, answer.is_replay()), (way.status, way.is_replay), "{way:?}: {answer:?}");
        assert_eq!(installation.wire.take_operations(), way.calls, "{way:?}");
        indexes::judge(way, &installation, false).await;
    }
}
