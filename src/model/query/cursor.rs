//! Where the next page of a query begins: sealed, since a position may hold values that the caller must not read, and bound
//! to the query and to the generation of the bucket (contract, section 11).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::decimal::Decimal;
use super::value::Value;
use crate::model::id::ObjectId;
use crate::model::marks::RuleNumber;
use crate::model::stamp::Generation;

/// After which object the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// In the order that the query asks for, or else in that of creation: after this value, time of creation and ID.
    Sorted(Value<'static>, u64, ObjectId),
    /// The same order, from this place on: the walk stopped there at an object that is no hit.
    From(Value<'static>, u64, ObjectId),
    /// In the order of IDs: after this one.
    Id(ObjectId),
    /// In the order of the entries of an index.
    Entry {
        /// The index.
        rule: RuleNumber,
        /// The bytes of the place among its entries.
        spot: Vec<u8>,
        /// Whether the page begins there, or after it.
        is_included: bool,
    },
}

/// Seals and opens the positions of one query in one generation of a bucket.
pub struct Seal {
    key: LessSafeKey,
    query: [u8; 32],
}

// What the first byte of a position says.
const BY_ID: u8 = 0;
const NOTHING: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const FALSE: u8 = 4;
const TRUE: u8 = 5;
const AFTER_ENTRY: u8 = 6;
const FROM_ENTRY: u8 = 7;
/// Added to the kind of a value where the page begins at its place.
const FROM: u8 = 16;

/// How many bytes are sealed, whatever the position is: the length of a key must show nothing of the values in it. A position
/// has at most 304 bytes.
const SEALED: usize = 320;
/// The same for a position among the entries of an index, which has at most 1,012 bytes.
const SEALED_ENTRY: usize = 1_024;

impl Seal {
    /// The seal of the query with this digest; `None` if the key cannot be derived.
    pub fn new(generation: &Generation, query: [u8; 32]) -> Option<Self> {
        let secret = Salt::new(HKDF_SHA256, &[]).extract(generation.as_str().as_bytes());
        let key = UnboundKey::from(secret.expand(&[b"pail pagination key"], &AES_256_GCM).ok()?);
        Some(Self { key: LessSafeKey::new(key), query })
    }

    /// Seals a position, with 96 of these random bits as the nonce. `None` only if the cipher fails.
    pub fn seal(&self, position: &Position, random: u128) -> Option<String> {
        let random = random.to_be_bytes();
        let nonce: &[u8; NONCE_LEN] = random.first_chunk()?;
        let mut sealed = position.to_padded_bytes();
        let unique = Nonce::assume_unique_for_key(*nonce);
        self.key.seal_in_place_append_tag(unique, Aad::from(self.query), &mut sealed).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce, &sealed[..]].concat()))
    }

    /// Opens what [`Self::seal`] gave for the same query in the same generation; `None` for anything else.
    pub fn open(&self, text: &str) -> Option<Position> {
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::from(self.query), sealed).ok()?;
        Position::from_padded_bytes(opened)
    }
}

impl Position {
    /// The length of the bytes, the bytes, and zeros.
    fn to_padded_bytes(&self) -> Vec<u8> {
        let bytes = self.to_bytes();
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let mut padded = [&length.to_be_bytes()[..], &bytes].concat();
        let size = if let Self::Entry { .. } = self { SEALED_ENTRY } else { SEALED };
        padded.resize(size.max(padded.len()), 0);
        padded
    }

    fn from_padded_bytes(padded: &[u8]) -> Option<Self> {
        let (length, rest) = padded.split_first_chunk()?;
        Self::from_bytes(rest.get(..usize::from(u16::from_be_bytes(*length)))?)
    }

    /// The kind of the value, the time of creation, the length of the ID, the ID and the value; or the rule and the place
    /// among its entries.
    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Id(id) => place(BY_ID, 0, id, &[]),
            Self::Sorted(value, created, id) => sorted(0, value, *created, id),
            Self::From(value, created, id) => sorted(FROM, value, *created, id),
            Self::Entry { rule, spot, is_included } => {
                let kind = if *is_included { FROM_ENTRY } else { AFTER_ENTRY };
                [&[kind], &rule.0.to_be_bytes()[..], spot].concat()
            }
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        if let AFTER_ENTRY | FROM_ENTRY = *kind {
            let (rule, spot) = rest.split_first_chunk()?;
            let rule = RuleNumber(u32::from_be_bytes(*rule));
            return Some(Self::Entry { rule, spot: spot.to_owned(), is_included: *kind == FROM_ENTRY });
        }
        let (created, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first()?;
        let (id, value) = rest.split_at_checked(usize::from(*length))?;
        let id = ObjectId::parse(str::from_utf8(id).ok()?).ok()?;
        if *kind == BY_ID {
            return Some(Self::Id(id));
        }
        let value = match *kind % FROM {
            NOTHING => Value::Nothing,
            NUMBER => Value::Number(Decimal::from_bytes(value)),
            TEXT => Value::of_text(str::from_utf8(value).ok()?.to_owned()),
            FALSE => Value::Boolean(false),
            TRUE => Value::Boolean(true),
            _ => return None,
        };
        let created = u64::from_be_bytes(*created);
        Some(if *kind < FROM { Self::Sorted(value, created, id) } else { Self::From(value, created, id) })
    }
}

fn sorted(from: u8, value: &Value<'_>, created: u64, id: &ObjectId) -> Vec<u8> {
    let (kind, value) = match value {
        Value::Nothing => (NOTHING, &[][..]),
        Value::Number(number) => (NUMBER, number.as_bytes()),
        Value::Text(text) => (TEXT, text.as_bytes()),
        Value::Boolean(false) => (FALSE, &[][..]),
        Value::Boolean(true) => (TRUE, &[][..]),
    };
    place(from + kind, created, id, value)
}

fn place(kind: u8, created: u64, id: &ObjectId, value: &[u8]) -> Vec<u8> {
    let id = id.as_str().as_bytes();
    // An object ID has at most 100 characters.
    let length = u8::try_from(id.len()).unwrap_or(u8::MAX);
    [&[kind], &created.to_be_bytes()[..], &[length], id, value].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_opened_by_its_own_seal_only() {
        let id = || ObjectId::parse("an.id").unwrap();
        let seal = |generation, query| Seal::new(&Generation::new(generation), [query; 32]).unwrap();
        for position in [
            Position::Id(id()),
            Position::Sorted(Value::Nothing, 5, id()),
            Position::Sorted(Value::of_json("-12.5").into_owned(), u64::MAX, id()),
            Position::Sorted(Value::of_json("\"a\\u0000b\"").into_owned(), 0, id()),
            Position::Sorted(Value::Boolean(false), 1, id()),
            Position::Sorted(Value::Boolean(true), 1, id()),
            Position::From(Value::of_text("b"), 1, id()),
            Position::From(Value::of_text("b".repeat(190)), 1, ObjectId::parse(&"i".repeat(100)).unwrap()),
            Position::Sorted(Value::of_number(&format!("-{}", "7".repeat(189))).into_owned(), 1, id()),
            Position::Entry { rule: RuleNumber(7), spot: vec![255; 1007], is_included: true },
            Position::Entry { rule: RuleNumber(7), spot: Vec::new(), is_included: false },
        ] {
            let sealed = seal(1, 2).seal(&position, 7).unwrap();
            assert_eq!(sealed.len(), if let Position::Entry { .. } = position { 1403 } else { 464 }, "{position:?}");
            assert_eq!(seal(1, 2).open(&sealed), Some(position));
            assert_eq!(seal(2, 2).open(&sealed), None);
            assert_eq!(seal(1, 3).open(&sealed), None);
            for at in 0..sealed.len() {
                let other = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
                let mut changed = sealed.clone();
                changed.replace_range(at..=at, other);
                assert_eq!(seal(1, 2).open(&changed), None, "{at}");
                assert_eq!(seal(1, 2).open(&sealed[..at]), None, "{at}");
            }
        }
    }
}
