//! The walk that every operation begins with, written once: load app, bucket and object, authenticate, resolve
//! `/users/me`, judge.

use super::context::Context;
use super::error::{Error, Need, Result, Subject};
use crate::auth::credentials::Credentials;
use crate::auth::token;
use crate::model::acl::Acl;
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::bucket::{BucketPath, BucketState, NewBucket};
use crate::model::id::{ObjectId, UserId};
use crate::model::object::{ObjectAcl, ObjectState};
use crate::model::precondition::Unmet;
use crate::model::principal::Principal;
use crate::model::rights::{Facts, No, Right, There, judge};
use crate::model::stamp::Generation;
use crate::store::admission::{Found, Target};
use crate::store::{Cause, Failure};

/// A caller who may go on, and what was found.
pub struct Admitted {
    /// The caller.
    pub caller: Principal,
    /// The bucket's path.
    pub path: BucketPath,
    /// The ID of the object, if the request names one.
    pub id: Option<ObjectId>,
    /// What is under the bucket's key.
    pub bucket: BucketState,
    /// What is under the object's key.
    pub object: ObjectState,
    /// The ACL of the scope, which is read only where it decides; `None` also if it cannot be read.
    scope: Option<Acl>,
}

impl Context<'_> {
    /// Admits the caller to a bucket or to an object in it.
    pub async fn admit(&mut self, at: &BucketAddress, id: Option<&ObjectId>, right: Right) -> Result<Admitted> {
        let expected = at.resolve(self.claimed_user(at).as_ref());
        let target = Target { app: &at.app, bucket: expected.as_ref(), object: id };
        let found = self.store.look_up(target).await?;
        let is_cached = found.is_cached;
        match self.admit_found(found, at, target, right).await {
            // A cached copy may be out of date, so whoever it refuses is judged again by what is read now.
            Err(_) if is_cached => {
                let found = self.store.look_up_uncached(target).await?;
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
        let app = found.app.clone().ok_or_else(|| Error::AppNotFound { app: at.app.clone() })?;
        let caller = app.authenticate(&self.credentials, self.rules, self.now);
        let caller = caller.map_err(|rejected| Error::rejected(&at.app, rejected))?;
        let path = at.resolve(caller.as_user()).ok_or_else(|| Error::denied(&at.app, &caller, Need::User))?;
        if target.bucket != Some(&path) {
            // The same token was parsed twice, and gave two users.
            let cause = Cause::of_message("the bucket that was read is not the one of the verified token");
            return Err(Failure::Fault(cause).into());
        }
        let bucket = BucketState::clone(&*found.bucket.clone()?);
        let object = match (&bucket, target.object) {
            (BucketState::Live(bucket), Some(id)) => self.store.object_of(found, &path, bucket, id).await?,
            (BucketState::Live(_), None) | (BucketState::Vacant(_), _) => ObjectState::Absent,
        };
        let scope = match bucket {
            BucketState::Vacant(_) if right.makes_bucket() => self.scope_acl(&path).await?,
            BucketState::Vacant(_) | BucketState::Live(_) => None,
        };
        let admitted = Admitted { caller, path, id: target.object.cloned(), bucket, object, scope };
        admitted.judge(right)?;
        Ok(admitted)
    }

    /// For `/users/me`, the user that the token claims to be of: enough to read that user's bucket together with the app,
    /// by which the token is then verified.
    fn claimed_user(&self, at: &BucketAddress) -> Option<UserId> {
        match (&at.owner, &self.credentials) {
            (AddressedOwner::Caller, Credentials::Token(token)) => token::unverified_user(token),
            (AddressedOwner::Caller, Credentials::AppKey(_)) | (AddressedOwner::Named(_), _) => None,
        }
    }

    async fn scope_acl(&mut self, path: &BucketPath) -> Result<Option<Acl>> {
        match self.store.scope_acl(&path.scope).await? {
            Some(stored) => {
                if stored.acl.is_none() {
                    log_unreadable(path, None, None);
                }
                Ok(stored.acl)
            }
            None => Ok(Some(Acl::default_of_scope(&path.scope.owner))),
        }
    }
}

impl Admitted {
    /// Whether the caller holds a right, by what was found. Operations ask again whenever they have found something else.
    pub fn judge(&self, right: Right) -> Result<()> {
        let (owner, id) = (&self.path.scope.owner, self.id.as_ref());
        let bucket = match &self.bucket {
            BucketState::Live(bucket) => Some(bucket),
            BucketState::Vacant(_) => None,
        };
        let object = match &self.object {
            ObjectState::Live(object) => Some(object),
            ObjectState::Absent | ObjectState::Deleted(_) => None,
        };
        let default = object.map(|object| Acl::default_of_object(owner, Some(&object.owner)));
        let object_acl = match object.map(|object| &object.acl) {
            Some(ObjectAcl::Default) => default.as_ref(),
            Some(ObjectAcl::Stored(acl)) => Some(acl),
            Some(ObjectAcl::Unreadable) => {
                log_unreadable(&self.path, Some(&self.path), id);
                None
            }
            None => None,
        };
        let bucket_acl = bucket.and_then(|bucket| {
            if bucket.acl.is_none() {
                log_unreadable(&self.path, Some(&self.path), None);
            }
            bucket.acl.as_ref()
        });
        let there = match (bucket, object) {
            (None, _) => There::Nothing,
            (Some(_), None) => There::Bucket,
            (Some(_), Some(_)) => There::Object,
        };
        let facts = Facts { there, owner, scope: self.scope.as_ref(), bucket: bucket_acl, object: object_acl };
        judge(right, &self.caller, facts).map_err(|no| self.refuse(no))
    }

    /// The bucket that the caller makes, with its default ACL and a generation of these random bits, at this time in
    /// milliseconds since 1970 UTC.
    pub fn new_bucket(&self, generation: u128, created: u64) -> NewBucket {
        let creator = self.caller.creator();
        let acl = Acl::default_of_bucket(&self.path.scope.owner, &creator);
        NewBucket { generation: Generation::new(generation), acl, creator, created }
    }

    /// The error of a write whose precondition does not hold.
    pub fn unmet(&self, unmet: Unmet) -> Error {
        let subject = Subject { path: self.path.clone(), object: self.id.clone() };
        match unmet {
            Unmet::Missing => Error::Missing(subject),
            Unmet::Stale => Error::Stale(subject),
            Unmet::Exists => Error::Exists(subject),
        }
    }

    fn refuse(&self, no: No) -> Error {
        let missing = |object| Error::Missing(Subject { path: self.path.clone(), object });
        match no {
            No::Lacking(right, there) => Error::denied(&self.path.scope.app, &self.caller, Need::Right(right, there)),
            No::Object => missing(self.id.clone()),
            No::Bucket => missing(None),
        }
    }
}

/// Logs an ACL that cannot be read, so that an operator can find it: an object's, a bucket's, or the scope's.
fn log_unreadable(path: &BucketPath, bucket: Option<&BucketPath>, object: Option<&ObjectId>) {
    tracing::error!(
        app = path.scope.app.as_str(),
        scope = path.scope.to_string(),
        bucket = bucket.map(|path| path.bucket.as_str()),
        object = object.map(ObjectId::as_str),
        "a stored ACL cannot be read, and denies everybody but the administrator"
    );
}
