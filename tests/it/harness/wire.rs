//! The wire between the SDK and the engine: it counts what is sent, and disturbs it as a test asks.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use pail::store::embedded::Engine;
use serde_json::{Value, json};

/// What becomes of one call to DynamoDB.
pub enum Act {
    /// It goes through.
    Pass,
    /// Something else happens just before it goes through.
    After(Meanwhile),
    /// Nobody listens where DynamoDB should be.
    Refuse,
    /// The connection breaks before the call arrives.
    Cut,
    /// The call takes effect, and then the connection breaks.
    LoseReply,
    /// The call takes effect, something else happens, and then the connection breaks.
    LoseReplyAfter(Meanwhile),
    /// The call never arrives; this is answered instead.
    Answer(u16, String),
    /// The call takes effect; what is answered is made of request and reply.
    Alter(Alteration),
    /// The call never arrives, and nothing is ever answered.
    Hang,
    /// The call takes effect, and nothing is ever answered.
    HangAfter,
    /// Nothing is ever answered, and the call takes effect when [`Wire::deliver_kept`] says so.
    Keep,
}

type Meanwhile = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;
type Alteration = Box<dyn FnOnce(&Value, Value) -> (u16, String) + Send>;
type Habit = Box<dyn FnMut() -> Act + Send>;
type Script = Box<dyn FnMut(Site) -> Act + Send>;

/// Where in a request's conversation with DynamoDB an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Which of the request's calls it is, from 0. What is sent again unchanged is the same call.
    pub call: usize,
    /// How often the call was sent, this time included.
    pub attempt: usize,
}

impl Act {
    pub fn after<F: Future<Output = ()> + Send + 'static>(event: impl FnOnce() -> F + Send + 'static) -> Self {
        Self::After(Box::new(move || Box::pin(event())))
    }

    pub fn lose_reply_after<F: Future<Output = ()> + Send + 'static>(
        event: impl FnOnce() -> F + Send + 'static,
    ) -> Self {
        Self::LoseReplyAfter(Box::new(move || Box::pin(event())))
    }

    pub fn alter(alteration: impl FnOnce(&Value, Value) -> (u16, String) + Send + 'static) -> Self {
        Self::Alter(Box::new(alteration))
    }

    /// An error as DynamoDB words it.
    pub fn error(code: &str) -> Self {
        let (status, service) = match code {
            "InternalServerError" => (500, "com.amazonaws.dynamodb.v20120810"),
            "ServiceUnavailable" => (503, "com.amazonaws.dynamodb.v20120810"),
            "ThrottlingException" | "AccessDeniedException" => (400, "com.amazon.coral.service"),
            _ => (400, "com.amazonaws.dynamodb.v20120810"),
        };
        Self::Answer(
            status,
            json!({"__type": format!("{service}#{code}"), "message": format!("{code} for a test")}).to_string(),
        )
    }

    /// A cancelled transaction, with the reason of each of its writes.
    pub fn cancelled(reasons: Value) -> Self {
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
            "CancellationReasons": reasons,
        });
        Self::Answer(400, body.to_string())
    }

    /// A batch's reply from which the items of these tables were left out.
    pub fn unprocessed(tables: &'static [&'static str]) -> Self {
        Self::alter(move |request, mut reply| {
            for table in tables {
                reply["Responses"].as_object_mut().expect("responses").remove(*table);
                reply["UnprocessedKeys"][table] = request["RequestItems"][table].clone();
            }
            (200, reply.to_string())
        })
    }

    /// A transaction that met another one on the item of the bucket, which the engine never brings about by itself.
    pub fn conflict() -> Self {
        Self::cancelled(json!([
            {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"},
            {"Code": "None"},
        ]))
    }
}

/// One call as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub operation: String,
    pub body: Value,
}

/// The wire. Clones are the same wire.
#[derive(Clone)]
pub struct Wire {
    engine: Engine,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    plans: HashMap<String, VecDeque<Act>>,
    habits: HashMap<String, Habit>,
    kept: Vec<HttpRequest>,
    script: Option<Script>,
    site: Option<Site>,
}

impl Wire {
    pub fn to(engine: Engine) -> Self {
        Self { engine, state: Arc::default() }
    }

    /// What is at its other end.
    pub fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// The next calls of this operation fare like this, one after the other; further ones go through.
    pub fn plan(&self, operation: &str, acts: impl IntoIterator<Item = Act>) {
        self.state.lock().unwrap().plans.entry(operation.to_owned()).or_default().extend(acts);
    }

    /// All calls of this operation that nothing is planned for fare like this.
    pub fn always(&self, operation: &str, act: impl FnMut() -> Act + Send + 'static) {
        self.state.lock().unwrap().habits.insert(operation.to_owned(), Box::new(act));
    }

    /// From now on, every attempt fares as this says of its place in the conversation, which begins here.
    pub fn follow(&self, script: impl FnMut(Site) -> Act + Send + 'static) {
        let mut state = self.state.lock().unwrap();
        state.sent.clear();
        state.site = None;
        state.script = Some(Box::new(script));
    }

    /// From now on, calls go through again.
    pub fn forget_plans(&self) {
        let mut state = self.state.lock().unwrap();
        state.plans.clear();
        state.habits.clear();
        state.script = None;
    }

    /// Has the calls that were kept take effect, in the order in which they were sent.
    pub async fn deliver_kept(&self) {
        let kept = std::mem::take(&mut self.state.lock().unwrap().kept);
        for request in kept {
            let reply = self.engine.call(request).await;
            assert!(reply.is_ok(), "the engine answers: {reply:?}");
        }
    }

    /// What was sent since this was last asked.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state.lock().unwrap().sent)
    }

    /// The operations that were sent since this was last asked.
    pub fn take_operations(&self) -> Vec<String> {
        self.take_sent().into_iter().map(|sent| sent.operation).collect()
    }

    fn send(&self, request: &HttpRequest) -> (Value, Act) {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let mut state = self.state.lock().unwrap();
        let same = state.sent.last().is_some_and(|last| last.operation == operation && last.body == body);
        state.sent.push(Sent { operation: operation.clone(), body: body.clone() });
        let site = match state.site {
            Some(Site { call, attempt }) if same => Site { call, attempt: attempt + 1 },
            Some(Site { call, .. }) => Site { call: call + 1, attempt: 1 },
            None => Site { call: 0, attempt: 1 },
        };
        state.site = Some(site);
        if let Some(script) = &mut state.script {
            return (body, script(site));
        }
        let planned = state.plans.get_mut(&operation).and_then(VecDeque::pop_front);
        let act = planned.or_else(|| state.habits.get_mut(&operation).map(|habit| habit())).unwrap_or(Act::Pass);
        (body, act)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (body, act) = self.send(&request);
        let Self { engine, state } = self.clone();
        HttpConnectorFuture::new(async move {
            // The engine answers at once: without this, requests would never be under way at the same time.
            tokio::task::yield_now().await;
            match act {
                Act::Pass => engine.call(request).await,
                Act::After(meanwhile) => {
                    meanwhile().await;
                    engine.call(request).await
                }
                Act::Refuse => Err(broken(ErrorKind::ConnectionRefused)),
                Act::Cut => Err(broken(ErrorKind::ConnectionReset)),
                Act::LoseReply => {
                    engine.call(request).await?;
                    Err(broken(ErrorKind::ConnectionReset))
                }
                Act::LoseReplyAfter(meanwhile) => {
                    engine.call(request).await?;
                    meanwhile().await;
                    Err(broken(ErrorKind::ConnectionReset))
                }
                Act::Answer(status, text) => Ok(response(status, text)),
                Act::Alter(alteration) => {
                    let reply = engine.call(request).await?;
                    let reply = serde_json::from_slice(reply.body().bytes().unwrap_or_default()).unwrap_or_default();
                    let (status, text) = alteration(&body, reply);
                    Ok(response(status, text))
                }
                Act::Hang => std::future::pending().await,
                Act::HangAfter => {
                    engine.call(request).await?;
                    std::future::pending().await
                }
                Act::Keep => {
                    state.lock().unwrap().kept.push(request);
                    std::future::pending().await
                }
            }
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl From<&Wire> for SharedHttpClient {
    fn from(wire: &Wire) -> Self {
        Self::new(wire.clone())
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wire")
    }
}

pub fn response(status: u16, text: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text))
}

pub fn broken(kind: ErrorKind) -> ConnectorError {
    ConnectorError::io(std::io::Error::from(kind).into())
}
