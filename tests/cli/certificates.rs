//! A machine without root certificates: programs that would talk to AWS fail at start and say what is missing.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{pail, run_command, without_settings};

const MESSAGE: &str = "no root certificates were found on this machine: install them (the package ca-certificates), or name \
                       some in SSL_CERT_FILE or SSL_CERT_DIR";

/// Hides the root certificates from a command.
fn without_roots(command: &mut Command) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, empty) = (folder.path().join("none.pem"), folder.path().join("empty"));
    std::fs::write(&file, "").expect("a file");
    std::fs::create_dir(&empty).expect("a folder");
    command.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", empty);
    folder
}

#[test]
fn the_function_does_not_start_and_says_what_to_do() {
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_bootstrap")));
    without_settings(&mut command);
    for (name, value) in [
        ("PAIL_APPS_TABLE", "apps"),
        ("PAIL_OBJECTS_TABLE", "objects"),
        ("PAIL_INDEX_TABLE", "index"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ] {
        command.env(name, value);
    }
    let _folder = without_roots(&mut command);
    let ran = run_command(command);
    assert_eq!((ran.status.code(), ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert_eq!(ran.stderr, format!("pail: {MESSAGE}\n"));
}

#[test]
fn a_command_fails_and_says_what_to_do() {
    let mut command = pail(&["app", "list"]);
    command.env("AWS_REGION", "eu-west-1").env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "secret");
    let _folder = without_roots(&mut command);
    assert_eq!(run_command(command).failure(), MESSAGE);
}
