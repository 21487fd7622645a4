//! Commands of several operators at the same time: no change is lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Process, Server, collection, pail};

const OPERATORS: usize = 20;

/// Runs `OPERATORS` commands at the same time. They differ in their last argument, which `own` returns.
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

/// The subjects of all concurrent grants, and those that the ACL had before.
fn expected(before: &[&str]) -> BTreeSet<String> {
    let granted = (0..OPERATORS).map(|number| format!("UserID:user-{number}"));
    granted.chain(before.iter().map(|subject| (*subject).to_owned())).collect()
}

fn subjects(acl: &Value, verb: &str) -> BTreeSet<String> {
    let subjects = acl["acl"][verb].as_array().unwrap_or_else(|| panic!("{verb}: {acl}"));
    subjects.iter().map(|subject| subject.as_str().expect("subjects are texts").to_owned()).collect()
}

#[test]
fn concurrent_grants_on_a_new_bucket_all_take_effect_and_one_creates_it() {
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
fn concurrent_grants_on_a_scope_all_take_effect() {
    let server = Server::start(&[]);
    let verb = "CREATE_NEW_BUCKET";
    at_once(&server, &["acl", "grant", "--app", "demo", "--user", "alice", verb], |number| {
        format!("UserID:user-{number}")
    });
    let acl = server.pail(&["acl", "show", "--app", "demo", "--user", "alice", "--output", "json"]).json();
    assert_eq!(subjects(&acl, verb), expected(&["UserID:alice"]));
}

#[test]
fn concurrent_revocations_on_a_scope_all_take_effect() {
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
fn keys_that_are_added_concurrently_are_all_valid() {
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
fn of_several_commands_that_create_one_app_exactly_one_succeeds() {
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
