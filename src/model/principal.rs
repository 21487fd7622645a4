//! Who is calling (contract, section 2).

use super::creator::Creator;
use super::id::{GroupId, ThingId, UserId};
use super::subject::Subject;

/// A caller whose credentials were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Somebody with a key of the app and no token.
    Anonymous,
    /// A user with a valid token.
    User {
        /// The ID that the token names.
        id: UserId,
        /// The groups that the token names.
        groups: Vec<GroupId>,
    },
    /// A thing with a valid token.
    Thing {
        /// The ID that the token names.
        id: ThingId,
        /// The groups that the token names.
        groups: Vec<GroupId>,
    },
    /// The app's administrator, who may do everything in the app.
    Administrator {
        /// The ID that the token names.
        id: UserId,
    },
    /// Whoever runs the command line with access to the tables. No request over HTTP comes from an operator.
    Operator,
}

impl Principal {
    /// The value of `authenticatedPrincipalID` in answers.
    pub fn id(&self) -> &str {
        match self {
            Self::Anonymous => Subject::ANONYMOUS_WORD,
            Self::User { id, .. } | Self::Administrator { id } => id.as_str(),
            Self::Thing { id, .. } => id.as_str(),
            Self::Operator => Creator::OPERATOR,
        }
    }

    /// The caller as the creator of what it makes.
    pub fn creator(&self) -> Creator {
        match self {
            Self::Anonymous => Creator::Anonymous,
            Self::User { id, .. } => Creator::User(id.clone()),
            Self::Thing { id, .. } => Creator::Thing(id.clone()),
            Self::Administrator { id } => Creator::Administrator(id.clone()),
            Self::Operator => Creator::Operator,
        }
    }

    /// The caller's ID as a user; `None` for everybody else, the administrator included.
    pub fn as_user(&self) -> Option<&UserId> {
        match self {
            Self::User { id, .. } => Some(id),
            Self::Anonymous | Self::Thing { .. } | Self::Administrator { .. } | Self::Operator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_caller_has_its_own_id_creator_and_acl_entry() {
        let user = || UserId::parse("a").unwrap();
        let thing = || ThingId::parse("a").unwrap();
        for (principal, id, creator, subject) in [
            (Principal::Anonymous, "ANONYMOUS_USER", "UserID:ANONYMOUS_USER", None),
            (Principal::User { id: user(), groups: Vec::new() }, "a", "UserID:a", Some("UserID:a")),
            (Principal::Thing { id: thing(), groups: Vec::new() }, "a", "ThingID:a", Some("ThingID:a")),
            (Principal::Administrator { id: user() }, "a", "AdminID:a", None),
            (Principal::Operator, "operator", "operator", None),
        ] {
            assert_eq!((principal.id(), principal.creator().to_string().as_str()), (id, creator));
            assert_eq!(principal.creator().as_subject().map(|subject| subject.to_string()).as_deref(), subject);
        }
    }
}
