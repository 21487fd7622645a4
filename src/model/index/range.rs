//! Ranges of keys of index entries.

use foundationdb_tuple::{Element, pack};

use super::entry::{Spot, element};
use crate::model::marks::Mark;
use crate::model::query::test::{Limit, Range};
use crate::model::query::{Kind, Value};

/// Above every byte that an element of a tuple can begin with, or a string have.
const ABOVE: u8 = 0xff;

/// What the bytes of a number begin with, those of a string, and those of the next kind of element.
const NUMBERS: u8 = 1;
const TEXTS: u8 = 2;
const AFTER_TEXTS: u8 = 3;

/// A range of keys. No key of an entry equals one of its ends, and neither is empty: DynamoDB refuses an empty key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The lower end.
    pub from: Vec<u8>,
    /// The upper end.
    pub to: Vec<u8>,
}

/// What the values of the field after the fixed ones are bounded by.
#[derive(Clone, Copy)]
pub enum Bound<'a> {
    /// Nothing.
    Open,
    /// A range of values.
    Range(&'a Range),
    /// What strings begin with.
    Prefix(&'a str),
}

impl KeyRange {
    /// The keys that begin with these values, with the next field within a bound. `None` if no value is within it.
    pub fn new(fixed: &[Value<'_>], bound: Bound<'_>) -> Option<Self> {
        let fixed: Vec<Element<'_>> = fixed.iter().map(element).collect();
        let start = pack(&fixed);
        let after = |bytes: &[u8]| [&start, bytes].concat();
        let range = match bound {
            Bound::Open if start.is_empty() => Self::everything(),
            Bound::Open => Self { from: start.clone(), to: after(&[ABOVE]) },
            Bound::Prefix(prefix) => {
                let prefix = Some(Value::of_text(prefix)).filter(|prefix| *prefix != Value::Nothing)?;
                let mut text = pack(&[element(&prefix)].to_vec());
                // The end of the string.
                text.pop();
                Self { from: after(&text), to: after(&[&text[..], &[ABOVE]].concat()) }
            }
            Bound::Range(range) => {
                let (lowest, highest) = match range.kind {
                    Kind::Number => (NUMBERS, TEXTS),
                    Kind::Text => (TEXTS, AFTER_TEXTS),
                    // No range has limits that are booleans.
                    Kind::Boolean => return None,
                };
                let from = limit(range.lower.as_ref(), lowest, false)?;
                let to = limit(range.upper.as_ref(), highest, true)?;
                Self { from: after(&from), to: after(&to) }
            }
        };
        (range.from < range.to).then_some(range)
    }

    /// All keys.
    pub fn everything() -> Self {
        Self { from: vec![0], to: vec![ABOVE] }
    }

    /// The part of the range after a place, or before it if it is read backwards; with the place itself if it is included.
    pub fn after(&self, spot: &Spot, is_included: bool, forward: bool) -> Option<Self> {
        let before_spot = spot.as_bytes().to_vec();
        let after_spot = [spot.as_bytes(), &[ABOVE; Mark::LENGTH + 1]].concat();
        let mut range = self.clone();
        if forward {
            range.from = range.from.max(if is_included { before_spot } else { after_spot });
        } else {
            range.to = range.to.min(if is_included { after_spot } else { before_spot });
        }
        (range.from < range.to).then_some(range)
    }
}

/// The end of a range at a limit, or at the end of its type. `None` if no value is within it.
fn limit(limit: Option<&Limit>, open: u8, is_upper: bool) -> Option<Vec<u8>> {
    let Some(Limit { value, included }) = limit else { return Some(vec![open]) };
    if *value == Value::Nothing {
        return None;
    }
    let mut bytes = pack(&[element(value)].to_vec());
    // What has the value is between the bytes themselves and the same with the highest byte.
    if *included == is_upper {
        bytes.push(ABOVE);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_end_of_a_range_is_empty() {
        for (fixed, bound) in [(&[][..], Bound::Open), (&[Value::Nothing], Bound::Open), (&[], Bound::Prefix(""))] {
            let range = KeyRange::new(fixed, bound).unwrap();
            assert!(!range.from.is_empty() && !range.to.is_empty(), "{range:?}");
        }
    }
}
