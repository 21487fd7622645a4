//! Counting the objects of a bucket.

use crate::model::principal::Principal;
use crate::operation::admission::Admitted;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result, Unanswered};

/// How many mebibytes of items are counted for the administrator. Others have the budget of the installation, as they could
/// otherwise run up the bill of its operator.
const MEGABYTES_FOR_ADMINISTRATOR: u32 = 64;

impl Context<'_> {
    /// The number of objects in the bucket to which the caller was admitted. It is exact.
    pub(in crate::operation) async fn count(&mut self, admitted: &Admitted) -> Result<u64> {
        let bucket = admitted.live_bucket().ok_or_else(Error::admitted_to_nothing)?;
        let megabytes = match admitted.caller {
            Principal::Administrator { .. } | Principal::Operator => MEGABYTES_FOR_ADMINISTRATOR,
            Principal::Anonymous | Principal::User { .. } | Principal::Thing { .. } => self.scan_megabytes,
        };
        let counted = self.store.count_objects(&admitted.path, &bucket.generation, megabytes).await?;
        Ok(counted.ok_or(Unanswered::TooLargeToCount(megabytes))?)
    }
}
