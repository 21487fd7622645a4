//! Granting and revoking one entry of an ACL, by an operator. Concurrent changes lose nothing: each reads, decides, and
//! writes on the condition that the item is as it was read.

use crate::model::acl::{Acl, Verb};
use crate::model::bucket::{BucketPath, BucketState, NewBucket};
use crate::model::creator::Creator;
use crate::model::scope::Scope;
use crate::model::stamp::Generation;
use crate::model::subject::Subject;
use crate::operation::MOST_ROUNDS;
use crate::store::failure::{Failure, Result};
use crate::store::write::Write;
use crate::store::{Cause, Session};
use crate::system::Timestamp;

/// Whose ACL it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A scope's.
    Scope(Scope),
    /// A bucket's.
    Bucket(BucketPath),
}

/// What happens to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is added.
    Grant,
    /// It is removed.
    Revoke,
}

/// A change of one entry.
pub struct ChangeEntry {
    /// Whose ACL.
    pub place: Place,
    /// What happens.
    pub action: Action,
    /// The entry's verb.
    pub verb: Verb,
    /// The entry's subject.
    pub subject: Subject,
    /// When, for the bucket that a grant may make.
    pub now: Timestamp,
}

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The ACL was changed.
    Changed,
    /// The ACL needed no change.
    Unchanged,
    /// There is no bucket to revoke anything on.
    NoBucket,
    /// The stored ACL cannot be read.
    Unreadable,
}

/// What one round came to.
enum Round {
    Done(Outcome),
    Wrote(Write),
}

impl ChangeEntry {
    /// Makes the change. The first change of a scope's ACL stores its default with that change; granting on a bucket that
    /// does not exist makes it.
    pub async fn run(&self, store: &mut Session<'_>) -> Result<Outcome> {
        for _ in 0..MOST_ROUNDS {
            let round = match &self.place {
                Place::Scope(scope) => self.change_scope(store, scope).await?,
                Place::Bucket(path) => self.change_bucket(store, path).await?,
            };
            match round {
                Round::Done(outcome) => return Ok(outcome),
                Round::Wrote(Write::Made) => return Ok(Outcome::Changed),
                Round::Wrote(Write::Conflict) => {}
            }
        }
        Err(Failure::Unavailable(Cause::of_conflicts()))
    }

    async fn change_scope(&self, store: &mut Session<'_>, scope: &Scope) -> Result<Round> {
        let seen = store.scope_acl(scope).await?;
        let acl = match &seen {
            Some(seen) => seen.acl.clone(),
            None => Some(Acl::default_of_scope(&scope.owner)),
        };
        match self.edited(acl) {
            Ok(acl) => store.change_scope_acl(scope, seen.as_ref(), &acl).await.map(Round::Wrote),
            Err(outcome) => Ok(Round::Done(outcome)),
        }
    }

    async fn change_bucket(&self, store: &mut Session<'_>, path: &BucketPath) -> Result<Round> {
        match (store.bucket(path).await?, self.action) {
            (BucketState::Live(seen), _) => match self.edited(seen.acl.clone()) {
                Ok(acl) => store.change_bucket_acl(path, &seen, &acl).await.map(Round::Wrote),
                Err(outcome) => Ok(Round::Done(outcome)),
            },
            (BucketState::Vacant(_), Action::Revoke) => Ok(Round::Done(Outcome::NoBucket)),
            (BucketState::Vacant(seen), Action::Grant) => {
                let creator = Creator::Operator;
                let mut acl = Acl::default_of_bucket(&path.scope.owner, &creator);
                acl.grant(self.verb, &self.subject);
                let generation = Generation::new(store.random()?);
                let bucket = NewBucket { generation, acl, creator, created: self.now.milliseconds() };
                store.make_bucket(path, &seen, &bucket).await.map(Round::Wrote)
            }
        }
    }

    /// The ACL with the change, or why there is nothing to write.
    fn edited(&self, acl: Option<Acl>) -> std::result::Result<Acl, Outcome> {
        let mut acl = acl.ok_or(Outcome::Unreadable)?;
        let changed = match self.action {
            Action::Grant => acl.grant(self.verb, &self.subject),
            Action::Revoke => acl.revoke(self.verb, &self.subject),
        };
        if changed { Ok(acl) } else { Err(Outcome::Unchanged) }
    }
}
