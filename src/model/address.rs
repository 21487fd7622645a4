//! Scopes, buckets and objects as request paths name them.

use super::acl::Verb;
use super::bucket::BucketPath;
use super::id::{AppId, BucketId, ObjectId, UserId};
use super::scope::{Scope, ScopeOwner};

/// A scope as a path names it. It may be the caller's own, which is known only once the caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeAddress {
    /// The app.
    pub app: AppId,
    /// Whose scope it is.
    pub owner: AddressedOwner,
}

/// A bucket as a path names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    /// The scope.
    pub scope: ScopeAddress,
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

/// Whatever has an ACL, as a path names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A scope.
    Scope(ScopeAddress),
    /// A bucket.
    Bucket(BucketAddress),
    /// An object.
    Object(ObjectAddress),
}

/// Whose scope a path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressedOwner {
    /// The one in the path.
    Named(ScopeOwner),
    /// `/users/me`: the user who calls.
    Caller,
}

impl Address {
    /// The scope that it is, or is in.
    pub fn scope(&self) -> &ScopeAddress {
        match self {
            Self::Scope(scope) => scope,
            Self::Bucket(bucket) => &bucket.scope,
            Self::Object(object) => &object.bucket.scope,
        }
    }

    /// The verbs that its ACL has.
    pub const fn verbs(&self) -> &'static [Verb] {
        match self {
            Self::Scope(_) => Verb::OF_SCOPE,
            Self::Bucket(_) => Verb::OF_BUCKET,
            Self::Object(_) => Verb::OF_OBJECT,
        }
    }
}

impl ScopeAddress {
    /// The scope for a caller who is the user `caller`; `None` if the path says `/users/me` and the caller is no user.
    pub fn resolve(&self, caller: Option<&UserId>) -> Option<Scope> {
        let owner = match (&self.owner, caller) {
            (AddressedOwner::Named(owner), _) => owner.clone(),
            (AddressedOwner::Caller, Some(user)) => ScopeOwner::User(user.clone()),
            (AddressedOwner::Caller, None) => return None,
        };
        Some(Scope { app: self.app.clone(), owner })
    }

    /// The kind of the scope in one word.
    pub fn kind(&self) -> &'static str {
        match &self.owner {
            AddressedOwner::Named(owner) => owner.kind().name(),
            AddressedOwner::Caller => "user",
        }
    }
}

impl BucketAddress {
    /// The bucket's path in a scope that [`ScopeAddress::resolve`] gave.
    pub fn within(&self, scope: Scope) -> BucketPath {
        BucketPath { scope, bucket: self.bucket.clone() }
    }
}

impl From<Scope> for ScopeAddress {
    fn from(scope: Scope) -> Self {
        Self { app: scope.app, owner: AddressedOwner::Named(scope.owner) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{GroupId, ThingId};

    #[test]
    fn a_path_about_the_caller_is_about_the_user_who_calls() {
        let address = |owner| ScopeAddress { app: AppId::parse("demo").unwrap(), owner };
        let user = UserId::parse("u").unwrap();
        let scope = |owner: AddressedOwner, caller: Option<&UserId>| {
            address(owner).resolve(caller).map(|scope| scope.to_string())
        };
        assert_eq!(scope(AddressedOwner::Caller, Some(&user)).as_deref(), Some("demo/users/u"));
        assert_eq!(scope(AddressedOwner::Caller, None), None);
        for (owner, kind, path) in [
            (ScopeOwner::App, "app", "demo"),
            (ScopeOwner::User(UserId::parse("v").unwrap()), "user", "demo/users/v"),
            (ScopeOwner::Group(GroupId::parse("g").unwrap()), "group", "demo/groups/g"),
            (ScopeOwner::Thing(ThingId::parse("t").unwrap()), "thing", "demo/things/t"),
        ] {
            let owner = AddressedOwner::Named(owner);
            assert_eq!(address(owner.clone()).kind(), kind);
            assert_eq!(scope(owner.clone(), Some(&user)).as_deref(), Some(path));
            assert_eq!(scope(owner, None).as_deref(), Some(path));
        }
        assert_eq!(address(AddressedOwner::Caller).kind(), "user");
    }
}
