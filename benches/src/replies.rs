//! A DynamoDB whose replies to one request are fixed, so that only its callers are measured.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::dynamodb::Dynamodb;

/// A DynamoDB, which can be replaced by its replies to the calls of one request.
#[derive(Clone)]
pub struct Replies {
    dynamodb: Arc<Dynamodb>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    are_fixed: bool,
    /// The calls that were counted: the operation of each, and the status and body of the reply.
    replies: Vec<(String, u16, String)>,
    /// How many calls have been answered since the replies were fixed.
    answered: usize,
    stats: CallStats,
}

/// The number and the units of calls to DynamoDB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallStats {
    /// The number of calls.
    pub calls: u32,
    /// Read units, as the embedded engine computes them.
    pub read_units: f64,
    /// Write units.
    pub write_units: f64,
}

impl Replies {
    /// The replies of a `pail serve` of its own.
    pub fn of_serve() -> Self {
        Self { dynamodb: Arc::new(Dynamodb::start()), state: Arc::default() }
    }

    /// Resets the counts.
    pub fn count_from_here(&self) {
        *self.state() = State::default();
    }

    /// From now on, calls get the replies of the calls counted, in their order and again and again. Returns the counts.
    pub fn fix(&self) -> CallStats {
        let mut state = self.state();
        state.are_fixed = true;
        state.stats
    }

    /// An HTTP client whose requests get these replies.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread has panicked")
    }

    /// DynamoDB's reply. Adds the call and its units to `stats`.
    fn ask(&self, target: &str, body: &[u8], stats: &mut CallStats) -> (u16, String) {
        let mut request: Value = serde_json::from_slice(body).expect("a call is JSON");
        request["ReturnConsumedCapacity"] = json!("TOTAL");
        let (status, reply) = self.dynamodb.answer(target, &request.to_string());
        let units = match &serde_json::from_str::<Value>(&reply).expect("a reply is JSON")["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
            table => table["CapacityUnits"].as_f64().unwrap_or_default(),
        };
        stats.calls += 1;
        *if target.contains("Get") || target.contains("Query") {
            &mut stats.read_units
        } else {
            &mut stats.write_units
        } += units;
        (status, reply)
    }
}

impl HttpConnector for Replies {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let mut state = self.state();
        if !state.are_fixed {
            let (status, body) = self.ask(target, request.body().bytes().unwrap_or_default(), &mut state.stats);
            state.answered = state.replies.len();
            state.replies.push((target.to_owned(), status, body));
        }
        let (operation, status, body) = &state.replies[state.answered % state.replies.len()];
        assert_eq!(operation, target, "each request makes the same calls");
        let status = StatusCode::try_from(*status).expect("a status");
        let response = HttpResponse::new(status, SdkBody::from(body.as_str()));
        state.answered += 1;
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Replies {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Replies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Replies")
    }
}
