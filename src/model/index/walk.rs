//! Where a walk along an index stands, and where it goes on.

use super::entry::{Decoded, Spot};
use super::plan::{Plan, PlanRange, Sort};
use super::range::KeyRange;
use crate::model::id::ObjectId;
use crate::model::query::cursor::Position;
use crate::model::query::{Place, Value};

impl Plan {
    /// The place of an entry in the order of the hits.
    pub fn place_of(&self, entry: &Decoded) -> Place {
        let (value, created, id) = (self.value_of(entry), entry.created, entry.id.clone());
        Place { value, created, id, descending: !self.forward }
    }

    /// The position at an entry, to go on from there or after it.
    pub fn position_at(&self, entry: &Decoded, is_included: bool) -> Position {
        let (value, created, id) = (self.value_of(entry), entry.created, entry.id.clone());
        match self.sort {
            Sort::Key => {
                let spot = Spot::new(&entry.values, created, &id).as_bytes().to_owned();
                Position::Entry { rule: self.rule.number, spot, is_included }
            }
            Sort::Value(_) | Sort::Created | Sort::Creation if is_included => Position::From(value, created, id),
            Sort::Value(_) | Sort::Created | Sort::Creation => Position::Sorted(value, created, id),
        }
    }

    /// Whether a walk that stands at a position can go along the index of this plan.
    pub fn goes_on_from(&self, position: Option<&Position>) -> bool {
        match position {
            None => true,
            Some(Position::Sorted(..) | Position::From(..)) => self.sort != Sort::Key,
            Some(Position::Id(_)) => false,
            Some(Position::Entry { rule, .. }) => self.sort == Sort::Key && *rule == self.rule.number,
        }
    }

    /// What is left of a range after a position.
    pub fn rest(&self, range: &PlanRange, after: Option<&Position>) -> Option<KeyRange> {
        match after {
            None | Some(Position::Id(_)) => Some(range.keys.clone()),
            Some(Position::Sorted(value, created, id)) => self.rest_after(range, value, *created, id, false),
            Some(Position::From(value, created, id)) => self.rest_after(range, value, *created, id, true),
            Some(Position::Entry { spot, is_included, .. }) => {
                range.keys.after(&Spot::from_bytes(spot), *is_included, self.forward)
            }
        }
    }

    fn rest_after(
        &self,
        range: &PlanRange,
        value: &Value<'static>,
        created: u64,
        id: &ObjectId,
        is_included: bool,
    ) -> Option<KeyRange> {
        let mut values = range.fixed.clone();
        if let Sort::Value(at) = self.sort {
            match values.get(at) {
                // The range is before or after the position as a whole.
                Some(fixed) if fixed != value => {
                    let is_left = if self.forward { fixed > value } else { fixed < value };
                    return is_left.then(|| range.keys.clone());
                }
                Some(_) => {}
                None => values.push(value.clone()),
            }
        }
        // What follows is the time of creation once more.
        values.resize(self.rule.fields.len(), Value::of_integer(created));
        range.keys.after(&Spot::new(&values, created, id), is_included, self.forward)
    }

    fn value_of(&self, entry: &Decoded) -> Value<'static> {
        match self.sort {
            Sort::Value(at) => entry.values.get(at).cloned().unwrap_or(Value::Nothing),
            Sort::Created => Value::of_integer(entry.created),
            Sort::Creation | Sort::Key => Value::Nothing,
        }
    }
}
