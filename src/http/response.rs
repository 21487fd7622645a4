//! Responses: the header fields that all of them have, and bodies (contract, sections 5 and 6).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::call::allowed_methods;
use super::cors::{AllowedOrigins, allowed_headers};
use super::credentials::BASIC_CHALLENGE;
use super::headers::Headers;
use super::refusal::Refusal;
use super::resource::Kind;
use super::row::Row;
use crate::operation::{Error, Unanswered};
use crate::store::Failure;

const EXPOSED_HEADERS: &str = "ETag, Location, Content-Type, X-Request-Id, Retry-After, Idempotent-Replayed";

/// A response in the form that every gateway takes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The HTTP status.
    pub status_code: u16,
    /// The header fields.
    pub headers: BTreeMap<&'static str, Cow<'static, str>>,
    /// The body: JSON, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Always false, as bodies are text.
    pub is_base64_encoded: bool,
}

/// A JSON object that becomes a body: its members, in this order.
#[derive(Default)]
pub struct Body(Vec<(&'static str, Value)>);

impl Response {
    /// A response to a page of this origin, if it is to one, with the header fields that every one has: `204 No Content`, until
    /// an answer is written into it.
    pub fn new(allowed: &AllowedOrigins, origin: Option<&str>, request_id: &str) -> Self {
        let mut response =
            Self { status_code: 204, headers: BTreeMap::new(), body: String::new(), is_base64_encoded: false };
        response.set("access-control-allow-origin", allowed.answer_to(origin).to_owned());
        response.set("access-control-expose-headers", EXPOSED_HEADERS);
        response.set("cache-control", "no-store");
        response.set("x-request-id", request_id.to_owned());
        if *allowed != AllowedOrigins::Any {
            response.set("vary", "Origin");
        }
        response
    }

    /// Makes this the answer to a preflight, `204 No Content`.
    pub fn preflight(&mut self, kind: Kind, headers: &Headers<'_>) {
        self.set("access-control-allow-methods", allowed_methods(kind));
        self.set("access-control-allow-headers", allowed_headers(headers));
        self.set("access-control-max-age", "86400");
    }

    /// Makes this the answer to a request that was refused or has failed. `writes` is whether it may have changed anything, and
    /// `challenge` is what a caller is asked for who needs other credentials.
    pub fn refuse(&mut self, refusal: &Refusal, writes: bool, challenge: &'static str, request_id: &str) {
        let row = refusal.row(writes);
        self.status_code = row.status;
        if row.name.is_empty() {
            return self.refuse_by_oauth(&row);
        }
        let mut body = Body::default();
        body.push("errorCode", row.code);
        body.push("message", &*row.message);
        body.0.extend(row.members);
        match refusal {
            Refusal::Operation(Error::Unauthenticated | Error::Denied { .. }) => {
                self.set("www-authenticate", challenge);
            }
            Refusal::Operation(Error::Failed(failure)) => {
                body.push("requestID", request_id);
                if let Failure::Unavailable(_) = failure {
                    self.set("retry-after", "1");
                }
            }
            Refusal::Operation(Error::Unanswered(Unanswered::Timeout)) => self.set("retry-after", "1"),
            Refusal::Operation(Error::UnreadableAcl) => body.push("requestID", request_id),
            Refusal::MethodNotAllowed(kind) => self.set("allow", allowed_methods(*kind)),
            Refusal::InvalidEvent(_)
            | Refusal::NotFound
            | Refusal::InvalidBucket { .. }
            | Refusal::BucketTypeNotSupported { .. }
            | Refusal::InvalidInput { .. }
            | Refusal::InvalidDataType { .. }
            | Refusal::InvalidJson(_)
            | Refusal::InvalidObjectId { .. }
            | Refusal::TooLarge(_)
            | Refusal::InvalidQuery(_)
            | Refusal::QueryTooLarge
            | Refusal::AclTooLarge
            | Refusal::EncodedBody
            | Refusal::OAuth(_)
            | Refusal::Operation(
                Error::Missing(_)
                | Error::Stale(_)
                | Error::Exists(_)
                | Error::Acl(_)
                | Error::Unanswered(
                    Unanswered::TooLargeToCount(_)
                    | Unanswered::TooLargeToQuery(..)
                    | Unanswered::WalkEnded
                    | Unanswered::WrongPaginationKey,
                )
                | Error::InvalidResult(_)
                | Error::WrongToken { .. }
                | Error::AppNotFound { .. }
                | Error::AppDisabled { .. }
                | Error::IdempotencyKeyReused
                | Error::Token(_),
            ) => {}
        }
        self.set_body(row.name, &body);
    }

    /// An error in the form of RFC 6749, section 5.2, with the member that clients of Kii read.
    fn refuse_by_oauth(&mut self, row: &Row) {
        if row.status == 401 {
            // Only a client is refused so whose Basic was judged (RFC 6749, section 5.2).
            self.set("www-authenticate", BASIC_CHALLENGE);
        }
        let mut body = Body::default();
        body.push("error", row.code);
        body.push("error_description", &*row.message);
        body.push("errorCode", row.code);
        self.set_plain_json(&body);
    }

    /// Lets the client keep the body, and ask each time whether it is still current.
    pub(super) fn cache_privately(&mut self) {
        self.set("cache-control", "private, no-cache");
        let vary = if self.headers.contains_key("vary") { "Origin, Authorization" } else { "Authorization" };
        self.set("vary", vary);
    }

    /// Sets a header field.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.headers.insert(name, value.into());
    }

    /// Sets the body, with the media type of Kii's that has this name. A per cent sign, which occurs only inside strings, is
    /// escaped: one of Kii's SDKs decodes error bodies like URLs.
    pub(super) fn set_body(&mut self, name: &str, body: &Body) {
        self.set_json(name, body.to_json());
    }

    /// Sets the body, with the media type of JSON.
    pub(super) fn set_plain_json(&mut self, body: &Body) {
        self.set("content-type", "application/json;charset=UTF-8");
        self.body = body.to_json().replace('%', "\\u0025");
    }

    /// The same with JSON of any form.
    pub(super) fn set_json(&mut self, name: &str, json: String) {
        self.set("content-type", format!("application/vnd.kii.{name}+json;charset=UTF-8"));
        self.body = if json.contains('%') { json.replace('%', "\\u0025") } else { json };
    }
}

impl Body {
    /// Adds a member.
    pub fn push(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// Compact JSON.
    pub fn to_json(&self) -> String {
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut text);
        let written = serializer.serialize_map(Some(self.0.len())).and_then(|mut map| {
            self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
            map.end()
        });
        // Writing strings and numbers into memory does not fail. If it ever did, an empty object is still JSON.
        written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_else(|| "{}".to_owned())
    }
}
