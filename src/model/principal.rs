//! Who is calling (contract, section 2).

use super::id::{GroupId, ThingId, UserId};
use super::subject::Subject;

/// A caller whose credentials were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Holds the app's key, and nothing that says who it is.
    Anonymous,
    /// A user with a valid token.
    User {
        /// The token's `sub`.
        id: UserId,
        /// The groups that the token names.
        groups: Vec<GroupId>,
    },
    /// A thing with a valid token.
    Thing {
        /// The token's `sub`.
        id: ThingId,
        /// The groups that the token names.
        groups: Vec<GroupId>,
    },
    /// The app's administrator, who may do everything in the app.
    Administrator {
        /// The token's `sub`.
        id: UserId,
    },
}

impl Principal {
    /// What `authenticatedPrincipalID` says of the caller.
    pub fn id(&self) -> &str {
        match self {
            Self::Anonymous => Subject::ANONYMOUS_WORD,
            Self::User { id, .. } | Self::Administrator { id } => id.as_str(),
            Self::Thing { id, .. } => id.as_str(),
        }
    }

    /// The caller as items record the maker of a bucket or an object.
    pub fn creator(&self) -> String {
        match self {
            Self::Anonymous => Subject::Anonymous.to_string(),
            Self::User { id, .. } => Subject::User(id.clone()).to_string(),
            Self::Thing { id, .. } => Subject::Thing(id.clone()).to_string(),
            Self::Administrator { id } => format!("AdminID:{id}"),
        }
    }

    /// The entry that the caller gets in the ACL of a bucket it makes: none for the administrator, who needs none,
    /// and for an anonymous caller, who cannot be told from others.
    pub fn as_subject(&self) -> Option<Subject> {
        match self {
            Self::User { id, .. } => Some(Subject::User(id.clone())),
            Self::Thing { id, .. } => Some(Subject::Thing(id.clone())),
            Self::Anonymous | Self::Administrator { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_caller_is_told_and_recorded_by_its_own_words() {
        let user = || UserId::parse("a").unwrap();
        let thing = || ThingId::parse("a").unwrap();
        for (principal, id, creator, subject) in [
            (Principal::Anonymous, "ANONYMOUS_USER", "UserID:ANONYMOUS_USER", None),
            (Principal::User { id: user(), groups: Vec::new() }, "a", "UserID:a", Some("UserID:a")),
            (Principal::Thing { id: thing(), groups: Vec::new() }, "a", "ThingID:a", Some("ThingID:a")),
            (Principal::Administrator { id: user() }, "a", "AdminID:a", None),
        ] {
            assert_eq!((principal.id(), principal.creator().as_str()), (id, creator));
            assert_eq!(principal.as_subject().map(|subject| subject.to_string()).as_deref(), subject);
        }
    }
}
