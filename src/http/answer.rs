//! Answers of operations as responses.

use super::request::Request;
use super::response::{Body, Response};
use super::url::{self, PublicUrl};
use crate::operation::Answer;
use crate::operation::object::create::Created;

/// Fills the response to a request with the answer of its operation.
pub fn write(answer: &Answer, request: &Request<'_>, public: Option<&PublicUrl>, response: &mut Response) {
    match answer {
        Answer::Created(created) => {
            response.set("location", url::of_object(created, request, public));
            write_created(created, response);
        }
    }
}

/// `201 Created`.
fn write_created(created: &Created, response: &mut Response) {
    response.status_code = 201;
    response.set("etag", "\"1\"");
    if created.replayed {
        response.set("idempotent-replayed", "true");
    }
    let mut body = Body::default();
    body.push("objectID", created.id.as_str());
    body.push("createdAt", created.created);
    body.push("dataType", created.data_type.as_str());
    response.set_body("ObjectCreationResponse", &body);
}
