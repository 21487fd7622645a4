//! Showing a bucket: that it exists, and how many objects it holds.

use crate::model::address::BucketAddress;
use crate::model::principal::Principal;
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

/// How many mebibytes of items are counted for the administrator. Others have the budget of the installation, as they could
/// otherwise run up the bill of its operator.
const MEGABYTES_FOR_ADMINISTRATOR: u32 = 64;

impl GetBucket {
    /// Counts the objects of the bucket, if that is asked for. The count is exact.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Option<u64>> {
        let admitted = context.admit(&self.address, None, Right::SeeBucket).await?;
        let bucket = admitted.live_bucket().ok_or_else(Error::admitted_to_nothing)?;
        if !self.count {
            return Ok(None);
        }
        let megabytes = match admitted.caller {
            Principal::Administrator { .. } | Principal::Operator => MEGABYTES_FOR_ADMINISTRATOR,
            Principal::Anonymous | Principal::User { .. } | Principal::Thing { .. } => context.scan_megabytes,
        };
        let counted = context.store.count_objects(&admitted.path, &bucket.generation, megabytes).await?;
        counted.map(Some).ok_or(Error::TooLargeToCount { megabytes })
    }
}
