//! Answers, and the contract's tables of what they have (sections 5 and 6).

use std::collections::BTreeMap;

use pail::http::response::Response;
use serde_json::Value;

use crate::call::Call;
use crate::members::Members;

/// An answer as a gateway passes it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The objects of a bucket.
    Objects,
}

impl Resource {
    const ALL: [Self; 1] = [Self::Objects];

    /// The resource of a path that is spelled in the usual way.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default().strip_prefix("/api/apps/")?;
        match path.split('/').collect::<Vec<_>>()[..] {
            [_, "buckets", _, "objects"] | [_, "users" | "groups" | "things", _, "buckets", _, "objects"] => {
                Some(Self::Objects)
            }
            _ => None,
        }
    }

    /// The methods that `Allow` lists.
    fn methods(self) -> &'static str {
        match self {
            Self::Objects => "OPTIONS, POST",
        }
    }
}

/// A row of the table of successful answers: what `resource` answers to `method` with `status`.
struct Success {
    resource: Resource,
    method: &'static str,
    status: u16,
    /// The part of the media type between `application/vnd.kii.` and `+json`, if there is a body.
    media_type: Option<&'static str>,
    /// The headers that not every answer has.
    headers: &'static [(&'static str, Header)],
    /// The members of the body, in their order.
    members: &'static [(&'static str, Member)],
}

/// The table of successful answers.
const SUCCESSES: [Success; 2] = [
    Success {
        resource: Resource::Objects,
        method: "POST",
        status: 201,
        media_type: Some("ObjectCreationResponse"),
        headers: &[
            ("etag", Header::Is("\"1\"")),
            ("location", Header::Location),
            ("idempotent-replayed", Header::IsOrAbsent("true")),
        ],
        members: &[("objectID", Member::ObjectId), ("createdAt", Member::Milliseconds), ("dataType", Member::Text)],
    },
    Success {
        resource: Resource::Objects,
        method: "OPTIONS",
        status: 204,
        media_type: None,
        headers: &[
            ("access-control-allow-methods", Header::Methods),
            ("access-control-allow-headers", Header::Is(ALLOWED)),
            ("access-control-max-age", Header::Is("86400")),
        ],
        members: &[],
    },
];

/// A row of the contract's table of errors. Every error has `errorCode` and `message` before its own members.
struct Failure {
    status: u16,
    code: &'static str,
    media_type: &'static str,
    headers: &'static [(&'static str, Header)],
    members: &'static [(&'static str, Member)],
}

const fn failure(
    status: u16,
    code: &'static str,
    media_type: &'static str,
    members: &'static [(&'static str, Member)],
) -> Failure {
    let headers: &[_] = match status {
        401 => &[("www-authenticate", Header::Is(CHALLENGE))],
        405 => &[("allow", Header::Methods)],
        503 => &[("retry-after", Header::Seconds)],
        _ => &[],
    };
    Failure { status, code, media_type, headers, members }
}

/// The contract's table of errors.
const FAILURES: [Failure; 16] = [
    failure(400, "INVALID_BUCKET", "InvalidBucketException", &[("bucketID", Member::Echo)]),
    failure(400, "BUCKET_TYPE_NOT_SUPPORTED", "InvalidBucketException", &[("bucketID", Member::Echo)]),
    failure(400, "INVALID_INPUT_DATA", "InvalidInputDataException", &[("field", Member::Echo)]),
    failure(400, "INVALID_DATA_TYPE", "InvalidDataTypeException", &[("contentType", Member::Echo)]),
    failure(400, "INVALID_JSON", "InvalidJsonException", &[]),
    // The caller is not authenticated.
    failure(401, "UNAUTHORIZED", "UnauthorizedAccessException", &[]),
    // The caller is authenticated and lacks the right.
    failure(
        401,
        "UNAUTHORIZED",
        "UnauthorizedAccessException",
        &[("authenticatedAppID", Member::Echo), ("authenticatedPrincipalID", Member::Echo)],
    ),
    failure(403, "WRONG_TOKEN", "WrongTokenException", &[("appID", Member::Echo)]),
    failure(404, "APP_NOT_FOUND", "AppNotFoundException", &[("appID", Member::Echo)]),
    failure(403, "APP_DISABLED", "AppDisabledException", &[("appID", Member::Echo)]),
    failure(404, "NOT_FOUND", "NotFoundException", &[]),
    failure(405, "METHOD_NOT_ALLOWED", "MethodNotAllowedException", &[]),
    failure(422, "IDEMPOTENCY_KEY_REUSED", "IdempotencyKeyReusedException", &[]),
    failure(413, "INVALID_INPUT_DATA", "InvalidInputDataException", &[("maximumCharacters", Member::Number(65_534))]),
    failure(503, "TEMPORARY_UNAVAILABLE_ERROR", "TemporaryUnavailableException", &[("requestID", Member::RequestId)]),
    failure(500, "UNDEFINED_ERROR", "UndefinedErrorException", &[("requestID", Member::RequestId)]),
];

/// What a header's value must be.
#[derive(Clone, Copy)]
enum Header {
    Is(&'static str),
    IsOrAbsent(&'static str),
    /// The URL of the object that the body names.
    Location,
    /// The methods of a resource.
    Methods,
    /// A number of seconds.
    Seconds,
}

/// What a member's value must be.
#[derive(Clone, Copy)]
enum Member {
    /// A text.
    Text,
    /// A part of the request, cut to at most 128 characters.
    Echo,
    /// A UUID: random, or derived from an idempotency key.
    ObjectId,
    /// Milliseconds since 1970.
    Milliseconds,
    Number(u64),
    /// The same as in the header.
    RequestId,
}

const CHALLENGE: &str = r#"Basic realm="pail", charset="UTF-8", Bearer realm="pail""#;
const EXPOSED: &str = "ETag, Location, Content-Type, X-Request-Id, Retry-After, Idempotent-Replayed";
const ALLOWED: &str = "authorization, content-type, x-kii-appid, x-kii-appkey, x-kii-sdk, x-http-method-override, \
                       if-match, if-none-match, idempotency-key";

impl Answer {
    /// The JSON of the body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("the body is no JSON, {error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A member of the body that is a text.
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no text {member}: {self:?}")).to_owned()
    }

    /// Whether it is marked as the answer to an earlier request with the same key.
    pub fn is_replay(&self) -> bool {
        self.headers.contains_key("idempotent-replayed")
    }

    /// The answer without the mark of a replay.
    pub fn without_mark(&self) -> Self {
        let mut answer = self.clone();
        answer.headers.remove("idempotent-replayed");
        answer
    }

    /// The `errorCode`, empty for a success.
    pub fn error_code(&self) -> String {
        if self.status < 400 { String::new() } else { self.text("errorCode") }
    }

    /// Checks the answer to any request: it must be one of the contract's tables.
    pub fn check(&self, allowed_origin: &str) {
        self.check_among(allowed_origin, &Resource::ALL, None);
    }

    /// Checks the answer to this request.
    pub fn check_for(&self, call: &Call, allowed_origin: &str) {
        let resource = Resource::of(&call.path);
        let resources = resource.as_ref().map_or(&Resource::ALL[..], std::slice::from_ref);
        self.check_among(allowed_origin, resources, Some(&call.method));
    }

    /// Checks the answer against the rows of these resources and, if one is given, of this method.
    fn check_among(&self, allowed_origin: &str, resources: &[Resource], method: Option<&str>) {
        let (media_type, headers) = if self.status < 400 {
            let row = SUCCESSES
                .iter()
                .filter(|row| resources.contains(&row.resource) && method.is_none_or(|method| row.method == method))
                .find(|row| row.status == self.status && self.is_of(row.media_type))
                .unwrap_or_else(|| panic!("the contract has no such answer: {self:?}"));
            self.check_members(row.members);
            (row.media_type, row.headers)
        } else {
            let row = self.failure();
            self.check_members(&[&[("errorCode", Member::Text), ("message", Member::Text)], row.members].concat());
            assert!(is_one_sentence(&self.text("message")), "{self:?}");
            (Some(row.media_type), row.headers)
        };
        let media_type = media_type.map(media_type_of);
        let mut fixed = vec![
            ("access-control-allow-origin", allowed_origin),
            ("access-control-expose-headers", EXPOSED),
            ("cache-control", "no-store"),
        ];
        fixed.extend((allowed_origin != "*").then_some(("vary", "Origin")));
        fixed.extend(media_type.as_deref().map(|media_type| ("content-type", media_type)));
        let mut found = self.headers.clone();
        for (name, value) in fixed {
            assert_eq!(found.remove(name).as_deref(), Some(value), "{name} of {self:?}");
        }
        assert!(found.remove("x-request-id").is_some_and(|id| is_visible_ascii(&id)), "{self:?}");
        for (name, header) in headers {
            let value = found.remove(*name);
            assert!(self.has(*header, value.as_deref(), resources), "{name} of {self:?}");
        }
        assert!(found.is_empty(), "headers beyond those of the contract, {found:?}: {self:?}");
    }

    /// Whether the body is of this media type, or there is none.
    fn is_of(&self, media_type: Option<&str>) -> bool {
        match media_type {
            Some(name) => self.header("content-type") == media_type_of(name),
            None => self.body.is_empty() && !self.headers.contains_key("content-type"),
        }
    }

    /// The row of an error.
    fn failure(&self) -> &'static Failure {
        let members = self.members();
        let own: Vec<&str> = members.iter().skip(2).map(|(name, _)| name.as_str()).collect();
        let code = self.error_code();
        FAILURES
            .iter()
            .filter(|row| row.status == self.status && row.code == code)
            .find(|row| row.members.iter().map(|(name, _)| *name).eq(own.iter().copied()))
            .unwrap_or_else(|| panic!("the contract has no such error: {self:?}"))
    }

    /// Whether a header has the right value.
    fn has(&self, header: Header, value: Option<&str>, resources: &[Resource]) -> bool {
        match header {
            Header::Is(expected) => value == Some(expected),
            Header::IsOrAbsent(expected) => value.is_none_or(|value| value == expected),
            Header::Location => value
                .is_some_and(|url| is_location(url) && url.ends_with(&format!("/objects/{}", self.text("objectID")))),
            Header::Methods => resources.iter().any(|resource| value == Some(resource.methods())),
            Header::Seconds => value.is_some_and(|value| value.parse::<u32>().is_ok()),
        }
    }

    /// Checks that the body has these members, in this order, and no others.
    fn check_members(&self, expected: &[(&str, Member)]) {
        let members = if self.body.is_empty() { Vec::new() } else { self.members() };
        let names = members.iter().map(|(name, _)| name.as_str());
        assert!(names.eq(expected.iter().map(|(name, _)| *name)), "other members were expected: {self:?}");
        for ((name, value), (_, member)) in members.iter().zip(expected) {
            let is_right = match member {
                Member::Text => value.is_string(),
                Member::Echo => value.as_str().is_some_and(|text| text.chars().count() <= 128),
                // Only an ID that is derived from a key can occur again.
                Member::ObjectId => {
                    value.as_str().is_some_and(|id| is_uuid(id, '8') || is_uuid(id, '4') && !self.is_replay())
                }
                Member::Milliseconds => value.is_u64(),
                Member::Number(number) => value == number,
                Member::RequestId => value == self.header("x-request-id"),
            };
            assert!(is_right, "{name} of {self:?}");
        }
    }

    /// The members of the body in their order. The body must be compact, and have no byte that is a per cent sign.
    fn members(&self) -> Vec<(String, Value)> {
        let members: Members<Value> =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let compact = serde_json::to_string(&members).unwrap_or_default();
        assert_eq!(self.body, compact.replace('%', "\\u0025"));
        members.0
    }
}

fn media_type_of(name: &str) -> String {
    format!("application/vnd.kii.{name}+json;charset=UTF-8")
}

impl From<Response> for Answer {
    /// Reads the answer from the JSON that the runtime sends, and checks that gateways understand it.
    fn from(response: Response) -> Self {
        let mut sent = serde_json::to_value(&response).expect("an answer can be written as JSON");
        let members: Vec<String> = sent.as_object().map(|sent| sent.keys().cloned().collect()).unwrap_or_default();
        for member in &members {
            assert!(["statusCode", "headers", "body", "isBase64Encoded"].contains(&member.as_str()), "{sent}");
        }
        assert_eq!(sent["isBase64Encoded"], false, "{sent}");
        let headers: BTreeMap<String, String> = serde_json::from_value(sent["headers"].take()).expect("headers");
        Self {
            status: sent["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            body: sent["body"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

fn is_visible_ascii(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a text is the URL of an object: host, the base path of a gateway, and IDs, without any character that needs an escape.
pub fn is_location(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let base = match segments.as_slice() {
        [base @ .., "api", "apps", _, "buckets", _, "objects", _] => base,
        [base @ .., "api", "apps", _, "users" | "groups" | "things", _, "buckets", _, "objects", _] => base,
        _ => return false,
    };
    let of = |segment: &str, others: &[u8]| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
        ![".", "..", ""].contains(&segment) && segment.bytes().all(allowed)
    };
    is_host(host)
        && base.iter().all(|name| of(name, b"$-_.+!*'()"))
        && segments[base.len()..].iter().all(|id| of(id, b"._-"))
}

/// Whether a text is a host name or address, with or without a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port),
        _ => (text, "80"),
    };
    let name = |host: &str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_number && address.map_or_else(|| name(host), |address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Whether a text is a UUID of RFC 9562 in lower case: version 4 is random, version 8 derived.
pub fn is_uuid(text: &str, version: char) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => char::from(byte) == version,
            19 => b"89ab".contains(&byte),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Whether a text is one sentence: it ends with a full stop, and no other sentence begins inside it.
fn is_one_sentence(text: &str) -> bool {
    let begins_another = |rest: &str| rest.chars().next().is_some_and(char::is_uppercase);
    text.chars().next().is_some_and(char::is_uppercase)
        && text.ends_with('.')
        && !text.contains(['%', '\n', '!', '?'])
        && !text.split(". ").skip(1).any(begins_another)
}
