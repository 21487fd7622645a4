//! The resources `…/buckets` and `…/buckets/{bucketID}`: a request becomes an operation.

use serde::Deserialize;
use serde_json::Value;

use super::refusal::{Refusal, Result};
use super::request::Request;
use crate::model::address::{BucketAddress, ScopeAddress};
use crate::model::id::BucketId;
use crate::model::json::{self, SyntaxError};
use crate::operation::bucket::list::ListBuckets;
use crate::operation::bucket::make::MakeBucket;

/// The query parameter, and the member of an answer, that says where the next page begins.
const PAGINATION_KEY: &str = "paginationKey";

/// The body of a `PUT`. Other members are ignored.
#[derive(Deserialize)]
struct Description {
    #[serde(rename = "bucketType", default)]
    bucket_type: Option<Value>,
}

/// `GET`: lists the buckets of a scope.
pub fn list(request: &Request<'_>, scope: ScopeAddress) -> Result<ListBuckets> {
    let malformed =
        Refusal::InvalidInput { field: PAGINATION_KEY, pattern: "it is the nextPaginationKey of an earlier page" };
    let after = match &request.parameters(PAGINATION_KEY)[..] {
        [] => None,
        // With a prefix, it would be another spelling of the same ID, which no page has.
        [key] => Some(BucketId::parse(key).ok().filter(|id| id.as_str() == *key).ok_or(malformed)?),
        [_, _, ..] => return Err(malformed),
    };
    Ok(ListBuckets { scope, after })
}

/// `PUT`: makes an empty bucket. The body may say of which type, and there is only one.
pub fn make(request: &Request<'_>, address: BucketAddress) -> Result<MakeBucket> {
    let body = request.body()?;
    let text = json::text(&body).map_err(Refusal::InvalidJson)?;
    if !text.trim().is_empty() {
        json::object(text).map_err(Refusal::InvalidJson)?;
        let description: Description = serde_json::from_str(text)
            .map_err(|_| Refusal::InvalidJson(SyntaxError::at_start("a number is out of range")))?;
        if description.bucket_type.is_some_and(|kind| kind != "rw") {
            return Err(Refusal::BucketTypeNotSupported { bucket: address.bucket.to_string() });
        }
    }
    Ok(MakeBucket { address })
}
