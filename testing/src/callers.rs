//! Tokens of callers, signed by the issuer that every app of an [`Installation`](crate::Installation) trusts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use pail::model::issuer::{ClaimNames, Issuer, RoleClaim};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::NOW;

pub const ISSUER: &str = "https://issuer.test";
pub const SECRET: &[u8; 32] = b"a secret that only the tests use";

/// Seconds since 1970 at the time of the tests.
pub const fn now() -> u64 {
    NOW / 1000
}

/// The issuer that signs with [`SECRET`].
pub fn issuer() -> Issuer {
    let key = json!({"kty": "oct", "kid": "hs", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(SECRET)});
    issuer_with(ISSUER, &[key])
}

/// The names of the claims that an operator has named, so that the callers of the tests can be of every kind.
pub fn claim_names() -> ClaimNames {
    let role = RoleClaim { name: "role".to_owned(), value: "admin".to_owned() };
    ClaimNames { role: Some(role), principal_type: Some("principal_type".to_owned()), ..ClaimNames::default() }
}

/// An issuer with [`claim_names`] and these keys.
pub fn issuer_with(name: &str, keys: &[Value]) -> Issuer {
    Issuer {
        issuer: name.to_owned(),
        audiences: Vec::new(),
        user_prefix: None,
        source: None,
        claims: claim_names(),
        key_set: RawValue::from_string(json!({"keys": keys}).to_string()).expect("JSON"),
    }
}

/// Valid claims with `changes`. A claim that they set to `"absent"` is removed.
pub fn claims(changes: Value) -> Value {
    let mut claims = json!({"iss": ISSUER, "sub": "alice", "aud": "demo", "iat": now(), "exp": now() + 3600});
    let members = claims.as_object_mut().expect("claims are an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    members.retain(|_, value| value != "absent");
    claims
}

/// A token by [`ISSUER`] with [`claims`].
pub fn token(changes: Value) -> String {
    let header = json!({"alg": "HS256", "kid": "hs", "typ": "JWT"});
    sign(&header, &claims(changes), Algorithm::HS256, &EncodingKey::from_secret(SECRET))
}

/// A token with this header and these claims, signed with a key.
pub fn sign(header: &Value, claims: &Value, algorithm: Algorithm, key: &EncodingKey) -> String {
    sign_text(&header.to_string(), &claims.to_string(), algorithm, key)
}

/// A token whose header and claims are these texts, signed with a key.
pub fn sign_text(header: &str, claims: &str, algorithm: Algorithm, key: &EncodingKey) -> String {
    let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("the key signs");
    format!("{message}.{signature}")
}

/// A token by [`ISSUER`] whose header and claims are these texts.
pub fn token_of_texts(header: &str, claims: &str) -> String {
    sign_text(header, claims, Algorithm::HS256, &EncodingKey::from_secret(SECRET))
}

pub fn user(id: &str) -> String {
    token(json!({"sub": id}))
}

pub fn member(id: &str, groups: &[&str]) -> String {
    token(json!({"sub": id, "groups": groups}))
}

pub fn thing(id: &str) -> String {
    token(json!({"sub": id, "principal_type": "thing"}))
}

pub fn administrator(id: &str) -> String {
    token(json!({"sub": id, "role": "admin"}))
}
