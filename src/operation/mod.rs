//! What can be asked of Pail: one file for each thing.

pub mod acl;
mod admission;
pub mod app;
pub mod bucket;
mod caller;
mod context;
mod error;
pub mod index;
pub mod me;
pub mod object;
pub mod query;
pub mod refresh;
pub mod sweep;
pub mod token;

pub use context::Context;
pub use error::{Advice, Error, Need, Result, Subject, Unanswered};

use crate::model::bucket::{BucketPage, BucketPath};
use crate::model::id::UserId;
use crate::model::stamp::Version;
use acl::change::{ChangeAcl, Changed};
use acl::get::{GetAcl, Shown};
use bucket::drop::DropBucket;
use bucket::get::GetBucket;
use bucket::list::ListBuckets;
use bucket::make::MakeBucket;
use me::GetMe;
use object::create::{CreateObject, Created};
use object::delete::DeleteObject;
use object::get::{GetObject, Read};
use object::patch::{PatchObject, Patched};
use object::put::{Put, PutObject};
use query::{Queried, QueryBucket};
use token::issue::{IssueToken, Issued};
use token::revoke::RevokeToken;

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
    /// Query a bucket.
    QueryBucket(Box<QueryBucket>),
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
    /// Show a user who it is.
    GetMe(GetMe),
    /// Issue a token.
    IssueToken(IssueToken),
    /// Revoke a token.
    RevokeToken(RevokeToken),
    /// Describe what can be asked.
    Describe,
}

/// What an operation came to. It has no `Debug`, as a new token is secret.
#[derive(Clone)]
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
    /// A bucket was queried.
    Queried(Queried),
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
    /// The caller is this user.
    Me(UserId),
    /// A token was issued.
    Issued(Issued),
    /// A token was revoked, or does not exist.
    Revoked,
    /// What can be asked is the same for everybody.
    Description,
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
            Self::QueryBucket(query) => query.run(context).await.map(Answer::Queried),
            Self::GetAcl(get) => get.run(context).await.map(Answer::Acl),
            Self::ChangeAcl(change) => change.run(context).await.map(Answer::AclChanged),
            Self::GetBucket(get) => {
                get.run(context).await.map(|size| size.map_or(Answer::BucketExists, Answer::Bucket))
            }
            Self::MakeBucket(make) => make.run(context).await.map(Answer::BucketMade),
            Self::DropBucket(drop) => drop.run(context).await.map(|()| Answer::BucketDropped),
            Self::ListBuckets(list) => list.run(context).await.map(Answer::Buckets),
            Self::GetMe(get) => get.run(context).await.map(Answer::Me),
            Self::IssueToken(issue) => issue.run(context).await.map(Answer::Issued),
            Self::RevokeToken(revoke) => revoke.run(context).await.map(|()| Answer::Revoked),
            Self::Describe => Ok(Answer::Description),
        }
    }
}
