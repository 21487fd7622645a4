//! Why a request gets no answer, and the one table from that to status, code and message (contract, section 5).

use super::messages;
use super::oauth::error::OAuthError;
use super::resource::Kind;
use super::row::{Row, echo};
use crate::model::acl_change::{MOST_ENTRIES, Unmade};
use crate::model::document::{Document, InvalidDocument};
use crate::model::id::ObjectId;
use crate::model::json::SyntaxError;
use crate::operation::{Error, Subject};
use crate::store::Failure;

/// The result of anything at the edge.
pub type Result<T> = std::result::Result<T, Refusal>;

/// Why a request gets no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The event is of no gateway that Pail knows.
    InvalidEvent,
    /// No resource has this path.
    NotFound,
    /// The resource does not have this method.
    MethodNotAllowed(Kind),
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
    /// Another ID or a header field breaks its pattern.
    InvalidInput {
        /// Which one.
        field: &'static str,
        /// What it has to look like, in words.
        pattern: &'static str,
    },
    /// An object cannot have this content type.
    InvalidDataType {
        /// As it was sent.
        content_type: String,
    },
    /// The body is not a valid JSON object.
    InvalidJson(SyntaxError),
    /// The object ID breaks its pattern.
    InvalidObjectId {
        /// As it was sent.
        object: String,
    },
    /// The body has more than so many characters.
    TooLarge(usize),
    /// The body has more bytes than any ACL.
    AclTooLarge,
    /// The body is encoded.
    EncodedBody,
    /// An OAuth endpoint refuses the request.
    OAuth(OAuthError),
    /// The operation gave no answer.
    Operation(Error),
}

/// The most bytes of a body that replaces an ACL.
pub const MAXIMUM_ACL_BYTES: usize = 256 * 1024;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Operation(error)
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<InvalidDocument> for Refusal {
    fn from(invalid: InvalidDocument) -> Self {
        match invalid {
            InvalidDocument::TooLarge(maximum) => Self::TooLarge(maximum),
            InvalidDocument::Syntax(error) => Self::InvalidJson(error),
        }
    }
}

impl Refusal {
    /// The failure of the store that is behind the refusal.
    pub fn failure(&self) -> Option<&Failure> {
        if let Self::Operation(Error::Failed(failure)) = self { Some(failure) } else { None }
    }

    /// The `errorCode`, for logs.
    pub fn code(&self) -> &'static str {
        self.row(false).code
    }

    /// The row of the table. `writes` is whether the request may have changed anything.
    pub fn row(&self, writes: bool) -> Row {
        match self {
            Self::InvalidEvent => {
                Row::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", messages::UNKNOWN_EVENT)
                    .with("field", "event")
            }
            Self::NotFound => Row::new(404, "NOT_FOUND", "NotFoundException", messages::NO_SUCH_PATH),
            Self::MethodNotAllowed(kind) => {
                Row::new(405, "METHOD_NOT_ALLOWED", "MethodNotAllowedException", kind.description())
            }
            Self::InvalidBucket { bucket } => {
                Row::new(400, "INVALID_BUCKET", "InvalidBucketException", messages::INVALID_BUCKET)
                    .with("bucketID", echo(bucket))
            }
            Self::BucketTypeNotSupported { bucket } => {
                Row::new(400, "BUCKET_TYPE_NOT_SUPPORTED", "InvalidBucketException", messages::INVALID_BUCKET_TYPE)
                    .with("bucketID", echo(bucket))
            }
            Self::InvalidInput { field, pattern } => {
                let message = format!("The {field} is not valid: {pattern}.");
                Row::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("field", *field)
            }
            Self::InvalidDataType { content_type } => {
                Row::new(400, "INVALID_DATA_TYPE", "InvalidDataTypeException", messages::INVALID_DATA_TYPE)
                    .with("contentType", echo(content_type))
            }
            Self::InvalidJson(SyntaxError { what, line, column }) => {
                let message = format!("The body is not valid at line {line}, column {column}: {what}.");
                Row::new(400, "INVALID_JSON", "InvalidJsonException", message)
            }
            Self::InvalidObjectId { object } => {
                let message = format!("The object ID is not valid: {}.", ObjectId::PATTERN);
                Row::new(400, "INVALID_OBJECT_ID", "InvalidObjectIDException", message).with("objectID", echo(object))
            }
            Self::TooLarge(maximum) => too_large(*maximum),
            Self::AclTooLarge => {
                Row::new(413, "INVALID_INPUT_DATA", "InvalidInputDataException", messages::ACL_TOO_LARGE)
                    .with("maximumBytes", MAXIMUM_ACL_BYTES)
            }
            Self::EncodedBody => {
                Row::new(415, "INVALID_INPUT_DATA", "InvalidInputDataException", messages::ENCODED_BODY)
                    .with("field", "Content-Encoding")
            }
            Self::OAuth(error) => of_oauth(error.clone()),
            Self::Operation(error) => of_error(error, writes),
        }
    }
}

fn of_error(error: &Error, writes: bool) -> Row {
    match error {
        Error::Unauthenticated => {
            Row::new(401, "UNAUTHORIZED", "UnauthorizedAccessException", messages::UNAUTHENTICATED)
        }
        Error::Denied { app, principal, needs } => {
            Row::new(401, "UNAUTHORIZED", "UnauthorizedAccessException", messages::lacking(*needs, principal))
                .with("authenticatedAppID", app.as_str())
                .with("authenticatedPrincipalID", principal.as_str())
        }
        Error::WrongToken { app } => {
            Row::new(403, "WRONG_TOKEN", "WrongTokenException", messages::WRONG_TOKEN).with("appID", app.as_str())
        }
        Error::AppNotFound { app } => {
            Row::new(404, "APP_NOT_FOUND", "AppNotFoundException", messages::APP_NOT_FOUND).with("appID", app.as_str())
        }
        Error::AppDisabled { app } => {
            Row::new(403, "APP_DISABLED", "AppDisabledException", messages::APP_DISABLED).with("appID", app.as_str())
        }
        Error::Missing(subject @ Subject { object: Some(_), .. }) => {
            Row::new(404, "OBJECT_NOT_FOUND", "ObjectNotFoundException", messages::OBJECT_NOT_FOUND).about(subject)
        }
        Error::Missing(subject @ Subject { object: None, .. }) => {
            Row::new(404, "BUCKET_NOT_FOUND", "BucketNotFoundException", messages::BUCKET_NOT_FOUND).about(subject)
        }
        Error::Stale(subject) => {
            Row::new(409, "OBJECT_VERSION_IS_STALE", "StaleVersionedObjectException", messages::STALE).about(subject)
        }
        Error::Exists(subject @ Subject { object: Some(_), .. }) => {
            Row::new(409, "OBJECT_ALREADY_EXISTS", "ObjectAlreadyExistsException", messages::OBJECT_EXISTS)
                .about(subject)
        }
        Error::Exists(subject @ Subject { object: None, .. }) => {
            Row::new(409, "BUCKET_ALREADY_EXISTS", "BucketAlreadyExistsException", messages::BUCKET_EXISTS)
                .about(subject)
        }
        Error::Acl(unmade) => of_unmade(unmade),
        Error::TooLargeToCount { megabytes } => {
            let message = format!(
                "The bucket is too large to be counted in one request: its objects have more than {megabytes} MB."
            );
            Row::new(400, "QUERY_NOT_SUPPORTED", "QueryNotSupportedException", message)
        }
        Error::InvalidResult(InvalidDocument::TooLarge(maximum)) => too_large(*maximum),
        Error::InvalidResult(InvalidDocument::Syntax(SyntaxError { what, .. })) => {
            let message = format!("The object would not be valid after the change: {what}.");
            Row::new(400, "INVALID_JSON", "InvalidJsonException", message)
        }
        Error::IdempotencyKeyReused => {
            Row::new(422, "IDEMPOTENCY_KEY_REUSED", "IdempotencyKeyReusedException", messages::KEY_REUSED)
        }
        Error::Token(error) => of_oauth(OAuthError::of(error)),
        Error::Failed(Failure::Unavailable(_)) => {
            let message = if writes { messages::UNKNOWN_OUTCOME } else { messages::NOTHING_CHANGED };
            Row::new(503, "TEMPORARY_UNAVAILABLE_ERROR", "TemporaryUnavailableException", message)
        }
        Error::Failed(Failure::Fault(_)) | Error::UnreadableAcl => {
            Row::new(500, "UNDEFINED_ERROR", "UndefinedErrorException", messages::FAULT)
        }
    }
}

fn of_unmade(unmade: &Unmade) -> Row {
    match unmade {
        Unmade::NotGranted(verb, subject) => {
            Row::new(404, "ACL_NOT_FOUND", "ACLNotFoundException", messages::NOT_GRANTED).entry(*verb, subject)
        }
        Unmade::Granted(verb, subject) => {
            Row::new(409, "ACL_ALREADY_EXISTS", "ACLAlreadyExistsException", messages::GRANTED).entry(*verb, subject)
        }
        Unmade::Stale => Row::new(409, "ACL_VERSION_IS_STALE", "StaleVersionedACLException", messages::STALE_ACL),
        Unmade::OwnEntry => Row::new(409, "OPERATION_NOT_ALLOWED", "OperationNotAllowedException", messages::OWN_ENTRY),
        Unmade::TooMany => {
            let message = format!("The acl is not valid: it has at most {MOST_ENTRIES} entries.");
            Row::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("field", "acl")
        }
    }
}

fn of_oauth(error: OAuthError) -> Row {
    Row::new(error.status, error.code, "", error.description)
}

fn too_large(maximum: usize) -> Row {
    let message = if maximum == Document::MAXIMUM_SENT { messages::SENT_TOO_LARGE } else { messages::TOO_LARGE };
    Row::new(413, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("maximumCharacters", maximum)
}
