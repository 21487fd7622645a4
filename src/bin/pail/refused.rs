//! Why an operation was refused, for an operator.

use pail::http::refusal::Refusal;
use pail::operation::Error;

use super::changes::missing;
use super::connection::Installation;
use super::output::Failure;

/// Explains why something with this name was not read or changed.
pub fn refused(installation: &Installation, name: &str, error: Error) -> Failure {
    match error {
        Error::AppNotFound { app } => missing(&app),
        Error::Failed(failure) => installation.explain(&failure),
        Error::Missing(_) => Failure(format!("{name} does not exist")),
        error => invalid(error),
    }
}

/// Explains with the words of the API what is wrong.
pub fn invalid(refusal: impl Into<Refusal>) -> Failure {
    Failure(refusal.into().row(false).message.into_owned())
}
