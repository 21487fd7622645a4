//! The rows of errors of operations (contract, section 5).

use super::messages;
use super::oauth::error::OAuthError;
use super::row::Row;
use crate::model::acl_change::{MOST_ENTRIES, Unmade};
use crate::model::document::{Document, InvalidDocument};
use crate::model::json::SyntaxError;
use crate::operation::{Error, Subject, Unanswered};
use crate::store::Failure;

/// The row of an error. `writes` is whether the request may have changed anything.
pub fn of_error(error: &Error, writes: bool) -> Row {
    match error {
        Error::Unauthenticated => {
            Row::new(401, "UNAUTHORIZED", "UnauthorizedAccessException", messages::UNAUTHENTICATED)
        }
        Error::Denied { app, principal, needs } => {
            Row::new(401, "UNAUTHORIZED", "UnauthorizedAccessException", messages::lacking(*needs, principal))
                .with("authenticatedAppID", app.as_str())
                .with("authenticatedPrincipalID", principal.as_str())
        }
        Error::WrongToken { app, .. } => {
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
        Error::Unanswered(unanswered) => of_unanswered(unanswered),
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

fn of_unanswered(unanswered: &Unanswered) -> Row {
    match unanswered {
        Unanswered::TooLargeToCount(megabytes) => Row::query_not_supported(format!(
            "The bucket is too large to be counted in one request: its objects have more than {megabytes} MB."
        )),
        Unanswered::TooLargeToQuery(megabytes, advice) => {
            let instead = match advice {
                Some(advice) => messages::index_to_declare(advice),
                None => {
                    "begin again without orderBy and aggregations, which gives pages in no particular order".to_owned()
                }
            };
            Row::query_not_supported(format!(
                "The query would read more than {megabytes} MB of the bucket in one request: {instead}."
            ))
        }
        Unanswered::WalkEnded => Row::query_not_supported(messages::WALK_ENDED),
        Unanswered::WrongPaginationKey => Row::invalid_input("paginationKey", messages::PAGINATION_KEY),
        Unanswered::Timeout => Row::new(503, "QUERY_TIMEOUT", "QueryTimeoutException", messages::QUERY_TIMEOUT),
    }
}

/// The row of an error of an OAuth endpoint.
pub fn of_oauth(error: OAuthError) -> Row {
    Row::new(error.status, error.code, "", error.description)
}

/// The row of a body, or of an object, with more than so many characters.
pub fn too_large(maximum: usize) -> Row {
    let message = if maximum == Document::MAXIMUM_SENT { messages::SENT_TOO_LARGE } else { messages::TOO_LARGE };
    Row::new(413, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("maximumCharacters", maximum)
}
