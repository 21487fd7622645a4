//! What can be asked of Pail: one file for each thing.

pub mod acl;
mod admission;
pub mod app;
pub mod bucket;
mod context;
mod error;
pub mod object;
pub mod sweep;

pub use context::Context;
pub use error::{Error, Need, Result, Subject};

use crate::model::bucket::{BucketPage, BucketPath};
use crate::model::stamp::Version;
use acl::change::{ChangeAcl, Changed};
use acl::get::{GetAcl, Shown};
use bucket::drop::DropBucket;
use bucket::get::GetBucket;
use bucket::list::ListBuckets;
use bucket::make::MakeBucket;
use object::create::{CreateObject, Created};
use object::delete::DeleteObject;
use object::get::{GetObject, Read};
use object::patch::{PatchObject, Patched};
use object::put::{Put, PutObject};

/// The most rounds of a change that others keep overtaking.
const MOST_ROUNDS: u32 = 20;

/// What a request asks for, parsed.
pub enum Operation {
    /// Create an object.
    CreateObject(CreateObject),
    /// Read an object.
    GetObject(GetObject),
    /// Create or replace an object of a given ID.
    PutObject(PutObject),
    /// Change an object.
    PatchObject(PatchObject),
    /// Delete an object.
    DeleteObject(DeleteObject),
    /// Show an ACL, or a part of it.
    GetAcl(GetAcl),
    /// Change an ACL.
    ChangeAcl(ChangeAcl),
    /// Show a bucket.
    GetBucket(GetBucket),
    /// Make an empty bucket.
    MakeBucket(MakeBucket),
    /// Drop a bucket.
    DropBucket(DropBucket),
    /// List the buckets of a scope.
    ListBuckets(ListBuckets),
}

/// What an operation came to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An object was created.
    Created(Created),
    /// An object was read.
    Read(Read),
    /// The client has the object in this version already.
    Unmodified(Version),
    /// An object was created or replaced.
    Put(Put),
    /// An object was changed.
    Patched(Patched),
    /// An object was deleted.
    Deleted,
    /// An ACL was read.
    Acl(Shown),
    /// An ACL was changed.
    AclChanged(Changed),
    /// A bucket exists, and holds so many objects.
    Bucket(u64),
    /// A bucket exists.
    BucketExists,
    /// A bucket was made.
    BucketMade(BucketPath),
    /// A bucket was dropped.
    BucketDropped,
    /// Buckets were listed.
    Buckets(BucketPage),
}

impl Operation {
    /// Runs the operation.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Answer> {
        match self {
            Self::CreateObject(create) => create.run(context).await.map(Answer::Created),
            Self::GetObject(get) => {
                get.run(context).await.map(|read| read.map_or_else(Answer::Unmodified, Answer::Read))
            }
            Self::PutObject(put) => put.run(context).await.map(Answer::Put),
            Self::PatchObject(patch) => patch.run(context).await.map(Answer::Patched),
            Self::DeleteObject(delete) => delete.run(context).await.map(|()| Answer::Deleted),
            Self::GetAcl(get) => get.run(context).await.map(Answer::Acl),
            Self::ChangeAcl(change) => change.run(context).await.map(Answer::AclChanged),
            Self::GetBucket(get) => {
                get.run(context).await.map(|size| size.map_or(Answer::BucketExists, Answer::Bucket))
            }
            Self::MakeBucket(make) => make.run(context).await.map(Answer::BucketMade),
            Self::DropBucket(drop) => drop.run(context).await.map(|()| Answer::BucketDropped),
            Self::ListBuckets(list) => list.run(context).await.map(Answer::Buckets),
        }
    }
}
