//! Which objects are hits, whichever way they were found.

use super::{Distances, Hit};
use crate::model::id::ObjectId;
use crate::model::index::plan::wanted;
use crate::model::object::Object;
use crate::model::query::candidate::Candidate;
use crate::model::query::{Distance, Place, Query, Value};
use crate::model::rights::Right;
use crate::operation::admission::Admitted;
use crate::operation::context::Context;
use crate::operation::error::{Advice, Error, Result, Unanswered};
use crate::operation::object::get::Read;
use crate::store::count::UNITS_OF_A_MEBIBYTE;
use crate::store::{Cause, Failure};

/// A query of a caller who was admitted to make it.
pub struct Judge<'a> {
    /// The query.
    pub query: &'a Query,
    /// The caller, and the bucket.
    pub admitted: &'a Admitted,
    /// Whether the caller may read every object of the bucket.
    pub reads_all: bool,
}

impl<'a> Judge<'a> {
    /// A judge of a query.
    pub fn new(query: &'a Query, admitted: &'a Admitted) -> Self {
        Self { query, admitted, reads_all: admitted.judge(Right::ReadBucket).is_ok() }
    }

    /// An object, if it matches and the caller may read it.
    pub fn judge<'b>(&'b self, id: &'b ObjectId, object: &'b Object) -> Result<Option<Candidate<'b>>> {
        let app = &self.admitted.path.scope.app;
        let candidate = Candidate::new(app, id, object).ok_or_else(|| {
            Error::from(Failure::Fault(Cause::of_message("the content of a stored object is no JSON object")))
        })?;
        let is_hit = self.query.clause.matches(&candidate) && (self.reads_all || self.admitted.may_read(id, object));
        Ok(is_hit.then_some(candidate))
    }

    /// The distances of an object that the query asks for.
    pub fn distances(&self, candidate: &Candidate<'_>) -> Distances {
        let distance =
            |distance: &Distance| Some((distance.name.clone(), candidate.distance(&distance.field, &distance.center)?));
        self.query.distances.iter().filter_map(distance).collect()
    }

    /// The place of an object in the order of the query.
    pub fn place_of(&self, candidate: &Candidate<'_>) -> Place {
        let value = self.query.order.as_ref().map_or(Value::Nothing, |order| order.key.value(candidate));
        self.place(value, candidate.object().created, candidate.id().clone())
    }

    /// A place in the order of the query.
    pub fn place(&self, value: Value<'static>, created: u64, id: ObjectId) -> Place {
        Place { value, created, id, descending: self.is_descending() }
    }

    /// An object as a hit.
    pub fn hit(&self, id: ObjectId, object: Object, calculated: Distances) -> Hit {
        Hit { read: Read { app: self.admitted.path.scope.app.clone(), id, object }, calculated }
    }

    /// Whether the order is reversed.
    pub fn is_descending(&self) -> bool {
        self.query.order.as_ref().is_some_and(|order| order.descending)
    }

    /// Whether more may be read for one request.
    pub fn check_budget(&self, context: &Context<'_>) -> Result<()> {
        let megabytes = context.scan_megabytes;
        let is_spent = context.store.stats().units > f64::from(megabytes * UNITS_OF_A_MEBIBYTE);
        if is_spent { Err(Unanswered::TooLargeToQuery(megabytes, self.advice()).into()) } else { Ok(()) }
    }

    /// The index that would serve the query, unless there is one already.
    fn advice(&self) -> Option<Advice> {
        let path = &self.admitted.path;
        let fields = wanted(self.query)?.join(",");
        let is_there = self.admitted.indexes.rules.iter().any(|rule| rule.names() == fields);
        (!is_there).then(|| Advice { path: path.clone(), fields })
    }
}
