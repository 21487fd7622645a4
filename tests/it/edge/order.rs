//! A request with several faults gets the answer to the one that the contract looks at first (section 5).

use pail::model::app::App;
use serde_json::json;

use pail_testing::{Call, Gateway, Installation, app, callers};

/// The parts of a request that can be at fault, each by itself.
#[derive(Clone)]
struct Request {
    end: &'static str,
    method: &'static str,
    app: &'static str,
    user: &'static str,
    bucket: &'static str,
    /// Prepares the credentials; the app's ID is given.
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
    /// Whether it is found before the storage is read.
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

const TOO_LARGE: usize = 65_535;

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
    // `me` is somebody only for a user.
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
async fn of_two_faults_the_one_that_the_contract_looks_at_first_is_told() {
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
async fn a_request_with_every_fault_at_once_is_a_wrong_path() {
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
async fn a_wrong_app_key_is_told_before_users_me_and_rights_are_looked_at() {
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
