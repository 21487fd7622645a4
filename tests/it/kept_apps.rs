//! What a sandbox keeps of apps: what their items mean, for as long as these stay the same; and, where an installation
//! says so, the apps themselves for some seconds, which is how late a revocation is felt then, at the most.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pail::model::app::{App, Issuer};
use serde_json::{Value, json};

use crate::harness::{Act, Call, Clock, Installation, NOW, app, app_key, callers};

/// What an operator does to an app.
type Change = fn(&mut App);

/// For so long apps are kept here, in milliseconds.
const KEPT: u64 = 5_000;

/// An installation that keeps apps, with its clock. Everybody may create in its bucket `notes`.
async fn installation(kept: u64) -> (Installation, Clock) {
    let clock = Clock::new();
    let keep = Duration::from_millis(kept);
    let installation = Installation::new(clock.sources(), |settings| settings.keep_apps = keep).await;
    installation.put_app(app("demo")).await;
    let anybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"]});
    installation.put_bucket("demo", "notes", anybody).await;
    (installation, clock)
}

/// Lets time pass by both clocks.
async fn pass(clock: &Clock, until: u64, milliseconds: u64) {
    clock.set(until);
    tokio::time::advance(Duration::from_millis(milliseconds)).await;
}

fn by_key(key: &str) -> Call {
    Call::create("demo", "notes").basic("demo", key)
}

fn by_token() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

/// The tables that each call read or wrote, since this was last asked.
fn asked(installation: &Installation) -> Vec<Vec<String>> {
    let tables = |body: &Value| match (body["RequestItems"].as_object(), body["TableName"].as_str()) {
        (Some(tables), _) => tables.keys().cloned().collect(),
        (None, table) => vec![table.unwrap_or_default().to_owned()],
    };
    installation.wire.take_sent().iter().map(|sent| tables(&sent.body)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_kept_app_is_read_again_when_its_time_is_over_and_the_bucket_each_time() {
    let (installation, clock) = installation(KEPT).await;
    let (both, one) = ([vec!["apps", "objects"], vec!["objects"]], [vec!["objects"], vec!["objects"]]);
    let mut last = 0;
    for (time, expected) in
        [(0, &both), (1, &one), (4_999, &one), (5_000, &both), (9_999, &one), (10_000, &both), (60_000, &both)]
    {
        pass(&clock, NOW + time, time - last).await;
        last = time;
        for (call, expected) in [(by_key("demo-key"), expected), (by_token(), &one)] {
            installation.created(&call).await;
            assert_eq!(asked(&installation), *expected, "after {time} ms");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_such_a_setting_the_app_is_read_with_each_request() {
    let (installation, _) = installation(0).await;
    for _ in 0..3 {
        installation.created(&by_key("demo-key")).await;
        assert_eq!(asked(&installation), [vec!["apps", "objects"], vec!["objects"]]);
    }
}

/// Each way in which an app can cease to let somebody in: whom, how, and the answer that is then due.
fn revocations() -> [(&'static str, Call, Change, u16, &'static str); 5] {
    [
        ("a key is taken away", by_key("demo-key"), |app| app.keys.clear(), 401, "UNAUTHORIZED"),
        ("the app is switched off", by_key("demo-key"), |app| app.disabled = true, 403, "APP_DISABLED"),
        ("the app is switched off, for a token", by_token(), |app| app.disabled = true, 403, "APP_DISABLED"),
        ("an issuer is not trusted any more", by_token(), |app| app.issuers.clear(), 403, "WRONG_TOKEN"),
        ("an issuer has another secret", by_token(), |app| app.issuers = vec![with_secret(b'x')], 403, "WRONG_TOKEN"),
    ]
}

/// The issuer of all tokens here, with another secret under the same key ID.
fn with_secret(byte: u8) -> Issuer {
    let secret = URL_SAFE_NO_PAD.encode([byte; 32]);
    callers::issuer_with(callers::ISSUER, &[json!({"kty": "oct", "kid": "hs", "alg": "HS256", "k": secret})])
}

#[tokio::test(start_paused = true)]
async fn a_revocation_is_felt_when_the_time_is_over_and_not_a_millisecond_later() {
    for (what, call, revoke, status, code) in revocations() {
        let (installation, clock) = installation(KEPT).await;
        installation.created(&call).await;
        let mut changed = app("demo");
        revoke(&mut changed);
        installation.put_app(changed).await;
        pass(&clock, NOW + KEPT - 1, KEPT - 1).await;
        let answer = installation.answer(&call).await;
        assert_eq!(answer.status, 201, "{what}: {answer:?}");
        pass(&clock, NOW + KEPT, 1).await;
        installation.refused(&call, status, code).await;
    }
}

#[tokio::test]
async fn without_such_a_setting_a_revocation_is_felt_by_the_next_request_of_the_same_sandbox() {
    for (what, call, revoke, status, code) in revocations() {
        let (installation, _) = installation(0).await;
        let original = installation.items().await.remove("demo  ").expect("the app");
        installation.created(&call).await;
        let mut changed = app("demo");
        revoke(&mut changed);
        installation.put_app(changed).await;
        installation.refused(&call, status, code).await;
        // As it was, to the letter.
        installation.put_item("apps", &original).await;
        installation.created(&call).await;
        // By hand, so that writer and version stay what they were.
        for (attribute, value) in [("status", json!({"S": "disabled"})), ("keys", json!({"L": []}))] {
            let mut by_hand = original.clone();
            by_hand[attribute] = value;
            installation.put_item("apps", &by_hand).await;
            let answer = installation.answer(&by_key("demo-key")).await;
            assert!([401, 403].contains(&answer.status), "{what}, {attribute} by hand: {answer:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_gone_is_not_found_when_the_time_is_over() {
    let (installation, clock) = installation(KEPT).await;
    installation.created(&by_key("demo-key")).await;
    installation.beside().delete_app("demo").await;
    installation.created(&by_key("demo-key")).await;
    pass(&clock, NOW + KEPT, KEPT).await;
    installation.refused(&by_key("demo-key"), 404, "APP_NOT_FOUND").await;
    // Nothing is kept of what is not there.
    installation.put_app(app("demo")).await;
    installation.created(&by_key("demo-key")).await;
}

#[tokio::test(start_paused = true)]
async fn whom_the_app_newly_lets_in_gets_in_at_once() {
    let key = |app: &mut App| app.keys.push(app_key("another-key"));
    let changes: [(&str, Call, Change, Change); 3] = [
        ("a key", by_key("another-key"), |_| {}, key),
        ("an issuer", by_token(), |app| app.issuers.clear(), |_| {}),
        ("an app that was switched off", by_key("demo-key"), |app| app.disabled = true, |_| {}),
    ];
    for (what, call, before, after) in changes {
        let (installation, _) = installation(KEPT).await;
        let [mut old, mut new] = [app("demo"), app("demo")];
        before(&mut old);
        after(&mut new);
        installation.put_app(old).await;
        assert_ne!(installation.answer(&call).await.status, 201, "{what}: not yet");
        installation.put_app(new).await;
        installation.created(&call).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_refused_by_a_kept_app_without_a_second_look() {
    let (installation, _) = installation(KEPT).await;
    installation.created(&by_key("demo-key")).await;
    let me = Call::create("demo/users/me", "notes").basic("demo", "demo-key");
    for (call, status, code, reads) in [
        (by_key("wrong"), 401, "UNAUTHORIZED", vec![vec!["objects"], vec!["apps", "objects"]]),
        (by_token().bearer("no.token.here"), 403, "WRONG_TOKEN", vec![vec!["objects"], vec!["apps", "objects"]]),
        // Who it is was found out, and that there is no bucket of such a caller: nothing has to be read for that.
        (me, 401, "UNAUTHORIZED", vec![]),
    ] {
        asked(&installation);
        installation.refused(&call, status, code).await;
        assert_eq!(asked(&installation), reads, "{call:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_on_a_bucket_is_gone_with_the_next_request_even_where_apps_are_kept() {
    let (installation, _) = installation(KEPT).await;
    for call in [by_key("demo-key"), by_token()] {
        installation.created(&call).await;
    }
    installation.put_bucket("demo", "notes", json!({})).await;
    for call in [by_key("demo-key"), by_token()] {
        installation.refused(&call, 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_is_over_as_soon_as_either_clock_says_so() {
    for (what, wall, monotonic) in [
        ("the sandbox was frozen, and its monotonic clock with it", NOW + KEPT, 0),
        ("the wall clock was set back by a moment, once the time was over", NOW + KEPT - 1, KEPT),
        ("the wall clock was set back before the app was read", NOW - 1, 1),
        ("the wall clock was set to its beginning", 0, 1),
        ("the wall clock was set to its end", u64::MAX, 1),
    ] {
        let (installation, clock) = installation(KEPT).await;
        installation.created(&by_key("demo-key")).await;
        installation.put_app(App { disabled: true, ..app("demo") }).await;
        pass(&clock, wall, monotonic).await;
        let answer = installation.answer(&by_key("demo-key")).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "APP_DISABLED"), "{what}: {answer:?}");
    }
}

/// The age of a copy counts from before its reading, so that an answer that was long under way is not good for longer.
#[tokio::test(start_paused = true)]
async fn a_slow_reading_does_not_make_an_app_younger() {
    let (installation, clock) = installation(KEPT).await;
    let late = clock.clone();
    installation.wire.plan("BatchGetItem", [Act::lose_reply_after(move || async move { late.set(NOW + 1_000) })]);
    installation.created(&by_key("demo-key")).await;
    installation.put_app(App { disabled: true, ..app("demo") }).await;
    clock.set(NOW + KEPT);
    installation.refused(&by_key("demo-key"), 403, "APP_DISABLED").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_one_app_is_not_taken_for_another() {
    let (installation, _) = installation(KEPT).await;
    installation.put_app(app("other")).await;
    let anybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
    installation.put_bucket("other", "notes", anybody).await;
    let to_other = |key: &str| Call::create("other", "notes").basic("other", key);
    for (call, with_key_of_other) in
        [(by_key("demo-key"), to_other("demo-key")), (to_other("other-key"), by_key("other-key"))]
    {
        installation.created(&call).await;
        installation.refused(&with_key_of_other, 401, "UNAUTHORIZED").await;
    }
    // Both are kept by now.
    for call in [by_key("other-key"), to_other("demo-key")] {
        installation.refused(&call, 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test(start_paused = true)]
async fn many_apps_have_their_turns_and_each_is_judged_by_its_own_keys() {
    let (installation, _) = installation(KEPT).await;
    let apps: Vec<String> = (0..40).map(|number| format!("app-{number}")).collect();
    for id in &apps {
        installation.put_app(app(id)).await;
        let anybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
        installation.put_bucket(id, "notes", anybody).await;
    }
    let call = |id: &str, key: &str| Call::create(id, "notes").basic(id, key);
    for _ in 0..3 {
        for (id, other) in apps.iter().zip(apps.iter().skip(1)) {
            installation.created(&call(id, &format!("{id}-key"))).await;
            installation.refused(&call(id, &format!("{other}-key")), 401, "UNAUTHORIZED").await;
            installation.created(&call(id, &format!("{id}-key"))).await;
        }
    }
}
