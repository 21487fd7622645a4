//! Rights: one table that says what grants them, and one decision (contract, sections 3, 4 and 7.6). Both are pure.

use super::acl::{Acl, Verb};
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
    /// The ACL of the object.
    pub object: Option<&'a Acl>,
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
    /// An entry in the object's ACL.
    Object(Verb),
    /// An entry in the ACL that an object has by default, without its creator's.
    DefaultOfObject(Verb),
    /// Being the user or the thing whose scope it is.
    Ownership,
}

/// The table: any of these grants, and what the decision then is.
const fn row(right: Right, there: There) -> (&'static [Grant], Result<(), No>) {
    match (right, there) {
        (Right::CreateObject | Right::PutObject, There::Nothing) => (&[Grant::Scope(Verb::CreateNewBucket)], Ok(())),
        (Right::CreateObject, There::Bucket | There::Object) | (Right::PutObject, There::Bucket) => {
            (&[Grant::Bucket(Verb::CreateObjectsInBucket)], Ok(()))
        }
        (Right::ReadObject, There::Object) => {
            (&[Grant::Object(Verb::ReadExistingObject), Grant::Bucket(Verb::ReadObjectsInBucket)], Ok(()))
        }
        (Right::PutObject | Right::WriteObject, There::Object) => (&[Grant::Object(Verb::WriteExistingObject)], Ok(())),
        (Right::ReadObject | Right::WriteObject, There::Bucket) => {
            (&[Grant::Bucket(Verb::ReadObjectsInBucket), Grant::Ownership], Err(No::Object))
        }
        (Right::ReadObject, There::Nothing) => (&[Grant::DefaultOfObject(Verb::ReadExistingObject)], Err(No::Bucket)),
        (Right::WriteObject, There::Nothing) => (&[Grant::DefaultOfObject(Verb::WriteExistingObject)], Err(No::Bucket)),
    }
}

impl Right {
    /// Whether the ACL of the scope decides where there is no bucket.
    pub const fn makes_bucket(self) -> bool {
        match self {
            Self::CreateObject | Self::PutObject => true,
            Self::ReadObject | Self::WriteObject => false,
        }
    }
}

/// The decision: the administrator holds every right, everybody else needs a grant. Whoever lacks the right does not learn
/// what exists.
pub fn judge(right: Right, caller: &Principal, facts: Facts<'_>) -> Result<(), No> {
    let (grants, granted) = row(right, facts.there);
    let has = |acl: Option<&Acl>, verb| acl.is_some_and(|acl| acl.grants(verb, caller));
    let is_granted = |grant: &Grant| match grant {
        Grant::Scope(verb) => has(facts.scope, *verb),
        Grant::Bucket(verb) => has(facts.bucket, *verb),
        Grant::Object(verb) => has(facts.object, *verb),
        Grant::DefaultOfObject(verb) => Acl::default_of_object(facts.owner, None).grants(*verb, caller),
        Grant::Ownership => owns(caller, facts.owner),
    };
    if matches!(caller, Principal::Administrator { .. }) || grants.iter().any(is_granted) {
        granted
    } else {
        Err(No::Lacking(right, facts.there))
    }
}

/// Whether the caller is the user or the thing whose scope it is.
fn owns(caller: &Principal, owner: &ScopeOwner) -> bool {
    match (caller, owner) {
        (Principal::User { id, .. }, ScopeOwner::User(owner)) => id == owner,
        (Principal::Thing { id, .. }, ScopeOwner::Thing(owner)) => id == owner,
        (Principal::User { .. }, ScopeOwner::App | ScopeOwner::Group(_) | ScopeOwner::Thing(_))
        | (Principal::Thing { .. }, ScopeOwner::App | ScopeOwner::User(_) | ScopeOwner::Group(_))
        | (Principal::Anonymous | Principal::Administrator { .. }, _) => false,
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
        Facts { there, owner, scope: None, bucket: None, object: None }
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
