//! Parses clauses. `not` is pushed inward on the way.

use std::collections::BTreeSet;

use super::clause::{Clause, FieldType};
use super::field::Field;
use super::point::{Number, Point};
use super::reader::{FIELD, Members, Node};
use super::test::{Limit, Range, Test};
use super::value::{Kind, Value};
use super::{Distance, InvalidQuery};

type Result<T> = std::result::Result<T, InvalidQuery>;

/// The most levels of clauses. The outermost clause is level 1.
const MOST_LEVELS: usize = 8;
/// The most clauses.
const MOST_CLAUSES: usize = 200;
/// The most values of an `in`.
const MOST_VALUES: usize = 200;
/// The largest radius in metres: half the circumference of the Earth.
const LARGEST_RADIUS: &str = "20000000";
const CLAUSE: &str = "a clause is an object with a type";
const CLAUSE_TYPE: &str =
    "the type of a clause is all, eq, in, prefix, range, hasField, geobox, geodistance, and, or, or not";
const SCALAR: &str = "it is a string, a number, true or false";
const CLAUSES: &str = "it is a list of 1 or more clauses";
const LIMITS: &str = "a range has a lowerLimit, an upperLimit or both, which are numbers or strings";
const POINT: &str = "a point is {\"_type\": \"point\", \"lat\": …, \"lon\": …} with a latitude from -90 to 90 and a longitude \
                     from -180 to 180";

/// Parses one clause with those in it.
#[derive(Default)]
pub struct ClauseParser {
    clauses: usize,
    /// The distances that are to be shown.
    pub distances: Vec<Distance>,
}

impl ClauseParser {
    /// Parses a clause, or its negation: `not` is pushed inward.
    pub fn clause(&mut self, node: &Node<'_>, level: usize, negated: bool) -> Result<Clause> {
        if level > MOST_LEVELS {
            return Err(node.invalid("clauses are nested at most 8 levels deep"));
        }
        self.clauses += 1;
        if self.clauses > MOST_CLAUSES {
            return Err(node.invalid("a query has at most 200 clauses"));
        }
        let members = node.members(CLAUSE)?;
        let kind = members.required("type", CLAUSE_TYPE)?;
        let test = match &*kind.string(CLAUSE_TYPE)? {
            "all" => return Ok(if negated { Clause::None } else { Clause::All }),
            "and" => return self.several(&members, level, negated, !negated),
            "or" => return self.several(&members, level, negated, negated),
            "not" => return self.clause(&members.required("clause", CLAUSE)?, level + 1, !negated),
            "hasField" => {
                return Ok(Clause::Typed { field: field(&members)?, kind: field_type(&members)?, has: !negated });
            }
            "eq" => one_of(&members, &[members.required("value", SCALAR)?])?,
            "in" => is_in(&members)?,
            "prefix" => {
                Test::Prefix(members.required("prefix", "it is a string")?.string("it is a string")?.into_owned())
            }
            "range" => Test::Range(range(&members)?),
            "geobox" => geobox(&members)?,
            "geodistance" => self.geodistance(&members)?,
            _ => return Err(kind.invalid(CLAUSE_TYPE)),
        };
        Ok(Clause::Value { field: field(&members)?, test, passes: !negated })
    }

    /// Parses the clauses of an `and` or an `or`, or their negation.
    fn several(&mut self, members: &Members<'_>, level: usize, negated: bool, all: bool) -> Result<Clause> {
        let list = members.required("clauses", CLAUSES)?;
        let elements = list.elements(CLAUSES)?;
        if elements.is_empty() {
            return Err(list.invalid(CLAUSES));
        }
        let clauses: Result<Vec<Clause>> =
            elements.iter().map(|element| self.clause(element, level + 1, negated)).collect();
        clauses.map(if all { Clause::And } else { Clause::Or })
    }

    fn geodistance(&mut self, members: &Members<'_>) -> Result<Test> {
        const RADIUS: &str = "it is a number of metres above 0 and at most 20000000";
        let center = point(&members.required("center", POINT)?)?;
        let radius = members.required("radius", RADIUS)?;
        let metres = Some(radius.text).filter(|text| Kind::of_json(text) == Some(Kind::Number)).and_then(Number::parse);
        let metres = metres.filter(|metres| metres.is_positive_up_to(LARGEST_RADIUS));
        let metres = metres.ok_or_else(|| radius.invalid(RADIUS))?;
        if let Some(node) = members.get("putDistanceInto").filter(|node| node.text != "\"\"") {
            let name = node.name()?;
            if self.distances.iter().any(|distance| distance.name == name) {
                return Err(node.invalid("another geodistance of the query has the same name"));
            }
            self.distances.push(Distance { name, field: field(members)?, center: center.clone() });
        }
        Ok(Test::Near { center, radius: metres })
    }
}

fn field(members: &Members<'_>) -> Result<Field> {
    Ok(Field::of_name(&members.required("field", FIELD)?.string(FIELD)?))
}

fn field_type(members: &Members<'_>) -> Result<FieldType> {
    const TYPE: &str = "it is STRING, INTEGER, DECIMAL or BOOLEAN";
    let node = members.required("fieldType", TYPE)?;
    match &*node.string(TYPE)? {
        "STRING" => Ok(FieldType::Text),
        "INTEGER" => Ok(FieldType::Integer),
        "DECIMAL" => Ok(FieldType::Decimal),
        "BOOLEAN" => Ok(FieldType::Boolean),
        _ => Err(node.invalid(TYPE)),
    }
}

fn is_in(members: &Members<'_>) -> Result<Test> {
    const VALUES: &str = "it is a list of 1 to 200 strings, numbers and booleans";
    let list = members.required("values", VALUES)?;
    let nodes = list.elements(VALUES)?;
    if nodes.is_empty() || nodes.len() > MOST_VALUES {
        return Err(list.invalid(VALUES));
    }
    one_of(members, &nodes)
}

fn one_of(members: &Members<'_>, nodes: &[Node<'_>]) -> Result<Test> {
    let field = field(members)?;
    let mut values = BTreeSet::new();
    let mut kinds = Vec::new();
    for node in nodes {
        let (kind, value) = scalar(node, &field, SCALAR)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        if value != Value::Nothing {
            values.insert(value);
        }
    }
    kinds.sort_unstable();
    Ok(Test::OneOf { values, kinds })
}

/// The type and the value of a scalar. A version may be given as a number or, as objects show it, as a string; one that is no
/// number is a number that no version is.
fn scalar(node: &Node<'_>, field: &Field, what: &'static str) -> Result<(Kind, Value<'static>)> {
    let kind = Kind::of_json(node.text).ok_or_else(|| node.invalid(what))?;
    if let (Field::Version, Kind::Text) = (field, kind) {
        let text = node.string(what)?;
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        return Ok((Kind::Number, if is_number { Value::of_number(&text) } else { Value::Nothing }));
    }
    Ok((kind, Value::of_json(node.text).into_owned()))
}

fn range(members: &Members<'_>) -> Result<Range> {
    let field = field(members)?;
    let limit = |name, included| {
        // Without its limit it means nothing, and is still a mistake if it is no boolean.
        let included = members.get(included).map_or(Ok(true), |node| node.boolean())?;
        let Some(node) = members.get(name) else { return Ok(None) };
        let (kind, value) = scalar(&node, &field, LIMITS)?;
        if kind == Kind::Boolean {
            return Err(node.invalid(LIMITS));
        }
        Ok(Some((kind, Limit { value, included })))
    };
    let (lower, upper) = (limit("lowerLimit", "lowerIncluded")?, limit("upperLimit", "upperIncluded")?);
    let kind = match (&lower, &upper) {
        (None, None) => return Err(members.invalid("lowerLimit", LIMITS)),
        (Some((kind, _)), None) | (None, Some((kind, _))) => *kind,
        (Some((lower, _)), Some((upper, _))) if lower == upper => *lower,
        (Some(_), Some(_)) => {
            return Err(members.invalid("upperLimit", "the limits of a range are both numbers or both strings"));
        }
    };
    Ok(Range { kind, lower: lower.map(|(_, limit)| limit), upper: upper.map(|(_, limit)| limit) })
}

fn geobox(members: &Members<'_>) -> Result<Test> {
    const BOX: &str = "it is an object with the points ne and sw";
    let node = members.required("box", BOX)?;
    let corners = node.members(BOX)?;
    let north_east = point(&corners.required("ne", POINT)?)?;
    let south_west = point(&corners.required("sw", POINT)?)?;
    if south_west.latitude > north_east.latitude {
        return Err(node.invalid("the corner sw may not be north of the corner ne"));
    }
    Ok(Test::Box { south_west, north_east })
}

fn point(node: &Node<'_>) -> Result<Point> {
    Point::of_json(node.text).ok_or_else(|| node.invalid(POINT))
}
