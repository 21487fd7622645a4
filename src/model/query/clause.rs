//! Clauses: which objects match. Negations stand at the tests only (contract, section 11).

use super::candidate::Candidate;
use super::field::Field;
use super::test::Test;
use super::value::{Kind, Value};

/// Which objects match.
#[derive(Clone, Debug, Hash)]
pub enum Clause {
    /// Every object.
    All,
    /// No object.
    None,
    /// Objects in which the field has a type, or has it not.
    Typed {
        /// The field.
        field: Field,
        /// The type.
        kind: FieldType,
        /// Whether the field has to have it.
        has: bool,
    },
    /// Objects in which the value of a field has the type that a test asks for, and passes it, or does not.
    Value {
        /// The field.
        field: Field,
        /// The test.
        test: Test,
        /// Whether it has to pass.
        passes: bool,
    },
    /// Objects that all of these match.
    And(Vec<Clause>),
    /// Objects that one of these matches.
    Or(Vec<Clause>),
}

/// A type that `hasField` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// A string.
    Text,
    /// A number that is written without a fraction and an exponent.
    Integer,
    /// Any other number.
    Decimal,
    /// `false` or `true`.
    Boolean,
}

impl Clause {
    /// Whether an object matches.
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Typed { field, kind, has } => {
                let json = candidate.json(field);
                json.as_deref().is_some_and(|text| kind.is_that_of(text)) == *has
            }
            Self::Value { field, test, passes } => {
                let json = candidate.json(field);
                let value = json.as_deref().map_or(Value::Nothing, Value::of_json);
                test.judge(&value, json.as_deref()) == Some(*passes)
            }
            Self::And(clauses) => clauses.iter().all(|clause| clause.matches(candidate)),
            Self::Or(clauses) => clauses.iter().any(|clause| clause.matches(candidate)),
        }
    }
}

impl FieldType {
    /// Whether a value that stands in an object has this type, and can be searched for.
    fn is_that_of(self, json: &str) -> bool {
        let is_integer = || !json.contains(['.', 'e', 'E']);
        match (self, Value::of_json(json).kind()) {
            (Self::Text, Some(Kind::Text)) | (Self::Boolean, Some(Kind::Boolean)) => true,
            (Self::Integer, Some(Kind::Number)) => is_integer(),
            (Self::Decimal, Some(Kind::Number)) => !is_integer(),
            (Self::Text | Self::Integer | Self::Decimal | Self::Boolean, Some(_) | None) => false,
        }
    }
}
