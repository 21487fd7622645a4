//! Rights: one table that says what grants them, and one decision (contract, sections 3, 4 and 7.6). Both are pure.

use super::acl::{Acl, Verb};
use super::creator::Creator;
use super::principal::Principal;
use super::scope::ScopeOwner;

/// What a caller wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Create an object whose ID the server makes.
    CreateObject,
    /// Create or replace an object of a given ID.
    PutObject,
    /// Read an object.
    ReadObject,
    /// Change or delete an object.
    WriteObject,
    /// Read or change the ACL of an object.
    ManageObject,
    /// Make an empty bucket.
    MakeBucket,
    /// See that a bucket exists, and how many objects it holds.
    SeeBucket,
    /// Query a bucket.
    QueryBucket,
    /// Read every object of a bucket.
    ReadBucket,
    /// Drop a bucket with all it holds.
    DropBucket,
    /// Read or change the ACL of a bucket.
    ManageBucket,
    /// Add an entry to the ACL of a bucket, which makes the bucket if there is none.
    GrantOnBucket,
    /// Read or change the ACL of a scope.
    ManageScope,
    /// List the buckets of a scope.
    ListBuckets,
}

/// How much of what a path names exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Not even the bucket.
    Nothing,
    /// The bucket, without the object.
    Bucket,
    /// The object.
    Object,
}

/// What a decision rests on. An ACL that is `None` grants nothing: it does not bear on the decision, or the stored one
/// cannot be read.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// How much exists.
    pub there: There,
    /// Whose scope it is.
    pub owner: &'a ScopeOwner,
    /// The ACL of the scope.
    pub scope: Option<&'a Acl>,
    /// The ACL of the bucket.
    pub bucket: Option<&'a Acl>,
    /// Who made the bucket.
    pub bucket_creator: Option<&'a Creator>,
    /// The ACL of the object.
    pub object: Option<&'a Acl>,
    /// Who created the object.
    pub object_creator: Option<&'a Creator>,
}

impl<'a> Facts<'a> {
    /// Facts about a scope in which nothing exists.
    pub const fn of_scope(owner: &'a ScopeOwner) -> Self {
        Self {
            there: There::Nothing,
            owner,
            scope: None,
            bucket: None,
            bucket_creator: None,
            object: None,
            object_creator: None,
        }
    }
}

/// Why the caller may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// The caller lacks the right.
    Lacking(Right, There),
    /// There is no such object, which the caller may know.
    Object,
    /// There is no such bucket, which the caller may know.
    Bucket,
}

/// What grants a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grant {
    /// An entry in the scope's ACL.
    Scope(Verb),
    /// An entry in the bucket's ACL.
    Bucket(Verb),
    /// An entry of any verb in the bucket's ACL.
    AnyOfBucket,
    /// An entry in the object's ACL.
    Object(Verb),
    /// An entry in the ACL that a bucket has by default, without its creator's.
    DefaultOfBucket(Verb),
    /// An entry of any verb in the ACL that a bucket has by default, without its creator's.
    AnyOfDefaultOfBucket,
    /// An entry in the ACL that an object has by default, without its creator's.
    DefaultOfObject(Verb),
    /// Being the user or the thing whose scope it is.
    Ownership,
    /// Having made the bucket, in the scope of a group.
    CreationOfBucketInGroup,
    /// Having created the object.
    CreationOfObject,
}

/// The table: any of these grants, and what the decision then is.
const fn row(right: Right, there: There) -> (&'static [Grant], Result<(), No>) {
    match (right, there) {
        (Right::CreateObject | Right::PutObject, There::Nothing) | (Right::MakeBucket, _) => {
            (&[Grant::Scope(Verb::CreateNewBucket)], Ok(()))
        }
        (Right::CreateObject, There::Bucket | There::Object) | (Right::PutObject, There::Bucket) => {
            (&[Grant::Bucket(Verb::CreateObjectsInBucket)], Ok(()))
        }
        (Right::ReadObject, There::Object) => {
            (&[Grant::Object(Verb::ReadExistingObject), Grant::Bucket(Verb::ReadObjectsInBucket)], Ok(()))
        }
        (Right::PutObject | Right::WriteObject, There::Object) => (&[Grant::Object(Verb::WriteExistingObject)], Ok(())),
        (Right::ManageObject, There::Object) => (&[Grant::Ownership, Grant::CreationOfObject], Ok(())),
        (Right::ReadObject | Right::WriteObject | Right::ManageObject, There::Bucket) => {
            (&[Grant::Bucket(Verb::ReadObjectsInBucket), Grant::Ownership], Err(No::Object))
        }
        (Right::ReadObject, There::Nothing) => (&[Grant::DefaultOfObject(Verb::ReadExistingObject)], Err(No::Bucket)),
        (Right::WriteObject, There::Nothing) => (&[Grant::DefaultOfObject(Verb::WriteExistingObject)], Err(No::Bucket)),
        (Right::ManageObject | Right::ManageBucket, There::Nothing) => (&[Grant::Ownership], Err(No::Bucket)),
        (Right::SeeBucket, There::Nothing) => (&[Grant::AnyOfDefaultOfBucket], Err(No::Bucket)),
        (Right::SeeBucket, There::Bucket | There::Object) => (&[Grant::AnyOfBucket], Ok(())),
        // A query of a bucket that does not exist finds nothing.
        (Right::QueryBucket, There::Nothing) => (&[Grant::DefaultOfBucket(Verb::QueryObjectsInBucket)], Ok(())),
        (Right::QueryBucket, There::Bucket | There::Object) => (&[Grant::Bucket(Verb::QueryObjectsInBucket)], Ok(())),
        (Right::ReadBucket, _) => (&[Grant::Bucket(Verb::ReadObjectsInBucket)], Ok(())),
        (Right::DropBucket, There::Nothing) => {
            (&[Grant::DefaultOfBucket(Verb::DropBucketWithAllContent)], Err(No::Bucket))
        }
        (Right::DropBucket, There::Bucket | There::Object) => {
            (&[Grant::Bucket(Verb::DropBucketWithAllContent)], Ok(()))
        }
        (Right::ManageBucket | Right::GrantOnBucket, There::Bucket | There::Object) => {
            (&[Grant::Ownership, Grant::CreationOfBucketInGroup], Ok(()))
        }
        // To make the bucket takes the right to make it as well, which the operation asks for.
        (Right::GrantOnBucket, There::Nothing) | (Right::ManageScope | Right::ListBuckets, _) => {
            (&[Grant::Ownership], Ok(()))
        }
    }
}

impl Right {
    /// Whether the ACL of the scope bears on the decision, where a bucket exists or not.
    pub const fn needs_scope_acl(self, bucket_exists: bool) -> bool {
        match self {
            Self::MakeBucket => true,
            Self::CreateObject | Self::PutObject | Self::GrantOnBucket => !bucket_exists,
            Self::ReadObject
            | Self::WriteObject
            | Self::ManageObject
            | Self::SeeBucket
            | Self::QueryBucket
            | Self::ReadBucket
            | Self::DropBucket
            | Self::ManageBucket
            | Self::ManageScope
            | Self::ListBuckets => false,
        }
    }

    /// Whether the request shows or changes the bucket itself, for which a cached copy of it is too old.
    pub const fn needs_current_bucket(self) -> bool {
        match self {
            Self::MakeBucket | Self::DropBucket | Self::ManageBucket | Self::GrantOnBucket => true,
            Self::CreateObject
            | Self::PutObject
            | Self::ReadObject
            | Self::WriteObject
            | Self::ManageObject
            | Self::SeeBucket
            | Self::QueryBucket
            | Self::ReadBucket
            | Self::ManageScope
            | Self::ListBuckets => false,
        }
    }
}

/// The decision: the administrator and the operator hold every right, everybody else needs a grant. Whoever lacks the right
/// does not learn what exists.
pub fn judge(right: Right, caller: &Principal, facts: Facts<'_>) -> Result<(), No> {
    let (grants, granted) = row(right, facts.there);
    let has = |acl: Option<&Acl>, verb| acl.is_some_and(|acl| acl.grants(verb, caller));
    let default_of_bucket = |verb| Acl::default_of_bucket(facts.owner, None).grants(verb, caller);
    let is_granted = |grant: &Grant| match grant {
        Grant::Scope(verb) => has(facts.scope, *verb),
        Grant::Bucket(verb) => has(facts.bucket, *verb),
        Grant::AnyOfBucket => Verb::OF_BUCKET.iter().any(|verb| has(facts.bucket, *verb)),
        Grant::Object(verb) => has(facts.object, *verb),
        Grant::DefaultOfBucket(verb) => default_of_bucket(*verb),
        Grant::AnyOfDefaultOfBucket => Verb::OF_BUCKET.iter().any(|verb| default_of_bucket(*verb)),
        Grant::DefaultOfObject(verb) => Acl::default_of_object(facts.owner, None).grants(*verb, caller),
        Grant::Ownership => owns(caller, facts.owner),
        Grant::CreationOfBucketInGroup => {
            matches!(facts.owner, ScopeOwner::Group(_)) && made(caller, facts.bucket_creator)
        }
        Grant::CreationOfObject => made(caller, facts.object_creator),
    };
    let may_everything = matches!(caller, Principal::Administrator { .. } | Principal::Operator);
    if may_everything || grants.iter().any(is_granted) { granted } else { Err(No::Lacking(right, facts.there)) }
}

/// Whether the caller is the user or the thing whose scope it is.
pub fn owns(caller: &Principal, owner: &ScopeOwner) -> bool {
    match (caller, owner) {
        (Principal::User { id, .. }, ScopeOwner::User(owner)) => id == owner,
        (Principal::Thing { id, .. }, ScopeOwner::Thing(owner)) => id == owner,
        (Principal::User { .. }, ScopeOwner::App | ScopeOwner::Group(_) | ScopeOwner::Thing(_))
        | (Principal::Thing { .. }, ScopeOwner::App | ScopeOwner::User(_) | ScopeOwner::Group(_))
        | (Principal::Anonymous | Principal::Administrator { .. } | Principal::Operator, _) => false,
    }
}

/// Whether the caller is the user or the thing that made something. What anonymous callers made is nobody's.
fn made(caller: &Principal, creator: Option<&Creator>) -> bool {
    match (caller, creator) {
        (Principal::User { id, .. }, Some(Creator::User(creator))) => id == creator,
        (Principal::Thing { id, .. }, Some(Creator::Thing(creator))) => id == creator,
        (
            Principal::User { .. } | Principal::Thing { .. },
            None
            | Some(
                Creator::User(_)
                | Creator::Thing(_)
                | Creator::Anonymous
                | Creator::Administrator(_)
                | Creator::Operator,
            ),
        )
        | (Principal::Anonymous | Principal::Administrator { .. } | Principal::Operator, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{ThingId, UserId};
    use crate::model::subject::Subject;

    const RIGHTS: [Right; 4] = [Right::CreateObject, Right::PutObject, Right::ReadObject, Right::WriteObject];
    const THERE: [There; 3] = [There::Nothing, There::Bucket, There::Object];

    fn user(id: &str) -> Principal {
        Principal::User { id: UserId::parse(id).unwrap(), groups: Vec::new() }
    }

    fn facts(there: There, owner: &ScopeOwner) -> Facts<'_> {
        Facts { there, ..Facts::of_scope(owner) }
    }

    fn granting(verb: Verb) -> Acl {
        let mut acl = Acl::default();
        acl.grant(verb, &Subject::User(UserId::parse("alice").unwrap()));
        acl
    }

    #[test]
    fn the_administrator_holds_every_right_and_learns_what_is_missing() {
        let administrator = Principal::Administrator { id: UserId::parse("root").unwrap() };
        for (there, expected) in [
            (There::Nothing, [Ok(()), Ok(()), Err(No::Bucket), Err(No::Bucket)]),
            (There::Bucket, [Ok(()), Ok(()), Err(No::Object), Err(No::Object)]),
            (There::Object, [Ok(()); 4]),
        ] {
            let decisions = RIGHTS.map(|right| judge(right, &administrator, facts(there, &ScopeOwner::App)));
            assert_eq!(decisions, expected, "{there:?}");
        }
    }

    #[test]
    fn everybody_else_needs_a_grant_of_the_table() {
        let of_bob = ScopeOwner::User(UserId::parse("bob").unwrap());
        for right in RIGHTS {
            for there in THERE {
                let (grants, granted) = row(right, there);
                let lacking = Err(No::Lacking(right, there));
                assert_eq!(judge(right, &user("alice"), facts(there, &of_bob)), lacking, "{right:?} {there:?}");
                for verb in Verb::OF_SCOPE.iter().chain(Verb::OF_BUCKET).chain(Verb::OF_OBJECT) {
                    let (acl, without) = (granting(*verb), facts(there, &of_bob));
                    for (grant, facts) in [
                        (Grant::Scope(*verb), Facts { scope: Some(&acl), ..without }),
                        (Grant::Bucket(*verb), Facts { bucket: Some(&acl), ..without }),
                        (Grant::Object(*verb), Facts { object: Some(&acl), ..without }),
                    ] {
                        let expected = if grants.contains(&grant) { granted } else { lacking };
                        assert_eq!(judge(right, &user("alice"), facts), expected, "{right:?} {there:?} by {grant:?}");
                        assert_eq!(judge(right, &user("carol"), facts), lacking, "{right:?} {there:?} by {grant:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn whose_scope_it_is_learns_that_an_object_is_missing() {
        let thing = Principal::Thing { id: ThingId::parse("alice").unwrap(), groups: Vec::new() };
        let of_user = ScopeOwner::User(UserId::parse("alice").unwrap());
        let of_thing = ScopeOwner::Thing(ThingId::parse("alice").unwrap());
        for (caller, owner, learns) in [
            (user("alice"), &of_user, true),
            (user("bob"), &of_user, false),
            (thing.clone(), &of_user, false),
            (thing, &of_thing, true),
            (user("alice"), &of_thing, false),
            (user("alice"), &ScopeOwner::App, false),
            (Principal::Anonymous, &of_user, false),
        ] {
            for right in [Right::ReadObject, Right::WriteObject] {
                let no = if learns { No::Object } else { No::Lacking(right, There::Bucket) };
                assert_eq!(judge(right, &caller, facts(There::Bucket, owner)), Err(no), "{caller:?}");
            }
        }
    }

    #[test]
    fn a_missing_bucket_is_judged_by_the_default_of_an_object_in_it() {
        let of_user = ScopeOwner::User(UserId::parse("alice").unwrap());
        for (caller, owner, reads, writes) in [
            (user("bob"), &ScopeOwner::App, true, true),
            (Principal::Anonymous, &ScopeOwner::App, true, false),
            (user("alice"), &of_user, true, true),
            (user("bob"), &of_user, false, false),
        ] {
            for (right, learns) in [(Right::ReadObject, reads), (Right::WriteObject, writes)] {
                let no = if learns { No::Bucket } else { No::Lacking(right, There::Nothing) };
                assert_eq!(judge(right, &caller, facts(There::Nothing, owner)), Err(no), "{caller:?} {right:?}");
            }
        }
    }
}
