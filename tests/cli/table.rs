//! `pail table`.

use serde_json::json;

use crate::dynamodb;
use crate::program::{Server, basic, collection};

#[test]
fn tables_are_created_once_in_an_empty_dynamodb() {
    let server = Server::start(&[]);
    for table in ["pail-apps", "pail-objects", "pail-index"] {
        dynamodb::drop_table(&server, table);
    }
    assert_eq!(dynamodb::call(&server, "ListTables", &json!({}))["TableNames"], json!([]));
    assert_eq!(
        server.pail(&["table", "create"]).text(),
        "pail-apps: created\npail-objects: created\npail-index: created"
    );
    assert_eq!(
        server.pail(&["table", "create"]).text(),
        "pail-apps: was there already\npail-objects: was there already\npail-index: was there already"
    );
    let tables = json!(["pail-apps", "pail-index", "pail-objects"]);
    assert_eq!(dynamodb::call(&server, "ListTables", &json!({}))["TableNames"], tables);
    let expires = dynamodb::call(&server, "DescribeTimeToLive", &json!({"TableName": "pail-objects"}));
    let expected = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"});
    assert_eq!(expires["TimeToLiveDescription"], expected);
    // A running server works with them.
    server
        .create(&collection("demo", "", "notes"), &basic("demo", "demo-key"), "{}")
        .assert_refused(404, "APP_NOT_FOUND");
}

#[test]
fn scripts_can_read_which_tables_were_created() {
    let server = Server::start(&[]);
    let create = ["table", "create", "--apps-table", "my-apps", "--output", "json"];
    let expected = |apps: bool| {
        json!({
            "appsTable": {"name": "my-apps", "created": apps},
            "objectsTable": {"name": "pail-objects", "created": false},
            "indexTable": {"name": "pail-index", "created": false},
        })
    };
    assert_eq!(server.pail(&create).json(), expected(true));
    assert_eq!(server.pail(&create).json(), expected(false));
}
