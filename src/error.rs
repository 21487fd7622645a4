//! Every way in which a request can be refused or fail (contract, section 5). What the caller hears of each, and with
//! which status, is said in one place: [`http::response`](crate::http::response).

use crate::model::acl::Verb;
use crate::model::document::InvalidDocument;
use crate::model::id::AppId;
use crate::model::json::SyntaxError;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The event is none of those that Pail knows.
    InvalidEvent,
    /// No resource has this path.
    NotFound,
    /// The resource does not have this method.
    MethodNotAllowed,
    /// The bucket ID breaks its pattern or is reserved.
    InvalidBucket {
        /// As it was sent.
        bucket: String,
    },
    /// The bucket ID has an unknown prefix.
    BucketTypeNotSupported {
        /// As it was sent.
        bucket: String,
    },
    /// Another ID or a header breaks its pattern.
    InvalidInput {
        /// Which one.
        field: &'static str,
        /// What it has to look like, in words.
        pattern: &'static str,
    },
    /// The content type is none that an object can have.
    InvalidDataType {
        /// As it was sent.
        content_type: String,
    },
    /// The body is not the JSON that is asked for.
    InvalidJson(SyntaxError),
    /// The body has too many characters.
    TooLarge,
    /// The credentials are missing, malformed or wrong; nobody was authenticated.
    Unauthenticated,
    /// The caller is known, and may not.
    Denied {
        /// The app that the caller belongs to.
        app: AppId,
        /// Who it is: see [`Principal::id`](crate::model::principal::Principal::id).
        principal: String,
        /// What would have allowed it.
        needs: Right,
    },
    /// The token is malformed, expired, forged, or of another app.
    WrongToken {
        /// The app of the path.
        app: AppId,
    },
    /// There is no such app.
    AppNotFound {
        /// The app of the path.
        app: AppId,
    },
    /// The app is switched off.
    AppDisabled {
        /// The app of the path.
        app: AppId,
    },
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The storage could not answer now. A write may have happened, whole.
    Unavailable,
    /// A fault of Pail or of its installation.
    Internal,
}

/// What a denied caller lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// An entry in the ACL of the bucket.
    OnBucket(Verb),
    /// The bucket does not exist: an entry in the ACL of the scope.
    OnScope(Verb),
    /// `/users/me` needs a user's token.
    BeingAUser,
}

/// The result of anything that can be refused.
pub type Result<T> = std::result::Result<T, Error>;

impl From<InvalidDocument> for Error {
    fn from(invalid: InvalidDocument) -> Self {
        match invalid {
            InvalidDocument::TooLarge => Self::TooLarge,
            InvalidDocument::Syntax(error) => Self::InvalidJson(error),
        }
    }
}
