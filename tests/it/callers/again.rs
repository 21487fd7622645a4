//! Tokens that are sent again to one execution environment. It may cache that their signatures are valid, and nothing else.

use pail::model::app::App;
use serde_json::json;

use super::signers::{SIGNERS, is_wrong, owner, trusting, trusting_keys};
use pail_testing::callers::{self, ISSUER, issuer_with, now};
use pail_testing::{Clock, Installation, NOW, app};

#[tokio::test]
async fn a_token_that_comes_again_is_good_for_as_long_as_the_clock_says() {
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
async fn a_token_is_refused_when_its_key_is_gone_however_often_it_was_good() {
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
async fn what_differs_in_one_character_from_a_token_that_was_good_is_refused() {
    for signer in SIGNERS.iter() {
        let installation = trusting_keys([signer]).await;
        let token = signer.token();
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
        for place in (0..token.len()).step_by(7).chain([token.len() - 1]) {
            let other = if &token[place..=place] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            // The last character of a part may hold bits that count for nothing; what reads them is refused as well.
            is_wrong(&installation, &changed).await;
        }
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
    }
}

#[tokio::test]
async fn many_callers_have_their_turns_and_nobody_is_taken_for_another() {
    let installation = trusting(vec![callers::issuer()]).await;
    for round in 0..3 {
        for number in 0..100 {
            // Some come in each round, some not.
            let name = if number % 3 == 0 { format!("user-{round}-{number}") } else { format!("user-{number}") };
            assert_eq!(owner(&installation, &callers::user(&name)).await, format!("UserID:{name}"));
        }
    }
}

#[tokio::test]
async fn a_token_that_is_too_long_to_be_remembered_is_good_again_and_again() {
    let installation = trusting(vec![callers::issuer()]).await;
    let token = callers::token(json!({"about": "x".repeat(8_000)}));
    for _ in 0..3 {
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
    }
}
