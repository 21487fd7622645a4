//! Querying a bucket (contract, section 11).

mod hits;
mod judge;
mod scan;
mod streams;
mod walk;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::model::address::BucketAddress;
use crate::model::bucket::Bucket;
use crate::model::index::Plan;
use crate::model::principal::Principal;
use crate::model::query::Query;
use crate::model::query::cursor::Seal;
use crate::model::rights::Right;
use crate::operation::admission::Admitted;
use crate::operation::context::Context;
use crate::operation::error::{Error, Need, Result, Unanswered};
use crate::operation::object::get::Read;
use crate::store::{CallStats, Cause, Failure};
use judge::Judge;
use scan::Scan;
use walk::Walk;

/// A request to query a bucket.
pub struct QueryBucket {
    /// The bucket.
    pub address: BucketAddress,
    /// What is asked.
    pub query: Query,
    /// The most hits of a page, at most [`LARGEST_PAGE`].
    pub limit: usize,
    /// The key of the page, if it is not the first one.
    pub page: Option<String>,
    /// Whether the answer says how it was found.
    pub explain: bool,
}

/// The most hits of a page.
pub const LARGEST_PAGE: usize = 200;

/// What a query found.
#[derive(Clone)]
pub struct Queried {
    /// The hits, or their number.
    pub found: Found,
    /// How it was found.
    pub explained: Explained,
    /// Whether the answer says how it was found.
    pub is_explained: bool,
}

/// The hits of a query, or their number.
#[derive(Clone)]
pub enum Found {
    /// A page of hits, and the key of the next one, if there is more.
    Page(Vec<Hit>, Option<String>),
    /// The number of hits, and its name.
    Count(String, u64),
}

/// An object that matches a query.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The object.
    pub read: Read,
    /// Its distances.
    pub calculated: Distances,
}

/// Distances in metres, by name.
pub type Distances = Vec<(String, f64)>;

impl Hit {
    /// The member `_calculated` of the object, if there is a distance.
    pub fn calculated_json(&self) -> Option<Value> {
        let distances = self.calculated.iter().map(|(name, metres)| (name.clone(), json!(metres)));
        (!self.calculated.is_empty()).then(|| Value::Object(distances.collect()))
    }
}

/// How a query was answered.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What was read: `index` with the names of its fields, `count` by DynamoDB itself, `scan` of the bucket, or `nothing`.
    pub plan: String,
    /// What was read of it.
    pub stats: CallStats,
    /// How long it took, in milliseconds.
    pub milliseconds: f64,
}

impl QueryBucket {
    /// Answers the query.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Queried> {
        let started = Instant::now();
        let admitted = context.admit(&self.address, None, Right::QueryBucket).await?;
        let is_administrator = matches!(admitted.caller, Principal::Administrator { .. } | Principal::Operator);
        if self.explain && !is_administrator {
            return Err(Error::denied(&admitted.path.scope.app, &admitted.caller, Need::Administrator));
        }
        let (plan, found): (String, Found) = match (admitted.live_bucket(), &self.page, &self.query.count) {
            // A key of a bucket that was dropped is the key of no page.
            (None, Some(_), _) => return Err(Unanswered::WrongPaginationKey.into()),
            (None, None, Some(name)) => ("nothing".to_owned(), Found::Count(name.clone(), 0)),
            (None, None, None) => ("nothing".to_owned(), Found::Page(Vec::new(), None)),
            (Some(_), _, Some(name)) if self.query.is_all() && admitted.judge(Right::ReadBucket).is_ok() => {
                ("count".to_owned(), Found::Count(name.clone(), context.count(&admitted).await?))
            }
            (Some(bucket), _, Some(name)) => {
                let (plan, count) = self.count(&admitted, bucket, context).await?;
                (plan, Found::Count(name.clone(), count))
            }
            (Some(bucket), _, None) => self.find(&admitted, bucket, context).await?,
        };
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let explained = Explained { plan, stats: context.store.stats(), milliseconds };
        Ok(Queried { found, explained, is_explained: self.explain })
    }

    /// A page of hits, and how it was found.
    async fn find(&self, admitted: &Admitted, bucket: &Bucket, context: &mut Context<'_>) -> Result<(String, Found)> {
        let seal = Seal::new(&bucket.generation, self.query.digest()).ok_or_else(cipher_failed)?;
        let position = self.page.as_ref().map(|key| seal.open(key).ok_or(Unanswered::WrongPaginationKey));
        let (position, judge) = (position.transpose()?, Judge::new(&self.query, admitted));
        let plan = Plan::best(&self.query, &admitted.indexes, |plan| plan.goes_on_from(position.as_ref()));
        let (name, (hits, next)) = match &plan {
            Some(plan) => (name(plan), Walk::new(&judge, bucket, plan, context).page(position, self.limit).await?),
            None => ("scan".to_owned(), Scan::new(&judge, bucket, context).page(position, self.limit).await?),
        };
        let random = context.store.random()?;
        let next = next.map(|next| seal.seal(&next, random).ok_or_else(cipher_failed));
        Ok((name, Found::Page(hits, next.transpose()?)))
    }

    /// The number of hits, and how they were counted. Their order does not matter.
    async fn count(&self, admitted: &Admitted, bucket: &Bucket, context: &mut Context<'_>) -> Result<(String, u64)> {
        let query = Query { order: None, ..self.query.clone() };
        let judge = Judge::new(&query, admitted);
        // An index by which every object would be read one by one costs more than the bucket as a whole.
        Ok(match Plan::best(&query, &admitted.indexes, Plan::is_selective) {
            Some(plan) => (name(&plan), Walk::new(&judge, bucket, &plan, context).count().await?),
            None => ("scan".to_owned(), Scan::new(&judge, bucket, context).count().await?),
        })
    }
}

fn name(plan: &Plan) -> String {
    format!("index {}", plan.rule.names())
}

fn cipher_failed() -> Error {
    Failure::Fault(Cause::of_message("a pagination key cannot be sealed")).into()
}
