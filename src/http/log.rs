//! The span of a request, whose fields are on every line that is logged within it, and the line that sums the request up.
//! No header, body, token or key is ever logged; of a token that is refused, the names of its issuer and its key are.

use std::time::Duration;

use tracing::Span;

use super::answer::Outcome;
use super::refusal::{Refusal, Result};
use super::route::Route;
use crate::model::address::ScopeAddress;
use crate::model::id::AppId;
use crate::operation::acl::change::Changed;
use crate::operation::{Answer, Error};
use crate::store::CallStats;

/// What the line of a request says.
pub struct RequestLog {
    /// The kind of the scope in its path.
    scope: Option<&'static str>,
    /// Whether the request is the first of its execution environment.
    cold: bool,
    /// What the request has cost.
    pub stats: CallStats,
}

/// The span of a request.
pub fn span(request_id: &str, route: Option<&Route>) -> Span {
    let (app, operation) = match route {
        Some(Route::Call(call, method)) => (call.app().map(AppId::as_str), Some(method.operation)),
        Some(Route::Preflight(_)) | None => (None, None),
    };
    tracing::info_span!("request", request_id, app, operation)
}

fn scope(route: Option<&Route>) -> Option<&ScopeAddress> {
    match route {
        Some(Route::Call(call, _)) => call.scope(),
        Some(Route::Preflight(_)) | None => None,
    }
}

impl RequestLog {
    /// What is known before the request is answered.
    pub fn new(route: Option<&Route>, cold: bool) -> Self {
        Self { scope: scope(route).map(ScopeAddress::kind), cold, stats: CallStats::default() }
    }

    /// Writes the line, and before it why the store has failed, if it has.
    pub fn write(&self, outcome: &Result<Outcome<'_>>, status: u16, took: Duration) {
        let failure = outcome.as_ref().err().and_then(Refusal::failure);
        if let Some(failure) = failure {
            failure.log();
        }
        let name = match outcome {
            Ok(Outcome::Preflight(_)) => "preflight",
            Ok(Outcome::Answer(Answer::Created(created), _)) if created.replayed => "replayed",
            Ok(Outcome::Answer(Answer::Created(_), _)) => "created",
            Ok(Outcome::Answer(Answer::Read(_), _)) => "read",
            Ok(Outcome::Answer(Answer::Unmodified(_), _)) => "unmodified",
            Ok(Outcome::Answer(Answer::Put(put), _)) if put.is_new => "created",
            Ok(Outcome::Answer(Answer::Put(_), _)) => "replaced",
            Ok(Outcome::Answer(Answer::Patched(_), _)) => "changed",
            Ok(Outcome::Answer(Answer::Deleted, _)) => "deleted",
            Ok(Outcome::Answer(
                Answer::Queried(_)
                | Answer::Acl(_)
                | Answer::Bucket(_)
                | Answer::BucketExists
                | Answer::Buckets(_)
                | Answer::Me(_)
                | Answer::Description,
                _,
            )) => "read",
            Ok(Outcome::Answer(Answer::Issued(_), _)) => "issued",
            Ok(Outcome::Answer(Answer::Revoked, _)) => "revoked",
            Ok(Outcome::Answer(Answer::AclChanged(Changed::Granted), _)) => "granted",
            Ok(Outcome::Answer(Answer::AclChanged(Changed::Revoked), _)) => "revoked",
            Ok(Outcome::Answer(Answer::AclChanged(Changed::Replaced(_)), _)) => "replaced",
            Ok(Outcome::Answer(Answer::BucketMade(_), _)) => "created",
            Ok(Outcome::Answer(Answer::BucketDropped, _)) => "dropped",
            Err(Refusal::Operation(Error::UnreadableAcl)) => "failed",
            Err(_) if failure.is_some() => "failed",
            Err(_) => "refused",
        };
        let plan = match outcome {
            Ok(Outcome::Answer(Answer::Queried(queried), _)) => Some(queried.explained.plan.as_str()),
            Ok(Outcome::Answer(..) | Outcome::Preflight(_)) | Err(_) => None,
        };
        let token = outcome.as_ref().err().and_then(Refusal::refused_token);
        tracing::info!(
            scope = self.scope,
            outcome = name,
            status,
            error_code = outcome.as_ref().err().map(Refusal::code),
            reason = token.map(|token| token.reason.as_str()),
            issuer = token.and_then(|token| token.issuer.as_deref()),
            kid = token.and_then(|token| token.kid.as_deref()),
            storage_calls = self.stats.calls,
            retries = self.stats.retries,
            plan,
            items_read = (self.stats.items > 0).then_some(self.stats.items),
            entries_read = (self.stats.entries > 0).then_some(self.stats.entries),
            read_units = (self.stats.units > 0.0).then_some(self.stats.units),
            milliseconds = took.as_secs_f64() * 1000.0,
            cold = self.cold,
            "request"
        );
    }
}
