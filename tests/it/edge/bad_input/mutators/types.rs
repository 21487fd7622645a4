//! Replaces any value of an event with one of another type, or removes, moves, wraps or stringifies it.

use serde_json::{Map, Value, json};

use super::{Mutate, ODD_TEXTS, place};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("a type swapped", |event, random| {
        change_any(event, random, |value, random| {
            let others = [
                json!(null),
                json!(true),
                json!(0),
                json!(-1),
                json!(1e300),
                json!(18_446_744_073_709_551_615_u64),
                json!("x"),
                json!([]),
                json!([null]),
                json!({}),
                json!({"a": {"b": []}}),
            ];
            let kind = std::mem::discriminant(value);
            let others: Vec<Value> = others.into_iter().filter(|other| std::mem::discriminant(other) != kind).collect();
            *value = random.pick(&others).clone();
        })
    }),
    ("a text odd", |event, random| change_any(event, random, |value, random| *value = random.text(&ODD_TEXTS).into())),
    ("a huge text", |event, random| {
        change_any(event, random, |value, random| *value = "x".repeat(1 << random.below(17)).into())
    }),
    ("a value wrapped", |event, random| {
        change_any(event, random, |value, random| {
            let inner = value.take();
            *value = if random.below(2) == 0 { json!([inner]) } else { json!({"a": inner}) };
        })
    }),
    ("a value spelt out", |event, random| change_any(event, random, |value, _| *value = value.to_string().into())),
    ("a member dropped", |event, random| change_members(event, random, |members, name, _| drop(members.remove(name)))),
    ("a member re-cased", |event, random| {
        change_members(event, random, |members, name, random| {
            let value = members.remove(name).unwrap_or_default();
            members.insert(super::re_cased(name, random), value);
        })
    }),
    ("a member moved", |event, random| {
        change_members(event, random, |members, name, random| {
            let names: Vec<String> = members.keys().cloned().collect();
            let value = members.remove(name).unwrap_or_default();
            members.insert(random.pick(&names).clone(), value);
        })
    }),
    ("a text changed", |event, random| {
        change_any(event, random, |value, random| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let at = place(&text, random);
            let (head, tail) = text.split_at(at);
            let inserted =
                random.text(&["\0", "%", "/", " ", "\"", "\\", "{", "é", "\u{10ffff}", ",", ".", ":", "\n", "="]);
            *value = match random.below(4) {
                0 => head.to_owned(),
                1 => tail.to_owned(),
                2 => format!("{text}{text}"),
                _ => format!("{head}{inserted}{tail}"),
            }
            .into();
        })
    }),
];

/// Changes a random value anywhere in the event; seldom the event itself.
fn change_any(event: &mut Value, random: &mut Random, with: fn(&mut Value, &mut Random)) -> bool {
    let mut value = event;
    let mut level = 0;
    loop {
        let stops = random.below(if level == 0 { 50 } else { 6 }) == 0;
        let children = match value {
            Value::Object(members) => members.len(),
            Value::Array(elements) => elements.len(),
            _ => 0,
        };
        if stops || children == 0 {
            with(value, random);
            return true;
        }
        let at = random.below(children);
        value = match value {
            Value::Object(members) => members.values_mut().nth(at).expect("a member"),
            Value::Array(elements) => &mut elements[at],
            _ => unreachable!("it has children"),
        };
        level += 1;
    }
}

/// Changes the members of some object in the event, by the name of one of them.
fn change_members(
    event: &mut Value,
    random: &mut Random,
    with: fn(&mut Map<String, Value>, &str, &mut Random),
) -> bool {
    let Value::Object(members) = event else {
        return false;
    };
    let names: Vec<String> = members.keys().cloned().collect();
    if names.is_empty() {
        return false;
    }
    let name = random.pick(&names).clone();
    let goes_on = random.below(3) != 0;
    if goes_on && members.get_mut(&name).is_some_and(|member| change_members(member, random, with)) {
        return true;
    }
    with(members, &name, random);
    true
}
