//! The walk that every operation begins with, written once: load app, bucket and object, authenticate, resolve
//! `/users/me`, judge.

use std::borrow::Cow;
use std::sync::Arc;

use super::context::Context;
use super::error::{Error, Need, Result, Subject};
use crate::model::acl::Acl;
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::bucket::{Bucket, BucketPath, BucketState, NewBucket};
use crate::model::id::ObjectId;
use crate::model::index::Indexes;
use crate::model::object::{Object, ObjectAcl, ObjectState};
use crate::model::precondition::Unmet;
use crate::model::principal::Principal;
use crate::model::rights::{Facts, No, Right, There, judge};
use crate::model::scope::Scope;
use crate::model::stamp::Generation;
use crate::store::admission::{Found, Target};
use crate::store::place::ObjectPlace;
use crate::store::scope_acl::ScopeAcl;

/// A caller who may go on, and what was found.
pub struct Admitted {
    /// The caller.
    pub caller: Principal,
    /// The bucket's path.
    pub path: BucketPath,
    /// The ID of the object, if the request names one.
    pub id: Option<ObjectId>,
    /// What is under the bucket's key.
    pub bucket: Arc<BucketState>,
    /// What is under the object's key.
    pub object: ObjectState,
    /// The indexes of the bucket.
    pub indexes: Indexes,
    /// The ACL of the scope, which is read only where it decides; `None` also if it cannot be read.
    scope: Option<Acl>,
}

impl Context<'_> {
    /// Admits the caller to a bucket or to an object in it.
    pub async fn admit(&mut self, at: &BucketAddress, id: Option<&ObjectId>, right: Right) -> Result<Admitted> {
        let token = self.credentials.opaque().cloned();
        let first = match (&at.scope.owner, &token) {
            // Only the stored token says whose bucket it is.
            (AddressedOwner::Caller, Some(token)) => Some(self.store.token(&at.scope.app, token).await?),
            (AddressedOwner::Caller, None) | (AddressedOwner::Named(_), _) => None,
        };
        let claimed = match &first {
            Some(stored) => stored.as_ref().and_then(|stored| stored.bearer.as_user().cloned()),
            None => self.claimed_user(&at.scope),
        };
        let expected = at.scope.resolve(claimed.as_ref()).map(|scope| at.within(scope));
        let token = token.as_ref().filter(|_| first.is_none());
        let target = Target { app: &at.scope.app, bucket: expected.as_ref(), object: id, token };
        let found = if right.needs_current_bucket() {
            self.store.look_up_uncached(target).await?
        } else {
            self.store.look_up(target).await?
        };
        let found = found.with_token(first.clone());
        let is_cached = found.is_cached;
        match self.admit_found(found, at, target, right).await {
            // A cached copy may be out of date, so whoever it refuses is judged again by what is read now.
            Err(_) if is_cached => {
                let found = self.store.look_up_uncached(target).await?.with_token(first);
                self.admit_found(found, at, target, right).await
            }
            admitted => admitted,
        }
    }

    async fn admit_found(
        &mut self,
        found: Found,
        at: &BucketAddress,
        target: Target<'_>,
        right: Right,
    ) -> Result<Admitted> {
        let (caller, scope) = self.authenticate(&found, &at.scope)?;
        let path = at.within(scope);
        let indexes = found.app.as_ref().map(|app| app.indexes(&path)).unwrap_or_default();
        let bucket = match target.bucket {
            Some(read) if *read == path => found.bucket.clone()?,
            // Before the app was read, the claim that names the user was a guess.
            Some(_) | None => Arc::new(self.store.bucket(&path).await?),
        };
        let object = match (&*bucket, target.object) {
            (BucketState::Live(bucket), Some(id)) => {
                self.store
                    .object_of(found, ObjectPlace { path: &path, generation: &bucket.generation, id, rules: &[] })
                    .await?
            }
            (BucketState::Live(_), None) | (BucketState::Vacant(_), _) => ObjectState::Absent,
        };
        let exists = matches!(*bucket, BucketState::Live(_));
        let scope = if right.needs_scope_acl(exists) { self.scope_acl(&path).await? } else { None };
        let admitted = Admitted { caller, path, id: target.object.cloned(), bucket, object, indexes, scope };
        admitted.judge(right)?;
        Ok(admitted)
    }

    /// Reads the bucket again, after another request has changed it, and judges anew.
    pub async fn readmit(&mut self, admitted: &mut Admitted, right: Right) -> Result<()> {
        admitted.bucket = Arc::new(self.store.bucket(&admitted.path).await?);
        let exists = admitted.live_bucket().is_some();
        admitted.scope = if right.needs_scope_acl(exists) { self.scope_acl(&admitted.path).await? } else { None };
        admitted.judge(right)
    }

    async fn scope_acl(&mut self, path: &BucketPath) -> Result<Option<Acl>> {
        match self.stored_scope_acl(&path.scope).await? {
            Some(stored) => Ok(stored.acl),
            None => Ok(Some(Acl::default_of_scope(&path.scope.owner))),
        }
    }

    /// The ACL of a scope as it is stored; `None` if nobody has changed the default. One that cannot be read is logged.
    pub(super) async fn stored_scope_acl(&mut self, scope: &Scope) -> Result<Option<ScopeAcl>> {
        let stored = self.store.scope_acl(scope).await?;
        if stored.as_ref().is_some_and(|stored| stored.acl.is_none()) {
            log_unreadable(scope, None, None);
        }
        Ok(stored)
    }
}

impl Admitted {
    /// Whether the caller holds a right, by what was found. Operations ask again whenever they have found something else.
    pub fn judge(&self, right: Right) -> Result<()> {
        self.decide(right, self.id.as_ref(), self.live_object()).map_err(|no| self.refuse(no))
    }

    /// Whether the caller may read an object of the bucket.
    pub fn may_read(&self, id: &ObjectId, object: &Object) -> bool {
        self.decide(Right::ReadObject, Some(id), Some(object)).is_ok()
    }

    fn decide(&self, right: Right, id: Option<&ObjectId>, object: Option<&Object>) -> std::result::Result<(), No> {
        let bucket = self.live_bucket();
        if object.is_some_and(|object| object.acl == ObjectAcl::Unreadable) {
            log_unreadable(&self.path.scope, Some(&self.path), id);
        }
        if bucket.is_some_and(|bucket| bucket.acl.is_none()) {
            log_unreadable(&self.path.scope, Some(&self.path), None);
        }
        let object_acl = object.and_then(|object| self.acl_of(object));
        let facts = Facts {
            there: match (bucket, object) {
                (None, _) => There::Nothing,
                (Some(_), None) => There::Bucket,
                (Some(_), Some(_)) => There::Object,
            },
            owner: &self.path.scope.owner,
            scope: self.scope.as_ref(),
            bucket: bucket.and_then(|bucket| bucket.acl.as_ref()),
            bucket_creator: bucket.map(|bucket| &bucket.creator),
            object: object_acl.as_deref(),
            object_creator: object.map(|object| &object.owner),
        };
        judge(right, &self.caller, facts)
    }

    /// The bucket, if there is one.
    pub fn live_bucket(&self) -> Option<&Bucket> {
        match &*self.bucket {
            BucketState::Live(bucket) => Some(bucket),
            BucketState::Vacant(_) => None,
        }
    }

    /// The object, if there is one.
    pub fn live_object(&self) -> Option<&Object> {
        match &self.object {
            ObjectState::Live(object) => Some(object),
            ObjectState::Absent | ObjectState::Deleted(_) => None,
        }
    }

    /// The ACL of an object in the scope: its own, or the default while nobody has changed it; `None` if it cannot be read.
    pub fn acl_of<'a>(&self, object: &'a Object) -> Option<Cow<'a, Acl>> {
        match &object.acl {
            ObjectAcl::Default => Some(Cow::Owned(Acl::default_of_object(&self.path.scope.owner, Some(&object.owner)))),
            ObjectAcl::Stored(acl) => Some(Cow::Borrowed(acl)),
            ObjectAcl::Unreadable => None,
        }
    }

    /// The bucket that the caller makes, with its default ACL and a generation of these random bits, at this time in
    /// milliseconds since 1970 UTC.
    pub fn new_bucket(&self, generation: u128, created: u64) -> NewBucket {
        let creator = self.caller.creator();
        let acl = Acl::default_of_bucket(&self.path.scope.owner, Some(&creator));
        NewBucket { generation: Generation::new(generation), acl, creator, created }
    }

    /// The place of an object of a generation of the bucket.
    pub fn place<'a>(&'a self, generation: &'a Generation, id: &'a ObjectId) -> ObjectPlace<'a> {
        ObjectPlace { path: &self.path, generation, id, rules: &self.indexes.rules }
    }

    /// What the request is about, for errors.
    pub fn subject(&self) -> Subject {
        Subject { path: self.path.clone(), object: self.id.clone() }
    }

    /// The error of a write whose precondition does not hold.
    pub fn unmet(&self, unmet: Unmet) -> Error {
        match unmet {
            Unmet::Missing => Error::Missing(self.subject()),
            Unmet::Stale => Error::Stale(self.subject()),
            Unmet::Exists => Error::Exists(self.subject()),
        }
    }

    fn refuse(&self, no: No) -> Error {
        match no {
            No::Lacking(right, there) => Error::denied(&self.path.scope.app, &self.caller, Need::Right(right, there)),
            No::Object => Error::Missing(self.subject()),
            No::Bucket => Error::Missing(Subject { path: self.path.clone(), object: None }),
        }
    }
}

/// Logs an ACL that cannot be read, so that an operator can find it: an object's, a bucket's, or the scope's.
fn log_unreadable(scope: &Scope, bucket: Option<&BucketPath>, object: Option<&ObjectId>) {
    tracing::error!(
        app = scope.app.as_str(),
        scope = scope.to_string(),
        bucket = bucket.map(|path| path.bucket.as_str()),
        object = object.map(ObjectId::as_str),
        "a stored ACL cannot be read, and denies everybody but the administrator"
    );
}
