//! JSON Web Signatures in their compact form (RFC 7515), verified by the keys of a set and by nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto;
use serde_json::{Map, Value};

use super::key_set::{Key, KeySet, algorithm};
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
/// extension (RFC 7515, sections 4.1.2 to 4.1.6 and 4.1.11; RFC 7797).
const REFUSED_PARAMETERS: [&str; 6] = ["b64", "crit", "jku", "jwk", "x5c", "x5u"];

impl<'a> Jws<'a> {
    /// Parses a text: three parts in strict Base64 without padding, with a header that is unambiguous JSON.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAXIMUM_LENGTH {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        Some(Self { header: json_object(&URL_SAFE_NO_PAD.decode(header).ok()?)?, payload, message, signature })
    }

    /// What is signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether a key of the set made the signature: one that is for the algorithm that the header names, and has the
    /// header's `kid` if there is one.
    pub fn is_signed_by(&self, keys: &KeySet) -> bool {
        let kid = match self.header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.as_str()),
            Some(_) => return false,
        };
        let Some(algorithm) = self.header.get("alg").and_then(Value::as_str).and_then(algorithm) else {
            return false;
        };
        let verifies =
            |key: &Key| crypto::verify(self.signature, self.message.as_bytes(), &key.key, algorithm).unwrap_or(false);
        !REFUSED_PARAMETERS.iter().any(|name| self.header.contains_key(*name))
            && keys.candidates(algorithm, kid).any(verifies)
    }
}

/// Parses a JSON object in which no name occurs twice.
pub(super) fn json_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let text = str::from_utf8(bytes).ok()?;
    json::object(text).ok()?;
    serde_json::from_str(text).ok()
}
