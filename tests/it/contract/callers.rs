//! Who is calling (section 2). Tokens have tests of their own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pail::model::app::App;
use serde_json::json;

use crate::harness::{Call, Gateway, Installation, app, app_key, callers};

fn call() -> Call {
    Call::create("demo", "notes")
}

fn with_authorization(value: &str) -> Call {
    call().header("Authorization", value)
}

/// An installation in which anonymous callers may create.
async fn open_installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    installation
}

fn basic(plain: &[u8]) -> String {
    format!("Basic {}", STANDARD.encode(plain))
}

#[tokio::test]
async fn an_app_key_makes_an_anonymous_caller_by_basic_and_by_kii_headers() {
    let installation = open_installation().await;
    for gateway in Gateway::ALL {
        let call = || call().through(gateway);
        for good in [
            call().basic("demo", "demo-key"),
            call().header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key"),
            call().header("x-kii-appid", "demo").header("x-kii-appkey", "demo-key"),
            call().header("authorization", &basic(b"demo:demo-key").replace("Basic", "bASIC")),
            // What stands in Authorization counts alone.
            call().basic("demo", "demo-key").header("X-Kii-AppID", "other").header("X-Kii-AppKey", "dummy"),
        ] {
            let (_, items) = installation.created(&good).await;
            let object = items.values().next().expect("an object");
            assert_eq!(object["owner"]["S"], "UserID:ANONYMOUS_USER");
        }
        let token = call().bearer(&callers::user("bob")).header("X-Kii-AppID", "x").header("X-Kii-AppKey", "dummy");
        installation.created(&token).await;
    }
}

#[tokio::test]
async fn any_active_key_of_an_app_is_good_and_a_key_may_hold_colons() {
    let installation = open_installation().await;
    let longest = "~".repeat(255);
    let keys = ["old", "new:with:colons", &longest];
    installation.put_app(App { keys: keys.iter().map(|key| app_key(key)).collect(), ..app("demo") }).await;
    for key in keys {
        installation.created(&call().basic("demo", key)).await;
        installation.created(&call().header("X-Kii-AppID", "demo").header("X-Kii-AppKey", key)).await;
    }
    for wrong in ["demo-key", "Old", "ol", "oldnew:with:colons", "new", "new:with"] {
        let answer = installation.refused(&call().basic("demo", wrong), 401, "UNAUTHORIZED").await;
        assert_eq!(answer.json().get("authenticatedAppID"), None, "nobody was authenticated");
    }
    installation.put_app(App { keys: Vec::new(), ..app("demo") }).await;
    installation.refused(&call().basic("demo", "old"), 401, "UNAUTHORIZED").await;
}

#[tokio::test]
async fn only_digests_of_keys_are_stored() {
    let installation = Installation::start().await;
    let items = format!("{:?}", installation.items().await);
    assert!(items.contains("digest") && !items.contains("demo-key"), "{items}");
    assert!(!items.contains(&STANDARD.encode("demo-key")));
}

#[tokio::test]
async fn credentials_that_are_missing_malformed_or_doubled_are_401_without_a_look_at_the_storage() {
    let installation = open_installation().await;
    let good = basic(b"demo:demo-key");
    let long_key = basic(&[b"demo:".as_slice(), &[b'x'; 256]].concat());
    let bad_basics = [
        basic(b"demo"),
        basic(b"demo:"),
        basic(b":demo-key"),
        basic(b"other:demo-key"),
        basic(b"DEMO:demo-key"),
        basic(b"demo :demo-key"),
        basic(b"demo:demo key"),
        basic(b"demo:demo-key\n"),
        basic(b"demo:demo\x07key"),
        basic(b"demo:\xff\xfe"),
        basic("demo:schlüssel".as_bytes()),
        long_key,
        good.trim_end_matches('=').to_owned(),
        good.replace("Basic ", "Basic"),
        // Strict Base64: bits behind the end of the text are zero.
        good.replace("ZQ==", "ZR=="),
        format!("{good} x"),
        format!("{good}, {good}"),
        format!("{good},Bearer x"),
        basic(b"demo:demo-key").replace('=', "-"),
    ];
    let others =
        ["", " ", "Basic", "Basic ", "Bearer", "Bearer ", "Digest x", "Token x", "x", "Basic !", "Bearer a, Bearer b"];
    for value in bad_basics.iter().map(String::as_str).chain(others) {
        if value == good {
            continue;
        }
        // The headers of Kii never stand in for a header that is wrong.
        let call = with_authorization(value).header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key");
        for gateway in Gateway::ALL {
            let answer = installation.refused_unread(&call.clone().through(gateway), 401, "UNAUTHORIZED").await;
            assert_eq!(answer.json().as_object().map(|body| body.len()), Some(2), "{value}: {answer:?}");
        }
    }
    let kii = |id: &str, key: &str| call().header("X-Kii-AppID", id).header("X-Kii-AppKey", key);
    for call in [
        call(),
        call().header("X-Kii-AppID", "demo"),
        call().header("X-Kii-AppKey", "demo-key"),
        kii("demo", ""),
        kii("", "demo-key"),
        kii("other", "demo-key"),
        kii("Demo", "demo-key"),
        kii("demo", "demo key"),
        kii("demo", "demo-key").header("X-Kii-AppID", "demo"),
        with_authorization(&good).header("Authorization", &good),
        with_authorization(&good).header("authorization", "Bearer x"),
    ] {
        for gateway in Gateway::ALL {
            installation.refused_unread(&call.clone().through(gateway), 401, "UNAUTHORIZED").await;
        }
    }
}

#[tokio::test]
async fn two_app_keys_in_kii_headers_are_401() {
    let installation = open_installation().await;
    for gateway in Gateway::ALL {
        let doubled = call()
            .through(gateway)
            .header("X-Kii-AppID", "demo")
            .header("X-Kii-AppKey", "demo-key")
            .header("X-Kii-AppKey", "demo-key");
        installation.refused(&doubled, 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn whatever_follows_bearer_is_judged_as_a_token() {
    let installation = open_installation().await;
    for value in ["Bearer x", "bearer x", "BEARER x", "Bearer  x", "Bearer a b", "Bearer .", "Bearer ..", "Bearer ="] {
        let answer = installation.refused(&with_authorization(value), 403, "WRONG_TOKEN").await;
        assert_eq!(answer.text("appID"), "demo");
    }
}

#[tokio::test]
async fn credentials_of_one_app_never_work_on_another() {
    let installation = open_installation().await;
    installation.put_app(app("other")).await;
    installation.put_bucket("other", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    let call = || Call::create("other", "notes");
    installation.refused_unread(&call().basic("demo", "demo-key"), 401, "UNAUTHORIZED").await;
    installation.refused(&call().basic("other", "demo-key"), 401, "UNAUTHORIZED").await;
    let kii = call().header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key");
    installation.refused_unread(&kii, 401, "UNAUTHORIZED").await;
    // Both apps trust the issuer; the token is made out to one of them.
    for token in [callers::user("alice"), callers::administrator("operator")] {
        let answer = installation.refused(&call().bearer(&token), 403, "WRONG_TOKEN").await;
        assert_eq!(answer.text("appID"), "other");
    }
    installation.created(&call().bearer(&callers::token(json!({"aud": "other"})))).await;
}

#[tokio::test]
async fn an_app_that_is_missing_is_404_and_one_that_is_switched_off_403_whoever_asks() {
    let installation = Installation::start().await;
    installation.put_app(App { disabled: true, ..app("closed") }).await;
    for (id, status, code) in [("nowhere", 404, "APP_NOT_FOUND"), ("closed", 403, "APP_DISABLED")] {
        let key = format!("{id}-key");
        let call = || Call::create(id, "notes");
        for call in [
            call().basic(id, &key),
            call().basic(id, "wrong"),
            call().header("X-Kii-AppID", id).header("X-Kii-AppKey", &key),
            call().bearer(&callers::token(json!({"aud": id, "role": "admin"}))),
            call().bearer("x"),
            Call::create(&format!("{id}/users/me"), "notes").basic(id, &key),
        ] {
            let answer = installation.refused(&call, status, code).await;
            assert_eq!(answer.text("appID"), id);
        }
    }
}

#[tokio::test]
async fn a_caller_who_may_not_is_401_and_told_who_it_is() {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "locked", json!({})).await;
    installation.put_scope_acl("demo/groups/crew", json!({})).await;
    for (scope, bucket) in [
        ("demo", "locked"),
        ("demo/users/somebody", "notes"),
        ("demo/groups/crew", "notes"),
        ("demo/things/t", "notes"),
    ] {
        let call = || Call::create(scope, bucket);
        for (call, principal) in [
            (call().basic("demo", "demo-key"), "ANONYMOUS_USER"),
            (call().bearer(&callers::member("alice", &["crew"])), "alice"),
            (call().bearer(&callers::thing("sensor-1")), "sensor-1"),
        ] {
            let answer = installation.refused(&call, 401, "UNAUTHORIZED").await;
            assert_eq!(answer.text("authenticatedAppID"), "demo");
            assert_eq!(answer.text("authenticatedPrincipalID"), principal);
        }
        installation.created(&call().bearer(&callers::administrator("operator"))).await;
    }
}
