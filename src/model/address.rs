//! Buckets and objects as request paths name them.

use super::bucket::BucketPath;
use super::id::{AppId, BucketId, ObjectId, UserId};
use super::scope::{Scope, ScopeOwner};

/// A bucket as a path names it. Its scope may be the caller's own, which is known only once the caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    /// The app.
    pub app: AppId,
    /// Whose scope the bucket is in.
    pub owner: AddressedOwner,
    /// The bucket.
    pub bucket: BucketId,
}

/// An object as a path names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAddress {
    /// The bucket.
    pub bucket: BucketAddress,
    /// The object.
    pub object: ObjectId,
}

/// Whose scope a path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressedOwner {
    /// The one in the path.
    Named(ScopeOwner),
    /// `/users/me`: the user who calls.
    Caller,
}

impl BucketAddress {
    /// The bucket's path for a caller who is the user `caller`; `None` if the path says `/users/me` and the caller is no user.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{GroupId, ThingId};

    #[test]
    fn a_path_about_the_caller_is_about_the_user_who_calls() {
        let address = |owner| BucketAddress {
            app: AppId::parse("demo").unwrap(),
            owner,
            bucket: BucketId::parse("notes").unwrap(),
        };
        let user = UserId::parse("u").unwrap();
        let scope = |owner: AddressedOwner, caller: Option<&UserId>| {
            address(owner).resolve(caller).map(|path| format!("{} {}", path.scope, path.bucket))
        };
        assert_eq!(scope(AddressedOwner::Caller, Some(&user)).as_deref(), Some("demo/users/u notes"));
        assert_eq!(scope(AddressedOwner::Caller, None), None);
        for (owner, kind, path) in [
            (ScopeOwner::App, "app", "demo notes"),
            (ScopeOwner::User(UserId::parse("v").unwrap()), "user", "demo/users/v notes"),
            (ScopeOwner::Group(GroupId::parse("g").unwrap()), "group", "demo/groups/g notes"),
            (ScopeOwner::Thing(ThingId::parse("t").unwrap()), "thing", "demo/things/t notes"),
        ] {
            let owner = AddressedOwner::Named(owner);
            assert_eq!(address(owner.clone()).scope_kind(), kind);
            assert_eq!(scope(owner.clone(), Some(&user)).as_deref(), Some(path));
            assert_eq!(scope(owner, None).as_deref(), Some(path));
        }
        assert_eq!(address(AddressedOwner::Caller).scope_kind(), "user");
    }
}
