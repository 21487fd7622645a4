//! Items in DynamoDB's JSON, so that tests can spell them out and compare them whole.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Items of all tables, by [`name`].
pub type Items = BTreeMap<String, Value>;

/// The key of an item of any table in one text: `app_id`, `pk` and `sk` with blanks between them.
pub fn name(item: &Value) -> String {
    let text = |attribute: &Value| attribute["S"].as_str().or(attribute["B"].as_str()).unwrap_or_default().to_owned();
    ["app_id", "pk", "sk"].map(|attribute| text(&item[attribute])).join(" ")
}

/// The attributes of an item that are its key.
pub fn key(item: &Value) -> Value {
    let attributes = ["app_id", "pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
    attributes.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
}

/// A binary attribute of these bytes.
pub fn binary(bytes: &[u8]) -> Value {
    json!({"B": STANDARD.encode(bytes)})
}

/// The bytes of a binary attribute.
pub fn bytes(attribute: &Value) -> Vec<u8> {
    STANDARD.decode(attribute["B"].as_str().expect("a binary attribute")).expect("Base64")
}

/// An item as JSON; sets are sorted.
pub fn to_json(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), value_to_json(value))).collect::<Map<_, _>>().into()
}

fn value_to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(bytes) => json!({"B": STANDARD.encode(bytes)}),
        AttributeValue::Bool(bool) => json!({"BOOL": bool}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::L(list) => json!({"L": list.iter().map(value_to_json).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": to_json(map)}),
        AttributeValue::Ss(set) => json!({"SS": sorted(set.clone())}),
        AttributeValue::Ns(set) => json!({"NS": sorted(set.clone())}),
        AttributeValue::Bs(set) => json!({"BS": sorted(set.iter().map(|bytes| STANDARD.encode(bytes)).collect())}),
        other => panic!("no test needs this kind of attribute: {other:?}"),
    }
}

fn sorted(mut set: Vec<String>) -> Vec<String> {
    set.sort();
    set
}

/// The item of such JSON.
pub fn from_json(item: &Value) -> HashMap<String, AttributeValue> {
    let members = item.as_object().expect("an item is an object");
    members.iter().map(|(name, value)| (name.clone(), value_from_json(value))).collect()
}

fn value_from_json(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).expect("an attribute has a kind");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let bytes = |text: &str| Blob::new(STANDARD.decode(text).expect("Base64"));
    let list = |value: &Value| value.as_array().expect("a list").clone();
    match kind.as_str() {
        "S" => AttributeValue::S(text(value)),
        "N" => AttributeValue::N(text(value)),
        "B" => AttributeValue::B(bytes(&text(value))),
        "BOOL" => AttributeValue::Bool(value == true),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(list(value).iter().map(value_from_json).collect()),
        "M" => AttributeValue::M(from_json(value)),
        "SS" => AttributeValue::Ss(list(value).iter().map(text).collect()),
        "NS" => AttributeValue::Ns(list(value).iter().map(text).collect()),
        "BS" => AttributeValue::Bs(list(value).iter().map(|value| bytes(&text(value))).collect()),
        other => panic!("no test needs this kind of attribute: {other}"),
    }
}

/// An ACL in the form of its attribute, from `{"VERB": ["subject", …]}`.
pub fn acl(entries: &Value) -> Value {
    let entries = entries.as_object().expect("an ACL is an object").iter();
    json!({"M": entries.map(|(verb, subjects)| (verb.clone(), json!({"SS": subjects}))).collect::<Map<_, _>>()})
}
