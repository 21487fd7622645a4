//! The walk that every operation begins with: load app and bucket, authenticate, resolve `/users/me`, judge.

use std::sync::Arc;

use super::context::Context;
use super::error::{Error, Need, Result};
use crate::auth::credentials::Credentials;
use crate::auth::token;
use crate::model::acl::Acl;
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::bucket::{Bucket, BucketPath, BucketState};
use crate::model::id::UserId;
use crate::model::principal::Principal;
use crate::model::rights::{Acls, Lacking, Right, judge};
use crate::store::admission::AppAndBucket;
use crate::store::{Cause, Failure};

/// A caller who may go on, and where to.
pub struct Admitted {
    /// The caller.
    pub caller: Principal,
    /// The bucket's path.
    pub path: BucketPath,
    /// What is under the bucket's key.
    pub bucket: Arc<BucketState>,
}

impl Context<'_> {
    /// Admits the caller to the bucket of a path. If the bucket exists, its ACL has to grant `right`. If it does not, the
    /// operation decides what that means.
    pub async fn admit(&mut self, at: &BucketAddress, right: Right) -> Result<Admitted> {
        let expected = at.resolve(self.claimed_user(at).as_ref());
        let found = self.store.app_and_bucket(&at.app, expected.as_ref()).await?;
        let is_cached = found.is_cached;
        match self.judge_found(found, at, expected.as_ref(), right) {
            // A cached copy may still admit whom nobody would admit any more, but it refuses nobody.
            Err(_) if is_cached => {
                let found = self.store.app_and_bucket_uncached(&at.app, expected.as_ref()).await?;
                self.judge_found(found, at, expected.as_ref(), right)
            }
            judged => judged,
        }
    }

    fn judge_found(
        &self,
        found: AppAndBucket,
        at: &BucketAddress,
        expected: Option<&BucketPath>,
        right: Right,
    ) -> Result<Admitted> {
        let app = found.app.ok_or_else(|| Error::AppNotFound { app: at.app.clone() })?;
        let caller = app.authenticate(&self.credentials, self.rules, self.now);
        let caller = caller.map_err(|rejected| Error::rejected(&at.app, rejected))?;
        let path = at.resolve(caller.as_user()).ok_or_else(|| Error::denied(&at.app, &caller, Need::User))?;
        if expected != Some(&path) {
            // The same token was parsed twice, and gave two users.
            let cause = Cause::of_message("the bucket that was read is not the one of the verified token");
            return Err(Failure::Fault(cause).into());
        }
        let bucket = found.bucket?;
        if let BucketState::Live(bucket) = &*bucket {
            judge_in_bucket(right, &caller, &path, bucket)?;
        }
        Ok(Admitted { caller, path, bucket })
    }

    /// For `/users/me`, the user that the token claims to be of: enough to read that user's bucket together with the app,
    /// by which the token is then verified.
    fn claimed_user(&self, at: &BucketAddress) -> Option<UserId> {
        match (&at.owner, &self.credentials) {
            (AddressedOwner::Caller, Credentials::Token(token)) => token::unverified_user(token),
            (AddressedOwner::Caller, Credentials::AppKey(_)) | (AddressedOwner::Named(_), _) => None,
        }
    }

    /// Whether the ACL of a scope grants a right there, which is read for this.
    pub async fn judge_in_scope(&mut self, right: Right, caller: &Principal, path: &BucketPath) -> Result<()> {
        let acl = match self.store.scope_acl(&path.scope).await? {
            Some(stored) => readable(stored.acl, path, None),
            None => Some(Acl::default_of_scope(&path.scope.owner)),
        };
        let acls = Acls { scope: acl.as_ref(), ..Acls::default() };
        judge(right, caller, acls).map_err(|lacking| denied(path, caller, lacking))
    }
}

/// Whether the ACL of a bucket grants a right in it.
pub fn judge_in_bucket(right: Right, caller: &Principal, path: &BucketPath, bucket: &Bucket) -> Result<()> {
    let acl = readable(bucket.acl.as_ref(), path, Some(path));
    judge(right, caller, Acls { bucket: acl, ..Acls::default() }).map_err(|lacking| denied(path, caller, lacking))
}

/// A stored ACL. One that cannot be read is logged, so that an operator can find it: `bucket` is its bucket, if it is not
/// the scope's.
fn readable<T>(acl: Option<T>, path: &BucketPath, bucket: Option<&BucketPath>) -> Option<T> {
    if acl.is_none() {
        tracing::error!(
            app = path.scope.app.as_str(),
            scope = path.scope.to_string(),
            bucket = bucket.map(|path| path.bucket.as_str()),
            "a stored ACL cannot be read, and denies everybody but the administrator"
        );
    }
    acl
}

fn denied(path: &BucketPath, caller: &Principal, Lacking(right): Lacking) -> Error {
    Error::denied(&path.scope.app, caller, Need::Right(right))
}
