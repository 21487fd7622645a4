//! Querying a bucket (contract, section 11).

mod hits;
mod scan;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::model::address::BucketAddress;
use crate::model::principal::Principal;
use crate::model::query::Query;
use crate::model::query::cursor::Seal;
use crate::model::rights::Right;
use crate::operation::context::Context;
use crate::operation::error::{Error, Need, Result, Unanswered};
use crate::operation::object::get::Read;
use crate::store::{CallStats, Cause, Failure};
use scan::Scan;

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
    /// How it was found, if the request asks.
    pub explained: Option<Explained>,
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
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    /// What was read: `count` by DynamoDB itself, `scan` of the bucket, or `nothing`.
    pub plan: &'static str,
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
        let (plan, found) = match (admitted.live_bucket(), &self.page, &self.query.count) {
            // A key of a bucket that was dropped is the key of no page.
            (None, Some(_), _) => return Err(Unanswered::WrongPaginationKey.into()),
            (None, None, Some(name)) => ("nothing", Found::Count(name.clone(), 0)),
            (None, None, None) => ("nothing", Found::Page(Vec::new(), None)),
            (Some(_), _, Some(name)) if self.query.is_all() && admitted.judge(Right::ReadBucket).is_ok() => {
                ("count", Found::Count(name.clone(), context.count(&admitted).await?))
            }
            (Some(bucket), _, _) => {
                let mut scan = Scan::new(&self.query, &admitted, bucket, context);
                let found = match &self.query.count {
                    Some(name) => Found::Count(name.clone(), scan.count().await?),
                    None => {
                        let seal = Seal::new(&bucket.generation, self.query.digest()).ok_or_else(cipher_failed)?;
                        let position =
                            self.page.as_ref().map(|key| seal.open(key).ok_or(Unanswered::WrongPaginationKey));
                        let (hits, next) = scan.page(position.transpose()?, self.limit).await?;
                        let random = context.store.random()?;
                        let next = next.map(|next| seal.seal(&next, random).ok_or_else(cipher_failed));
                        Found::Page(hits, next.transpose()?)
                    }
                };
                ("scan", found)
            }
        };
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let explained = self.explain.then(|| Explained { plan, stats: context.store.stats(), milliseconds });
        Ok(Queried { found, explained })
    }
}

fn cipher_failed() -> Error {
    Failure::Fault(Cause::of_message("a pagination key cannot be sealed")).into()
}
