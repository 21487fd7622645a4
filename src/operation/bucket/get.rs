//! Showing a bucket: that it exists, and how many objects it holds.

use crate::model::address::BucketAddress;
use crate::model::rights::Right;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};

/// A request to show a bucket.
pub struct GetBucket {
    /// The bucket.
    pub address: BucketAddress,
    /// Whether its objects are counted.
    pub count: bool,
}

impl GetBucket {
    /// Counts the objects of the bucket, if that is asked for. The count is exact.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Option<u64>> {
        let admitted = context.admit(&self.address, None, Right::SeeBucket).await?;
        admitted.live_bucket().ok_or_else(Error::admitted_to_nothing)?;
        if self.count { context.count(&admitted).await.map(Some) } else { Ok(None) }
    }
}
