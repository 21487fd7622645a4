//! Changing an ACL. Concurrent changes lose nothing: each reads, decides, and writes on the condition that the item is as it
//! was read. If another request was first, the caller is judged anew.

use crate::model::acl::Acl;
use crate::model::acl_change::{AclTag, Change, Listing};
use crate::model::address::{Address, BucketAddress, ObjectAddress, ScopeAddress};
use crate::model::bucket::{BucketState, NewBucket};
use crate::model::principal::Principal;
use crate::model::rights::{Right, owns};
use crate::model::scope::ScopeOwner;
use crate::model::subject::Subject;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::object::Written;
use crate::store::write::Write;

/// A request to change an ACL.
pub struct ChangeAcl {
    /// Whose ACL.
    pub address: Address,
    /// The change.
    pub change: Change,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// An entry was added.
    Granted,
    /// An entry was taken away.
    Revoked,
    /// All entries were replaced. This is the tag of the new ACL.
    Replaced(AclTag),
}

impl ChangeAcl {
    /// Makes the change. The first change of a default stores it together with the change, and a grant on a bucket that does
    /// not exist makes the bucket.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Changed> {
        let acl = match &self.address {
            Address::Scope(at) => self.change_scope(context, at).await?,
            Address::Bucket(at) => self.change_bucket(context, at).await?,
            Address::Object(at) => self.change_object(context, at).await?,
        };
        Ok(match self.change {
            Change::Grant(..) => Changed::Granted,
            Change::Revoke(..) => Changed::Revoked,
            Change::Replace(..) => Changed::Replaced(Listing::of(&acl, self.address.verbs()).tag()),
        })
    }

    async fn change_scope(&self, context: &mut Context<'_>, at: &ScopeAddress) -> Result<Acl> {
        let (_, scope) = context.admit_to_scope(at, Right::ManageScope).await?;
        loop {
            let seen = context.stored_scope_acl(&scope).await?;
            let acl = match &seen {
                Some(seen) => self.applied(seen.acl.as_ref(), None)?,
                None => self.applied(Some(&Acl::default_of_scope(&scope.owner)), None)?,
            };
            match context.store.change_scope_acl(&scope, seen.as_ref(), &acl).await? {
                Write::Made => return Ok(acl),
                Write::Conflict => context.store.next_round().await?,
            }
        }
    }

    async fn change_bucket(&self, context: &mut Context<'_>, at: &BucketAddress) -> Result<Acl> {
        let right = match self.change {
            Change::Grant(..) => Right::GrantOnBucket,
            Change::Revoke(..) | Change::Replace(..) => Right::ManageBucket,
        };
        let mut admitted = context.admit(at, None, right).await?;
        loop {
            let protected = protected(&admitted.caller, &admitted.path.scope.owner);
            let (acl, write) = match &*admitted.bucket {
                BucketState::Live(seen) => {
                    let acl = self.applied(seen.acl.as_ref(), protected.as_ref())?;
                    let write = context.store.change_bucket_acl(&admitted.path, seen, &acl).await?;
                    (acl, write)
                }
                BucketState::Vacant(seen) => {
                    admitted.judge(Right::MakeBucket)?;
                    let new = admitted.new_bucket(context.store.random()?, context.now.milliseconds());
                    let acl = self.applied(Some(&new.acl), None)?;
                    let new = NewBucket { acl: acl.clone(), ..new };
                    (acl, context.store.make_bucket(&admitted.path, seen, &new).await?)
                }
            };
            match write {
                Write::Made => return Ok(acl),
                Write::Conflict => context.store.next_round().await?,
            }
            context.readmit(&mut admitted, right).await?;
        }
    }

    async fn change_object(&self, context: &mut Context<'_>, at: &ObjectAddress) -> Result<Acl> {
        let mut admitted = context.admit(&at.bucket, Some(&at.object), Right::ManageObject).await?;
        loop {
            let (Some(bucket), Some(seen)) = (admitted.live_bucket(), admitted.live_object()) else {
                return Err(Error::admitted_to_nothing());
            };
            let acl = self.applied(admitted.acl_of(seen).as_deref(), None)?;
            let place = admitted.place(&bucket.generation, &at.object);
            match context.store.change_object_acl(place, seen, &acl).await? {
                Written::Made(_) => return Ok(acl),
                Written::Conflict(found) => admitted.object = found,
            }
            admitted.judge(Right::ManageObject)?;
            context.store.next_round().await?;
        }
    }

    /// The ACL after the change. One that cannot be read can only be replaced whole.
    fn applied(&self, acl: Option<&Acl>, protected: Option<&Subject>) -> Result<Acl> {
        let empty = Acl::default();
        let acl = match (acl, &self.change) {
            (Some(acl), _) => acl,
            (None, Change::Replace(..)) => &empty,
            (None, Change::Grant(..) | Change::Revoke(..)) => return Err(Error::UnreadableAcl),
        };
        Ok(self.change.apply(acl, self.address.verbs(), protected)?)
    }
}

/// On a bucket in the scope of a user or a thing, the entries that whose scope it is cannot take away: its own.
fn protected(caller: &Principal, owner: &ScopeOwner) -> Option<Subject> {
    owns(caller, owner).then(|| caller.creator().as_subject()).flatten()
}
