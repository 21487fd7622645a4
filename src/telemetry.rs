//! What Pail tells its operator: one line for each request, and what goes wrong inside. Never a header, a body, a token
//! or a key.

use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::{Error, Result};
use crate::http::response::Response;
use crate::http::{Answer, Invocation};
use crate::store::Spent;

/// Writes logs as JSON lines to standard output, where Lambda takes them from. `level` holds for Pail's own events; of
/// its libraries, which may say more than is good, only warnings and errors are told.
pub fn log_as_json(level: LevelFilter) {
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    // A subscriber that was set before stays: that is no reason to stop.
    let _ = tracing_subscriber::registry().with(lines).with(filter(level)).try_init();
}

/// Which events are told.
pub fn filter(level: LevelFilter) -> Targets {
    Targets::new().with_default(LevelFilter::WARN).with_target("pail", level)
}

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
            Ok(Answer::Created(_)) => ("created", ""),
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
