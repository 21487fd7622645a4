//! The limits of a token's times, to the second and, while the clock runs, to the millisecond (section 2).

use std::time::Duration;

use serde_json::json;

use super::signers::{is_wrong, owner};
use pail_testing::callers::{self, now};
use pail_testing::{Clock, Installation, app};

const MONTH: u64 = 30 * 24 * 60 * 60;

#[tokio::test]
async fn times_are_checked_with_a_leeway_of_a_minute() {
    let installation = Installation::start().await;
    let now = now();
    for good in [
        json!({"exp": now - 59}),
        json!({"exp": now as f64 - 59.5}),
        json!({"nbf": now + 60}),
        json!({"iat": now + 60}),
        json!({"iat": now + 60, "nbf": now + 60, "exp": now - 59}),
        json!({"exp": now + MONTH}),
        json!({"exp": now + MONTH, "iat": "absent"}),
        json!({"exp": now + MONTH, "iat": now - MONTH}),
    ] {
        assert_eq!(owner(&installation, &callers::token(good)).await, "UserID:alice");
    }
    for bad in [
        json!({"exp": now - 60}),
        json!({"exp": now - 61}),
        json!({"nbf": now + 61}),
        json!({"nbf": now as f64 + 60.5}),
        json!({"iat": now + 61}),
        json!({"iat": now as f64 + 60.5}),
        json!({"exp": now + MONTH + 1}),
        json!({"exp": now as f64 + MONTH as f64 + 0.5}),
        json!({"exp": now + MONTH + 1, "iat": now + 30}),
        json!({"exp": now + MONTH + 1, "iat": now + 60, "nbf": now + 60}),
        json!({"exp": (now + 60).to_string()}),
        json!({"iat": "now"}),
    ] {
        is_wrong(&installation, &callers::token(bad)).await;
    }
}

#[tokio::test]
async fn the_longest_lifetime_is_configurable() {
    let hour = Duration::from_secs(3600);
    let installation = Installation::with(|settings| settings.token_rules.maximum_lifetime = hour).await;
    assert_eq!(owner(&installation, &callers::token(json!({"exp": now() + 3600}))).await, "UserID:alice");
    is_wrong(&installation, &callers::token(json!({"exp": now() + 3601}))).await;
}

#[tokio::test]
async fn a_token_is_accepted_from_its_first_millisecond_to_its_last() {
    let clock = Clock::new();
    let installation = Installation::without_app(clock.system()).await;
    installation.put_app(app("demo")).await;
    let time = now();
    for (claims, first, end) in [
        (json!({"exp": time, "iat": "absent"}), time - MONTH, time + 60),
        (json!({"exp": time + 7200, "nbf": time, "iat": "absent"}), time - 60, time + 7260),
        (json!({"exp": time + 7200, "iat": time}), time - 60, time + 7260),
        (json!({"exp": time + 2 * MONTH, "iat": time - MONTH}), time + MONTH, time + 2 * MONTH + 60),
    ] {
        let token = callers::token(claims.clone());
        for (moment, is_good) in
            [(first * 1000 - 1, false), (first * 1000, true), (end * 1000 - 1, true), (end * 1000, false)]
        {
            clock.set(moment);
            println!("{claims} at {moment}");
            if is_good {
                assert_eq!(owner(&installation, &token).await, "UserID:alice");
            } else {
                is_wrong(&installation, &token).await;
            }
        }
    }
}
