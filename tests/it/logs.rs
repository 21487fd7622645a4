//! What the operator is told: one line for each request, and never what a caller keeps secret.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use pail::telemetry;
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::harness::{Act, Call, INVOCATION_ID, Installation, callers};

thread_local! {
    /// What the test of this thread has logged, once it asks for that.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The lines that the test of this thread logs. There is one subscriber for all threads: with one for each, whether an
/// event is logged depends on the thread that comes to it first.
struct Log;

impl Log {
    /// Logs everything that Pail may tell from now on.
    fn everything() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(|| Lines);
            let subscriber = tracing_subscriber::registry().with(lines).with(telemetry::filter(LevelFilter::TRACE));
            tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
        });
        LOGGED.set(Some(Vec::new()));
        Self
    }

    fn take(&self) -> String {
        String::from_utf8(LOGGED.replace(Some(Vec::new())).unwrap_or_default()).expect("a log is text")
    }

    /// The lines about requests since this was last asked.
    fn take_requests(&self) -> Vec<Value> {
        let lines = self.take();
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
        lines.filter(|line| line["message"] == "request").collect()
    }
}

/// Adds to [`LOGGED`].
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.iter_mut().for_each(|logged| logged.extend(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn call(scope: &str) -> Call {
    Call::create(scope, "notes").bearer(&callers::member("alice", &["crew"]))
}

#[tokio::test(start_paused = true)]
async fn each_request_is_told_in_one_line() {
    let installation = Installation::start().await;
    let log = Log::everything();
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
        let lines = log.take_requests();
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
        let lines = log.take_requests();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["outcome"], outcome);
    }
    installation.answer_event("{}").await;
    assert_eq!(log.take_requests()[0]["request_id"], INVOCATION_ID);
}

#[tokio::test(start_paused = true)]
async fn no_header_body_token_or_key_is_ever_told() {
    let installation = Installation::start().await;
    let log = Log::everything();
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
    let parts = token.split('.').chain(["MARKED", "demo-key", "Milk"]).filter(|part| part.len() > 3);
    let digest = std::str::from_utf8(callers::SECRET).expect("the secret is text");
    for secret in parts.chain([digest]) {
        let line = told.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was told");
    }
}
