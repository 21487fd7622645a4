//! What all commands have in common: help, errors, completions, and output that can be piped.

use std::process::{Command, Stdio};

use crate::program::{Server, pail, run, run_command, without_settings};

/// Every command, as words on the line.
const COMMANDS: [&[&str]; 35] = [
    &[],
    &["serve"],
    &["table"],
    &["table", "create"],
    &["app"],
    &["app", "create"],
    &["app", "show"],
    &["app", "list"],
    &["app", "disable"],
    &["app", "enable"],
    &["app", "add-key"],
    &["app", "remove-key"],
    &["app", "add-client"],
    &["app", "remove-client"],
    &["app", "add-issuer"],
    &["app", "remove-issuer"],
    &["app", "refresh-issuers"],
    &["acl"],
    &["acl", "show"],
    &["acl", "grant"],
    &["acl", "revoke"],
    &["bucket"],
    &["bucket", "list"],
    &["bucket", "drop"],
    &["object"],
    &["object", "get"],
    &["object", "put"],
    &["object", "list"],
    &["object", "query"],
    &["object", "delete"],
    &["sweep"],
    &["token"],
    &["token", "revoke"],
    &["token", "explain"],
    &["completions"],
];

#[test]
fn the_help_of_every_command_has_an_example() {
    let mut without = Vec::new();
    for command in COMMANDS {
        let ran = run(&[command, &["--help"]].concat());
        let (_, examples) = ran.text().split_once("\nExample").unwrap_or_default();
        if !examples.contains(&format!("pail {}", command.join(" "))) {
            without.push(command.join(" "));
        }
        assert!(!ran.text().contains('\u{1b}'), "{ran:?}");
    }
    assert!(without.is_empty(), "without an example: {without:?}");
}

#[test]
fn help_comes_in_each_usual_way() {
    assert_eq!(run(&["help", "app", "create"]).text(), run(&["app", "create", "--help"]).text());
    assert!(run(&["app", "create", "-h"]).text().contains("pail app create --app notes"));
    assert_eq!(run(&["--version"]).text(), concat!("pail ", env!("CARGO_PKG_VERSION")));
    assert!(run(&["app", "list", "--version"]).text().ends_with(env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_shows_no_values_of_the_environment() {
    let mut command = pail(&["app", "--help"]);
    command.env("PAIL_APPS_TABLE", "a-name-of-a-table");
    let ran = run_command(command);
    assert!(ran.text().contains("PAIL_APPS_TABLE") && !ran.text().contains("a-name-of-a-table"), "{ran:?}");
}

#[test]
fn an_invalid_command_is_refused() {
    for wrong in [
        &["serv"][..],
        &["table", "drop"],
        &["app", "create"],
        &["app", "create", "--app", "a/b"],
        &["app", "create", "--app", ""],
        &["app", "list", "extra"],
        &["acl", "grant", "--app", "a"],
        &["completions", "tcl"],
        &["app", "list", "--output", "yaml"],
        &["--no-such-flag"],
    ] {
        assert!(run(wrong).misuse().contains("try '--help'"), "{wrong:?}");
    }
    // Without a subcommand, the help goes to standard error and the command fails.
    for group in ["table", "app", "acl", "bucket", "object"] {
        let ran = run(&[group]);
        assert_eq!((ran.status.code(), ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains(&format!("Usage: pail {group}")), "{ran:?}");
    }
}

#[test]
fn errors_have_no_colours_unless_on_a_terminal() {
    for command in [&["serv"][..], &["app", "list", "--endpoint-url", "nowhere"], &["token", "--app", "demo"]] {
        let ran = run(command);
        assert!(!ran.status.success() && !ran.stderr.contains('\u{1b}'), "{ran:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn errors_have_colours_on_a_terminal() {
    let line = format!("{} app list --endpoint-url nowhere", env!("CARGO_BIN_EXE_pail"));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    without_settings(&mut script);
    script.env("TERM", "xterm");
    match script.output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert!(text.starts_with("\u{1b}[1;31merror:\u{1b}[0m \"nowhere\" is no endpoint URL"), "{text}");
        }
        Err(_) => println!("skipped: `script`, which provides a terminal, is not installed"),
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(&["completions", shell]);
        for word in COMMANDS.concat() {
            assert!(ran.text().contains(word), "{shell}: {word}");
        }
        assert!(ran.text().contains("endpoint-url"), "{shell}");
    }
}

#[test]
fn bash_accepts_its_completions() {
    let script = run(&["completions", "bash"]);
    let mut bash = Command::new("bash");
    bash.args(["-c", "eval \"$1\" && complete -p pail", "bash", script.text()]);
    match bash.output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => println!("skipped: bash is not installed"),
    }
}

#[test]
fn a_closed_output_pipe_causes_no_panic() {
    for command in [&["completions", "bash"][..], &["--help"], &["app", "--help"], &["--version"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let mut command = pail(command);
        command.stdout(writer).stderr(Stdio::piped());
        let output = command.output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn a_result_that_cannot_be_printed_is_a_failure() {
    let server = Server::start(&[]);
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let mut command = pail(&["token", "--app", "demo", "--admin", "--endpoint-url", &server.endpoint()]);
    command.stdout(writer);
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: the result cannot be printed: "), "{stderr}");
}
