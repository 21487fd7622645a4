//! The stage: calls to DynamoDB wait here until the test lets them take effect.

use std::fmt;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use pail::local::Engine;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use pail_testing::wire::{broken, is_write, response};

/// A possible next move: a decision about a waiting call, or the arrival of a delayed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The call with this number takes effect and is answered.
    Answer(usize),
    /// It takes effect, and the reply is lost.
    LoseReply(usize),
    /// It never arrives.
    Lose(usize),
    /// The connection breaks, and the call arrives later.
    Delay(usize),
    /// The answer is a conflict with another transaction, and the call takes no effect.
    Conflict(usize),
    /// A call that was delayed arrives.
    ArriveLate(usize),
}

/// A call, whether or not it takes effect.
#[derive(Clone, Debug)]
pub struct Call {
    /// The actor that sent it.
    pub actor: usize,
    pub operation: String,
    pub body: Value,
}

/// A call that has taken effect.
#[derive(Clone, Debug)]
pub struct Effect {
    pub call: Call,
    pub status: u16,
    pub reply: Value,
    /// Whether the sender got the reply.
    pub was_heard: bool,
}

type Reply = Result<HttpResponse, ConnectorError>;

/// The stage. Clones are the same one.
#[derive(Clone)]
pub struct Stage {
    pub engine: Engine,
    calls: Arc<Mutex<Calls>>,
}

#[derive(Default)]
struct Calls {
    /// The waiting calls, with the receivers of their replies.
    waiting: Vec<(Call, oneshot::Sender<Reply>)>,
    late: Vec<Call>,
    /// The number of calls of this run that have taken effect.
    effects: usize,
    /// The last move, if it left the tables as they were: its actor, and the number of calls that waited beside its call.
    quiet: Option<(usize, usize)>,
}

impl Stage {
    pub fn over(engine: Engine) -> Self {
        Self { engine, calls: Arc::default() }
    }

    /// The HTTP client of an actor, which sends calls to the stage.
    pub fn entrance(&self, actor: usize) -> SharedHttpClient {
        SharedHttpClient::new(Entrance { stage: self.clone(), actor })
    }

    /// Whether a call of this actor is waiting.
    pub fn has_call_of(&self, actor: usize) -> bool {
        self.calls().waiting.iter().any(|(call, heard)| call.actor == actor && !heard.is_closed())
    }

    /// Begins a new run.
    pub fn begin(&self) {
        *self.calls() = Calls::default();
    }

    /// The number of calls of this run that have taken effect. This is the number of the state.
    pub fn effects(&self) -> usize {
        self.calls().effects
    }

    /// The possible next moves. Disturbances are included only if more of them are allowed.
    pub fn moves(&self, may_disturb: bool) -> Vec<Move> {
        let calls = self.calls();
        let mut moves: Vec<Move> = (0..calls.waiting.len()).map(Move::Answer).collect();
        moves.extend((0..calls.late.len()).map(Move::ArriveLate));
        if may_disturb {
            for (number, (call, _)) in calls.waiting.iter().enumerate() {
                moves.push(Move::Lose(number));
                // For a reading call, a lost reply is the same as a lost call.
                if is_write(&call.operation) {
                    moves.extend([Move::LoseReply(number), Move::Delay(number)]);
                }
                if call.operation == "TransactWriteItems" {
                    moves.push(Move::Conflict(number));
                }
            }
        }
        moves
    }

    /// Whether the move, after the last one, only repeats another order: both leave the tables as they are, their calls
    /// waited side by side, and the actor of this one comes first in the cast. The run with the two exchanged is the same.
    pub fn repeats(&self, next: Move) -> bool {
        let calls = self.calls();
        match (calls.quiet, calls.quiet_call(next)) {
            (Some((last, beside)), Some((number, call))) => number < beside && call.actor < last,
            (None, _) | (_, None) => false,
        }
    }

    /// Makes the move. Returns the call that took effect, if any.
    pub fn perform(&self, chosen: Move) -> Option<Effect> {
        self.calls().remember(chosen);
        let (call, heard) = match chosen {
            Move::ArriveLate(number) => {
                let call = self.calls().late.remove(number);
                return Some(self.take_effect(call, false));
            }
            Move::Answer(number)
            | Move::LoseReply(number)
            | Move::Lose(number)
            | Move::Delay(number)
            | Move::Conflict(number) => self.calls().waiting.remove(number),
        };
        let mut effect = None;
        let reply = match chosen {
            Move::Answer(_) => {
                let done = effect.insert(self.take_effect(call, true));
                Ok(response(done.status, done.reply.to_string()))
            }
            Move::LoseReply(_) => {
                effect = Some(self.take_effect(call, false));
                Err(broken(ErrorKind::ConnectionReset))
            }
            Move::Delay(_) => {
                self.calls().late.push(call);
                Err(broken(ErrorKind::ConnectionReset))
            }
            Move::Conflict(_) => Ok(response(400, conflict())),
            Move::Lose(_) | Move::ArriveLate(_) => Err(broken(ErrorKind::ConnectionReset)),
        };
        let was_heard = heard.send(reply).is_ok();
        effect.map(|effect| Effect { was_heard: effect.was_heard && was_heard, ..effect })
    }

    fn take_effect(&self, call: Call, was_heard: bool) -> Effect {
        let target = format!("DynamoDB_20120810.{}", call.operation);
        let (status, reply) = self.engine.answer(&target, call.body.to_string().as_bytes());
        self.calls().effects += 1;
        Effect { call, status, reply: serde_json::from_str(&reply).expect("the engine answers in JSON"), was_heard }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().expect("no test panics on stage")
    }
}

impl Calls {
    /// Remembers the move that comes now, if it leaves the tables as they are.
    fn remember(&mut self, next: Move) {
        self.quiet = self.quiet_call(next).map(|(_, call)| (call.actor, self.waiting.len() - 1));
    }

    /// The waiting call that the move is about, with its number, if the move leaves the tables as they are.
    fn quiet_call(&self, next: Move) -> Option<(usize, &Call)> {
        let (number, takes_effect) = match next {
            Move::Answer(number) | Move::LoseReply(number) => (number, true),
            Move::Lose(number) | Move::Delay(number) | Move::Conflict(number) => (number, false),
            Move::ArriveLate(_) => return None,
        };
        let call = &self.waiting[number].0;
        (!takes_effect || !is_write(&call.operation)).then_some((number, call))
    }
}

fn conflict() -> String {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
    })
    .to_string()
}

/// The connection of an actor to the stage.
#[derive(Clone)]
struct Entrance {
    stage: Stage,
    actor: usize,
}

impl HttpConnector for Entrance {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).expect("calls are JSON");
        let (sender, receiver) = oneshot::channel();
        self.stage.calls().waiting.push((Call { actor: self.actor, operation, body }, sender));
        HttpConnectorFuture::new(async move { receiver.await.unwrap_or_else(|_| Err(broken(ErrorKind::BrokenPipe))) })
    }
}

impl HttpClient for Entrance {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Entrance({})", self.actor)
    }
}
