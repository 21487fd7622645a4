//! Objects: item and model, and their calls.

use super::failure::{Cause, Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::write::PutOutcome;
use super::{Session, attribute};
use crate::model::bucket::BucketPath;
use crate::model::id::ObjectId;
use crate::model::idempotency::Fingerprint;
use crate::model::object::{IdSource, NewObject};
use crate::model::stamp::{Generation, Stamp, Version, Writer};

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

/// What an object's item says of the create that made it.
struct FirstCreate {
    /// The fingerprint of the request, if that had an idempotency key.
    fingerprint: Option<Fingerprint>,
    /// When the object was created, in milliseconds since 1970 UTC.
    created: u64,
    stamp: Stamp,
}

impl Session<'_> {
    /// Writes a new object, unless the same create has written it before.
    pub async fn create(&mut self, path: &BucketPath, generation: &Generation, object: &NewObject) -> Result<Create> {
        let (table, writer) = (&self.store.tables.objects, self.writer().clone());
        let put = self.put_new(table, || new_object(path, generation, object, &writer)).await?;
        let found = match put {
            PutOutcome::Made => return Ok(Create::Stored(Stored::new(object, generation))),
            PutOutcome::Found(found) => found,
        };
        let fingerprint = match &object.source {
            // R1: nobody else has the fresh random ID, so an earlier attempt has taken effect.
            IdSource::Random(_) => return Ok(Create::Stored(Stored::new(object, generation))),
            IdSource::Key(_, fingerprint) => fingerprint,
        };
        let found = found.ok_or_else(|| {
            let cause = Cause::of_message("a condition failed on an item that DynamoDB did not return");
            Failure::Unavailable(Cause { call: "PutItem", ..cause })
        })?;
        let found = first_create(&found).map_err(|error| Failure::unreadable(error, table, &found))?;
        Ok(after_found(found, fingerprint, object, generation, &writer))
    }
}

/// Rule R2: `found` stands under the ID of a new object that was made from an idempotency key.
fn after_found(
    found: FirstCreate,
    fingerprint: &Fingerprint,
    object: &NewObject,
    generation: &Generation,
    ours: &Writer,
) -> Create {
    if found.stamp.writer == *ours {
        Create::Stored(Stored::new(object, generation))
    } else if found.fingerprint.as_ref() == Some(fingerprint) {
        Create::Stored(Stored { id: object.id_in(generation), created: found.created, replayed: true })
    } else {
        Create::KeyReused
    }
}

impl Stored {
    /// What this request has just written.
    pub(super) fn new(object: &NewObject, generation: &Generation) -> Self {
        Self { id: object.id_in(generation), created: object.created, replayed: false }
    }
}

/// The item of a new object.
pub(super) fn new_object(path: &BucketPath, generation: &Generation, object: &NewObject, writer: &Writer) -> Item {
    let mut item = keys::object(path, generation, &object.id_in(generation));
    item.extend(attribute::stamp(writer, Version::FIRST));
    item.extend([
        ("content".to_owned(), attribute::text(object.document.as_str())),
        ("data_type".to_owned(), attribute::text(object.data_type.as_str())),
        ("owner".to_owned(), attribute::text(&object.owner.to_string())),
        ("created".to_owned(), attribute::number(object.created)),
        ("modified".to_owned(), attribute::number(object.created)),
    ]);
    if let IdSource::Key(_, fingerprint) = &object.source {
        item.insert("fingerprint".to_owned(), attribute::bytes(fingerprint.as_bytes()));
    }
    item
}

fn first_create(item: &Item) -> std::result::Result<FirstCreate, Unreadable> {
    let fingerprint = item.get("fingerprint").map(|value| {
        let bytes = value.as_b().ok().and_then(|bytes| bytes.as_ref().try_into().ok());
        bytes.map(Fingerprint::stored).ok_or(Unreadable { attribute: "fingerprint" })
    });
    Ok(FirstCreate {
        fingerprint: fingerprint.transpose()?,
        created: attribute::read_number(item, "created")?,
        stamp: attribute::read_stamp(item)?,
    })
}
