//! The program under test: runs of it that end, and servers.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::wire::{self, Response};

/// How long a test waits for anything before it fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The collection of the example in the banner.
pub const NOTES: &str = "/api/apps/demo/users/me/buckets/notes/objects";

/// `pail` with these arguments, in an environment without settings.
pub fn pail(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pail"));
    command.args(arguments);
    without_settings(&mut command);
    command
}

/// Removes every variable from the environment that could change what the program does.
pub fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_uppercase();
        let sets_something = text == "CARGO" || text.starts_with("AWS_") || text.starts_with("PAIL_");
        if sets_something || text.ends_with("_PROXY") || text.contains("COLOR") {
            command.env_remove(&name);
        }
    }
    command.env("HOME", "/nonexistent").stdin(Stdio::null());
}

/// Calls `look` again and again until it returns a value.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs `pail` to its end.
pub fn run(arguments: &[&str]) -> Ran {
    run_command(pail(arguments))
}

/// Runs `pail` to its end, with this on its standard input.
pub fn run_with_input(arguments: &[&str], input: &str) -> Ran {
    let mut command = pail(arguments);
    command.stdin(Stdio::piped());
    let mut process = Process::start(command);
    let mut stdin = process.child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(input.as_bytes()).expect("the program reads its input");
    drop(stdin);
    process.ended()
}

/// Runs a command to its end.
pub fn run_command(command: Command) -> Ran {
    let mut process = Process::start(command);
    eventually("the end of the program", || {
        let output = process.stdout.so_far();
        assert!(!output.starts_with("Pail is ready: "), "it serves instead of ending: {output}");
        process.child.try_wait().expect("it is our child")
    });
    process.ended()
}

/// The status and the output of a program that has ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// The output of a program that succeeded, without the last line break.
    pub fn text(&self) -> &str {
        assert!(self.status.success(), "{self:?}");
        self.stdout.strip_suffix('\n').unwrap_or_else(|| panic!("whole lines are printed: {self:?}"))
    }

    /// The one JSON value that a program printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The message of a program that failed: status 1, nothing on standard output, one message.
    pub fn failure(&self) -> &str {
        self.complaint(1)
    }

    /// The message of a program that was called incorrectly: status 2.
    pub fn misuse(&self) -> &str {
        self.complaint(2)
    }

    fn complaint(&self, status: i32) -> &str {
        assert_eq!(self.status.code(), Some(status), "{self:?}");
        assert_eq!(self.stdout, "", "a failure prints nothing on standard output: {self:?}");
        // A server may have logged something before.
        let start = self.stderr.find("error: ").filter(|start| *start == 0 || self.stderr[..*start].ends_with('\n'));
        let start = start.unwrap_or_else(|| panic!("an error is printed: {self:?}"));
        self.stderr[start..].trim_start_matches("error: ").trim_end()
    }
}

/// A running program. Dropping it ends the process.
pub struct Process {
    child: Child,
    stdout: Output,
    stderr: Output,
}

impl Process {
    /// Starts a program.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let (stdout, stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        Self { child, stdout: Output::read(stdout), stderr: Output::read(stderr) }
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ran {
        let status = eventually("the end of the program", || self.child.try_wait().expect("it is our child"));
        Ran { status, stdout: self.stdout.all(), stderr: self.stderr.all() }
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal {name} cannot be sent");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The output of a running program.
struct Output {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Output {
    fn read(mut source: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let target = text.clone();
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = source.read(&mut bytes) {
                target.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading does not fail");
        }
        self.so_far()
    }
}

/// A `pail serve` that is ready.
pub struct Server {
    process: Process,
    /// The banner that it printed when it was ready.
    pub banner: String,
    /// Host and port of the API.
    pub api: String,
}

impl Server {
    /// A server on free ports.
    pub fn start(arguments: &[&str]) -> Self {
        Self::spawn(pail(&[&["serve", "--port", "0", "--dynamodb-port", "0"], arguments].concat()))
    }

    /// A server on a free port, over a DynamoDB elsewhere.
    pub fn over(endpoint: &str, arguments: &[&str]) -> Self {
        Self::spawn(pail(&[&["serve", "--port", "0", "--endpoint-url", endpoint], arguments].concat()))
    }

    /// Starts a server by this command, and waits until it is ready.
    pub fn spawn(command: Command) -> Self {
        let mut process = Process::start(command);
        let banner = eventually("a server that is ready", || {
            let text = process.stdout.so_far();
            let has_ended = process.child.try_wait().expect("it is our child").is_some();
            assert!(!has_ended, "the server has ended: {text}{}", process.stderr.all());
            // Without an app, the banner has no examples.
            let is_whole =
                text.contains("Ctrl-C stops the server.\n") || (text.ends_with("\n\n") && !text.contains("\nApp: "));
            is_whole.then_some(text)
        });
        let api = after(&banner, "Pail is ready: http://").and_then(|rest| rest.split('/').next());
        let api = api.expect("the banner says where the API is").to_owned();
        Self { process, banner, api }
    }

    /// Waits until it has logged this.
    pub fn wait_for_log(&self, text: &str) {
        eventually(text, || self.process.stderr.so_far().contains(text).then_some(()));
    }

    /// The URL of its DynamoDB API.
    pub fn endpoint(&self) -> String {
        let rest = after(&self.banner, "DynamoDB API: ").and_then(|rest| rest.split(' ').next());
        rest.expect("the banner says where the DynamoDB API is").to_owned()
    }

    /// Runs a command of an operator on its data.
    pub fn pail(&self, arguments: &[&str]) -> Ran {
        run(&[arguments, &["--endpoint-url", &self.endpoint()]].concat())
    }

    /// The value of `Authorization` with a token of the app's own issuer.
    pub fn bearer(&self, app: &str, arguments: &[&str]) -> String {
        let token = self.pail(&[&["token", "--app", app], arguments].concat());
        format!("Bearer {}", token.text())
    }

    /// Sends an object.
    pub fn create(&self, path: &str, authorization: &str, body: &str) -> Response {
        let headers = [("Authorization", authorization), ("Content-Type", "application/json")];
        wire::request(&self.api, "POST", path, &headers, body.as_bytes())
    }

    /// Checks that the server still works: creates an ordinary object in the demo app.
    pub fn assert_alive(&self) {
        let created = self.create(NOTES, &self.bearer("demo", &["--user", "alice"]), r#"{"text":"Hello"}"#);
        created.assert_created();
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Stops it as Ctrl-C does.
    pub fn stop(self) -> Ran {
        self.signal("INT");
        self.ended()
    }

    /// Waits for its end.
    pub fn ended(self) -> Ran {
        self.process.ended()
    }

    /// Whether it has stopped listening.
    pub fn refuses_connections(&self) -> bool {
        std::net::TcpStream::connect(&self.api).is_err()
    }
}

/// What follows `mark` in `text`.
pub fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

/// The value of `Authorization` with an app key.
pub fn basic(app: &str, key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{app}:{key}")))
}

/// The path of a collection.
pub fn collection(app: &str, scope: &str, bucket: &str) -> String {
    let scope = if scope.is_empty() { String::new() } else { format!("{scope}/") };
    format!("/api/apps/{app}/{scope}buckets/{bucket}/objects")
}
