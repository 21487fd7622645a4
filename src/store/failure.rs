//! Why the store gave no result. Operations turn a failure into an error of the contract, and the edge logs its cause.

use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::DispatchFailure;

use super::keys::Item;

/// The result of anything that asks DynamoDB.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// DynamoDB was out of reach, throttled, failing or too slow. A write may have taken effect, whole.
    Unavailable(Cause),
    /// A fault of the installation or of Pail, which trying again does not mend.
    Fault(Cause),
}

/// What happened, for operators and never for callers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// The operation of DynamoDB that failed; empty if it was none.
    pub call: &'static str,
    /// DynamoDB's name for the error; empty if the error is not DynamoDB's.
    pub code: String,
    /// What happened, in words.
    pub message: String,
    /// The table of the item that cannot be read.
    pub table: Option<String>,
    /// The key of the item that cannot be read.
    pub key: Option<String>,
}

/// An item lacks an attribute that its kind has to have, or the attribute has another type or form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute {attribute} is missing or cannot be read")]
pub struct Unreadable {
    /// The attribute.
    pub attribute: &'static str,
}

impl Failure {
    /// No answer came in the time that the request has.
    pub(super) fn late() -> Self {
        Self::Unavailable(Cause::of_message("no answer in time"))
    }

    /// A fault that DynamoDB does not name.
    pub(super) fn fault(message: impl Into<String>) -> Self {
        Self::Fault(Cause::of_message(message))
    }

    /// An item of a table that cannot be read.
    pub(super) fn unreadable(error: Unreadable, table: &str, key: &Item) -> Self {
        Self::Fault(Cause {
            table: Some(table.to_owned()),
            key: Some(super::keys::display(key)),
            ..Cause::of_message(format!("an item cannot be read: {error}"))
        })
    }

    /// Logs what happened, in one line for operators.
    pub fn log(&self) {
        let cause = self.cause();
        let call = Some(cause.call).filter(|call| !call.is_empty());
        let code = cause.code_for_log();
        let (message, table, key) = (cause.message_for_log(), cause.table.as_deref(), cause.key.as_deref());
        match self {
            Self::Unavailable(_) => tracing::warn!(call, code, table, key, cause = message, "storage is unavailable"),
            Self::Fault(_) => tracing::error!(call, code, table, key, cause = message, "storage is at fault"),
        }
    }

    /// Logs that index entries were not deleted, which changes no answer.
    pub fn log_entries_left(&self) {
        let cause = self.cause();
        let (call, code, message) = (cause.call, cause.code_for_log(), cause.message_for_log());
        tracing::info!(call, code, cause = message, "index entries were left");
    }

    /// What happened.
    pub fn cause(&self) -> &Cause {
        match self {
            Self::Unavailable(cause) | Self::Fault(cause) => cause,
        }
    }
}

impl Cause {
    /// A cause that is none of DynamoDB's errors.
    pub(crate) fn of_message(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Another request was first in each round, so that this one wrote nothing.
    pub(crate) fn of_conflicts() -> Self {
        Self::of_message("another request was first in each round; nothing was written")
    }

    /// What an error of one of AWS's SDKs says.
    pub fn of_error<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let (code, message) = match error {
            SdkError::ServiceError(error) if error.err().code().is_none() => {
                let status = error.raw().status();
                (None, format!("what answers there is not DynamoDB (HTTP status {status}): check the endpoint URL"))
            }
            SdkError::ServiceError(error) => (error.err().code(), error.err().message().unwrap_or_default().to_owned()),
            SdkError::DispatchFailure(failure) => (None, format!("it cannot be reached: {}", innermost(failure))),
            SdkError::ConstructionFailure(_) => (None, "the call could not be made".to_owned()),
            _ => (None, "the answer could not be read".to_owned()),
        };
        Self { code: code.unwrap_or_default().to_owned(), ..Self::of_message(message) }
    }
}

impl Cause {
    /// DynamoDB's name for the error, if it is DynamoDB's.
    pub fn code_for_log(&self) -> Option<&str> {
        Some(self.code.as_str()).filter(|code| !code.is_empty())
    }

    /// The message, unless it may repeat what a caller sent: DynamoDB's own messages are logged only where they are about
    /// the installation.
    pub fn message_for_log(&self) -> Option<&str> {
        let is_safe = matches!(self.code.as_str(), "" | "AccessDeniedException" | "ResourceNotFoundException");
        is_safe.then_some(self.message.as_str())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.code.is_empty() { "" } else { ": " };
        write!(formatter, "{}{separator}{}", self.code, self.message)
    }
}

/// The innermost cause of a failure to send, such as a refused connection.
fn innermost(failure: &DispatchFailure) -> String {
    let error: Option<&dyn std::error::Error> = match failure.as_connector_error() {
        Some(error) => Some(error),
        None => None,
    };
    let causes = std::iter::successors(error, |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}
