//! A program that runs as it does in Lambda.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process;
use crate::runtime_api::RuntimeApi;

/// A variable of the environment.
pub type Variable = (&'static str, String);

/// A running function. Dropping it ends the process.
pub struct Function {
    child: Child,
    /// The runtime API that it gets events from.
    pub api: RuntimeApi,
    /// The time of its start.
    pub started: Instant,
}

impl Function {
    /// Starts a program with these environment variables in addition to Lambda's.
    pub fn start(program: &Path, variables: &[Variable]) -> Self {
        Self::start_by(Command::new(program), variables)
    }

    /// The same with a command that replaces itself with the program (`exec`).
    pub fn start_by(mut command: Command, variables: &[Variable]) -> Self {
        let api = RuntimeApi::start();
        command.env("AWS_LAMBDA_RUNTIME_API", api.address()).stdout(Stdio::null());
        for (name, value) in [
            ("AWS_LAMBDA_FUNCTION_NAME", "pail"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "pail"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "pail"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("PAIL_APPS_TABLE", "pail-apps"),
            ("PAIL_OBJECTS_TABLE", "pail-objects"),
            ("PAIL_INDEX_TABLE", "pail-index"),
            // The tokens of the events are valid until the year 2100.
            ("PAIL_MAX_TOKEN_LIFETIME_SECONDS", "4102444800"),
        ] {
            command.env(name, value);
        }
        // Lambda sets neither.
        command.env_remove("SSL_CERT_DIR").env_remove("SSL_CERT_FILE");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, api, started }
    }

    /// Its process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its CPU time so far.
    pub fn cpu(&self) -> Duration {
        process::cpu(self.id())
    }

    /// Its peak memory, in KiB.
    pub fn peak_memory(&self) -> u64 {
        process::peak_memory(self.id())
    }

    /// Sends an event. The answer must have this status.
    pub fn answer(&self, event: &str, status: u16) {
        let answer: Value = serde_json::from_str(&self.api.invoke(event)).expect("an answer is JSON");
        assert_eq!(answer["statusCode"], status, "{answer}");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
