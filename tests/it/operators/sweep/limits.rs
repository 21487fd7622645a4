//! Where a sweep stops, and that the next one goes on.

use std::time::Duration;

use pail::operation::sweep::{Limits, Swept};
use pail_testing::fixtures::{GENERATION, marker_item};
use pail_testing::{Act, Installation, NOW};
use tokio::time::Instant;

use super::{CALLS, HOUR, finished, installation, left, no_limits, swept, untouchable};

/// Sweeps again and again until nothing is left, and checks each sweep.
async fn sweep_by_sweep(installation: &Installation, limits: impl Fn() -> Limits, objects: usize) -> Vec<Swept> {
    let (before, mut sweeps, mut removed) = (untouchable(installation).await, Vec::new(), 0);
    loop {
        let swept = swept(installation, limits()).await;
        assert!(swept.failure.is_none(), "{swept:?}");
        assert!(swept.objects > 0 || swept.is_finished, "each sweep gets further: {swept:?}");
        removed += swept.objects;
        let is_finished = swept.is_finished;
        if !is_finished {
            assert_eq!(left(installation).await, objects + 1 - removed, "{swept:?}");
            assert_eq!(swept.oldest, Some(Duration::from_millis(5 * HOUR)), "{swept:?}");
        }
        sweeps.push(swept);
        if is_finished {
            break;
        }
    }
    assert_eq!((left(installation).await, removed), (0, objects));
    assert_eq!(untouchable(installation).await, before);
    sweeps
}

#[tokio::test]
async fn a_sweep_stops_at_its_limit_of_units_and_the_next_one_goes_on() {
    let installation = installation(1_200, 5 * HOUR).await;
    let limit = 300.0;
    let sweeps = sweep_by_sweep(&installation, || Limits { units: limit, ..no_limits() }, 1_200).await;
    assert!(sweeps.len() >= 4, "{sweeps:?}");
    for swept in sweeps {
        // One call more: 25 deletions of small objects, or a page of 1,000 keys.
        assert!(swept.units < limit + 150.0, "{swept:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_stops_at_its_time_and_the_next_one_goes_on() {
    let installation = installation(200, 5 * HOUR).await;
    // Each call takes a second.
    for operation in ["Query", "BatchWriteItem"] {
        installation.wire.always(operation, || Act::after(|| tokio::time::sleep(Duration::from_secs(1))));
    }
    let start = Instant::now();
    let limits = || Limits { until: Instant::now() + Duration::from_millis(3_500), ..no_limits() };
    let sweeps = sweep_by_sweep(&installation, limits, 200).await;
    // Two queries and two batches each: 50 objects. The last sweep finds the partition empty.
    assert_eq!(sweeps.iter().map(|swept| swept.objects).collect::<Vec<_>>(), [50, 50, 50, 50, 0]);
    assert!(start.elapsed() <= Duration::from_secs(5 * 4), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_sweep_that_has_no_time_only_looks_at_the_markers() {
    let installation = installation(3, HOUR).await;
    let swept = swept(&installation, Limits { until: Instant::now(), ..no_limits() }).await;
    assert_eq!((swept.buckets, swept.objects, swept.is_finished), (0, 0, false));
    assert_eq!(swept.oldest, Some(Duration::from_millis(HOUR)));
    assert_eq!(installation.wire.take_operations(), ["Query"]);
}

#[tokio::test]
async fn the_bucket_that_was_dropped_first_is_swept_first_and_the_age_is_that_of_the_oldest_that_is_left() {
    let installation = installation(10, 5 * HOUR).await;
    for (generation, age) in [("1", 3 * HOUR), ("2", 9 * HOUR), ("3", 2 * HOUR), ("4", HOUR / 2)] {
        installation.put(marker_item("demo", "other", &generation.repeat(32), NOW - age)).await;
    }
    // The first is empty. The second has objects, before which the sweep has spent its units.
    let first = swept(&installation, Limits { units: 3.0, ..no_limits() }).await;
    assert_eq!((first.buckets, first.objects, first.waiting), (1, 0, 1), "{first:?}");
    assert_eq!(first.oldest, Some(Duration::from_millis(5 * HOUR)));
    assert!(installation.item("/garbage", &"2".repeat(32)).await.is_none(), "the oldest is gone");
    let second = finished(&installation).await;
    assert_eq!((second.buckets, second.objects, second.waiting), (3, 10, 1));
    assert!(installation.item("/garbage", GENERATION).await.is_none());
    assert!(installation.item("/garbage", &"4".repeat(32)).await.is_some(), "it was dropped half an hour ago");
}

#[tokio::test]
async fn two_sweeps_at_once_remove_everything_and_fail_nowhere() {
    let installation = installation(500, HOUR).await;
    installation.put(marker_item("demo", "other", &"1".repeat(32), NOW - 2 * HOUR)).await;
    let before = untouchable(&installation).await;
    let (first, second) = tokio::join!(finished(&installation), finished(&installation));
    assert!(first.objects + second.objects >= 500, "{first:?} {second:?}");
    assert_eq!(left(&installation).await, 0);
    assert_eq!(untouchable(&installation).await, before);
    assert!(installation.wire.take_operations().len() > CALLS.len());
}

#[tokio::test]
async fn a_sweep_deletes_as_many_items_with_a_call_as_it_may() {
    for (batch, calls) in [(0, 30), (1, 30), (7, 5), (25, 2), (1_000, 2)] {
        let installation = installation(30, HOUR).await;
        let swept = swept(&installation, Limits { batch, ..no_limits() }).await;
        assert!(swept.is_finished && swept.failure.is_none() && left(&installation).await == 0, "{batch}: {swept:?}");
        let sent = installation.wire.take_operations();
        let batches = sent.iter().filter(|operation| *operation == "BatchWriteItem").count();
        assert_eq!(batches, calls + 1, "{batch}");
    }
}
