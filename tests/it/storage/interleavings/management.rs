//! Requests that manage buckets and ACLs.

use pail_testing::Call;
use serde_json::json;

use super::cast::{Role, Who, target};

/// What such a request is to do. Entries are for anonymous callers: no default has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Adds the entry. On a bucket that does not exist, it makes the bucket.
    Grant(On),
    /// Takes the entry away.
    Revoke(On),
    /// Puts the entry in the place of all entries.
    Replace(On),
    Make,
    Drop,
}

/// An ACL, and the verb of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Scope,
    /// The right to create objects.
    Bucket,
    /// The right to drop the bucket.
    Drops,
    /// The right to write the shared object.
    Object,
}

/// Whom an entry names.
pub const SUBJECT: &str = "UserID:ANONYMOUS_USER";

impl On {
    pub fn verb(self) -> &'static str {
        match self {
            Self::Scope => "CREATE_NEW_BUCKET",
            Self::Bucket => "CREATE_OBJECTS_IN_BUCKET",
            Self::Drops => "DROP_BUCKET_WITH_ALL_CONTENT",
            Self::Object => "WRITE_EXISTING_OBJECT",
        }
    }

    fn path(self, app: &str) -> String {
        match self {
            Self::Scope => format!("/api/apps/{app}/acl"),
            Self::Bucket | Self::Drops => format!("/api/apps/{app}/buckets/notes/acl"),
            Self::Object => format!("/api/apps/{app}/buckets/notes/objects/{}/acl", target()),
        }
    }
}

impl Matter {
    /// The request, without credentials.
    pub fn request(self, app: &str) -> Call {
        let entry = |on: On| format!("{}/{}/{SUBJECT}", on.path(app), on.verb());
        let call = |method: &str| Call::bucket(method, app, "notes");
        match self {
            Self::Grant(on) => call("PUT").path(&entry(on)),
            Self::Revoke(on) => call("DELETE").path(&entry(on)),
            Self::Replace(on) => {
                call("PUT").path(&on.path(app)).body(json!({on.verb(): [{"userID": "ANONYMOUS_USER"}]}).to_string())
            }
            Self::Make => call("PUT"),
            Self::Drop => call("DELETE"),
        }
    }

    /// Its name in the counts of endings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grant(_) => "grant",
            Self::Revoke(_) => "revoke",
            Self::Replace(_) => "replace",
            Self::Make => "make",
            Self::Drop => "drop",
        }
    }
}

impl Role {
    /// Requests that manage buckets and ACLs.
    pub const MANAGEMENT: [Self; 19] = [
        Self::Manage(Who::Administrator, Matter::Grant(On::Scope)),
        Self::Manage(Who::Administrator, Matter::Revoke(On::Scope)),
        Self::Manage(Who::Administrator, Matter::Grant(On::Bucket)),
        Self::Manage(Who::Administrator, Matter::Revoke(On::Bucket)),
        Self::Manage(Who::Alice, Matter::Grant(On::Bucket)),
        Self::Manage(Who::Administrator, Matter::Grant(On::Drops)),
        Self::Manage(Who::Administrator, Matter::Revoke(On::Drops)),
        Self::Manage(Who::Administrator, Matter::Replace(On::Drops)),
        Self::Manage(Who::Alice, Matter::Grant(On::Object)),
        Self::Manage(Who::Alice, Matter::Revoke(On::Object)),
        Self::Manage(Who::Alice, Matter::Replace(On::Object)),
        Self::Manage(Who::Anonymous, Matter::Revoke(On::Object)),
        Self::Manage(Who::Administrator, Matter::Revoke(On::Object)),
        Self::Manage(Who::Administrator, Matter::Make),
        Self::Manage(Who::Alice, Matter::Make),
        Self::Manage(Who::Anonymous, Matter::Make),
        Self::Manage(Who::Administrator, Matter::Drop),
        Self::Manage(Who::Alice, Matter::Drop),
        Self::Manage(Who::Anonymous, Matter::Drop),
    ];
}
