//! Authentication of callers (section 2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pail::model::app::App;
use serde_json::json;

use pail_testing::{Call, Gateway, Installation, app, app_key, callers};

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
            // `Authorization` takes precedence.
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
async fn every_key_of_an_app_is_accepted_and_a_key_may_contain_colons() {
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
async fn any_text_after_bearer_is_treated_as_a_token() {
    let installation = open_installation().await;
    for value in ["Bearer x", "bearer x", "BEARER x", "Bearer  x", "Bearer a b", "Bearer .", "Bearer ..", "Bearer ="] {
        let answer = installation.refused(&with_authorization(value), 403, "WRONG_TOKEN").await;
        assert_eq!(answer.text("appID"), "demo");
    }
}

#[tokio::test]
async fn a_missing_app_is_404_and_a_disabled_app_403_for_every_caller() {
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
async fn a_caller_without_the_right_is_401_and_the_answer_names_its_principal() {
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
