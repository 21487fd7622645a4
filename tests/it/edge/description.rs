//! The description of the API (section 1): who gets it, and that it has what the product and the contract have. That each answer
//! is as it says is checked in every test, by [`pail_testing::description`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use pail::http::cors::AllowedOrigins;
use pail_testing::description::TEXT;
use pail_testing::log::Log;
use pail_testing::tree::Tree;
use pail_testing::{Call, Gateway, Installation};

const PATH: &str = "/api/openapi.json";

fn description() -> Value {
    serde_json::from_str(TEXT).expect("the description is JSON")
}

/// A request without credentials, content type and body.
fn call(method: &str, path: &str) -> Call {
    Call::object(method, "", "", "").path(path)
}

#[tokio::test]
async fn anybody_gets_the_description_without_a_look_at_the_storage() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        let get = call("GET", PATH).through(gateway);
        for call in [get.clone(), get.clone().bearer("x"), get.clone().basic("nowhere", "x"), get.body("{")] {
            let answer = installation.answer(&call).await;
            assert_eq!((answer.status, answer.header("cache-control")), (200, "public, max-age=3600"));
            assert!(answer.body == TEXT, "another text than that of the file");
            let head = installation.answer(&call.method("HEAD")).await;
            assert_eq!((head.status, &head.headers, head.body.as_str()), (200, &answer.headers, ""));
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            installation.refused_unread(&call(method, PATH).through(gateway), 405, "METHOD_NOT_ALLOWED").await;
        }
    }
    assert_eq!(installation.wire.take_operations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_log_says_that_the_description_was_read() {
    let installation = Installation::start().await;
    let log = Log::collect();
    installation.answer(&call("GET", PATH)).await;
    let line: Value = serde_json::from_str(&log.take()).expect("one line of JSON");
    assert_eq!((&line["outcome"], &line["status"], &line["storage_calls"]), (&"read".into(), &200.into(), &0.into()));
    assert_eq!((&line["span"]["operation"], line["span"].get("app")), (&"describe".into(), None));
}

#[tokio::test]
async fn caches_keep_the_description_apart_for_origins_that_are_listed() {
    let origins = AllowedOrigins::parse("https://a.example,https://b.example").expect("origins");
    let installation = Installation::with(|settings| settings.allowed_origins = origins).await;
    for origin in ["https://a.example", "https://b.example"] {
        let answer = installation.answer(&call("GET", PATH).header("Origin", origin)).await;
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), (origin, "Origin"));
    }
}

/// The methods that the product lists for a path; none if it is no resource.
async fn methods(installation: &Installation, path: &str) -> Option<BTreeSet<String>> {
    let answer = installation.answer(&call("OPTIONS", path)).await;
    let allowed = answer.header("access-control-allow-methods");
    (answer.status == 204).then(|| allowed.split(", ").map(str::to_ascii_lowercase).collect())
}

/// A path of the description with something in the place of each parameter.
fn filled(path: &str) -> String {
    let filled: Vec<&str> =
        path.split('/').map(|segment| if segment.starts_with('{') { "x1" } else { segment }).collect();
    format!("/api{}", filled.join("/"))
}

#[tokio::test]
async fn each_path_of_the_description_has_the_methods_of_the_product() {
    let installation = Installation::start().await;
    for (path, item) in members(&description()["paths"]) {
        let described: BTreeSet<String> = members(item).map(|(name, _)| name.clone()).collect();
        let described = described.into_iter().filter(|name| name != "parameters").collect();
        assert_eq!(methods(&installation, &filled(path)).await, Some(described), "{path}");
    }
}

#[tokio::test]
async fn no_path_of_the_product_is_missing_in_the_description() {
    let installation = Installation::start().await;
    let description = description();
    let described: Vec<Vec<String>> = members(&description["paths"]).map(|(path, _)| segments(path)).collect();
    let is_described = |path: &[String]| {
        let is = |(described, segment): (&String, &String)| described.starts_with('{') || described == segment;
        described.iter().any(|known| known.len() == path.len() && known.iter().zip(path).all(is))
    };
    let fill = |segment: &String| if segment.starts_with('{') { "x1".to_owned() } else { segment.clone() };
    let filled: Vec<Vec<String>> = described.iter().map(|path| path.iter().map(fill).collect()).collect();
    // Every path that is one segment longer than the beginning of a described one.
    let words: BTreeSet<String> = filled.iter().flatten().cloned().chain(["devices".to_owned()]).collect();
    let beginnings: BTreeSet<&[String]> =
        filled.iter().flat_map(|path| (0..=path.len()).map(|length| &path[..length])).collect();
    let mut found = 0;
    for (beginning, word) in beginnings.iter().flat_map(|beginning| words.iter().map(move |word| (*beginning, word))) {
        let path: Vec<String> = beginning.iter().chain([word]).cloned().collect();
        let is_resource = methods(&installation, &format!("/api/{}", path.join("/"))).await.is_some();
        assert_eq!(is_resource, is_described(&path), "{path:?}");
        found += usize::from(is_resource);
    }
    assert!(found > described.len(), "only {found} of the paths are resources");
}

#[test]
fn the_scopes_have_the_same_operations() {
    let description = description();
    // The user or thing whose scope it is may not take away an entry of its own on a bucket there.
    let own_entry = "#/components/responses/OwnEntry";
    let conflict = "#/components/responses/ACLConflict";
    let of_scope = |prefix: &str| -> BTreeMap<String, Value> {
        let below = members(&description["paths"]).filter_map(|(path, item)| Some((path.strip_prefix(prefix)?, item)));
        let in_scope = below.filter(|(path, _)| ["/acl", "/buckets"].iter().any(|start| path.starts_with(start)));
        in_scope.map(|(path, item)| (path.to_owned(), item.clone())).collect()
    };
    let plain = |mut item: Value, id: Option<&str>| {
        let parameters = item["parameters"].as_array_mut().expect("parameters of the path");
        parameters.retain(|one| id.is_none_or(|id| one["$ref"] != format!("#/components/parameters/{id}")));
        for (_, operation) in item.as_object_mut().into_iter().flatten().filter(|(name, _)| *name != "parameters") {
            let operation = operation.as_object_mut().expect("an operation");
            operation.retain(|name, _| name != "operationId" && name != "summary");
            let answers = operation["responses"].as_object_mut().expect("answers");
            answers.retain(|_, answer| answer["$ref"] != own_entry);
            if answers.get("409").is_some_and(|answer| answer["$ref"] == conflict) {
                answers["409"]["$ref"] = "#/components/responses/StaleACL".into();
            }
        }
        item
    };
    let of_app = of_scope("/apps/{appID}");
    assert!(of_app.len() > 10, "the paths of the app's scope were found: {of_app:?}");
    for (prefix, id) in [("users", "userID"), ("groups", "groupID"), ("things", "thingID")] {
        let of_other = of_scope(&format!("/apps/{{appID}}/{prefix}/{{{id}}}"));
        assert!(of_other.keys().eq(of_app.keys()), "{prefix}");
        for (path, item) in of_other {
            assert_eq!(plain(item, Some(id)), plain(of_app[&path].clone(), None), "{prefix}: {path}");
        }
    }
}

/// A row of the contract's table of errors: status, `errorCode`, and the name in the media type.
type Row = (String, String, String);

/// The rows of the table in docs/api.md.
fn rows_of_the_contract() -> BTreeSet<Row> {
    let contract = include_str!("../../../docs/api.md");
    let section =
        contract.split("\n## ").find(|section| section.starts_with("5. Errors")).expect("the section on errors");
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split('|').map(|cell| cell.trim().replace('`', ""));
        let row = (cells.next()?, cells.next()?, cells.next()?);
        row.0.parse::<u16>().is_ok().then_some(row)
    });
    rows.collect()
}

/// The errors that a described answer can be.
fn rows_of(description: &Value, status: &str, answer: &Value) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for (media_type, content) in members(&resolved(description, answer)["content"]) {
        let name = media_type.trim_start_matches("application/vnd.kii.").trim_end_matches("+json");
        let schema = resolved(description, &content["schema"]);
        for schema in schema["oneOf"].as_array().unwrap_or(&vec![schema.clone()]) {
            let code = &resolved(description, schema)["properties"]["errorCode"];
            let codes = code["enum"].as_array().cloned().unwrap_or_else(|| vec![code["const"].clone()]);
            let codes = codes.iter().filter_map(Value::as_str);
            rows.extend(codes.map(|code| (status.to_owned(), code.to_owned(), name.to_owned())));
        }
    }
    rows
}

#[test]
fn each_error_of_the_contract_is_in_the_description_and_no_other() {
    let description = description();
    let mut rows = BTreeSet::new();
    for (_, operation) in operations(&description) {
        for (status, answer) in members(&operation["responses"]) {
            rows.extend(rows_of(&description, status, answer));
        }
    }
    let (of_oauth, rows): (BTreeSet<Row>, BTreeSet<Row>) =
        rows.into_iter().partition(|(_, _, name)| name == "application/json");
    let contract = rows_of_the_contract();
    assert!(contract.len() > 25, "the rows of the table were found: {contract:?}");
    assert_eq!(rows, contract);
    // Those of RFC 6749 and its kin, which the contract lists in words.
    let of_oauth: BTreeSet<(&str, &str)> =
        of_oauth.iter().map(|(status, code, _)| (status.as_str(), code.as_str())).collect();
    let expected = [
        ("400", "invalid_grant"),
        ("400", "invalid_request"),
        ("400", "unsupported_grant_type"),
        ("400", "unsupported_token_type"),
        ("401", "invalid_client"),
    ];
    assert_eq!(of_oauth, BTreeSet::from(expected));
}

#[test]
fn each_operation_has_an_id_of_its_own_and_says_how_it_relates_to_kii() {
    let description = description();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&description) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id.to_owned()), "{name}: {id}");
        assert!(operation["x-kii"].is_string() && operation["summary"].is_string(), "{name}");
    }
    let mut marks = BTreeSet::new();
    walk(&description, &mut |members| marks.extend(members.get("x-kii").map(Value::to_string)));
    assert_eq!(marks, ["differs", "none", "same"].map(|mark| format!("\"{mark}\"")).into());
}

#[test]
fn references_lead_somewhere_and_each_component_is_used() {
    let description = description();
    let mut used = BTreeSet::new();
    walk(&description, &mut |members| {
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            assert!(description.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
            used.insert(reference.to_owned());
        }
        for requirement in members.get("security").and_then(Value::as_array).into_iter().flatten() {
            used.extend(self::members(requirement).map(|(name, _)| format!("#/components/securitySchemes/{name}")));
        }
    });
    for (kind, all) in members(&description["components"]) {
        for (name, _) in members(all) {
            assert!(used.contains(&format!("#/components/{kind}/{name}")), "nothing uses {kind}/{name}");
        }
    }
}

/// The longest line.
const WIDTH: usize = 150;

/// A value as the file has it: on one line if it fits, else each member or element on its own line.
fn formatted(value: &Tree, before: usize, indent: usize) -> String {
    let line = on_one_line(value);
    let (open, rows, close) = match value {
        Tree::Word(_) | Tree::Text(_) => return line,
        _ if before + line.chars().count() < WIDTH => return line,
        Tree::List(elements) => {
            let row = |element| formatted(element, indent + 2, indent + 2);
            ('[', elements.iter().map(row).collect::<Vec<_>>(), ']')
        }
        Tree::Object(members) => {
            let row = |(name, value): &(String, Tree)| {
                let name = format!("{}: ", quoted(name));
                let value = formatted(value, indent + 2 + name.chars().count(), indent + 2);
                format!("{name}{value}")
            };
            ('{', members.iter().map(row).collect(), '}')
        }
    };
    let inner = format!("\n{}", " ".repeat(indent + 2));
    format!("{open}{inner}{}\n{}{close}", rows.join(&format!(",{inner}")), " ".repeat(indent))
}

fn on_one_line(value: &Tree) -> String {
    match value {
        Tree::Word(word) => word.clone(),
        Tree::Text(text) => quoted(text),
        Tree::List(elements) => format!("[{}]", elements.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        Tree::Object(members) => {
            let member = |(name, value): &(String, Tree)| format!("{}: {}", quoted(name), on_one_line(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[test]
fn the_file_is_formatted() {
    let tree = Tree::read(TEXT.as_bytes()).expect("the description is JSON");
    assert!(!tree.has_duplicate_names(), "a name occurs twice in an object");
    let expected = format!("{}\n", formatted(&tree, 0, 0));
    for (number, (found, expected)) in TEXT.lines().zip(expected.lines()).enumerate() {
        assert_eq!(
            found,
            expected,
            "line {} of docs/openapi.json: what fits into {WIDTH} characters is one line",
            number + 1
        );
    }
    assert!(TEXT == expected, "docs/openapi.json ends otherwise than with one line break");
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(str::to_owned).collect()
}

/// The operations, by method and path.
fn operations(description: &Value) -> impl Iterator<Item = (String, &Value)> {
    members(&description["paths"]).flat_map(|(path, item)| {
        let methods = members(item).filter(|(name, _)| *name != "parameters");
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

/// A value, or what it refers to.
fn resolved<'a>(description: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().map(|reference| &reference[1..]);
    pointer.map_or(value, |pointer| description.pointer(pointer).expect("what is referred to"))
}

/// Calls `visit` for each object in a value.
fn walk(value: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(members);
            members.values().for_each(|value| walk(value, visit));
        }
        Value::Array(elements) => elements.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

/// The members of an object; none if there is no object.
fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
