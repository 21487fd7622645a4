//! The engine that stands in for DynamoDB on a laptop and in tests, reached by the SDK's own client: calls are signed,
//! encoded and decoded as ever, only no socket is between.

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
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::Endpoint;
use super::data_file::{DataFile, OpenError};
use super::line::{Answer, Call, Line};

/// The engine. Clones share their data.
#[derive(Clone)]
pub struct Engine {
    database: Database,
    /// Where calls of the SDK stand in line; without one, each has the engine to itself on the thread of its caller.
    line: Option<Arc<Line>>,
    /// Held until the line is closed, as fields are dropped in their order.
    _lock: Option<Arc<File>>,
}

impl Engine {
    /// An engine that keeps its data in memory.
    pub fn in_memory() -> Result<Self, DynoxideError> {
        Ok(Self { database: Database::memory()?, line: None, _lock: None })
    }

    /// An engine that keeps its data in a file, which is made if it does not exist. What it has answered is on disk.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let DataFile { file, lock } = DataFile::take(path)?;
        let unusable = |reason: String| OpenError::Unusable { path: path.to_owned(), reason };
        let name = file.to_str().ok_or_else(|| unusable("its name is not UTF-8".to_owned()))?;
        let database = Database::new(name).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { database, line: None, _lock: Some(Arc::new(lock)) })
    }

    /// The engine with a line before it, for many requests at once.
    pub fn with_line(self) -> std::io::Result<Self> {
        Ok(Self { line: Some(Arc::new(Line::open(self.database.clone())?)), ..self })
    }

    /// The client that the SDK reaches the engine with.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// What the SDK needs to know besides. The engine checks no signatures, so that none are made: they were a third of
    /// what a call costs the SDK.
    pub fn endpoint() -> Endpoint {
        Endpoint { region: "us-east-1".to_owned(), url: Some("http://embedded".to_owned()), credentials: None }
    }

    /// Answers one call in DynamoDB's JSON protocol. `target` is the header `X-Amz-Target`, such as
    /// `DynamoDB_20120810.GetItem`.
    pub fn answer(&self, target: &str, body: &[u8]) -> Answer {
        answer(&self.database, target, body)
    }
}

/// See [`Engine::answer`].
pub(super) fn answer(database: &Database, target: &str, body: &[u8]) -> Answer {
    let answer = match target.rsplit('.').next().unwrap_or_default() {
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "CreateTable" => run(body, |request| database.create_table(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "DeleteTable" => run(body, |request| database.delete_table(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        "DescribeTimeToLive" => run(body, |request| database.describe_time_to_live(request)),
        "ExecuteStatement" => run(body, |request| database.execute_statement(request)),
        "GetItem" => run(body, |request| database.get_item(request)),
        "ListTables" => run(body, |request| database.list_tables(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "UpdateTimeToLive" => run(body, |request| database.update_time_to_live(request)),
        operation => Err(DynoxideError::ValidationException(format!("{operation} is not offered here"))),
    };
    answer.map_or_else(|error| (error.status_code(), error.to_json()), |json| (200, json))
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    call: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request =
        serde_json::from_slice(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_string(&call(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let Some(line) = &self.line else {
            return HttpConnectorFuture::ready(response(self.answer(target, body)));
        };
        let answer = line.stand(Call { target: target.to_owned(), body: body.to_vec() });
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
