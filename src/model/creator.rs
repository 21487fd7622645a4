//! Who made a bucket or an object, as items record it.

use std::fmt;
use std::str::FromStr;

use super::id::{ThingId, UserId};
use super::subject::Subject;

/// The maker of a bucket or an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creator {
    /// A user, stored as `UserID:{id}`.
    User(UserId),
    /// A thing, stored as `ThingID:{id}`.
    Thing(ThingId),
    /// An anonymous caller, stored as `UserID:ANONYMOUS_USER`.
    Anonymous,
    /// The app's administrator, stored as `AdminID:{id}`.
    Administrator(UserId),
    /// An operator at the command line, stored as `operator`.
    Operator,
}

impl Creator {
    /// The stored form of an operator.
    pub(super) const OPERATOR: &str = "operator";

    /// The bare ID of a user or thing, the value of `_owner` in answers.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::User(id) => Some(id.as_str()),
            Self::Thing(id) => Some(id.as_str()),
            Self::Anonymous | Self::Administrator(_) | Self::Operator => None,
        }
    }

    /// The creator's own entry in a default ACL. The administrator and operators need none, and anonymous callers cannot
    /// be told apart.
    pub fn as_subject(&self) -> Option<Subject> {
        match self {
            Self::User(id) => Some(Subject::User(id.clone())),
            Self::Thing(id) => Some(Subject::Thing(id.clone())),
            Self::Anonymous | Self::Administrator(_) | Self::Operator => None,
        }
    }
}

/// A text that is no creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a creator is UserID:{{id}}, ThingID:{{id}}, AdminID:{{id}} or operator")]
pub struct InvalidCreator;

impl FromStr for Creator {
    type Err = InvalidCreator;

    /// Parses the stored form.
    fn from_str(text: &str) -> Result<Self, InvalidCreator> {
        let user = |id: &str| UserId::parse(id).map_err(|_| InvalidCreator);
        match text.split_once(':') {
            Some(("UserID", Subject::ANONYMOUS_WORD)) => Ok(Self::Anonymous),
            Some(("UserID", id)) => user(id).map(Self::User),
            Some(("AdminID", id)) => user(id).map(Self::Administrator),
            Some(("ThingID", id)) => ThingId::parse(id).map(Self::Thing).map_err(|_| InvalidCreator),
            None if text == Self::OPERATOR => Ok(Self::Operator),
            Some(_) | None => Err(InvalidCreator),
        }
    }
}

/// The stored form. No two creators share one, and none holds a line break.
impl fmt::Display for Creator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(formatter, "UserID:{id}"),
            Self::Thing(id) => write!(formatter, "ThingID:{id}"),
            Self::Anonymous => write!(formatter, "UserID:{}", Subject::ANONYMOUS_WORD),
            Self::Administrator(id) => write!(formatter, "AdminID:{id}"),
            Self::Operator => formatter.write_str(Self::OPERATOR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creator_is_stored_and_parsed_in_the_same_form() {
        for (text, id) in [
            ("UserID:alice", Some("alice")),
            ("ThingID:sensor", Some("sensor")),
            ("UserID:ANONYMOUS_USER", None),
            ("AdminID:root", None),
            ("operator", None),
        ] {
            let creator: Creator = text.parse().unwrap();
            assert_eq!((creator.to_string().as_str(), creator.id()), (text, id));
        }
        for bad in ["", "alice", "UserID:", "UserID:me", "GroupID:crew", "operator:", "userid:alice", "ThingID:a/b"] {
            assert_eq!(bad.parse::<Creator>(), Err(InvalidCreator), "{bad}");
        }
    }
}
