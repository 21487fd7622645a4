//! A clock that is set back, forward or to zero, between requests and during them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use pail_testing::{Act, Call, Clock, Installation, NOW, app, callers};

const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const YEAR: u64 = 365 * 24 * HOUR;

/// Values of the clock, in milliseconds since 1970: in the past, in the future, the extremes, and beyond usual dates.
const TIMES: [u64; 10] =
    [NOW, NOW - 1, NOW - HOUR, NOW - YEAR, NOW + HOUR, NOW + YEAR, 0, 1, 253_402_300_800_000, u64::MAX];

/// An installation with a clock that can be set. Everybody may do everything in its app scope and in its bucket `notes`.
async fn installation() -> (Installation, Clock) {
    let clock = Clock::new();
    let installation = Installation::without_app(clock.system()).await;
    installation.put_app(app("demo")).await;
    let anybody = json!(["UserID:ANONYMOUS_USER"]);
    installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": anybody})).await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": anybody})).await;
    (installation, clock)
}

fn by_key(bucket: &str) -> Call {
    Call::create("demo", bucket).basic("demo", "demo-key")
}

/// Creates an object, and checks that answer and items have this time.
async fn created_at(installation: &Installation, call: &Call, milliseconds: u64) {
    let (answer, items) = installation.created(call).await;
    assert_eq!(answer.json()["createdAt"], milliseconds, "{answer:?}");
    for item in items.values() {
        assert_eq!(item["created"]["N"], milliseconds.to_string(), "{item}");
        assert!(item.get("modified").is_none_or(|modified| *modified == item["created"]), "{item}");
    }
}

#[tokio::test]
async fn creates_by_app_key_work_at_any_time_and_have_the_time_of_the_clock() {
    let (installation, clock) = installation().await;
    for (number, time) in TIMES.into_iter().enumerate() {
        clock.set(time);
        created_at(&installation, &by_key("notes"), time).await;
        created_at(&installation, &by_key(&format!("new-{number}")), time).await;
    }
}

#[tokio::test(start_paused = true)]
async fn setting_the_clock_during_a_request_changes_neither_its_time_stamps_nor_its_duration() {
    let (mut installation, clock) = installation().await;
    installation.time_left = Duration::from_secs(15);
    let sets = |time: u64, then: fn() -> Act| {
        let clock = clock.clone();
        move || {
            clock.set(time);
            then()
        }
    };
    let mut number = 0;
    for time in TIMES {
        for (operation, first) in
            [("BatchGetItem", true), ("GetItem", true), ("TransactWriteItems", true), ("PutItem", false)]
        {
            number += 1;
            let call = by_key(&if first { format!("new-{number}") } else { "notes".to_owned() });
            clock.set(NOW);
            // The reply is lost once, so the request waits, which it measures by the monotonic clock.
            installation.wire.plan(operation, [Act::LoseReply, Act::Hang]);
            installation.wire.always(operation, sets(time, || Act::Pass));
            created_at(&installation, &call, NOW).await;

            let call = by_key(&if first { format!("hung-{number}") } else { "notes".to_owned() });
            clock.set(NOW);
            installation.wire.forget_plans();
            installation.wire.always(operation, sets(time, || Act::Hang));
            let start = Instant::now();
            assert_eq!(installation.answer(&call).await.status, 503, "{operation} at {time}");
            assert!(start.elapsed() < installation.time_left, "{operation} at {time}: {:?}", start.elapsed());
            installation.wire.forget_plans();
        }
    }
}

#[tokio::test]
async fn tokens_are_checked_by_the_wall_clock() {
    let (installation, clock) = installation().await;
    let month = 30 * 24 * HOUR;
    let seconds = |milliseconds: u64| milliseconds / SECOND;
    let expires = (callers::now() + 3600) * SECOND;
    let forever = json!({"iat": "absent", "exp": seconds(NOW) + seconds(YEAR)});
    let early = json!({"iat": "absent", "exp": 3600});
    let far = json!({"iat": "absent", "exp": u64::MAX});
    for (changes, time, good) in [
        (json!({}), NOW, true),
        (json!({}), NOW - HOUR, false),
        (json!({}), NOW - 60 * SECOND, true),
        (json!({}), NOW - 62 * SECOND, false),
        (json!({}), expires + 59 * SECOND, true),
        (json!({}), expires + 60 * SECOND, false),
        (json!({}), NOW + YEAR, false),
        (json!({}), 0, false),
        (json!({}), u64::MAX, false),
        (json!({"nbf": callers::now() + HOUR / SECOND}), NOW, false),
        (json!({"nbf": callers::now() + HOUR / SECOND}), NOW + HOUR - SECOND, true),
        (forever.clone(), NOW, false),
        (forever.clone(), NOW + YEAR - month + SECOND, true),
        (forever, 0, false),
        (early.clone(), 0, true),
        (early.clone(), 1, true),
        (early, NOW, false),
        (json!({"iat": 0, "nbf": 0, "exp": 1}), 0, true),
        (json!({"iat": 60, "exp": 3600}), 0, true),
        (json!({"iat": 61, "exp": 3600}), 0, false),
        (far.clone(), 0, false),
        (far.clone(), NOW, false),
        (far, u64::MAX, false),
    ] {
        clock.set(time);
        let call = Call::create("demo", "notes").bearer(&callers::token(changes.clone()));
        if good {
            created_at(&installation, &call, time).await;
        } else {
            installation.refused(&call, 403, "WRONG_TOKEN").await;
        }
        // App keys are accepted at any time.
        created_at(&installation, &by_key("notes"), time).await;
        assert!(good || time != NOW || changes != json!({}), "a valid token must be among the cases");
    }
}

#[tokio::test]
async fn a_replay_has_the_first_time_stamp_whatever_the_clock_says() {
    let (installation, clock) = installation().await;
    for first in TIMES {
        let call = by_key("notes").key(&format!("key-{first}"));
        clock.set(first);
        created_at(&installation, &call, first).await;
        let before = installation.items().await;
        for later in TIMES {
            clock.set(later);
            let answer = installation.answer(&call).await;
            assert!(answer.is_replay(), "{answer:?}");
            assert_eq!(answer.json()["createdAt"], Value::from(first), "created at {first}, replayed at {later}");
        }
        assert_eq!(installation.items().await, before);
    }
}

/// The time left of an invocation is computed from the clock, which may have been set since it began.
#[tokio::test(start_paused = true)]
async fn an_invocation_is_answered_whatever_time_it_seems_to_have_left() {
    let (mut installation, _) = installation().await;
    let long = [0, NOW, u64::MAX].map(Duration::from_millis);
    for left in long.into_iter().chain([Duration::MAX]) {
        installation.time_left = left;
        let status = if left.is_zero() { 503 } else { 201 };
        assert_eq!(installation.answer(&by_key("notes")).await.status, status, "{left:?}");
        installation.wire.always("PutItem", || Act::Hang);
        assert_eq!(installation.answer(&by_key("notes")).await.status, 503, "{left:?}");
        installation.wire.forget_plans();
    }
}
