//! `pail app add-client` and `remove-client`.

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Ran, Server, after, collection, run, run_with_input};
use crate::wire;

const SECRET: &str = "a secret of 32 letters or more %+:";

/// The answer to a client that asks for a token.
fn ask(server: &Server, client: &str, secret: &str) -> wire::Response {
    let body = json!({"client_id": client, "client_secret": secret}).to_string();
    wire::request(&server.api, "POST", "/api/apps/demo/oauth2/token", &[], body.as_bytes())
}

fn add(server: &Server, further: &[&str]) -> Ran {
    server.pail(&[&["app", "add-client", "--app", "demo"], further].concat())
}

#[test]
fn a_new_client_is_shown_once_and_gets_tokens_of_the_administrator() {
    let server = Server::start(&[]);
    let added = add(&server, &[]);
    let lines: Vec<&str> = added.text().lines().collect();
    let [head, id, secret] = lines[..] else { panic!("three lines: {added:?}") };
    assert_eq!(head, "A client was added to the app demo.");
    let id = after(id, "client_id: ").expect("an ID");
    let secret = after(secret, "client_secret, which is not shown again: ").expect("a secret");
    assert_eq!((id.len(), secret.len()), (16, 43));
    let answer = ask(&server, id, secret);
    assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(id)), "{answer:?}");
    let token = format!("Bearer {}", answer.json()["access_token"].as_str().expect("a token"));
    server.create(&collection("demo", "users/bob", "notes"), &token, "{}").assert_created();
    for hidden in [&["app", "show", "--app", "demo"][..], &["app", "list", "--output", "json"]] {
        assert!(!server.pail(hidden).text().contains(secret), "{hidden:?}");
    }
    assert!(!json!(dynamodb::scan(&server, "pail-apps")).to_string().contains(secret));
    let shown = server.pail(&["app", "show", "--app", "demo"]);
    assert!(shown.text().lines().any(|line| line.starts_with(&format!("client {id}, added 20"))), "{shown:?}");
    let shown = server.pail(&["app", "show", "--app", "demo", "--output", "json"]).json();
    assert_eq!(shown["clients"][0]["client_id"], id);
    assert!(shown["clients"][0]["createdAt"].is_u64(), "{shown}");

    let removed = server.pail(&["app", "remove-client", "--app", "demo", "--client", id]);
    assert_eq!(removed.text(), format!("The client {id} of the app demo is good no longer, nor are its tokens."));
    assert_eq!(ask(&server, id, secret).status, 400);
    server.create(&collection("demo", "users/bob", "notes"), &token, "{}").assert_refused(403, "WRONG_TOKEN");
    let again = server.pail(&["app", "remove-client", "--app", "demo", "--client", id]);
    let message = format!("The app demo has no client {id}; `pail app show --app demo` lists those that it has.");
    assert_eq!(again.text(), message);
}

#[test]
fn an_id_and_a_secret_can_be_given_and_the_secret_is_not_repeated() {
    let server = Server::start(&[]);
    let added = add(&server, &["--client", "a/b 1", "--secret", SECRET]);
    assert_eq!(added.text(), "A client was added to the app demo.\nclient_id: a/b 1");
    assert_eq!(ask(&server, "a/b 1", SECRET).status, 200);
    let endpoint = server.endpoint();
    let arguments = ["app", "add-client", "--app", "demo", "--client", "c", "--secret", "-", "--output", "json"];
    let arguments = [&arguments[..], &["--endpoint-url", &endpoint]].concat();
    let added = run_with_input(&arguments, &format!("{SECRET}\n")).json();
    assert_eq!(added, json!({"appID": "demo", "client_id": "c", "changed": true}));
    assert_eq!(ask(&server, "c", SECRET).status, 200);
    let added: Value = add(&server, &["--output", "json"]).json();
    let (id, secret) =
        (added["client_id"].as_str().expect("an ID"), added["client_secret"].as_str().expect("a secret"));
    assert_eq!(ask(&server, id, secret).status, 200);
}

#[test]
fn a_client_that_cannot_be_is_refused() {
    let server = Server::start(&[]);
    add(&server, &["--client", "backend"]).text();
    let before = dynamodb::scan(&server, "pail-apps");
    for (arguments, message) in [
        (&["--client", "backend"][..], "the app demo has a client backend already"),
        (&["--client", "demo"], "a client cannot have the ID of its app"),
        (&["--client", "c", "--secret", "short"], "the secret is not valid: a client secret is 32 to 255"),
        (&["--client", "c", "--secret", ""], "the secret is not valid: a client secret is 32 to 255"),
    ] {
        let failure = add(&server, arguments).failure().to_owned();
        assert!(failure.starts_with(message), "{failure}");
    }
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
    for bad in ["", " a", "ä"] {
        let ran = run(&["app", "add-client", "--app", "demo", "--client", bad]);
        assert!(ran.misuse().contains("a client ID is 1 to 128 visible ASCII characters"), "{ran:?}");
    }
}
