//! Safe retries: a create that carries an idempotency key may be sent again without making a second object (contract,
//! section 3; protocol, idempotency keys; draft-ietf-httpapi-idempotency-key-header).

use aws_lc_rs::digest::{Context, SHA256};

use super::creator::Creator;
use super::data_type::DataType;
use super::id::{InvalidId, ObjectId};
use super::stamp::Generation;

/// A client's name for one create. It has no `Debug`: whoever knows it can get the answer again.
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// What a key has to look like, in words.
    pub const PATTERN: &str = "an idempotency key is 1 to 255 visible ASCII characters, and is sent once";

    /// Takes a key of 1 to 255 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { pattern: Self::PATTERN })
        }
    }

    /// The ID of the object that `owner` creates by this key in a bucket of this generation. The generation is random
    /// and secret, so that nobody can work out an ID beforehand, and a key never outlives its bucket.
    pub fn object_id(&self, generation: &Generation, owner: &Creator) -> ObjectId {
        // Neither a generation nor an owner holds a line break, so that no two triples give the same text.
        let digest = digest(&[generation.as_str(), "\n", &owner.to_string(), "\n", &self.0].map(str::as_bytes));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(digest.split_at(16).0);
        ObjectId::derived(bytes)
    }
}

/// A digest of a create: the bytes of its body, as sent, and its canonical media type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a request.
    pub fn of(data_type: &DataType, body: &[u8]) -> Self {
        // No media type holds a line break.
        Self(digest(&[data_type.as_str().as_bytes(), b"\n", body]))
    }

    /// A stored fingerprint.
    pub fn stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The fingerprint as it is stored: a SHA-256.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{AppId, ThingId, UserId};

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_key_is_1_to_255_visible_ascii_characters() {
        for good in ["k", "!~", "a,b", "\"8e03978e-40d5\"", &"x".repeat(255)] {
            key(good);
        }
        for bad in ["", " ", "a b", "a\t", "ä", "a\0", "\u{7f}", &"x".repeat(256)] {
            assert!(IdempotencyKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_depends_on_generation_owner_and_key_and_on_nothing_else() {
        let user = |id: &str| Creator::User(UserId::parse(id).unwrap_or_else(|error| panic!("{error}")));
        let thing = Creator::Thing(ThingId::parse("a").unwrap_or_else(|error| panic!("{error}")));
        let (first, second) = (Generation::new(1), Generation::new(2));
        let id = key("k").object_id(&first, &user("a"));
        // SHA-256 of the three lines, its first 16 bytes, with version 8 and the variant of RFC 9562.
        assert_eq!(id.as_str(), "c36c9394-1ff5-8e16-a02d-6a0622e7d800");
        assert_eq!(key("k").object_id(&first, &user("a")), id);
        for other in [
            key("k").object_id(&second, &user("a")),
            key("k").object_id(&first, &thing),
            key("k").object_id(&first, &user("ak")),
            key("K").object_id(&first, &user("a")),
        ] {
            assert_ne!(other, id);
        }
    }

    #[test]
    fn a_fingerprint_is_over_every_byte_of_the_body_and_the_media_type() {
        let app = AppId::parse("demo").unwrap_or_else(|error| panic!("{error}"));
        let note = DataType::parse("application/vnd.demo.note+json", &app).unwrap_or_else(DataType::json);
        let of = |data_type: &DataType, body: &str| *Fingerprint::of(data_type, body.as_bytes()).as_bytes();
        let plain = of(&DataType::json(), "{}");
        assert_eq!(of(&DataType::json(), "{}"), plain);
        for other in [of(&DataType::json(), "{ }"), of(&DataType::json(), "{}\n"), of(&note, "{}")] {
            assert_ne!(other, plain);
        }
    }
}
