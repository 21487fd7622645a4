//! What runs by itself: the events that the template's schedule sends to the function, and what each of them starts. `pail
//! serve` starts the same on a timer.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use tracing::Instrument;

use crate::fetch::Fetcher;
use crate::operation::refresh::{self, Refreshed, refresh};
use crate::operation::sweep::{Limits, Swept, sweep};
use crate::store::{CallStats, Cause, Failure, Session, Store};
use crate::system::System;

/// How often the schedule starts each task.
pub const EVERY: Duration = Duration::from_secs(60 * 60);

/// The age of a marker, as a sweep leaves it, from which it is logged as an error. The template has an alarm on the same age.
/// Most buckets are gone after one sweep. One that is left after a day needs more than 24 sweeps, or something keeps them from
/// removing it.
pub const OVERDUE: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest that a task may run: the function's time-out, as in the template. The waits of the protocol rest on it.
pub const TIME_LIMIT: Duration = Duration::from_secs(15);

/// The read and write units that one sweep may take. It bounds the price of sweeping to about $0.40 a day, and leaves requests
/// most of what a new table can take in that time.
const UNITS: f64 = 25_000.0;

/// The part of the time that is reserved for the end of the last call.
const TIME_FOR_A_CALL: Duration = Duration::from_secs(3);
/// How long key sets are fetched at most.
const TIME_TO_FETCH: Duration = Duration::from_secs(10);
/// The part of the time that is reserved for the log line.
const TIME_TO_END: Duration = Duration::from_millis(300);

/// A task of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Remove what dropped buckets held.
    Sweep,
    /// Fetch the keys of issuers that publish them at a URL.
    Refresh,
}

/// The constant input of a schedule. Events of gateways have other members, such as `requestContext`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input<'a> {
    pail: &'a str,
}

/// One run of a task.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Its name in the log.
    pub id: &'a str,
    /// How long it may take. It never takes longer than [`TIME_LIMIT`].
    pub time_left: Duration,
    /// How many items one call of a sweep may delete.
    pub batch: usize,
    /// Whether keys may be fetched from this machine. The function's own runtime listens there.
    pub loopback: bool,
}

/// A task failed. The log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scheduled {} failed: its log lines say why, and the next one goes on", .0.name())]
pub struct Failed(pub Task);

impl Task {
    /// The task that an event of the schedule starts; `None` for any other event. Such an event has the one member `pail`,
    /// and nothing else, so that nothing a client sends through a gateway can be one.
    pub fn of_event(event: &str) -> Option<Self> {
        // Serde would take an array of the members, too.
        if !event.trim_start().starts_with('{') {
            return None;
        }
        match serde_json::from_str::<Input<'_>>(event).ok()?.pail {
            "sweep" => Some(Self::Sweep),
            "refresh" => Some(Self::Refresh),
            _ => None,
        }
    }

    /// Its name in the log.
    const fn name(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Refresh => "refresh",
        }
    }

    /// Runs the task, and logs one line about it.
    pub async fn run(self, store: &Store, system: &System, run: Run<'_>) -> Result<(), Failed> {
        let span = tracing::info_span!("request", request_id = run.id, operation = self.name());
        let is_done = async {
            match self {
                Self::Sweep => run_sweep(store, system, run).await,
                Self::Refresh => run_refresh(store, system, run).await,
            }
        };
        if is_done.instrument(span).await { Ok(()) } else { Err(Failed(self)) }
    }
}

async fn run_sweep(store: &Store, system: &System, run: Run<'_>) -> bool {
    let (start, time_left) = (Instant::now(), run.time_left.min(TIME_LIMIT));
    let deadline = start + time_left.saturating_sub(TIME_TO_END);
    let until = start + time_left.saturating_sub(TIME_FOR_A_CALL);
    let (swept, stats) = match Session::new(store, system, deadline) {
        Ok(mut session) => {
            let limits = Limits { until, units: UNITS, batch: run.batch };
            (sweep(&mut session, system.now(), limits).await, session.stats())
        }
        Err(failure) => (Swept { failure: Some(failure), ..Swept::default() }, CallStats::default()),
    };
    log_sweep(&swept, stats, start.elapsed());
    swept.failure.is_none()
}

async fn run_refresh(store: &Store, system: &System, run: Run<'_>) -> bool {
    let (start, time_left) = (Instant::now(), run.time_left.min(TIME_LIMIT));
    let deadline = start + time_left.saturating_sub(TIME_TO_END);
    let until = start + time_left.saturating_sub(TIME_FOR_A_CALL).min(TIME_TO_FETCH);
    let refreshed = match (Session::new(store, system, deadline), Fetcher::new()) {
        (Ok(mut session), Ok(fetcher)) => {
            let limits = refresh::Limits { until, app: None, loopback: run.loopback };
            refresh(&mut session, &fetcher, limits).await
        }
        (Err(failure), _) => Refreshed::failed(failure),
        (_, Err(error)) => Refreshed::failed(Failure::Fault(Cause::of_message(error.to_string()))),
    };
    refreshed.log(start.elapsed());
    refreshed.failures.is_empty()
}

/// Logs what a sweep came to. The alarm of the template rests on `oldest_marker_seconds`.
fn log_sweep(swept: &Swept, stats: CallStats, took: Duration) {
    swept.unreadable.iter().chain(&swept.failure).for_each(Failure::log);
    let oldest = swept.oldest.map(|age| age.as_secs());
    tracing::info!(
        outcome = if swept.failure.is_some() { "failed" } else { "swept" },
        buckets = swept.buckets,
        objects = swept.objects,
        index_entries = swept.entries,
        units = swept.units,
        waiting_buckets = swept.waiting,
        unreadable_markers = swept.unreadable.len(),
        oldest_marker_seconds = oldest,
        storage_calls = stats.calls,
        retries = stats.retries,
        milliseconds = took.as_secs_f64() * 1000.0,
        "sweep"
    );
    // Installations that log nothing below errors have their alarm by this line.
    if swept.oldest.is_some_and(|age| age >= OVERDUE) {
        tracing::error!(oldest_marker_seconds = oldest, "what a dropped bucket held is not removed after a day");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_constant_input_of_the_schedule_starts_a_task() {
        for event in [r#"{"pail":"sweep"}"#, " {\n \"pail\": \"sweep\" }\n"] {
            assert_eq!(Task::of_event(event), Some(Task::Sweep), "{event}");
        }
        assert_eq!(Task::of_event(r#"{"pail":"refresh"}"#), Some(Task::Refresh));
        for event in [
            "",
            "null",
            "{}",
            r#""sweep""#,
            r#"["sweep"]"#,
            r#"{"pail":"Sweep"}"#,
            r#"{"pail":"refreshed"}"#,
            r#"{"pail":null}"#,
            r#"{"pail":["sweep"]}"#,
            r#"{"pail":{"sweep":null}}"#,
            r#"{"Pail":"sweep"}"#,
            r#"{"pail":"sweep","pail":"sweep"}"#,
            r#"{"pail":"sweep","requestContext":{}}"#,
            r#"{"requestContext":null,"pail":"sweep"}"#,
            r#"{"pail":"sweep","body":"x"}"#,
            r#"{"pail":"sweep"} {}"#,
            r#"{"pail":"sweep""#,
        ] {
            assert_eq!(Task::of_event(event), None, "{event}");
        }
    }
}
