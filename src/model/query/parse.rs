//! Parses a query: the member `bucketQuery` of a request (contract, section 11).

use super::clause::Clause;
use super::clause_parser::ClauseParser;
use super::field::Field;
use super::order::{Order, SortKey};
use super::reader::{FIELD, Members, Node};
use super::{Distance, InvalidQuery, Query};

type Result<T> = std::result::Result<T, InvalidQuery>;

const QUERY: &str = "a query is an object";
const COUNT: &str = "the one aggregation is {\"type\": \"COUNT\", \"putAggregationInto\": name}";

impl Query {
    /// Parses the JSON text of a query.
    pub fn parse(text: &str) -> Result<Self> {
        let query = Node { place: String::new(), text }.members(QUERY)?;
        let mut parser = ClauseParser::default();
        let clause = match query.get("clause") {
            Some(clause) => parser.clause(&clause, 1, false)?,
            None => Clause::All,
        };
        let distances = parser.distances;
        let descending = query.get("descending").map_or(Ok(false), |node| node.boolean())?;
        let order = match query.get("orderBy") {
            Some(node) => Some(Order { key: sort_key(&node, &distances)?, descending }),
            None => None,
        };
        Ok(Self { clause, order, distances, count: count(&query)? })
    }
}

/// By what hits are ordered, in a query that shows these distances.
fn sort_key(node: &Node<'_>, distances: &[Distance]) -> Result<SortKey> {
    let name = node.string(FIELD)?;
    let Some(name) = name.strip_prefix("_calculated.") else {
        return Ok(SortKey::Field(Field::of_name(&name)));
    };
    let distance = distances.iter().find(|distance| distance.name == name);
    let distance =
        distance.ok_or_else(|| node.invalid("no geodistance of the query has this name in putDistanceInto"))?;
    Ok(SortKey::Distance(distance.field.clone(), distance.center.clone()))
}

/// The name under which the hits are counted.
fn count(query: &Members<'_>) -> Result<Option<String>> {
    let Some(list) = query.get("aggregations") else { return Ok(None) };
    let elements = list.elements(COUNT)?;
    let [aggregation] = &elements[..] else {
        return if elements.is_empty() { Ok(None) } else { Err(list.invalid(COUNT)) };
    };
    let members = aggregation.members(COUNT)?;
    let kind = members.required("type", COUNT)?;
    if kind.string(COUNT)? != "COUNT" {
        return Err(kind.invalid(COUNT));
    }
    members.required("putAggregationInto", COUNT)?.name().map(Some)
}
