//! One request's calls to DynamoDB: how long they may take, how often each is sent, and what they have cost.

use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::{Instant, timeout};

use super::Store;
use super::cache::Moment;
use super::failure::{Cause, Failure, Result};
use crate::model::stamp::Writer;
use crate::system::{System, Timestamp};

/// The most attempts at one call.
const MOST_ATTEMPTS: u32 = 4;
/// The longest time for one attempt. DynamoDB answers within some ten milliseconds; an attempt that takes longer than this
/// has lost a packet or met a broken host, and a new one is more likely to succeed.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(2);
/// The longest pause before the second attempt. Each further pause may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// The time that another round of a write needs.
const TIME_FOR_A_ROUND: Duration = Duration::from_secs(2);

/// The longest time between index entries and the write of what they are of, by whichever clock is ahead: a machine may sleep
/// between them. A query takes older entries for left over only after 20 minutes.
const LONGEST_AFTER_ENTRIES: Duration = Duration::from_secs(60);

/// The time that another page of a scan needs.
const TIME_FOR_A_PAGE: Duration = Duration::from_secs(2);

/// The calls of one request, which end with it.
pub struct Session<'a> {
    pub(super) store: &'a Store,
    system: &'a System,
    deadline: Instant,
    writer: Writer,
    stats: CallStats,
    rounds: u32,
    /// When the index entries of the write under way were written.
    entries: Option<Moment>,
}

/// What a request has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallStats {
    /// Calls sent to DynamoDB, each attempt counted.
    pub calls: u32,
    /// How many of them repeated another.
    pub retries: u32,
    /// Items of the objects table that queries have read.
    pub items: usize,
    /// Index entries that queries have read.
    pub entries: usize,
    /// The read units of both, as DynamoDB reports them.
    pub units: f64,
}

/// DynamoDB's answer. `E` is a failed condition or a cancelled transaction, which the caller has to judge.
pub(super) struct Reply<T, E> {
    /// How often the call was sent. Every attempt but the last may have taken effect unseen.
    pub attempts: u32,
    pub result: std::result::Result<T, E>,
}

/// What an error of the SDK means for the call.
enum Verdict<E> {
    /// DynamoDB understood the call and decided. Sending it again would change nothing.
    Decisive(E),
    /// It may pass: send the call again.
    Retry(Cause),
    /// It will not pass.
    Fatal(Cause),
}

impl<'a> Session<'a> {
    /// Starts the calls of a request, which has to be over at `deadline`.
    pub fn new(store: &'a Store, system: &'a System, deadline: Instant) -> Result<Self> {
        let writer = Writer::new(random(system)?);
        Ok(Self { store, system, deadline, writer, stats: CallStats::default(), rounds: 0, entries: None })
    }

    /// The request's identity in the items that it writes.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// What the request has cost so far.
    pub fn stats(&self) -> CallStats {
        self.stats
    }

    /// Counts what a page has read.
    pub(super) fn count_items(&mut self, items: usize, units: f64) {
        self.stats.items += items;
        self.stats.units += units;
    }

    /// Counts what a page of an index has read.
    pub(super) fn count_entries_read(&mut self, entries: usize, units: f64) {
        self.stats.entries += entries;
        self.stats.units += units;
    }

    /// Whether there is time for another page of a scan, and for the answer.
    pub fn has_time_for_a_page(&self) -> bool {
        self.time_left().is_ok_and(|left| left >= TIME_FOR_A_PAGE)
    }

    /// Whether there is time for another round of a write.
    pub(super) fn has_time_for_a_round(&self) -> bool {
        self.time_left().is_ok_and(|left| left >= TIME_FOR_A_ROUND)
    }

    /// 128 fresh random bits.
    pub fn random(&self) -> Result<u128> {
        random(self.system)
    }

    /// The time.
    pub fn time(&self) -> Timestamp {
        self.system.now()
    }

    /// The time, by both clocks.
    pub(super) fn now(&self) -> Moment {
        Moment { wall: self.system.now(), monotonic: Instant::now() }
    }

    /// Sends a call until it is answered, time runs out, or it has failed too often. Each failed attempt is logged.
    pub(super) async fn call<T, E, F>(&mut self, call: &'static str, mut send: impl FnMut() -> F) -> Result<Reply<T, E>>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut failed = Failure::late();
        for attempt in 1..=MOST_ATTEMPTS {
            if attempt > 1 && self.pause(attempt - 1).await.is_err() {
                break;
            }
            let Ok(time) = self.time_left() else { break };
            self.stats.calls += 1;
            // SDK futures are about 10 KB. Boxing keeps the futures of callers small.
            let cause = match timeout(time.min(LONGEST_ATTEMPT), Box::pin(send())).await {
                Ok(Ok(output)) => return Ok(Reply { attempts: attempt, result: Ok(output) }),
                Ok(Err(error)) => match judge(error) {
                    Verdict::Decisive(error) => return Ok(Reply { attempts: attempt, result: Err(error) }),
                    Verdict::Fatal(cause) => return Err(Failure::Fault(Cause { call, ..cause })),
                    Verdict::Retry(cause) => cause,
                },
                Err(_) => Cause::of_message("no answer in time"),
            };
            tracing::info!(
                call,
                attempt,
                code = cause.code_for_log(),
                cause = cause.message_for_log(),
                "attempt failed"
            );
            failed = Failure::Unavailable(Cause { call, ..cause });
        }
        Err(failed)
    }

    /// Sleeps before repetition `round` (from 1) for a random time, so that requests that collided once do not collide
    /// again, and counts the repetition. Fails if the pause would outlast the request.
    pub(super) async fn pause(&mut self, round: u32) -> Result<()> {
        let longest = FIRST_PAUSE.saturating_mul(1 << round.min(6).saturating_sub(1));
        let share = u32::try_from(self.random()? >> 96).unwrap_or_default();
        let pause = longest.mul_f64(f64::from(share) / f64::from(u32::MAX));
        if self.time_left()? <= pause {
            return Err(Failure::late());
        }
        tokio::time::sleep(pause).await;
        self.stats.retries += 1;
        Ok(())
    }

    /// Begins another round of a write that another request has overtaken: after a random pause, and not in the last two
    /// seconds of the request.
    pub async fn next_round(&mut self) -> Result<()> {
        if !self.has_time_for_a_round() {
            return Err(Failure::Unavailable(Cause::of_conflicts()));
        }
        self.rounds += 1;
        tracing::info!(round = self.rounds, "another request was first, which begins another round");
        self.pause(self.rounds).await
    }

    /// Notes that index entries are written now, and returns the time in milliseconds since 1970 UTC. What they are of has to
    /// be written within [`LONGEST_AFTER_ENTRIES`].
    pub(super) fn begin_entries(&mut self) -> u64 {
        let now = self.now();
        self.entries = Some(now);
        now.wall.milliseconds()
    }

    fn time_left(&self) -> Result<Duration> {
        let is_late = |since: Moment| !since.is_within(LONGEST_AFTER_ENTRIES, self.now());
        if self.entries.is_some_and(is_late) {
            return Err(Failure::late());
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Failure::late()) } else { Ok(left) }
    }
}

fn random(system: &System) -> Result<u128> {
    system.random().map_err(|error| Failure::fault(error.to_string()))
}

fn judge<E: ProvideErrorMetadata>(error: SdkError<E, HttpResponse>) -> Verdict<E> {
    let cause = Cause::of_error(&error);
    let has_failed = error.raw_response().is_some_and(|response| response.status().as_u16() >= 500);
    match error {
        SdkError::ServiceError(error) => match cause.code.as_str() {
            "ConditionalCheckFailedException" | "TransactionCanceledException" => Verdict::Decisive(error.into_err()),
            "InternalServerError"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ServiceUnavailable"
            | "ThrottlingException"
            | "TransactionConflictException"
            | "TransactionInProgressException" => Verdict::Retry(cause),
            // An answer without a code is not DynamoDB's, or was cut.
            "" => Verdict::Retry(cause),
            _ if has_failed => Verdict::Retry(cause),
            _ => Verdict::Fatal(cause),
        },
        SdkError::ConstructionFailure(_) => Verdict::Fatal(cause),
        SdkError::DispatchFailure(failure) if failure.is_user() => Verdict::Fatal(cause),
        _ => Verdict::Retry(cause),
    }
}
