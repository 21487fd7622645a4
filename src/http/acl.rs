//! The ACLs of scopes, buckets and objects: a request becomes an operation.

use serde_json::{Map, Value};

use super::path::verb;
use super::precondition;
use super::refusal::{MAXIMUM_ACL_BYTES, Refusal, Result};
use super::request::Request;
use crate::model::acl::Verb;
use crate::model::acl_change::Change;
use crate::model::address::Address;
use crate::model::json::{self, SyntaxError};
use crate::model::subject::Subject;
use crate::operation::acl::change::ChangeAcl;

/// What an entry of a list looks like, in words.
const ENTRY: &str = "an entry is an object with one member, userID, groupID or thingID, that is a valid ID";

/// `PUT`: replaces the ACL.
pub fn replace(request: &Request<'_>, address: Address) -> Result<ChangeAcl> {
    let precondition = precondition::of_acl(&request.headers)?;
    let body = request.body_of(MAXIMUM_ACL_BYTES, Refusal::AclTooLarge)?;
    let entries = entries(&body, &address)?;
    Ok(ChangeAcl { address, change: Change::Replace(entries, precondition) })
}

/// Parses a whole ACL in the form that `GET` shows.
pub fn entries(body: &[u8], address: &Address) -> Result<Vec<(Verb, Subject)>> {
    let text = json::text(body).map_err(Refusal::InvalidJson)?;
    // The scanner refuses what serde_json lets pass, such as a name twice, and says where the mistake is.
    json::object(text).map_err(Refusal::InvalidJson)?;
    let lists: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| Refusal::InvalidJson(SyntaxError::at_start("a number is out of range")))?;
    let mut entries = Vec::new();
    for (name, list) in &lists {
        let verb = verb(name, address)?;
        let list = list.as_array().ok_or(Refusal::InvalidInput { field: "subject", pattern: ENTRY })?;
        for entry in list {
            let subject = subject(entry).ok_or(Refusal::InvalidInput { field: "subject", pattern: ENTRY })?;
            entries.push((verb, subject));
        }
    }
    Ok(entries)
}

/// Parses `{"userID": …}`, `{"groupID": …}` or `{"thingID": …}`.
fn subject(entry: &Value) -> Option<Subject> {
    let mut members = entry.as_object()?.iter();
    let (Some((name, id)), None) = (members.next(), members.next()) else { return None };
    let kind = match name.as_str() {
        "userID" => "UserID",
        "groupID" => "GroupID",
        "thingID" => "ThingID",
        _ => return None,
    };
    format!("{kind}:{}", id.as_str()?).parse().ok()
}
