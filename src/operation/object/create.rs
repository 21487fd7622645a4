//! Creating an object (contract, section 3).

use crate::model::acl::Acl;
use crate::model::address::BucketAddress;
use crate::model::bucket::{BucketPath, BucketState, NewBucket, Vacancy};
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::id::ObjectId;
use crate::model::idempotency::{Fingerprint, IdempotencyKey};
use crate::model::object::{IdSource, NewObject};
use crate::model::principal::Principal;
use crate::model::rights::Right;
use crate::model::stamp::Generation;
use crate::operation::admission::{Admitted, judge_in_bucket};
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::first_object::FirstObject;
use crate::store::object::{Create, Stored};

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
        let Admitted { caller, path, bucket } = context.admit(&self.address, Right::CreateObject).await?;
        let source = match self.key {
            Some((key, fingerprint)) => IdSource::Key(key, fingerprint),
            None => IdSource::Random(context.store.random()?),
        };
        let object = NewObject {
            source,
            document: self.document,
            data_type: self.data_type,
            owner: caller.creator(),
            created: context.now.milliseconds(),
        };
        let Stored { id, created, replayed } = match &*bucket {
            BucketState::Live(bucket) => create(context, &path, &bucket.generation, &object).await?,
            BucketState::Vacant(seen) => create_first(context, &path, seen, &caller, &object).await?,
        };
        Ok(Created { bucket: path, id, data_type: object.data_type, created, replayed })
    }
}

async fn create(
    context: &mut Context<'_>,
    path: &BucketPath,
    generation: &Generation,
    object: &NewObject,
) -> Result<Stored> {
    match context.store.create(path, generation, object).await? {
        Create::Stored(stored) => Ok(stored),
        Create::KeyReused => Err(Error::IdempotencyKeyReused),
    }
}

/// Makes the bucket with its first object. If another request makes the bucket meanwhile, that bucket's own ACL decides.
async fn create_first(
    context: &mut Context<'_>,
    path: &BucketPath,
    seen: &Vacancy,
    caller: &Principal,
    object: &NewObject,
) -> Result<Stored> {
    context.judge_in_scope(Right::CreateBucket, caller, path).await?;
    let bucket = NewBucket {
        generation: Generation::new(context.store.random()?),
        acl: Acl::default_of_bucket(&path.scope.owner, &caller.creator()),
        creator: caller.creator(),
        created: object.created,
    };
    match context.store.create_first(path, seen, &bucket, object).await? {
        FirstObject::Created(stored) => Ok(stored),
        FirstObject::Lost(winner) => {
            judge_in_bucket(Right::CreateObject, caller, path, &winner)?;
            create(context, path, &winner.generation, object).await
        }
    }
}
