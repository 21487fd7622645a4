//! Why a request gets no answer, and the one table from that to status, code and message (contract, section 5).

use std::borrow::Cow;

use serde_json::Value;

use super::resource::Kind;
use crate::model::document::{Document, InvalidDocument};
use crate::model::json::SyntaxError;
use crate::model::rights::Right;
use crate::operation::{Error, Need};
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
    /// The body has too many characters.
    TooLarge,
    /// The operation gave no answer.
    Operation(Error),
}

/// What a caller is answered.
pub struct Row {
    /// The HTTP status.
    pub status: u16,
    /// The `errorCode`.
    pub code: &'static str,
    /// The name in the media type.
    pub name: &'static str,
    /// What was wrong, and what would be right.
    pub message: Cow<'static, str>,
    /// Further members of the body.
    pub members: Vec<(&'static str, Value)>,
}

/// The most characters of an echo of what a caller sent.
const LONGEST_ECHO: usize = 128;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Operation(error)
    }
}

impl From<InvalidDocument> for Refusal {
    fn from(invalid: InvalidDocument) -> Self {
        match invalid {
            InvalidDocument::TooLarge => Self::TooLarge,
            InvalidDocument::Syntax(error) => Self::InvalidJson(error),
        }
    }
}

impl Refusal {
    /// The failure of the store that is behind the refusal.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Operation(Error::Failed(failure)) => Some(failure),
            Self::Operation(_)
            | Self::InvalidEvent
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::InvalidBucket { .. }
            | Self::BucketTypeNotSupported { .. }
            | Self::InvalidInput { .. }
            | Self::InvalidDataType { .. }
            | Self::InvalidJson(_)
            | Self::TooLarge => None,
        }
    }

    /// The `errorCode`, for logs.
    pub fn code(&self) -> &'static str {
        self.row(false).code
    }

    /// The row of the table. `writes` is whether the request may have changed anything.
    pub fn row(&self, writes: bool) -> Row {
        match self {
            Self::InvalidEvent => {
                Row::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", UNKNOWN_EVENT).with("field", "event")
            }
            Self::NotFound => Row::new(404, "NOT_FOUND", "NotFoundException", NO_SUCH_PATH),
            Self::MethodNotAllowed(kind) => {
                Row::new(405, "METHOD_NOT_ALLOWED", "MethodNotAllowedException", kind.description())
            }
            Self::InvalidBucket { bucket } => {
                Row::new(400, "INVALID_BUCKET", "InvalidBucketException", INVALID_BUCKET).with("bucketID", echo(bucket))
            }
            Self::BucketTypeNotSupported { bucket } => {
                Row::new(400, "BUCKET_TYPE_NOT_SUPPORTED", "InvalidBucketException", INVALID_BUCKET_TYPE)
                    .with("bucketID", echo(bucket))
            }
            Self::InvalidInput { field, pattern } => {
                let message = format!("The {field} is not valid: {pattern}.");
                Row::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("field", *field)
            }
            Self::InvalidDataType { content_type } => {
                Row::new(400, "INVALID_DATA_TYPE", "InvalidDataTypeException", INVALID_DATA_TYPE)
                    .with("contentType", echo(content_type))
            }
            Self::InvalidJson(SyntaxError { what, line, column }) => {
                let message = format!("The body is not valid at line {line}, column {column}: {what}.");
                Row::new(400, "INVALID_JSON", "InvalidJsonException", message)
            }
            Self::TooLarge => Row::new(413, "INVALID_INPUT_DATA", "InvalidInputDataException", TOO_LARGE)
                .with("maximumCharacters", Document::MAXIMUM_CHARACTERS),
            Self::Operation(error) => of_error(error, writes),
        }
    }
}

fn of_error(error: &Error, writes: bool) -> Row {
    match error {
        Error::Unauthenticated => Row::new(401, "UNAUTHORIZED", "UnauthorizedAccessException", UNAUTHENTICATED),
        Error::Denied { app, principal, needs } => {
            Row::new(401, "UNAUTHORIZED", "UnauthorizedAccessException", lacking(*needs, principal))
                .with("authenticatedAppID", app.as_str())
                .with("authenticatedPrincipalID", principal.as_str())
        }
        Error::WrongToken { app } => {
            Row::new(403, "WRONG_TOKEN", "WrongTokenException", WRONG_TOKEN).with("appID", app.as_str())
        }
        Error::AppNotFound { app } => {
            Row::new(404, "APP_NOT_FOUND", "AppNotFoundException", APP_NOT_FOUND).with("appID", app.as_str())
        }
        Error::AppDisabled { app } => {
            Row::new(403, "APP_DISABLED", "AppDisabledException", APP_DISABLED).with("appID", app.as_str())
        }
        Error::IdempotencyKeyReused => {
            Row::new(422, "IDEMPOTENCY_KEY_REUSED", "IdempotencyKeyReusedException", KEY_REUSED)
        }
        Error::Failed(Failure::Unavailable(_)) => {
            let message = if writes { UNKNOWN_OUTCOME } else { NOTHING_CHANGED };
            Row::new(503, "TEMPORARY_UNAVAILABLE_ERROR", "TemporaryUnavailableException", message)
        }
        Error::Failed(Failure::Fault(_)) => Row::new(500, "UNDEFINED_ERROR", "UndefinedErrorException", FAULT),
    }
}

impl Row {
    fn new(status: u16, code: &'static str, name: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, name, message: message.into(), members: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }
}

fn lacking(needs: Need, principal: &str) -> String {
    let what = match needs {
        Need::User => return "The path says users/me, and only a user's token says which user that is.".to_owned(),
        Need::Right(Right::CreateObject) => "The ACL of the bucket does not grant CREATE_OBJECTS_IN_BUCKET",
        Need::Right(Right::CreateBucket) => {
            "The bucket does not exist, and the ACL of the scope does not grant CREATE_NEW_BUCKET"
        }
    };
    format!("{what} to the caller, {principal}.")
}

/// What a caller sent, cut to what is worth showing.
fn echo(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}

const UNKNOWN_EVENT: &str = "The event is none of an HTTP API (payload format 2.0), a function URL or a REST API.";
const NO_SUCH_PATH: &str = "No resource has this path; an object collection is \
                            /api/apps/{appID}/buckets/{bucketID}/objects, with users/{userID}, groups/{groupID} or \
                            things/{thingID} before buckets in their scopes, without a slash at its end or two in a row.";
const INVALID_BUCKET: &str = "The bucket ID is not valid: it is 2 to 64 of A-Z a-z 0-9 _ -, does not start with _ and is \
                              not users, devices, installations, internal or things.";
const INVALID_BUCKET_TYPE: &str =
    "The bucket's type is not supported: only rw: and default: may stand before a bucket ID.";
const INVALID_DATA_TYPE: &str = "The Content-Type is not valid: it is application/json or \
                                 application/vnd.{appID}.{dataType}+json of this app, in UTF-8.";
const TOO_LARGE: &str = "The body is too large: an object has at most 65534 characters.";
const UNAUTHENTICATED: &str = "Valid credentials of this app are needed: Authorization with Basic and the Base64 of \
                               appID:appKey, or with Bearer and a token, or else X-Kii-AppID and X-Kii-AppKey.";
const WRONG_TOKEN: &str = "The token is not valid for this app: it has to be a current JSON Web Token, signed by an \
                           issuer that the app trusts and made out to its audience.";
const APP_NOT_FOUND: &str = "There is no app with this ID here; check the ID and the site URL.";
const APP_DISABLED: &str = "The app is disabled; its operator can enable it.";
const KEY_REUSED: &str = "The Idempotency-Key was used for another request: send that request's body and content type \
                          again, or use a new key.";
const UNKNOWN_OUTCOME: &str = "The storage could not answer in time, and the change may or may not have taken effect; \
                               try again, with the same Idempotency-Key if the request had one.";
const NOTHING_CHANGED: &str = "The storage could not answer in time, and nothing was changed; try again.";
const FAULT: &str = "The request failed through a fault of the service; its operator finds more under the request ID.";
