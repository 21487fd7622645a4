//! `pail app`: apps and their keys.

use serde_json::json;

use crate::dynamodb;
use crate::program::{Server, after, basic, collection, run};

/// Whether the API accepts an app key.
fn is_known(server: &Server, app: &str, key: &str) -> bool {
    let answer = server.create(&collection(app, "", "notes"), &basic(app, key), "{}");
    answer.assert_refused(401, "UNAUTHORIZED");
    answer.json().get("authenticatedAppID").is_some()
}

#[test]
fn the_key_of_a_new_app_is_shown_once_and_works() {
    let server = Server::start(&[]);
    let created = server.pail(&["app", "create", "--app", "notes"]);
    let key = created.text().strip_prefix("The app notes was created.\nIts key, which is not shown again: ");
    let key = key.unwrap_or_else(|| panic!("{created:?}"));
    assert_eq!(key.len(), 43, "256 bits: {key}");
    assert!(is_known(&server, "notes", key));
    assert!(!is_known(&server, "notes", &key.to_ascii_lowercase()));
    let shown = server.pail(&["app", "show", "--app", "notes"]);
    assert!(!shown.text().contains(key), "{shown:?}");
    let stored = dynamodb::scan(&server, "pail-apps");
    assert!(!json!(stored).to_string().contains(key), "only a digest is stored: {stored:?}");
}

#[test]
fn scripts_get_the_key_of_a_new_app() {
    let server = Server::start(&[]);
    let created = server.pail(&["app", "create", "--app", "notes", "--output", "json"]).json();
    assert_eq!((&created["appID"], &created["changed"]), (&json!("notes"), &json!(true)), "{created}");
    assert!(is_known(&server, "notes", created["key"].as_str().expect("a key")));
    assert_eq!(created["keyID"].as_str().map(str::len), Some(12), "{created}");
    assert_eq!(created.as_object().map(serde_json::Map::len), Some(4), "{created}");
}

#[test]
fn a_key_that_the_operator_chose_works_and_is_not_printed() {
    let server = Server::start(&[]);
    let created = server.pail(&["app", "create", "--app", "notes", "--key", "my:key"]);
    assert_eq!(created.text(), "The app notes was created.");
    assert!(is_known(&server, "notes", "my:key"));
    let added = server.pail(&["app", "add-key", "--app", "notes", "--key", "other", "--output", "json"]).json();
    assert_eq!(added.get("key"), None, "{added}");
}

#[test]
fn an_app_is_not_created_twice() {
    let server = Server::start(&[]);
    server.pail(&["app", "create", "--app", "notes", "--key", "first"]).text();
    let before = dynamodb::scan(&server, "pail-apps");
    assert_eq!(
        server.pail(&["app", "create", "--app", "notes"]).failure(),
        "there is an app notes already: `pail app show --app notes` shows it"
    );
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
}

#[test]
fn an_app_is_shown_without_its_keys_and_secrets() {
    let server = Server::start(&[]);
    let stored = dynamodb::scan(&server, "pail-apps");
    let issuers = stored[0]["issuers"]["S"].as_str().expect("the issuers are a text");
    let secret = after(issuers, r#""k":""#).and_then(|rest| rest.split('"').next()).expect("a secret");
    let digest = stored[0]["keys"]["L"][0]["M"]["digest"]["B"].as_str().expect("a digest");
    for command in [
        &["app", "show", "--app", "demo"][..],
        &["app", "show", "--app", "demo", "--output", "json"],
        &["app", "list"],
        &["app", "list", "--output", "json"],
    ] {
        let shown = server.pail(command);
        for hidden in ["demo-key", secret, digest] {
            assert!(!shown.text().contains(hidden), "{command:?}: {shown:?}");
        }
    }
    let shown = server.pail(&["app", "show", "--app", "demo"]);
    let lines: Vec<&str> = shown.text().lines().collect();
    let [app, key, issuer] = lines[..] else { panic!("three lines: {shown:?}") };
    assert_eq!(app, "app demo: enabled");
    // The beginning of the SHA-256 of demo-key.
    assert!(key.starts_with("key c48a01f49fd0, added 20"), "{key}");
    assert!(issuer.starts_with("issuer pail, audience demo, keys "), "{issuer}");

    let shown = server.pail(&["app", "show", "--app", "demo", "--output", "json"]).json();
    assert_eq!((&shown["appID"], &shown["status"]), (&json!("demo"), &json!("enabled")), "{shown}");
    assert_eq!(shown["keys"][0]["keyID"], "c48a01f49fd0", "{shown}");
    assert!(shown["keys"][0]["createdAt"].is_u64(), "{shown}");
    let issuer = &shown["issuers"][0];
    let role = json!({"name": "role", "value": "admin"});
    let names = json!({
        "user": "sub", "audience": ["aud"], "role": role, "principal_type": "principal_type", "groups": "groups",
    });
    assert_eq!((&issuer["issuer"], &issuer["audiences"], &issuer["claims"]), (&json!("pail"), &json!([]), &names));
    assert_eq!(issuer["keyIDs"].as_array().map(Vec::len), Some(1), "{shown}");
}

#[test]
fn all_apps_are_listed_in_their_order() {
    let server = Server::start(&["--app", "b", "--key", "k", "--app", "a", "--key", "k"]);
    server.pail(&["app", "disable", "--app", "b"]).text();
    assert_eq!(server.pail(&["app", "list"]).text(), "a  enabled\nb  disabled");
    let listed = server.pail(&["app", "list", "--output", "json"]).json();
    let apps: Vec<_> = listed["apps"].as_array().expect("a list").iter().map(|app| &app["appID"]).collect();
    assert_eq!(apps, ["a", "b"]);
    let shown = server.pail(&["app", "show", "--app", "b", "--output", "json"]).json();
    assert_eq!(listed["apps"][1], shown);
}

#[test]
fn an_empty_list_of_apps_says_how_to_create_one() {
    let server = Server::start(&[]);
    let empty = ["--apps-table", "empty"];
    server.pail(&[&["table", "create"][..], &empty].concat()).text();
    let list = [&["app", "list"][..], &empty].concat();
    assert_eq!(server.pail(&list).text(), "There are no apps; `pail app create --app ID` makes one.");
    assert_eq!(server.pail(&[&list[..], &["--output", "json"]].concat()).json(), json!({"apps": []}));
}

#[test]
fn keys_are_rotated_without_a_moment_in_which_none_is_valid() {
    let server = Server::start(&["--app", "notes", "--key", "old"]);
    let added = server.pail(&["app", "add-key", "--app", "notes"]);
    let new = added.text().strip_prefix("A key was added to the app notes.\nIts key, which is not shown again: ");
    let new = new.unwrap_or_else(|| panic!("{added:?}"));
    assert!(is_known(&server, "notes", "old") && is_known(&server, "notes", new));
    let shown = server.pail(&["app", "show", "--app", "notes", "--output", "json"]).json();
    let old_id = shown["keys"][0]["keyID"].as_str().expect("an ID");
    let removed = server.pail(&["app", "remove-key", "--app", "notes", "--key-id", old_id]);
    assert_eq!(removed.text(), format!("The key {old_id} of the app notes is good no longer."));
    assert!(!is_known(&server, "notes", "old") && is_known(&server, "notes", new));
    // The last key can be removed, too.
    let removed = server.pail(&["app", "remove-key", "--app", "notes", "--key", new, "--output", "json"]).json();
    assert_eq!((&removed["appID"], &removed["changed"]), (&json!("notes"), &json!(true)), "{removed}");
    assert!(!is_known(&server, "notes", new));
    let added = server.pail(&["app", "add-key", "--app", "notes", "--output", "json"]).json();
    assert_eq!((&added["appID"], &added["changed"]), (&json!("notes"), &json!(true)), "{added}");
    assert!(is_known(&server, "notes", added["key"].as_str().expect("a key")));
}

#[test]
fn adding_an_existing_key_or_removing_a_missing_one_changes_nothing() {
    let server = Server::start(&[]);
    let before = dynamodb::scan(&server, "pail-apps");
    let add = ["app", "add-key", "--app", "demo", "--key", "demo-key"];
    assert_eq!(server.pail(&add).text(), "The app demo has this key already.");
    let added = server.pail(&[&add[..], &["--output", "json"]].concat()).json();
    assert_eq!(added, json!({"appID": "demo", "keyID": "c48a01f49fd0", "changed": false}));
    let remove = ["app", "remove-key", "--app", "demo", "--key-id", "0123456789ab"];
    assert_eq!(
        server.pail(&remove).text(),
        "The app demo has no key 0123456789ab; `pail app show --app demo` lists those that it has."
    );
    let removed = server.pail(&[&remove[..], &["--output", "json"]].concat()).json();
    assert_eq!(removed, json!({"appID": "demo", "keyID": "0123456789ab", "changed": false}));
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
}

#[test]
fn a_key_to_remove_is_named_in_one_way() {
    let message =
        |arguments: &[&str]| run(&[&["app", "remove-key", "--app", "a"], arguments].concat()).misuse().to_owned();
    assert!(message(&[]).contains("--key-id <ID>|--key <KEY>"));
    assert!(message(&["--key-id", "0123456789ab", "--key", "k"]).contains("cannot be used with"));
}

#[test]
fn a_disabled_app_refuses_everybody_until_it_is_enabled() {
    let server = Server::start(&[]);
    let path = collection("demo", "", "notes");
    let admin = server.bearer("demo", &["--admin"]);
    assert_eq!(server.pail(&["app", "disable", "--app", "demo"]).text(), "The app demo is disabled now.");
    for credentials in [admin.as_str(), "Bearer forged", &basic("demo", "demo-key"), &basic("demo", "wrong")] {
        server.create(&path, credentials, "{}").assert_refused(403, "APP_DISABLED");
    }
    assert_eq!(server.pail(&["app", "disable", "--app", "demo"]).text(), "The app demo was disabled already.");
    let again = server.pail(&["app", "disable", "--app", "demo", "--output", "json"]).json();
    assert_eq!(again, json!({"appID": "demo", "status": "disabled", "changed": false}));
    let enabled = server.pail(&["app", "enable", "--app", "demo", "--output", "json"]).json();
    assert_eq!(enabled, json!({"appID": "demo", "status": "enabled", "changed": true}));
    assert_eq!(server.pail(&["app", "enable", "--app", "demo"]).text(), "The app demo was enabled already.");
    server.create(&path, &admin, "{}").assert_created();
}

#[test]
fn every_command_reports_an_app_that_does_not_exist() {
    let server = Server::start(&[]);
    let before = dynamodb::scan(&server, "pail-apps");
    let message = "there is no app ghost: `pail app create --app ghost` makes it, and `pail app list` shows all";
    for command in [
        &["app", "show"][..],
        &["app", "disable"],
        &["app", "enable"],
        &["app", "add-key"],
        &["app", "remove-key", "--key", "k"],
        &["app", "add-client"],
        &["app", "remove-client", "--client", "c"],
        &["app", "add-issuer", "--own"],
        &["app", "remove-issuer", "--issuer", "i"],
        &["acl", "show"],
        &["acl", "show", "--bucket", "news"],
        &["acl", "grant", "CREATE_NEW_BUCKET", "UserID:a"],
        &["acl", "revoke", "--bucket", "news", "READ_OBJECTS_IN_BUCKET", "UserID:a"],
        &["token", "--admin"],
        &["token", "--admin", "--opaque"],
    ] {
        let ran = server.pail(&[command, &["--app", "ghost"]].concat());
        assert_eq!(ran.failure(), message, "{command:?}");
    }
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
    assert!(dynamodb::scan(&server, "pail-objects").is_empty());
}

#[test]
fn an_item_that_cannot_be_read_is_reported_and_left_unchanged() {
    let server = Server::start(&[]);
    let mut item = dynamodb::scan(&server, "pail-apps").remove(0);
    item["status"] = json!({"S": "half enabled"});
    dynamodb::call(&server, "PutItem", &json!({"TableName": "pail-apps", "Item": item}));
    for command in [&["app", "show"][..], &["app", "enable"], &["app", "add-key"], &["token", "--admin"]] {
        let ran = server.pail(&[command, &["--app", "demo"]].concat());
        assert!(ran.failure().contains("cannot be read"), "{ran:?}");
        assert!(ran.failure().contains("status"), "{ran:?}");
    }
    let refused = server.create(&collection("demo", "", "notes"), &basic("demo", "demo-key"), "{}");
    refused.assert_refused(500, "UNDEFINED_ERROR");
    assert_eq!(dynamodb::scan(&server, "pail-apps"), [item]);
}
