//! JSON Web Signatures in their compact form (RFC 7515), verified by the keys of a set and by nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto;
use serde_json::{Map, Value};

use super::jwk::{Key, algorithm};
use super::key_set::KeySet;
use super::refused_token::Reason;
use crate::model::json;

/// A parsed signed text, whose signature is not yet verified. It has no `Debug`: whoever holds it can pass for its bearer.
pub struct Jws<'a> {
    header: Map<String, Value>,
    payload: Vec<u8>,
    /// The part that is signed.
    message: &'a str,
    signature: &'a str,
}

/// The longest text that is parsed. Gateways pass on at most 10 KB of header fields.
const MAXIMUM_LENGTH: usize = 16 * 1024;

/// Header parameters that are refused: they bring a key of the text's own or change what is signed, and `crit` requires an
/// extension (RFC 7515, sections 4.1.3 and 4.1.11; RFC 7797).
const REFUSED_PARAMETERS: [&str; 3] = ["b64", "crit", "jwk"];

/// Header parameters that say where a key is (RFC 7515, sections 4.1.2, 4.1.5 and 4.1.6). They are ignored where `kid` names
/// a key that is trusted, and refused where they are all that names one. Nothing is ever fetched.
const PARAMETERS_OF_KEYS: [&str; 3] = ["jku", "x5c", "x5u"];

impl<'a> Jws<'a> {
    /// Parses a text: three parts in strict Base64 without padding, with a header that is unambiguous JSON.
    pub fn parse(text: &'a str) -> Result<Self, Reason> {
        if text.len() > MAXIMUM_LENGTH { Err(Reason::TooLong) } else { Self::read(text).ok_or(Reason::Malformed) }
    }

    fn read(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        Some(Self { header: json_object(&URL_SAFE_NO_PAD.decode(header).ok()?)?, payload, message, signature })
    }

    /// What is signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// A parameter of the header that is text.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// Whether a key of the set made the signature: one that is for the algorithm that the header names, and has the
    /// header's `kid` if there is one.
    pub fn verify(&self, keys: &KeySet) -> Result<(), Reason> {
        let has = |name: &&str| self.header.contains_key(*name);
        let kid = match self.header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.as_str()),
            Some(_) => return Err(Reason::Header),
        };
        if REFUSED_PARAMETERS.iter().any(has) {
            return Err(Reason::Header);
        }
        let algorithm = self.parameter("alg").and_then(algorithm).ok_or(Reason::Algorithm)?;
        match kid {
            Some(kid) if !keys.has(kid) => return Err(Reason::KeyUnknown),
            None if PARAMETERS_OF_KEYS.iter().any(has) => return Err(Reason::Header),
            Some(_) | None => {}
        }
        let mut candidates = keys.candidates(algorithm, kid).peekable();
        if candidates.peek().is_none() {
            return Err(Reason::Algorithm);
        }
        let verifies =
            |key: &Key| crypto::verify(self.signature, self.message.as_bytes(), &key.key, algorithm).unwrap_or(false);
        if candidates.any(verifies) { Ok(()) } else { Err(Reason::Signature) }
    }
}

/// Parses a JSON object in which no name occurs twice.
pub(super) fn json_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let text = str::from_utf8(bytes).ok()?;
    json::object(text).ok()?;
    serde_json::from_str(text).ok()
}
