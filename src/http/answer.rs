//! Answers of operations as responses (contract, sections 3 and 7).

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::oauth;
use super::request::Request;
use super::resource::Kind;
use super::response::{Body, Response};
use super::results;
use super::shown::shown;
use super::url::{self, PublicUrl};
use crate::model::bucket::BucketPage;
use crate::model::id::UserId;
use crate::model::object::Object;
use crate::model::stamp::Version;
use crate::model::subject::Subject;
use crate::operation::Answer;
use crate::operation::acl::change::Changed;
use crate::operation::acl::get::Shown;
use crate::operation::object::create::Created;
use crate::operation::object::get::Read;
use crate::operation::object::patch::Patched;
use crate::operation::object::put::Put;
use crate::operation::token::issue::Issued;

/// The description of the API in OpenAPI's form. It is the same for everybody.
const DESCRIPTION: &str = include_str!("../../docs/openapi.json");

/// The one type of buckets.
const BUCKET_TYPE: &str = "rw";

/// What a request came to, unless it was refused.
#[expect(clippy::large_enum_variant, reason = "there is one for each request, and nearly all hold an answer")]
pub enum Outcome<'a> {
    /// A preflight was answered.
    Preflight(Kind),
    /// The operation gave an answer to the request.
    Answer(Answer, &'a Request<'a>),
}

/// Fills the response to a request with the answer of its operation.
pub fn write(answer: &Answer, request: &Request<'_>, public: Option<&PublicUrl>, response: &mut Response) {
    match answer {
        Answer::Created(created) => {
            response.set("location", url::of_object(&created.bucket, &created.id, request, public));
            write_created(created, response);
        }
        Answer::Read(read) => write_read(read, response),
        Answer::Unmodified(version) => {
            response.status_code = 304;
            set_etag(*version, response);
            response.cache_privately();
        }
        Answer::Put(put) => {
            if put.is_new {
                response.set("location", url::of_object(&put.bucket, &put.id, request, public));
            }
            write_put(put, response);
        }
        Answer::Patched(patched) => write_patched(patched, response),
        Answer::Deleted | Answer::BucketExists | Answer::BucketDropped => response.status_code = 204,
        Answer::Queried(queried) => results::write(queried, response),
        Answer::Acl(shown) => write_acl(shown, response),
        Answer::AclChanged(changed) => {
            response.status_code = 204;
            match changed {
                Changed::Granted | Changed::Revoked => {}
                Changed::Replaced(tag) => response.set("etag", format!("\"{tag}\"")),
            }
        }
        Answer::Bucket(size) => {
            response.status_code = 200;
            let mut body = Body::default();
            body.push("bucketType", BUCKET_TYPE);
            body.push("size", *size);
            response.set_body("BucketRetrievalResponse", &body);
        }
        Answer::BucketMade(path) => {
            response.status_code = 201;
            response.set("location", url::of_bucket(path, request, public));
            let mut body = Body::default();
            body.push("bucketType", BUCKET_TYPE);
            response.set_body("BucketCreationResponse", &body);
        }
        Answer::Buckets(page) => write_buckets(page, response),
        Answer::Me(user) => write_me(user, response),
        Answer::Issued(issued) => write_token(issued, response),
        Answer::Revoked => {
            response.status_code = 200;
            response.set_plain_json(&Body::default());
        }
        Answer::Description => {
            response.status_code = 200;
            response.set("cache-control", "public, max-age=3600");
            response.set("content-type", "application/json;charset=UTF-8");
            response.body = DESCRIPTION.to_owned();
        }
    }
}

/// The members besides the ID are constant. Without `_hasPassword`, SDKs take everybody for a user without an account.
fn write_me(user: &UserId, response: &mut Response) {
    response.status_code = 200;
    let mut body = Body::default();
    body.push("userID", user.as_str());
    body.push("_hasPassword", true);
    body.push("_disabled", false);
    response.set_body("UserDataRetrievalResponse", &body);
}

fn write_token(issued: &Issued, response: &mut Response) {
    response.status_code = 200;
    // Caches of HTTP/1.0 know no other field (RFC 6749, section 5.1).
    response.set("pragma", "no-cache");
    let mut body = Body::default();
    body.push("id", issued.id.as_str());
    body.push("access_token", issued.token.reveal());
    body.push("expires_in", issued.lifetime);
    body.push("token_type", "Bearer");
    if issued.is_exchange {
        body.push("issued_token_type", oauth::ACCESS_TOKEN);
    }
    response.set_plain_json(&body);
}

fn write_acl(shown: &Shown, response: &mut Response) {
    response.status_code = 200;
    match shown {
        Shown::Whole(listing) => {
            response.set("etag", format!("\"{}\"", listing.tag()));
            let mut body = Body::default();
            for (verb, subjects) in listing.verbs() {
                body.push(verb.as_str(), subjects.iter().map(subject).collect::<Vec<Value>>());
            }
            response.set_body("ACLRetrievalResponse", &body);
        }
        Shown::Verb(subjects) => {
            let list = Value::Array(subjects.iter().map(subject).collect());
            response.set_json("ACLVerbRetrievalResponse", list.to_string());
        }
        Shown::Entry(one) => response.set_json("ACLSubjectRetrievalResponse", subject(one).to_string()),
    }
}

/// The form of a subject in bodies.
fn subject(subject: &Subject) -> Value {
    match subject {
        Subject::User(id) => json!({"userID": id.as_str()}),
        Subject::Group(id) => json!({"groupID": id.as_str()}),
        Subject::Thing(id) => json!({"thingID": id.as_str()}),
        Subject::AnyAuthenticated => json!({"userID": Subject::ANY_AUTHENTICATED_WORD}),
        Subject::Anonymous => json!({"userID": Subject::ANONYMOUS_WORD}),
    }
}

fn write_buckets(page: &BucketPage, response: &mut Response) {
    response.status_code = 200;
    let mut body = Body::default();
    body.push("bucketIDs", page.ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<String>>());
    if let Some(next) = &page.next {
        body.push("nextPaginationKey", next.as_str());
    }
    response.set_body("BucketsRetrievalResponse", &body);
}

fn write_created(created: &Created, response: &mut Response) {
    response.status_code = 201;
    set_etag(Version::FIRST, response);
    if created.replayed {
        response.set("idempotent-replayed", "true");
    }
    let mut body = Body::default();
    body.push("objectID", created.id.as_str());
    body.push("createdAt", created.created);
    body.push("dataType", created.data_type.as_str());
    response.set_body("ObjectCreationResponse", &body);
}

fn write_read(read: &Read, response: &mut Response) {
    let Read { object, .. } = read;
    response.status_code = 200;
    set_etag(object.stamp.version, response);
    let modified = UNIX_EPOCH + Duration::from_secs(object.modified / 1000);
    response.set("last-modified", httpdate::fmt_http_date(modified));
    response.cache_privately();
    set_media_type(object, response);
    response.body = shown(read, None);
}

fn write_put(put: &Put, response: &mut Response) {
    response.status_code = if put.is_new { 201 } else { 200 };
    set_etag(put.version, response);
    let mut body = Body::default();
    body.push("createdAt", put.created);
    body.push("modifiedAt", put.modified);
    response.set_body("ObjectUpdateResponse", &body);
}

/// A caller who may write but not read gets only the members of the server.
fn write_patched(patched: &Patched, response: &mut Response) {
    let Patched { read, may_read } = patched;
    response.status_code = 200;
    set_etag(read.object.stamp.version, response);
    if *may_read {
        set_media_type(&read.object, response);
        response.body = shown(read, None);
    } else {
        let mut body = Body::default();
        body.push("_id", read.id.as_str());
        body.push("_created", read.object.created);
        body.push("_modified", read.object.modified);
        body.push("_version", read.object.stamp.version.0.to_string());
        response.set("content-type", "application/json;charset=UTF-8");
        response.body = body.to_json();
    }
}

fn set_etag(version: Version, response: &mut Response) {
    response.set("etag", format!("\"{}\"", version.0));
}

fn set_media_type(object: &Object, response: &mut Response) {
    response.set("content-type", format!("{};charset=UTF-8", object.data_type));
}
