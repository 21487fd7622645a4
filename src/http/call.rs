//! What a method does with a resource: the one table that routing, `Allow` and preflights read (contract, section 1).

use super::path::Path;
use super::refusal::Result;
use super::resource::Kind;
use crate::model::acl::Verb;
use crate::model::address::{Address, BucketAddress, ObjectAddress, ScopeAddress};
use crate::model::id::AppId;
use crate::model::subject::Subject;

/// What is to be done with which resource. Its IDs match their patterns.
pub enum Call {
    /// Create an object in a bucket.
    CreateObject(BucketAddress),
    /// Read an object.
    GetObject(ObjectAddress),
    /// Create or replace an object.
    PutObject(ObjectAddress),
    /// Change an object.
    PatchObject(ObjectAddress),
    /// Delete an object.
    DeleteObject(ObjectAddress),
    /// Query a bucket.
    Query(BucketAddress),
    /// List the objects of a bucket: the query that all of them match.
    ListObjects(BucketAddress),
    /// List the buckets of a scope.
    ListBuckets(ScopeAddress),
    /// Show a bucket with its size.
    GetBucket(BucketAddress),
    /// Show that a bucket exists.
    HeadBucket(BucketAddress),
    /// Make an empty bucket.
    PutBucket(BucketAddress),
    /// Drop a bucket.
    DropBucket(BucketAddress),
    /// Show an ACL.
    GetAcl(Address),
    /// Replace an ACL.
    PutAcl(Address),
    /// Show who holds a verb.
    GetAclVerb(Address, Verb),
    /// Show an entry of an ACL.
    GetAclEntry(Address, Verb, Subject),
    /// Add an entry to an ACL.
    Grant(Address, Verb, Subject),
    /// Take an entry of an ACL away.
    Revoke(Address, Verb, Subject),
    /// Show the user who calls.
    GetMe(ScopeAddress),
    /// Issue a token, in an app that the path need not name.
    IssueToken(Option<AppId>),
    /// Revoke a token.
    RevokeToken(AppId),
    /// Show the description of the API.
    Describe,
}

/// A row of the table.
pub struct Method {
    /// The method.
    pub name: &'static str,
    /// The operation, as logs name it.
    pub operation: &'static str,
    /// Whether it may change anything.
    pub writes: bool,
    /// Takes the IDs out of the path.
    pub call: fn(&Path) -> Result<Call>,
}

const fn reads(name: &'static str, operation: &'static str, call: fn(&Path) -> Result<Call>) -> Method {
    Method { name, operation, writes: false, call }
}

const fn writes(name: &'static str, operation: &'static str, call: fn(&Path) -> Result<Call>) -> Method {
    Method { name, operation, writes: true, call }
}

const OBJECTS: &[Method] = &[
    reads("GET", "query_bucket", |path| path.bucket().map(Call::ListObjects)),
    reads("HEAD", "query_bucket", |path| path.bucket().map(Call::ListObjects)),
    writes("POST", "create_object", |path| path.bucket().map(Call::CreateObject)),
];

const QUERY: &[Method] = &[reads("POST", "query_bucket", |path| path.bucket().map(Call::Query))];

const OBJECT: &[Method] = &[
    writes("DELETE", "delete_object", |path| path.object().map(Call::DeleteObject)),
    reads("GET", "get_object", |path| path.object().map(Call::GetObject)),
    reads("HEAD", "get_object", |path| path.object().map(Call::GetObject)),
    writes("PATCH", "patch_object", |path| path.object().map(Call::PatchObject)),
    writes("PUT", "put_object", |path| path.object().map(Call::PutObject)),
];

const BUCKETS: &[Method] = &[
    reads("GET", "list_buckets", |path| path.scope().map(Call::ListBuckets)),
    reads("HEAD", "list_buckets", |path| path.scope().map(Call::ListBuckets)),
];

const BUCKET: &[Method] = &[
    writes("DELETE", "drop_bucket", |path| path.bucket().map(Call::DropBucket)),
    reads("GET", "get_bucket", |path| path.bucket().map(Call::GetBucket)),
    reads("HEAD", "get_bucket", |path| path.bucket().map(Call::HeadBucket)),
    writes("PUT", "put_bucket", |path| path.bucket().map(Call::PutBucket)),
];

const ACL: &[Method] = &[
    reads("GET", "get_acl", |path| path.acl().map(Call::GetAcl)),
    reads("HEAD", "get_acl", |path| path.acl().map(Call::GetAcl)),
    writes("PUT", "put_acl", |path| path.acl().map(Call::PutAcl)),
];

const ACL_VERB: &[Method] = &[
    reads("GET", "get_acl", |path| path.acl_verb().map(|(at, verb)| Call::GetAclVerb(at, verb))),
    reads("HEAD", "get_acl", |path| path.acl_verb().map(|(at, verb)| Call::GetAclVerb(at, verb))),
];

const ACL_ENTRY: &[Method] = &[
    writes("DELETE", "revoke", |path| path.acl_entry().map(|(at, verb, who)| Call::Revoke(at, verb, who))),
    reads("GET", "get_acl", |path| path.acl_entry().map(|(at, verb, who)| Call::GetAclEntry(at, verb, who))),
    reads("HEAD", "get_acl", |path| path.acl_entry().map(|(at, verb, who)| Call::GetAclEntry(at, verb, who))),
    writes("PUT", "grant", |path| path.acl_entry().map(|(at, verb, who)| Call::Grant(at, verb, who))),
];

const ME: &[Method] = &[
    reads("GET", "get_me", |path| path.scope().map(Call::GetMe)),
    reads("HEAD", "get_me", |path| path.scope().map(Call::GetMe)),
];

const TOKEN: &[Method] = &[writes("POST", "issue_token", |path| path.named_app().map(Call::IssueToken))];

const REVOCATION: &[Method] = &[writes("POST", "revoke_token", |path| path.app().map(Call::RevokeToken))];

const DESCRIPTION: &[Method] =
    &[reads("GET", "describe", |_| Ok(Call::Describe)), reads("HEAD", "describe", |_| Ok(Call::Describe))];

/// What a resource of a kind takes besides `OPTIONS`.
pub const fn methods(kind: Kind) -> &'static [Method] {
    match kind {
        Kind::Objects => OBJECTS,
        Kind::Query => QUERY,
        Kind::Object => OBJECT,
        Kind::Buckets => BUCKETS,
        Kind::Bucket => BUCKET,
        Kind::Acl => ACL,
        Kind::AclVerb => ACL_VERB,
        Kind::AclEntry => ACL_ENTRY,
        Kind::Me => ME,
        Kind::Token => TOKEN,
        Kind::Revocation => REVOCATION,
        Kind::Description => DESCRIPTION,
    }
}

/// The methods of a kind as `Allow` and `Access-Control-Allow-Methods` list them. An object's list has `POST`, which only
/// carries another method in `X-HTTP-Method-Override`.
pub fn allowed_methods(kind: Kind) -> String {
    let carrier = (kind == Kind::Object).then_some("POST");
    let names = methods(kind).iter().map(|method| method.name);
    let mut names: Vec<&str> = names.chain(carrier).chain(["OPTIONS"]).collect();
    names.sort_unstable();
    names.join(", ")
}

impl Call {
    /// The app, if the path names one.
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::IssueToken(app) => app.as_ref(),
            Self::RevokeToken(app) => Some(app),
            call => call.scope().map(|scope| &scope.app),
        }
    }

    /// The scope, if the path is about one.
    pub fn scope(&self) -> Option<&ScopeAddress> {
        let scope = match self {
            Self::CreateObject(bucket)
            | Self::Query(bucket)
            | Self::ListObjects(bucket)
            | Self::GetBucket(bucket)
            | Self::HeadBucket(bucket)
            | Self::PutBucket(bucket)
            | Self::DropBucket(bucket) => &bucket.scope,
            Self::GetObject(at) | Self::PutObject(at) | Self::PatchObject(at) | Self::DeleteObject(at) => {
                &at.bucket.scope
            }
            Self::ListBuckets(scope) | Self::GetMe(scope) => scope,
            Self::GetAcl(at)
            | Self::PutAcl(at)
            | Self::GetAclVerb(at, _)
            | Self::GetAclEntry(at, ..)
            | Self::Grant(at, ..)
            | Self::Revoke(at, ..) => at.scope(),
            Self::IssueToken(_) | Self::RevokeToken(_) | Self::Describe => return None,
        };
        Some(scope)
    }
}
