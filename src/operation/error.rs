//! Why an operation gives no answer (contract, section 5). The edge adds what can be wrong with a request itself, and has
//! the one table from errors to status.

use crate::auth::refused_token::RefusedToken;
use crate::auth::verifier::Rejected;
use crate::model::acl_change::Unmade;
use crate::model::bucket::BucketPath;
use crate::model::document::InvalidDocument;
use crate::model::id::{AppId, ObjectId};
use crate::model::principal::Principal;
use crate::model::rights::{Right, There};
use crate::operation::token::TokenError;
use crate::store::{Cause, Failure};

/// The result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The credentials are missing, malformed or wrong: nobody was authenticated.
    Unauthenticated,
    /// The caller is authenticated, and lacks a right.
    Denied {
        /// The app.
        app: AppId,
        /// The caller: see [`Principal::id`].
        principal: String,
        /// What the caller lacks.
        needs: Need,
    },
    /// The token is malformed, expired, forged, or of another app.
    WrongToken {
        /// The app of the path.
        app: AppId,
        /// Why, for the log alone.
        refused: RefusedToken,
    },
    /// The app does not exist.
    AppNotFound {
        /// The app of the path.
        app: AppId,
    },
    /// The app is disabled.
    AppDisabled {
        /// The app of the path.
        app: AppId,
    },
    /// The bucket or the object does not exist, and the caller may know.
    Missing(Subject),
    /// The object has another version than the request expects.
    Stale(Subject),
    /// The object or the bucket exists, and the request expects that it does not.
    Exists(Subject),
    /// The ACL was not changed, or does not have what was asked for.
    Acl(Unmade),
    /// The stored ACL has no form that this version knows.
    UnreadableAcl,
    /// The bucket was not queried or counted.
    Unanswered(Unanswered),
    /// The change would make the object invalid.
    InvalidResult(InvalidDocument),
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// No token is issued.
    Token(TokenError),
    /// The store failed.
    Failed(Failure),
}

/// Why a bucket was not queried or counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It holds more mebibytes than these, too much to be counted in one request.
    TooLargeToCount(u32),
    /// It holds more mebibytes than these, too much for a query that has to read all of it. The advice is the index that would
    /// serve the query.
    TooLargeToQuery(u32, Option<Advice>),
    /// The index that the walk went along is gone, or serves the query no longer.
    WalkEnded,
    /// The pagination key is not one of this query and this bucket.
    WrongPaginationKey,
    /// It would take too long.
    Timeout,
}

/// An index that would serve a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The bucket.
    pub path: BucketPath,
    /// The names of its fields, with commas between them.
    pub fields: String,
}

/// What an error is about: a bucket, or an object in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The bucket.
    pub path: BucketPath,
    /// The object.
    pub object: Option<ObjectId>,
}

/// What a denied caller would need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A right, where so much of what the path names exists.
    Right(Right, There),
    /// To be a user, for a path with `/users/me`.
    User,
    /// To be the administrator, for a query that is explained.
    Administrator,
}

impl Error {
    /// The caller lacks what the request needs.
    pub(super) fn denied(app: &AppId, caller: &Principal, needs: Need) -> Self {
        Self::Denied { app: app.clone(), principal: caller.id().to_owned(), needs }
    }

    /// The caller was admitted to read or write an object that does not exist, which the table of rights rules out.
    pub(super) fn admitted_to_nothing() -> Self {
        Failure::Fault(Cause::of_message("a caller was admitted to an object that does not exist")).into()
    }

    /// The app rejected the credentials.
    pub(super) fn rejected(app: &AppId, rejected: Rejected) -> Self {
        match rejected {
            Rejected::Disabled => Self::AppDisabled { app: app.clone() },
            Rejected::WrongKey | Rejected::WrongClient => Self::Unauthenticated,
            Rejected::WrongToken(refused) => Self::WrongToken { app: app.clone(), refused },
        }
    }
}

impl From<Unanswered> for Error {
    fn from(unanswered: Unanswered) -> Self {
        Self::Unanswered(unanswered)
    }
}

impl From<Unmade> for Error {
    fn from(unmade: Unmade) -> Self {
        Self::Acl(unmade)
    }
}

/// The one place where failures of the store become errors of operations.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
