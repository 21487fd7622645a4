//! Objects as clients see them (contract, section 7.1).

use std::fmt::Write;

use serde_json::Value;

use crate::operation::object::get::Read;

/// How many bytes the members of the server usually have, for the size of a text in advance.
pub const USUAL_MEMBERS: usize = 250;

/// The object: its members as they were sent, then those of the server, `_calculated` last.
pub fn shown(read: &Read, calculated: Option<Value>) -> String {
    let mut text = String::with_capacity(read.object.content.as_str().len() + USUAL_MEMBERS);
    push_shown(&mut text, read, calculated);
    text
}

/// Adds the object to a text.
pub fn push_shown(text: &mut String, read: &Read, calculated: Option<Value>) {
    let Read { app, id, object } = read;
    let own = object.content.as_str();
    let own = own.strip_suffix('}').unwrap_or(own);
    text.push_str(own);
    if own != "{" {
        text.push(',');
    }
    let (created, modified, version) = (object.created, object.modified, object.stamp.version.0);
    // No ID and no name of a data type has a character that JSON escapes. Writing into a text cannot fail.
    let _ = write!(text, "\"_id\":\"{}\",\"_created\":{created},\"_modified\":{modified}", id.as_str());
    if let Some(owner) = object.owner.id() {
        let _ = write!(text, ",\"_owner\":\"{owner}\"");
    }
    let _ = write!(text, ",\"_version\":\"{version}\"");
    if let Some(name) = object.data_type.name(app) {
        let _ = write!(text, ",\"_dataType\":\"{name}\"");
    }
    if let Some(calculated) = calculated {
        let _ = write!(text, ",\"_calculated\":{calculated}");
    }
    text.push('}');
}
