//! How long tokens are good.

use std::time::Duration;

use pail::model::app::App;
use pail_testing::{Clock, Installation, NOW, callers};
use serde_json::{Value, json};

use super::stage::*;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

fn of_client(expires_at: Value) -> pail_testing::Call {
    request(json!({"client_id": "backend", "client_secret": SECRET, "expiresAt": expires_at}))
}

async fn lifetime(installation: &Installation, call: &pail_testing::Call) -> u64 {
    issued(installation, call).await.json()["expires_in"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_token_is_good_for_24_hours_or_until_the_time_asked_for_to_the_second() {
    let (installation, clock) = installation_with_clock().await;
    for (expires_at, seconds) in [
        (json!(null), DAY),
        (json!(NOW + 5_000), 5),
        (json!(NOW + 5_999), 6),
        (json!((NOW + 60_000) as f64), 60),
        (json!(NOW + 29 * DAY * 1000), 29 * DAY),
    ] {
        let answer = issued(&installation, &of_client(expires_at)).await;
        assert_eq!(answer.json()["expires_in"], seconds);
        let token = answer.text("access_token");
        let end = (NOW / 1000 + seconds) * 1000;
        clock.set(end - 1);
        assert!(owner(&installation, &token).await.is_some());
        clock.set(end);
        assert_eq!(owner(&installation, &token).await, None);
        clock.set(NOW);
    }
}

#[tokio::test]
async fn what_is_too_far_ahead_is_cut_to_the_longest_lifetime() {
    for (maximum, longest, default) in
        [(None, 30 * DAY, DAY), (Some(HOUR), HOUR, HOUR), (Some(u64::MAX), 3650 * DAY, DAY)]
    {
        let installation = Installation::new(Clock::new().system(), |settings| {
            if let Some(maximum) = maximum {
                settings.token_rules.maximum_lifetime = Duration::from_secs(maximum);
            }
        });
        let installation = installation.await;
        installation.put_app(demo()).await;
        for far in [json!(NOW + 4000 * DAY * 1000), json!(u64::MAX), json!(1e30), json!(1e300)] {
            assert_eq!(lifetime(&installation, &of_client(far)).await, longest);
        }
        assert_eq!(lifetime(&installation, &of_backend()).await, default);
        let form = format!("client_id=backend&client_secret={SECRET}&expiresAt=");
        for far in ["99999999999999999999999999", &u64::MAX.to_string()] {
            let call = as_form(post("/api/apps/demo/oauth2/token"), &format!("{form}{far}"));
            assert_eq!(lifetime(&installation, &call).await, longest);
        }
    }
}

#[tokio::test]
async fn a_time_in_the_past_or_of_another_type_is_refused() {
    let installation = installation().await;
    for bad in [
        json!(0),
        json!(NOW - 1),
        json!(NOW),
        json!(-1),
        json!(-1e300),
        json!((NOW + 5_000).to_string()),
        json!("soon"),
        json!(true),
        json!([NOW + 5_000]),
        json!({}),
    ] {
        refused(&installation, &of_client(bad), 400, "invalid_request").await;
    }
    let form = format!("client_id=backend&client_secret={SECRET}&expiresAt=");
    for bad in ["0", "1", "-1", "+1790000100000", "1.79e12", "soon", "%201790000100000", "0x10"] {
        let call = as_form(post("/api/apps/demo/oauth2/token"), &format!("{form}{bad}"));
        refused(&installation, &call, 400, "invalid_request").await;
    }
    let call = as_form(post("/api/apps/demo/oauth2/token"), &format!("{form}{}", NOW + 5_000));
    assert_eq!(lifetime(&installation, &call).await, 5);
}

#[tokio::test]
async fn an_exchanged_token_never_outlives_its_subject_token() {
    let (installation, clock) = installation_with_clock().await;
    // Signed tokens of the tests live for an hour.
    for (expires_at, seconds) in [(json!(null), HOUR), (json!(NOW + 60_000), 60), (json!(NOW + 10 * DAY * 1000), HOUR)]
    {
        let call = exchange(&callers::user("alice"), json!({"expiresAt": expires_at}));
        assert_eq!(lifetime(&installation, &call).await, seconds);
        // Nor does the one after that.
        let short = token(&installation, &call).await;
        assert_eq!(
            lifetime(&installation, &exchange(&short, json!({"expiresAt": NOW + 10 * DAY * 1000}))).await,
            seconds
        );
    }
    let fraction = callers::token(json!({"exp": callers::now() as f64 + 10.7}));
    assert_eq!(lifetime(&installation, &exchange(&fraction, json!({}))).await, 10);
    // A signed token has a leeway of a minute after its end, in which there is nothing left to exchange.
    let subject = callers::user("alice");
    clock.set(NOW + HOUR * 1000);
    assert!(owner(&installation, &subject).await.is_some());
    refused(&installation, &exchange(&subject, json!({})), 400, "invalid_request").await;
}

#[tokio::test]
async fn an_expired_token_is_refused_though_its_item_is_still_there() {
    let (installation, clock) = installation_with_clock().await;
    let token = token(&installation, &of_backend()).await;
    clock.set(NOW + DAY * 1000);
    assert!(stored(&installation, &token).await.is_some());
    assert_eq!(owner(&installation, &token).await, None);
    refused(&installation, &exchange(&token, json!({})), 400, "invalid_request").await;
    installation.put_app(App { disabled: true, ..demo() }).await;
    let call = pail_testing::Call::create("demo", "notes").bearer(&token);
    installation.refused(&call, 403, "APP_DISABLED").await;
}
