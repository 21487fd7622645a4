//! Issuing and revoking while DynamoDB fails (protocol: opaque tokens).

use std::time::Duration;

use pail_testing::{Act, Installation, NOW};
use serde_json::{Value, json};

use super::stage::*;

/// What can happen to an attempt, and whether it took effect.
fn acts() -> [(fn() -> Act, bool); 7] {
    [
        (|| Act::Refuse, false),
        (|| Act::Cut, false),
        (|| Act::LoseReply, true),
        (|| Act::error("InternalServerError"), false),
        (|| Act::error("ThrottlingException"), false),
        (|| Act::Hang, false),
        (|| Act::HangAfter, true),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_token_is_issued_once_whatever_happens_to_the_first_attempts() {
    for (act, _) in acts() {
        for times in 1..=3 {
            let installation = installation().await;
            installation.wire.plan("PutItem", (0..times).map(|_| act()));
            let token = token(&installation, &of_backend()).await;
            assert_eq!(stored_tokens(&installation).await.len(), 1);
            assert!(owner(&installation, &token).await.is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_be_stored_is_not_given_away() {
    for (act, takes_effect) in acts() {
        let installation = installation().await;
        installation.wire.always("PutItem", act);
        let answer = installation.answer(&of_backend()).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (503, "TEMPORARY_UNAVAILABLE_ERROR"));
        assert!(!answer.body.contains("pail_"), "{answer:?}");
        // One that was stored is known to nobody, and expires.
        assert_eq!(stored_tokens(&installation).await.len(), usize::from(takes_effect));
        installation.wire.forget_plans();
        issued(&installation, &of_backend()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_issues_and_revokes_nothing() {
    let installation = installation().await;
    let token = token(&installation, &of_backend()).await;
    let before = installation.items().await;
    for (act, _) in acts() {
        installation.wire.always("BatchGetItem", act);
        for call in [of_backend(), exchange(&token, json!({})), revocation(&token)] {
            installation.refused(&call, 503, "TEMPORARY_UNAVAILABLE_ERROR").await;
        }
        installation.wire.forget_plans();
    }
    assert_eq!(installation.items().await, before);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_was_answered_holds_and_one_that_failed_can_be_sent_again() {
    for (act, takes_effect) in acts() {
        for times in 1..=4 {
            let installation = installation().await;
            let token = token(&installation, &of_backend()).await;
            installation.wire.plan("UpdateItem", (0..times).map(|_| act()));
            let answer = installation.answer(&revocation(&token)).await;
            assert_eq!(answer.status, if times < 4 { 200 } else { 503 }, "{answer:?}");
            assert_eq!(owner(&installation, &token).await.is_none(), times < 4 || takes_effect);
            assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
            assert_eq!(owner(&installation, &token).await, None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_attempt_of_the_put_does_not_bring_a_revoked_token_back() {
    let installation = installation().await;
    // The first attempt is on its way when the second one is answered.
    installation.wire.plan("PutItem", [Act::Hold]);
    let token = token(&installation, &of_backend()).await;
    assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
    let revoked = stored(&installation, &token).await.expect("the item");
    installation.wire.forget_plans();
    deliver_late(&installation).await;
    assert_eq!(stored(&installation, &token).await, Some(revoked));
    assert_eq!(owner(&installation, &token).await, None);
}

#[tokio::test]
async fn a_revocation_makes_no_item_of_a_token_that_dynamodb_has_removed_meanwhile() {
    let installation = installation().await;
    let token = token(&installation, &of_backend()).await;
    let (direct, key) = (installation.direct(), json!({"pk": {"S": partition("demo", &token)}, "sk": {"S": "token"}}));
    installation.wire.plan("UpdateItem", [Act::after(move || async move { direct.delete("objects", &key).await })]);
    assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
    assert_eq!(stored(&installation, &token).await, None);
    assert_eq!(owner(&installation, &token).await, None);
}

/// Lets the held calls arrive. DynamoDB refuses a put whose condition fails.
async fn deliver_late(installation: &Installation) {
    tokio::time::advance(Duration::from_secs(15 * 60)).await;
    installation.wire.deliver_held().await;
}

#[tokio::test]
async fn the_item_of_a_revoked_token_outlives_the_latest_attempt_of_its_put() {
    let installation = installation().await;
    // The token is about to expire.
    let parameters = json!({"client_id": "backend", "client_secret": SECRET, "expiresAt": NOW + 2_000});
    let token = token(&installation, &request(parameters)).await;
    assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
    let item = stored(&installation, &token).await.expect("the item");
    assert_eq!(item["expires"]["N"], (NOW / 1000 + 3600).to_string());
}

#[tokio::test]
async fn a_token_whose_item_cannot_be_read_is_a_fault_that_names_the_item() {
    let installation = installation().await;
    let token = token(&installation, &of_backend()).await;
    let good = stored(&installation, &token).await.expect("the item");
    for (attribute, value) in [
        ("bearer", json!({"S": "GroupID:crew"})),
        ("bearer", json!({"S": "operator"})),
        ("bearer", Value::Null),
        ("expires", json!({"S": "soon"})),
        ("created", Value::Null),
        ("client", json!({"S": ""})),
        ("client_digest", json!({"B": "AAAA"})),
        ("client", Value::Null),
        ("groups", json!({"L": [{"N": "1"}]})),
    ] {
        let mut bad = good.clone();
        if value.is_null() {
            bad.as_object_mut().expect("an item").remove(attribute);
        } else {
            bad[attribute] = value;
        }
        installation.put(bad).await;
        let log = pail_testing::log::Log::collect();
        for path in [
            "/api/apps/demo/users/me",
            "/api/apps/demo/buckets/notes/objects/o1",
            "/api/apps/demo/users/me/buckets/b1/objects/o1",
        ] {
            let call = post(path).method("GET").bearer(&token);
            installation.refused(&call, 500, "UNDEFINED_ERROR").await;
            assert!(log.take().contains(&partition("demo", &token)), "{attribute}");
        }
        installation.refused(&exchange(&token, json!({})), 500, "UNDEFINED_ERROR").await;
        // It can be revoked nevertheless.
        assert_eq!(installation.answer(&revocation(&token)).await.status, 200);
        let revoked = stored(&installation, &token).await.expect("the item");
        assert_eq!(revoked["revoked"]["N"], NOW.to_string(), "{attribute}");
    }
}
