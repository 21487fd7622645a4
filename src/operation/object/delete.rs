//! Deleting an object (contract, section 7.4).

use crate::model::address::ObjectAddress;
use crate::model::precondition::Precondition;
use crate::model::rights::Right;
use crate::model::stamp::Version;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::store::object::Written;

/// A request to delete an object.
pub struct DeleteObject {
    /// The object.
    pub address: ObjectAddress,
    /// What has to hold.
    pub precondition: Precondition<Version>,
}

impl DeleteObject {
    /// Deletes the object. If another request changes it meanwhile, everything is judged again.
    pub async fn run(self, context: &mut Context<'_>) -> Result<()> {
        let ObjectAddress { bucket, object: id } = self.address;
        let mut admitted = context.admit(&bucket, Some(&id), Right::WriteObject).await?;
        loop {
            let (Some(bucket), Some(seen)) = (admitted.live_bucket(), admitted.live_object()) else {
                return Err(Error::admitted_to_nothing());
            };
            self.precondition.check(Some(&seen.stamp.version)).map_err(|unmet| admitted.unmet(unmet))?;
            let at = admitted.place(&bucket.generation, &id);
            match context.store.delete(at, seen, context.now.milliseconds()).await? {
                Written::Made(_) => return Ok(()),
                Written::Conflict(found) => admitted.object = found,
            }
            admitted.judge(Right::WriteObject)?;
            context.store.next_round().await?;
        }
    }
}
