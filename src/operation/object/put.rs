//! Creating or replacing an object of a given ID (contract, section 7.2).

use std::sync::Arc;

use crate::model::address::ObjectAddress;
use crate::model::bucket::{Bucket, BucketPath, BucketState, Vacancy};
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::id::ObjectId;
use crate::model::object::{IdSource, NewObject, ObjectState};
use crate::model::precondition::Precondition;
use crate::model::rights::Right;
use crate::model::stamp::Version;
use crate::operation::admission::Admitted;
use crate::operation::context::Context;
use crate::operation::error::Result;
use crate::store::first_object::FirstObject;
use crate::store::object::Written;

/// A request to create or replace an object.
pub struct PutObject {
    /// The object.
    pub address: ObjectAddress,
    /// What has to hold.
    pub precondition: Precondition<Version>,
    /// The object's media type; `None` to keep that of an object that exists.
    pub data_type: Option<DataType>,
    /// The content.
    pub document: Document,
}

/// An object that was created or replaced.
#[derive(Clone, Debug)]
pub struct Put {
    /// The bucket.
    pub bucket: BucketPath,
    /// The object's ID.
    pub id: ObjectId,
    /// Its version.
    pub version: Version,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// When its content was written, in milliseconds since 1970 UTC.
    pub modified: u64,
    /// Whether it is new.
    pub is_new: bool,
}

/// What one round came to.
enum Round {
    Put(Put),
    /// Another request made the bucket first.
    Bucket(Bucket),
    /// Another request wrote the object first.
    Object(ObjectState),
}

impl PutObject {
    /// Creates the object, or replaces its content. If another request is first, everything is judged again.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Put> {
        let ObjectAddress { bucket: address, object: id } = &self.address;
        let mut admitted = context.admit(address, Some(id), Right::PutObject).await?;
        loop {
            let found = admitted.live_object().map(|object| &object.stamp.version);
            self.precondition.check(found).map_err(|unmet| admitted.unmet(unmet))?;
            match self.write(context, &admitted).await? {
                Round::Put(put) => return Ok(put),
                Round::Bucket(winner) => {
                    let found = context.store.object(admitted.place(&winner.generation, id)).await?;
                    admitted.object = found;
                    admitted.bucket = Arc::new(BucketState::Live(winner));
                }
                Round::Object(found) => admitted.object = found,
            }
            admitted.judge(Right::PutObject)?;
            context.store.next_round().await?;
        }
    }

    /// Writes over exactly what was found.
    async fn write(&self, context: &mut Context<'_>, admitted: &Admitted) -> Result<Round> {
        let (now, id, path) = (context.now.milliseconds(), &self.address.object, &admitted.path);
        let bucket = match &*admitted.bucket {
            BucketState::Vacant(seen) => return self.write_first(context, admitted, seen).await,
            BucketState::Live(bucket) => bucket,
        };
        let at = admitted.place(&bucket.generation, id);
        let (created, modified, written) = match &admitted.object {
            ObjectState::Absent => (now, now, context.store.create_at(at, &self.new_object(admitted, now)).await?),
            ObjectState::Deleted(seen) => {
                (now, now, context.store.create_over(at, seen, &self.new_object(admitted, now)).await?)
            }
            ObjectState::Live(seen) => {
                let modified = now.max(seen.modified.saturating_add(1));
                let data_type = self.data_type.as_ref().unwrap_or(&seen.data_type);
                let written = context.store.replace(at, seen, &self.document, data_type, modified).await?;
                (seen.created, modified, written)
            }
        };
        let is_new = !matches!(admitted.object, ObjectState::Live(_));
        Ok(match written {
            Written::Made(version) => {
                Round::Put(Put { bucket: path.clone(), id: id.clone(), version, created, modified, is_new })
            }
            Written::Conflict(found) => Round::Object(found),
        })
    }

    /// Makes the bucket together with the object.
    async fn write_first(&self, context: &mut Context<'_>, admitted: &Admitted, seen: &Vacancy) -> Result<Round> {
        let (now, path) = (context.now.milliseconds(), &admitted.path);
        let bucket = admitted.new_bucket(context.store.random()?, now);
        let (object, rules) = (self.new_object(admitted, now), &admitted.indexes.rules);
        Ok(match context.store.create_first(path, seen, &bucket, &object, rules).await? {
            FirstObject::Created(_) => Round::Put(Put {
                bucket: path.clone(),
                id: self.address.object.clone(),
                version: Version::FIRST,
                created: now,
                modified: now,
                is_new: true,
            }),
            FirstObject::Lost(winner) => Round::Bucket(winner),
        })
    }

    fn new_object(&self, admitted: &Admitted, now: u64) -> NewObject {
        NewObject {
            source: IdSource::Given(self.address.object.clone()),
            document: self.document.clone(),
            data_type: self.data_type.clone().unwrap_or_else(DataType::json),
            owner: admitted.caller.creator(),
            created: now,
        }
    }
}
