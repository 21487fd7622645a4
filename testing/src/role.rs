//! The function's role in the template: which actions of DynamoDB it allows on which table, and which ones calls need.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

/// An action, such as `GetItem`, and the name of a table in tests.
pub type Right = (String, String);

static ALLOWED: LazyLock<BTreeSet<Right>> = LazyLock::new(|| allowed_by(&template()));

/// What the role allows.
pub fn allowed() -> &'static BTreeSet<Right> {
    &ALLOWED
}

/// What a call needs. A transaction needs the actions of its writes.
pub fn needed(operation: &str, body: &Value) -> BTreeSet<Right> {
    let right = |action: &str, table: &Value| (action.to_owned(), table.as_str().expect("a table").to_owned());
    match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().expect("tables").keys();
            tables.map(|table| (operation.to_owned(), table.clone())).collect()
        }
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().expect("writes").iter();
            let parts = writes.flat_map(|write| write.as_object().expect("a write"));
            parts.map(|(kind, part)| right(action_of_write(kind), &part["TableName"])).collect()
        }
        _ => [right(operation, &body["TableName"])].into(),
    }
}

fn action_of_write(kind: &str) -> &'static str {
    match kind {
        "ConditionCheck" => "ConditionCheckItem",
        "Delete" => "DeleteItem",
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        other => panic!("{other} is no write of a transaction"),
    }
}

/// The template. `!GetAtt AppsTable.Arn` is read as the text `AppsTable.Arn`.
fn template() -> Yaml {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let text = std::fs::read_to_string(path).expect("the template");
    YamlLoader::load_from_str(&text).expect("the template is YAML").swap_remove(0)
}

fn allowed_by(template: &Yaml) -> BTreeSet<Right> {
    let policies = list(&template["Resources"]["FunctionRole"]["Properties"]["Policies"]);
    let statements = policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
    let mut allowed = BTreeSet::new();
    for statement in statements {
        assert_eq!(statement["Effect"].as_str(), Some("Allow"), "{statement:?}");
        for action in texts(&statement["Action"]).iter().filter_map(|action| action.strip_prefix("dynamodb:")) {
            let tables = texts(&statement["Resource"]).into_iter().map(|resource| table(template, &resource));
            allowed.extend(tables.map(|table| (action.to_owned(), table)));
        }
    }
    assert!(allowed.len() > 5, "the role's statements were found");
    allowed
}

/// The name in tests of the table with this ARN. `PAIL_APPS_TABLE` names the table that is `apps` here.
fn table(template: &Yaml, arn: &str) -> String {
    let resource = arn.strip_suffix(".Arn").unwrap_or_else(|| panic!("{arn} is no ARN of a table"));
    let variables = &template["Resources"]["Function"]["Properties"]["Environment"]["Variables"];
    let variables = variables.as_hash().expect("variables").iter();
    let names = variables.filter(|(_, value)| value.as_str() == Some(resource)).filter_map(|(name, _)| name.as_str());
    let names: Vec<&str> =
        names.filter_map(|name| name.strip_prefix("PAIL_").and_then(|name| name.strip_suffix("_TABLE"))).collect();
    assert_eq!(names.len(), 1, "one variable of the function names the table {resource}");
    names.concat().to_lowercase()
}

fn list(value: &Yaml) -> &[Yaml] {
    value.as_vec().expect("a list")
}

/// A text, or a list of texts.
fn texts(value: &Yaml) -> Vec<String> {
    match value.as_vec() {
        Some(values) => values.iter().flat_map(texts).collect(),
        None => vec![value.as_str().unwrap_or_else(|| panic!("{value:?} is no text")).to_owned()],
    }
}
