//! Key sets: by the vectors of Project Wycheproof, and through the handler.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::signers::{SIGNERS, is_wrong, owner, trusting};
use super::vectors::{self, Vector};
use pail_testing::callers::{ISSUER, claims, issuer_with, sign};

/// The sets that are good by the file, and of no use to Pail.
const DIFFERENCES: [(u64, &str); 2] =
    [(14, "HS384 is none of the five algorithms"), (15, "HS512 is none of the five algorithms")];

fn is_expected(vector: &Vector) -> bool {
    vector.is_valid && !DIFFERENCES.iter().any(|(case, _)| *case == vector.id)
}

#[test]
fn every_key_set_is_judged_right() {
    let Some(vectors) = vectors::read("json_web_key_test.json") else { return };
    assert_eq!((vectors.len(), vectors.iter().filter(|vector| !vector.is_valid).count()), (26, 21));
    for vector in &vectors {
        let (expected, case) = (is_expected(vector), format!("case {}, {}", vector.id, vector.comment));
        assert_eq!(vector.is_accepted_when_vetted(), expected, "{case}");
        // A request does not look for keys that can be factored: no such key comes into an app.
        assert_eq!(vector.is_accepted(), expected || vector.is_about_roca(), "{case}");
    }
    assert_eq!(vectors.iter().filter(|vector| vector.is_about_roca()).count(), 1);
    for (case, reason) in DIFFERENCES {
        assert!(vectors.iter().any(|vector| vector.id == case && vector.is_valid), "{reason}");
    }
}

/// If this fails, the library has caught up, and checks of our own can go.
#[test]
fn the_library_alone_lets_bad_key_sets_pass() {
    let Some(vectors) = vectors::read("json_web_key_test.json") else { return };
    let bad = vectors.iter().filter(|vector| !vector.is_valid);
    let passed: Vec<u64> =
        bad.filter(|vector| vector.is_accepted_by_library() == Some(true)).map(|vector| vector.id).collect();
    println!("the library lets {passed:?} pass");
    assert!(passed.len() > 5, "{passed:?}");
}

/// The secret key of a set's token, if it is one that a test can sign with.
fn secret(vector: &Vector) -> Option<(&Value, Vec<u8>)> {
    let key = &vector.keys["keys"][0];
    Some((key, URL_SAFE_NO_PAD.decode(key["k"].as_str()?).expect("Base64")))
}

/// The same sets in an app: tokens with good claims, signed by the secrets in them.
#[tokio::test]
async fn a_token_by_a_secret_of_a_bad_key_set_is_refused_and_one_by_a_good_set_accepted() {
    let Some(vectors) = vectors::read("json_web_key_test.json") else { return };
    let mut answers = (0, 0);
    for vector in &vectors {
        let Some((key, secret)) = secret(vector) else { continue };
        let keys = vector.keys["keys"].as_array().expect("keys");
        let installation = trusting(vec![issuer_with(ISSUER, keys)]).await;
        let algorithm = match key["alg"].as_str() {
            Some("HS384") => Algorithm::HS384,
            Some("HS512") => Algorithm::HS512,
            _ => Algorithm::HS256,
        };
        let header = json!({"alg": format!("{algorithm:?}"), "kid": key["kid"]});
        let token = sign(&header, &claims(json!({})), algorithm, &EncodingKey::from_secret(&secret));
        if is_expected(vector) {
            assert_eq!(owner(&installation, &token).await, "UserID:alice", "case {}", vector.id);
            answers.0 += 1;
        } else if vector.comment == "rejectsModifiedSignature" {
            // The set is a good one, and so is the new token.
            assert_eq!(owner(&installation, &token).await, "UserID:alice", "case {}", vector.id);
        } else {
            is_wrong(&installation, &token).await;
            answers.1 += 1;
        }
    }
    assert_eq!(answers, (2, 12));
}

/// The token is good; the key set is not.
#[tokio::test]
async fn a_key_set_that_breaks_a_rule_verifies_nothing() {
    let [rs, _, es, _, hs] = &*SIGNERS;
    let (mut doubled, mut short) = (es.jwk.clone(), hs.jwk.clone());
    doubled["kid"] = "RS256".into();
    let secret = b"thirty-one bytes are too little";
    assert_eq!(secret.len(), 31);
    short["k"] = URL_SAFE_NO_PAD.encode(secret).into();
    let short_token = sign(
        &json!({"alg": "HS256", "kid": "HS256"}),
        &claims(json!({})),
        Algorithm::HS256,
        &EncodingKey::from_secret(secret),
    );
    let mut empty = hs.jwk.clone();
    empty["k"] = "".into();
    let empty_token = sign(
        &json!({"alg": "HS256", "kid": "HS256"}),
        &claims(json!({})),
        Algorithm::HS256,
        &EncodingKey::from_secret(b""),
    );
    let mut without_algorithm = rs.jwk.clone();
    without_algorithm.as_object_mut().expect("a key").remove("alg");
    let mut for_encryption = rs.jwk.clone();
    for_encryption["use"] = "enc".into();
    for (keys, token) in [
        (vec![rs.jwk.clone(), doubled], rs.token()),
        (vec![rs.jwk.clone(), hs.jwk.clone()], rs.token()),
        (vec![rs.jwk.clone(), hs.jwk.clone()], hs.token()),
        (vec![short], short_token),
        (vec![empty], empty_token),
        (vec![without_algorithm], rs.token()),
        (vec![for_encryption], rs.token()),
        (vec![], rs.token()),
    ] {
        let installation = trusting(vec![issuer_with(ISSUER, &keys)]).await;
        is_wrong(&installation, &token).await;
    }
    // A key for another use does no harm.
    let other = json!({"kty": "RSA", "kid": "other", "alg": "RSA-OAEP", "use": "enc", "n": "AQAB", "e": "AQAB"});
    let installation = trusting(vec![issuer_with(ISSUER, &[other, rs.jwk.clone()])]).await;
    assert_eq!(owner(&installation, &rs.token()).await, "UserID:alice");
}
