//! Why a request gets no answer, and the one table from that to status, code and message (contract, section 5).

use std::borrow::Cow;

use super::error_row;
use super::messages;
use super::oauth::error::OAuthError;
use super::resource::Kind;
use super::row::{Row, echo};
use crate::auth::refused_token::RefusedToken;
use crate::model::document::InvalidDocument;
use crate::model::id::ObjectId;
use crate::model::json::SyntaxError;
use crate::model::query::{InvalidQuery, Query};
use crate::operation::Error;
use crate::operation::token::TokenError;
use crate::store::Failure;

/// The result of anything at the edge.
pub type Result<T> = std::result::Result<T, Refusal>;

/// Why a request gets no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The event is of no gateway that Pail knows, or this member of it, a JSON pointer, is missing or of another type.
    InvalidEvent(Option<&'static str>),
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
    /// A query has a mistake.
    InvalidQuery(InvalidQuery),
    /// The body has more characters than any query.
    QueryTooLarge,
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

impl From<InvalidQuery> for Refusal {
    fn from(invalid: InvalidQuery) -> Self {
        Self::InvalidQuery(invalid)
    }
}

impl Refusal {
    /// The failure of the store that is behind the refusal.
    pub fn failure(&self) -> Option<&Failure> {
        if let Self::Operation(Error::Failed(failure)) = self { Some(failure) } else { None }
    }

    /// The token that was refused, and why.
    pub fn refused_token(&self) -> Option<&RefusedToken> {
        let Self::Operation(Error::WrongToken { refused, .. } | Error::Token(TokenError::WrongSubjectToken(refused))) =
            self
        else {
            return None;
        };
        Some(refused)
    }

    /// The `errorCode`, for logs.
    pub fn code(&self) -> &'static str {
        self.row(false).code
    }

    /// The row of the table. `writes` is whether the request may have changed anything.
    pub fn row(&self, writes: bool) -> Row {
        match self {
            Self::InvalidEvent(member) => {
                let message = member.map_or(Cow::Borrowed(messages::UNKNOWN_EVENT), messages::wrong_member);
                Row::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("field", "event")
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
            Self::InvalidInput { field, pattern } => Row::invalid_input(field, pattern),
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
            Self::TooLarge(maximum) => error_row::too_large(*maximum),
            Self::InvalidQuery(InvalidQuery { place, what }) => {
                Row::query_not_supported(format!("The query is not valid at {}: {what}.", echo(place)))
            }
            Self::QueryTooLarge => {
                Row::new(413, "INVALID_INPUT_DATA", "InvalidInputDataException", messages::QUERY_TOO_LARGE)
                    .with("maximumCharacters", Query::MAXIMUM_CHARACTERS)
            }
            Self::AclTooLarge => {
                Row::new(413, "INVALID_INPUT_DATA", "InvalidInputDataException", messages::ACL_TOO_LARGE)
                    .with("maximumBytes", MAXIMUM_ACL_BYTES)
            }
            Self::EncodedBody => {
                Row::new(415, "INVALID_INPUT_DATA", "InvalidInputDataException", messages::ENCODED_BODY)
                    .with("field", "Content-Encoding")
            }
            Self::OAuth(error) => error_row::of_oauth(error.clone()),
            Self::Operation(error) => error_row::of_error(error, writes),
        }
    }
}
