//! `--endpoint-url`: a DynamoDB that is not embedded.

use crate::dynamodb;
use crate::program::{NOTES, Server, basic, collection, pail, run, run_command};

#[test]
fn objects_land_in_the_dynamodb_that_was_named() {
    let store = Server::start(&[]);
    let endpoint = store.endpoint();
    let server = Server::over(&endpoint, &[]);
    let line = format!("Data: in the DynamoDB at {endpoint}");
    assert!(server.banner.lines().any(|known| known == line), "{}", server.banner);
    assert!(!server.banner.contains("DynamoDB API:"), "{}", server.banner);
    let bearer = store.bearer("demo", &["--user", "alice"]);
    server.create(NOTES, &bearer, r#"{"by way of":"the second"}"#).assert_created();
    assert_eq!(dynamodb::contents(&store), [r#"{"by way of":"the second"}"#]);
    assert!(server.stop().status.success());
    store.create(NOTES, &bearer, "{}").assert_created();
}

#[test]
fn no_demo_app_is_created_in_another_dynamodb() {
    let store = Server::start(&["--app", "theirs", "--key", "k"]);
    let server = Server::over(&store.endpoint(), &[]);
    assert!(!server.banner.contains("App:"), "{}", server.banner);
    server
        .create(&collection("demo", "", "notes"), &basic("demo", "demo-key"), "{}")
        .assert_refused(404, "APP_NOT_FOUND");
    assert_eq!(dynamodb::scan(&store, "pail-apps").len(), 1);
}

#[test]
fn an_app_that_the_flags_name_is_created_there() {
    let store = Server::start(&[]);
    let server = Server::over(&store.endpoint(), &["--app", "new", "--key", "k"]);
    assert!(server.banner.contains("\nApp: new, key k\n"), "{}", server.banner);
    let bearer = store.bearer("new", &["--user", "alice"]);
    server.create(&collection("new", "", "notes"), &bearer, "{}").assert_created();
}

#[test]
fn missing_tables_are_reported_with_the_command_that_creates_them() {
    let store = Server::start(&[]);
    let endpoint = store.endpoint();
    let tables = ["--endpoint-url", &endpoint, "--apps-table", "their-apps", "--objects-table", "their-objects"];
    let message = format!(
        "the tables their-apps, their-objects and pail-index are not all there at {endpoint}: `pail table create` makes them, \
         and --stack, --apps-table, --objects-table and --index-table name others"
    );
    for command in [
        &["serve", "--port", "0", "--app", "a", "--key", "k"][..],
        &["app", "create", "--app", "a"],
        &["app", "list"],
        &["app", "show", "--app", "a"],
        &["acl", "show", "--app", "a"],
        &["token", "--app", "a", "--admin"],
    ] {
        assert_eq!(run(&[command, &tables].concat()).failure(), message, "{command:?}");
    }
}

#[test]
fn a_server_without_tables_serves_as_soon_as_they_exist() {
    let store = Server::start(&[]);
    let tables = ["--apps-table", "their-apps", "--objects-table", "their-objects"];
    let server = Server::over(&store.endpoint(), &tables);
    let path = collection("a", "", "notes");
    server.create(&path, &basic("a", "k"), "{}").assert_refused(500, "UNDEFINED_ERROR");
    store.pail(&[&["table", "create"], &tables[..]].concat()).text();
    store.pail(&[&["app", "create", "--app", "a"], &tables[..]].concat()).text();
    let token = store.pail(&[&["token", "--app", "a", "--admin"], &tables[..]].concat());
    server.create(&path, &format!("Bearer {}", token.text()), "{}").assert_created();
}

#[test]
fn a_server_survives_the_deletion_of_its_tables() {
    let server = Server::start(&[]);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    server.create(NOTES, &bearer, "{}").assert_created();
    dynamodb::drop_table(&server, "pail-objects");
    let failed = server.create(NOTES, &bearer, "{}");
    failed.assert_refused(500, "UNDEFINED_ERROR");
    assert_eq!(failed.json()["requestID"].as_str(), failed.header("x-request-id"), "{failed:?}");
    assert!(!failed.body.contains("pail-objects"), "the answer names no table: {failed:?}");
    assert_eq!(
        server.pail(&["table", "create"]).text(),
        "pail-apps: was there already\npail-objects: created\npail-index: was there already"
    );
    server.create(NOTES, &bearer, "{}").assert_created();
}

#[test]
fn a_dynamodb_that_cannot_be_reached_is_reported() {
    // Port 1 is reserved for a service that no machine runs any more.
    let endpoint = "http://127.0.0.1:1";
    for command in [&["app", "list"][..], &["serve", "--port", "0", "--app", "a", "--key", "k"]] {
        let ran = run(&[command, &["--endpoint-url", endpoint]].concat());
        assert!(ran.failure().starts_with(&format!("DynamoDB at {endpoint}: it cannot be reached: ")), "{ran:?}");
    }
}

#[test]
fn a_server_other_than_dynamodb_is_reported() {
    let server = Server::start(&[]);
    let endpoint = format!("http://{}", server.api);
    let ran = run(&["app", "list", "--endpoint-url", &endpoint]);
    let message = ran.failure();
    assert!(message.contains(&endpoint) && !message.ends_with(':'), "a whole sentence: {message}");
}

#[test]
fn an_invalid_endpoint_url_is_refused() {
    for wrong in ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "localhost", "/path"] {
        let ran = run(&["app", "list", "--endpoint-url", wrong]);
        let message = format!("{wrong:?} is no endpoint URL: write it like http://127.0.0.1:8000");
        assert_eq!(ran.failure(), message);
    }
}

#[test]
fn the_endpoint_is_read_anywhere_on_the_command_line_or_from_the_environment() {
    let server = Server::start(&[]);
    let endpoint = server.endpoint();
    for line in [
        ["--endpoint-url", &endpoint, "app", "list"],
        ["app", "--endpoint-url", &endpoint, "list"],
        ["app", "list", "--endpoint-url", &endpoint],
    ] {
        assert_eq!(run(&line).text(), "demo  enabled");
    }
    for name in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"] {
        let mut command = pail(&["app", "list"]);
        command.env(name, &endpoint);
        assert_eq!(run_command(command).text(), "demo  enabled", "{name}");
    }
    let mut command = pail(&["app", "list", "--endpoint-url", &endpoint]);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1");
    assert_eq!(run_command(command).text(), "demo  enabled", "the flag overrides the variable");
}

#[test]
fn table_names_come_from_flags_or_the_environment() {
    let server = Server::start(&[]);
    let names = ["--apps-table", "a-table", "--objects-table", "o-table"];
    server.pail(&[&["table", "create"][..], &names].concat()).text();
    server.pail(&[&["app", "create", "--app", "mine"][..], &names].concat()).text();
    let list = |variable: &str, flags: &[&str]| {
        let endpoint = server.endpoint();
        let mut command = pail(&[&["app", "list", "--endpoint-url", &endpoint], flags].concat());
        command.env("PAIL_APPS_TABLE", variable);
        run_command(command).text().to_owned()
    };
    assert_eq!(list("a-table", &[]), "mine  enabled");
    assert_eq!(list("nowhere", &["--apps-table", "a-table"]), "mine  enabled");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let server = Server::start(&[]);
    let endpoint = server.endpoint();
    let mut command = pail(&["app", "list", "--endpoint-url", &endpoint]);
    for name in [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "PAIL_APPS_TABLE",
        "PAIL_OBJECTS_TABLE",
        "PAIL_INDEX_TABLE",
    ] {
        command.env(name, "");
    }
    assert_eq!(run_command(command).text(), "demo  enabled");
}

#[test]
fn requests_to_this_machine_bypass_the_proxy() {
    let server = Server::start(&[]);
    let mut command = pail(&["app", "list", "--endpoint-url", &server.endpoint()]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1");
    }
    assert_eq!(run_command(command).text(), "demo  enabled");
}

#[test]
fn a_server_uses_the_tables_that_the_environment_names() {
    let mut command = pail(&["serve", "--port", "0", "--dynamodb-port", "0"]);
    command.env("PAIL_APPS_TABLE", "my-apps").env("PAIL_OBJECTS_TABLE", "my-objects");
    let server = Server::spawn(command);
    assert_eq!(server.pail(&["app", "list", "--apps-table", "my-apps"]).text(), "demo  enabled");
    assert!(
        server
            .pail(&["app", "list"])
            .failure()
            .starts_with("the tables pail-apps, pail-objects and pail-index are not all")
    );
}

#[test]
fn without_region_and_endpoint_the_error_says_what_to_set() {
    let mut command = pail(&["app", "list"]);
    // Prevents a request to the metadata service of EC2.
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    assert_eq!(
        run_command(command).failure(),
        "no AWS Region is set: set AWS_REGION, or for `pail serve` on this machine add --endpoint-url http://127.0.0.1:8000"
    );
}

#[test]
fn the_engine_and_another_dynamodb_exclude_each_other_wherever_the_flags_stand() {
    let server = Server::start(&[]);
    for flags in [&["--data", "never.db"][..], &["--dynamodb-port", "0"], &["--dynamodb-bind", "127.0.0.2"]] {
        let ran = run(&[&["--endpoint-url", &server.endpoint(), "serve", "--port", "0"], flags].concat());
        assert!(ran.failure().contains("--endpoint-url names another"), "{ran:?}");
    }
    assert!(!std::path::Path::new("never.db").exists());
}

#[test]
fn the_endpoint_of_a_profile_is_used_and_its_credentials_may_take_seconds() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let helper = r#"sh -c 'sleep 3; echo "{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\"}"'"#;
    let script = folder.path().join("credentials.sh");
    std::fs::write(&script, helper).unwrap();
    let profile = format!(
        "[default]\nregion = eu-west-1\nendpoint_url = {}\ncredential_process = sh {}\n",
        server.endpoint(),
        script.display()
    );
    let file = folder.path().join("config");
    std::fs::write(&file, profile).unwrap();
    let mut command = pail(&["app", "list"]);
    command.env("AWS_CONFIG_FILE", &file).env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"));
    assert_eq!(run_command(command).text(), "demo  enabled");
}
