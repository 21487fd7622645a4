//! Tokens for devices: the administrator exchanges its own token for one of a thing or a user.

use pail::model::app::App;
use pail_testing::{Call, NOW, callers};
use serde_json::json;

use super::stage::*;

const YEAR: u64 = 365 * 24 * 60 * 60;

#[tokio::test]
async fn the_administrator_gets_a_token_of_a_thing_or_a_user_without_groups() {
    let installation = installation().await;
    let of_client = token(&installation, &of_backend()).await;
    for administrator in [of_client, callers::token(json!({"role": "admin", "groups": ["crew"]}))] {
        for (subject, id) in [("ThingID:lamp", "lamp"), ("UserID:alice", "alice")] {
            let answer = issued(&installation, &exchange(&administrator, json!({"requested_subject": subject}))).await;
            assert_eq!(answer.text("id"), id);
            assert_eq!(answer.json()["expires_in"], 24 * 60 * 60);
            let device = answer.text("access_token");
            assert_eq!(owner(&installation, &device).await.as_deref(), Some(subject));
            let item = stored(&installation, &device).await.expect("its item");
            assert_eq!((&item["bearer"]["S"], item.get("groups")), (&json!(subject), None));
            installation.refused(&Call::create("demo/groups/crew", "notes").bearer(&device), 401, "UNAUTHORIZED").await;
        }
    }
}

#[tokio::test]
async fn a_device_may_have_a_token_for_ten_years_and_no_longer() {
    let (installation, clock) = installation_with_clock().await;
    // The administrator's own token lives for an hour.
    let administrator = callers::administrator("root");
    for (years, expected) in [(5, 5), (10, 10), (11, 10)] {
        let further = json!({"requested_subject": "ThingID:lamp", "expiresAt": NOW + years * YEAR * 1000});
        let answer = issued(&installation, &exchange(&administrator, further)).await;
        assert_eq!(answer.json()["expires_in"], expected * YEAR);
        let device = answer.text("access_token");
        clock.set(NOW + expected * YEAR * 1000 - 1000);
        assert!(owner(&installation, &device).await.is_some());
        clock.set(NOW + expected * YEAR * 1000);
        assert_eq!(owner(&installation, &device).await, None);
        clock.set(NOW);
    }
}

#[tokio::test]
async fn nobody_else_gets_a_token_for_somebody_else() {
    let installation = installation().await;
    let anonymous = token(&installation, &request(json!({"client_id": "demo", "client_secret": "demo-key"}))).await;
    let device = exchange(&callers::administrator("root"), json!({"requested_subject": "UserID:alice"}));
    let device = token(&installation, &device).await;
    for bearer in [callers::user("alice"), callers::thing("lamp"), anonymous, device] {
        for subject in ["UserID:bob", "UserID:alice", "ThingID:lamp"] {
            let call = exchange(&bearer, json!({"requested_subject": subject}));
            refused(&installation, &call, 400, "invalid_request").await;
        }
    }
    let administrator = callers::administrator("root");
    for subject in [
        "GroupID:crew",
        "UserID:ANONYMOUS_USER",
        "UserID:ANY_AUTHENTICATED_USER",
        "UserID:",
        "alice",
        "AdminID:root",
        "UserID:me",
    ] {
        let call = exchange(&administrator, json!({"requested_subject": subject}));
        refused(&installation, &call, 400, "invalid_request").await;
    }
    // A client asks for it in two steps.
    let parameters = json!({"client_id": "backend", "client_secret": SECRET, "requested_subject": "ThingID:lamp"});
    refused(&installation, &request(parameters), 400, "invalid_request").await;
}

#[tokio::test]
async fn the_token_of_a_device_ends_with_what_the_administrator_came_from() {
    let installation = installation().await;
    let of_client = token(&installation, &of_backend()).await;
    let device = exchange(&of_client, json!({"requested_subject": "ThingID:lamp"}));
    let of_client = token(&installation, &device).await;
    let device = exchange(&callers::administrator("root"), json!({"requested_subject": "ThingID:lamp"}));
    let of_issuer = token(&installation, &device).await;
    installation.put_app(App { clients: Vec::new(), ..demo() }).await;
    assert_eq!(owner(&installation, &of_client).await, None);
    assert!(owner(&installation, &of_issuer).await.is_some());
    installation.put_app(App { issuers: Vec::new(), ..demo() }).await;
    assert!(owner(&installation, &of_client).await.is_some());
    assert_eq!(owner(&installation, &of_issuer).await, None);
}
