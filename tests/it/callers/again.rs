//! Tokens that are sent repeatedly to one execution environment. It may only cache that their signatures are valid.

use pail::model::app::App;
use serde_json::json;

use super::signers::{SIGNERS, is_wrong, owner, trusting, trusting_keys};
use pail_testing::callers::{self, ISSUER, issuer_with, now};
use pail_testing::{Clock, Installation, NOW, app};

#[tokio::test]
async fn a_repeated_token_is_accepted_only_within_its_times() {
    for signer in SIGNERS.iter() {
        let clock = Clock::new();
        let installation = Installation::new(clock.system(), |_| {}).await;
        let issuers = vec![issuer_with(ISSUER, std::slice::from_ref(&signer.jwk))];
        installation.put_app(App { issuers, ..app("demo") }).await;
        let header = json!({"alg": signer.name, "kid": signer.name});
        let token = signer.sign(&header, json!({"nbf": now(), "exp": now() + 600}));
        for (seconds, good) in [(0, true), (1, true), (659, true), (660, false), (3600, false), (600, true), (0, true)]
        {
            clock.set(NOW + seconds * 1000);
            match good {
                true => assert_eq!(owner(&installation, &token).await, "UserID:alice", "{} {seconds}", signer.name),
                false => is_wrong(&installation, &token).await,
            }
        }
        clock.set(NOW - 61_000);
        is_wrong(&installation, &token).await;
    }
}

#[tokio::test]
async fn a_token_is_refused_after_the_removal_of_its_key_even_if_it_was_accepted_before() {
    for signer in SIGNERS.iter() {
        let installation = trusting_keys([signer]).await;
        let token = signer.token();
        for _ in 0..3 {
            assert_eq!(owner(&installation, &token).await, "UserID:alice");
        }
        let others = SIGNERS
            .iter()
            .filter(|other| other.name != signer.name && (other.name == "HS256") == (signer.name == "HS256"));
        let keys: Vec<_> = others.map(|other| other.jwk.clone()).collect();
        let issuers = vec![issuer_with(ISSUER, &keys)];
        installation.put_app(App { issuers, ..app("demo") }).await;
        is_wrong(&installation, &token).await;
    }
}

#[tokio::test]
async fn a_token_is_refused_if_it_differs_in_one_character_from_an_accepted_one() {
    for signer in SIGNERS.iter() {
        let installation = trusting_keys([signer]).await;
        let token = signer.token();
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
        for place in (0..token.len()).step_by(7).chain([token.len() - 1]) {
            let other = if &token[place..=place] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            // The last character of a part may have unused bits. A token that differs only in these is refused as well.
            is_wrong(&installation, &changed).await;
        }
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
    }
}

#[tokio::test]
async fn many_callers_in_turn_are_not_confused_with_each_other() {
    let installation = trusting(vec![callers::issuer()]).await;
    for round in 0..3 {
        for number in 0..100 {
            // Some callers are in every round, others in one only.
            let name = if number % 3 == 0 { format!("user-{round}-{number}") } else { format!("user-{number}") };
            assert_eq!(owner(&installation, &callers::user(&name)).await, format!("UserID:{name}"));
        }
    }
}

#[tokio::test]
async fn a_token_too_long_for_the_cache_is_accepted_repeatedly() {
    let installation = trusting(vec![callers::issuer()]).await;
    let token = callers::token(json!({"about": "x".repeat(8_000)}));
    for _ in 0..3 {
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
    }
}
