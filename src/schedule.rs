//! What runs by itself: the events that the template's schedule sends to the function, and what each of them starts. `pail
//! serve` starts the same on a timer.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use tracing::Instrument;

use crate::operation::sweep::{Limits, Swept, sweep};
use crate::store::{CallStats, Failure, Session, Store};
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
/// The part of the time that is reserved for the log line.
const TIME_TO_END: Duration = Duration::from_millis(300);

/// A task of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Remove what dropped buckets held.
    Sweep,
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
    /// How many items one of its calls may delete.
    pub batch: usize,
}

/// A task failed. The log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scheduled sweep failed: its log lines say why, and the next one goes on")]
pub struct Failed;

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
            _ => None,
        }
    }

    /// Runs the task, and logs one line about it.
    pub async fn run(self, store: &Store, system: &System, run: Run<'_>) -> Result<(), Failed> {
        let Self::Sweep = self;
        let Run { id, time_left, batch } = run;
        let span = tracing::info_span!("request", request_id = id, operation = "sweep");
        let (start, time_left) = (Instant::now(), time_left.min(TIME_LIMIT));
        async {
            let deadline = start + time_left.saturating_sub(TIME_TO_END);
            let limits = Limits { until: start + time_left.saturating_sub(TIME_FOR_A_CALL), units: UNITS, batch };
            let (swept, stats) = match Session::new(store, system, deadline) {
                Ok(mut session) => (sweep(&mut session, system.now(), limits).await, session.stats()),
                Err(failure) => (Swept { failure: Some(failure), ..Swept::default() }, CallStats::default()),
            };
            log(&swept, stats, start.elapsed());
            if swept.failure.is_some() { Err(Failed) } else { Ok(()) }
        }
        .instrument(span)
        .await
    }
}

/// Logs what a sweep came to. The alarm of the template rests on `oldest_marker_seconds`.
fn log(swept: &Swept, stats: CallStats, took: Duration) {
    swept.unreadable.iter().chain(&swept.failure).for_each(Failure::log);
    let oldest = swept.oldest.map(|age| age.as_secs());
    tracing::info!(
        outcome = if swept.failure.is_some() { "failed" } else { "swept" },
        buckets = swept.buckets,
        objects = swept.objects,
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
        for event in [
            "",
            "null",
            "{}",
            r#""sweep""#,
            r#"["sweep"]"#,
            r#"{"pail":"Sweep"}"#,
            r#"{"pail":"refresh"}"#,
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
