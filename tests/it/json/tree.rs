//! JSON as `serde_json` reads it, to hold Pail's own reader to.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::harness::members::Members;

/// A value: numbers as they are spelled, as they need not survive as floating-point numbers, strings with their escapes
/// resolved, and all members in their order, doubled ones too.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A number, `true`, `false` or `null`.
    Word(String),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
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

    /// Whether the contract lets it be an object, however long its text is.
    pub fn is_acceptable(&self) -> bool {
        self.is_object() && !self.doubles_a_name() && self.levels() <= 32
    }

    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Whether any object in it has two members of one name.
    pub fn doubles_a_name(&self) -> bool {
        match self {
            Self::Word(_) | Self::Text(_) => false,
            Self::List(elements) => elements.iter().any(Self::doubles_a_name),
            Self::Object(members) => {
                let names: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.len() < members.len() || members.iter().any(|(_, value)| value.doubles_a_name())
            }
        }
    }

    /// How deep objects and arrays are nested in it, itself included.
    pub fn levels(&self) -> usize {
        let below: Box<dyn Iterator<Item = &Self>> = match self {
            Self::Word(_) | Self::Text(_) => return 0,
            Self::List(elements) => Box::new(elements.iter()),
            Self::Object(members) => Box::new(members.iter().map(|(_, value)| value)),
        };
        1 + below.map(Self::levels).max().unwrap_or_default()
    }

    /// An object without the members at its top level that are the server's.
    pub fn without_server_members(mut self) -> Self {
        if let Self::Object(members) = &mut self {
            members.retain(|(name, _)| !name.starts_with('_'));
        }
        self
    }
}
