//! One request's conversation with DynamoDB: what it may spend, what it has sent, and how a call is sent again.

use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::DispatchFailure;
use tokio::time::{Instant, timeout};

use super::Store;
use super::items::Unreadable;
use super::known::Moment;
use crate::error::{Error, Result};
use crate::model::bucket::Writer;
use crate::sources::Sources;

/// How often one call is sent, at most.
const MOST_ATTEMPTS: u32 = 4;
/// How long one attempt may take. DynamoDB answers within some ten milliseconds; an attempt that takes longer than this
/// has lost a packet or met a sick host, and another one is likelier to succeed than it is.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(2);
/// The longest first pause before a call is sent again; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// The calls of one request. It ends with the request.
pub struct Session<'a> {
    pub(super) store: &'a Store,
    sources: &'a Sources,
    deadline: Instant,
    writer: Writer,
    /// What was sent so far.
    pub spent: Spent,
    /// What DynamoDB, or the way to it, said when a call last failed. For operators, never for callers.
    pub trouble: Option<Trouble>,
}

/// Why a call has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// DynamoDB's name for the error; empty if the error is not DynamoDB's.
    pub code: String,
    /// What happened, in words.
    pub message: String,
}

/// What a request has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls that were sent to DynamoDB, each attempt counted.
    pub calls: u32,
    /// How many of them repeated another.
    pub retries: u32,
}

/// What DynamoDB said in the end. `E` is then a failed condition or a cancelled transaction: whoever asked decides.
pub(super) struct Reply<T, E> {
    /// How often the call was sent. All but the last attempt may have taken effect unseen.
    pub attempts: u32,
    pub result: std::result::Result<T, E>,
}

enum Verdict<E> {
    /// The call was understood and answered: sending it again would give nothing else.
    Decisive(E),
    /// It may pass.
    Again,
    /// It will not pass.
    Fatal,
}

impl<'a> Session<'a> {
    /// Starts the calls of a request that has to be over at `deadline`.
    pub fn new(store: &'a Store, sources: &'a Sources, deadline: Instant) -> Result<Self> {
        let writer = Writer::new(random(sources)?);
        Ok(Self { store, sources, deadline, writer, spent: Spent::default(), trouble: None })
    }

    /// Who this request is, in the items that it writes.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// 128 fresh random bits.
    pub fn random(&self) -> Result<u128> {
        random(self.sources)
    }

    /// Now, by both clocks.
    pub(super) fn now(&self) -> Moment {
        Moment { wall: self.sources.now(), monotonic: Instant::now() }
    }

    /// Sends a call until it is answered, time runs out, or it has failed too often.
    pub(super) async fn call<T, E, F>(&mut self, what: &'static str, mut send: impl FnMut() -> F) -> Result<Reply<T, E>>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        for attempt in 1..=MOST_ATTEMPTS {
            if attempt > 1 {
                self.pause(attempt - 1).await?;
            }
            let time = self.time_left()?.min(LONGEST_ATTEMPT);
            self.spent.calls += 1;
            // The SDK's futures are some ten kilobytes large: on the heap, they are not moved with all that waits for them.
            let error = match timeout(time, Box::pin(send())).await {
                Ok(Ok(output)) => {
                    self.trouble = None;
                    return Ok(Reply { attempts: attempt, result: Ok(output) });
                }
                Ok(Err(error)) => error,
                Err(_) => {
                    tracing::info!(call = what, attempt, "no answer in time");
                    self.trouble = Some(Trouble { code: String::new(), message: "no answer in time".to_owned() });
                    continue;
                }
            };
            self.trouble = Some(Trouble::of(&error));
            match judge(what, error) {
                Verdict::Decisive(error) => return Ok(Reply { attempts: attempt, result: Err(error) }),
                Verdict::Again => {}
                Verdict::Fatal => return Err(Error::Internal),
            }
        }
        Err(Error::Unavailable)
    }

    /// Waits before the `round`th repetition, from 1: a random time, so that those who collided do not collide again.
    /// The repetition is counted.
    pub(super) async fn pause(&mut self, round: u32) -> Result<()> {
        let longest = FIRST_PAUSE.saturating_mul(1 << round.min(6).saturating_sub(1));
        let share = u32::try_from(self.random()? >> 96).unwrap_or_default();
        let pause = longest.mul_f64(f64::from(share) / f64::from(u32::MAX));
        if self.time_left()? <= pause {
            return Err(Error::Unavailable);
        }
        tokio::time::sleep(pause).await;
        self.spent.retries += 1;
        Ok(())
    }

    /// An item that cannot be read is a fault of the installation.
    pub fn unreadable(&mut self, error: &Unreadable) -> Error {
        tracing::error!(%error, "an item in the tables cannot be read");
        self.trouble = Some(Trouble { code: String::new(), message: format!("an item in the tables: {error}") });
        Error::Internal
    }

    fn time_left(&self) -> Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Error::Unavailable) } else { Ok(left) }
    }
}

impl Trouble {
    /// What an error of one of AWS's SDKs says to an operator.
    pub fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let (code, message) = match error {
            SdkError::ServiceError(error) if error.err().code().is_none() => (
                None,
                format!(
                    "what answers there is no DynamoDB (HTTP status {}); `pail serve` prints where its own is",
                    error.raw().status()
                ),
            ),
            SdkError::ServiceError(error) => (error.err().code(), error.err().message().unwrap_or_default().to_owned()),
            SdkError::DispatchFailure(failure) => (None, format!("it cannot be reached: {}", cause(failure))),
            SdkError::ConstructionFailure(_) => (None, "the call could not be made".to_owned()),
            _ => (None, "the answer could not be read".to_owned()),
        };
        Self { code: code.unwrap_or_default().to_owned(), message }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let separator = if self.code.is_empty() { "" } else { ": " };
        write!(formatter, "{}{separator}{}", self.code, self.message)
    }
}

/// What lies behind a failure to send, without the layers around it: a refused connection, say.
fn cause(failure: &DispatchFailure) -> String {
    let error: Option<&dyn std::error::Error> = match failure.as_connector_error() {
        Some(error) => Some(error),
        None => None,
    };
    let causes = std::iter::successors(error, |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

fn random(sources: &Sources) -> Result<u128> {
    sources.random().map_err(|error| {
        tracing::error!(%error, "no random bits");
        Error::Internal
    })
}

/// What an error of the SDK means for the call. Only names of errors are logged, and the message of those in which
/// DynamoDB speaks of the installation: others may hold what callers sent.
fn judge<E: ProvideErrorMetadata>(what: &'static str, error: SdkError<E, HttpResponse>) -> Verdict<E> {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error {
        SdkError::ServiceError(error) => {
            let code = error.err().code().unwrap_or_default().to_owned();
            match code.as_str() {
                "ConditionalCheckFailedException" | "TransactionCanceledException" => {
                    Verdict::Decisive(error.into_err())
                }
                "InternalServerError"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "ServiceUnavailable"
                | "ThrottlingException"
                | "TransactionConflictException"
                | "TransactionInProgressException" => {
                    tracing::info!(call = what, code, "DynamoDB asks to try again");
                    Verdict::Again
                }
                // An answer without a code is none of DynamoDB's, or is cut.
                _ if code.is_empty() || status.is_some_and(|status| status >= 500) => {
                    tracing::info!(call = what, code, status, "no usable answer of DynamoDB");
                    Verdict::Again
                }
                "AccessDeniedException" | "ResourceNotFoundException" => {
                    let message = error.err().message().unwrap_or_default();
                    tracing::error!(
                        call = what,
                        code,
                        message,
                        "DynamoDB refuses: tables or rights of the installation are wrong"
                    );
                    Verdict::Fatal
                }
                _ => {
                    tracing::error!(call = what, code, status, "DynamoDB refuses");
                    Verdict::Fatal
                }
            }
        }
        SdkError::ConstructionFailure(_) => {
            tracing::error!(call = what, "a call to DynamoDB cannot be made");
            Verdict::Fatal
        }
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            tracing::error!(call = what, "a call to DynamoDB cannot be made");
            Verdict::Fatal
        }
        _ => {
            tracing::info!(call = what, "no usable answer of DynamoDB");
            Verdict::Again
        }
    }
}
