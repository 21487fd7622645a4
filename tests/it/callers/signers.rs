//! Keys that sign tokens, and installations that trust them.

use std::sync::{LazyLock, OnceLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use pail::model::app::{App, Issuer};
use serde_json::{Value, json};

use pail_testing::callers::{ISSUER, claims, issuer_with, sign, sign_text};
use pail_testing::{Answer, Call, Installation, app};

/// A key that signs, with its public half.
pub struct Signer {
    pub algorithm: Algorithm,
    pub name: &'static str,
    pub key: EncodingKey,
    /// The key as in a key set, with the algorithm's name as its `kid`.
    pub jwk: Value,
}

impl Signer {
    fn new(algorithm: Algorithm, name: &'static str, key: EncodingKey) -> Self {
        let jwk = Jwk::from_encoding_key(&key, algorithm).expect("a key has a public half");
        let mut jwk = serde_json::to_value(jwk).expect("a key is JSON");
        jwk["kid"] = name.into();
        jwk["alg"] = name.into();
        Self { algorithm, name, key, jwk }
    }

    pub fn sign(&self, header: &Value, changes: Value) -> String {
        sign(header, &claims(changes), self.algorithm, &self.key)
    }

    /// A token with valid claims and any text as its header.
    pub fn sign_under(&self, header: &str) -> String {
        sign_text(header, &claims(json!({})).to_string(), self.algorithm, &self.key)
    }

    /// A valid token.
    pub fn token(&self) -> String {
        self.sign(&json!({"alg": self.name, "kid": self.name, "typ": "JWT"}), json!({}))
    }
}

/// The bytes before the key itself in the PKCS #8 form of an RSA key of 2048 bits: the headers of the sequence and of
/// the octet string with the key, the version and the algorithm (RFC 5208). Signing takes the key without them.
const PKCS_8_FRAME: usize = 4 + 3 + 15 + 4;

/// A key for each algorithm, generated once.
pub static SIGNERS: LazyLock<[Signer; 5]> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let rsa = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let rsa = AsDer::as_der(&rsa).expect("DER").as_ref()[PKCS_8_FRAME..].to_vec();
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let ed25519 = Ed25519KeyPair::generate_pkcs8v1(&random).expect("a key");
    [
        Signer::new(Algorithm::RS256, "RS256", EncodingKey::from_rsa_der(&rsa)),
        Signer::new(Algorithm::PS256, "PS256", EncodingKey::from_rsa_der(&rsa)),
        Signer::new(Algorithm::ES256, "ES256", EncodingKey::from_ec_der(p256.as_ref())),
        Signer::new(Algorithm::EdDSA, "EdDSA", EncodingKey::from_ed_der(ed25519.as_ref())),
        Signer::new(Algorithm::HS256, "HS256", EncodingKey::from_secret(b"another secret of thirty-two chars")),
    ]
});

pub fn public() -> &'static [Signer] {
    &SIGNERS[..4]
}

pub async fn trusting(issuers: Vec<Issuer>) -> Installation {
    let installation = Installation::start().await;
    installation.put_app(App { issuers, ..app("demo") }).await;
    installation
}

/// An installation that trusts the keys of `signers`.
pub async fn trusting_keys<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Installation {
    let keys: Vec<Value> = signers.into_iter().map(|signer| signer.jwk.clone()).collect();
    trusting(vec![issuer_with(ISSUER, &keys)]).await
}

pub fn call(token: &str) -> Call {
    Call::create("demo", "notes").bearer(token)
}

/// The principal of the caller with a valid token, as recorded in the object's owner.
pub async fn owner(installation: &Installation, token: &str) -> String {
    let (_, items) = installation.created(&call(token)).await;
    let object = items.values().find(|item| item.get("content").is_some()).expect("an object");
    object["owner"]["S"].as_str().unwrap_or_default().to_owned()
}

/// Checks that a token is refused with the same bytes as every other token in this run, so that the answer does not
/// reveal the reason.
pub async fn is_wrong(installation: &Installation, token: &str) {
    static FIRST: OnceLock<Answer> = OnceLock::new();
    let answer = installation.refused(&call(token), 403, "WRONG_TOKEN").await;
    assert_eq!(answer.text("appID"), "demo");
    assert_eq!(&answer, FIRST.get_or_init(|| answer.clone()), "{token}");
}
