//! The caches of an execution environment: parsed apps and buckets while their items are unchanged; and, if configured,
//! the items themselves for some seconds, the maximum delay of a revocation.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pail::model::app::App;
use pail::model::issuer::Issuer;
use serde_json::{Value, json};

use pail_testing::{Act, Call, Clock, Installation, NOW, app, app_key, callers};

/// A change by an operator.
enum Change {
    /// A change of the app.
    App(fn(&mut App)),
    /// Replaces the bucket's ACL with this one.
    Acl(Value),
    Drop,
}

impl Change {
    async fn make(self, installation: &Installation) {
        match self {
            Self::App(change) => {
                let mut changed = app("demo");
                change(&mut changed);
                installation.put_app(changed).await;
            }
            Self::Acl(entries) => installation.put_bucket("demo", "notes", entries).await,
            Self::Drop => installation.drop_bucket().await,
        }
    }
}

/// How long apps and buckets are cached in these tests, in milliseconds.
const CACHED: u64 = 5_000;

/// The ACL of a bucket in which everybody may create objects.
fn anybody() -> Value {
    json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"]})
}

/// An installation that caches apps and buckets, and its clock. Everybody may create objects in its bucket `notes`.
async fn installation(cached: u64) -> (Installation, Clock) {
    let clock = Clock::new();
    let keep = Duration::from_millis(cached);
    let installation = Installation::new(clock.system(), |settings| settings.keep = keep).await;
    installation.put_app(app("demo")).await;
    installation.put_bucket("demo", "notes", anybody()).await;
    (installation, clock)
}

/// Advances both clocks.
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

/// The tables of each call since the last time.
fn asked(installation: &Installation) -> Vec<Vec<String>> {
    let tables = |body: &Value| match (body["RequestItems"].as_object(), body["TableName"].as_str()) {
        (Some(tables), _) => tables.keys().cloned().collect(),
        (None, table) => vec![table.unwrap_or_default().to_owned()],
    };
    installation.wire.take_sent().iter().map(|sent| tables(&sent.body)).collect()
}

#[tokio::test(start_paused = true)]
async fn cached_items_are_read_again_when_they_expire() {
    let (installation, clock) = installation(CACHED).await;
    let (both, none) = (vec![vec!["apps", "objects"], vec!["objects"]], vec![vec!["objects"]]);
    let mut last = 0;
    for (time, expected) in
        [(0, &both), (1, &none), (4_999, &none), (5_000, &both), (9_999, &none), (10_000, &both), (60_000, &both)]
    {
        pass(&clock, NOW + time, time - last).await;
        last = time;
        for (call, expected) in [(by_key("demo-key"), expected), (by_token(), &none)] {
            installation.created(&call).await;
            assert_eq!(asked(&installation), *expected, "after {time} ms");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn app_and_bucket_expire_independently() {
    let (installation, clock) = installation(CACHED).await;
    installation.put_bucket("demo", "later", anybody()).await;
    installation.created(&by_key("demo-key")).await;
    let to_later = Call::create("demo", "later").basic("demo", "demo-key");
    let (bucket, app, put) = (vec!["objects"], vec!["apps"], vec!["objects"]);
    for (time, passed, reads) in [
        (3_000, 3_000, vec![bucket.clone(), put.clone()]),
        (5_000, 2_000, vec![app, put.clone()]),
        (7_999, 2_999, vec![put.clone()]),
        (8_000, 1, vec![bucket, put]),
    ] {
        pass(&clock, NOW + time, passed).await;
        asked(&installation);
        installation.created(&to_later).await;
        assert_eq!(asked(&installation), reads, "after {time} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cached_bucket_refuses_nobody_who_has_been_admitted_since() {
    for asked_at in [4_000, 5_000] {
        let (installation, clock) = installation(CACHED).await;
        installation.put_bucket("demo", "later", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:bob"]})).await;
        installation.created(&by_key("demo-key")).await;
        pass(&clock, NOW + 3_000, 3_000).await;
        installation.created(&Call::create("demo", "later").bearer(&callers::user("bob"))).await;
        installation.put_bucket("demo", "later", anybody()).await;
        pass(&clock, NOW + asked_at, asked_at - 3_000).await;
        installation.created(&Call::create("demo", "later").basic("demo", "demo-key")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_sixteen_buckets_that_were_read_last_are_cached() {
    let (installation, _) = installation(CACHED).await;
    let call = |number: usize| Call::create("demo", &format!("bucket-{number}")).basic("demo", "demo-key");
    for number in 0..17 {
        installation.put_bucket("demo", &format!("bucket-{number}"), anybody()).await;
        installation.created(&call(number)).await;
    }
    for (number, is_kept) in [(1, true), (16, true), (0, false), (2, true), (1, false)] {
        installation.wire.take_operations();
        installation.created(&call(number)).await;
        let operations = installation.wire.take_operations();
        assert_eq!(operations.len(), if is_kept { 1 } else { 2 }, "bucket {number}: {operations:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_bucket_is_read_each_time_and_cached_once_it_exists() {
    let (installation, _) = installation(CACHED).await;
    let to_new = Call::create("demo", "new").bearer(&callers::user("alice"));
    installation.created(&by_key("demo-key")).await;
    let operations = || installation.wire.take_operations();
    operations();
    installation.created(&to_new).await;
    assert_eq!(operations(), ["BatchGetItem", "GetItem", "TransactWriteItems"]);
    installation.created(&to_new).await;
    assert_eq!(operations(), ["BatchGetItem", "PutItem"]);
    installation.created(&to_new).await;
    assert_eq!(operations(), ["PutItem"]);
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_recognised_with_and_without_a_cached_bucket() {
    let (installation, clock) = installation(CACHED).await;
    let call = by_token().key("the-key");
    let (first, _) = installation.created(&call).await;
    for (time, passed) in [(1, 1), (CACHED, CACHED - 1)] {
        pass(&clock, NOW + time, passed).await;
        let answer = installation.answer(&call).await;
        assert_eq!((answer.status, answer.is_replay()), (201, true), "{answer:?}");
        assert_eq!(answer.text("objectID"), first.text("objectID"));
    }
}

#[tokio::test(start_paused = true)]
async fn by_default_app_and_bucket_are_read_with_each_request() {
    let (installation, _) = installation(0).await;
    for _ in 0..3 {
        installation.created(&by_key("demo-key")).await;
        assert_eq!(asked(&installation), [vec!["apps", "objects"], vec!["objects"]]);
    }
}

/// Every kind of revocation: its name, the request, the change, and the answer after it.
fn revocations() -> [(&'static str, Call, Change, u16, &'static str); 9] {
    let with_another_secret = |app: &mut App| app.issuers = vec![with_secret(b'x')];
    let only_users = || json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    let only_bob = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:bob"]});
    [
        ("a key is removed", by_key("demo-key"), Change::App(|app| app.keys.clear()), 401, "UNAUTHORIZED"),
        ("the app is disabled", by_key("demo-key"), Change::App(|app| app.disabled = true), 403, "APP_DISABLED"),
        ("the app is disabled, for a token", by_token(), Change::App(|app| app.disabled = true), 403, "APP_DISABLED"),
        ("an issuer is no longer trusted", by_token(), Change::App(|app| app.issuers.clear()), 403, "WRONG_TOKEN"),
        ("an issuer has another secret", by_token(), Change::App(with_another_secret), 403, "WRONG_TOKEN"),
        ("a right is revoked", by_key("demo-key"), Change::Acl(only_users()), 401, "UNAUTHORIZED"),
        ("a right is revoked, for a token", by_token(), Change::Acl(only_bob), 401, "UNAUTHORIZED"),
        ("all rights are revoked", by_token(), Change::Acl(json!({})), 401, "UNAUTHORIZED"),
        ("the bucket is dropped", by_key("demo-key"), Change::Drop, 401, "UNAUTHORIZED"),
    ]
}

/// The issuer of all tokens here, with another secret under the same key ID.
fn with_secret(byte: u8) -> Issuer {
    let secret = URL_SAFE_NO_PAD.encode([byte; 32]);
    callers::issuer_with(callers::ISSUER, &[json!({"kty": "oct", "kid": "hs", "alg": "HS256", "k": secret})])
}

#[tokio::test(start_paused = true)]
async fn a_revocation_applies_when_the_copy_expires_and_not_a_millisecond_later() {
    for (what, call, revoke, status, code) in revocations() {
        let (installation, clock) = installation(CACHED).await;
        installation.created(&call).await;
        revoke.make(&installation).await;
        pass(&clock, NOW + CACHED - 1, CACHED - 1).await;
        let answer = installation.answer(&call).await;
        assert_eq!(answer.status, 201, "{what}: {answer:?}");
        pass(&clock, NOW + CACHED, 1).await;
        installation.refused(&call, status, code).await;
    }
}

#[tokio::test]
async fn by_default_a_revocation_applies_to_the_next_request_of_the_same_execution_environment() {
    for (what, call, revoke, status, code) in revocations() {
        let (installation, _) = installation(0).await;
        let before = installation.items().await;
        let original = before.get("demo  ").expect("the app").clone();
        installation.created(&call).await;
        revoke.make(&installation).await;
        installation.refused(&call, status, code).await;
        // Restores the original item exactly.
        installation.put_item("apps", &original).await;
        installation.put(before[" demo bucket/notes"].clone()).await;
        installation.created(&call).await;
        // Written directly, so that writer and version stay the same.
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
async fn a_deleted_app_is_missing_when_the_copy_expires() {
    let (installation, clock) = installation(CACHED).await;
    installation.created(&by_key("demo-key")).await;
    installation.direct().delete_app("demo").await;
    installation.created(&by_key("demo-key")).await;
    pass(&clock, NOW + CACHED, CACHED).await;
    installation.refused(&by_key("demo-key"), 404, "APP_NOT_FOUND").await;
    // A missing app is not cached.
    installation.put_app(app("demo")).await;
    installation.created(&by_key("demo-key")).await;
}

#[tokio::test(start_paused = true)]
async fn callers_that_are_newly_admitted_get_in_at_once() {
    let key = Change::App(|app| app.keys.push(app_key("another-key")));
    let changes: [(&str, Call, Change, Change); 5] = [
        ("a key", by_key("another-key"), Change::App(|_| {}), key),
        ("an issuer", by_token(), Change::App(|app| app.issuers.clear()), Change::App(|_| {})),
        ("an app that was disabled", by_key("demo-key"), Change::App(|app| app.disabled = true), Change::App(|_| {})),
        ("a right", by_key("demo-key"), Change::Acl(json!({})), Change::Acl(anybody())),
        ("a bucket over a dropped one", by_key("demo-key"), Change::Drop, Change::Acl(anybody())),
    ];
    for (what, call, before, after) in changes {
        let (installation, _) = installation(CACHED).await;
        before.make(&installation).await;
        assert_ne!(installation.answer(&call).await.status, 201, "{what}: not yet");
        after.make(&installation).await;
        installation.created(&call).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_refused_by_a_cached_copy_without_a_fresh_read() {
    let (installation, _) = installation(CACHED).await;
    installation.put_bucket("demo", "closed", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:bob"]})).await;
    installation.created(&by_key("demo-key")).await;
    let to_closed = |user| Call::create("demo", "closed").bearer(&callers::user(user));
    installation.created(&to_closed("bob")).await;
    let me = Call::create("demo/users/me", "notes").basic("demo", "demo-key");
    for (call, status, code, reads) in [
        (by_key("wrong"), 401, "UNAUTHORIZED", vec![vec!["apps", "objects"]]),
        (by_token().bearer("no.token.here"), 403, "WRONG_TOKEN", vec![vec!["apps", "objects"]]),
        (to_closed("alice"), 401, "UNAUTHORIZED", vec![vec!["apps", "objects"]]),
        // This caller has no bucket.
        (me, 401, "UNAUTHORIZED", vec![vec!["apps"]]),
    ] {
        asked(&installation);
        installation.refused(&call, status, code).await;
        assert_eq!(asked(&installation), reads, "{call:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_expires_as_soon_as_either_clock_says_so() {
    for (what, wall, monotonic) in [
        ("the execution environment and its monotonic clock were frozen", NOW + CACHED, 0),
        ("the wall clock was set back by a moment after the copy had expired", NOW + CACHED - 1, CACHED),
        ("the wall clock was set back before the app was read", NOW - 1, 1),
        ("the wall clock was set to its minimum", 0, 1),
        ("the wall clock was set to its maximum", u64::MAX, 1),
    ] {
        for (change, status, code) in [
            (Change::App(|app| app.disabled = true), 403, "APP_DISABLED"),
            (Change::Acl(json!({})), 401, "UNAUTHORIZED"),
        ] {
            let (installation, clock) = installation(CACHED).await;
            installation.created(&by_key("demo-key")).await;
            change.make(&installation).await;
            pass(&clock, wall, monotonic).await;
            let answer = installation.answer(&by_key("demo-key")).await;
            assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{what}: {answer:?}");
        }
    }
}

/// The age of a copy counts from before it is read, so that a slow reply does not extend its validity.
#[tokio::test(start_paused = true)]
async fn a_slow_read_does_not_make_a_copy_younger() {
    for (change, status, code) in
        [(Change::App(|app| app.disabled = true), 403, "APP_DISABLED"), (Change::Acl(json!({})), 401, "UNAUTHORIZED")]
    {
        let (installation, clock) = installation(CACHED).await;
        let late = clock.clone();
        installation.wire.plan("BatchGetItem", [Act::lose_reply_after(move || async move { late.set(NOW + 1_000) })]);
        installation.created(&by_key("demo-key")).await;
        change.make(&installation).await;
        clock.set(NOW + CACHED);
        installation.refused(&by_key("demo-key"), status, code).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_cached_copy_of_one_app_is_not_used_for_another() {
    let (installation, _) = installation(CACHED).await;
    installation.put_app(app("other")).await;
    installation.put_bucket("other", "notes", anybody()).await;
    let to_other = |key: &str| Call::create("other", "notes").basic("other", key);
    for (call, with_key_of_other) in
        [(by_key("demo-key"), to_other("demo-key")), (to_other("other-key"), by_key("other-key"))]
    {
        installation.created(&call).await;
        installation.refused(&with_key_of_other, 401, "UNAUTHORIZED").await;
    }
    // Both are cached now.
    for call in [by_key("other-key"), to_other("demo-key")] {
        installation.refused(&call, 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_of_many_apps_in_turn_is_checked_by_its_own_keys() {
    let (installation, _) = installation(CACHED).await;
    let apps: Vec<String> = (0..40).map(|number| format!("app-{number}")).collect();
    for id in &apps {
        installation.put_app(app(id)).await;
        installation.put_bucket(id, "notes", anybody()).await;
    }
    let call = |id: &str, key: &str| Call::create(id, "notes").basic(id, key);
    for _ in 0..2 {
        for (id, other) in apps.iter().zip(apps.iter().skip(1)) {
            installation.created(&call(id, &format!("{id}-key"))).await;
            installation.refused(&call(id, &format!("{other}-key")), 401, "UNAUTHORIZED").await;
            installation.created(&call(id, &format!("{id}-key"))).await;
        }
    }
}

/// A cached bucket is identified by its whole scope and its name.
#[tokio::test(start_paused = true)]
async fn each_of_many_buckets_in_turn_is_checked_by_its_own_acl() {
    let (installation, _) = installation(CACHED).await;
    let scopes = ["demo", "demo/users/alice", "demo/users/bob", "demo/groups/alice", "demo/things/alice"];
    let buckets: Vec<(String, String, bool)> = (0..40)
        .map(|number| (scopes[number % scopes.len()].to_owned(), format!("bucket-{}", number / 5), number % 3 == 0))
        .collect();
    for (scope, bucket, is_open) in &buckets {
        installation.put_bucket(scope, bucket, if *is_open { anybody() } else { json!({}) }).await;
    }
    for _ in 0..2 {
        for (scope, bucket, is_open) in &buckets {
            let call = Call::create(scope, bucket).basic("demo", "demo-key");
            for _ in 0..2 {
                if *is_open {
                    let (answer, items) = installation.created(&call).await;
                    let id = answer.text("objectID");
                    let object = items.values().find(|item| item["sk"]["S"] == id).expect("the object");
                    let partition = object["pk"]["S"].as_str().expect("a key");
                    assert!(partition.starts_with(&format!("{scope}/{bucket}:")), "{partition} for {scope} {bucket}");
                } else {
                    installation.refused(&call, 401, "UNAUTHORIZED").await;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_refused_a_change_of_a_bucket_by_a_cached_copy() {
    let administrator = callers::administrator("root");
    let bucket = |method: &str| Call::bucket(method, "demo", "notes").bearer(&administrator);
    let entry =
        |method: &str| bucket(method).path("/api/apps/demo/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob");
    // What others do before this process has cached the bucket, and after that.
    for (before, after, own, status) in [
        (vec![], vec![entry("PUT")], entry("DELETE"), 204),
        (vec![entry("PUT")], vec![entry("DELETE")], entry("PUT"), 204),
        (vec![], vec![bucket("DELETE"), bucket("PUT")], bucket("DELETE"), 204),
        (vec![], vec![bucket("DELETE")], bucket("PUT"), 201),
    ] {
        let (installation, _clock) = installation(CACHED).await;
        for other in before {
            installation.rival().succeeds(other).await;
        }
        installation.created(&by_token()).await;
        for other in after {
            installation.rival().succeeds(other).await;
        }
        let answer = installation.answer(&own).await;
        assert_eq!(answer.status, status, "{} {}: {answer:?}", own.method, own.path);
    }
}
