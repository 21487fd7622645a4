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

/// The faults of a PUT of an object in the order of the contract's checks, each with the change that causes it, the
/// status and the code.
type ObjectFault = (&'static str, fn(Call) -> Call, u16, &'static str);

const OBJECT_FAULTS: [ObjectFault; 13] = [
    ("shape", |call| in_path(call, "/o1", "/o1/"), 404, "NOT_FOUND"),
    ("method", |call| call.method("TRACE"), 405, "METHOD_NOT_ALLOWED"),
    ("app ID", |call| in_path(call, "/demo/", "/!/"), 400, "INVALID_INPUT_DATA"),
    ("bucket ID", |call| in_path(call, "/notes/", "/_notes/"), 400, "INVALID_BUCKET"),
    ("object ID", |call| in_path(call, "/o1", "/!"), 400, "INVALID_OBJECT_ID"),
    ("no credentials", |call| call.without("authorization"), 401, "UNAUTHORIZED"),
    ("malformed condition", |call| call.without("if-match").header("If-Match", "\"1"), 400, "INVALID_INPUT_DATA"),
    ("content type", |call| call.content_type("text/html"), 400, "INVALID_DATA_TYPE"),
    ("encoding", |call| call.header("Content-Encoding", "gzip"), 415, "INVALID_INPUT_DATA"),
    ("JSON", |call| call.body("{"), 400, "INVALID_JSON"),
    // The following faults are found after the storage was read.
    ("token", |call| bearer_of(call, "x.y.z"), 403, "WRONG_TOKEN"),
    ("rights", |call| bearer_of(call, &callers::user("mallory")), 401, "UNAUTHORIZED"),
    ("stale condition", |call| stale(call), 409, "OBJECT_VERSION_IS_STALE"),
];

fn in_path(call: Call, from: &str, to: &str) -> Call {
    let path = call.path.replacen(from, to, 1);
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

#[tokio::test]
async fn of_two_faults_of_a_put_the_one_that_the_contract_checks_first_is_reported() {
    let installation = Installation::start().await;
    let good = || Call::object("PUT", "demo/users/alice", "notes", "o1").bearer(&callers::user("alice")).body("{}");
    assert_eq!(installation.answer(&good()).await.status, 201);
    for (position, (first, apply_first, status, code)) in OBJECT_FAULTS.iter().enumerate() {
        let is_unread = position < 10;
        for (second, apply_second, ..) in &OBJECT_FAULTS[position..] {
            let call = apply_second(apply_first(good()));
            let call = if first == second { apply_first(good()) } else { call };
            // Both faults replace the token.
            if (*first, *second) == ("token", "rights") {
                continue;
            }
            println!("{first} before {second}");
            if is_unread {
                installation.refused_unread(&call, *status, code).await;
            } else {
                installation.refused(&call, *status, code).await;
            }
        }
    }
    // Rights are checked before existence, and existence before conditions.
    for bucket in ["notes", "nothing"] {
        let call = in_path(good(), "/notes/", &format!("/{bucket}/")).bearer(&callers::user("mallory"));
        for path in ["/o1", "/o2"] {
            let call = in_path(call.clone(), "/o1", path).header("If-Match", "\"7\"");
            installation.refused(&call, 401, "UNAUTHORIZED").await;
        }
    }
    assert_eq!(installation.answer(&good()).await.version(), 2);
}
