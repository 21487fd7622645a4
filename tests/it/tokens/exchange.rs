//! Tokens in exchange for others.

use pail::model::app::App;
use pail_testing::{Call, app, callers};
use serde_json::json;

use super::stage::*;

#[tokio::test]
async fn an_exchanged_token_is_of_the_same_caller() {
    let installation = installation().await;
    for (subject, id, owner_of_objects) in [
        (callers::user("alice"), "alice", "UserID:alice"),
        (callers::thing("lamp"), "lamp", "ThingID:lamp"),
        (callers::administrator("root"), "root", "AdminID:root"),
        (token(&installation, &of_backend()).await, "backend", "AdminID:client-backend"),
    ] {
        let answer = issued(&installation, &exchange(&subject, json!({}))).await;
        assert_eq!(answer.text("id"), id);
        assert_eq!(answer.text("issued_token_type"), "urn:ietf:params:oauth:token-type:access_token");
        let short = answer.text("access_token");
        assert_eq!(owner(&installation, &short).await.as_deref(), Some(owner_of_objects));
        // And once more.
        let again = token(&installation, &exchange(&short, json!({}))).await;
        assert_ne!(again, short);
        assert_eq!(owner(&installation, &again).await.as_deref(), Some(owner_of_objects));
    }
    let anonymous = token(&installation, &request(json!({"client_id": "demo", "client_secret": "demo-key"}))).await;
    assert_eq!(issued(&installation, &exchange(&anonymous, json!({}))).await.text("id"), "demo");
}

#[tokio::test]
async fn an_exchanged_token_holds_the_groups_of_the_one_before() {
    let installation = installation().await;
    let subject = callers::member("alice", &["crew", "crew", "staff"]);
    let short = token(&installation, &exchange(&subject, json!({}))).await;
    let again = token(&installation, &exchange(&short, json!({}))).await;
    for token in [&short, &again] {
        installation.created(&Call::create("demo/groups/crew", "notes").bearer(token)).await;
        installation.created(&Call::create("demo/groups/staff", "notes").bearer(token)).await;
        installation.refused(&Call::create("demo/groups/other", "notes").bearer(token), 401, "UNAUTHORIZED").await;
        installation.created(&Call::create("demo/users/me", "notes").bearer(token)).await;
    }
}

#[tokio::test]
async fn the_parameters_of_an_exchange_are_those_of_rfc_8693() {
    let installation = installation().await;
    let subject = callers::user("alice");
    for further in [
        json!({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}),
        json!({"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}),
        json!({"requested_token_type": "urn:ietf:params:oauth:token-type:access_token"}),
        json!({"scope": "x", "audience": "x", "resource": "https://x"}),
        // A client beside it is not judged.
        json!({"client_id": "nobody", "client_secret": "wrong"}),
    ] {
        issued(&installation, &exchange(&subject, further)).await;
    }
    issued(&installation, &exchange(&subject, json!({})).basic("demo", "wrong")).await;
    let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token={subject}");
    issued(&installation, &as_form(post("/api/oauth2/token").header("X-Kii-AppID", "demo"), &form)).await;
    for further in [
        json!({"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}),
        json!({"actor_token": "x"}),
        json!({"subject_token": ""}),
        json!({"subject_token": null}),
        json!({"subject_token": 1}),
    ] {
        refused(&installation, &exchange(&subject, further), 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn a_bad_subject_token_is_refused_in_the_same_way_whatever_is_wrong() {
    let installation = installation().await;
    installation.put_app(App { clients: vec![client("backend", SECRET)], ..app("other") }).await;
    let of_other = request_for("other", json!({"client_id": "backend", "client_secret": SECRET}));
    let of_other = token(&installation, &of_other).await;
    let revoked = token(&installation, &of_backend()).await;
    assert_eq!(installation.answer(&revocation(&revoked)).await.status, 200);
    let first = refused(&installation, &exchange("x", json!({})), 400, "invalid_request").await;
    for bad in [
        callers::token(json!({"exp": callers::now() - 3600})),
        callers::token(json!({"aud": "other"})),
        callers::token(json!({"iss": "https://other.test"})),
        callers::token(json!({"exp": callers::now() + 365 * 24 * 60 * 60})),
        format!("{}x", callers::user("alice")),
        format!("pail_{}", "x".repeat(43)),
        of_other,
        revoked,
    ] {
        assert_eq!(refused(&installation, &exchange(&bad, json!({})), 400, "invalid_request").await, first, "{bad}");
    }
}
