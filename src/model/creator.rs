//! Who made a bucket or an object, as items record it.

use std::fmt;

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

/// The stored form. No two creators share one, and none holds a line break.
impl fmt::Display for Creator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(formatter, "UserID:{id}"),
            Self::Thing(id) => write!(formatter, "ThingID:{id}"),
            Self::Anonymous => write!(formatter, "UserID:{}", Subject::ANONYMOUS_WORD),
            Self::Administrator(id) => write!(formatter, "AdminID:{id}"),
            Self::Operator => write!(formatter, "operator"),
        }
    }
}
