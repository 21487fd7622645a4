//! Which index answers a query, and how: one page, without guesses about data. An index serves a query whose clauses fix its
//! first fields, and ask for a range, a prefix or the order of the next one (contract, section 11).

use std::collections::BTreeSet;

use super::range::{Bound, KeyRange};
use super::rule::{Indexes, Rule, RuleState};
use crate::model::query::test::Test;
use crate::model::query::{Clause, Field, Query, SortKey, Value};

/// The most ranges of keys that an index is read by.
const MOST_RANGES: usize = 20;

/// How an index answers a query.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The index.
    pub rule: Rule,
    /// The ranges of its keys, in their order.
    pub ranges: Vec<PlanRange>,
    /// The order of the hits.
    pub sort: Sort,
    /// Whether keys are read in their order, or backwards.
    pub forward: bool,
    /// Whether every object in the ranges is a hit.
    pub is_exact: bool,
    /// How many fields are fixed, and whether the next one is bounded.
    selects: (usize, bool),
}

/// A range of keys that all begin with the same values.
#[derive(Clone, Debug)]
pub struct PlanRange {
    /// The values of the first fields.
    pub fixed: Vec<Value<'static>>,
    /// The keys.
    pub keys: KeyRange,
}

/// The order in which an index gives the hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By the value of the index's field at this position, as the query asks.
    Value(usize),
    /// By the time of creation, as the query asks.
    Created,
    /// By the time of creation, as the query asks for no order.
    Creation,
    /// By keys: the query asks for no order.
    Key,
}

impl Plan {
    /// The plan by the index that serves the query best, if one does and may: the one of which most fields are fixed.
    pub fn best(query: &Query, indexes: &Indexes, may: impl Fn(&Self) -> bool) -> Option<Self> {
        let rules = indexes.rules.iter().filter(|rule| rule.state == RuleState::Ready);
        let plans = rules.filter_map(|rule| Self::by(query, rule)).filter(may);
        plans.max_by_key(|plan| {
            let Rule { fields, number, .. } = &plan.rule;
            (plan.selects, std::cmp::Reverse((fields.len(), *number)))
        })
    }

    /// Whether the index leaves some objects out, and does not only give an order.
    pub fn is_selective(&self) -> bool {
        self.selects != (0, false)
    }

    fn by(query: &Query, rule: &Rule) -> Option<Self> {
        let conjuncts = conjuncts(&query.clause);
        let Use { starts, fixed, bound, sort } = Use::of(query, &conjuncts, &rule.fields)?;
        let range = |fixed: Vec<_>| Some(PlanRange { keys: KeyRange::new(&fixed, bound)?, fixed });
        let is_bounded = !matches!(bound, Bound::Open);
        Some(Self {
            rule: rule.clone(),
            ranges: starts.into_iter().filter_map(range).collect(),
            sort,
            forward: query.order.as_ref().is_none_or(|order| !order.descending),
            is_exact: fixed + usize::from(is_bounded) == conjuncts.len(),
            selects: (fixed, is_bounded),
        })
    }
}

/// What an index on some fields does for a query.
struct Use<'a> {
    /// The values of the first fields.
    starts: Vec<Vec<Value<'static>>>,
    /// How many fields these are.
    fixed: usize,
    /// The bound of the next one.
    bound: Bound<'a>,
    /// The order of the hits.
    sort: Sort,
}

impl<'a> Use<'a> {
    /// `None` if it does not serve the query.
    fn of(query: &Query, conjuncts: &[&'a Clause], fields: &[Field]) -> Option<Self> {
        let (fixed, starts) = fixed(conjuncts, fields);
        let bound = fields.get(fixed).map_or(Bound::Open, |field| bound(conjuncts, field));
        let sort = sort(query, fields, fixed)?;
        let is_bounded = !matches!(bound, Bound::Open);
        let serves = fixed > 0 || is_bounded || query.order.is_some() || sort == Sort::Creation;
        serves.then_some(Self { starts, fixed, bound, sort })
    }
}

/// The names of the fields of the index that would serve a query: those that are fixed, and the order or the range after them.
/// `None` if none would.
pub fn wanted(query: &Query) -> Option<Vec<&str>> {
    let conjuncts = conjuncts(&query.clause);
    let ordered = match query.order.as_ref().map(|order| &order.key) {
        Some(SortKey::Field(field)) => Some(field),
        Some(SortKey::Distance(..)) => return None,
        None => None,
    };
    let is_fixed = |field: &&Field| conjuncts.iter().any(|clause| values_of(clause, field).is_some());
    let fields = conjuncts.iter().filter_map(|clause| field_of(clause));
    let mut wanted: Vec<&Field> = Vec::new();
    for field in fields.clone().filter(is_fixed) {
        if wanted.len() < 2 && !wanted.contains(&field) && Some(field) != ordered {
            wanted.push(field);
        }
    }
    let bounded = fields.clone().find(|field| !matches!(bound(&conjuncts, field), Bound::Open));
    wanted.extend(ordered.or(bounded).filter(|field| !wanted.contains(field)));
    wanted.retain(|field| **field != Field::Unknown);
    // With too many values of the first fields together, the later ones serve it alone.
    let serves = |fields: &[&Field]| {
        let fields: Vec<Field> = fields.iter().copied().cloned().collect();
        Use::of(query, &conjuncts, &fields).is_some()
    };
    let from = (0..wanted.len()).find(|from| wanted.get(*from..).is_some_and(serves))?;
    Some(wanted.into_iter().skip(from).map(Field::name).collect())
}

fn field_of(clause: &Clause) -> Option<&Field> {
    match clause {
        Clause::Value { field, passes: true, .. } => Some(field),
        Clause::Value { passes: false, .. }
        | Clause::All
        | Clause::None
        | Clause::Typed { .. }
        | Clause::And(_)
        | Clause::Or(_) => None,
    }
}

/// The values that a clause lets a field have, if there are not too many of them.
fn values_of<'a>(clause: &'a Clause, field: &Field) -> Option<&'a BTreeSet<Value<'static>>> {
    match clause {
        Clause::Value { field: of, test: Test::OneOf { values, .. }, passes: true } if of == field => {
            Some(values).filter(|values| values.len() <= MOST_RANGES)
        }
        _ => None,
    }
}

/// The clauses all of which have to match.
fn conjuncts(clause: &Clause) -> Vec<&Clause> {
    match clause {
        Clause::All => Vec::new(),
        Clause::And(clauses) => clauses.iter().flat_map(conjuncts).collect(),
        Clause::None | Clause::Typed { .. } | Clause::Value { .. } | Clause::Or(_) => vec![clause],
    }
}

/// How many of the first fields of an index are fixed, and the values that they can have, in their order.
fn fixed(conjuncts: &[&Clause], fields: &[Field]) -> (usize, Vec<Vec<Value<'static>>>) {
    let (mut fixed, mut starts) = (0, vec![Vec::new()]);
    for field in fields {
        let values = conjuncts.iter().find_map(|clause| values_of(clause, field));
        let Some(values) = values.filter(|values| starts.len() * values.len() <= MOST_RANGES) else { break };
        let with = |start: &Vec<Value<'static>>| {
            let start = start.clone();
            values.iter().map(move |value| [&start[..], std::slice::from_ref(value)].concat()).collect::<Vec<_>>()
        };
        starts = starts.iter().flat_map(with).collect();
        fixed += 1;
    }
    (fixed, starts)
}

fn bound<'a>(conjuncts: &[&'a Clause], field: &Field) -> Bound<'a> {
    let bounds = conjuncts.iter().find_map(|clause| match clause {
        Clause::Value { field: of, test: Test::Range(range), passes: true } if of == field => Some(Bound::Range(range)),
        Clause::Value { field: of, test: Test::Prefix(prefix), passes: true } if of == field => {
            Some(Bound::Prefix(prefix))
        }
        _ => None,
    });
    bounds.unwrap_or(Bound::Open)
}

/// The order of the hits, if it is the one that the query asks for. Equal values are in the order of creation, as are the keys
/// of an index: so the field that is asked for has to be its last one, or is fixed, and then nothing else may come first.
fn sort(query: &Query, fields: &[Field], fixed: usize) -> Option<Sort> {
    let is_creation = |field: &Field| *field == Field::Created;
    let further = fields.get(fixed..).unwrap_or_default();
    let asked = match query.order.as_ref().map(|order| &order.key) {
        None if further.iter().all(is_creation) => return Some(Sort::Creation),
        None => return Some(Sort::Key),
        Some(SortKey::Distance(..)) => return None,
        Some(SortKey::Field(field)) => field,
    };
    let position = fields.iter().position(|field| field == asked);
    match further {
        _ if is_creation(asked) => further.iter().all(is_creation).then_some(Sort::Created),
        [first, others @ ..] if first == asked && others.iter().all(is_creation) => position.map(Sort::Value),
        _ if further.iter().all(is_creation) && position.is_some_and(|at| at < fixed) => position.map(Sort::Value),
        _ => None,
    }
}
