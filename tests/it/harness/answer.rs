//! Answers, and what the contract says of every one of them (sections 5 and 6).

use std::collections::BTreeMap;

use pail::http::response::Response;
use serde_json::Value;

use super::members::Members;

/// An answer as a gateway passes it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A row of the contract's table of errors.
struct Row {
    status: u16,
    code: &'static str,
    name: &'static str,
    members: &'static [&'static str],
}

const fn row(status: u16, code: &'static str, name: &'static str, members: &'static [&'static str]) -> Row {
    Row { status, code, name, members }
}

/// The contract's table of errors.
const ERRORS: [Row; 16] = [
    row(400, "INVALID_BUCKET", "InvalidBucketException", &["bucketID"]),
    row(400, "BUCKET_TYPE_NOT_SUPPORTED", "InvalidBucketException", &["bucketID"]),
    row(400, "INVALID_INPUT_DATA", "InvalidInputDataException", &["field"]),
    row(400, "INVALID_DATA_TYPE", "InvalidDataTypeException", &["contentType"]),
    row(400, "INVALID_JSON", "InvalidJsonException", &[]),
    // Nobody was authenticated.
    row(401, "UNAUTHORIZED", "UnauthorizedAccessException", &[]),
    // The caller is known, and may not.
    row(401, "UNAUTHORIZED", "UnauthorizedAccessException", &["authenticatedAppID", "authenticatedPrincipalID"]),
    row(403, "WRONG_TOKEN", "WrongTokenException", &["appID"]),
    row(404, "APP_NOT_FOUND", "AppNotFoundException", &["appID"]),
    row(403, "APP_DISABLED", "AppDisabledException", &["appID"]),
    row(404, "NOT_FOUND", "NotFoundException", &[]),
    row(405, "METHOD_NOT_ALLOWED", "MethodNotAllowedException", &[]),
    row(422, "IDEMPOTENCY_KEY_REUSED", "IdempotencyKeyReusedException", &[]),
    row(413, "INVALID_INPUT_DATA", "InvalidInputDataException", &["maximumCharacters"]),
    row(503, "TEMPORARY_UNAVAILABLE_ERROR", "TemporaryUnavailableException", &["requestID"]),
    row(500, "UNDEFINED_ERROR", "UndefinedErrorException", &["requestID"]),
];

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

    /// Whether it says that an earlier request with the same key had it first.
    pub fn is_replay(&self) -> bool {
        self.headers.contains_key("idempotent-replayed")
    }

    /// What a client can tell it from another one by, less the mark of a replay.
    pub fn told(&self) -> Self {
        let mut told = self.clone();
        told.headers.remove("idempotent-replayed");
        told
    }

    /// The `errorCode`, empty if the answer is none to an error.
    pub fn error_code(&self) -> String {
        if self.status < 400 { String::new() } else { self.text("errorCode") }
    }

    /// Checks what holds for every answer, whatever the request was.
    pub fn check(&self, allowed_origin: &str) {
        let mut headers = BTreeMap::from([
            ("access-control-allow-origin", allowed_origin),
            ("access-control-expose-headers", EXPOSED),
            ("cache-control", "no-store"),
        ]);
        if allowed_origin != "*" {
            headers.insert("vary", "Origin");
        }
        let media_type = match self.status {
            201 => self.check_created(&mut headers),
            204 => {
                assert_eq!(self.body, "", "{self:?}");
                headers.extend([
                    ("access-control-allow-methods", "OPTIONS, POST"),
                    ("access-control-allow-headers", ALLOWED),
                    ("access-control-max-age", "86400"),
                ]);
                None
            }
            _ => self.check_error(&mut headers),
        };
        let media_type = media_type.map(|name| format!("application/vnd.kii.{name}+json;charset=UTF-8"));
        headers.extend(media_type.as_deref().map(|media_type| ("content-type", media_type)));
        // Each of its own: what these say depends on the request.
        let mut found = self.headers.clone();
        assert!(found.remove("x-request-id").is_some_and(|id| is_visible_ascii(&id)), "{self:?}");
        if self.status == 201 {
            assert!(found.remove("location").is_some_and(|location| is_location(&location)), "{self:?}");
        }
        let found: BTreeMap<&str, &str> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, headers, "{self:?}");
    }

    fn check_created(&self, headers: &mut BTreeMap<&str, &str>) -> Option<&'static str> {
        headers.insert("etag", "\"1\"");
        if self.is_replay() {
            headers.insert("idempotent-replayed", "true");
        }
        let members = self.members();
        let [(first, Value::String(id)), (second, Value::Number(created)), (third, Value::String(_))] =
            members.as_slice()
        else {
            panic!("another body was expected: {self:?}");
        };
        assert_eq!([first.as_str(), second, third], ["objectID", "createdAt", "dataType"]);
        // Only an ID that is made of a key can be met again.
        assert!(is_uuid(id, '8') || is_uuid(id, '4') && !self.is_replay(), "{self:?}");
        assert!(created.is_u64(), "{self:?}");
        assert!(self.header("location").ends_with(&format!("/objects/{id}")), "{self:?}");
        Some("ObjectCreationResponse")
    }

    fn check_error<'a>(&'a self, headers: &mut BTreeMap<&'a str, &'a str>) -> Option<&'static str> {
        let members = self.members();
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.get(..2), Some(&["errorCode", "message"][..]), "{self:?}");
        let code = self.error_code();
        let row = ERRORS
            .iter()
            .find(|row| row.status == self.status && row.code == code && row.members == &names[2..])
            .unwrap_or_else(|| panic!("the contract has no such error: {self:?}"));
        assert!(is_one_sentence(&self.text("message")), "{self:?}");
        for (name, value) in &members[2..] {
            let echoed = value.as_str().map_or(0, |text| text.chars().count());
            assert!(echoed <= 128, "{name} is echoed in full: {self:?}");
        }
        match self.status {
            401 => headers.extend([("www-authenticate", CHALLENGE)]),
            405 => headers.extend([("allow", "OPTIONS, POST")]),
            413 => assert_eq!(self.json()["maximumCharacters"], 65_534),
            500 | 503 => assert_eq!(self.text("requestID"), self.header("x-request-id"), "{self:?}"),
            _ => {}
        }
        if self.status == 503 {
            // Any number of seconds would do.
            assert!(self.header("retry-after").parse::<u32>().is_ok(), "{self:?}");
            headers.insert("retry-after", self.header("retry-after"));
        }
        Some(row.name)
    }

    /// The members of the body in their order. The body is compact, and has no byte that is a per cent sign.
    fn members(&self) -> Vec<(String, Value)> {
        let members: Members<Value> =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let compact = serde_json::to_string(&members).unwrap_or_default();
        assert_eq!(self.body, compact.replace('%', "\\u0025"));
        members.0
    }
}

impl From<Response> for Answer {
    /// Takes the answer from the JSON that the runtime sends, and holds that to what gateways understand.
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

/// The URL of an object: a host, what a gateway has before its API, and IDs, with no character that would need an escape.
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

/// A name or an address, with a port or without.
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

/// A UUID of RFC 9562 in lower case: version 4 is random, version 8 made of something.
pub fn is_uuid(text: &str, version: char) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => char::from(byte) == version,
            19 => b"89ab".contains(&byte),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// A sentence ends with a full stop, and no other one begins inside it.
fn is_one_sentence(text: &str) -> bool {
    let begins_another = |rest: &str| rest.chars().next().is_some_and(char::is_uppercase);
    text.chars().next().is_some_and(char::is_uppercase)
        && text.ends_with('.')
        && !text.contains(['%', '\n', '!', '?'])
        && !text.split(". ").skip(1).any(begins_another)
}
