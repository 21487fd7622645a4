//! The key that must sign a token, and changes of a signed token (section 2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::signers::{SIGNERS, is_wrong, owner, public, trusting, trusting_keys};
use pail_testing::callers::{ISSUER, claims, issuer_with, sign};

#[tokio::test]
async fn a_token_of_each_algorithm_is_accepted() {
    for signer in SIGNERS.iter() {
        let installation = trusting_keys([signer]).await;
        assert_eq!(owner(&installation, &signer.token()).await, "UserID:alice", "{}", signer.name);
    }
    let installation = trusting_keys(public()).await;
    for signer in public() {
        assert_eq!(owner(&installation, &signer.token()).await, "UserID:alice", "{}", signer.name);
    }
}

#[tokio::test]
async fn a_token_is_refused_after_a_change_of_any_bit() {
    let installation = trusting_keys(public()).await;
    for signer in public() {
        let token = signer.token();
        let parts: Vec<&str> = token.split('.').collect();
        let other = signer.sign(&json!({"alg": signer.name, "kid": signer.name, "typ": "JWT"}), json!({"sub": "bob"}));
        let others: Vec<&str> = other.split('.').collect();
        let mut flipped = URL_SAFE_NO_PAD.decode(parts[2]).expect("a signature");
        flipped[0] ^= 1;
        for forged in [
            format!("{}.{}.{}", parts[0], others[1], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], others[2]),
            format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(&flipped)),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.{}.", parts[0], parts[1], parts[2]),
            format!("{token}="),
            format!("{token}A"),
            format!(".{token}"),
            format!("{}.{}.{}", parts[0], parts[1], &parts[2][..parts[2].len() - 2]),
        ] {
            is_wrong(&installation, &forged).await;
        }
    }
}

#[tokio::test]
async fn a_key_verifies_its_own_algorithm_only() {
    let [rs, ps, es, ed, hs] = &*SIGNERS;
    let installation = trusting_keys([rs]).await;
    // The same RSA key, but for RS256 only.
    is_wrong(&installation, &ps.token()).await;
    is_wrong(&installation, &ps.sign(&json!({"alg": "PS256", "kid": "RS256"}), json!({}))).await;
    is_wrong(&installation, &ps.sign(&json!({"alg": "PS256"}), json!({}))).await;
    is_wrong(&installation, &ps.sign(&json!({"alg": "RS256", "kid": "RS256"}), json!({}))).await;
    for stranger in [es, ed, hs] {
        is_wrong(&installation, &stranger.token()).await;
        is_wrong(&installation, &stranger.sign(&json!({"alg": stranger.name, "kid": "RS256"}), json!({}))).await;
    }
    // A public key must not be accepted as an HMAC secret.
    for material in [&rs.jwk["n"], &rs.jwk["e"]] {
        let text = material.as_str().unwrap_or_default();
        for secret in [text.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(text).expect("Base64")] {
            let key = EncodingKey::from_secret(&secret);
            let header = json!({"alg": "HS256", "kid": "RS256"});
            is_wrong(&installation, &sign(&header, &claims(json!({})), Algorithm::HS256, &key)).await;
        }
    }
}

#[tokio::test]
async fn a_kid_selects_the_key_and_without_a_kid_any_key_of_the_algorithm_matches() {
    let installation = trusting_keys(public()).await;
    for signer in public() {
        let with = |header: Value| signer.sign(&header, json!({}));
        assert_eq!(owner(&installation, &with(json!({"alg": signer.name}))).await, "UserID:alice");
        for kid in [json!("unknown"), json!(""), json!(null), json!(1), json!([signer.name]), json!({})] {
            is_wrong(&installation, &with(json!({"alg": signer.name, "kid": kid}))).await;
        }
    }
    let mut without_kid = SIGNERS[2].jwk.clone();
    without_kid.as_object_mut().expect("a key").remove("kid");
    let installation = trusting(vec![issuer_with(ISSUER, &[without_kid])]).await;
    assert_eq!(owner(&installation, &SIGNERS[2].sign(&json!({"alg": "ES256"}), json!({}))).await, "UserID:alice");
    is_wrong(&installation, &SIGNERS[2].token()).await;
}
