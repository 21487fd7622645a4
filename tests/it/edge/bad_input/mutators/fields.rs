//! The header fields of an event in either of the two formats.

use serde_json::{Map, Value};

use pail_testing::Random;

/// A field's name, and its values in their order.
pub type Field = (String, Vec<Value>);

/// Lets `change` work on the fields of an event: in payload format 1.0 on the lists and, to match, on the single
/// values. Returns whether there were any.
pub fn change(event: &mut Value, random: &mut Random, change: impl FnOnce(&mut Vec<Field>, &mut Random)) -> bool {
    let has_lists = event.get("multiValueHeaders").is_some_and(Value::is_object);
    let Some(mut fields) = read(event, has_lists).filter(|fields| !fields.is_empty()) else {
        return false;
    };
    change(&mut fields, random);
    if has_lists {
        let lists = fields.iter().map(|(name, values)| (name.clone(), Value::Array(values.clone())));
        event["multiValueHeaders"] = lists.collect::<Map<_, _>>().into();
        let last = |values: &[Value]| values.last().cloned().unwrap_or_default();
        event["headers"] =
            fields.iter().map(|(name, values)| (name.clone(), last(values))).collect::<Map<_, _>>().into();
    } else {
        event["headers"] =
            fields.iter().map(|(name, values)| (name.clone(), joined(values))).collect::<Map<_, _>>().into();
    }
    true
}

fn read(event: &Value, has_lists: bool) -> Option<Vec<Field>> {
    let fields = event.get(if has_lists { "multiValueHeaders" } else { "headers" })?.as_object()?;
    let values = |value: &Value| match value {
        Value::Array(values) if has_lists => values.clone(),
        other => vec![other.clone()],
    };
    Some(fields.iter().map(|(name, value)| (name.clone(), values(value))).collect())
}

/// Joins several values as the gateways of payload format 2.0 do.
fn joined(values: &[Value]) -> Value {
    match values {
        [] => Value::Null,
        [value] => value.clone(),
        values => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",").into(),
    }
}
