//! Rights: one table that says which entry of which ACL grants what, and one decision (contract, sections 3 and 4).

use super::acl::{Acl, Verb};
use super::principal::Principal;

/// What a caller may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Create an object in a bucket that exists.
    CreateObject,
    /// Make a bucket in a scope.
    CreateBucket,
}

/// Whose ACL has an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The scope.
    Scope,
    /// The bucket.
    Bucket,
}

/// The ACLs that a decision rests on. One that is missing grants nothing: it does not bear on the decision, or the
/// stored one cannot be read.
#[derive(Clone, Copy, Default)]
pub struct Acls<'a> {
    /// The scope's.
    pub scope: Option<&'a Acl>,
    /// The bucket's.
    pub bucket: Option<&'a Acl>,
}

/// The caller lacks this right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking(pub Right);

impl Right {
    /// The table: any of these entries grants the right.
    pub fn grants(self) -> &'static [(On, Verb)] {
        match self {
            Self::CreateObject => &[(On::Bucket, Verb::CreateObjectsInBucket)],
            Self::CreateBucket => &[(On::Scope, Verb::CreateNewBucket)],
        }
    }
}

/// The decision: the administrator holds every right, everybody else needs an entry.
pub fn judge(right: Right, caller: &Principal, acls: Acls<'_>) -> Result<(), Lacking> {
    if matches!(caller, Principal::Administrator { .. }) {
        return Ok(());
    }
    let granted = right.grants().iter().any(|(on, verb)| {
        let acl = match on {
            On::Scope => acls.scope,
            On::Bucket => acls.bucket,
        };
        acl.is_some_and(|acl| acl.grants(*verb, caller))
    });
    if granted { Ok(()) } else { Err(Lacking(right)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::UserId;
    use crate::model::subject::Subject;

    const RIGHTS: [Right; 2] = [Right::CreateObject, Right::CreateBucket];

    fn user(id: &str) -> Principal {
        Principal::User { id: UserId::parse(id).unwrap(), groups: Vec::new() }
    }

    fn granting(verb: Verb) -> Acl {
        let mut acl = Acl::default();
        acl.grant(verb, &Subject::User(UserId::parse("alice").unwrap()));
        acl
    }

    #[test]
    fn the_administrator_holds_every_right_whatever_the_acls_say() {
        let administrator = Principal::Administrator { id: UserId::parse("root").unwrap() };
        for right in RIGHTS {
            assert_eq!(judge(right, &administrator, Acls::default()), Ok(()));
        }
    }

    #[test]
    fn everybody_else_needs_an_entry_of_the_right_acl() {
        for right in RIGHTS {
            let [(on, verb)] = right.grants() else { panic!("{right:?} has one entry") };
            let acl = granting(*verb);
            let (scope, bucket) = (Acls { scope: Some(&acl), bucket: None }, Acls { scope: None, bucket: Some(&acl) });
            let (granting, other) = if *on == On::Scope { (scope, bucket) } else { (bucket, scope) };
            assert_eq!(judge(right, &user("alice"), granting), Ok(()));
            assert_eq!(judge(right, &user("bob"), granting), Err(Lacking(right)));
            assert_eq!(judge(right, &user("alice"), other), Err(Lacking(right)));
            assert_eq!(judge(right, &user("alice"), Acls::default()), Err(Lacking(right)));
        }
    }
}
