//! `pail object` and `pail bucket`.

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Ran, Server};

/// Runs `pail object VERB` on the bucket `news` of the app scope.
fn object(server: &Server, verb: &str, arguments: &[&str]) -> Ran {
    server.pail(&[&["object", verb, "--app", "demo", "--bucket", "news"], arguments].concat())
}

fn fails(ran: &Ran, message: &str) {
    assert!(ran.failure().contains(message), "{ran:?}");
}

fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn an_object_is_written_shown_and_deleted() {
    let server = Server::start(&[]);
    let name = "the object first in the bucket news of the app demo";
    let created = object(&server, "put", &["first", r#"{ "text" : "Hello", "n": 1.0 }"#]);
    assert_eq!(created.text(), format!("{name} is created, in version 1."));
    let shown = object(&server, "get", &["first"]);
    assert!(shown.text().starts_with(r#"{"text":"Hello","n":1.0,"_id":"first","_created":"#), "{}", shown.text());
    let replaced =
        object(&server, "put", &["first", "{}", "--if-match", "1", "--data-type", "person", "--output", "json"]);
    assert_eq!(replaced.json(), json!({"created": false, "version": 2}));
    let shown = read(object(&server, "get", &["first"]).text());
    assert_eq!((&shown["_version"], &shown["_dataType"], shown.get("_owner")), (&json!("2"), &json!("person"), None));
    fails(&object(&server, "put", &["first", "{}", "--if-match", "1"]), "another version");
    assert_eq!(object(&server, "delete", &["first"]).text(), format!("{name} is deleted."));
    for verb in ["get", "delete"] {
        fails(&object(&server, verb, &["first"]), &format!("{name} does not exist"));
    }
    assert!(object(&server, "get", &["x"]).misuse().contains("an object ID is 2 to 100"));
}

#[test]
fn mistakes_are_explained_and_nothing_is_written() {
    let server = Server::start(&[]);
    for (arguments, message) in [
        (&["first", "{"][..], "The body is not valid at line 1, column 2"),
        (&["first", "[]"], "the body has to be a JSON object"),
        (&["first", "{}", "--data-type", "a b"], "is no data type"),
    ] {
        fails(&object(&server, "put", arguments), message);
    }
    fails(&object(&server, "query", &["[]"]), "a JSON object");
    fails(&object(&server, "query", &[r#"{"clause":{"type":"like"}}"#]), "not valid at clause.type");
    assert!(object(&server, "list", &["--descending"]).misuse().contains("--order-by"));
    fails(&server.pail(&["object", "list", "--app", "none", "--bucket", "news"]), "there is no app none");
    assert_eq!(dynamodb::scan(&server, "pail-objects").len(), 0);
}

#[test]
fn objects_are_listed_and_queried_one_on_each_line() {
    let server = Server::start(&[]);
    for (id, content) in [("aa", r#"{"n":2}"#), ("bb", r#"{"n":1}"#), ("cc", r#"{"n":3}"#)] {
        object(&server, "put", &[id, content]).text();
    }
    let ids = |verb: &str, arguments: &[&str]| -> Vec<String> {
        let ran = object(&server, verb, arguments);
        ran.text().lines().map(|line| read(line)["_id"].as_str().expect("an ID").to_owned()).collect()
    };
    assert_eq!(ids("list", &[]), ["aa", "bb", "cc"]);
    assert_eq!(ids("list", &["--order-by", "n", "--descending"]), ["cc", "aa", "bb"]);
    assert_eq!(ids("list", &["--order-by", "n", "--limit", "2"]), ["bb", "aa"]);
    let clause = r#"{ "clause": {"type":"range","field":"n","lowerLimit":2}, "orderBy": "n" }"#;
    assert_eq!(ids("query", &[clause]), ["aa", "cc"]);
    let count = r#"{"aggregations":[{"type":"COUNT","putAggregationInto":"all"}]}"#;
    assert_eq!(object(&server, "query", &[count]).text(), r#"{"all":3}"#);
}

#[test]
fn buckets_are_listed_and_dropped() {
    let server = Server::start(&[]);
    let bucket = |arguments: &[&str]| server.pail(&[&["bucket"], arguments].concat());
    let of_alice = ["--app", "demo", "--user", "alice"];
    let list = |output: &[&str]| bucket(&[&["list"], &of_alice[..], output].concat());
    assert_eq!(list(&[]).text(), "the user alice of the app demo has no buckets.");
    for name in ["plans", "drafts"] {
        let place = [&["object", "put"], &of_alice[..], &["--bucket", name, "one.more", "{}"]].concat();
        server.pail(&place).text();
    }
    assert_eq!(list(&[]).text(), "drafts\nplans");
    assert_eq!(list(&["--output", "json"]).json(), json!({"bucketIDs": ["drafts", "plans"]}));
    let drop = [&["drop"], &of_alice[..], &["--bucket", "drafts"]].concat();
    let name = "the bucket drafts of the user alice of the app demo";
    assert_eq!(bucket(&drop).text(), format!("{name} is dropped, with all it held."));
    fails(&bucket(&drop), &format!("{name} does not exist"));
    assert_eq!(list(&[]).text(), "plans");
    fails(&bucket(&["list", "--app", "none"]), "there is no app none");
}
