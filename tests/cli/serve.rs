//! The flags of `pail serve`, and its configuration.

use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use crate::dynamodb;
use crate::program::{Server, basic, collection, pail, run, run_command};
use crate::wire;
use crate::wire::Connection;

/// Held by tests in which programs use the default ports.
static USUAL_PORTS: Mutex<()> = Mutex::new(());

/// Binds a port. If another process has it already, that is as good: the port is in use.
fn taken(port: u16) -> (Option<TcpListener>, String) {
    let listener = TcpListener::bind(("127.0.0.1", port)).ok();
    let port = listener.as_ref().and_then(|listener| listener.local_addr().ok()).map_or(port, |address| address.port());
    (listener, port.to_string())
}

#[test]
fn a_port_in_use_is_reported_with_the_flag_that_chooses_another() {
    let (_listener, port) = taken(0);
    let ran = run(&["serve", "--port", &port, "--dynamodb-port", "0"]);
    assert_eq!(
        ran.failure(),
        format!(
            "port {port} on 127.0.0.1 is in use: stop the other program, or choose another port: pail serve --port N (0 picks a free one)"
        )
    );
}

#[test]
fn without_a_command_pail_serves_on_the_default_port() {
    let _alone = USUAL_PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let (_listener, _) = taken(8080);
    assert!(run(&[]).failure().starts_with("port 8080 on 127.0.0.1 is in use: "));
    // Global flags need no command either.
    assert!(run(&["--output", "json"]).failure().starts_with("port 8080 on 127.0.0.1 is in use: "));
}

#[test]
fn a_requested_dynamodb_port_that_is_in_use_is_reported() {
    let (_listener, port) = taken(0);
    let ran = run(&["serve", "--port", "0", "--dynamodb-port", &port]);
    let message = ran.failure();
    assert!(message.starts_with(&format!("port {port} on 127.0.0.1 is in use: ")), "{message}");
    assert!(message.contains("--dynamodb-port N"), "{message}");
}

#[test]
fn the_server_starts_even_if_the_default_dynamodb_port_is_in_use() {
    let _alone = USUAL_PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let (_listener, _) = taken(8000);
    let server = Server::spawn(pail(&["serve", "--port", "0"]));
    let line = "DynamoDB API: none, as port 8000 is taken; --dynamodb-port 0 picks a free one";
    assert!(server.banner.lines().any(|known| known == line), "{}", server.banner);
    server
        .create(&collection("demo", "", "notes"), &basic("demo", "demo-key"), "{}")
        .assert_refused(401, "UNAUTHORIZED");
}

#[test]
fn impossible_addresses_and_ports_are_reported() {
    let ran = run(&["serve", "--port", "0", "--dynamodb-port", "0", "--bind", "203.0.113.9"]);
    assert_eq!(ran.failure(), "203.0.113.9 is no address of this machine");
    for wrong in [["--port", "65536"], ["--bind", "localhost"], ["--dynamodb-port", "x"], ["--dynamodb-bind", ""]] {
        assert!(run(&["serve", wrong[0], wrong[1]]).misuse().contains(wrong[0]));
    }
}

#[test]
fn the_dynamodb_port_serves_what_the_api_stored() {
    let server = Server::start(&[]);
    server.assert_alive();
    assert_eq!(dynamodb::contents(&server), [r#"{"text":"Hello"}"#]);
    let apps = dynamodb::scan(&server, "pail-apps");
    assert_eq!(apps.iter().map(|app| app["app_id"]["S"].as_str()).collect::<Vec<_>>(), [Some("demo")]);
}

#[test]
fn apps_and_keys_can_be_repeated_in_pairs_and_each_app_works() {
    let server = Server::start(&["--app", "one", "--key", "k1", "--key", "k:2", "--app", "two"]);
    for (app, key, wrong) in [("one", "k1", "k:2"), ("two", "k:2", "k1")] {
        assert!(server.banner.lines().any(|line| line == format!("App: {app}, key {key}")), "{}", server.banner);
        // The right key makes an anonymous caller, who may not create here. A wrong key authenticates nobody.
        let path = collection(app, "", "notes");
        let known = server.create(&path, &basic(app, key), "{}");
        known.assert_refused(401, "UNAUTHORIZED");
        assert_eq!(known.json()["authenticatedPrincipalID"], "ANONYMOUS_USER", "{known:?}");
        let unknown = server.create(&path, &basic(app, wrong), "{}");
        unknown.assert_refused(401, "UNAUTHORIZED");
        assert_eq!(unknown.json().get("authenticatedPrincipalID"), None, "{unknown:?}");
        server.create(&path, &server.bearer(app, &["--user", "alice"]), "{}").assert_created();
    }
    server
        .create(&collection("demo", "", "notes"), &basic("demo", "demo-key"), "{}")
        .assert_refused(404, "APP_NOT_FOUND");
}

#[test]
fn an_app_may_be_given_several_keys() {
    let server = Server::start(&["--app", "one", "--key", "old", "--app", "one", "--key", "new"]);
    for key in ["old", "new"] {
        let answer = server.create(&collection("one", "", "notes"), &basic("one", key), "{}");
        assert_eq!(answer.json()["authenticatedPrincipalID"], "ANONYMOUS_USER", "{answer:?}");
    }
}

#[test]
fn the_dynamodb_port_survives_invalid_requests() {
    let server = Server::start(&[]);
    let endpoint = server.endpoint();
    let address = endpoint.strip_prefix("http://").expect("a local endpoint");
    for garbage in [&b"\0\r\n\r\n"[..], b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{{{"] {
        let mut connection = Connection::open(address);
        connection.send(garbage);
        connection.finish_sending();
        connection.receive();
    }
    server.assert_alive();
    assert_eq!(dynamodb::contents(&server).len(), 1);
}

#[test]
fn a_server_listens_on_addresses_of_either_kind() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let server = Server::start(&["--bind", "::1", "--dynamodb-bind", "::1"]);
    assert!(server.api.starts_with("[::1]:"), "{}", server.banner);
    server.assert_alive();
    assert_eq!(dynamodb::contents(&server).len(), 1);
}

#[test]
fn apps_and_keys_that_are_no_pairs_are_refused() {
    for unpaired in [&["--app", "one"][..], &["--key", "k"], &["--app", "one", "--key", "k", "--app", "two"]] {
        let ran = run(&[&["serve", "--port", "0", "--dynamodb-port", "0"], unpaired].concat());
        assert_eq!(
            ran.failure(),
            "--app and --key stand in pairs: write --app ID --key KEY, once for each app",
            "{unpaired:?}"
        );
    }
}

#[test]
fn apps_and_keys_that_break_their_pattern_are_refused() {
    for key in ["", "a b", "ä", &"x".repeat(256)] {
        let ran = run(&["serve", "--app", "one", "--key", key]);
        assert!(ran.misuse().contains("an app key is 1 to 255 visible ASCII characters"), "{ran:?}");
    }
    let ran = run(&["serve", "--app", "a/b", "--key", "k"]);
    assert!(ran.misuse().contains("an app ID is 1 to 64 of A-Z a-z 0-9 . _ -"), "{ran:?}");
}

#[test]
fn flags_that_exclude_each_other_are_refused() {
    let elsewhere = ["serve", "--endpoint-url", "http://127.0.0.1:8000"];
    for other in [["--data", "pail.db"], ["--dynamodb-port", "0"], ["--dynamodb-bind", "127.0.0.1"]] {
        let ran = run(&[&elsewhere[..], &other].concat());
        assert!(ran.misuse().contains("cannot be used with"), "{ran:?}");
    }
}

#[test]
fn all_mistakes_of_the_configuration_are_reported_at_once() {
    let mut command = pail(&["serve", "--port", "0", "--dynamodb-port", "0"]);
    let wrong = [
        "PAIL_ALLOWED_ORIGIN",
        "PAIL_KEEP_SECONDS",
        "PAIL_SCAN_MEGABYTES",
        "PAIL_MAX_TOKEN_LIFETIME_SECONDS",
        "PAIL_PUBLIC_URL",
        "PAIL_LOG_LEVEL",
    ];
    for name in wrong {
        command.env(name, "no value: of any kind");
    }
    let ran = run_command(command);
    let message = ran.failure();
    assert!(message.starts_with("the configuration is wrong:\n- "), "{message}");
    assert_eq!(message.lines().count(), 1 + wrong.len(), "{message}");
    for name in wrong {
        assert!(message.contains(&format!("- {name} cannot be read: it is ")), "{message}");
    }
    assert!(!message.contains("no value"), "the value of a variable may be a secret: {message}");
}

#[test]
fn the_configuration_of_the_handler_applies() {
    let mut command = pail(&["serve", "--port", "0", "--dynamodb-port", "0"]);
    command.env("PAIL_ALLOWED_ORIGIN", "https://app.example.com").env("PAIL_PUBLIC_URL", "https://api.example.com/v1");
    command.env("PAIL_MAX_TOKEN_LIFETIME_SECONDS", "60").env("PAIL_LOG_LEVEL", "error");
    let server = Server::spawn(command);
    let path = collection("demo", "", "notes");
    server.create(&path, &server.bearer("demo", &["--admin"]), "{}").assert_refused(403, "WRONG_TOKEN");
    let bearer = server.bearer("demo", &["--admin", "--expires-in", "50s"]);
    let created = server.create(&format!("/v1{path}"), &bearer, "{}");
    let id = created.assert_created();
    assert_eq!(created.header("location"), Some(format!("https://api.example.com/v1{path}/{id}").as_str()));
    assert_eq!(created.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(server.stop().stderr, "", "only errors are logged");
}

#[test]
fn a_revocation_applies_at_once_unless_apps_are_cached() {
    for (seconds, cached) in [("0", false), ("10", true)] {
        let mut command = pail(&["serve", "--port", "0", "--dynamodb-port", "0"]);
        command.env("PAIL_KEEP_SECONDS", seconds);
        let server = Server::spawn(command);
        let (path, bearer) = (collection("demo", "", "notes"), server.bearer("demo", &["--admin"]));
        server.create(&path, &bearer, "{}").assert_created();
        server.pail(&["app", "disable", "--app", "demo"]).text();
        let again = server.create(&path, &bearer, "{}");
        if cached {
            again.assert_created();
        } else {
            again.assert_refused(403, "APP_DISABLED");
        }
        assert_eq!(dynamodb::contents(&server).len(), 1 + usize::from(cached));
    }
}

#[test]
fn every_request_is_logged_in_one_line_without_secrets() {
    let server = Server::start(&[]);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    let created = server.create(&collection("demo", "", "notes"), &bearer, r#"{"secret":"of the body"}"#);
    created.assert_created();
    let request = created.header("x-request-id").expect("a request has an ID").to_owned();
    let ended = server.stop();
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.contains(&request)).collect();
    assert_eq!(lines.len(), 1, "{ended:?}");
    let [_, token] = bearer.split(' ').collect::<Vec<_>>()[..] else { panic!("two words: {bearer}") };
    for secret in [token, "of the body", "demo-key"] {
        assert!(!ended.stderr.contains(secret), "{ended:?}");
    }
}

#[test]
fn web_pages_cannot_use_the_dynamodb_api() {
    let server = Server::start(&[]);
    let address = server.endpoint().replace("http://", "");
    let target = ("X-Amz-Target", "DynamoDB_20120810.Scan");
    let body = br#"{"TableName":"pail-apps"}"#;
    let refused = wire::request(&address, "POST", "/", &[target, ("Origin", "https://page.example.com")], body);
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, None));
    assert!(!refused.body.contains("demo"));
    let preflight = wire::request(&address, "OPTIONS", "/", &[("Origin", "https://page.example.com")], b"");
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (403, None));
    assert_eq!(wire::request(&address, "POST", "/", &[target], body).status, 200);
    assert_eq!(wire::request(&address, "GET", "/", &[], b"").status, 404);
}
