//! Creating an object under an ID that the server makes (protocol, R1 and R2).

use super::entries::read_marks;
use super::failure::{Cause, Failure, Result, Unreadable};
use super::keys::Item;
use super::object::new_object;
use super::place::ObjectPlace;
use super::write::Outcome;
use super::{Session, attribute};
use crate::model::id::ObjectId;
use crate::model::idempotency::Fingerprint;
use crate::model::index::Entry;
use crate::model::marks::Marks;
use crate::model::object::{IdSource, NewObject};
use crate::model::stamp::{Stamp, Version, Writer};

/// An object that is in its bucket.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its ID.
    pub id: ObjectId,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// Whether an earlier request created it.
    pub replayed: bool,
}

/// How a create fared.
#[derive(Debug, PartialEq, Eq)]
pub enum Create {
    /// The object is in its bucket.
    Stored(Stored),
    /// The idempotency key was used for another request. Nothing was written.
    KeyReused,
}

/// What an object's item says of the create that made it first.
struct FirstCreate {
    /// The fingerprint of the request, if that had an idempotency key.
    fingerprint: Option<Fingerprint>,
    /// When the object was created first, in milliseconds since 1970 UTC.
    created: u64,
    /// The marks of its index entries.
    marks: Marks,
    stamp: Stamp,
}

impl Session<'_> {
    /// Writes a new object at its place, unless the same create has written it before.
    pub async fn create(&mut self, at: ObjectPlace<'_>, object: &NewObject) -> Result<Create> {
        let (table, stamp) = (&self.store.tables.objects, self.stamp(Version::FIRST));
        let prepared = self.prepare(at, || object.as_written(stamp.clone()), None).await?;
        let put = self.put_new(table, || new_object(at, object, &stamp.writer, &prepared.marks)).await?;
        let found = match put {
            Outcome::Made(_) => return Ok(Create::Stored(Stored::new(at.id, object))),
            Outcome::Failed(failed) => failed.found,
        };
        let fingerprint = match &object.source {
            // R1: no other request has the fresh random ID, so an earlier attempt has taken effect.
            IdSource::Random(_) | IdSource::Given(_) => return Ok(Create::Stored(Stored::new(at.id, object))),
            IdSource::Key(_, fingerprint) => fingerprint,
        };
        let found = found.ok_or_else(|| {
            let cause = Cause::of_message("a condition failed on an item that DynamoDB did not return");
            Failure::Unavailable(Cause { call: "PutItem", ..cause })
        })?;
        let first = first_create(&found).map_err(|error| Failure::unreadable(error, table, &found))?;
        // An earlier attempt may have created it, and a later write have kept its entries.
        let is_held = |entry: &&Entry| first.marks.get(&entry.rule) == prepared.marks.get(&entry.rule);
        let unheld: Vec<Entry> = prepared.new.iter().filter(|entry| !is_held(entry)).cloned().collect();
        self.delete_entries(at, &unheld).await;
        Ok(after_found(first, fingerprint, at.id, object, &stamp.writer))
    }
}

/// Rule R2: `found` is under the ID of a new object that was made from an idempotency key.
fn after_found(
    found: FirstCreate,
    fingerprint: &Fingerprint,
    id: &ObjectId,
    object: &NewObject,
    ours: &Writer,
) -> Create {
    if found.stamp.writer == *ours {
        Create::Stored(Stored::new(id, object))
    } else if found.fingerprint.as_ref() == Some(fingerprint) {
        Create::Stored(Stored { id: id.clone(), created: found.created, replayed: true })
    } else {
        Create::KeyReused
    }
}

impl Stored {
    /// What this request has just written.
    pub(super) fn new(id: &ObjectId, object: &NewObject) -> Self {
        Self { id: id.clone(), created: object.created, replayed: false }
    }
}

fn first_create(item: &Item) -> std::result::Result<FirstCreate, Unreadable> {
    let fingerprint = item.get("fingerprint").map(|value| {
        let bytes = value.as_b().ok().and_then(|bytes| bytes.as_ref().try_into().ok());
        bytes.map(Fingerprint::stored).ok_or(Unreadable { attribute: "fingerprint" })
    });
    // A PUT over the tombstone of the object has set `created` anew.
    let created = if item.contains_key("first_created") { "first_created" } else { "created" };
    Ok(FirstCreate {
        fingerprint: fingerprint.transpose()?,
        created: attribute::read_number(item, created)?,
        marks: read_marks(item).unwrap_or_default(),
        stamp: attribute::read_stamp(item)?,
    })
}
