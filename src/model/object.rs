//! An object, and the version that guards every later change of it.

use super::bucket::Generation;
use super::data_type::DataType;
use super::document::Document;
use super::id::ObjectId;
use super::idempotency::{Fingerprint, IdempotencyKey};

/// A new object, as it is stored. Its version is 1.
pub struct NewObject {
    /// What its name in the bucket is made of.
    pub name: Name,
    /// The JSON text, without the members that belong to the server.
    pub document: Document,
    /// Its media type.
    pub data_type: DataType,
    /// Who made it: see [`Principal::creator`](super::principal::Principal::creator).
    pub owner: String,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created: u64,
}

/// What the ID of a new object is made of.
pub enum Name {
    /// Fresh random bits: no other object has them.
    Random(u128),
    /// A client's key: the same create, sent again, has the same ID.
    Key(IdempotencyKey, Fingerprint),
}

impl NewObject {
    /// The object's ID in a bucket of this generation.
    pub fn id_in(&self, generation: &Generation) -> ObjectId {
        match &self.name {
            Name::Random(bits) => ObjectId::random(*bits),
            Name::Key(key, _) => key.object_id(generation, &self.owner),
        }
    }
}

/// The version of an item: 1 when it is new, one more with each write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64);

impl Version {
    /// The version of a new item.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_from_random_bits_or_from_the_key_and_the_owner() {
        let object = |name: Name, owner: &str| NewObject {
            name,
            document: Document::parse(b"{}").unwrap(),
            data_type: DataType::json(),
            owner: owner.to_owned(),
            created: 0,
        };
        let key = || Name::Key(IdempotencyKey::parse("k").unwrap(), Fingerprint::stored([0; 32]));
        let (first, second) = (Generation::new(1), Generation::new(2));
        let random = object(Name::Random(5), "UserID:a");
        assert_eq!(random.id_in(&first), ObjectId::random(5));
        assert_eq!(random.id_in(&second), ObjectId::random(5));
        let named = object(key(), "UserID:a").id_in(&first);
        assert_eq!(named, IdempotencyKey::parse("k").unwrap().object_id(&first, "UserID:a"));
        assert_ne!(named, object(key(), "UserID:a").id_in(&second));
        assert_ne!(named, object(key(), "UserID:b").id_in(&first));
    }
}
