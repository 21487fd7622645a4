//! Making an empty bucket.

use crate::model::address::BucketAddress;
use crate::model::bucket::{BucketPath, BucketState};
use crate::model::rights::Right;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::write::Write;

/// A request to make a bucket.
pub struct MakeBucket {
    /// The bucket.
    pub address: BucketAddress,
}

impl MakeBucket {
    /// Makes the bucket with its default ACL, if there is none.
    pub async fn run(self, context: &mut Context<'_>) -> Result<BucketPath> {
        let mut admitted = context.admit(&self.address, None, Right::MakeBucket).await?;
        loop {
            let seen = match &*admitted.bucket {
                BucketState::Live(_) => return Err(Error::Exists(admitted.subject())),
                BucketState::Vacant(seen) => seen,
            };
            let new = admitted.new_bucket(context.store.random()?, context.now.milliseconds());
            match context.store.make_bucket(&admitted.path, seen, &new).await? {
                Write::Made => return Ok(admitted.path),
                Write::Conflict => context.store.next_round().await?,
            }
            context.readmit(&mut admitted, Right::MakeBucket).await?;
        }
    }
}
