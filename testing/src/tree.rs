//! JSON as `serde_json` reads it, to compare Pail's own reader with.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::members::Members;

/// A value. Numbers keep their spelling, because floating-point numbers may not; strings have their escapes resolved; members
/// keep their order and duplicates.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A number, `true`, `false` or `null`.
    Word(String),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// A JSON text without the white space between its tokens.
pub fn compact(text: &str) -> String {
    let (mut is_inside, mut is_escaped) = (false, false);
    let is_kept = |character: &char| {
        let was_escaped = std::mem::replace(&mut is_escaped, false);
        match character {
            '"' if !was_escaped => is_inside = !is_inside,
            '\\' if is_inside && !was_escaped => is_escaped = true,
            _ => {}
        }
        is_inside || ![' ', '\t', '\n', '\r'].contains(character)
    };
    text.chars().filter(is_kept).collect()
}

impl Tree {
    /// The value of a text, if that is JSON in UTF-8.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        Self::of(serde_json::from_str(text).ok()?)
    }

    fn of(raw: &RawValue) -> Option<Self> {
        let text = raw.get();
        Some(match text.as_bytes().first()? {
            b'{' => {
                let members: Members<&RawValue> = serde_json::from_str(text).ok()?;
                let members = members.0.into_iter().map(|(name, value)| Some((name, Self::of(value)?)));
                Self::Object(members.collect::<Option<_>>()?)
            }
            b'[' => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::List(elements.into_iter().map(Self::of).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            _ => Self::Word(text.to_owned()),
        })
    }

    /// The same as `serde_json` has it. A number that is out of its range becomes a text.
    pub fn into_value(self) -> Value {
        self.into_value_with(Value::String)
    }

    /// The same, where `large` makes something else of a number that is out of range.
    pub fn into_value_with(self, large: fn(String) -> Value) -> Value {
        match self {
            Self::Word(word) => serde_json::from_str(&word).unwrap_or_else(|_| large(word)),
            Self::Text(text) => Value::String(text),
            Self::List(elements) => elements.into_iter().map(|element| element.into_value_with(large)).collect(),
            Self::Object(members) => {
                members.into_iter().map(|(name, value)| (name, value.into_value_with(large))).collect()
            }
        }
    }

    /// Whether the contract accepts it as an object, whatever its length.
    pub fn is_acceptable(&self) -> bool {
        self.is_object() && !self.has_duplicate_names() && self.levels() <= 32
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Whether any object in it has two members of one name.
    pub fn has_duplicate_names(&self) -> bool {
        match self {
            Self::Word(_) | Self::Text(_) => false,
            Self::List(elements) => elements.iter().any(Self::has_duplicate_names),
            Self::Object(members) => {
                let names: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.len() < members.len() || members.iter().any(|(_, value)| value.has_duplicate_names())
            }
        }
    }

    /// The depth of nested objects and arrays, itself included.
    pub fn levels(&self) -> usize {
        let below: Box<dyn Iterator<Item = &Self>> = match self {
            Self::Word(_) | Self::Text(_) => return 0,
            Self::List(elements) => Box::new(elements.iter()),
            Self::Object(members) => Box::new(members.iter().map(|(_, value)| value)),
        };
        1 + below.map(Self::levels).max().unwrap_or_default()
    }

    /// The result of Kii's merge of an object and a change: objects are merged at every level, everything else is
    /// replaced.
    pub fn merged_as_kii_does(&self, change: &Self) -> Self {
        let (Self::Object(members), Self::Object(changes)) = (self, change) else { return change.clone() };
        let mut merged = members.clone();
        for (name, value) in changes {
            match merged.iter_mut().find(|(known, _)| known == name) {
                Some((_, old)) => *old = old.merged_as_kii_does(value),
                None => merged.push((name.clone(), value.clone())),
            }
        }
        Self::Object(merged)
    }

    /// The function `MergePatch` of RFC 7396, section 2, line by line.
    pub fn merge_patched(&self, patch: &Self) -> Self {
        let Self::Object(patches) = patch else { return patch.clone() };
        let mut target = if let Self::Object(members) = self { members.clone() } else { Vec::new() };
        for (name, value) in patches {
            let at = target.iter().position(|(known, _)| known == name);
            match (at, value) {
                (Some(at), Self::Word(word)) if word == "null" => drop(target.remove(at)),
                (None, Self::Word(word)) if word == "null" => {}
                (Some(at), value) => target[at].1 = target[at].1.merge_patched(value),
                (None, value) => target.push((name.clone(), Self::Word("null".to_owned()).merge_patched(value))),
            }
        }
        Self::Object(target)
    }

    /// The object without the top-level members that are reserved for the server.
    pub fn without_server_members(mut self) -> Self {
        if let Self::Object(members) = &mut self {
            members.retain(|(name, _)| !name.starts_with('_'));
        }
        self
    }
}
