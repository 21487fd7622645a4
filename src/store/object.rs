//! Objects: item and model, and the calls that read and change them.

use super::entries::{ENTRIES, of_marks, read_marks};
use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::place::ObjectPlace;
use super::write::{ConditionFailed, Expected, Meaning, Outcome, Place, Update, unknown};
use super::{Session, attribute};
use crate::model::acl::Acl;
use crate::model::creator::Creator;
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::index::entry::Prepared;
use crate::model::marks::Marks;
use crate::model::object::{IdSource, NewObject, Object, ObjectAcl, ObjectState};
use crate::model::stamp::{Stamp, Version, Writer};

/// How long the tombstone of a deleted object stays, in seconds: seven days. Until then, late attempts of earlier writes
/// find it, and the next object of this ID continues its versions.
const TOMBSTONE_SECONDS: u64 = 7 * 24 * 60 * 60;

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
        let (table, stamp) = (&self.store.tables.objects, self.stamp(Version::FIRST));
        let prepared = self.prepare(at, || object.as_written(stamp.clone()), None).await?;
        let outcome = self.put_new(table, || new_object(at, object, &stamp.writer, &prepared.marks)).await?;
        self.settle(at, outcome, Version::FIRST, None, &prepared).await
    }

    /// Creates an object under an ID of the client's choice, over the tombstone that was `seen`. It continues the versions
    /// of the object that was deleted. The idempotency record of that one stays as well.
    pub async fn create_over(&mut self, at: ObjectPlace<'_>, seen: &Stamp, object: &NewObject) -> Result<Written> {
        let version = seen.version.next();
        let stamp = self.stamp(version);
        let prepared = self.prepare(at, || object.as_written(stamp), None).await?;
        let mut set = content(&object.document, &object.data_type, object.created, &prepared.marks);
        set.insert("owner".to_owned(), attribute::text(&object.owner.to_string()));
        set.insert("created".to_owned(), attribute::number(object.created));
        let update = Update {
            set,
            assign: Some("first_created = if_not_exists(first_created, #created)"),
            // A forgotten `expires` would delete the new object.
            remove: &[keys::DELETED, keys::EXPIRES],
            version,
            returns_old: false,
        };
        self.write(at, update, Expected::Tombstone(seen), None, &prepared).await
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
        let version = seen.stamp.version.next();
        let stamp = self.stamp(version);
        let after =
            || Object { content: document.clone(), data_type: data_type.clone(), modified, stamp, ..seen.clone() };
        let prepared = self.prepare(at, after, Some(seen)).await?;
        let set = content(document, data_type, modified, &prepared.marks);
        let update = Update { set, assign: None, remove: &[], version, returns_old: at.has_rules() };
        self.write(at, update, Expected::Live(&seen.stamp), Some(seen), &prepared).await
    }

    /// Deletes the object that was `seen`, at this time in milliseconds since 1970 UTC. A tombstone stays for seven days.
    pub async fn delete(&mut self, at: ObjectPlace<'_>, seen: &Object, now: u64) -> Result<Written> {
        let update = Update {
            set: Item::from([
                (keys::DELETED.to_owned(), attribute::number(now)),
                (keys::EXPIRES.to_owned(), attribute::number(now / 1000 + TOMBSTONE_SECONDS)),
            ]),
            assign: None,
            remove: &["content", "data_type", "modified", "acl", ENTRIES],
            version: seen.stamp.version.next(),
            returns_old: at.has_rules(),
        };
        self.write(at, update, Expected::Live(&seen.stamp), Some(seen), &Prepared::default()).await
    }

    /// Replaces the ACL of the object that was `seen`, which keeps its version: clients save with the `ETag` that they had
    /// before they changed the ACL.
    pub async fn change_object_acl(&mut self, at: ObjectPlace<'_>, seen: &Object, acl: &Acl) -> Result<Written> {
        let set = Item::from([("acl".to_owned(), attribute::acl(acl))]);
        let update = Update { set, assign: None, remove: &[], version: seen.stamp.version, returns_old: false };
        self.write(at, update, Expected::Live(&seen.stamp), None, &Prepared::default()).await
    }

    /// `before` is the live object that was seen, if the write replaces or deletes its content.
    async fn write(
        &mut self,
        at: ObjectPlace<'_>,
        update: Update,
        expected: Expected<'_>,
        before: Option<&Object>,
        prepared: &Prepared,
    ) -> Result<Written> {
        let version = update.version;
        let place = Place { table: &self.store.tables.objects, key: at.key(), mark: keys::DELETED };
        let outcome = self.update(&place, update, expected).await?;
        self.settle(at, outcome, version, before, prepared).await
    }

    /// Rule R5: what a write came to that would have given the object the version `next`. Then entries go that do not count:
    /// those of the object `before`, or else those that were prepared. They stay where the outcome is unknown.
    async fn settle(
        &mut self,
        at: ObjectPlace<'_>,
        outcome: Outcome,
        next: Version,
        before: Option<&Object>,
        prepared: &Prepared,
    ) -> Result<Written> {
        let (written, old) = match outcome {
            Outcome::Made(old) => (Written::Made(next), old),
            Outcome::Failed(failed) => (self.after_failure(at, &failed, next)?, None),
        };
        match (&written, before) {
            (Written::Conflict(_), _) => self.delete_entries(at, &prepared.new).await,
            (Written::Made(_), Some(before)) if at.has_rules() => {
                // A back fill may have added marks since the object was read.
                let held = old.as_ref().and_then(read_marks).or_else(|| before.marks.clone());
                self.delete_stale(at, before, &held.unwrap_or_default(), &prepared.marks).await;
            }
            (Written::Made(_), _) => {}
        }
        Ok(written)
    }

    fn after_failure(&self, at: ObjectPlace<'_>, failed: &ConditionFailed, next: Version) -> Result<Written> {
        let unreadable = |error| Failure::unreadable(error, &self.store.tables.objects, &at.key());
        let stamp = failed.found.as_ref().map(attribute::read_stamp).transpose().map_err(unreadable)?;
        match failed.of_write(stamp.as_ref(), self.writer()) {
            Meaning::Ours => Ok(Written::Made(next)),
            Meaning::Conflict => read_object(failed.found.as_ref()).map(Written::Conflict).map_err(unreadable),
            Meaning::Unknown => Err(unknown("UpdateItem")),
        }
    }

    /// The stamp that this request gives an item.
    pub(super) fn stamp(&self, version: Version) -> Stamp {
        Stamp { writer: self.writer().clone(), version }
    }
}

/// The item of a new object.
pub(super) fn new_object(at: ObjectPlace<'_>, object: &NewObject, writer: &Writer, marks: &Marks) -> Item {
    let mut item = at.key();
    item.extend(attribute::stamp(writer, Version::FIRST));
    item.extend(content(&object.document, &object.data_type, object.created, marks));
    item.insert("owner".to_owned(), attribute::text(&object.owner.to_string()));
    item.insert("created".to_owned(), attribute::number(object.created));
    if let IdSource::Key(_, fingerprint) = &object.source {
        item.insert("fingerprint".to_owned(), attribute::bytes(fingerprint.as_bytes()));
    }
    item
}

/// The attributes that every write of content sets, whole.
fn content(document: &Document, data_type: &DataType, modified: u64, marks: &Marks) -> Item {
    Item::from([
        ("content".to_owned(), attribute::text(document.as_str())),
        ("data_type".to_owned(), attribute::text(data_type.as_str())),
        ("modified".to_owned(), attribute::number(modified)),
        (ENTRIES.to_owned(), of_marks(marks)),
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
        marks: read_marks(item),
        stamp,
    }))
}
