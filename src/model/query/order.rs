//! The order of hits: one total order over all objects (contract, section 11).

use std::cmp::Ordering;

use super::candidate::Candidate;
use super::field::Field;
use super::point::Point;
use super::value::Value;
use crate::model::id::ObjectId;

/// The order that a query asks for.
#[derive(Clone, Debug, Hash)]
pub struct Order {
    /// By what.
    pub key: SortKey,
    /// Whether the order is reversed.
    pub descending: bool,
}

/// By what hits are ordered.
#[derive(Clone, Debug, Hash)]
pub enum SortKey {
    /// The value of a field.
    Field(Field),
    /// The distance between the point in a field and another point.
    Distance(Field, Point),
}

impl Order {
    /// The order by the field of this name.
    pub fn by_field(name: &str, descending: bool) -> Self {
        Self { key: SortKey::Field(Field::of_name(name)), descending }
    }
}

impl SortKey {
    /// The value by which an object is ordered.
    pub fn value(&self, candidate: &Candidate<'_>) -> Value<'static> {
        match self {
            Self::Field(field) => candidate.value(field),
            Self::Distance(field, center) => {
                candidate.distance(field, center).map_or(Value::Nothing, |metres| Value::of_number(&metres.to_string()))
            }
        }
    }
}

/// The place of an object in an order: by value, then by the time of creation, then by ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The value, or [`Value::Nothing`] where the order is that of creation or of IDs.
    pub value: Value<'static>,
    /// The time of creation, in milliseconds since 1970 UTC, or 0 where the order is that of IDs.
    pub created: u64,
    /// The ID.
    pub id: ObjectId,
    /// Whether the order is reversed.
    pub descending: bool,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = self.value.cmp(&other.value);
        let ascending =
            by_value.then(self.created.cmp(&other.created)).then_with(|| self.id.as_str().cmp(other.id.as_str()));
        if self.descending { ascending.reverse() } else { ascending }
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
