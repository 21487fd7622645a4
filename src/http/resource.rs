//! The kinds of resources (contract, section 1).

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The objects of a bucket: `…/buckets/{bucketID}/objects`.
    Objects,
    /// The queries of a bucket: `…/buckets/{bucketID}/query`.
    Query,
    /// One object: `…/buckets/{bucketID}/objects/{objectID}`.
    Object,
    /// The buckets of a scope: `…/buckets`.
    Buckets,
    /// One bucket: `…/buckets/{bucketID}`.
    Bucket,
    /// The ACL of a scope, a bucket or an object: `…/acl`.
    Acl,
    /// Who holds a verb of an ACL: `…/acl/{verb}`.
    AclVerb,
    /// One entry of an ACL: `…/acl/{verb}/{subject}`.
    AclEntry,
    /// The user who calls: `/users/me`.
    Me,
    /// The token endpoint: `/oauth2/token`.
    Token,
    /// The revocation endpoint: `/oauth2/revoke`.
    Revocation,
    /// The description of the API: `/api/openapi.json`.
    Description,
}

impl Kind {
    /// What a resource of this kind takes, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Objects => "An object collection takes GET, HEAD, POST, which creates an object, and OPTIONS.",
            Self::Query => "The queries of a bucket take POST and OPTIONS.",
            Self::Object => {
                "An object takes GET, HEAD, PUT, PATCH, DELETE and OPTIONS, and POST with an X-HTTP-Method-Override of PUT, \
                 PATCH or DELETE."
            }
            Self::Buckets => "The list of a scope's buckets takes GET, HEAD and OPTIONS.",
            Self::Bucket => "A bucket takes GET, HEAD, PUT, DELETE and OPTIONS.",
            Self::Acl => "An ACL takes GET, HEAD, PUT and OPTIONS.",
            Self::AclVerb => "A verb of an ACL takes GET, HEAD and OPTIONS.",
            Self::Me => "The user who calls takes GET, HEAD and OPTIONS.",
            Self::Token => "The token endpoint takes POST and OPTIONS.",
            Self::Revocation => "The revocation endpoint takes POST and OPTIONS.",
            Self::Description => "The description of the API takes GET, HEAD and OPTIONS.",
            Self::AclEntry => "An entry of an ACL takes GET, HEAD, PUT, DELETE and OPTIONS.",
        }
    }
}
