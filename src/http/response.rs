//! Answers, and the one table from errors to status, headers and body (contract, sections 5 and 6).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::error::{Error, Right};
use crate::model::document::Document;
use crate::operation::create_object::Created;

/// The methods of an object collection, as `Allow` lists them.
pub const METHODS: &str = "OPTIONS, POST";

const ALLOWED_HEADERS: &str = "authorization, content-type, x-kii-appid, x-kii-appkey, x-kii-sdk, x-http-method-override, \
                               if-match, if-none-match, idempotency-key";
const EXPOSED_HEADERS: &str = "ETag, Location, Content-Type, X-Request-Id, Retry-After, Idempotent-Replayed";
const CHALLENGE: &str = r#"Basic realm="pail", charset="UTF-8", Bearer realm="pail""#;

/// The most characters of a text that a caller sent and gets back.
const LONGEST_ECHO: usize = 128;

/// An answer in the form that every gateway takes.
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
    /// Never: bodies are text.
    pub is_base64_encoded: bool,
}

/// What every answer of one installation to one request has.
#[derive(Clone, Copy, Debug)]
pub struct Common<'a> {
    /// The origin that may read answers in a browser, or `*`.
    pub allowed_origin: &'a str,
    /// The gateway's name for the request.
    pub request_id: &'a str,
}

/// What a caller hears of an error.
struct Row {
    status: u16,
    code: &'static str,
    /// The name in the media type, without `Exception`.
    name: &'static str,
    message: Cow<'static, str>,
    members: Vec<(&'static str, Value)>,
}

impl Response {
    /// `201 Created`, for an object whose URL is `location`.
    pub fn created(created: &Created, location: String, common: Common<'_>) -> Self {
        let body = members(&[
            ("objectID", created.id.as_str().into()),
            ("createdAt", created.created.into()),
            ("dataType", created.data_type.as_str().into()),
        ]);
        let mut response = Self::new(201, common);
        response.set_body("ObjectCreationResponse", body);
        response.set("etag", "\"1\"");
        response.set("location", location);
        if created.replayed {
            response.set("idempotent-replayed", "true");
        }
        response
    }

    /// `204 No Content`, the answer to a preflight.
    pub fn preflight(common: Common<'_>) -> Self {
        let mut response = Self::new(204, common);
        response.set("access-control-allow-methods", METHODS);
        response.set("access-control-allow-headers", ALLOWED_HEADERS);
        response.set("access-control-max-age", "86400");
        response
    }

    /// The answer to a request that was refused or has failed.
    pub fn error(error: &Error, common: Common<'_>) -> Self {
        let mut row = row(error);
        let mut all = vec![("errorCode", row.code.into()), ("message", row.message.as_ref().into())];
        all.append(&mut row.members);
        if matches!(error, Error::Unavailable | Error::Internal) {
            all.push(("requestID", common.request_id.into()));
        }
        let mut response = Self::new(row.status, common);
        response.set_body(&format!("{}Exception", row.name), members(&all));
        match error {
            Error::Unauthenticated | Error::Denied { .. } => response.set("www-authenticate", CHALLENGE),
            Error::MethodNotAllowed => response.set("allow", METHODS),
            Error::Unavailable => response.set("retry-after", "1"),
            _ => {}
        }
        response
    }

    /// The `errorCode` of the answer to an error, for logs.
    pub fn error_code(error: &Error) -> &'static str {
        row(error).code
    }

    fn new(status_code: u16, common: Common<'_>) -> Self {
        let mut response =
            Self { status_code, headers: BTreeMap::new(), body: String::new(), is_base64_encoded: false };
        response.set("access-control-allow-origin", common.allowed_origin.to_owned());
        response.set("access-control-expose-headers", EXPOSED_HEADERS);
        response.set("cache-control", "no-store");
        response.set("x-request-id", common.request_id.to_owned());
        if common.allowed_origin != "*" {
            response.set("vary", "Origin");
        }
        response
    }

    fn set(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.headers.insert(name, value.into());
    }

    fn set_body(&mut self, name: &str, body: String) {
        self.set("content-type", format!("application/vnd.kii.{name}+json;charset=UTF-8"));
        self.body = body;
    }
}

fn row(error: &Error) -> Row {
    let row = |status, code, name, message: &'static str, members| Row {
        status,
        code,
        name,
        message: message.into(),
        members,
    };
    match error {
        Error::InvalidEvent => {
            let message = "The event is none of an HTTP API (payload format 2.0), a function URL or a REST API.";
            row(400, "INVALID_INPUT_DATA", "InvalidInputData", message, vec![("field", "event".into())])
        }
        Error::NotFound => {
            let message = "No resource has this path; an object collection is \
                           /api/apps/{appID}/buckets/{bucketID}/objects, with users/{userID}, groups/{groupID} or \
                           things/{thingID} before buckets in their scopes, without a slash at its end or two in a row.";
            row(404, "NOT_FOUND", "NotFound", message, vec![])
        }
        Error::MethodNotAllowed => {
            let message = "An object collection takes POST, which creates an object, and OPTIONS.";
            row(405, "METHOD_NOT_ALLOWED", "MethodNotAllowed", message, vec![])
        }
        Error::InvalidBucket { bucket } => {
            let message = "The bucket ID is not valid: it is 2 to 64 of A-Z a-z 0-9 _ -, does not start with _ and is \
                           not users, devices, installations, internal or things.";
            row(400, "INVALID_BUCKET", "InvalidBucket", message, vec![("bucketID", echo(bucket))])
        }
        Error::BucketTypeNotSupported { bucket } => {
            let message = "The bucket's type is not supported: only rw: and default: may stand before a bucket ID.";
            row(400, "BUCKET_TYPE_NOT_SUPPORTED", "InvalidBucket", message, vec![("bucketID", echo(bucket))])
        }
        Error::InvalidInput { field, pattern } => Row {
            message: format!("The {field} is not valid: {pattern}.").into(),
            ..row(400, "INVALID_INPUT_DATA", "InvalidInputData", "", vec![("field", (*field).into())])
        },
        Error::InvalidDataType { content_type } => {
            let message = "The Content-Type is not valid: it is application/json or \
                           application/vnd.{appID}.{dataType}+json of this app, in UTF-8.";
            row(400, "INVALID_DATA_TYPE", "InvalidDataType", message, vec![("contentType", echo(content_type))])
        }
        Error::InvalidJson(problem) => Row {
            message: format!(
                "The body is not valid at line {}, column {}: {}.",
                problem.line, problem.column, problem.what
            )
            .into(),
            ..row(400, "INVALID_JSON", "InvalidJson", "", vec![])
        },
        Error::TooLarge => {
            let message = "The body is too large: an object has at most 65534 characters.";
            let maximum = ("maximumCharacters", Document::MAXIMUM_CHARACTERS.into());
            row(413, "INVALID_INPUT_DATA", "InvalidInputData", message, vec![maximum])
        }
        Error::Unauthenticated => {
            let message = "Valid credentials of this app are needed: Authorization with Basic and the Base64 of \
                           appID:appKey, or with Bearer and a token, or else X-Kii-AppID and X-Kii-AppKey.";
            row(401, "UNAUTHORIZED", "UnauthorizedAccess", message, vec![])
        }
        Error::Denied { app, principal, needs } => Row {
            message: lacking(*needs, principal).into(),
            ..row(
                401,
                "UNAUTHORIZED",
                "UnauthorizedAccess",
                "",
                vec![
                    ("authenticatedAppID", app.as_str().into()),
                    ("authenticatedPrincipalID", principal.as_str().into()),
                ],
            )
        },
        Error::WrongToken { app } => {
            let message = "The token is not valid for this app: it has to be a current JSON Web Token, signed by an \
                           issuer that the app trusts and made out to its audience.";
            row(403, "WRONG_TOKEN", "WrongToken", message, vec![("appID", app.as_str().into())])
        }
        Error::AppNotFound { app } => {
            let message = "There is no app with this ID here; check the ID and the site URL.";
            row(404, "APP_NOT_FOUND", "AppNotFound", message, vec![("appID", app.as_str().into())])
        }
        Error::AppDisabled { app } => {
            let message = "The app is disabled; its operator can enable it.";
            row(403, "APP_DISABLED", "AppDisabled", message, vec![("appID", app.as_str().into())])
        }
        Error::IdempotencyKeyReused => {
            let message = "The Idempotency-Key was used for another request: send that request's body and content type \
                           again, or use a new key.";
            row(422, "IDEMPOTENCY_KEY_REUSED", "IdempotencyKeyReused", message, vec![])
        }
        Error::Unavailable => {
            let message = "The storage could not answer in time, and the object may or may not have been created; try \
                           again, with the same Idempotency-Key if the request had one.";
            row(503, "TEMPORARY_UNAVAILABLE_ERROR", "TemporaryUnavailable", message, vec![])
        }
        Error::Internal => {
            let message =
                "The request failed through a fault of the service; its operator finds more under the request ID.";
            row(500, "UNDEFINED_ERROR", "UndefinedError", message, vec![])
        }
    }
}

fn lacking(right: Right, principal: &str) -> String {
    match right {
        Right::OnBucket(verb) => format!("The ACL of the bucket does not grant {verb} to the caller, {principal}."),
        Right::OnScope(verb) => format!(
            "The bucket does not exist, and the ACL of the scope does not grant {verb} to the caller, {principal}."
        ),
        Right::BeingAUser => "The path says users/me, and only a user's token says which user that is.".to_owned(),
    }
}

/// A text that a caller sent, cut to what is worth showing.
fn echo(text: &str) -> Value {
    text.chars().take(LONGEST_ECHO).collect::<String>().into()
}

/// A compact JSON object with its members in this order. A per cent sign stands only inside strings, and is escaped
/// there: one of Kii's SDKs decodes bodies like URLs.
fn members(members: &[(&'static str, Value)]) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut text);
    let written = serializer.serialize_map(Some(members.len())).and_then(|mut map| {
        members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    });
    // Writing texts and numbers into memory does not fail; were it to, an empty object is still JSON.
    let text = written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_else(|| "{}".to_owned());
    text.replace('%', "\\u0025")
}
