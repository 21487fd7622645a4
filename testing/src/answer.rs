//! Answers, and the contract's tables of what they have (sections 5 and 6).

use std::collections::BTreeMap;

use pail::auth::opaque_token::OpaqueToken;
use pail::http::response::Response;
use serde_json::{Value, json};

use crate::call::{Call, Gateway};
use crate::log;
use crate::members::Members;
use crate::tree::{Tree, compact};

/// An answer as a gateway passes it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The resource that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The objects of a bucket.
    Objects,
    /// The queries of a bucket.
    Query,
    /// One object.
    Object,
    /// The buckets of a scope.
    Buckets,
    /// One bucket.
    Bucket,
    /// An ACL.
    Acl,
    /// Who holds a verb of an ACL.
    AclVerb,
    /// One entry of an ACL.
    AclEntry,
    /// The user who calls.
    Me,
    /// The token endpoint.
    Token,
    /// The revocation endpoint.
    Revocation,
    /// The description of the API.
    Description,
}

impl Resource {
    const ALL: [Self; 12] = [
        Self::Objects,
        Self::Query,
        Self::Object,
        Self::Buckets,
        Self::Bucket,
        Self::Acl,
        Self::AclVerb,
        Self::AclEntry,
        Self::Me,
        Self::Token,
        Self::Revocation,
        Self::Description,
    ];

    /// The resource of a path in its usual spelling.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default();
        match path {
            "/api/oauth2/token" => return Some(Self::Token),
            "/api/openapi.json" => return Some(Self::Description),
            _ => {}
        }
        let segments: Vec<&str> = path.strip_prefix("/api/apps/")?.split('/').collect();
        match &segments[..] {
            [_, "users", "me"] => return Some(Self::Me),
            [_, "oauth2", "token"] => return Some(Self::Token),
            [_, "oauth2", "revoke"] => return Some(Self::Revocation),
            _ => {}
        }
        let in_scope = match &segments[..] {
            [_, "users" | "groups" | "things", _, rest @ ..] | [_, rest @ ..] => rest,
            [] => return None,
        };
        match in_scope {
            ["buckets"] => Some(Self::Buckets),
            ["buckets", _] => Some(Self::Bucket),
            ["buckets", _, "objects"] => Some(Self::Objects),
            ["buckets", _, "query"] => Some(Self::Query),
            ["buckets", _, "objects", _] => Some(Self::Object),
            ["acl"] | ["buckets", _, "acl"] | ["buckets", _, "objects", _, "acl"] => Some(Self::Acl),
            ["acl", _] | ["buckets", _, "acl", _] | ["buckets", _, "objects", _, "acl", _] => Some(Self::AclVerb),
            ["acl", _, _] | ["buckets", _, "acl", _, _] | ["buckets", _, "objects", _, "acl", _, _] => {
                Some(Self::AclEntry)
            }
            _ => None,
        }
    }

    /// The methods that `Allow` lists.
    fn methods(self) -> &'static str {
        match self {
            Self::Objects => "GET, HEAD, OPTIONS, POST",
            Self::Query => "OPTIONS, POST",
            Self::Object => "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            Self::Buckets | Self::AclVerb => "GET, HEAD, OPTIONS",
            Self::Bucket | Self::AclEntry => "DELETE, GET, HEAD, OPTIONS, PUT",
            Self::Acl => "GET, HEAD, OPTIONS, PUT",
            Self::Me | Self::Description => "GET, HEAD, OPTIONS",
            Self::Token | Self::Revocation => "OPTIONS, POST",
        }
    }
}

/// A row of the table of successful answers: what `resource` answers to `method` with `status`.
struct Success {
    resource: Resource,
    /// The method, after an override.
    method: &'static str,
    status: u16,
    content: Content,
    cache: Cache,
    /// The headers in addition to those that every answer has.
    headers: &'static [(&'static str, Header)],
}

/// Content type and body of a success.
#[derive(Clone, Copy)]
enum Content {
    /// Neither.
    None,
    /// A body of Kii's: the part of its media type between `application/vnd.kii.` and `+json`, and its members in their
    /// order.
    Kii(&'static str, &'static [(&'static str, Member)]),
    /// A body of Kii's of this name, whose JSON has the form that the function checks.
    Form(&'static str, fn(&Value) -> bool),
    /// The media type of Kii's of this name, without a body.
    NoForm(&'static str),
    /// An object as clients see it, with its own media type.
    Object,
    /// The media type of an object, without a body.
    NoObject,
    /// Plain JSON with these members in their order.
    Json(&'static [(&'static str, Member)]),
    /// The file with the description of the API, as it is.
    Description,
    /// The media type of JSON, without a body.
    NoJson,
}

/// Whether a client may cache an answer.
#[derive(Clone, Copy, PartialEq)]
enum Cache {
    /// No.
    Never,
    /// Yes, but it must ask each time whether the answer is still current.
    Private,
    /// Yes, and so may everybody between, for an hour.
    Public,
}

impl Cache {
    /// The value of `Cache-Control`.
    fn control(self) -> &'static str {
        match self {
            Self::Never => "no-store",
            Self::Private => "private, no-cache",
            Self::Public => "public, max-age=3600",
        }
    }
}

const PREFLIGHT: &[(&str, Header)] = &[
    ("access-control-allow-methods", Header::Methods),
    ("access-control-allow-headers", Header::AllowedHeaders),
    ("access-control-max-age", Header::Is("86400")),
];

/// The description of the API.
const DESCRIPTION: &str = include_str!("../../docs/openapi.json");

const UPDATED: Content =
    Content::Kii("ObjectUpdateResponse", &[("createdAt", Member::Milliseconds), ("modifiedAt", Member::Milliseconds)]);

const fn success(
    resource: Resource,
    method: &'static str,
    status: u16,
    content: Content,
    headers: &'static [(&'static str, Header)],
) -> Success {
    Success { resource, method, status, content, cache: Cache::Never, headers }
}

/// An answer that a client may cache.
const fn cached(row: Success) -> Success {
    Success { cache: Cache::Private, ..row }
}

/// An answer that everybody may cache.
const fn public(row: Success) -> Success {
    Success { cache: Cache::Public, ..row }
}

/// Whether a value is a subject as bodies have it.
fn is_subject(value: &Value) -> bool {
    let members = value.as_object();
    members.is_some_and(|members| {
        members.len() == 1
            && members
                .iter()
                .all(|(name, id)| ["userID", "groupID", "thingID"].contains(&name.as_str()) && id.is_string())
    })
}

/// Whether a value is a list of subjects that has some.
fn is_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_subject))
}

const WHOLE_ACL: fn(&Value) -> bool = |acl| acl.as_object().is_some_and(|verbs| verbs.values().all(is_list));
const VERB: fn(&Value) -> bool = |list| list.as_array().is_some_and(|list| list.iter().all(is_subject));
const SIZE: fn(&Value) -> bool = |bucket| *bucket == json!({"bucketType": "rw", "size": bucket["size"].as_u64()});
const BUCKET: fn(&Value) -> bool = |bucket| *bucket == json!({"bucketType": "rw"});
const BUCKET_IDS: fn(&Value) -> bool = |page| {
    let is_key = |(name, value): (&String, &Value)| match name.as_str() {
        "bucketIDs" => value.as_array().is_some_and(|ids| ids.len() <= 200 && ids.iter().all(Value::is_string)),
        "nextPaginationKey" => value.is_string(),
        _ => false,
    };
    page["bucketIDs"].is_array() && page.as_object().is_some_and(|page| page.iter().all(is_key))
};

/// Whether a value is what a query found: a page of objects, or a count.
const FOUND: fn(&Value) -> bool = |found| {
    let is_member = |(name, value): (&String, &Value)| match name.as_str() {
        "queryDescription" | "nextPaginationKey" => value.is_string(),
        "results" => value.as_array().is_some_and(|hits| hits.len() <= 200 && hits.iter().all(is_hit)),
        "aggregations" => {
            value.as_object().is_some_and(|counts| counts.len() == 1 && counts.values().all(Value::is_u64))
        }
        "explain" => value["plan"].is_string() && value["itemsRead"].is_u64() && value["readUnits"].is_number(),
        _ => false,
    };
    let is_page = found["queryDescription"].is_string() && found["results"].is_array();
    (is_page != found["aggregations"].is_object()) && found.as_object().is_some_and(|found| found.iter().all(is_member))
};

/// Whether a value is an object as queries show it.
fn is_hit(value: &Value) -> bool {
    let is_distance = |calculated: &Value| calculated.as_object().is_some_and(|all| all.values().all(Value::is_f64));
    value["_id"].is_string()
        && value["_version"].is_string()
        && value["_created"].is_u64()
        && value["_modified"].is_u64()
        && value.get("_calculated").is_none_or(is_distance)
}

/// The table of successful answers.
const SUCCESSES: [Success; 46] = [
    success(
        Resource::Objects,
        "POST",
        201,
        Content::Kii(
            "ObjectCreationResponse",
            &[("objectID", Member::ObjectId), ("createdAt", Member::Milliseconds), ("dataType", Member::Text)],
        ),
        &[
            ("etag", Header::Is("\"1\"")),
            ("location", Header::LocationOfNew),
            ("idempotent-replayed", Header::IsOrAbsent("true")),
        ],
    ),
    success(Resource::Objects, "GET", 200, Content::Form("QueryResponse", FOUND), &[]),
    success(Resource::Objects, "HEAD", 200, Content::NoForm("QueryResponse"), &[]),
    success(Resource::Objects, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Query, "POST", 200, Content::Form("QueryResponse", FOUND), &[]),
    success(Resource::Query, "OPTIONS", 204, Content::None, PREFLIGHT),
    cached(success(
        Resource::Object,
        "GET",
        200,
        Content::Object,
        &[("etag", Header::Version), ("last-modified", Header::Date)],
    )),
    cached(success(
        Resource::Object,
        "HEAD",
        200,
        Content::NoObject,
        &[("etag", Header::Version), ("last-modified", Header::Date)],
    )),
    cached(success(Resource::Object, "GET", 304, Content::None, &[("etag", Header::Version)])),
    cached(success(Resource::Object, "HEAD", 304, Content::None, &[("etag", Header::Version)])),
    success(Resource::Object, "PUT", 200, UPDATED, &[("etag", Header::Version)]),
    success(Resource::Object, "PUT", 201, UPDATED, &[("etag", Header::Version), ("location", Header::Location)]),
    success(Resource::Object, "PATCH", 200, Content::Object, &[("etag", Header::Version)]),
    success(Resource::Object, "DELETE", 204, Content::None, &[]),
    success(Resource::Object, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Buckets, "GET", 200, Content::Form("BucketsRetrievalResponse", BUCKET_IDS), &[]),
    success(Resource::Buckets, "HEAD", 200, Content::NoForm("BucketsRetrievalResponse"), &[]),
    success(Resource::Buckets, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Bucket, "GET", 200, Content::Form("BucketRetrievalResponse", SIZE), &[]),
    success(Resource::Bucket, "HEAD", 204, Content::None, &[]),
    success(
        Resource::Bucket,
        "PUT",
        201,
        Content::Form("BucketCreationResponse", BUCKET),
        &[("location", Header::LocationOfBucket)],
    ),
    success(Resource::Bucket, "DELETE", 204, Content::None, &[]),
    success(Resource::Bucket, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Acl, "GET", 200, Content::Form("ACLRetrievalResponse", WHOLE_ACL), &[("etag", Header::Digest)]),
    success(Resource::Acl, "HEAD", 200, Content::NoForm("ACLRetrievalResponse"), &[("etag", Header::Digest)]),
    success(Resource::Acl, "PUT", 204, Content::None, &[("etag", Header::Digest)]),
    success(Resource::Acl, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::AclVerb, "GET", 200, Content::Form("ACLVerbRetrievalResponse", VERB), &[]),
    success(Resource::AclVerb, "HEAD", 200, Content::NoForm("ACLVerbRetrievalResponse"), &[]),
    success(Resource::AclVerb, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::AclEntry, "GET", 200, Content::Form("ACLSubjectRetrievalResponse", is_subject), &[]),
    success(Resource::AclEntry, "HEAD", 200, Content::NoForm("ACLSubjectRetrievalResponse"), &[]),
    success(Resource::AclEntry, "PUT", 204, Content::None, &[]),
    success(Resource::AclEntry, "DELETE", 204, Content::None, &[]),
    success(Resource::AclEntry, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Me, "GET", 200, Content::Kii("UserDataRetrievalResponse", USER), &[]),
    success(Resource::Me, "HEAD", 200, Content::NoForm("UserDataRetrievalResponse"), &[]),
    success(Resource::Me, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Token, "POST", 200, Content::Json(ISSUED), UNCACHED),
    success(Resource::Token, "POST", 200, Content::Json(EXCHANGED), UNCACHED),
    success(Resource::Token, "OPTIONS", 204, Content::None, PREFLIGHT),
    success(Resource::Revocation, "POST", 200, Content::Json(&[]), &[]),
    success(Resource::Revocation, "OPTIONS", 204, Content::None, PREFLIGHT),
    public(success(Resource::Description, "GET", 200, Content::Description, &[])),
    public(success(Resource::Description, "HEAD", 200, Content::NoJson, &[])),
    success(Resource::Description, "OPTIONS", 204, Content::None, PREFLIGHT),
];

/// What a user is told about itself.
const USER: &[(&str, Member)] =
    &[("userID", Member::Text), ("_hasPassword", Member::Bool(true)), ("_disabled", Member::Bool(false))];

/// A token for a client or an anonymous caller.
const ISSUED: &[(&str, Member)] = &[
    ("id", Member::Text),
    ("access_token", Member::OpaqueToken),
    ("expires_in", Member::Lifetime),
    ("token_type", Member::Is("Bearer")),
];

/// A token in exchange for another one.
const EXCHANGED: &[(&str, Member)] = &[
    ("id", Member::Text),
    ("access_token", Member::OpaqueToken),
    ("expires_in", Member::Lifetime),
    ("token_type", Member::Is("Bearer")),
    ("issued_token_type", Member::Is("urn:ietf:params:oauth:token-type:access_token")),
];

const UNCACHED: &[(&str, Header)] = &[("pragma", Header::Is("no-cache"))];

/// The errors of OAuth endpoints (RFC 6749, section 5.2), by status.
const OAUTH_ERRORS: [(u16, &str); 5] = [
    (400, "invalid_request"),
    (400, "invalid_grant"),
    (400, "unsupported_grant_type"),
    (400, "unsupported_token_type"),
    (401, "invalid_client"),
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
        401 => &[("www-authenticate", Header::Challenge)],
        405 => &[("allow", Header::Methods)],
        503 => &[("retry-after", Header::Seconds)],
        _ => &[],
    };
    Failure { status, code, media_type, headers, members }
}

/// The members of an error about a bucket.
const OF_BUCKET: &[(&str, Member)] = &[("objectScope", Member::Scope), ("bucketID", Member::Text)];
/// The members of an error about an object.
const OF_OBJECT: &[(&str, Member)] =
    &[("objectScope", Member::Scope), ("bucketID", Member::Text), ("objectID", Member::Text)];

/// What an error about an entry of an ACL names.
const OF_ENTRY: &[(&str, Member)] = &[("verb", Member::Text), ("subject", Member::Text)];

/// The contract's table of errors.
const FAILURES: [Failure; 30] = [
    failure(400, "INVALID_BUCKET", "InvalidBucketException", &[("bucketID", Member::Echo)]),
    failure(400, "BUCKET_TYPE_NOT_SUPPORTED", "InvalidBucketException", &[("bucketID", Member::Echo)]),
    failure(400, "INVALID_INPUT_DATA", "InvalidInputDataException", &[("field", Member::Echo)]),
    failure(400, "INVALID_DATA_TYPE", "InvalidDataTypeException", &[("contentType", Member::Echo)]),
    failure(400, "INVALID_JSON", "InvalidJsonException", &[]),
    failure(400, "INVALID_OBJECT_ID", "InvalidObjectIDException", &[("objectID", Member::Echo)]),
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
    failure(404, "OBJECT_NOT_FOUND", "ObjectNotFoundException", OF_OBJECT),
    failure(404, "BUCKET_NOT_FOUND", "BucketNotFoundException", OF_BUCKET),
    failure(405, "METHOD_NOT_ALLOWED", "MethodNotAllowedException", &[]),
    failure(409, "OBJECT_VERSION_IS_STALE", "StaleVersionedObjectException", OF_OBJECT),
    failure(409, "OBJECT_ALREADY_EXISTS", "ObjectAlreadyExistsException", OF_OBJECT),
    failure(409, "BUCKET_ALREADY_EXISTS", "BucketAlreadyExistsException", OF_BUCKET),
    failure(404, "ACL_NOT_FOUND", "ACLNotFoundException", OF_ENTRY),
    failure(409, "ACL_ALREADY_EXISTS", "ACLAlreadyExistsException", OF_ENTRY),
    failure(409, "ACL_VERSION_IS_STALE", "StaleVersionedACLException", &[]),
    failure(409, "OPERATION_NOT_ALLOWED", "OperationNotAllowedException", &[]),
    failure(400, "QUERY_NOT_SUPPORTED", "QueryNotSupportedException", &[]),
    failure(413, "INVALID_INPUT_DATA", "InvalidInputDataException", &[("maximumBytes", Member::OneOf(&[262_144]))]),
    failure(422, "IDEMPOTENCY_KEY_REUSED", "IdempotencyKeyReusedException", &[]),
    // Errors by what is stored and by what is sent.
    failure(
        413,
        "INVALID_INPUT_DATA",
        "InvalidInputDataException",
        &[("maximumCharacters", Member::OneOf(&[65_534, 131_068]))],
    ),
    failure(415, "INVALID_INPUT_DATA", "InvalidInputDataException", &[("field", Member::Echo)]),
    failure(503, "QUERY_TIMEOUT", "QueryTimeoutException", &[]),
    failure(503, "TEMPORARY_UNAVAILABLE_ERROR", "TemporaryUnavailableException", &[("requestID", Member::RequestId)]),
    failure(500, "UNDEFINED_ERROR", "UndefinedErrorException", &[("requestID", Member::RequestId)]),
];

/// A rule for the value of a header.
#[derive(Clone, Copy)]
enum Header {
    Is(&'static str),
    IsOrAbsent(&'static str),
    /// The URL of the object that the body names.
    LocationOfNew,
    /// The URL of the object that the path names.
    Location,
    /// The URL of a bucket.
    LocationOfBucket,
    /// The digest of an ACL in double quotes.
    Digest,
    /// A version in double quotes.
    Version,
    /// A date as HTTP writes it, in the past or now.
    Date,
    /// The methods of a resource.
    Methods,
    /// A number of seconds.
    Seconds,
    /// The list of header fields that the preflight asks for, or else the usual one.
    AllowedHeaders,
    /// The scheme that the caller used, or both if it sent nothing.
    Challenge,
}

/// A rule for the value of a member.
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
    OneOf(&'static [u64]),
    /// An app ID, a type and, unless that is the app scope's, the ID of the user, group or thing.
    Scope,
    /// The same as in the header.
    RequestId,
    /// This text.
    Is(&'static str),
    Bool(bool),
    /// `pail_` and 43 characters of URL-safe Base64.
    OpaqueToken,
    /// Seconds that Kii's SDKs can hold.
    Lifetime,
}

/// The headers that answers of any row can have.
const COMMON: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "cache-control",
    "content-type",
    "vary",
    "x-request-id",
];

/// The challenges: Basic, Bearer, and both.
const CHALLENGES: [&str; 3] = [
    r#"Basic realm="pail", charset="UTF-8""#,
    r#"Bearer realm="pail""#,
    r#"Basic realm="pail", charset="UTF-8", Bearer realm="pail""#,
];
const EXPOSED: &str = "ETag, Location, Content-Type, X-Request-Id, Retry-After, Idempotent-Replayed";
const ALLOWED: &str = "authorization, content-type, x-kii-appid, x-kii-appkey, x-kii-sdk, x-http-method-override, \
                       if-match, if-none-match, idempotency-key";

impl Answer {
    /// The JSON of the body. A number that is out of the range of `serde_json` is a text.
    pub fn json(&self) -> Value {
        let value = serde_json::from_str(&self.body).ok();
        let value = value.or_else(|| Tree::read(self.body.as_bytes()).map(Tree::into_value));
        value.unwrap_or_else(|| panic!("the body is no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A member of the body that is a text.
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no text {member}: {self:?}")).to_owned()
    }

    /// Whether it is marked as a replay of the answer to an earlier request with the same key.
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
        if self.status < 400 || self.body.is_empty() { String::new() } else { self.text("errorCode") }
    }

    /// Checks the answer to any request: it must be one of the contract's tables.
    pub fn check(&self, allowed_origin: &str) {
        self.check_among(allowed_origin, &Resource::ALL, None);
    }

    /// Checks the answer to this request.
    pub fn check_for(&self, call: &Call, allowed_origin: &str) {
        let resource = Resource::of(&call.path);
        let resources = resource.as_ref().map_or(&Resource::ALL[..], std::slice::from_ref);
        self.check_among(allowed_origin, resources, Some(call));
        #[cfg(feature = "description")]
        crate::description::check(call, self);
    }

    /// Checks the answer against the rows of these resources and, if one is given, of this request.
    fn check_among(&self, allowed_origin: &str, resources: &[Resource], call: Option<&Call>) {
        let method = call.map(Call::effective_method);
        let (content_type, cache, headers) = if self.status < 400 {
            let row = SUCCESSES
                .iter()
                .filter(|row| {
                    resources.contains(&row.resource) && method.as_ref().is_none_or(|method| row.method == method)
                })
                .filter(|row| row.status == self.status && self.is_of(row.content))
                .find(|row| method.is_some() || self.has_headers_of(row))
                .unwrap_or_else(|| panic!("the contract has no such answer: {self:?}"));
            match row.content {
                Content::None | Content::NoObject | Content::NoForm(_) | Content::NoJson => {
                    assert_eq!(self.body, "", "{self:?}");
                }
                Content::Description => assert!(self.body == DESCRIPTION, "the description is not the file"),
                Content::Form(_, is_right) => {
                    assert!(is_right(&self.json()) && self.body == compact(&self.body), "{self:?}");
                }
                Content::Kii(_, members) | Content::Json(members) => self.check_members(members),
                Content::Object => self.check_object(),
            }
            let own = Some(self.header("content-type").to_owned()).filter(|own| !own.is_empty());
            (own, row.cache, row.headers)
        } else if self.body.is_empty() && method.as_ref().is_none_or(|method| method == "HEAD") {
            let own = self.header("content-type");
            let row = FAILURES.iter().find(|row| row.status == self.status && own == media_type_of(row.media_type));
            let row = row.unwrap_or_else(|| panic!("the contract has no such error: {self:?}"));
            (Some(own.to_owned()), Cache::Never, row.headers)
        } else if self.is_of_oauth() {
            let (content_type, headers) = self.check_oauth_error(resources);
            (Some(content_type.to_owned()), Cache::Never, headers)
        } else {
            assert!(method.is_none_or(|method| method != "HEAD"), "HEAD was answered with a body: {self:?}");
            let row = self.failure();
            self.check_members(&[&[("errorCode", Member::Text), ("message", Member::Text)], row.members].concat());
            assert!(is_one_sentence(&self.text("message")), "{self:?}");
            (Some(media_type_of(row.media_type)), Cache::Never, row.headers)
        };
        let mut fixed = vec![
            ("access-control-allow-origin", allowed_origin),
            ("access-control-expose-headers", EXPOSED),
            ("cache-control", cache.control()),
        ];
        fixed.extend(match (allowed_origin, cache) {
            ("*", Cache::Never | Cache::Public) => None,
            ("*", Cache::Private) => Some(("vary", "Authorization")),
            (_, Cache::Never | Cache::Public) => Some(("vary", "Origin")),
            (_, Cache::Private) => Some(("vary", "Origin, Authorization")),
        });
        fixed.extend(content_type.as_deref().map(|content_type| ("content-type", content_type)));
        let mut found = self.headers.clone();
        for (name, value) in fixed {
            assert_eq!(found.remove(name).as_deref(), Some(value), "{name} of {self:?}");
        }
        assert!(found.remove("x-request-id").is_some_and(|id| is_visible_ascii(&id)), "{self:?}");
        for (name, header) in headers {
            let value = found.remove(*name);
            assert!(self.has(*header, value.as_deref(), resources, call), "{name} of {self:?}");
        }
        assert!(found.is_empty(), "headers beyond those of the contract, {found:?}: {self:?}");
    }

    /// Whether it is an error in the form of OAuth.
    fn is_of_oauth(&self) -> bool {
        self.header("content-type") == PLAIN_JSON
    }

    /// Checks an error in the form of OAuth. Returns its media type and its headers.
    fn check_oauth_error(&self, resources: &[Resource]) -> (&'static str, &'static [(&'static str, Header)]) {
        let is_known = OAUTH_ERRORS.iter().any(|(status, code)| self.status == *status && self.error_code() == *code);
        assert!(is_known, "the contract has no such error: {self:?}");
        assert!(resources.iter().any(|one| [Resource::Token, Resource::Revocation].contains(one)), "{self:?}");
        self.check_members(&[
            ("error", Member::Text),
            ("error_description", Member::Text),
            ("errorCode", Member::Text),
        ]);
        assert_eq!(self.text("error"), self.error_code());
        let description = self.text("error_description");
        assert!(is_one_sentence(&description) && !description.contains(['"', '\\']), "{self:?}");
        let headers: &[_] = match self.status {
            401 => &[("www-authenticate", Header::Is(CHALLENGES[0]))],
            _ => &[],
        };
        (PLAIN_JSON, headers)
    }

    /// Whether the media type is that of this content, or there is neither content nor media type.
    fn is_of(&self, content: Content) -> bool {
        let own = self.header("content-type");
        match content {
            Content::None => self.body.is_empty() && !self.headers.contains_key("content-type"),
            Content::Kii(name, _) | Content::Form(name, _) => !self.body.is_empty() && own == media_type_of(name),
            Content::NoForm(name) => self.body.is_empty() && own == media_type_of(name),
            Content::Object => !self.body.is_empty() && type_of_object(own).is_some(),
            Content::NoObject => self.body.is_empty() && type_of_object(own).is_some(),
            Content::Json(members) => own == PLAIN_JSON && self.has_members(members),
            Content::Description => own == PLAIN_JSON && !self.body.is_empty(),
            Content::NoJson => own == PLAIN_JSON && self.body.is_empty(),
        }
    }

    /// Whether the answer has exactly the headers of a row. This distinguishes rows of different methods.
    fn has_headers_of(&self, row: &Success) -> bool {
        let is_optional = |header: &Header| matches!(header, Header::IsOrAbsent(_));
        let has = |(name, header): &(&str, Header)| is_optional(header) || self.headers.contains_key(*name);
        let is_of_row = |name: &String| row.headers.iter().any(|(known, _)| known == name);
        row.headers.iter().all(has) && self.headers.keys().all(|name| is_of_row(name) || COMMON.contains(&&**name))
    }

    /// Checks that the body is an object as clients see it: compact, and with the members of the server after its own.
    fn check_object(&self) {
        assert_eq!(self.body, compact(&self.body));
        let Some(Tree::Object(members)) = Tree::read(self.body.as_bytes()) else { panic!("no object: {self:?}") };
        let from = members.iter().position(|(name, _)| name.starts_with('_')).unwrap_or(members.len());
        let (name, version) = (type_of_object(self.header("content-type")), self.version());
        let mut own = members[from..].iter();
        let mut next = |expected: &str| match own.next() {
            Some((name, value)) if name == expected => value.clone(),
            other => panic!("{other:?} instead of {expected}: {self:?}"),
        };
        let has = |name: &str| members[from..].iter().any(|(known, _)| known == name);
        assert!(matches!(next("_id"), Tree::Text(_)), "{self:?}");
        for time in ["_created", "_modified"] {
            assert!(matches!(next(time), Tree::Word(number) if number.parse::<u64>().is_ok()), "{self:?}");
        }
        if has("_owner") {
            assert!(matches!(next("_owner"), Tree::Text(_)), "{self:?}");
        }
        assert_eq!(next("_version"), Tree::Text(version.to_string()), "{self:?}");
        if let Some(Some(name)) = name {
            assert_eq!(next("_dataType"), Tree::Text(name.to_owned()), "{self:?}");
        }
        assert_eq!(own.next(), None, "{self:?}");
    }

    /// The version in the `ETag`.
    pub fn version(&self) -> u64 {
        version_of(self.header("etag")).unwrap_or_else(|| panic!("no version: {self:?}"))
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
    fn has(&self, header: Header, value: Option<&str>, resources: &[Resource], call: Option<&Call>) -> bool {
        match header {
            Header::Is(expected) => value == Some(expected),
            Header::IsOrAbsent(expected) => value.is_none_or(|value| value == expected),
            Header::LocationOfNew => value
                .is_some_and(|url| is_location(url) && url.ends_with(&format!("/objects/{}", self.text("objectID")))),
            Header::Location => value.is_some_and(|url| {
                let path = call.map(|call| call.path.split('?').next().unwrap_or_default());
                let id = path.and_then(|path| path.rsplit_once('/')).filter(|(_, id)| !id.contains('%'));
                is_location(url) && id.is_none_or(|(_, id)| url.ends_with(&format!("/objects/{id}")))
            }),
            Header::LocationOfBucket => value.is_some_and(|url| is_location(&format!("{url}/objects/any"))),
            Header::Digest => value.is_some_and(is_digest),
            Header::Version => value.and_then(version_of).is_some(),
            Header::Date => value.is_some_and(is_http_date),
            Header::Methods => resources.iter().any(|resource| value == Some(resource.methods())),
            Header::Seconds => value.is_some_and(|value| value.parse::<u32>().is_ok()),
            Header::AllowedHeaders => {
                let asked = call.map(|call| call.values("access-control-request-headers").join(","));
                value.is_some_and(|value| value == ALLOWED || asked.is_none_or(|asked| asked == value))
            }
            Header::Challenge => value.is_some_and(|value| match call {
                None => CHALLENGES.contains(&value),
                Some(call) => value == challenge_to(call),
            }),
        }
    }

    /// Whether the names of the members are these, by which plain JSON is told from objects.
    fn has_members(&self, expected: &[(&str, Member)]) -> bool {
        let members: Option<Members<Value>> = serde_json::from_str(&self.body).ok();
        members.is_some_and(|members| {
            members.0.iter().map(|(name, _)| name.as_str()).eq(expected.iter().map(|(name, _)| *name))
        })
    }

    /// Checks that the body has these members, in this order, and no others.
    fn check_members(&self, expected: &[(&str, Member)]) {
        let members = if self.body.is_empty() { Vec::new() } else { self.members() };
        let names = members.iter().map(|(name, _)| name.as_str());
        assert!(names.eq(expected.iter().map(|(name, _)| *name)), "the members are not the expected ones: {self:?}");
        for ((name, value), (_, member)) in members.iter().zip(expected) {
            let is_right = match member {
                Member::Text => value.is_string(),
                Member::Echo => value.as_str().is_some_and(|text| text.chars().count() <= 128),
                // Only an ID that is derived from a key can occur again.
                Member::ObjectId => {
                    value.as_str().is_some_and(|id| is_uuid(id, '8') || is_uuid(id, '4') && !self.is_replay())
                }
                Member::Milliseconds => value.is_u64(),
                Member::OneOf(numbers) => numbers.iter().any(|number| value == number),
                Member::Scope => is_scope(value),
                Member::RequestId => value == self.header("x-request-id"),
                Member::Is(text) => value == text,
                Member::Bool(bool) => value == bool,
                Member::OpaqueToken => value.as_str().is_some_and(|text| OpaqueToken::parse(text).is_some()),
                Member::Lifetime => value.as_u64().is_some_and(|seconds| (1..=2_147_483_647).contains(&seconds)),
            };
            assert!(is_right, "{name} of {self:?}");
        }
    }

    /// The members of the body in their order. The body must be compact, and contain no per cent sign.
    fn members(&self) -> Vec<(String, Value)> {
        let members: Members<Value> =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let compact = serde_json::to_string(&members).unwrap_or_default();
        assert_eq!(self.body, compact.replace('%', "\\u0025"));
        members.0
    }
}

/// Whether a text is a strong entity tag of 128 bits.
fn is_digest(tag: &str) -> bool {
    let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The version in a strong entity tag.
fn version_of(tag: &str) -> Option<u64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    digits.parse().ok().filter(|version: &u64| *version > 0 && version.to_string() == digits)
}

/// The bare name of the data type in an object's content type, which is none for plain JSON; `None` for other content types.
fn type_of_object(content_type: &str) -> Option<Option<&str>> {
    let essence = content_type.strip_suffix(";charset=UTF-8")?;
    if essence == "application/json" {
        return Some(None);
    }
    let (_app, name) = essence.strip_prefix("application/vnd.")?.strip_suffix("+json")?.split_once('.')?;
    (!essence.starts_with("application/vnd.kii.")).then_some(Some(name))
}

/// Whether a text is a date such as `Mon, 21 Sep 2026 13:33:20 GMT`.
fn is_http_date(text: &str) -> bool {
    let shape = text.chars().map(|character| match character {
        '0'..='9' => '0',
        'A'..='Z' => 'A',
        'a'..='z' => 'a',
        other => other,
    });
    shape.eq("Aaa, 00 Aaa 0000 00:00:00 AAA".chars()) && text.ends_with(" GMT")
}

/// Whether a value is a scope as errors name it.
fn is_scope(value: &Value) -> bool {
    let (app, kind) = (&value["appID"], value["type"].as_str().unwrap_or_default());
    let owner = match kind {
        "APP" => return app.is_string() && *value == json!({"appID": app, "type": "APP"}),
        "APP_AND_USER" => "userID",
        "APP_AND_GROUP" => "groupID",
        "APP_AND_THING" => "thingID",
        _ => return false,
    };
    app.is_string() && value[owner].is_string() && *value == json!({"appID": app, "type": kind, owner: value[owner]})
}

const PLAIN_JSON: &str = "application/json;charset=UTF-8";

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
        // A new token is a secret from now on.
        let body: Option<Value> = sent["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
        if let Some(token) = body.as_ref().and_then(|body| body["access_token"].as_str()) {
            log::keep(token);
        }
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

/// Whether a text is the URL of an object: a host, the base path of a gateway, and IDs, in which what must be escaped is.
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
        // Of the characters of user IDs, `|` alone has to be escaped.
        && segments[base.len()..].iter().all(|id| of(&id.replace("%7C", "x"), b"._-:@+=~,"))
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
/// What a caller is asked for who sent this and is refused.
fn challenge_to(call: &Call) -> &'static str {
    let mut sent = call.values("authorization");
    if call.gateway != Gateway::RestApi {
        // Other gateways join all values.
        sent.truncate(1);
    }
    let is_basic = |value: &&str| value.trim_start().to_ascii_lowercase().starts_with("basic");
    let is_kii = |(name, _): &(String, String)| name.to_ascii_lowercase().starts_with("x-kii-");
    match (sent.iter().any(is_basic), sent.is_empty() && !call.headers.iter().any(is_kii)) {
        (true, _) => CHALLENGES[0],
        (false, false) => CHALLENGES[1],
        (false, true) => CHALLENGES[2],
    }
}

fn is_one_sentence(text: &str) -> bool {
    let begins_another = |rest: &str| rest.chars().next().is_some_and(char::is_uppercase);
    text.chars().next().is_some_and(char::is_uppercase)
        && text.ends_with('.')
        && !text.contains(['%', '\n', '!', '?'])
        && !text.split(". ").skip(1).any(begins_another)
}
