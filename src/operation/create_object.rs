//! Creating an object (contract, section 3).

use crate::auth::claims::TokenRules;
use crate::auth::credentials::Credentials;
use crate::auth::token;
use crate::error::{Error, Result, Right};
use crate::model::acl::{Acl, Verb};
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::bucket::{Bucket, BucketPath, BucketState, Generation, Vacancy};
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::id::{AppId, ObjectId, UserId};
use crate::model::idempotency::{Fingerprint, IdempotencyKey};
use crate::model::object::{Name, NewObject};
use crate::model::principal::Principal;
use crate::sources::Timestamp;
use crate::store::Session;
use crate::store::items::NewBucket;
use crate::store::objects::{AppAndBucket, FirstObject, Stored};

/// A request to create an object.
pub struct CreateObject {
    /// The bucket that it goes to.
    pub address: BucketAddress,
    /// Who wants it.
    pub credentials: Credentials,
    /// The type of the object.
    pub data_type: DataType,
    /// The object.
    pub document: Document,
    /// The client's name for the request, if it has one, and what tells the request from others.
    pub key: Option<(IdempotencyKey, Fingerprint)>,
}

/// An object that was created, by this request or by an earlier one with its idempotency key.
#[derive(Clone, Debug)]
pub struct Created {
    /// The bucket that it is in.
    pub bucket: BucketPath,
    /// Its name there.
    pub id: ObjectId,
    /// Its type.
    pub data_type: DataType,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// Whether it was an earlier request that created it.
    pub replayed: bool,
}

impl CreateObject {
    /// Creates the object if the caller may: by the bucket's ACL if there is the bucket, else by the scope's, and then
    /// the bucket is made with it.
    pub async fn run(self, store: &mut Session<'_>, rules: TokenRules, now: Timestamp) -> Result<Created> {
        let expected = self.address.resolve(self.claimed_user().as_ref());
        let mut found = store.app_and_bucket(&self.address.app, expected.as_ref()).await?;
        let mut admitted = self.admit(&found, expected.as_ref(), rules, now);
        if admitted.is_err() && found.is_kept {
            // What is kept may still let in whom nobody would let in any more, but it turns nobody away.
            found = store.app_and_bucket_anew(&self.address.app, expected.as_ref()).await?;
            admitted = self.admit(&found, expected.as_ref(), rules, now);
        }
        let (caller, bucket) = admitted?;
        let name = match self.key {
            Some((key, fingerprint)) => Name::Key(key, fingerprint),
            None => Name::Random(store.random()?),
        };
        let object = NewObject {
            name,
            document: self.document,
            data_type: self.data_type,
            owner: caller.creator(),
            created: now.milliseconds(),
        };
        let stored = match &*found.bucket.map_err(|error| store.unreadable(&error))? {
            BucketState::Live(found) => store.put_object(&bucket, &found.generation, &object).await?,
            BucketState::Vacant(seen) => put_first(store, &bucket, seen, &caller, &object).await?,
        };
        let Stored { id, created, replayed } = stored;
        Ok(Created { bucket, id, data_type: object.data_type, created, replayed })
    }

    /// Who calls and where to, by what was found of the app; and if there is the bucket, its ACL allows it.
    fn admit(
        &self,
        found: &AppAndBucket,
        expected: Option<&BucketPath>,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<(Principal, BucketPath)> {
        let app = found.app.as_ref().ok_or_else(|| Error::AppNotFound { app: self.address.app.clone() })?;
        let caller = app.authenticate(&self.credentials, rules, now)?;
        let path = bucket_of(&self.address, &caller)?;
        if expected != Some(&path) {
            // What was read is not what the verified token says, which two readings of one token cannot bring about.
            return Err(Error::Internal);
        }
        if let Ok(BucketState::Live(bucket)) = found.bucket.as_deref() {
            bucket_allows(&path, bucket, &caller)?;
        }
        Ok((caller, path))
    }

    /// For `/users/me`, the user that the token claims to be of: enough to read the right bucket together with the app
    /// that the token is then verified by.
    fn claimed_user(&self) -> Option<UserId> {
        match (&self.address.owner, &self.credentials) {
            (AddressedOwner::Caller, Credentials::Token(token)) => token::unverified_user(token),
            _ => None,
        }
    }
}

fn bucket_of(address: &BucketAddress, caller: &Principal) -> Result<BucketPath> {
    let user = match caller {
        Principal::User { id, .. } => Some(id),
        Principal::Anonymous | Principal::Thing { .. } | Principal::Administrator { .. } => None,
    };
    address.resolve(user).ok_or_else(|| denied(&address.app, caller, Right::BeingAUser))
}

/// Whether a bucket's ACL lets the caller put objects into it.
fn bucket_allows(path: &BucketPath, bucket: &Bucket, caller: &Principal) -> Result<()> {
    let verb = Verb::CreateObjectsInBucket;
    if is_allowed(bucket.acl.as_ref(), verb, caller) {
        Ok(())
    } else {
        Err(denied(&path.scope.app, caller, Right::OnBucket(verb)))
    }
}

/// Makes the bucket with its first object, if the scope's ACL allows it. If somebody else makes the bucket meanwhile, it
/// is for that bucket's own ACL to decide.
async fn put_first(
    store: &mut Session<'_>,
    path: &BucketPath,
    seen: &Vacancy,
    caller: &Principal,
    object: &NewObject,
) -> Result<Stored> {
    let verb = Verb::CreateNewBucket;
    let acl = match store.scope_acl(&path.scope).await? {
        Some(stored) => stored.acl,
        None => Some(Acl::default_of_scope(&path.scope.owner)),
    };
    if !is_allowed(acl.as_ref(), verb, caller) {
        return Err(denied(&path.scope.app, caller, Right::OnScope(verb)));
    }
    let bucket = NewBucket {
        generation: Generation::new(store.random()?),
        acl: Acl::default_of_bucket(&path.scope.owner, caller.as_subject().as_ref()),
        creator: caller.creator(),
        created: object.created,
    };
    match store.put_first_object(path, seen, &bucket, object).await? {
        FirstObject::Created(stored) => Ok(stored),
        FirstObject::Lost(winner) => {
            bucket_allows(path, &winner, caller)?;
            store.put_object(path, &winner.generation, object).await
        }
    }
}

/// What an ACL says; one that cannot be read denies all but the administrator.
fn is_allowed(acl: Option<&Acl>, verb: Verb, caller: &Principal) -> bool {
    let Some(acl) = acl else {
        tracing::error!("a stored ACL cannot be read and denies everybody but the administrator");
        return matches!(caller, Principal::Administrator { .. });
    };
    acl.allows(verb, caller)
}

fn denied(app: &AppId, caller: &Principal, needs: Right) -> Error {
    Error::Denied { app: app.clone(), principal: caller.id().to_owned(), needs }
}
