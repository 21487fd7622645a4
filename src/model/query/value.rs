//! Values of fields as queries see them.

use std::borrow::Cow;

use super::decimal::Decimal;
use crate::model::json;

/// A value of a field. The order is that of `orderBy` (contract, section 11).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value<'a> {
    /// There is none, or one that cannot be searched for: `null`, an array, an object, a text or number that is too long.
    Nothing,
    /// A number.
    Number(Decimal),
    /// A string, compared by code points.
    Text(Cow<'a, str>),
    /// `false` or `true`.
    Boolean(bool),
}

/// The type of a value that can be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A number.
    Number,
    /// A string.
    Text,
    /// `false` or `true`.
    Boolean,
}

/// The most bytes of a string that can be searched for. A NUL counts twice.
const LONGEST_TEXT: usize = 190;

impl<'a> Value<'a> {
    /// The value that a JSON text has.
    pub fn of_json(text: &'a str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => json::string(text).map_or(Self::Nothing, Self::of_text),
            Some(b'-' | b'0'..=b'9') => Self::of_number(text),
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            Some(_) | None => Self::Nothing,
        }
    }

    /// The value of a string.
    pub fn of_text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let nuls = text.bytes().filter(|byte| *byte == 0).count();
        if text.len() + nuls > LONGEST_TEXT { Self::Nothing } else { Self::Text(text) }
    }

    /// The value of a JSON number.
    pub fn of_number(text: &str) -> Self {
        Decimal::parse(text).map_or(Self::Nothing, Self::Number)
    }

    /// The number whose bytes these are.
    pub fn of_decimal_bytes(bytes: &[u8]) -> Self {
        Self::Number(Decimal::from_bytes(bytes))
    }

    /// A number of milliseconds, or any other whole number.
    pub fn of_integer(number: u64) -> Self {
        Self::of_number(&number.to_string())
    }

    /// Its type.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Nothing => None,
            Self::Number(_) => Some(Kind::Number),
            Self::Text(_) => Some(Kind::Text),
            Self::Boolean(_) => Some(Kind::Boolean),
        }
    }

    /// The same value, which borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Nothing => Value::Nothing,
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Boolean(boolean) => Value::Boolean(boolean),
        }
    }
}

impl Kind {
    /// The type that a JSON text has, whether or not its value can be searched for.
    pub fn of_json(text: &str) -> Option<Self> {
        match text.as_bytes().first()? {
            b'"' => Some(Self::Text),
            b'-' | b'0'..=b'9' => Some(Self::Number),
            b't' | b'f' => Some(Self::Boolean),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_one_total_order() {
        let ascending = [
            &["null", "[1]", "{}", "1e99999"][..],
            &["-5"],
            &["1", "1.0"],
            &["1e400"],
            &[r#""""#],
            &[r#""A""#, r#""\u0041""#],
            &[r#""a""#],
            &[r#""é""#],
            &[r#""😀""#],
            &["false"],
            &["true"],
        ];
        for (at, equal) in ascending.iter().enumerate() {
            for (other_at, others) in ascending.iter().enumerate() {
                for (first, second) in equal.iter().zip(others.iter().cycle()) {
                    let order = Value::of_json(first).cmp(&Value::of_json(second));
                    assert_eq!(order, at.cmp(&other_at), "{first} {second}");
                }
            }
        }
    }

    #[test]
    fn a_long_string_cannot_be_searched_for() {
        let of = |length: usize| format!("\"{}\"", "x".repeat(length));
        assert_ne!(Value::of_json(&of(190)), Value::Nothing);
        assert_eq!(Value::of_json(&of(191)), Value::Nothing);
        assert_eq!(Value::of_json(&format!("\"{}\"", "é".repeat(96))), Value::Nothing);
        assert_ne!(Value::of_json(&format!("\"{}\"", "\\u0000".repeat(95))), Value::Nothing);
        assert_eq!(Value::of_json(&format!("\"{}\"", "\\u0000".repeat(96))), Value::Nothing);
    }
}
