//! `pail index`, and `pail serve --index`.

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Server, run};

const SCORES: &str = "/api/apps/demo/buckets/scores/objects";

/// A server with an index on scores, over a data file or in memory.
fn server(arguments: &[&str]) -> Server {
    Server::start(&[&["--index", "app/scores=score,_created"][..], arguments].concat())
}

fn create_scores(server: &Server) {
    let bearer = server.bearer("demo", &["--admin"]);
    for score in [5, 1, 3] {
        server.create(SCORES, &bearer, &format!(r#"{{"score":{score}}}"#)).assert_created();
    }
}

/// What `pail object query` finds, by score.
fn scores(server: &Server) -> Vec<i64> {
    let query = json!({"orderBy": "score"}).to_string();
    let found = server.pail(&["object", "query", "--app", "demo", "--bucket", "scores", &query]);
    let objects = found.text().lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    objects.map(|object| object["score"].as_i64().expect("a score")).collect()
}

#[test]
fn a_server_has_the_indexes_ready_that_it_is_started_with() {
    let server = server(&["--index", "user/todos=done"]);
    let list = server.pail(&["index", "list", "--app", "demo"]);
    assert_eq!(list.text(), "app/scores=score,_created  ready\nuser/todos=done  ready");
    create_scores(&server);
    assert_eq!(dynamodb::scan(&server, "pail-index").len(), 3);
    assert_eq!(scores(&server), [1, 3, 5]);
}

#[test]
fn an_index_is_filled_from_what_a_data_file_of_the_format_before_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pail.db");
    let path = file.to_str().expect("a path");
    let before = Server::start(&["--data", path]);
    create_scores(&before);
    dynamodb::drop_table(&before, "pail-index");
    assert!(before.stop().status.success());
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 1).unwrap();
    let server = server(&["--data", path]);
    assert_eq!(scores(&server), [1, 3, 5]);
    assert_eq!(dynamodb::scan(&server, "pail-index").len(), 3);
    assert!(server.stop().status.success());
    let format: i64 =
        rusqlite::Connection::open(&file).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(format, 2, "an older program would write objects without entries");
}

#[test]
fn indexes_are_shown_and_checked() {
    let server = server(&[]);
    create_scores(&server);
    let place = ["--app", "demo", "--bucket", "scores"];
    let show = server.pail(&[&["index", "show"][..], &place, &["--fields", "score,_created"]].concat());
    assert_eq!(show.text(), "app/scores=score,_created  ready\nQueries use it.");
    let entry = dynamodb::scan(&server, "pail-index").remove(0);
    let key = json!({"pk": entry["pk"], "sk": entry["sk"]});
    dynamodb::call(&server, "DeleteItem", &json!({"TableName": "pail-index", "Key": key}));
    let checked = server.pail(&[&["index", "check"][..], &place].concat());
    assert_eq!(checked.text(), "3 objects and 3 entries checked, 1 entries added, 0 removed");
    // What an index left that is gone, of which objects hold the marks.
    let app = json!({"app_id": {"S": "demo"}});
    let update = json!({"TableName": "pail-apps", "Key": app, "UpdateExpression": "SET #indexes.#rules = :none",
        "ExpressionAttributeNames": {"#indexes": "indexes", "#rules": "rules"},
        "ExpressionAttributeValues": {":none": {"L": []}}});
    let rules = dynamodb::scan(&server, "pail-apps").remove(0)["indexes"]["M"]["rules"].clone();
    dynamodb::call(&server, "UpdateItem", &update);
    let checked = server.pail(&[&["index", "check"][..], &place].concat());
    assert_eq!(checked.text(), "0 objects and 3 entries checked, 0 entries added, 3 removed");
    assert_eq!(dynamodb::scan(&server, "pail-index").len(), 0);
    // It is there again, and so are its entries.
    let mut update = update;
    update["ExpressionAttributeValues"][":none"] = rules;
    dynamodb::call(&server, "UpdateItem", &update);
    let checked = server.pail(&[&["index", "check"][..], &place].concat());
    assert_eq!(checked.text(), "3 objects and 3 entries checked, 3 entries added, 0 removed");
    assert_eq!(scores(&server), [1, 3, 5]);
    let again = server.pail(&[&["index", "create"][..], &place, &["--fields", "score,_created"]].concat());
    assert!(again.text().ends_with(" is ready already."), "{again:?}");
}

#[test]
fn what_is_no_index_is_refused_in_words() {
    let server = server(&[]);
    let fields = |fields: &str| {
        let place = ["index", "create", "--app", "demo", "--bucket", "scores", "--fields", fields];
        server.pail(&place).misuse().to_owned()
    };
    for bad in ["", "a,a", "a,b,c,d", "_secret", "a,"] {
        assert!(fields(bad).contains("an index has one to three different fields"), "{bad}");
    }
    let gone = server.pail(&["index", "show", "--app", "demo", "--bucket", "scores", "--fields", "x"]);
    assert!(gone.failure().contains("does not exist: `pail index list --app demo` shows all"), "{gone:?}");
    let kind = server.pail(&["index", "list", "--app", "nobody"]);
    assert!(kind.failure().starts_with("there is no app nobody"), "{kind:?}");
    for (bad, expected) in [
        ("scores=score", "an index is written like app/scores=score,_created"),
        ("room/scores=score", "the kind of a scope is app, user, group or thing"),
        ("app/scores=", "an index has one to three different fields"),
    ] {
        let refused = run(&["serve", "--port", "0", "--dynamodb-port", "0", "--index", bad]);
        assert!(refused.misuse().contains(expected), "{bad}: {refused:?}");
    }
}
