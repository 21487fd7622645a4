//! The engine that replaces DynamoDB on a laptop and in tests. The SDK's own client reaches it: calls are encoded and
//! decoded as ever, only without a socket in between.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};

use super::data_file::{DataFile, OpenError};
use super::protocol::{Answer, answer};
use super::queue::{Call, Queue};
use crate::store::client::Endpoint;

/// The engine. Clones share their data.
#[derive(Clone)]
pub struct Engine {
    database: Database,
    /// The queue for calls of the SDK. Without one, each call runs on the thread of its caller.
    queue: Option<Arc<Queue>>,
    /// Held until the queue is closed, as fields are dropped in their order.
    _lock: Option<Arc<File>>,
}

impl Engine {
    /// An engine that keeps its data in memory.
    pub fn in_memory() -> Result<Self, DynoxideError> {
        Ok(Self { database: Database::memory()?, queue: None, _lock: None })
    }

    /// An engine that keeps its data in a file, which is made if it does not exist. Writes are on disk when they are
    /// answered.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let DataFile { file, lock } = DataFile::take(path)?;
        let unusable = |reason: String| OpenError::Unusable { path: path.to_owned(), reason };
        let name = file.to_str().ok_or_else(|| unusable("its name is not UTF-8".to_owned()))?;
        let database = Database::new(name).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { database, queue: None, _lock: Some(Arc::new(lock)) })
    }

    /// The engine with a queue in front of it, for many requests at once.
    pub fn with_queue(self) -> std::io::Result<Self> {
        Ok(Self { queue: Some(Arc::new(Queue::open(self.database.clone())?)), ..self })
    }

    /// The HTTP client by which the SDK reaches the engine.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// The engine's endpoint. The engine checks no signatures, so none are made: they would be a third of what a call costs
    /// the SDK.
    pub fn endpoint() -> Endpoint {
        Endpoint { region: "us-east-1".to_owned(), url: Some("http://embedded".to_owned()), credentials: None }
    }

    /// Answers one call in DynamoDB's JSON protocol. `target` is the header `X-Amz-Target`, such as
    /// `DynamoDB_20120810.GetItem`.
    pub fn answer(&self, target: &str, body: &[u8]) -> Answer {
        answer(&self.database, target, body)
    }
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let Some(queue) = &self.queue else {
            return HttpConnectorFuture::ready(response(self.answer(target, body)));
        };
        let answer = queue.push(Call { target: target.to_owned(), body: body.to_vec() });
        HttpConnectorFuture::new(async {
            response(answer.await.map_err(|error| ConnectorError::other(error.into(), None))?)
        })
    }
}

fn response((status, body): Answer) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}

impl HttpClient for Engine {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Engine")
    }
}
