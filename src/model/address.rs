//! Buckets as paths name them.

use super::bucket::BucketPath;
use super::id::{AppId, BucketId, UserId};
use super::scope::{Scope, ScopeOwner};

/// A bucket as a path names it: the scope may be that of whoever calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    /// The app.
    pub app: AppId,
    /// Whose scope the bucket is in.
    pub owner: AddressedOwner,
    /// The bucket.
    pub bucket: BucketId,
}

/// Whose scope a path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressedOwner {
    /// The one that the path names.
    Named(ScopeOwner),
    /// `/users/me`: the user who calls.
    Caller,
}

impl BucketAddress {
    /// The bucket, when `caller` is the user who calls; `None` if the path is about the caller and that is no user.
    pub fn resolve(&self, caller: Option<&UserId>) -> Option<BucketPath> {
        let owner = match (&self.owner, caller) {
            (AddressedOwner::Named(owner), _) => owner.clone(),
            (AddressedOwner::Caller, Some(user)) => ScopeOwner::User(user.clone()),
            (AddressedOwner::Caller, None) => return None,
        };
        let scope = Scope { app: self.app.clone(), owner };
        Some(BucketPath { scope, bucket: self.bucket.clone() })
    }

    /// The kind of the scope in one word.
    pub fn scope_kind(&self) -> &'static str {
        match &self.owner {
            AddressedOwner::Named(owner) => owner.kind(),
            AddressedOwner::Caller => "user",
        }
    }
}
