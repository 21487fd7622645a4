//! The embedded engine's DynamoDB API over HTTP, for the AWS CLI, `sam local` and the other commands of pail.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use pail::local::Engine;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::listen;
use crate::output::Failure;

/// DynamoDB's own limit.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Serves the engine until `stop` turns true.
pub async fn serve(listener: TcpListener, engine: Engine, stop: watch::Receiver<bool>) -> Result<(), Failure> {
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(engine);
    axum::serve(listener, router).with_graceful_shutdown(listen::told(stop)).await.map_err(Failure::new)
}

/// Credentials are not checked, so web pages must be kept out. Browsers send an `Origin` with every request that could do
/// anything here, even if a page's own host name resolves to this machine.
async fn answer(State(engine): State<Engine>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    if headers.contains_key("origin") {
        return (StatusCode::FORBIDDEN, "The DynamoDB API of pail serve is not for web pages.\n").into_response();
    }
    let Some(target) =
        headers.get("x-amz-target").and_then(|target| target.to_str().ok()).filter(|_| method == Method::POST)
    else {
        return (StatusCode::NOT_FOUND, "This is the DynamoDB API of pail serve, for the AWS CLI and SDKs.\n")
            .into_response();
    };
    let (status, body) = engine.answer(target, &body);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
