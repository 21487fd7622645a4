//! The resource `…/buckets/{bucketID}/objects/{objectID}`: a request becomes an operation.

use super::media_type::{data_type, merge};
use super::precondition;
use super::refusal::Result;
use super::request::Request;
use crate::model::address::ObjectAddress;
use crate::model::document::Document;
use crate::operation::object::delete::DeleteObject;
use crate::operation::object::get::GetObject;
use crate::operation::object::patch::PatchObject;
use crate::operation::object::put::PutObject;

/// `GET` and `HEAD`: reads the object.
pub fn get(request: &Request<'_>, address: ObjectAddress) -> GetObject {
    GetObject { address, known: precondition::known(&request.headers) }
}

/// `PUT`: creates the object, or replaces its content.
pub fn put(request: &Request<'_>, address: ObjectAddress) -> Result<PutObject> {
    let precondition = precondition::of_write(&request.headers)?;
    let data_type = data_type(&request.headers, &address.bucket.scope.app)?;
    let document = Document::parse(&request.body()?)?;
    Ok(PutObject { address, precondition, data_type, document })
}

/// `PATCH`: changes the object.
pub fn patch(request: &Request<'_>, address: ObjectAddress) -> Result<PatchObject> {
    let precondition = precondition::of_write(&request.headers)?;
    let how = merge(&request.headers, &address.bucket.scope.app)?;
    let change = Document::parse_patch(&request.body()?)?;
    Ok(PatchObject { address, precondition, change, how })
}

/// `DELETE`: deletes the object.
pub fn delete(request: &Request<'_>, address: ObjectAddress) -> Result<DeleteObject> {
    Ok(DeleteObject { address, precondition: precondition::of_delete(&request.headers)? })
}
