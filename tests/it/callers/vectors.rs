//! The test vectors of Project Wycheproof for JSON Web Signatures, keys and encryption.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, crypto, decode_header};
use pail::auth::jws::Jws;
use pail::auth::key_set::KeySet;
use pail::model::issuer::RsaAlgorithm;
use serde_json::{Value, json};

use pail_testing::vectors::folder;

/// One case: a text, and the keys that it may be signed by.
#[derive(Clone)]
pub struct Vector {
    pub id: u64,
    pub comment: String,
    /// Whether the text is encrypted rather than signed.
    pub is_encrypted: bool,
    /// A key set as JSON.
    pub keys: Value,
    pub text: String,
    pub is_valid: bool,
}

/// The cases of a file, or nothing in a checkout without vectors.
pub fn read(file: &str) -> Option<Vec<Vector>> {
    let text = std::fs::read_to_string(folder("wycheproof")?.join(file)).expect("a file of vectors");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let groups = file["testGroups"].as_array().expect("groups");
    let vectors: Vec<Vector> = groups.iter().flat_map(of_group).collect();
    assert_eq!(file["numberOfTests"], vectors.len());
    Some(vectors)
}

fn of_group(group: &Value) -> impl Iterator<Item = Vector> {
    // The verifier has the public key, or the secret key if there is no public one.
    let keys = group.get("public").unwrap_or(&group["private"]);
    let keys = keys.get("keys").map_or_else(|| json!([keys]), Value::clone);
    let tests = group["tests"].as_array().expect("tests");
    tests.iter().map(move |test| {
        let text = test.get("jws").or(test.get("jwe")).expect("a text");
        Vector {
            id: test["tcId"].as_u64().expect("a number"),
            comment: test["comment"].as_str().expect("a text").to_owned(),
            is_encrypted: test.get("jwe").is_some(),
            keys: json!({"keys": keys}),
            // Some texts are JSON objects or null.
            text: text.as_str().map_or_else(|| text.to_string(), str::to_owned),
            is_valid: test["result"] == "valid",
        }
    })
}

impl Vector {
    /// The case with a member of each key removed.
    pub fn without(&self, member: &str) -> Self {
        let mut vector = self.clone();
        for key in vector.keys["keys"].as_array_mut().expect("keys") {
            key.as_object_mut().expect("a key").remove(member);
        }
        vector
    }

    /// The verdict of a request.
    pub fn is_accepted(&self) -> bool {
        self.is_signed_by(KeySet::parse(&self.keys.to_string()).ok())
    }

    /// The verdict if the key set is checked first, as when an issuer is added.
    pub fn is_accepted_when_vetted(&self) -> bool {
        let reduced = KeySet::vet(&self.keys.to_string(), RsaAlgorithm::default());
        self.is_signed_by(reduced.ok().and_then(|reduced| KeySet::parse(&reduced).ok()))
    }

    fn is_signed_by(&self, keys: Option<KeySet>) -> bool {
        keys.is_some_and(|keys| Jws::parse(&self.text).is_ok_and(|jws| jws.verify(&keys).is_ok()))
    }

    /// Whether the only fault of the key set is one that is checked when an issuer is added: a key that can be
    /// factored.
    pub fn is_about_roca(&self) -> bool {
        self.comment == "rejectsKeyWithRocaVulnerability"
    }

    /// The verdict of the library if it is used correctly: with the key of the `kid`, and only with the key's own algorithm.
    pub fn is_accepted_by_library(&self) -> Option<bool> {
        let header = decode_header(&self.text).ok()?;
        let keys: JwkSet = serde_json::from_value(self.keys.clone()).ok()?;
        let jwk = keys.find(&header.kid?)?;
        let algorithm: Algorithm = jwk.common.key_algorithm?.to_string().parse().ok()?;
        let (message, signature) = self.text.rsplit_once('.')?;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(algorithm == header.alg && crypto::verify(signature, message.as_bytes(), &key, algorithm).ok()?)
    }
}
