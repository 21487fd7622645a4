//! What ends tokens besides time and revocation: the loss of what they rest on.

use std::time::Duration;

use pail::model::app::App;
use pail_testing::{Clock, Installation, NOW, app_key, callers};
use serde_json::json;

use super::stage::*;

/// Tokens by what they rest on: the client, the key, the issuer.
async fn tokens(installation: &Installation) -> [String; 3] {
    let anonymous = request(json!({"client_id": "demo", "client_secret": "demo-key"}));
    [
        token(installation, &of_backend()).await,
        token(installation, &anonymous).await,
        token(installation, &exchange(&callers::user("alice"), json!({}))).await,
    ]
}

/// Whether each of them is good.
async fn good(installation: &Installation, tokens: &[String; 3]) -> [bool; 3] {
    let mut good = [false; 3];
    for (token, good) in tokens.iter().zip(&mut good) {
        let answer = installation.answer(&exchange(token, json!({}))).await;
        *good = answer.status == 200;
    }
    good
}

#[tokio::test]
async fn a_token_ends_with_its_client_its_key_or_its_issuer_and_with_no_other() {
    let installation = installation().await;
    let tokens = tokens(&installation).await;
    let others = [client("backend-2", SECRET), client("a/b 1", CLIENTS[1].1)];
    let new_secret = client("backend", "another-secret-0123456789abcdefghijklmn");
    for (app, expected) in [
        (demo(), [true, true, true]),
        (App { clients: others.into(), ..demo() }, [false, true, true]),
        // With a new secret it is another client.
        (App { clients: vec![new_secret], ..demo() }, [false, true, true]),
        (App { keys: vec![app_key("another-key")], ..demo() }, [true, false, true]),
        (App { issuers: vec![callers::issuer_with("https://other.test", &[])], ..demo() }, [true, true, false]),
        // The keys of the issuer may change.
        (App { issuers: vec![callers::issuer_with(callers::ISSUER, &[])], ..demo() }, [true, true, true]),
        (App { clients: Vec::new(), keys: Vec::new(), issuers: Vec::new(), ..demo() }, [false, false, false]),
        (demo(), [true, true, true]),
    ] {
        installation.put_app(app).await;
        assert_eq!(good(&installation, &tokens).await, expected);
    }
}

#[tokio::test]
async fn an_end_takes_effect_at_once_or_after_as_long_as_apps_are_cached() {
    for keep in [0, 5] {
        let clock = Clock::new();
        let installation =
            Installation::new(clock.system(), |settings| settings.keep = Duration::from_secs(keep)).await;
        installation.put_app(demo()).await;
        let token = token(&installation, &of_backend()).await;
        assert!(owner(&installation, &token).await.is_some());
        installation.put_app(App { clients: Vec::new(), ..demo() }).await;
        assert_eq!(owner(&installation, &token).await.is_some(), keep > 0);
        clock.set(NOW + keep * 1000);
        assert_eq!(owner(&installation, &token).await, None);
    }
}

#[tokio::test]
async fn a_revocation_takes_effect_at_once_even_where_apps_are_cached() {
    let installation = Installation::with(|settings| settings.keep = Duration::from_secs(5)).await;
    installation.put_app(demo()).await;
    let token = token(&installation, &of_backend()).await;
    for _ in 0..2 {
        assert!(owner(&installation, &token).await.is_some());
    }
    assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
    assert_eq!(owner(&installation, &token).await, None);
}

#[tokio::test]
async fn a_client_that_was_just_added_gets_a_token_even_where_the_app_is_cached() {
    let installation = Installation::with(|settings| settings.keep = Duration::from_secs(5)).await;
    refused(&installation, &of_backend(), 400, "invalid_grant").await;
    installation.put_app(demo()).await;
    issued(&installation, &of_backend()).await;
}

#[tokio::test]
async fn an_item_without_clients_reads_as_none() {
    let installation = installation().await;
    let key = json!({"app_id": {"S": "demo"}});
    let mut item = installation.get("apps", &key).await.expect("the app");
    item.as_object_mut().expect("an item").remove("clients");
    installation.put_item("apps", &item).await;
    refused(&installation, &of_backend(), 400, "invalid_grant").await;
    assert!(owner(&installation, &callers::user("alice")).await.is_some());
}
