//! The resource `…/buckets/{bucketID}/objects`: a request becomes an operation.

use super::idempotency_key::idempotency_key;
use super::media_type::data_type;
use super::refusal::Result;
use super::request::Request;
use crate::model::address::BucketAddress;
use crate::model::data_type::DataType;
use crate::model::document::Document;
use crate::model::idempotency::Fingerprint;
use crate::operation::object::create::CreateObject;

/// `POST`: creates an object.
pub fn create(request: &Request<'_>, address: BucketAddress) -> Result<CreateObject> {
    let key = idempotency_key(&request.headers)?;
    let data_type = data_type(&request.headers, &address.scope.app)?.unwrap_or_else(DataType::json);
    let body = request.body()?;
    let document = Document::parse(&body)?;
    let key = key.map(|key| (key, Fingerprint::of(&data_type, &body)));
    Ok(CreateObject { address, data_type, document, key })
}
