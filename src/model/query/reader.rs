//! Reads the JSON of a query, and knows at each value where it stands, so that a message can say it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::InvalidQuery;
use crate::model::json;

/// What the name of a field is, in words.
pub const FIELD: &str = "it is the name of a field";
const NAME: &str = "a name is one or more of A-Z a-z 0-9 _ and does not begin with a digit";

/// A value in the JSON of a query.
#[derive(Clone)]
pub struct Node<'a> {
    /// Where it stands, such as `clause.clauses[1]`.
    pub place: String,
    /// Its text.
    pub text: &'a str,
}

/// The members of an object in the JSON of a query. One that is `null` counts as absent.
pub struct Members<'a> {
    place: String,
    members: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

impl<'a> Node<'a> {
    /// A mistake here.
    pub fn invalid(&self, what: &'static str) -> InvalidQuery {
        InvalidQuery { place: self.place.clone(), what }
    }

    /// Its members, if it is an object.
    pub fn members(&self, what: &'static str) -> Result<Members<'a>, InvalidQuery> {
        let members = serde_json::from_str(self.text).map_err(|_| self.invalid(what))?;
        Ok(Members { place: self.place.clone(), members })
    }

    /// Its elements, if it is an array.
    pub fn elements(&self, what: &'static str) -> Result<Vec<Node<'a>>, InvalidQuery> {
        let elements: Vec<&'a RawValue> = serde_json::from_str(self.text).map_err(|_| self.invalid(what))?;
        let node =
            |(index, raw): (usize, &'a RawValue)| Node { place: format!("{}[{index}]", self.place), text: raw.get() };
        Ok(elements.into_iter().enumerate().map(node).collect())
    }

    /// The string that it is.
    pub fn string(&self, what: &'static str) -> Result<Cow<'a, str>, InvalidQuery> {
        let text = Some(self.text).filter(|text| text.starts_with('"'));
        text.and_then(json::string).ok_or_else(|| self.invalid(what))
    }

    /// The name that it is, of a number or a distance that the answer shows.
    pub fn name(&self) -> Result<String, InvalidQuery> {
        let name = self.string(NAME)?;
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_name = name.bytes().all(is_letter) && name.starts_with(|first: char| !first.is_ascii_digit());
        if is_name { Ok(name.into_owned()) } else { Err(self.invalid(NAME)) }
    }

    /// The boolean that it is. Some clients send booleans as strings.
    pub fn boolean(&self) -> Result<bool, InvalidQuery> {
        match self.text {
            "true" | "\"true\"" => Ok(true),
            "false" | "\"false\"" => Ok(false),
            _ => Err(self.invalid("it is true or false")),
        }
    }
}

impl<'a> Members<'a> {
    /// A member that may be absent.
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        let raw = self.members.get(name).filter(|raw| raw.get() != "null")?;
        Some(Node { place: self.place_of(name), text: raw.get() })
    }

    /// A member that has to be there.
    pub fn required(&self, name: &str, what: &'static str) -> Result<Node<'a>, InvalidQuery> {
        self.get(name).ok_or_else(|| self.invalid(name, what))
    }

    /// A mistake at a member, whether or not it is there.
    pub fn invalid(&self, name: &str, what: &'static str) -> InvalidQuery {
        InvalidQuery { place: self.place_of(name), what }
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }
}
