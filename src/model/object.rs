//! Objects.

use super::acl::Acl;
use super::creator::Creator;
use super::data_type::DataType;
use super::document::Document;
use super::id::ObjectId;
use super::idempotency::{Fingerprint, IdempotencyKey};
use super::marks::{Mark, Marks, RuleNumber};
use super::stamp::{Generation, Stamp};

/// A new object.
pub struct NewObject {
    /// Where its ID comes from.
    pub source: IdSource,
    /// The JSON text, without the members that belong to the server.
    pub document: Document,
    /// Its media type.
    pub data_type: DataType,
    /// Who creates it.
    pub owner: Creator,
    /// When, in milliseconds since 1970 UTC.
    pub created: u64,
}

/// Where the ID of a new object comes from.
pub enum IdSource {
    /// Fresh random bits: no other object has them.
    Random(u128),
    /// An idempotency key: the same create, sent again, has the same ID.
    Key(IdempotencyKey, Fingerprint),
    /// The client's own ID.
    Given(ObjectId),
}

impl NewObject {
    /// The object's ID in a bucket of this generation.
    pub fn id_in(&self, generation: &Generation) -> ObjectId {
        match &self.source {
            IdSource::Random(bits) => ObjectId::random(*bits),
            IdSource::Key(key, _) => key.object_id(generation, &self.owner),
            IdSource::Given(id) => id.clone(),
        }
    }
}

impl NewObject {
    /// The object as it is after the write that creates it, in a bucket of this generation.
    pub fn as_written(&self, stamp: Stamp) -> Object {
        Object {
            content: self.document.clone(),
            data_type: self.data_type.clone(),
            owner: self.owner.clone(),
            created: self.created,
            modified: self.created,
            acl: ObjectAcl::Default,
            marks: None,
            stamp,
        }
    }
}

/// An object that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The JSON text, without the members that belong to the server.
    pub content: Document,
    /// Its media type.
    pub data_type: DataType,
    /// Who created it.
    pub owner: Creator,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// When its content was last written, in milliseconds since 1970 UTC.
    pub modified: u64,
    /// Its ACL.
    pub acl: ObjectAcl,
    /// The marks of its index entries; `None` where the item has no map of them.
    pub marks: Option<Marks>,
    /// What a write of the item expects. Its version is the `ETag`.
    pub stamp: Stamp,
}

impl Object {
    /// Whether the object holds this mark of a rule, so that the entry with it counts.
    pub fn holds(&self, rule: RuleNumber, mark: &Mark) -> bool {
        self.marks.as_ref().and_then(|marks| marks.get(&rule)) == Some(mark)
    }
}

/// The ACL of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectAcl {
    /// Nobody has changed it: the default of its scope, with its creator.
    Default,
    /// It was changed.
    Stored(Acl),
    /// The stored one cannot be read, which denies everybody but the administrator.
    Unreadable,
}

/// What is under an object's key.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectState {
    /// No item: there was no such object, or its tombstone has expired.
    Absent,
    /// The tombstone of an object that was deleted.
    Deleted(Stamp),
    /// An object.
    Live(Object),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::UserId;

    #[test]
    fn an_id_comes_from_random_bits_or_from_the_key_and_the_owner() {
        let user = |id: &str| Creator::User(UserId::parse(id).unwrap());
        let object = |source: IdSource, owner: &str| NewObject {
            source,
            document: Document::parse(b"{}").unwrap(),
            data_type: DataType::json(),
            owner: user(owner),
            created: 0,
        };
        let key = || IdSource::Key(IdempotencyKey::parse("k").unwrap(), Fingerprint::stored([0; 32]));
        let (first, second) = (Generation::new(1), Generation::new(2));
        let random = object(IdSource::Random(5), "a");
        assert_eq!(random.id_in(&first), ObjectId::random(5));
        assert_eq!(random.id_in(&second), ObjectId::random(5));
        let named = object(key(), "a").id_in(&first);
        assert_eq!(named, IdempotencyKey::parse("k").unwrap().object_id(&first, &user("a")));
        assert_ne!(named, object(key(), "a").id_in(&second));
        assert_ne!(named, object(key(), "b").id_in(&first));
    }
}
