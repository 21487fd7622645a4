//! Objects: item and model, and the calls that read and change them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::write::{ConditionFailed, Expected, Meaning, Outcome, Place, Update, unknown};
use super::{Session, attribute};
use crate::model::acl::Acl;
use crate::model::bucket::BucketPath;
use crate::model::creator::Creator;
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::id::ObjectId;
use crate::model::object::{IdSource, NewObject, Object, ObjectAcl, ObjectState};
use crate::model::stamp::{Generation, Stamp, Version, Writer};

/// How long the tombstone of a deleted object stays, in seconds: seven days. Until then, late attempts of earlier writes
/// find it, and the next object of this ID continues its versions.
const TOMBSTONE_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Where an object is.
#[derive(Clone, Copy)]
pub struct ObjectPlace<'a> {
    /// The bucket.
    pub path: &'a BucketPath,
    /// The generation of the bucket.
    pub generation: &'a Generation,
    /// The object's ID.
    pub id: &'a ObjectId,
}

/// How a write of an object fared.
#[derive(Debug, PartialEq)]
pub enum Written {
    /// It took effect, and gave the object this version.
    Made(Version),
    /// Another request was first, and nothing was written. This is what is there now, as good as just read.
    Conflict(ObjectState),
}

impl Session<'_> {
    /// Reads what is under an object's key.
    pub async fn object(&mut self, at: ObjectPlace<'_>) -> Result<ObjectState> {
        let (table, key) = (&self.store.tables.objects, at.key());
        let item = self.get(table, &key).await?;
        read_object(item.as_ref()).map_err(|error| Failure::unreadable(error, table, &key))
    }

    /// Creates an object under an ID of the client's choice, where nothing was seen.
    pub async fn create_at(&mut self, at: ObjectPlace<'_>, object: &NewObject) -> Result<Written> {
        let (table, writer) = (&self.store.tables.objects, self.writer().clone());
        let outcome = self.put_new(table, || new_object(at.path, at.generation, object, &writer)).await?;
        self.settle(at, outcome, Version::FIRST)
    }

    /// Creates an object under an ID of the client's choice, over the tombstone that was `seen`. It continues the versions
    /// of the object that was deleted. The idempotency record of that one stays as well.
    pub async fn create_over(&mut self, at: ObjectPlace<'_>, seen: &Stamp, object: &NewObject) -> Result<Written> {
        let mut set = content(&object.document, &object.data_type, object.created);
        set.insert("owner".to_owned(), attribute::text(&object.owner.to_string()));
        set.insert("created".to_owned(), attribute::number(object.created));
        let update = Update {
            set,
            assign: Some("first_created = if_not_exists(first_created, #created)"),
            // A forgotten `expires` would delete the new object.
            remove: &[keys::DELETED, keys::EXPIRES],
            version: seen.version.next(),
        };
        self.write(at, update, Expected::Tombstone(seen)).await
    }

    /// Replaces the content of the object that was `seen`.
    pub async fn replace(
        &mut self,
        at: ObjectPlace<'_>,
        seen: &Object,
        document: &Document,
        data_type: &DataType,
        modified: u64,
    ) -> Result<Written> {
        let (set, version) = (content(document, data_type, modified), seen.stamp.version.next());
        self.write(at, Update { set, assign: None, remove: &[], version }, Expected::Live(&seen.stamp)).await
    }

    /// Deletes the object that was `seen`, at this time in milliseconds since 1970 UTC. A tombstone stays for seven days.
    pub async fn delete(&mut self, at: ObjectPlace<'_>, seen: &Object, now: u64) -> Result<Written> {
        let update = Update {
            set: Item::from([
                (keys::DELETED.to_owned(), attribute::number(now)),
                (keys::EXPIRES.to_owned(), attribute::number(now / 1000 + TOMBSTONE_SECONDS)),
            ]),
            assign: None,
            remove: &["content", "data_type", "modified", "acl", "entries"],
            version: seen.stamp.version.next(),
        };
        self.write(at, update, Expected::Live(&seen.stamp)).await
    }

    /// Replaces the ACL of the object that was `seen`, which keeps its version: clients save with the `ETag` that they had
    /// before they changed the ACL.
    pub async fn change_object_acl(&mut self, at: ObjectPlace<'_>, seen: &Object, acl: &Acl) -> Result<Written> {
        let set = Item::from([("acl".to_owned(), attribute::acl(acl))]);
        let update = Update { set, assign: None, remove: &[], version: seen.stamp.version };
        self.write(at, update, Expected::Live(&seen.stamp)).await
    }

    async fn write(&mut self, at: ObjectPlace<'_>, update: Update, expected: Expected<'_>) -> Result<Written> {
        let version = update.version;
        let place = Place { table: &self.store.tables.objects, key: at.key(), mark: keys::DELETED };
        let outcome = self.update(&place, update, expected).await?;
        self.settle(at, outcome, version)
    }

    /// Rule R5: what a write came to that would have given the object the version `next`.
    fn settle(&self, at: ObjectPlace<'_>, outcome: Outcome, next: Version) -> Result<Written> {
        let failed: ConditionFailed = match outcome {
            Outcome::Made => return Ok(Written::Made(next)),
            Outcome::Failed(failed) => failed,
        };
        let unreadable = |error| Failure::unreadable(error, &self.store.tables.objects, &at.key());
        let stamp = failed.found.as_ref().map(attribute::read_stamp).transpose().map_err(unreadable)?;
        match failed.of_write(stamp.as_ref(), self.writer()) {
            Meaning::Ours => Ok(Written::Made(next)),
            Meaning::Conflict => read_object(failed.found.as_ref()).map(Written::Conflict).map_err(unreadable),
            Meaning::Unknown => Err(unknown("UpdateItem")),
        }
    }
}

impl ObjectPlace<'_> {
    fn key(&self) -> Item {
        keys::object(self.path, self.generation, self.id)
    }
}

/// The item of a new object.
pub(super) fn new_object(path: &BucketPath, generation: &Generation, object: &NewObject, writer: &Writer) -> Item {
    let mut item = keys::object(path, generation, &object.id_in(generation));
    item.extend(attribute::stamp(writer, Version::FIRST));
    item.extend(content(&object.document, &object.data_type, object.created));
    item.insert("owner".to_owned(), attribute::text(&object.owner.to_string()));
    item.insert("created".to_owned(), attribute::number(object.created));
    if let IdSource::Key(_, fingerprint) = &object.source {
        item.insert("fingerprint".to_owned(), attribute::bytes(fingerprint.as_bytes()));
    }
    item
}

/// The attributes that every write of content sets, whole. `entries` are the marks of index entries (protocol).
fn content(document: &Document, data_type: &DataType, modified: u64) -> Item {
    Item::from([
        ("content".to_owned(), attribute::text(document.as_str())),
        ("data_type".to_owned(), attribute::text(data_type.as_str())),
        ("modified".to_owned(), attribute::number(modified)),
        ("entries".to_owned(), AttributeValue::M(Item::new())),
    ])
}

/// Reads what the item under an object's key says.
pub fn read_object(item: Option<&Item>) -> std::result::Result<ObjectState, Unreadable> {
    let Some(item) = item else {
        return Ok(ObjectState::Absent);
    };
    let stamp = attribute::read_stamp(item)?;
    if item.contains_key(keys::DELETED) {
        return Ok(ObjectState::Deleted(stamp));
    }
    let owner: std::result::Result<Creator, _> = attribute::read_text(item, "owner")?.parse();
    let acl = match item.get("acl") {
        None => ObjectAcl::Default,
        Some(_) => attribute::read_acl(item).map_or(ObjectAcl::Unreadable, ObjectAcl::Stored),
    };
    Ok(ObjectState::Live(Object {
        content: Document::stored(attribute::read_text(item, "content")?),
        data_type: DataType::stored(attribute::read_text(item, "data_type")?),
        owner: owner.map_err(|_| Unreadable { attribute: "owner" })?,
        created: attribute::read_number(item, "created")?,
        modified: attribute::read_number(item, "modified")?,
        acl,
        stamp,
    }))
}
