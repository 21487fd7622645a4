//! A DynamoDB that has one reply for each operation, so that nothing but its callers is measured.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use pail::store::embedded::Engine;

/// The engine, and from some moment on what it has last replied to each operation.
#[derive(Clone)]
pub struct Replies {
    engine: Engine,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    are_kept: bool,
    last: HashMap<String, (u16, String)>,
}

impl Replies {
    /// The replies of an engine in memory.
    pub fn of_engine() -> Self {
        Self { engine: Engine::in_memory().expect("an engine"), state: Arc::default() }
    }

    /// From now on, each operation has the reply that it had last.
    pub fn keep(&self) {
        self.state.lock().expect("no thread has panicked").are_kept = true;
    }

    /// The client that reaches it.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }
}

impl HttpConnector for Replies {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let mut state = self.state.lock().expect("no thread has panicked");
        if !state.are_kept {
            let reply = self.engine.answer(target, request.body().bytes().unwrap_or_default());
            state.last.insert(target.to_owned(), reply);
        }
        let (status, body) = state.last.get(target).expect("a reply that was seen before");
        let status = StatusCode::try_from(*status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body.as_str()))))
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
