//! Tests of one value: what the clauses about a field ask of it.

use std::collections::BTreeSet;

use super::point::{Number, Point};
use super::value::{Kind, Value};

/// A test of the value of a field.
#[derive(Clone, Debug, Hash)]
pub enum Test {
    /// The value is one of these.
    OneOf {
        /// The values that can be searched for.
        values: BTreeSet<Value<'static>>,
        /// The types that were asked for, those of values that cannot be searched for included.
        kinds: Vec<Kind>,
    },
    /// The value is a string that begins so.
    Prefix(String),
    /// The value is between two limits.
    Range(Range),
    /// The value is a point in a box.
    Box {
        /// Its south-western corner.
        south_west: Point,
        /// Its north-eastern corner.
        north_east: Point,
    },
    /// The value is a point at most so many metres from another.
    Near {
        /// The other point.
        center: Point,
        /// The metres.
        radius: Number,
    },
}

/// A range of numbers or of strings.
#[derive(Clone, Debug, Hash)]
pub struct Range {
    /// The type of its limits.
    pub kind: Kind,
    /// The lower limit, if there is one.
    pub lower: Option<Limit>,
    /// The upper limit, if there is one.
    pub upper: Option<Limit>,
}

/// A limit of a range. One that cannot be searched for is [`Value::Nothing`]: no value is within it.
#[derive(Clone, Debug, Hash)]
pub struct Limit {
    /// Where it is.
    pub value: Value<'static>,
    /// Whether the range includes it.
    pub included: bool,
}

impl Test {
    /// Whether a value, which stands in an object as `json`, passes; `None` if it does not have the type that the test asks
    /// for.
    pub fn judge(&self, value: &Value<'_>, json: Option<&str>) -> Option<bool> {
        match self {
            Self::OneOf { values, kinds } => kinds.contains(&value.kind()?).then(|| values.contains(value)),
            Self::Prefix(prefix) => match value {
                Value::Text(text) => Some(text.starts_with(prefix)),
                Value::Nothing | Value::Number(_) | Value::Boolean(_) => None,
            },
            Self::Range(range) => (value.kind()? == range.kind).then(|| range.contains(value)),
            Self::Box { south_west, north_east } => Some(Point::of_json(json?)?.is_in(south_west, north_east)),
            Self::Near { center, radius } => Some(Point::of_json(json?)?.distance(center) <= radius.value),
        }
    }
}

impl Range {
    fn contains(&self, value: &Value<'_>) -> bool {
        let is_above = self.lower.as_ref().is_none_or(|limit| match &limit.value {
            Value::Nothing => false,
            lower => value > lower || (limit.included && value == lower),
        });
        let is_below = self.upper.as_ref().is_none_or(|limit| match &limit.value {
            Value::Nothing => false,
            upper => value < upper || (limit.included && value == upper),
        });
        is_above && is_below
    }
}
