//! A row of the table of errors, as a body shows it (contract, section 5).

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::model::acl::Verb;
use crate::model::scope::{Scope, ScopeOwner};
use crate::model::subject as acl;
use crate::operation::Subject;

/// What a caller is answered.
pub struct Row {
    /// The HTTP status.
    pub status: u16,
    /// The `errorCode`.
    pub code: &'static str,
    /// The name in the media type; empty for an error in the form of OAuth.
    pub name: &'static str,
    /// What was wrong, and what would be right.
    pub message: Cow<'static, str>,
    /// Further members of the body.
    pub members: Vec<(&'static str, Value)>,
}

/// The most characters of an echo of what a caller sent.
const LONGEST_ECHO: usize = 128;

impl Row {
    /// A row without further members.
    pub fn new(status: u16, code: &'static str, name: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, name, message: message.into(), members: Vec::new() }
    }

    /// An ID, a header field, a parameter or a member that breaks its pattern, which is given in words.
    pub fn invalid_input(field: &'static str, pattern: &str) -> Self {
        let message = format!("The {field} is not valid: {pattern}.");
        Self::new(400, "INVALID_INPUT_DATA", "InvalidInputDataException", message).with("field", field)
    }

    /// A query that cannot be answered.
    pub fn query_not_supported(message: impl Into<String>) -> Self {
        Self::new(400, "QUERY_NOT_SUPPORTED", "QueryNotSupportedException", message.into())
    }

    /// Adds the members that say what an error is about.
    pub fn about(self, subject: &Subject) -> Self {
        let Subject { path, object } = subject;
        let about = self.with("objectScope", scope(&path.scope)).with("bucketID", path.bucket.as_str());
        match object {
            Some(object) => about.with("objectID", object.as_str()),
            None => about,
        }
    }

    /// Adds the members that name an entry of an ACL.
    pub fn entry(self, verb: Verb, subject: &acl::Subject) -> Self {
        self.with("verb", verb.as_str()).with("subject", subject.to_string())
    }

    /// Adds a member.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }
}

/// The form of `objectScope`.
fn scope(scope: &Scope) -> Value {
    let app = scope.app.as_str();
    match &scope.owner {
        ScopeOwner::App => json!({"appID": app, "type": "APP"}),
        ScopeOwner::User(id) => json!({"appID": app, "type": "APP_AND_USER", "userID": id.as_str()}),
        ScopeOwner::Group(id) => json!({"appID": app, "type": "APP_AND_GROUP", "groupID": id.as_str()}),
        ScopeOwner::Thing(id) => json!({"appID": app, "type": "APP_AND_THING", "thingID": id.as_str()}),
    }
}

/// What a caller sent, cut to what is worth showing.
pub fn echo(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}
