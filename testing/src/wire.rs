//! The wire between the SDK and the emulator of DynamoDB. It records the calls, and disturbs them as a test says.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use pail::store::client;
use serde_json::{Value, json};

use crate::{Emulator, items, role};

/// What happens to one call to DynamoDB.
pub enum Act {
    /// The call goes through.
    Pass,
    /// Something else happens just before the call goes through.
    After(Meanwhile),
    /// The connection is refused.
    Refuse,
    /// The connection breaks before the call arrives.
    Cut,
    /// The call takes effect, and then the connection breaks.
    LoseReply,
    /// The call takes effect, something else happens, and then the connection breaks.
    LoseReplyAfter(Meanwhile),
    /// The call never arrives, and this is the answer.
    Answer(u16, String),
    /// The call takes effect, and the answer is computed from request and reply.
    Alter(Alteration),
    /// The call never arrives, and nothing is ever answered.
    Hang,
    /// The call takes effect, and nothing is ever answered.
    HangAfter,
    /// Nothing is ever answered, and the call takes effect with [`Wire::deliver_held`].
    Hold,
}

type Meanwhile = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;
type Alteration = Box<dyn FnOnce(&Value, Value) -> (u16, String) + Send>;
type Habit = Box<dyn FnMut() -> Act + Send>;
type Script = Box<dyn FnMut(Site) -> Act + Send>;

/// The place of an attempt among the calls of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The number of the call, from 0. An unchanged repetition is the same call.
    pub call: usize,
    /// The number of the attempt, from 1.
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

    /// An error in DynamoDB's words.
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

    /// The reply to a batch, with the items of these tables left out.
    pub fn unprocessed(tables: &'static [&'static str]) -> Self {
        Self::alter(move |request, mut reply| {
            for table in tables {
                reply["Responses"].as_object_mut().expect("responses").remove(*table);
                reply["UnprocessedKeys"][table] = request["RequestItems"][table].clone();
            }
            (200, reply.to_string())
        })
    }

    /// The reply to a batch, with the item of this sort key in the objects table left out. The batch must ask for it.
    pub fn unprocessed_item(sort: &'static str) -> Self {
        Self::alter(move |request, mut reply| {
            let keys = request["RequestItems"]["objects"]["Keys"].as_array().expect("keys");
            let left: Vec<&Value> = keys.iter().filter(|key| key["sk"]["S"] == sort).collect();
            assert_eq!(left.len(), 1, "the batch must contain {sort}: {request}");
            reply["UnprocessedKeys"]["objects"] = json!({"Keys": left});
            reply["Responses"]["objects"].as_array_mut().expect("items").retain(|item| item["sk"]["S"] != sort);
            (200, reply.to_string())
        })
    }

    /// A conflict with another transaction on the item of the bucket. The engine never shows one by itself.
    pub fn conflict() -> Self {
        Self::cancelled(json!([
            {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"},
            {"Code": "None"},
        ]))
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub operation: String,
    pub body: Value,
}

/// The wire. Clones are the same wire.
#[derive(Clone)]
pub struct Wire {
    emulator: Emulator,
    state: Arc<Mutex<State>>,
    /// Whether calls are an operator's. Others are the function's, whose role must allow them.
    is_of_operator: bool,
}

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    calls: usize,
    writes: usize,
    written: Vec<(String, Value)>,
    plans: HashMap<String, VecDeque<Act>>,
    habits: HashMap<String, Habit>,
    held: Vec<HttpRequest>,
    script: Option<Script>,
    site: Option<Site>,
}

impl Wire {
    pub fn to(emulator: Emulator) -> Self {
        Self { emulator, state: Arc::default(), is_of_operator: false }
    }

    /// The emulator at its other end.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The same wire, for calls of an operator.
    pub fn of_operator(&self) -> Self {
        Self { is_of_operator: true, ..self.clone() }
    }

    /// A client whose calls go over the wire.
    pub fn client(&self) -> Client {
        client::new(self.emulator.endpoint(), SharedHttpClient::new(self.clone()))
    }

    /// Plans what happens to the next calls of an operation, one after the other. Further calls go through.
    pub fn plan(&self, operation: &str, acts: impl IntoIterator<Item = Act>) {
        self.state.lock().unwrap().plans.entry(operation.to_owned()).or_default().extend(acts);
    }

    /// Sets what happens to all calls of an operation for which nothing is planned.
    pub fn always(&self, operation: &str, act: impl FnMut() -> Act + Send + 'static) {
        self.state.lock().unwrap().habits.insert(operation.to_owned(), Box::new(act));
    }

    /// Sets what happens to every attempt, by its place. The next call has number 0.
    pub fn follow(&self, script: impl FnMut(Site) -> Act + Send + 'static) {
        let mut state = self.state.lock().unwrap();
        state.sent.clear();
        state.site = None;
        state.script = Some(Box::new(script));
    }

    /// Lets calls go through again.
    pub fn forget_plans(&self) {
        let mut state = self.state.lock().unwrap();
        state.plans.clear();
        state.habits.clear();
        state.script = None;
    }

    /// Lets the held calls take effect, in the order in which they were sent.
    pub async fn deliver_held(&self) {
        let held = std::mem::take(&mut self.state.lock().unwrap().held);
        for request in held {
            let reply = self.deliver(request).await;
            assert!(reply.is_ok(), "the emulator answers: {reply:?}");
        }
    }

    /// How many calls were ever sent, repetitions included.
    pub fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    /// How many of them were to write.
    pub fn writes(&self) -> usize {
        self.state.lock().unwrap().writes
    }

    /// How many writes of an item have ever taken effect.
    pub fn written(&self) -> usize {
        self.state.lock().unwrap().written.len()
    }

    /// Table and key of each item that was written since `written` had this value.
    pub fn written_since(&self, written: usize) -> Vec<(String, Value)> {
        self.state.lock().unwrap().written[written..].to_vec()
    }

    /// Takes the calls that were sent since this was last called.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state.lock().unwrap().sent)
    }

    /// Takes the operations of the calls that were sent since they were last taken.
    pub fn take_operations(&self) -> Vec<String> {
        self.take_sent().into_iter().map(|sent| sent.operation).collect()
    }

    fn send(&self, request: &HttpRequest) -> (Value, Act) {
        let (operation, body) = parts(request);
        let needed = role::needed(&operation, &body);
        let is_allowed = self.is_of_operator || needed.is_subset(role::allowed());
        assert!(is_allowed, "the function's role in template.yaml does not allow {needed:?}");
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        state.writes += usize::from(is_write(&operation));
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

impl Wire {
    /// Passes a call to the emulator, and records what it writes.
    async fn deliver(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (operation, body) = parts(&request);
        if operation == "Query" && has_empty_key(&body) {
            return Ok(response(400, EMPTY_KEY.to_owned()));
        }
        let reply = self.emulator.call(request).await?;
        if is_write(&operation) && reply.status().is_success() {
            self.state.lock().unwrap().written.extend(keys(&operation, &body));
        }
        Ok(reply)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (body, act) = self.send(&request);
        let wire = self.clone();
        HttpConnectorFuture::new(async move {
            // The engine answers at once. Without this, requests would never be in progress at the same time.
            tokio::task::yield_now().await;
            match act {
                Act::Pass => wire.deliver(request).await,
                Act::After(meanwhile) => {
                    meanwhile().await;
                    wire.deliver(request).await
                }
                Act::Refuse => Err(broken(ErrorKind::ConnectionRefused)),
                Act::Cut => Err(broken(ErrorKind::ConnectionReset)),
                Act::LoseReply => {
                    wire.deliver(request).await?;
                    Err(broken(ErrorKind::ConnectionReset))
                }
                Act::LoseReplyAfter(meanwhile) => {
                    wire.deliver(request).await?;
                    meanwhile().await;
                    Err(broken(ErrorKind::ConnectionReset))
                }
                Act::Answer(status, text) => Ok(response(status, text)),
                Act::Alter(alteration) => {
                    let reply = wire.deliver(request).await?;
                    let reply = serde_json::from_slice(reply.body().bytes().unwrap_or_default()).unwrap_or_default();
                    let (status, text) = alteration(&body, reply);
                    Ok(response(status, text))
                }
                Act::Hang => std::future::pending().await,
                Act::HangAfter => {
                    wire.deliver(request).await?;
                    std::future::pending().await
                }
                Act::Hold => {
                    wire.state.lock().unwrap().held.push(request);
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

/// The operation and the body of a call.
fn parts(request: &HttpRequest) -> (String, Value) {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    (operation, body)
}

/// Whether a condition of a query on its keys has an empty value. DynamoDB refuses it, and emulators do not.
fn has_empty_key(query: &Value) -> bool {
    let values = query["ExpressionAttributeValues"].as_object();
    values.is_some_and(|values| values.values().any(|value| value["S"] == "" || value["B"] == ""))
}

const EMPTY_KEY: &str = r#"{
    "__type": "com.amazon.coral.validate#ValidationException",
    "message": "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty value."
}"#;

/// Whether an operation writes.
pub fn is_write(operation: &str) -> bool {
    !["BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"].contains(&operation)
}

/// Table and key of each item that a call writes.
fn keys(operation: &str, body: &Value) -> Vec<(String, Value)> {
    let key = |write: &Value| {
        let key = if write["Key"].is_null() { items::key(&write["Item"]) } else { write["Key"].clone() };
        (write["TableName"].as_str().expect("a table").to_owned(), key)
    };
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => vec![key(body)],
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().expect("writes").iter();
            writes
                .flat_map(|write| ["Put", "Update", "Delete"].map(|kind| &write[kind]))
                .filter(|write| write.is_object())
                .map(key)
                .collect()
        }
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().expect("tables").iter();
            let of_table = |(table, writes): (&String, &Value)| {
                let writes = writes.as_array().expect("writes").clone().into_iter();
                let table = table.clone();
                writes.map(move |write| {
                    let put = &write["PutRequest"]["Item"];
                    let key = if put.is_null() { write["DeleteRequest"]["Key"].clone() } else { items::key(put) };
                    (table.clone(), key)
                })
            };
            tables.flat_map(of_table).collect()
        }
        other => panic!("{other} is an operation that no test has sent so far"),
    }
}

/// The items that calls put, in the order in which they were sent. Updates put none.
pub fn puts(sent: &[Sent]) -> Vec<Value> {
    let mut puts = Vec::new();
    for Sent { operation, body } in sent {
        match operation.as_str() {
            other if !is_write(other) || other == "UpdateItem" => {}
            "PutItem" => puts.push(body["Item"].clone()),
            "TransactWriteItems" => {
                let writes = body["TransactItems"].as_array().expect("writes");
                puts.extend(writes.iter().map(|write| write["Put"]["Item"].clone()));
            }
            other => panic!("{other} puts nothing"),
        }
    }
    puts
}
