//! The banner of `pail serve`, and the commands in it.

use std::path::Path;
use std::process::Command;

use crate::dynamodb;
use crate::program::{Server, after, basic, collection, pail, run_command, without_settings};
use crate::wire;

/// The line of the banner that begins with `mark`.
fn line<'a>(server: &'a Server, mark: &str) -> &'a str {
    let line = server.banner.lines().find(|line| line.starts_with(mark));
    line.unwrap_or_else(|| panic!("{mark}: {}", server.banner))
}

/// A shell command that runs a line of the banner, with `pail` on its `PATH`.
fn paste(line: &str) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_pail")).parent().expect("the program is in a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(line).env("PATH", format!("{}:{path}", folder.display()));
    without_settings(&mut shell);
    shell
}

#[test]
fn the_banner_says_where_everything_is_and_what_to_do_next() {
    let server = Server::start(&[]);
    let (api, endpoint) = (&server.api, server.endpoint());
    let lines: Vec<&str> = server.banner.lines().filter(|line| !line.is_empty()).collect();
    let curl = format!("curl -i http://{api}/api/apps/demo/users/me/buckets/notes/objects -H 'Authorization: Bearer ");
    assert_eq!(lines.len(), 9, "{}", server.banner);
    assert_eq!(lines[0], format!("Pail is ready: http://{api}/api (the site URL for Kii's SDKs)"));
    assert_eq!(lines[1], "Data: in memory, gone when it stops. To keep it: pail serve --data pail.db");
    assert_eq!(lines[2], format!("DynamoDB API: {endpoint} (checks no credentials)"));
    assert_eq!(lines[3], "App: demo, key demo-key");
    assert_eq!(lines[4], "Store a first object, as the user alice:");
    assert!(lines[5].starts_with(&curl), "{}", lines[5]);
    assert_eq!(lines[6], format!("Another token: pail token --endpoint-url {endpoint} --app demo --user bob"));
    let grant = format!("pail acl grant --endpoint-url {endpoint} --app demo --bucket guestbook");
    let grant = format!("Let anybody write to one bucket: {grant} CREATE_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER");
    assert_eq!(lines[7], grant);
    assert_eq!(lines[8], "Ctrl-C stops the server.");
    let ended = server.stop();
    assert!(!ended.stderr.contains('\u{1b}'), "logs have colours only on a terminal: {ended:?}");
}

#[test]
fn the_curl_line_stores_an_object_when_it_is_pasted() {
    let server = Server::start(&[]);
    let curl = line(&server, "curl ");
    if Command::new("curl").arg("--version").output().is_ok() {
        let pasted = run_command(paste(curl));
        assert!(pasted.status.success() && pasted.stdout.starts_with("HTTP/1.1 201 Created\r\n"), "{pasted:?}");
    } else {
        let quoted: Vec<&str> = curl.split('\'').skip(1).step_by(2).collect();
        let [token, media_type, body] = quoted[..] else { panic!("three quoted arguments: {curl}") };
        let path = after(curl, &server.api).and_then(|rest| rest.split(' ').next()).expect("a URL");
        let headers = [token, media_type].map(|header| header.split_once(": ").expect("a header"));
        wire::request(&server.api, "POST", path, &headers, body.as_bytes()).assert_created();
    }
    assert_eq!(dynamodb::contents(&server), [r#"{"text":"Hello"}"#]);
}

#[test]
fn the_token_line_prints_a_token_that_works_when_it_is_pasted() {
    let server = Server::start(&[]);
    let pasted = run_command(paste(after(line(&server, "Another token: "), ": ").expect("a command")));
    let created = server.create(crate::program::NOTES, &format!("Bearer {}", pasted.text()), "{}");
    created.assert_created();
    assert!(created.header("location").is_some_and(|url| url.contains("/users/bob/buckets/notes/")), "{created:?}");
}

#[test]
fn the_line_that_lets_anybody_write_does_so_when_it_is_pasted() {
    let server = Server::start(&[]);
    let (path, key) = (collection("demo", "", "guestbook"), basic("demo", "demo-key"));
    server.create(&path, &key, "{}").assert_refused(401, "UNAUTHORIZED");
    let pasted = run_command(paste(after(line(&server, "Let anybody write"), ": ").expect("a command")));
    assert!(pasted.text().contains("is granted"), "{pasted:?}");
    server.create(&path, &key, "{}").assert_created();
}

#[test]
fn under_cargo_run_the_commands_in_the_banner_begin_with_cargo_run() {
    let mut command = pail(&["serve", "--port", "0", "--dynamodb-port", "0"]);
    command.env("CARGO", "/somewhere/cargo");
    let server = Server::spawn(command);
    assert!(line(&server, "Data: ").ends_with(": cargo run -- serve --data pail.db"));
    assert!(line(&server, "Another token: ").starts_with("Another token: cargo run -- token --endpoint-url "));
}

#[test]
fn the_banner_of_a_server_on_all_addresses_shows_one_that_can_be_called() {
    let server = Server::start(&["--bind", "0.0.0.0", "--dynamodb-bind", "0.0.0.0"]);
    assert!(server.api.starts_with("127.0.0.1:"), "{}", server.banner);
    assert!(server.endpoint().starts_with("http://127.0.0.1:"), "{}", server.banner);
    server.assert_alive();
    let ended = server.stop();
    let note = "note: the DynamoDB API checks no credentials: whoever reaches its port can read and change everything";
    assert!(ended.stderr.lines().any(|line| line == note), "{ended:?}");
}
