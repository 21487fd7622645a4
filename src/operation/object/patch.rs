//! Changing an object (contract, section 7.3).

use crate::model::address::ObjectAddress;
use crate::model::document::Document;
use crate::model::merge::{Merge, merge};
use crate::model::object::Object;
use crate::model::precondition::Precondition;
use crate::model::rights::Right;
use crate::model::stamp::{Stamp, Version};
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};
use crate::operation::object::get::Read;
use crate::store::object::Written;

/// A request to change an object.
pub struct PatchObject {
    /// The object.
    pub address: ObjectAddress,
    /// What has to hold.
    pub precondition: Precondition<Version>,
    /// The change.
    pub change: Document,
    /// How it is merged.
    pub how: Merge,
}

/// An object that was changed.
#[derive(Clone, Debug)]
pub struct Patched {
    /// The object after the change.
    pub read: Read,
    /// Whether the caller may read all of it.
    pub may_read: bool,
}

impl PatchObject {
    /// Merges the change into the object. If another request changes the object meanwhile, everything is judged again, and
    /// the change is merged into what is there then.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Patched> {
        let ObjectAddress { bucket: address, object: id } = self.address;
        let mut admitted = context.admit(&address, Some(&id), Right::WriteObject).await?;
        loop {
            let (Some(bucket), Some(seen)) = (admitted.live_bucket(), admitted.live_object()) else {
                return Err(Error::admitted_to_nothing());
            };
            self.precondition.check(Some(&seen.stamp.version)).map_err(|unmet| admitted.unmet(unmet))?;
            let content = merge(&seen.content, &self.change, self.how).map_err(Error::InvalidResult)?;
            let at = admitted.place(&bucket.generation, &id);
            let modified = context.now.milliseconds().max(seen.modified.saturating_add(1));
            match context.store.replace(at, seen, &content, &seen.data_type, modified).await? {
                Written::Made(version) => {
                    let stamp = Stamp { writer: context.store.writer().clone(), version };
                    let object = Object { content, modified, stamp, ..seen.clone() };
                    let may_read = admitted.judge(Right::ReadObject).is_ok();
                    return Ok(Patched { read: Read { app: address.scope.app, id, object }, may_read });
                }
                Written::Conflict(found) => admitted.object = found,
            }
            admitted.judge(Right::WriteObject)?;
            context.store.next_round().await?;
        }
    }
}
