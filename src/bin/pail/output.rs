//! Output: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde_json::Value;

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Text for people.
    Text,
    /// One JSON value for scripts.
    Json,
}

/// Why a command has failed, in a sentence for its user.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// A failure with this message.
    pub fn new(message: impl Display) -> Self {
        Self(message.to_string())
    }
}

impl Output {
    /// Prints a result in this form.
    pub fn print(self, text: &str, json: &Value) -> Result<(), Failure> {
        match self {
            Self::Text => line(text),
            Self::Json => line(&json.to_string()),
        }
    }
}

/// Prints a line of a result.
pub fn line(text: &str) -> Result<(), Failure> {
    writeln!(anstream::stdout(), "{text}").map_err(|error| Failure(format!("the result cannot be printed: {error}")))
}

/// Prints a note to standard error. A failure to print it is ignored.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "\u{1b}[33mnote:\u{1b}[0m {text}");
}

/// Prints to standard error why the command has failed.
pub fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "\u{1b}[1;31merror:\u{1b}[0m {text}");
}

/// A text from the command line. `-` stands for standard input.
pub fn text_argument(argument: &str) -> Result<String, Failure> {
    if argument == "-" { standard_input() } else { Ok(argument.to_owned()) }
}

/// A secret from the command line. `-` stands for standard input, where no list of processes and no history of a shell shows
/// it; a line break at its end is dropped.
pub fn secret_argument(argument: &str) -> Result<String, Failure> {
    text_argument(argument)
        .map(|text| if argument == "-" { text.trim_end_matches(['\r', '\n']).to_owned() } else { text })
}

/// All of standard input.
pub fn standard_input() -> Result<String, Failure> {
    std::io::read_to_string(std::io::stdin())
        .map_err(|error| Failure(format!("standard input cannot be read: {error}")))
}

/// Shows on standard error how far a long command is, at most every few seconds.
#[derive(Default)]
pub struct Progress {
    shown: Option<Instant>,
}

impl Progress {
    /// How often it is shown.
    const EVERY: Duration = Duration::from_secs(5);

    /// Shows how far the command is, unless it was shown shortly before.
    pub fn show(&mut self, text: &str) {
        if self.shown.is_none_or(|shown| shown.elapsed() >= Self::EVERY) {
            note(&format!("so far: {text}"));
            self.shown = Some(Instant::now());
        }
    }
}
