//! Key sets: by the vectors of Project Wycheproof, and through the handler.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::signers::{SIGNERS, Signer, is_wrong, owner, trusting};
use super::vectors::{self, Vector};
use pail_testing::callers::{ISSUER, claims, issuer_with, sign};

/// The sets that the file calls valid and Pail cannot use.
const DIFFERENCES: [(u64, &str); 2] =
    [(14, "HS384 is none of the five algorithms"), (15, "HS512 is none of the five algorithms")];

fn is_expected(vector: &Vector) -> bool {
    vector.is_valid && !DIFFERENCES.iter().any(|(case, _)| *case == vector.id)
}

#[test]
fn every_key_set_is_judged_as_the_vectors_say() {
    let Some(vectors) = vectors::read("json_web_key_test.json") else { return };
    assert_eq!((vectors.len(), vectors.iter().filter(|vector| !vector.is_valid).count()), (26, 21));
    for vector in &vectors {
        let (expected, case) = (is_expected(vector), format!("case {}, {}", vector.id, vector.comment));
        assert_eq!(vector.is_accepted_when_vetted(), expected, "{case}");
        // A request does not check for keys that can be factored, because no such key can be added to an app.
        assert_eq!(vector.is_accepted(), expected || vector.is_about_roca(), "{case}");
    }
    assert_eq!(vectors.iter().filter(|vector| vector.is_about_roca()).count(), 1);
    for (case, reason) in DIFFERENCES {
        assert!(vectors.iter().any(|vector| vector.id == case && vector.is_valid), "{reason}");
    }
}

/// If this fails, the library has learned to refuse these key sets, and our own checks can be removed.
#[test]
fn the_library_alone_accepts_bad_key_sets() {
    let Some(vectors) = vectors::read("json_web_key_test.json") else { return };
    let bad = vectors.iter().filter(|vector| !vector.is_valid);
    let passed: Vec<u64> =
        bad.filter(|vector| vector.is_accepted_by_library() == Some(true)).map(|vector| vector.id).collect();
    println!("the library accepts {passed:?}");
    assert!(passed.len() > 5, "{passed:?}");
}

/// The secret key of a set, if a test can sign with it.
fn secret(vector: &Vector) -> Option<(&Value, Vec<u8>)> {
    let key = &vector.keys["keys"][0];
    Some((key, URL_SAFE_NO_PAD.decode(key["k"].as_str()?).expect("Base64")))
}

/// The same sets in an app: tokens with valid claims, signed with the secrets in the sets.
#[tokio::test]
async fn tokens_signed_with_secrets_of_bad_key_sets_are_refused_and_of_good_ones_accepted() {
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
            // The set is valid, and so is the new token.
            assert_eq!(owner(&installation, &token).await, "UserID:alice", "case {}", vector.id);
        } else {
            is_wrong(&installation, &token).await;
            answers.1 += 1;
        }
    }
    assert_eq!(answers, (2, 12));
}

/// The token is valid, the key set is not.
#[tokio::test]
async fn a_key_set_that_breaks_a_rule_verifies_nothing() {
    let [rs, .., hs] = &*SIGNERS;
    let (mut doubled, mut short) = (rs.jwk.clone(), hs.jwk.clone());
    doubled["e"] = "Aw".into();
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
    let mut for_encryption = rs.jwk.clone();
    for_encryption["use"] = "enc".into();
    for (keys, token) in [
        (vec![rs.jwk.clone(), doubled], rs.token()),
        (vec![rs.jwk.clone(), hs.jwk.clone()], rs.token()),
        (vec![rs.jwk.clone(), hs.jwk.clone()], hs.token()),
        (vec![short], short_token),
        (vec![empty], empty_token),
        (vec![for_encryption], rs.token()),
        (vec![], rs.token()),
    ] {
        let installation = trusting(vec![issuer_with(ISSUER, &keys)]).await;
        is_wrong(&installation, &token).await;
    }
    // An additional key for another use is allowed.
    let other = json!({"kty": "RSA", "kid": "other", "alg": "RSA-OAEP", "use": "enc", "n": "AQAB", "e": "AQAB"});
    let installation = trusting(vec![issuer_with(ISSUER, &[other, rs.jwk.clone()])]).await;
    assert_eq!(owner(&installation, &rs.token()).await, "UserID:alice");
}

/// Sets as providers publish them.
#[tokio::test]
async fn key_sets_of_any_provider_are_good_as_they_are_published() {
    let [rs, ps, es, ed, hs] = &*SIGNERS;
    let with = |signer: &Signer, members: Value| {
        let mut key = signer.jwk.clone();
        let changes = members.as_object().expect("members").clone();
        let members = key.as_object_mut().expect("a key");
        members.extend(changes);
        members.retain(|_, value| value != "absent");
        key
    };
    let unnamed = || json!({"alg": "absent", "use": "sig"});
    let microsoft = json!({
        "alg": "absent", "use": "sig", "kid": "k", "x5t": "k", "x5c": ["MIIC"], "issuer": "https://login.example/{t}/v2.0",
    });
    let encryption = json!({"alg": "RSA-OAEP", "use": "enc", "kid": "k", "n": "="});
    for (keys, good, bad) in [
        (vec![with(rs, microsoft.clone())], vec![(rs, "RS256", "k")], vec![(ps, "PS256", "k"), (rs, "RS256", "RS256")]),
        (
            vec![with(es, unnamed()), with(ed, unnamed())],
            vec![(es, "ES256", "ES256"), (ed, "EdDSA", "EdDSA"), (ed, "Ed25519", "EdDSA")],
            vec![(es, "ES256", "EdDSA")],
        ),
        (
            vec![with(ed, json!({"alg": "Ed25519"}))],
            vec![(ed, "EdDSA", "EdDSA"), (ed, "Ed25519", "EdDSA")],
            vec![(ed, "ed25519", "EdDSA"), (ed, "ES256", "EdDSA")],
        ),
        // One ID for two algorithms, and for a key for encryption.
        (
            vec![with(rs, json!({"kid": "k"})), with(ps, json!({"kid": "k"})), with(es, json!({"kid": "k"}))],
            vec![(rs, "RS256", "k"), (ps, "PS256", "k"), (es, "ES256", "k")],
            vec![(rs, "PS256", "k"), (ps, "RS256", "k"), (es, "RS256", "k"), (ed, "EdDSA", "k")],
        ),
        (vec![with(rs, encryption), with(rs, json!({"kid": "k"}))], vec![(rs, "RS256", "k")], vec![(ps, "PS256", "k")]),
        // The very same key twice.
        (
            vec![rs.jwk.clone(), with(rs, unnamed()), rs.jwk.clone()],
            vec![(rs, "RS256", "RS256")],
            vec![(ps, "PS256", "RS256")],
        ),
        (vec![hs.jwk.clone(), hs.jwk.clone()], vec![(hs, "HS256", "HS256")], vec![(rs, "RS256", "HS256")]),
    ] {
        let installation = trusting(vec![issuer_with(ISSUER, &keys)]).await;
        let token =
            |(signer, alg, kid): (&Signer, &str, &str)| signer.sign(&json!({"alg": alg, "kid": kid}), json!({}));
        for named in good {
            assert_eq!(owner(&installation, &token(named)).await, "UserID:alice", "{} {}", named.1, named.2);
        }
        for named in bad {
            is_wrong(&installation, &token(named)).await;
        }
    }
}
