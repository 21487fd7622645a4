//! A second evaluator of queries, written from the contract only. It works on parsed values, with decimals that are written
//! out, and three truth values.

use std::cmp::Ordering;

use crate::tree::Tree;

/// An object that may match.
pub struct Candidate {
    pub id: String,
    pub owner: Option<String>,
    pub data_type: Option<String>,
    pub created: u64,
    pub modified: u64,
    pub version: u64,
    pub members: Tree,
}

/// A searchable value, as the contract orders them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Nothing,
    /// Whether it is negative, the digits before the point and those after it, both without needless zeros.
    Number(bool, String, String),
    Text(String),
    Boolean(bool),
}

fn number(text: &str) -> Value {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else { return Value::Nothing };
    if text.len() > 190 || !(-10_000..=10_000).contains(&exponent) {
        return Value::Nothing;
    }
    let is_negative = mantissa.starts_with('-');
    let (whole, fraction) =
        mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
    // The point moves by the exponent.
    let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
    for _ in 0..exponent.abs() {
        if exponent > 0 {
            let next = if fraction.is_empty() { '0' } else { fraction.remove(0) };
            whole.push(next);
        } else {
            let last = whole.pop().unwrap_or('0');
            fraction.insert(0, last);
        }
    }
    let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
    let is_zero = whole.is_empty() && fraction.is_empty();
    Value::Number(is_negative && !is_zero, whole, fraction)
}

fn text(text: &str) -> Value {
    let weight: usize = text.chars().map(|character| if character == '\0' { 2 } else { character.len_utf8() }).sum();
    if weight > 190 { Value::Nothing } else { Value::Text(text.to_owned()) }
}

/// The value that a tree stands for.
pub fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Word(word) if word == "true" => Value::Boolean(true),
        Tree::Word(word) if word == "false" => Value::Boolean(false),
        Tree::Word(word) if word == "null" => Value::Nothing,
        Tree::Word(word) => number(word),
        Tree::Text(own) => text(own),
        Tree::List(_) | Tree::Object(_) => Value::Nothing,
    }
}

/// The order of the contract.
pub fn compare(first: &Value, second: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Nothing => 0,
        Value::Number(..) => 1,
        Value::Text(_) => 2,
        Value::Boolean(false) => 3,
        Value::Boolean(true) => 4,
    };
    match (first, second) {
        (Value::Number(true, ..), Value::Number(false, ..)) => Ordering::Less,
        (Value::Number(false, ..), Value::Number(true, ..)) => Ordering::Greater,
        (Value::Number(sign, whole, fraction), Value::Number(_, other_whole, other_fraction)) => {
            let by_length = whole.len().cmp(&other_whole.len());
            let ascending = by_length.then(whole.cmp(other_whole)).then(fraction.cmp(other_fraction));
            if *sign { ascending.reverse() } else { ascending }
        }
        (Value::Text(first), Value::Text(second)) => first.chars().cmp(second.chars()),
        _ => rank(first).cmp(&rank(second)),
    }
}

fn member<'a>(tree: &'a Tree, name: &str) -> Option<&'a Tree> {
    let Tree::Object(members) = tree else { return None };
    members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn word<'a>(tree: &'a Tree, name: &str) -> Option<&'a str> {
    match member(tree, name)? {
        Tree::Text(text) | Tree::Word(text) => Some(text),
        Tree::List(_) | Tree::Object(_) => None,
    }
}

impl Candidate {
    fn field(&self, name: &str) -> Option<Tree> {
        let number = |number: u64| Some(Tree::Word(number.to_string()));
        match name {
            "_id" => Some(Tree::Text(self.id.clone())),
            "_owner" => self.owner.clone().map(Tree::Text),
            "_dataType" => self.data_type.clone().map(Tree::Text),
            "_created" => number(self.created),
            "_modified" => number(self.modified),
            "_version" => number(self.version),
            name if name.len() > 250 => None,
            name => member(&self.members, name).cloned(),
        }
    }

    /// The value of a field.
    pub fn value(&self, name: &str) -> Value {
        self.field(name).as_ref().map_or(Value::Nothing, value)
    }
}

/// A point, in degrees.
fn point(tree: &Tree) -> Option<(f64, f64)> {
    let degrees = |name, limit: f64| {
        let Some(Tree::Word(word)) = member(tree, name) else { return None };
        word.parse::<f64>().ok().filter(|degrees| degrees.abs() <= limit)
    };
    let Some(Tree::Text(kind)) = member(tree, "_type") else { return None };
    (kind == "point").then_some(())?;
    Some((degrees("lat", 90.0)?, degrees("lon", 180.0)?))
}

/// The angle between two points, by the dot product of their vectors, times the radius of the Earth.
fn metres(first: (f64, f64), second: (f64, f64)) -> f64 {
    let vector = |(latitude, longitude): (f64, f64)| {
        let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    };
    let (first, second) = (vector(first), vector(second));
    let dot: f64 = first.iter().zip(second).map(|(one, other)| one * other).sum();
    dot.clamp(-1.0, 1.0).acos() * 6_371_000.0
}

/// Whether an object matches a clause; `None` where the clause asks for another type.
pub fn judge(clause: &Tree, candidate: &Candidate) -> Option<bool> {
    let field = word(clause, "field").and_then(|name| candidate.field(name));
    let own = field.as_ref().map_or(Value::Nothing, value);
    let clauses = || match member(clause, "clauses") {
        Some(Tree::List(clauses)) => clauses.iter().map(|clause| judge(clause, candidate)).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    match word(clause, "type").unwrap_or_default() {
        "all" => Some(true),
        "not" => judge(member(clause, "clause")?, candidate).map(|matches| !matches),
        "and" if clauses().contains(&Some(false)) => Some(false),
        "and" if clauses().contains(&None) => None,
        "and" => Some(true),
        "or" if clauses().contains(&Some(true)) => Some(true),
        "or" if clauses().contains(&None) => None,
        "or" => Some(false),
        "hasField" => {
            let is_whole =
                matches!(&field, Some(Tree::Word(word)) if word.chars().all(|it| it == '-' || it.is_ascii_digit()));
            Some(match (word(clause, "fieldType")?, &own) {
                ("STRING", Value::Text(_)) | ("BOOLEAN", Value::Boolean(_)) => true,
                ("INTEGER", Value::Number(..)) => is_whole,
                ("DECIMAL", Value::Number(..)) => !is_whole,
                _ => false,
            })
        }
        "eq" => one_of(&own, &[of_version(clause, member(clause, "value")?)]),
        "in" => match member(clause, "values")? {
            Tree::List(values) => {
                one_of(&own, &values.iter().map(|value| of_version(clause, value)).collect::<Vec<_>>())
            }
            _ => None,
        },
        "prefix" => match &own {
            Value::Text(text) => Some(text.starts_with(word(clause, "prefix")?)),
            _ => None,
        },
        "range" => range(clause, &own),
        "geobox" => {
            let (latitude, longitude) = point(field.as_ref()?)?;
            let of = |corner| point(member(member(clause, "box")?, corner)?);
            let ((south, west), (north, east)) = (of("sw")?, of("ne")?);
            let is_between = (south..=north).contains(&latitude);
            let is_in = if west <= east {
                longitude >= west && longitude <= east
            } else {
                longitude >= west || longitude <= east
            };
            Some(is_between && is_in)
        }
        "geodistance" => {
            let from = point(field.as_ref()?)?;
            let radius: f64 = word(clause, "radius")?.parse().ok()?;
            Some(metres(from, point(member(clause, "center")?)?) <= radius)
        }
        other => panic!("{other} is no type of a clause"),
    }
}

/// A version may be asked for as a string. One that is no number is like a number that cannot be searched for.
fn of_version(clause: &Tree, value: &Tree) -> Tree {
    match value {
        Tree::Text(text) if word(clause, "field") == Some("_version") => {
            Tree::Word(if is_all_digits(text) { text.clone() } else { "1e99999".to_owned() })
        }
        value => value.clone(),
    }
}

fn is_all_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_digit())
}

fn same_kind(first: &Tree, second: &Value) -> bool {
    match (first, second) {
        (Tree::Text(_), Value::Text(_)) => true,
        (Tree::Word(word), Value::Boolean(_)) => word == "true" || word == "false",
        (Tree::Word(word), Value::Number(..)) => word != "true" && word != "false",
        _ => false,
    }
}

fn one_of(own: &Value, values: &[Tree]) -> Option<bool> {
    let is_asked_for = values.iter().any(|tree| same_kind(tree, own));
    is_asked_for.then(|| values.iter().any(|tree| value(tree) == *own))
}

fn range(clause: &Tree, own: &Value) -> Option<bool> {
    let limit = |name| {
        let limit = member(clause, name).filter(|tree| **tree != Tree::Word("null".to_owned()));
        limit.map(|limit| of_version(clause, limit))
    };
    let (lower, upper) = (limit("lowerLimit"), limit("upperLimit"));
    if !same_kind(lower.as_ref().or(upper.as_ref())?, own) {
        return None;
    }
    let is_within = |limit: Option<&Tree>, included: &str, beyond: Ordering| {
        let Some(limit) = limit.map(value) else { return true };
        let is_included = word(clause, included) != Some("false");
        limit != Value::Nothing
            && match compare(own, &limit) {
                Ordering::Equal => is_included,
                other => other != beyond,
            }
    };
    let is_above = is_within(lower.as_ref(), "lowerIncluded", Ordering::Less);
    Some(is_above && is_within(upper.as_ref(), "upperIncluded", Ordering::Greater))
}
