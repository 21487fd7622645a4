//! What app keys, secrets of clients and opaque tokens have in common: 256 random bits as text, of which only a digest is
//! stored.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits in URL-safe Base64: 43 characters.
pub fn from_random(high: u128, low: u128) -> String {
    URL_SAFE_NO_PAD.encode([high.to_be_bytes(), low.to_be_bytes()].concat())
}

/// The SHA-256 of a text.
pub fn sha256(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    bytes
}

/// Whether two digests are the same. The comparison takes the same time whether they are or not.
pub fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}
