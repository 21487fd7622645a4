//! A request with several faults gets the answer to the fault that the contract checks first (section 5).

use pail::model::app::App;
use serde_json::json;

use pail_testing::{Call, Gateway, Installation, app, callers};

/// The parts of a request that can be wrong independently.
#[derive(Clone)]
struct Request {
    end: &'static str,
    method: &'static str,
    app: &'static str,
    user: &'static str,
    bucket: &'static str,
    /// Returns the credentials for an app ID.
    credentials: fn(Call, &str) -> Call,
    key: &'static str,
    content_type: &'static str,
    body: String,
}

/// One fault, in the order of the contract.
struct Fault {
    name: &'static str,
    /// Faults in one place exclude each other.
    place: &'static str,
    apply: fn(&mut Request),
    status: u16,
    code: &'static str,
    /// Whether the fault is found before the storage is read.
    unread: bool,
}

const fn fault(
    name: &'static str,
    place: &'static str,
    apply: fn(&mut Request),
    status: u16,
    code: &'static str,
) -> Fault {
    Fault { name, place, apply, status, code, unread: true }
}

const fn later(fault: Fault) -> Fault {
    Fault { unread: false, ..fault }
}

const TOO_LARGE: usize = 131_069;

const FAULTS: [Fault; 20] = [
    fault("shape", "end", |request| request.end = "objects/", 404, "NOT_FOUND"),
    fault("method", "method", |request| request.method = "DELETE", 405, "METHOD_NOT_ALLOWED"),
    fault("app ID", "app", |request| request.app = "!", 400, "INVALID_INPUT_DATA"),
    fault("user ID", "user", |request| request.user = "!", 400, "INVALID_INPUT_DATA"),
    fault("bucket type", "bucket", |request| request.bucket = "x:notes", 400, "BUCKET_TYPE_NOT_SUPPORTED"),
    fault("bucket ID", "bucket", |request| request.bucket = "_notes", 400, "INVALID_BUCKET"),
    fault("no credentials", "credentials", |request| request.credentials = |call, _| call, 401, "UNAUTHORIZED"),
    fault(
        "another app's credentials",
        "credentials",
        |request| request.credentials = |call, _| call.basic("another", "key"),
        401,
        "UNAUTHORIZED",
    ),
    fault("idempotency key", "key", |request| request.key = "a b", 400, "INVALID_INPUT_DATA"),
    fault("content type", "content type", |request| request.content_type = "text/plain", 400, "INVALID_DATA_TYPE"),
    fault("size", "body", |request| request.body = "x".repeat(TOO_LARGE), 413, "INVALID_INPUT_DATA"),
    fault("JSON", "body", |request| "{".clone_into(&mut request.body), 400, "INVALID_JSON"),
    later(fault("no app", "app", |request| request.app = "nowhere", 404, "APP_NOT_FOUND")),
    later(fault("disabled app", "app", |request| request.app = "closed", 403, "APP_DISABLED")),
    later(fault(
        "app key",
        "credentials",
        |request| request.credentials = |call, app| call.basic(app, "wrong"),
        401,
        "UNAUTHORIZED",
    )),
    later(fault(
        "token",
        "credentials",
        |request| request.credentials = |call, _| call.bearer("x.y.z"),
        403,
        "WRONG_TOKEN",
    )),
    later(fault(
        "expired token",
        "credentials",
        |request| {
            request.credentials = |call, app| call.bearer(&callers::token(json!({"aud": app, "exp": 1_700_000_000})));
        },
        403,
        "WRONG_TOKEN",
    )),
    // `me` exists only for users.
    later(fault(
        "users/me",
        "credentials",
        |request| {
            request.user = "me";
            request.credentials = |call, app| call.basic(app, &format!("{app}-key"));
        },
        401,
        "UNAUTHORIZED",
    )),
    later(fault("rights", "bucket", |request| request.bucket = "locked", 401, "UNAUTHORIZED")),
    later(fault("reused key", "key", |request| request.key = "used", 422, "IDEMPOTENCY_KEY_REUSED")),
];

fn good() -> Request {
    Request {
        end: "objects",
        method: "POST",
        app: "demo",
        user: "alice",
        bucket: "notes",
        credentials: |call, app| call.bearer(&callers::token(json!({"aud": app}))),
        key: "fresh",
        content_type: "application/json",
        body: "{}".to_owned(),
    }
}

impl Request {
    fn call(&self) -> Call {
        let path = format!("/api/apps/{}/users/{}/buckets/{}/{}", self.app, self.user, self.bucket, self.end);
        let call = Call::create("demo", "notes").path(&path).method(self.method).content_type(self.content_type);
        (self.credentials)(call.key(self.key).body(self.body.as_str()), self.app)
    }
}

async fn installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_app(App { disabled: true, ..app("closed") }).await;
    installation.put_bucket("demo/users/alice", "locked", json!({})).await;
    let used = Request { key: "used", body: "{\"another\":1}".to_owned(), ..good() };
    installation.created(&used.call()).await;
    installation
}

async fn refused(installation: &Installation, request: &Request, fault: &Fault) -> pail_testing::Answer {
    if fault.unread {
        installation.refused_unread(&request.call(), fault.status, fault.code).await
    } else if fault.status == 422 {
        installation.refused_by_condition(&request.call(), fault.status, fault.code).await
    } else {
        installation.refused(&request.call(), fault.status, fault.code).await
    }
}

#[tokio::test]
async fn of_two_faults_the_one_that_the_contract_checks_first_is_reported() {
    let installation = installation().await;
    installation.created(&good().call()).await;
    for (position, first) in FAULTS.iter().enumerate() {
        let mut request = good();
        (first.apply)(&mut request);
        let alone = refused(&installation, &request, first).await;
        for second in &FAULTS[position + 1..] {
            if second.place == first.place || (first.place == "user" && second.name == "users/me") {
                continue;
            }
            let mut request = good();
            (second.apply)(&mut request);
            (first.apply)(&mut request);
            let both = refused(&installation, &request, first).await;
            assert_eq!(both.text("errorCode"), alone.text("errorCode"), "{} before {}", first.name, second.name);
        }
    }
}

#[tokio::test]
async fn a_request_with_every_fault_is_refused_for_its_path() {
    let installation = installation().await;
    let mut request = good();
    for fault in FAULTS.iter().rev() {
        (fault.apply)(&mut request);
    }
    for gateway in Gateway::ALL {
        installation.refused_unread(&request.call().through(gateway), 404, "NOT_FOUND").await;
    }
}

#[tokio::test]
async fn a_wrong_app_key_is_reported_before_users_me_and_rights_are_checked() {
    let installation = installation().await;
    for scope in ["demo/users/me", "demo/users/alice"] {
        let answer =
            installation.refused(&Call::create(scope, "locked").basic("demo", "wrong"), 401, "UNAUTHORIZED").await;
        assert_eq!(answer.json().get("authenticatedPrincipalID"), None);
    }
    let me = Call::create("demo/users/me", "locked").bearer(&callers::thing("sensor-1"));
    let answer = installation.refused(&me, 401, "UNAUTHORIZED").await;
    assert!(answer.text("message").contains("users/me"), "{answer:?}");
}

/// A fault of a request, with the change that causes it. Faults in one place exclude each other.
struct Flaw {
    name: &'static str,
    place: &'static str,
    apply: fn(Call) -> Call,
    status: u16,
    code: &'static str,
}

const fn flaw(
    name: &'static str,
    place: &'static str,
    apply: fn(Call) -> Call,
    status: u16,
    code: &'static str,
) -> Flaw {
    Flaw { name, place, apply, status, code }
}

/// The faults that every request may have, until its path is read.
const SHAPE: Flaw = flaw("shape", "end", with_end, 404, "NOT_FOUND");
const METHOD: Flaw = flaw("method", "method", |call| call.method("TRACE"), 405, "METHOD_NOT_ALLOWED");
const APP_ID: Flaw = flaw("app ID", "app", |call| in_path(call, "/demo/", "/!/"), 400, "INVALID_INPUT_DATA");
const USER_ID: Flaw = flaw("user ID", "user", |call| in_path(call, "/alice/", "/!/"), 400, "INVALID_INPUT_DATA");
const BUCKET_ID: Flaw = flaw("bucket ID", "bucket", |call| in_path(call, "/notes", "/_notes"), 400, "INVALID_BUCKET");
const OBJECT_ID: Flaw = flaw("object ID", "object", |call| in_path(call, "/o1", "/!"), 400, "INVALID_OBJECT_ID");
const NO_CREDENTIALS: Flaw =
    flaw("no credentials", "credentials", |call| call.without("authorization"), 401, "UNAUTHORIZED");
const CONDITION: Flaw = flaw(
    "malformed condition",
    "condition",
    |call| call.without("if-match").header("If-Match", "\"1"),
    400,
    "INVALID_INPUT_DATA",
);
const ENCODING: Flaw =
    flaw("encoding", "encoding", |call| call.header("Content-Encoding", "gzip"), 415, "INVALID_INPUT_DATA");
const JSON: Flaw = flaw("JSON", "body", |call| call.body("{"), 400, "INVALID_JSON");
/// The faults that are found after the storage was read.
const TOKEN: Flaw = flaw("token", "credentials", |call| bearer_of(call, "x.y.z"), 403, "WRONG_TOKEN");
const RIGHTS: Flaw =
    flaw("rights", "credentials", |call| bearer_of(call, &callers::user("mallory")), 401, "UNAUTHORIZED");
const MISSING: Flaw = flaw("missing", "object", |call| in_path(call, "/o1", "/o2"), 404, "OBJECT_NOT_FOUND");

const PUT_OF_OBJECT: ([Flaw; 10], [Flaw; 3]) = (
    [
        SHAPE,
        METHOD,
        APP_ID,
        BUCKET_ID,
        OBJECT_ID,
        NO_CREDENTIALS,
        CONDITION,
        flaw("content type", "content type", |call| call.content_type("text/html"), 400, "INVALID_DATA_TYPE"),
        ENCODING,
        JSON,
    ],
    [TOKEN, RIGHTS, flaw("stale condition", "condition", stale, 409, "OBJECT_VERSION_IS_STALE")],
);

const PUT_OF_ACL: ([Flaw; 12], [Flaw; 4]) = (
    [
        SHAPE,
        METHOD,
        APP_ID,
        USER_ID,
        BUCKET_ID,
        OBJECT_ID,
        NO_CREDENTIALS,
        CONDITION,
        ENCODING,
        flaw("size", "body", |call| call.body(" ".repeat(262_145)), 413, "INVALID_INPUT_DATA"),
        JSON,
        flaw("verb", "body", |call| call.body(r#"{"READ":[]}"#), 400, "INVALID_INPUT_DATA"),
    ],
    [TOKEN, RIGHTS, MISSING, flaw("stale condition", "condition", stale, 409, "ACL_VERSION_IS_STALE")],
);

const GRANT: ([Flaw; 9], [Flaw; 4]) = (
    [
        SHAPE,
        METHOD,
        APP_ID,
        USER_ID,
        BUCKET_ID,
        OBJECT_ID,
        flaw("verb", "verb", |call| in_path(call, "/READ_", "/FEEL_"), 400, "INVALID_INPUT_DATA"),
        flaw("subject", "subject", |call| in_path(call, "UserID:bob", "bob"), 400, "INVALID_INPUT_DATA"),
        NO_CREDENTIALS,
    ],
    [
        TOKEN,
        RIGHTS,
        MISSING,
        flaw("granted", "subject", |call| in_path(call, ":bob", ":alice"), 409, "ACL_ALREADY_EXISTS"),
    ],
);

const PUT_OF_BUCKET: ([Flaw; 9], [Flaw; 3]) = (
    [
        SHAPE,
        METHOD,
        APP_ID,
        USER_ID,
        BUCKET_ID,
        NO_CREDENTIALS,
        ENCODING,
        JSON,
        flaw("type", "body", |call| call.body(r#"{"bucketType":"x"}"#), 400, "BUCKET_TYPE_NOT_SUPPORTED"),
    ],
    [TOKEN, RIGHTS, flaw("exists", "bucket", |call| in_path(call, "/notes2", "/notes"), 409, "BUCKET_ALREADY_EXISTS")],
);

const DROP: ([Flaw; 6], [Flaw; 3]) = (
    [SHAPE, METHOD, APP_ID, USER_ID, BUCKET_ID, NO_CREDENTIALS],
    [TOKEN, RIGHTS, flaw("missing", "bucket", |call| in_path(call, "/notes", "/none"), 404, "BUCKET_NOT_FOUND")],
);

const LIST: ([Flaw; 6], [Flaw; 2]) = (
    [
        SHAPE,
        METHOD,
        APP_ID,
        USER_ID,
        NO_CREDENTIALS,
        flaw("pagination key", "query", |call| in_path(call, "=aa", "=_"), 400, "INVALID_INPUT_DATA"),
    ],
    [TOKEN, RIGHTS],
);

fn in_path(call: Call, from: &str, to: &str) -> Call {
    let path = call.path.replacen(from, to, 1);
    call.path(&path)
}

/// The call with a slash at the end of its path.
fn with_end(call: Call) -> Call {
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let path = format!("{path}/?{query}");
    call.path(&path)
}

/// The call with a token, unless a fault has taken the credentials away.
fn bearer_of(call: Call, token: &str) -> Call {
    let has_credentials = call.headers.iter().any(|(name, _)| name == "Authorization");
    if has_credentials { call.bearer(token) } else { call }
}

/// The call with a condition that does not hold, unless it has a malformed one.
fn stale(call: Call) -> Call {
    let has_condition = call.headers.iter().any(|(name, _)| name == "If-Match");
    if has_condition { call } else { call.header("If-Match", "\"7\"") }
}

/// An installation with the object `o1` in the bucket `notes`, and a call of alice, whose scope it is.
async fn alices(method: &str, below: &str) -> (Installation, Call) {
    let installation = Installation::start().await;
    let object = Call::object("PUT", "demo/users/alice", "notes", "o1").bearer(&callers::user("alice"));
    assert_eq!(installation.answer(&object.clone().body("{}")).await.status, 201);
    (installation, object.method(method).path(&format!("/api/apps/demo/users/alice{below}")))
}

/// Checks the answer to each request with two faults. The first list is found before the storage is read.
async fn the_first_is_reported(installation: &Installation, good: &Call, (unread, later): (&[Flaw], &[Flaw])) {
    let faults: Vec<&Flaw> = unread.iter().chain(later).collect();
    for (position, first) in faults.iter().enumerate() {
        for second in &faults[position..] {
            if first.name != second.name && first.place == second.place && first.name != NO_CREDENTIALS.name {
                continue;
            }
            let call = (first.apply)(good.clone());
            let call = if first.name == second.name { call } else { (second.apply)(call) };
            println!("{} before {}: {} {}", first.name, second.name, call.method, call.path);
            if position < unread.len() {
                installation.refused_unread(&call, first.status, first.code).await;
            } else {
                installation.refused(&call, first.status, first.code).await;
            }
        }
    }
}

#[tokio::test]
async fn of_two_faults_of_a_put_the_one_that_the_contract_checks_first_is_reported() {
    let (installation, good) = alices("PUT", "/buckets/notes/objects/o1").await;
    let good = good.body("{}");
    the_first_is_reported(&installation, &good, (&PUT_OF_OBJECT.0, &PUT_OF_OBJECT.1)).await;
    // Rights are checked before existence, and existence before conditions.
    for bucket in ["notes", "nothing"] {
        let call = in_path(good.clone(), "/notes/", &format!("/{bucket}/")).bearer(&callers::user("mallory"));
        for path in ["/o1", "/o2"] {
            let call = in_path(call.clone(), "/o1", path).header("If-Match", "\"7\"");
            installation.refused(&call, 401, "UNAUTHORIZED").await;
        }
    }
    assert_eq!(installation.answer(&good).await.version(), 2);
}

#[tokio::test]
async fn of_two_faults_of_a_request_for_an_acl_the_one_that_the_contract_checks_first_is_reported() {
    let (installation, replace) = alices("PUT", "/buckets/notes/objects/o1/acl").await;
    let replace = replace.body("{}");
    the_first_is_reported(&installation, &replace, (&PUT_OF_ACL.0, &PUT_OF_ACL.1)).await;
    let grant = replace.path("/api/apps/demo/users/alice/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/UserID:bob");
    the_first_is_reported(&installation, &grant, (&GRANT.0, &GRANT.1)).await;
    assert_eq!(installation.answer(&grant).await.status, 204);
}

#[tokio::test]
async fn of_two_faults_of_a_request_for_buckets_the_one_that_the_contract_checks_first_is_reported() {
    let (installation, make) = alices("PUT", "/buckets/notes2").await;
    the_first_is_reported(&installation, &make, (&PUT_OF_BUCKET.0, &PUT_OF_BUCKET.1)).await;
    assert_eq!(installation.answer(&make).await.status, 201);
    let list = make.method("GET").path("/api/apps/demo/users/alice/buckets?paginationKey=aa");
    the_first_is_reported(&installation, &list, (&LIST.0, &LIST.1)).await;
    assert_eq!(installation.answer(&list).await.status, 200);
    let drop = list.method("DELETE").path("/api/apps/demo/users/alice/buckets/notes");
    the_first_is_reported(&installation, &drop, (&DROP.0, &DROP.1)).await;
    assert_eq!(installation.answer(&drop).await.status, 204);
}
