//! The log: one line for each request, and never a secret of a caller.

use serde_json::Value;

use pail_testing::log::{self, Log};
use pail_testing::{Act, Call, INVOCATION_ID, Installation, callers};

/// The lines since this was last asked.
fn take(log: &Log) -> Vec<Value> {
    log.take().lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Those of them that are about requests.
fn take_requests(log: &Log) -> Vec<Value> {
    take(log).into_iter().filter(|line| line["message"] == "request").collect()
}

fn call(scope: &str) -> Call {
    Call::create(scope, "notes").bearer(&callers::member("alice", &["crew"]))
}

#[tokio::test(start_paused = true)]
async fn each_request_is_told_in_one_line() {
    let installation = Installation::start().await;
    let log = Log::collect();
    installation.wire.plan("GetItem", [Act::Cut]);
    for (call, scope, outcome, status, code, calls, retries) in [
        (call("demo"), "app", "created", 201, "", 4, 1),
        (call("demo"), "app", "created", 201, "", 2, 0),
        (call("demo/users/me"), "user", "created", 201, "", 3, 0),
        (call("demo/groups/crew"), "group", "created", 201, "", 3, 0),
        (call("demo/things/t"), "thing", "refused", 401, "UNAUTHORIZED", 2, 0),
        (call("demo").bearer("x"), "app", "refused", 403, "WRONG_TOKEN", 1, 0),
        (call("demo").without("authorization"), "app", "refused", 401, "UNAUTHORIZED", 0, 0),
    ] {
        installation.answer(&call).await;
        let lines = take_requests(&log);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["request_id"], Call::REQUEST_ID);
        assert_eq!((&line["app"], &line["scope"]), (&"demo".into(), &scope.into()), "{line}");
        assert_eq!(line["verb"], "create_object");
        assert_eq!((&line["outcome"], &line["status"]), (&outcome.into(), &status.into()), "{line}");
        assert_eq!(line["errorCode"], code);
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
    }
    installation.answer_event("{}").await;
    assert_eq!(take_requests(&log)[0]["request_id"], INVOCATION_ID);
}

#[tokio::test(start_paused = true)]
async fn each_failed_attempt_at_a_call_is_told_with_its_reason() {
    let installation = Installation::start().await;
    let log = Log::collect();
    installation.wire.plan("BatchGetItem", [Act::error("ThrottlingException"), Act::Hang, Act::Cut]);
    installation.answer(&call("demo")).await;
    let lines = take(&log);
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (line, message) in
        lines.iter().zip(["DynamoDB asks to try again", "no answer in time", "no usable answer of DynamoDB"])
    {
        assert_eq!((&line["level"], &line["call"]), (&"INFO".into(), &"BatchGetItem".into()), "{line}");
        assert_eq!(line["message"], message);
    }
    assert_eq!((&lines[0]["code"], &lines[1]["attempt"]), (&"ThrottlingException".into(), &2.into()));
    assert_eq!((&lines[3]["message"], &lines[3]["retries"]), (&"request".into(), &3.into()));

    let strange = r#"{"__type":"com.amazonaws.dynamodb.v20120810#Strange"}"#;
    let answers = [(400, "{}"), (500, strange)].map(|(status, body)| Act::Answer(status, body.to_owned()));
    installation.wire.plan("PutItem", answers);
    installation.answer(&call("demo")).await;
    // The SDK misses a connection that it could give up after a 500, which the wire of the tests has not.
    let lines: Vec<Value> = take(&log).into_iter().filter(|line| line["call"] == "PutItem").collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, code, status) in [(&lines[0], "", 400), (&lines[1], "Strange", 500)] {
        assert_eq!(
            (&line["level"], &line["message"]),
            (&"INFO".into(), &"no usable answer of DynamoDB".into()),
            "{line}"
        );
        assert_eq!((&line["code"], &line["status"]), (&code.into(), &status.into()), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_header_body_token_or_key_is_ever_told() {
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
    let told = log.take();
    assert!(told.lines().count() > calls.len(), "nothing was logged");
    let secret = std::str::from_utf8(callers::SECRET).expect("the secret is text");
    for secret in token.split('.').chain(["MARKED", "demo-key", "Milk", secret]) {
        let line = told.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
}

/// The log of every test is searched for secrets. This tests the search.
#[test]
fn a_test_in_which_a_secret_is_told_fails() {
    log::watch();
    let token = callers::user("told");
    let call =
        Call::create("demo", "notes").bearer(&token).key("told/by-mistake").header("X-Kii-AppKey", "told:by-the-way");
    call.event();
    Call::create("demo", "notes").basic("demo", "told-in-basic").event();
    let fails = |line: String| {
        // In its own thread, because the formatter keeps a line that it could not write.
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
