//! Opaque tokens that are refused: each like every other wrong token, so that the answer does not say why.

use serde_json::json;

use super::signers::{call, is_wrong, owner};
use pail_testing::{Call, Clock, Installation, NOW, Random, app, callers};

/// An opaque token of the user `alice`, which expires in an hour.
async fn short(installation: &Installation, app: &str) -> String {
    let subject = callers::token(json!({"aud": app}));
    let parameters = json!({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": subject});
    let path = format!("/api/apps/{app}/oauth2/token");
    let answer = installation.answer(&Call::create(app, "notes").path(&path).body(parameters.to_string())).await;
    answer.text("access_token")
}

async fn revoke(installation: &Installation, token: &str) {
    let path = "/api/apps/demo/oauth2/revoke";
    let call = Call::create("demo", "notes").path(path).body(json!({"token": token}).to_string());
    assert_eq!(installation.answer(&call).await.status, 200);
}

#[tokio::test]
async fn what_differs_in_one_character_from_a_good_token_is_refused() {
    let installation = Installation::start().await;
    let token = short(&installation, "demo").await;
    for place in 0..token.len() {
        for other in ["A", "B"] {
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            if changed != token {
                is_wrong(&installation, &changed).await;
            }
        }
    }
    assert_eq!(owner(&installation, &token).await, "UserID:alice");
}

#[tokio::test]
async fn a_token_that_is_cut_longer_or_in_another_case_is_refused() {
    let installation = Installation::start().await;
    let token = short(&installation, "demo").await;
    for length in 1..token.len() {
        is_wrong(&installation, &token[..length]).await;
        is_wrong(&installation, &token[length..]).await;
    }
    let other_case: String = token
        .chars()
        .map(
            |letter| {
                if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
            },
        )
        .collect();
    for bad in [
        token.to_uppercase(),
        token.to_lowercase(),
        other_case.clone(),
        format!("pail_{}", &other_case[5..]),
        format!("PAIL_{}", &token[5..]),
        format!("{token}="),
        format!("{token}A"),
        format!("{token}.{token}"),
        format!("{token}{token}"),
        format!("\"{token}\""),
        format!("Bearer {token}"),
        token.replace('_', "%5F"),
        format!("{token}\u{e4}"),
        format!("{token}\0"),
    ] {
        is_wrong(&installation, &bad).await;
    }
    assert_eq!(owner(&installation, &token).await, "UserID:alice");
}

#[tokio::test]
async fn of_a_thousand_random_tokens_none_is_good_and_each_costs_one_read() {
    let installation = Installation::start().await;
    short(&installation, "demo").await;
    let mut random = Random::seeded();
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain("-_".chars()).collect();
    for _ in 0..1000 {
        let text: String = (0..43).map(|_| *random.pick(&letters)).collect();
        let calls = installation.wire.calls();
        is_wrong(&installation, &format!("pail_{text}")).await;
        assert_eq!(installation.wire.calls(), calls + 1);
    }
}

#[tokio::test]
async fn a_token_that_has_expired_or_was_revoked_is_refused_on_every_path() {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put_app(app("demo")).await;
    let (expiring, revoked) = (short(&installation, "demo").await, short(&installation, "demo").await);
    for token in [&expiring, &revoked] {
        assert_eq!(owner(&installation, token).await, "UserID:alice");
    }
    revoke(&installation, &revoked).await;
    clock.set((NOW / 1000 + 3600) * 1000 - 1);
    assert_eq!(owner(&installation, &expiring).await, "UserID:alice");
    clock.set((NOW / 1000 + 3600) * 1000);
    for token in [&expiring, &revoked] {
        is_wrong(&installation, token).await;
        for scope in ["demo", "demo/users/alice", "demo/users/me", "demo/groups/crew", "demo/things/alice"] {
            for method in ["GET", "PUT", "PATCH", "DELETE"] {
                let call = Call::object(method, scope, "notes", "the-object").bearer(token).body("{}");
                installation.refused(&call, 403, "WRONG_TOKEN").await;
            }
            installation.refused(&Call::create(scope, "notes").bearer(token), 403, "WRONG_TOKEN").await;
        }
    }
}

#[tokio::test]
async fn the_scheme_of_an_opaque_token_is_bearer_alone() {
    let installation = Installation::start().await;
    let token = short(&installation, "demo").await;
    for scheme in ["bearer", "BEARER", "Bearer "] {
        let call = call("x").without("authorization").header("Authorization", &format!("{scheme} {token}"));
        assert_eq!(installation.answer(&call).await.status, 201);
    }
    for value in [token.clone(), format!("Token {token}"), format!("Bearer{token}")] {
        let call = call("x").without("authorization").header("Authorization", &value);
        installation.refused_unread(&call, 401, "UNAUTHORIZED").await;
    }
    // It is no app key.
    installation.refused(&call("x").basic("demo", &token), 401, "UNAUTHORIZED").await;
}
