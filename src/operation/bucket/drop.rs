//! Dropping a bucket with all it holds.

use std::sync::Arc;

use crate::model::address::BucketAddress;
use crate::model::bucket::BucketState;
use crate::model::rights::Right;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::drop::Drop;

/// A request to drop a bucket.
pub struct DropBucket {
    /// The bucket.
    pub address: BucketAddress,
}

impl DropBucket {
    /// Drops the bucket. From the answer on nothing of it can be read; what it held is removed later, by the sweep.
    pub async fn run(self, context: &mut Context<'_>) -> Result<()> {
        let mut admitted = context.admit(&self.address, None, Right::DropBucket).await?;
        loop {
            let bucket = admitted.live_bucket().ok_or_else(Error::admitted_to_nothing)?;
            let (rules, now) = (admitted.indexes.last, context.now.milliseconds());
            match context.store.drop_bucket(&admitted.path, bucket, rules, now).await? {
                Drop::Made => return Ok(()),
                Drop::Gone => return Err(Error::Missing(admitted.subject())),
                Drop::Conflict(found) => admitted.bucket = Arc::new(BucketState::Live(found)),
            }
            admitted.judge(Right::DropBucket)?;
            context.store.next_round().await?;
        }
    }
}
