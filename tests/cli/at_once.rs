//! Operators who work at the same time lose nothing of each other's work.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Process, Server, collection, pail};

const OPERATORS: usize = 20;

/// Runs so many commands of the same kind at the same time; the last argument of each is its own.
fn at_once(server: &Server, arguments: &[&str], own: impl Fn(usize) -> String) {
    let endpoint = server.endpoint();
    let start = |number| {
        let own = own(number);
        Process::start(pail(&[arguments, &[&own], &["--endpoint-url", &endpoint]].concat()))
    };
    let processes: Vec<Process> = (0..OPERATORS).map(start).collect();
    for process in processes {
        process.ended().text();
    }
}

/// The subjects that were granted something at once, and those that were there before.
fn expected(before: &[&str]) -> BTreeSet<String> {
    let granted = (0..OPERATORS).map(|number| format!("UserID:user-{number}"));
    granted.chain(before.iter().map(|subject| (*subject).to_owned())).collect()
}

fn subjects(acl: &Value, verb: &str) -> BTreeSet<String> {
    let subjects = acl["acl"][verb].as_array().unwrap_or_else(|| panic!("{verb}: {acl}"));
    subjects.iter().map(|subject| subject.as_str().expect("subjects are texts").to_owned()).collect()
}

#[test]
fn all_grants_on_a_bucket_are_there_and_one_of_them_made_it() {
    let server = Server::start(&[]);
    let verb = "CREATE_OBJECTS_IN_BUCKET";
    at_once(&server, &["acl", "grant", "--app", "demo", "--bucket", "news", verb], |number| {
        format!("UserID:user-{number}")
    });
    let acl = server.pail(&["acl", "show", "--app", "demo", "--bucket", "news", "--output", "json"]).json();
    assert_eq!(subjects(&acl, verb), expected(&["UserID:ANY_AUTHENTICATED_USER"]));
    let items = dynamodb::scan(&server, "pail-objects");
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0]["version"], json!({"N": OPERATORS.to_string()}), "every grant was one change");
}

#[test]
fn all_grants_on_a_scope_are_there() {
    let server = Server::start(&[]);
    let verb = "CREATE_NEW_BUCKET";
    at_once(&server, &["acl", "grant", "--app", "demo", "--user", "alice", verb], |number| {
        format!("UserID:user-{number}")
    });
    let acl = server.pail(&["acl", "show", "--app", "demo", "--user", "alice", "--output", "json"]).json();
    assert_eq!(subjects(&acl, verb), expected(&["UserID:alice"]));
}

#[test]
fn all_revocations_on_a_scope_have_happened() {
    let server = Server::start(&[]);
    for number in 0..OPERATORS {
        let subject = format!("GroupID:group-{number}");
        server.pail(&["acl", "grant", "--app", "demo", "CREATE_NEW_BUCKET", &subject]).text();
    }
    at_once(&server, &["acl", "revoke", "--app", "demo", "CREATE_NEW_BUCKET"], |number| {
        format!("GroupID:group-{number}")
    });
    let acl = server.pail(&["acl", "show", "--app", "demo", "--output", "json"]).json();
    assert_eq!(acl["acl"], json!({"CREATE_NEW_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]}));
}

#[test]
fn all_keys_that_were_added_are_good() {
    let server = Server::start(&[]);
    at_once(&server, &["app", "add-key", "--app", "demo", "--key"], |number| format!("key-{number}"));
    let app = server.pail(&["app", "show", "--app", "demo", "--output", "json"]).json();
    assert_eq!(app["keys"].as_array().map(Vec::len), Some(OPERATORS + 1), "{app}");
    for number in 0..OPERATORS {
        let key = crate::program::basic("demo", &format!("key-{number}"));
        let answer = server.create(&collection("demo", "", "notes"), &key, "{}");
        assert_eq!(answer.json()["authenticatedPrincipalID"], "ANONYMOUS_USER", "{answer:?}");
    }
}

#[test]
fn one_of_many_makes_an_app() {
    let server = Server::start(&[]);
    let endpoint = server.endpoint();
    let create = ["app", "create", "--app", "new", "--endpoint-url", &endpoint];
    let processes: Vec<Process> = (0..OPERATORS).map(|_| Process::start(pail(&create))).collect();
    let made = processes.into_iter().map(Process::ended).filter(|ran| {
        if !ran.status.success() {
            assert_eq!(ran.failure(), "there is an app new already: `pail app show --app new` shows it");
        }
        ran.status.success()
    });
    assert_eq!(made.count(), 1);
}
