//! Keys that sign tokens as issuers do, one for each algorithm, generated once.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::callers::{claims, sign, sign_text};

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

/// A key for each algorithm: RS256, PS256 (the same RSA key), ES256, EdDSA and HS256.
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

/// The signers with a public key.
pub fn public() -> &'static [Signer] {
    &SIGNERS[..4]
}
