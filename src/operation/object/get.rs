//! Reading an object (contract, section 7.1).

use crate::model::address::ObjectAddress;
use crate::model::id::{AppId, ObjectId};
use crate::model::object::{Object, ObjectState};
use crate::model::rights::Right;
use crate::model::stamp::Version;
use crate::operation::context::Context;
use crate::operation::error::{Error, Result};

/// A request to read an object.
pub struct GetObject {
    /// The object.
    pub address: ObjectAddress,
    /// The versions that the client has.
    pub known: Known,
}

/// The versions of an object that a client has (`If-None-Match`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// These.
    These(Vec<Version>),
    /// Any: `*`.
    Any,
}

/// An object that the caller may read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The app, by which the bare name of the data type is found.
    pub app: AppId,
    /// The object's ID.
    pub id: ObjectId,
    /// The object.
    pub object: Object,
}

impl GetObject {
    /// Reads the object. `Err` holds the version of one that the client has already.
    pub async fn run(self, context: &mut Context<'_>) -> Result<std::result::Result<Read, Version>> {
        let ObjectAddress { bucket, object: id } = self.address;
        let admitted = context.admit(&bucket, Some(&id), Right::ReadObject).await?;
        let object = match admitted.object {
            ObjectState::Live(object) => object,
            ObjectState::Absent | ObjectState::Deleted(_) => return Err(Error::admitted_to_nothing()),
        };
        let version = object.stamp.version;
        let is_known = match &self.known {
            Known::These(versions) => versions.contains(&version),
            Known::Any => true,
        };
        Ok(if is_known { Err(version) } else { Ok(Read { app: bucket.scope.app, id, object }) })
    }
}
