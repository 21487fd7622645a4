//! Random interleavings of four.

use std::collections::BTreeMap;

use super::cast::{Ending, Role};
use super::run::{Beginning, Bucket, Entry, Theatre};
use pail_testing::{Random, cases, figure, only_case};

/// After so many runs, the tables are made anew, so that they stay small.
const RUNS_OF_A_THEATRE: usize = 500;

/// The most disturbances of a run. Runs in which a request gives up would be rare with fewer.
const DISTURBANCES: [usize; 6] = [0, 1, 2, 3, 4, 12];

fn beginning(random: &mut Random) -> Beginning {
    let entry = *random.pick(&Entry::ALL);
    let bucket = *random.pick(&[Bucket::Absent, Bucket::Absent, Bucket::Dropped, Bucket::Live(entry)]);
    Beginning { scope: *random.pick(&Entry::ALL), bucket }
}

/// Four of which two at least create.
fn cast(random: &mut Random) -> [Role; 4] {
    let creates: Vec<Role> = Role::ALL.into_iter().filter(|role| role.creator().is_some()).collect();
    [*random.pick(&creates), *random.pick(&creates), *random.pick(&Role::ALL), *random.pick(&Role::ALL)]
}

#[tokio::test(start_paused = true)]
async fn four_that_meet_in_a_random_order_with_up_to_twelve_disturbances_keep_every_law() {
    let mut seen = BTreeMap::<String, usize>::new();
    let mut theatre = Theatre::open(0).await;
    for (case, mut random) in cases(figure(200, 100_000)) {
        if case.0 % RUNS_OF_A_THEATRE == 0 {
            theatre = Theatre::open(random.number()).await;
        }
        let (beginning, cast, disturbances) = (beginning(&mut random), cast(&mut random), *random.pick(&DISTURBANCES));
        let history = theatre.play(beginning, &cast, disturbances, &mut random).await;
        let judged = std::panic::catch_unwind(|| history.judge());
        assert!(judged.is_ok(), "{beginning:?}: {history:#?}");
        for ending in history.endings.iter().flatten() {
            let name = match ending {
                Ending::Answered(answer) if answer.is_replay() => "a replay".to_owned(),
                Ending::Answered(answer) => format!("{} {}", answer.status, answer.error_code()),
                Ending::Operated(change) => format!("{change:?}"),
            };
            *seen.entry(name).or_default() += 1;
        }
    }
    println!("{seen:#?}");
    for ending in [
        "201 ",
        "a replay",
        "401 UNAUTHORIZED",
        "403 APP_DISABLED",
        "422 IDEMPOTENCY_KEY_REUSED",
        "503 TEMPORARY_UNAVAILABLE_ERROR",
    ] {
        assert!(seen.contains_key(ending) || only_case().is_some(), "no run has ended with {ending}: {seen:#?}");
    }
}
