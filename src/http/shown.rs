//! Objects as clients see them (contract, section 7.1).

use serde_json::Value;

use super::response::Body;
use crate::operation::object::get::Read;

/// The object: its members as they were sent, then those of the server, `_calculated` last.
pub fn shown(read: &Read, calculated: Option<Value>) -> String {
    let Read { app, id, object } = read;
    let mut server = Body::default();
    server.push("_id", id.as_str());
    server.push("_created", object.created);
    server.push("_modified", object.modified);
    if let Some(owner) = object.owner.id() {
        server.push("_owner", owner);
    }
    server.push("_version", object.stamp.version.0.to_string());
    if let Some(name) = object.data_type.name(app) {
        server.push("_dataType", name);
    }
    if let Some(calculated) = calculated {
        server.push("_calculated", calculated);
    }
    let (own, server) = (object.content.as_str(), server.to_json());
    match own.strip_suffix('}') {
        Some("{") | None => server,
        Some(own) => format!("{own},{}", server.trim_start_matches('{')),
    }
}
