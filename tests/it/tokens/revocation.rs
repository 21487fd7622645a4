//! Revocation (RFC 7009).

use pail::model::app::App;
use pail_testing::{Call, NOW, app, callers};
use serde_json::json;

use super::stage::*;

#[tokio::test]
async fn whoever_holds_a_token_may_revoke_it() {
    let installation = installation().await;
    let url = || post("/api/apps/demo/oauth2/revoke");
    let forms: [fn(Call, &str) -> Call; 5] = [
        |call, token| as_json(call, json!({"token": token})),
        |call, token| {
            as_json(call, json!({"token": token, "token_type_hint": "refresh_token"})).basic("nobody", "wrong")
        },
        |call, token| as_form(call, &format!("token={token}")),
        |call, token| as_json(call, json!({"token": token})).without("content-type"),
        |call, token| as_form(call, &format!("token={token}&token_type_hint=access_token")).bearer(token),
    ];
    for revoke in forms {
        for subject in [callers::user("alice"), callers::administrator("root")] {
            let token = token(&installation, &exchange(&subject, json!({}))).await;
            let kept = stage_token(&installation, &subject).await;
            assert!(owner(&installation, &token).await.is_some());
            let answer = installation.answer(&revoke(url(), &token)).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
            assert_eq!(owner(&installation, &token).await, None);
            assert!(owner(&installation, &kept).await.is_some(), "another token of the same caller stays");
            let item = stored(&installation, &token).await.expect("its item");
            assert_eq!(item["revoked"]["N"], NOW.to_string());
            let expires: u64 = item["expires"]["N"].as_str().expect("a number").parse().expect("a number");
            assert!(expires >= NOW / 1000 + 16 * 60, "{item}");
        }
    }
}

async fn stage_token(installation: &pail_testing::Installation, subject: &str) -> String {
    token(installation, &exchange(subject, json!({}))).await
}

#[tokio::test]
async fn a_token_that_does_not_exist_is_revoked_without_a_write() {
    let installation = installation().await;
    installation.put_app(app("other")).await;
    let token = token(&installation, &of_backend()).await;
    let elsewhere = as_json(post("/api/apps/other/oauth2/revoke"), json!({"token": token}));
    let unknown = format!("pail_{}", "x".repeat(43));
    for call in [elsewhere, revocation(&unknown), revocation("x"), revocation("a.b"), revocation(&"x".repeat(10_000))] {
        let writes = installation.wire.writes();
        let answer = installation.answer(&call).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"), "{call:?}");
        assert_eq!(installation.wire.writes(), writes, "{call:?}");
    }
    assert!(owner(&installation, &token).await.is_some());
    // And a second time.
    for _ in 0..2 {
        assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
        assert_eq!(owner(&installation, &token).await, None);
    }
}

#[tokio::test]
async fn a_signed_token_cannot_be_revoked_and_a_missing_one_is_an_error() {
    let installation = installation().await;
    for token in [callers::user("alice"), callers::token(json!({"exp": 1})), "a.b.c".to_owned()] {
        refused(&installation, &revocation(&token), 400, "unsupported_token_type").await;
    }
    let url = || post("/api/apps/demo/oauth2/revoke");
    for call in
        [url(), as_json(url(), json!({})), as_json(url(), json!({"token": ""})), as_json(url(), json!({"token": 1}))]
    {
        refused(&installation, &call, 400, "invalid_request").await;
    }
    let token = format!("pail_{}", "x".repeat(43));
    let twice = as_form(url(), &format!("token={token}&token={token}"));
    refused(&installation, &twice, 400, "invalid_request").await;
}

#[tokio::test]
async fn an_unknown_or_disabled_app_revokes_nothing() {
    let installation = installation().await;
    let token = token(&installation, &of_backend()).await;
    let nowhere = as_json(post("/api/apps/nowhere/oauth2/revoke"), json!({"token": token}));
    installation.refused(&nowhere, 404, "APP_NOT_FOUND").await;
    installation.put_app(App { disabled: true, ..demo() }).await;
    installation.refused(&revocation(&token), 403, "APP_DISABLED").await;
    installation.put_app(demo()).await;
    assert!(owner(&installation, &token).await.is_some());
}
