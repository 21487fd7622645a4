//! An object, and the version that guards every later change of it.

use super::data_type::DataType;
use super::document::Document;
use super::id::ObjectId;

/// A new object, as it is stored. Its version is 1.
#[derive(Clone, Debug)]
pub struct NewObject {
    /// Its name in the bucket.
    pub id: ObjectId,
    /// The JSON text, without the members that belong to the server.
    pub document: Document,
    /// Its media type.
    pub data_type: DataType,
    /// Who made it: see [`Principal::creator`](super::principal::Principal::creator).
    pub owner: String,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created: u64,
}

/// The version of an item: 1 when it is new, one more with each write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64);

impl Version {
    /// The version of a new item.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
