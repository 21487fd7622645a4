//! What a user is told about itself.

use pail::model::app::App;
use pail_testing::{Call, Gateway, app, callers};
use serde_json::json;

use super::stage::*;

fn me(app: &str) -> Call {
    post(&format!("/api/apps/{app}/users/me")).method("GET")
}

#[tokio::test]
async fn a_user_is_told_its_id_and_what_sdks_need() {
    let installation = installation().await;
    let signed = callers::user("alice");
    let short = token(&installation, &exchange(&signed, json!({}))).await;
    for token in [signed, short] {
        for gateway in Gateway::ALL {
            // Kii's JavaScript SDK sends a content type, and no body.
            let call = me("demo").bearer(&token).content_type("application/json").through(gateway);
            let answer = installation.answer(&call).await;
            assert_eq!(answer.body, r#"{"userID":"alice","_hasPassword":true,"_disabled":false}"#);
            assert_eq!(
                answer.header("content-type"),
                "application/vnd.kii.UserDataRetrievalResponse+json;charset=UTF-8"
            );
            let head = installation.answer(&call.method("HEAD")).await;
            assert_eq!((head.status, head.body.as_str()), (200, ""));
        }
    }
    installation.wire.take_operations();
    installation.answer(&me("demo").bearer(&callers::user("alice"))).await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem"]);
}

#[tokio::test]
async fn whoever_is_no_user_is_told_nothing() {
    let installation = installation().await;
    installation.put_app(App { disabled: true, ..app("closed") }).await;
    let of_client = token(&installation, &of_backend()).await;
    let anonymous = token(&installation, &request(json!({"client_id": "demo", "client_secret": "demo-key"}))).await;
    for bearer in [callers::thing("lamp"), callers::administrator("root"), of_client, anonymous] {
        let answer = installation.refused(&me("demo").bearer(&bearer), 401, "UNAUTHORIZED").await;
        assert_eq!(answer.text("authenticatedAppID"), "demo");
        installation.refused(&me("demo").bearer(&bearer).method("HEAD"), 401, "UNAUTHORIZED").await;
    }
    installation.refused(&me("demo").basic("demo", "demo-key"), 401, "UNAUTHORIZED").await;
    installation.refused(&me("demo").basic("demo", "wrong"), 401, "UNAUTHORIZED").await;
    installation.refused_unread(&me("demo"), 401, "UNAUTHORIZED").await;
    for bad in ["x".to_owned(), callers::token(json!({"aud": "other"})), format!("pail_{}", "x".repeat(43))] {
        installation.refused(&me("demo").bearer(&bad), 403, "WRONG_TOKEN").await;
        installation.refused(&me("nowhere").bearer(&bad), 404, "APP_NOT_FOUND").await;
        installation.refused(&me("closed").bearer(&bad), 403, "APP_DISABLED").await;
    }
}

#[tokio::test]
async fn the_resource_is_me_alone_and_takes_get_alone() {
    let installation = installation().await;
    let alice = callers::user("alice");
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        installation.refused_unread(&me("demo").method(method).bearer(&alice), 405, "METHOD_NOT_ALLOWED").await;
    }
    for path in ["/api/apps/demo/users/alice", "/api/apps/demo/users/me/", "/api/apps/demo/things/me"] {
        installation.refused_unread(&me("demo").path(path).bearer(&alice), 404, "NOT_FOUND").await;
    }
    assert_eq!(installation.answer(&me("demo").method("OPTIONS")).await.status, 204);
    installation.refused_unread(&me("no%20app").bearer(&alice), 400, "INVALID_INPUT_DATA").await;
}
