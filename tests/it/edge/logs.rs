//! The log: one line per request, and no secrets of callers.

use serde_json::{Value, json};

use pail_testing::fixtures::scope_acl_item;
use pail_testing::log::{self, Log};
use pail_testing::{Act, Call, INVOCATION_ID, Installation, app, bucket_item, callers, tables};

/// The lines since the last call.
fn take(log: &Log) -> Vec<Value> {
    log.take().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The lines of requests.
fn take_requests(log: &Log) -> Vec<Value> {
    take(log).into_iter().filter(|line| line["message"] == "request").collect()
}

fn call(scope: &str) -> Call {
    Call::create(scope, "notes").bearer(&callers::member("alice", &["crew"]))
}

#[tokio::test(start_paused = true)]
async fn each_request_is_logged_in_one_line() {
    let installation = Installation::start().await;
    let log = Log::collect();
    installation.wire.plan("GetItem", [Act::Cut]);
    for (call, scope, outcome, status, code, calls, retries) in [
        (call("demo"), "app", "created", 201, None, 4, 1),
        (call("demo"), "app", "created", 201, None, 2, 0),
        (call("demo/users/me"), "user", "created", 201, None, 3, 0),
        (call("demo/groups/crew"), "group", "created", 201, None, 3, 0),
        (call("demo/things/t"), "thing", "refused", 401, Some("UNAUTHORIZED"), 2, 0),
        (call("demo").bearer("x"), "app", "refused", 403, Some("WRONG_TOKEN"), 1, 0),
        (call("demo").without("authorization"), "app", "refused", 401, Some("UNAUTHORIZED"), 0, 0),
    ] {
        installation.answer(&call).await;
        let lines = take_requests(&log);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(line["level"], "INFO");
        let span = json!({
            "name": "request", "request_id": Call::REQUEST_ID, "app": "demo", "operation": "create_object",
        });
        assert_eq!((&line["span"], &line["scope"]), (&span, &scope.into()), "{line}");
        assert_eq!((&line["outcome"], &line["status"]), (&outcome.into(), &status.into()), "{line}");
        assert_eq!(line.get("error_code").cloned(), code.map(Value::from), "{line}");
        assert_eq!(line.get("target"), None, "{line}");
        assert_eq!((&line["storage_calls"], &line["retries"]), (&calls.into(), &retries.into()), "{line}");
        assert!(line["milliseconds"].is_number() && line["cold"] == false, "{line}");
    }
    for (event, outcome) in
        [("{}".to_owned(), "refused"), (call("demo").method("OPTIONS").event().to_string(), "preflight")]
    {
        installation.answer_event(&event).await;
        let lines = take_requests(&log);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["outcome"], outcome);
        assert_eq!((lines[0]["span"].get("app"), lines[0]["span"].get("operation")), (None, None), "{lines:?}");
    }
    installation.answer_event("{}").await;
    assert_eq!(take_requests(&log)[0]["span"]["request_id"], INVOCATION_ID);
}

/// A request, with the operation, the outcome and the status that the log has for it.
type Logged = (&'static str, &'static str, &'static str, &'static str, &'static str, u16);

/// Requests of alice in her scope, one after the other.
const REQUESTS: [Logged; 24] = [
    ("PUT", "/buckets/notes", "", "put_bucket", "created", 201),
    ("PUT", "/buckets/notes", "{}", "put_bucket", "refused", 409),
    ("GET", "/buckets/notes", "", "get_bucket", "read", 200),
    ("HEAD", "/buckets/notes", "", "get_bucket", "read", 204),
    ("GET", "/buckets", "", "list_buckets", "read", 200),
    ("HEAD", "/buckets", "", "list_buckets", "read", 200),
    ("PUT", "/buckets/notes/objects/o1", "{}", "put_object", "created", 201),
    ("PUT", "/buckets/notes/objects/o1", "{}", "put_object", "replaced", 200),
    ("GET", "/buckets/notes/objects/o1", "", "get_object", "read", 200),
    ("PATCH", "/buckets/notes/objects/o1", "{}", "patch_object", "changed", 200),
    ("GET", "/acl", "", "get_acl", "read", 200),
    ("GET", "/acl/CREATE_NEW_BUCKET", "", "get_acl", "read", 200),
    ("GET", "/acl/CREATE_NEW_BUCKET/UserID:alice", "", "get_acl", "read", 200),
    ("GET", "/acl/CREATE_NEW_BUCKET/UserID:bob", "", "get_acl", "refused", 404),
    ("HEAD", "/buckets/notes/acl", "", "get_acl", "read", 200),
    ("PUT", "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", "", "grant", "granted", 204),
    ("PUT", "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", "", "grant", "refused", 409),
    ("DELETE", "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", "", "revoke", "revoked", 204),
    ("DELETE", "/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", "", "revoke", "refused", 404),
    ("PUT", "/buckets/notes/objects/o1/acl", "{}", "put_acl", "replaced", 204),
    ("PUT", "/buckets/notes/acl", "{}", "put_acl", "refused", 409),
    ("DELETE", "/buckets/notes/objects/o1", "", "delete_object", "refused", 401),
    ("DELETE", "/buckets/notes", "", "drop_bucket", "dropped", 204),
    ("DELETE", "/buckets/notes", "", "drop_bucket", "refused", 404),
];

#[tokio::test]
async fn each_operation_is_logged_with_its_name_and_its_outcome() {
    let installation = Installation::start().await;
    let log = Log::collect();
    for (method, path, body, operation, outcome, status) in REQUESTS {
        let path = format!("/api/apps/demo/users/alice{path}");
        let call = Call::bucket(method, "demo", "notes").path(&path).bearer(&callers::user("alice")).body(body);
        let answer = installation.answer(&call).await;
        let lines = take_requests(&log);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        let found = (&line["span"]["operation"], &line["outcome"], &line["status"]);
        assert_eq!(found, (&operation.into(), &outcome.into(), &status.into()), "{method} {path}");
        assert_eq!((&line["scope"], answer.status), (&"user".into(), status), "{method} {path}");
        assert_eq!(line.get("error_code").is_some(), status >= 400, "{line}");
    }
    // An ACL that cannot be read is a fault of the installation.
    let mut of_scope = scope_acl_item("demo/users/alice", &json!({}));
    of_scope["acl"] = json!({"S": "everybody"});
    installation.put(of_scope).await;
    let call = Call::bucket("GET", "demo", "notes").path("/api/apps/demo/users/alice/acl");
    assert_eq!(installation.answer(&call.bearer(&callers::user("alice"))).await.status, 500);
    let lines = take_requests(&log);
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&line["span"]["operation"], &line["outcome"]), (&"get_acl".into(), &"failed".into()), "{line}");
}

/// The line of a failed attempt at a call, within a request.
fn is_failed_attempt(line: &Value, call: &str, attempt: usize) {
    assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &"attempt failed".into()), "{line}");
    assert_eq!((&line["call"], &line["attempt"]), (&call.into(), &attempt.into()), "{line}");
    assert_eq!(
        (&line["span"]["request_id"], &line["span"]["app"]),
        (&Call::REQUEST_ID.into(), &"demo".into()),
        "{line}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_failed_attempt_at_a_call_is_logged_with_its_cause() {
    let installation = Installation::start().await;
    let log = Log::collect();
    installation.wire.plan("BatchGetItem", [Act::error("ThrottlingException"), Act::Hang, Act::Cut]);
    installation.answer(&call("demo")).await;
    let lines = take(&log);
    assert_eq!(lines.len(), 4, "{lines:?}");
    // DynamoDB's message about throttling may repeat data of the caller.
    let causes = [None, Some("no answer in time"), Some("it cannot be reached: ")];
    for (attempt, (line, cause)) in lines.iter().zip(causes).enumerate() {
        is_failed_attempt(line, "BatchGetItem", attempt + 1);
        let logged = line.get("cause").and_then(Value::as_str);
        assert!(logged.is_some() == cause.is_some() && logged >= cause, "{line}");
    }
    assert_eq!((&lines[0]["code"], lines[1].get("code")), (&"ThrottlingException".into(), None));
    assert_eq!((&lines[3]["message"], &lines[3]["retries"]), (&"request".into(), &3.into()));

    let strange = r#"{"__type":"com.amazonaws.dynamodb.v20120810#Strange"}"#;
    let answers = [(400, "{}"), (500, strange)].map(|(status, body)| Act::Answer(status, body.to_owned()));
    installation.wire.plan("PutItem", answers);
    installation.answer(&call("demo")).await;
    // After a 500, the SDK warns that it has no connection to close, because the tests' wire has none.
    let lines: Vec<Value> = take(&log).into_iter().filter(|line| line["call"] == "PutItem").collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (attempt, (line, code)) in lines.iter().zip([None, Some("Strange")]).enumerate() {
        is_failed_attempt(line, "PutItem", attempt + 1);
        assert_eq!(line.get("code").and_then(Value::as_str), code, "{line}");
    }
    assert!(lines[0]["cause"].as_str().is_some_and(|cause| cause.contains("HTTP status 400")), "{lines:?}");
}

/// A request with a call that never succeeds logs a line per attempt, one about the storage, and its own line.
#[tokio::test(start_paused = true)]
async fn a_failure_of_the_storage_is_logged_with_its_cause_before_the_requests_line() {
    let installation = Installation::start().await;
    let log = Log::collect();
    let unavailable = (4, "WARN", "storage is unavailable", "no answer in time", 503, "TEMPORARY_UNAVAILABLE_ERROR");
    let fault = (0, "ERROR", "storage is at fault", "It is not there.", 500, "UNDEFINED_ERROR");
    for (is_fault, (attempts, level, message, cause, status, code)) in [(false, unavailable), (true, fault)] {
        installation.wire.always("BatchGetItem", move || match is_fault {
            false => Act::Hang,
            true => {
                Act::Answer(400, r#"{"__type":"ResourceNotFoundException","message":"It is not there."}"#.to_owned())
            }
        });
        installation.answer(&call("demo")).await;
        installation.wire.forget_plans();
        let lines = take(&log);
        assert_eq!(lines.len(), attempts + 2, "{lines:?}");
        for (attempt, line) in lines[..attempts].iter().enumerate() {
            is_failed_attempt(line, "BatchGetItem", attempt + 1);
        }
        let [storage, request] = &lines[attempts..] else { panic!("two lines: {lines:?}") };
        assert_eq!((&storage["level"], &storage["message"]), (&level.into(), &message.into()), "{storage}");
        assert_eq!((&storage["call"], &storage["cause"]), (&"BatchGetItem".into(), &cause.into()), "{storage}");
        assert_eq!(storage["span"], request["span"]);
        assert_eq!((storage.get("table"), storage.get("key")), (None, None), "{storage}");
        assert_eq!(storage.get("code").is_some(), is_fault, "{storage}");
        assert_eq!((&request["outcome"], &request["status"]), (&"failed".into(), &status.into()), "{request}");
        assert_eq!(request["error_code"], code, "{request}");
    }
}

/// The line shows where the operator finds it: the table and key of an item; the app, scope and bucket of an ACL.
#[tokio::test]
async fn an_unreadable_item_is_logged_with_its_place() {
    let installation = Installation::start().await;
    let log = Log::collect();
    let everybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    let mut broken = bucket_item("demo", "notes", &everybody);
    broken["generation"] = json!({"N": "1"});
    installation.put(broken).await;
    assert_eq!(installation.answer(&call("demo")).await.status, 500);
    let lines = take(&log);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let line = &lines[0];
    assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &"storage is at fault".into()), "{line}");
    assert_eq!((&line["table"], &line["key"]), (&tables().objects.into(), &"demo bucket/notes".into()), "{line}");
    assert_eq!(line["cause"], "an item cannot be read: attribute generation is missing or cannot be read");

    installation.put_app(app("other")).await;
    let table = tables().apps;
    let key = json!({"app_id": {"S": "other"}});
    let mut item = installation.get(&table, &key).await.expect("the app");
    item["status"] = json!({"S": "asleep"});
    installation.put_item(&table, &item).await;
    assert_eq!(installation.answer(&call("other")).await.status, 500);
    let lines = take(&log);
    assert_eq!((&lines[0]["table"], &lines[0]["key"]), (&table.into(), &"other".into()), "{lines:?}");

    // An unreadable ACL does not cause a 500, but denies everybody.
    let scope = "demo/users/alice";
    let mut bucket = bucket_item(scope, "notes", &everybody);
    bucket["acl"] = json!({"S": "everybody"});
    installation.put(bucket).await;
    let mut of_scope = scope_acl_item("demo/groups/crew", &json!({}));
    of_scope["acl"] = json!({"S": "everybody"});
    installation.put(of_scope).await;
    for (scope, bucket) in [(scope, Some("notes")), ("demo/groups/crew", None)] {
        assert_eq!(installation.answer(&call(scope)).await.status, 401, "{scope}");
        let lines = take(&log);
        let [line, request] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((&line["level"], &line["span"]), (&"ERROR".into(), &request["span"]), "{line}");
        let message = "a stored ACL cannot be read, and denies everybody but the administrator";
        assert_eq!(line["message"], message, "{line}");
        assert_eq!((&line["app"], &line["scope"]), (&"demo".into(), &scope.into()), "{line}");
        assert_eq!(line.get("bucket").and_then(Value::as_str), bucket, "{line}");
    }

    // Whoever asks for the ACL itself gets a 500, and the operator finds which ACL it is.
    for method in ["GET", "PUT"] {
        let below = if method == "GET" { "" } else { "/CREATE_NEW_BUCKET/UserID:bob" };
        let acl = Call::bucket(method, "demo", "notes").path(&format!("/api/apps/demo/groups/crew/acl{below}"));
        assert_eq!(installation.answer(&acl.bearer(&callers::administrator("operator"))).await.status, 500);
        let lines = take(&log);
        let [line, request] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((&line["level"], &line["span"]), (&"ERROR".into(), &request["span"]), "{line}");
        assert_eq!((&line["app"], &line["scope"]), (&"demo".into(), &"demo/groups/crew".into()), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_header_body_token_or_key_is_ever_logged() {
    let installation = Installation::start().await;
    let log = Log::collect();
    let token = callers::user("alice");
    let marked = |call: Call| call.header("X-Marked", "MARKED-HEADER").body(r#"{"MARKED-NAME":"MARKED-VALUE"}"#);
    let calls = [
        marked(Call::create("demo", "notes").bearer(&token)),
        marked(Call::create("demo", "notes").bearer("MARKED.TOKEN.HERE")),
        marked(Call::create("demo", "notes").basic("demo", "MARKED-KEY")),
        marked(Call::create("demo", "notes").basic("demo", "demo-key")),
        marked(Call::create("demo", "notes").header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "MARKED-KEY")),
        marked(Call::create("demo", "notes").bearer(&token).content_type("MARKED/TYPE")),
        Call::create("demo", "notes").bearer(&token).body("MARKED"),
        Call::create("demo", "notes").bearer(&token).path("/MARKED"),
    ];
    let acts: [fn() -> Act; 5] = [
        || Act::error("ThrottlingException"),
        || Act::error("ValidationException"),
        || Act::Cut,
        || Act::Answer(200, "MARKED".to_owned()),
        Act::conflict,
    ];
    for call in &calls {
        for operation in ["BatchGetItem", "GetItem", "PutItem", "TransactWriteItems"] {
            for act in acts {
                installation.wire.plan(operation, [act()]);
                installation.answer(call).await;
                installation.wire.forget_plans();
            }
        }
    }
    let logged = log.take();
    assert!(logged.lines().count() > calls.len(), "nothing was logged");
    let secret = std::str::from_utf8(callers::SECRET).expect("the secret is text");
    for secret in token.split('.').chain(["MARKED", "demo-key", "Milk", secret]) {
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
}

/// Tests the search for secrets in the log of every test.
#[test]
fn a_test_that_logs_a_secret_fails() {
    log::watch();
    let token = callers::user("told");
    let call =
        Call::create("demo", "notes").bearer(&token).key("told/by-mistake").header("X-Kii-AppKey", "told:by-the-way");
    call.event();
    Call::create("demo", "notes").basic("demo", "told-in-basic").event();
    let fails = |line: String| {
        // On another thread, because the formatter keeps a line that it could not write in a buffer of its thread.
        std::thread::spawn(move || tracing::info!(target: "pail", line)).join().is_err()
    };
    for secret in token.split('.').chain([
        "Milk",
        "demo-key",
        "eyJ",
        "by-mistake",
        "by-the-way",
        "told-in-basic",
        "ZGVtbzp0b2xkLWluLWJhc2lj",
        std::str::from_utf8(callers::SECRET).expect("the secret is text"),
    ]) {
        assert!(fails(secret.to_owned()) && fails(format!("Some({secret:?})")), "{secret}");
    }
    assert!(!fails("by mistake, by the way, key".to_owned()));
    // Libraries log warnings and errors.
    assert!(std::thread::spawn(|| tracing::warn!(target: "aws_smithy_runtime", "Milk")).join().is_err());
    assert!(std::thread::spawn(|| tracing::info!(target: "aws_smithy_runtime", "Milk")).join().is_ok());
}
