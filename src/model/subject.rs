//! The subjects of ACL entries (contract, section 4).

use std::fmt;
use std::str::FromStr;

use super::id::{GroupId, ThingId, UserId};

/// The subject of an ACL entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `UserID:{id}`: one user.
    User(UserId),
    /// `GroupID:{id}`: the members of a group.
    Group(GroupId),
    /// `ThingID:{id}`: one thing.
    Thing(ThingId),
    /// `UserID:ANY_AUTHENTICATED_USER`: any user or thing with a valid token.
    AnyAuthenticated,
    /// `UserID:ANONYMOUS_USER`: everybody, with or without a token.
    Anonymous,
}

impl Subject {
    /// The user ID that means everybody.
    pub const ANONYMOUS_WORD: &str = "ANONYMOUS_USER";
    /// The user ID that means anybody with a valid token.
    pub const ANY_AUTHENTICATED_WORD: &str = "ANY_AUTHENTICATED_USER";
    /// The pattern of a subject, in words.
    pub const PATTERN: &str = "a subject is UserID:{id}, GroupID:{id}, ThingID:{id}, \
                               UserID:ANY_AUTHENTICATED_USER or UserID:ANONYMOUS_USER";
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(formatter, "UserID:{id}"),
            Self::Group(id) => write!(formatter, "GroupID:{id}"),
            Self::Thing(id) => write!(formatter, "ThingID:{id}"),
            Self::AnyAuthenticated => write!(formatter, "UserID:{}", Self::ANY_AUTHENTICATED_WORD),
            Self::Anonymous => write!(formatter, "UserID:{}", Self::ANONYMOUS_WORD),
        }
    }
}

/// A text that is no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Subject::PATTERN)]
pub struct InvalidSubject;

impl FromStr for Subject {
    type Err = InvalidSubject;

    fn from_str(text: &str) -> Result<Self, InvalidSubject> {
        let (kind, id) = text.split_once(':').ok_or(InvalidSubject)?;
        match (kind, id) {
            ("UserID", Self::ANONYMOUS_WORD) => Ok(Self::Anonymous),
            ("UserID", Self::ANY_AUTHENTICATED_WORD) => Ok(Self::AnyAuthenticated),
            ("UserID", id) => UserId::parse(id).map(Self::User).map_err(|_| InvalidSubject),
            ("GroupID", id) => GroupId::parse(id).map(Self::Group).map_err(|_| InvalidSubject),
            ("ThingID", id) => ThingId::parse(id).map(Self::Thing).map_err(|_| InvalidSubject),
            _ => Err(InvalidSubject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_as_it_is_read() {
        let user = UserId::parse("a").unwrap();
        for (text, subject) in [
            ("UserID:a", Subject::User(user)),
            ("GroupID:a", Subject::Group(GroupId::parse("a").unwrap())),
            ("ThingID:a", Subject::Thing(ThingId::parse("a").unwrap())),
            ("UserID:ANY_AUTHENTICATED_USER", Subject::AnyAuthenticated),
            ("UserID:ANONYMOUS_USER", Subject::Anonymous),
        ] {
            assert_eq!(text.parse(), Ok(subject.clone()));
            assert_eq!(subject.to_string(), text);
        }
    }

    #[test]
    fn what_names_nobody_is_no_subject() {
        for text in
            ["", ":", "UserID", "UserID:", "UserID:a b", "UserID:me", "GroupID:!", "ThingID:", "userID:a", "AdminID:a"]
        {
            assert_eq!(text.parse::<Subject>(), Err(InvalidSubject), "{text}");
        }
    }
}
