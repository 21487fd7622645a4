//! Creating an object (contract, section 3).

use std::sync::Arc;

use crate::model::address::BucketAddress;
use crate::model::bucket::{BucketPath, BucketState};
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::id::ObjectId;
use crate::model::idempotency::{Fingerprint, IdempotencyKey};
use crate::model::object::{IdSource, NewObject};
use crate::model::rights::Right;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::create::{Create, Stored};
use crate::store::first_object::FirstObject;

/// A request to create an object.
pub struct CreateObject {
    /// The bucket.
    pub address: BucketAddress,
    /// The object's media type.
    pub data_type: DataType,
    /// The object.
    pub document: Document,
    /// The client's idempotency key, and the fingerprint that tells this request from others with it.
    pub key: Option<(IdempotencyKey, Fingerprint)>,
}

/// An object that was created, by this request or by an earlier one with its idempotency key.
#[derive(Clone, Debug)]
pub struct Created {
    /// The bucket.
    pub bucket: BucketPath,
    /// The object's ID.
    pub id: ObjectId,
    /// Its media type.
    pub data_type: DataType,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// Whether an earlier request created it.
    pub replayed: bool,
}

impl CreateObject {
    /// Creates the object, if the ACL of the bucket lets the caller. Where there is no bucket, the ACL of the scope decides,
    /// and the bucket is made together with the object.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Created> {
        let mut admitted = context.admit(&self.address, None, Right::CreateObject).await?;
        let source = match self.key {
            Some((key, fingerprint)) => IdSource::Key(key, fingerprint),
            None => IdSource::Random(context.store.random()?),
        };
        let object = NewObject {
            source,
            document: self.document,
            data_type: self.data_type,
            owner: admitted.caller.creator(),
            created: context.now.milliseconds(),
        };
        loop {
            let stored = match &*admitted.bucket {
                BucketState::Live(bucket) => {
                    let id = object.id_in(&bucket.generation);
                    match context.store.create(admitted.place(&bucket.generation, &id), &object).await? {
                        Create::Stored(stored) => stored,
                        Create::KeyReused => return Err(Error::IdempotencyKeyReused),
                    }
                }
                BucketState::Vacant(seen) => {
                    let bucket = admitted.new_bucket(context.store.random()?, object.created);
                    let rules = &admitted.indexes.rules;
                    match context.store.create_first(&admitted.path, seen, &bucket, &object, rules).await? {
                        FirstObject::Created(stored) => stored,
                        FirstObject::Lost(winner) => {
                            // Another request made the bucket meanwhile. Its own ACL decides.
                            admitted.bucket = Arc::new(BucketState::Live(winner));
                            admitted.judge(Right::CreateObject)?;
                            continue;
                        }
                    }
                }
            };
            let Stored { id, created, replayed } = stored;
            return Ok(Created { bucket: admitted.path, id, data_type: object.data_type, created, replayed });
        }
    }
}
