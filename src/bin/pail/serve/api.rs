//! HTTP to events and back, as a gateway does in front of the function.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use pail::http::event::{ContextV2, EventV2, HttpV2, Name, Text};
use pail::http::refusal::Refusal;
use pail::http::{Handler, Invocation};
use pail::model::document::Document;
use pail::model::id::ObjectId;
use pail::model::json::SyntaxError;
use pail::schedule::TIME_LIMIT;
use pail::system::System;
use serde_json::value::to_raw_value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::listen;
use crate::output::Failure;

/// A body is read to its end up to this many bytes, although far less is allowed: a client that gets its answer while it is
/// still sending may never see it.
const READ_TO_THE_END: usize = 10 * 1024 * 1024;

/// The part of a body that the handler needs to refuse it for its size.
const WORTH_KEEPING: usize = Document::MAXIMUM_BYTES + 1;

struct Api {
    handler: Handler,
    system: System,
    cold: AtomicBool,
}

/// Serves the API until `stop` turns true.
pub async fn serve(
    listener: TcpListener,
    handler: Handler,
    system: System,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let api = Arc::new(Api { handler, system, cold: AtomicBool::new(true) });
    let router = Router::new().fallback(answer).with_state(api);
    axum::serve(listener, router).with_graceful_shutdown(listen::told(stop)).await.map_err(Failure::new)
}

async fn answer(State(api): State<Arc<Api>>, request: Request) -> Response {
    let id = api.system.random().map_or_else(|_| "unknown".to_owned(), |bits| ObjectId::random(bits).to_string());
    let (head, body) = request.into_parts();
    let Some(Sent { bytes, ended }) = read(body).await else {
        let cut = Refusal::InvalidJson(SyntaxError::at_start("the body was cut on its way"));
        return to_http(api.handler.refuse(cut, &id));
    };
    let (body, is_base64_encoded) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (STANDARD.encode(error.into_bytes()), true),
    };
    let Ok(body) = to_raw_value(&body) else {
        return to_http(api.handler.refuse(Refusal::InvalidEvent(None), &id));
    };
    let event = EventV2 {
        raw_path: Text(head.uri.path().into()),
        raw_query_string: head.uri.query().map(|query| Text(query.into())),
        headers: Some(joined(&head.headers)),
        request_context: ContextV2 {
            http: HttpV2 { method: Text(head.method.as_str().into()) },
            stage: Some(Text("$default".into())),
            request_id: Some(Text((&id).into())),
            api_id: None,
            domain_name: head.uri.authority().map(|authority| Text(authority.as_str().into())),
        },
        body: Some(&body),
        is_base64_encoded: Some(is_base64_encoded),
    };
    let Ok(event) = serde_json::to_string(&event) else {
        return to_http(api.handler.refuse(Refusal::InvalidEvent(None), &id));
    };
    let invocation = Invocation { id, time_left: TIME_LIMIT, cold: api.cold.swap(false, Ordering::Relaxed) };
    let mut response = to_http(api.handler.handle(&event, invocation).await);
    if !ended {
        response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    }
    response
}

/// The body that a client sent, as far as it is needed.
struct Sent {
    bytes: Vec<u8>,
    /// Whether it was read to its end.
    ended: bool,
}

/// Reads a body; `None` if the client stopped in the middle of it.
async fn read(mut body: Body) -> Option<Sent> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length > READ_TO_THE_END {
            return Some(Sent { bytes, ended: false });
        }
        let room = WORTH_KEEPING.saturating_sub(bytes.len());
        bytes.extend(data.iter().take(room));
    }
    Some(Sent { bytes, ended: true })
}

/// Header fields as a gateway passes them on: several values are joined with a comma, and the client's scheme is added, unless
/// a tunnel or a proxy in between says which one the client used.
fn joined(headers: &HeaderMap) -> BTreeMap<Name<'_>, Option<Text<'_>>> {
    let mut all = BTreeMap::new();
    for name in headers.keys() {
        // Bytes beyond ASCII become the characters of these numbers, so that none is lost.
        let text = |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect::<String>();
        let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
        all.insert(Name(name.as_str().into()), Some(Text(values.join(",").into())));
    }
    let is_scheme = |Text(value): &Text<'_>| ["http", "https"].iter().any(|scheme| value.eq_ignore_ascii_case(scheme));
    let scheme = all.entry(Name("x-forwarded-proto".into())).or_default();
    if !scheme.as_ref().is_some_and(is_scheme) {
        *scheme = Some(Text("http".into()));
    }
    all
}

fn to_http(answer: pail::http::response::Response) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
