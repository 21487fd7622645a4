//! The one line that is logged of a request. Never a header, a body, a token or a key.

use std::time::Duration;

use super::response::Response;
use super::{Answer, Invocation};
use crate::error::{Error, Result};
use crate::store::Spent;

/// What is told of a request.
pub struct RequestLog {
    /// The gateway's name for it.
    pub request_id: String,
    /// The app of its path, once that is known to be an ID.
    pub app: String,
    /// The kind of the scope of its path.
    pub scope: &'static str,
    /// What it asks for.
    pub verb: &'static str,
    /// What it has cost.
    pub spent: Spent,
    cold: bool,
}

impl RequestLog {
    /// What is known before the request is looked at.
    pub fn new(invocation: &Invocation) -> Self {
        Self {
            request_id: invocation.id.clone(),
            app: String::new(),
            scope: "",
            verb: "",
            spent: Spent::default(),
            cold: invocation.cold,
        }
    }

    /// Writes the line.
    pub fn write(&self, answer: &Result<Answer>, status: u16, took: Duration) {
        let (outcome, error_code) = match answer {
            Ok(Answer::Created(created)) => (if created.replayed { "replayed" } else { "created" }, ""),
            Ok(Answer::Preflight) => ("preflight", ""),
            Err(error @ (Error::Internal | Error::Unavailable)) => ("failed", Response::error_code(error)),
            Err(error) => ("refused", Response::error_code(error)),
        };
        tracing::info!(
            request_id = self.request_id,
            app = self.app,
            scope = self.scope,
            verb = self.verb,
            outcome,
            status,
            errorCode = error_code,
            storage_calls = self.spent.calls,
            retries = self.spent.retries,
            milliseconds = took.as_secs_f64() * 1000.0,
            cold = self.cold,
            "request"
        );
    }
}
