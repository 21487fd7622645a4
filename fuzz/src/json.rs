//! A second reader of the JSON that is asked for: by serde_json, level by level, with every number as it was sent.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The most levels of objects and arrays.
const MOST_LEVELS: usize = 32;

/// A value. Numbers and words are kept as text, as no number type holds all of them.
#[derive(Debug, PartialEq)]
pub enum Tree {
    /// An object, with its members in their order.
    Object(Vec<(String, Tree)>),
    /// An array.
    Array(Vec<Tree>),
    /// A string, with its escapes resolved.
    Text(String),
    /// A number, `true`, `false` or `null`.
    Word(String),
}

/// The members of the object that `text` is; `None` if it is none, holds a name twice or is too deep.
pub fn object(text: &str) -> Option<Vec<(String, Tree)>> {
    match tree(text, 1)? {
        Tree::Object(members) => Some(members),
        _ => None,
    }
}

fn tree(text: &str, level: usize) -> Option<Tree> {
    // A byte-order mark is no blank, and RawValue keeps none.
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let nests = text.starts_with(['{', '[']);
    if nests && level > MOST_LEVELS {
        return None;
    }
    match text.as_bytes().first()? {
        b'{' => {
            let Members(members) = serde_json::from_str(text).ok()?;
            let mut read = Vec::with_capacity(members.len());
            let mut names = std::collections::HashSet::new();
            for (name, value) in members {
                if !names.insert(name.clone()) {
                    return None;
                }
                read.push((name, tree(value.get(), level + 1)?));
            }
            Some(Tree::Object(read))
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            elements.into_iter().map(|element| tree(element.get(), level + 1)).collect::<Option<_>>().map(Tree::Array)
        }
        b'"' => serde_json::from_str(text).ok().map(Tree::Text),
        _ => serde_json::from_str::<&RawValue>(text).ok().map(|word| Tree::Word(word.get().to_owned())),
    }
}

/// The members of an object in their order, doubled ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}
