//! Showing an ACL, or a part of it. While nobody has changed an ACL, its default is shown.

use crate::model::acl::{Acl, Verb};
use crate::model::acl_change::{Listing, Unmade};
use crate::model::address::{Address, BucketAddress, ObjectAddress, ScopeAddress};
use crate::model::object::ObjectAcl;
use crate::model::rights::Right;
use crate::model::subject::Subject;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};

/// A request for an ACL.
pub struct GetAcl {
    /// Whose ACL.
    pub address: Address,
    /// How much of it.
    pub part: Part,
}

/// A part of an ACL.
#[derive(Clone, Debug)]
pub enum Part {
    /// All entries.
    Whole,
    /// The subjects of one verb.
    Verb(Verb),
    /// One entry.
    Entry(Verb, Subject),
}

/// What is shown.
#[derive(Clone, Debug)]
pub enum Shown {
    /// All entries.
    Whole(Listing),
    /// The subjects of one verb.
    Verb(Vec<Subject>),
    /// The subject of one entry, which is there.
    Entry(Subject),
}

impl GetAcl {
    /// Reads the ACL.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Shown> {
        let (shown, _) = self.run_with_origin(context).await?;
        Ok(shown)
    }

    /// The same, and whether the ACL is stored. If not, it is the default, and what is shown is in force until somebody
    /// changes it.
    pub async fn run_with_origin(self, context: &mut Context<'_>) -> Result<(Shown, bool)> {
        let (acl, is_stored) = match &self.address {
            Address::Scope(at) => of_scope(context, at).await?,
            Address::Bucket(at) => (of_bucket(context, at).await?, true),
            Address::Object(at) => of_object(context, at).await?,
        };
        let listing = Listing::of(&acl, self.address.verbs());
        let shown = match self.part {
            Part::Whole => Shown::Whole(listing),
            Part::Verb(verb) => Shown::Verb(listing.subjects(verb).to_vec()),
            Part::Entry(verb, subject) if acl.has(verb, &subject) => Shown::Entry(subject),
            Part::Entry(verb, subject) => return Err(Unmade::NotGranted(verb, subject).into()),
        };
        Ok((shown, is_stored))
    }
}

async fn of_scope(context: &mut Context<'_>, at: &ScopeAddress) -> Result<(Acl, bool)> {
    let (_, scope) = context.admit_to_scope(at, Right::ManageScope).await?;
    match context.stored_scope_acl(&scope).await? {
        Some(stored) => Ok((stored.acl.ok_or(Error::UnreadableAcl)?, true)),
        None => Ok((Acl::default_of_scope(&scope.owner), false)),
    }
}

async fn of_bucket(context: &mut Context<'_>, at: &BucketAddress) -> Result<Acl> {
    let admitted = context.admit(at, None, Right::ManageBucket).await?;
    let bucket = admitted.live_bucket().ok_or_else(Error::admitted_to_nothing)?;
    bucket.acl.clone().ok_or(Error::UnreadableAcl)
}

async fn of_object(context: &mut Context<'_>, at: &ObjectAddress) -> Result<(Acl, bool)> {
    let admitted = context.admit(&at.bucket, Some(&at.object), Right::ManageObject).await?;
    let object = admitted.live_object().ok_or_else(Error::admitted_to_nothing)?;
    let acl = admitted.acl_of(object).ok_or(Error::UnreadableAcl)?;
    Ok((acl.into_owned(), object.acl != ObjectAcl::Default))
}
