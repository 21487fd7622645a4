//! Paths of resources: their shape, and the IDs in them (contract, section 1).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::refusal::{Refusal, Result};
use super::resource::Kind;
use crate::model::acl::Verb;
use crate::model::address::{Address, AddressedOwner, BucketAddress, ObjectAddress, ScopeAddress};
use crate::model::id::{AppId, BucketId, GroupId, InvalidBucketId, InvalidId, ObjectId, ThingId, UserId};
use crate::model::scope::ScopeOwner;
use crate::model::subject::Subject;

/// A path of the right shape, whose IDs are not yet checked.
pub struct Path {
    /// The kind of the resource.
    pub kind: Kind,
    /// Empty in a path that names no app.
    app: String,
    owner: OwnerSegment,
    bucket: Option<String>,
    object: Option<String>,
    verb: Option<String>,
    subject: Option<String>,
}

enum OwnerSegment {
    App,
    User(String),
    Group(String),
    Thing(String),
}

impl Path {
    /// Parses the shape of a path. Each segment is percent-decoded once.
    pub fn parse(path: &str) -> Result<Self> {
        let segments: Vec<String> = path.split('/').map(decode_segment).collect();
        // Doubled and trailing slashes name nothing.
        if segments.iter().skip(1).any(String::is_empty) {
            return Err(Refusal::NotFound);
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (app, rest) = match segments.as_slice() {
            ["", "api", "apps", app, "users", "me"] => {
                return Ok(Self::without_bucket(Kind::Me, app, OwnerSegment::User("me".to_owned())));
            }
            ["", "api", "apps", app, rest @ ..] => (app, rest),
            ["", "api", "oauth2", "token"] => return Ok(Self::without_bucket(Kind::Token, "", OwnerSegment::App)),
            ["", "api", "openapi.json"] => return Ok(Self::without_bucket(Kind::Description, "", OwnerSegment::App)),
            _ => return Err(Refusal::NotFound),
        };
        let (owner, rest) = match rest {
            ["users", id, rest @ ..] => (OwnerSegment::User((*id).to_owned()), rest),
            ["groups", id, rest @ ..] => (OwnerSegment::Group((*id).to_owned()), rest),
            ["things", id, rest @ ..] => (OwnerSegment::Thing((*id).to_owned()), rest),
            rest => (OwnerSegment::App, rest),
        };
        let (bucket, rest) = match rest {
            ["buckets", bucket, rest @ ..] => (Some((*bucket).to_owned()), rest),
            rest => (None, rest),
        };
        let (object, rest) = match (&bucket, rest) {
            (Some(_), ["objects", object, rest @ ..]) => (Some((*object).to_owned()), rest),
            (_, rest) => (None, rest),
        };
        let (kind, verb, subject) = match (&bucket, &object, rest) {
            (None, None, ["buckets"]) => (Kind::Buckets, None, None),
            (None, None, ["oauth2", "token"]) if matches!(owner, OwnerSegment::App) => (Kind::Token, None, None),
            (None, None, ["oauth2", "revoke"]) if matches!(owner, OwnerSegment::App) => (Kind::Revocation, None, None),
            (Some(_), None, []) => (Kind::Bucket, None, None),
            (Some(_), None, ["objects"]) => (Kind::Objects, None, None),
            (Some(_), None, ["query"]) => (Kind::Query, None, None),
            (Some(_), Some(_), []) => (Kind::Object, None, None),
            (_, _, ["acl"]) => (Kind::Acl, None, None),
            (_, _, ["acl", verb]) => (Kind::AclVerb, Some(verb), None),
            (_, _, ["acl", verb, subject]) => (Kind::AclEntry, Some(verb), Some(subject)),
            _ => return Err(Refusal::NotFound),
        };
        let (app, owned) = ((*app).to_owned(), |text: &&str| (*text).to_owned());
        Ok(Self { kind, app, owner, bucket, object, verb: verb.map(owned), subject: subject.map(owned) })
    }

    fn without_bucket(kind: Kind, app: &str, owner: OwnerSegment) -> Self {
        Self { kind, app: app.to_owned(), owner, bucket: None, object: None, verb: None, subject: None }
    }

    /// The app.
    pub fn app(&self) -> Result<AppId> {
        AppId::parse(&self.app).map_err(refuse("appID"))
    }

    /// The app, if the path names one.
    pub fn named_app(&self) -> Result<Option<AppId>> {
        if self.app.is_empty() { Ok(None) } else { self.app().map(Some) }
    }

    /// The scope. The IDs of a path are checked from left to right.
    pub fn scope(&self) -> Result<ScopeAddress> {
        let app = self.app()?;
        let owner = match &self.owner {
            OwnerSegment::App => AddressedOwner::Named(ScopeOwner::App),
            OwnerSegment::User(id) if id == "me" => AddressedOwner::Caller,
            OwnerSegment::User(id) => {
                AddressedOwner::Named(ScopeOwner::User(UserId::parse(id).map_err(refuse("userID"))?))
            }
            OwnerSegment::Group(id) => {
                AddressedOwner::Named(ScopeOwner::Group(GroupId::parse(id).map_err(refuse("groupID"))?))
            }
            OwnerSegment::Thing(id) => {
                AddressedOwner::Named(ScopeOwner::Thing(ThingId::parse(id).map_err(refuse("thingID"))?))
            }
        };
        Ok(ScopeAddress { app, owner })
    }

    /// The bucket.
    pub fn bucket(&self) -> Result<BucketAddress> {
        let scope = self.scope()?;
        let id = self.bucket.as_deref().unwrap_or_default();
        let bucket = BucketId::parse(id).map_err(|invalid| match invalid {
            InvalidBucketId::Name => Refusal::InvalidBucket { bucket: id.to_owned() },
            InvalidBucketId::Type => Refusal::BucketTypeNotSupported { bucket: id.to_owned() },
        })?;
        Ok(BucketAddress { scope, bucket })
    }

    /// The object.
    pub fn object(&self) -> Result<ObjectAddress> {
        let bucket = self.bucket()?;
        let id = self.object.as_deref().unwrap_or_default();
        let object = ObjectId::parse(id).map_err(|_| Refusal::InvalidObjectId { object: id.to_owned() })?;
        Ok(ObjectAddress { bucket, object })
    }

    /// Whose ACL it is.
    pub fn acl(&self) -> Result<Address> {
        match (&self.bucket, &self.object) {
            (None, _) => self.scope().map(Address::Scope),
            (Some(_), None) => self.bucket().map(Address::Bucket),
            (Some(_), Some(_)) => self.object().map(Address::Object),
        }
    }

    /// Whose ACL it is, and one of its verbs.
    pub fn acl_verb(&self) -> Result<(Address, Verb)> {
        let address = self.acl()?;
        let verb = verb(self.verb.as_deref().unwrap_or_default(), &address)?;
        Ok((address, verb))
    }

    /// Whose ACL it is, and one of its possible entries.
    pub fn acl_entry(&self) -> Result<(Address, Verb, Subject)> {
        let (address, verb) = self.acl_verb()?;
        let subject = self.subject.as_deref().unwrap_or_default().parse();
        let subject = subject.map_err(|_| Refusal::InvalidInput { field: "subject", pattern: Subject::PATTERN })?;
        Ok((address, verb, subject))
    }
}

/// A verb of an ACL.
pub fn verb(name: &str, address: &Address) -> Result<Verb> {
    let pattern = match address {
        Address::Scope(_) => "the ACL of a scope has the verb CREATE_NEW_BUCKET",
        Address::Bucket(_) => {
            "the ACL of a bucket has the verbs CREATE_OBJECTS_IN_BUCKET, QUERY_OBJECTS_IN_BUCKET, READ_OBJECTS_IN_BUCKET \
             and DROP_BUCKET_WITH_ALL_CONTENT"
        }
        Address::Object(_) => "the ACL of an object has the verbs READ_EXISTING_OBJECT and WRITE_EXISTING_OBJECT",
    };
    let verb = address.verbs().iter().find(|verb| verb.as_str() == name);
    verb.copied().ok_or(Refusal::InvalidInput { field: "verb", pattern })
}

fn refuse(field: &'static str) -> impl Fn(InvalidId) -> Refusal {
    move |invalid| Refusal::InvalidInput { field, pattern: invalid.pattern }
}

/// A segment with its percent-escapes resolved. What is no valid escape stays as it is. No ID holds a `%`, so it breaks
/// every pattern.
fn decode_segment(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8().map_or_else(|_| segment.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Result<String> {
        let path = Path::parse(path)?;
        let at = path.acl()?;
        let scope = at.scope().resolve(UserId::parse("caller").ok().as_ref()).ok_or(Refusal::NotFound)?;
        let of_path = match at {
            Address::Scope(_) => scope.to_string(),
            Address::Bucket(at) => format!("{scope} {}", at.bucket),
            Address::Object(at) => format!("{scope} {} {}", at.bucket.bucket, at.object),
        };
        Ok(match path.kind {
            Kind::Objects
            | Kind::Query
            | Kind::Object
            | Kind::Bucket
            | Kind::Buckets
            | Kind::Acl
            | Kind::Me
            | Kind::Token
            | Kind::Revocation
            | Kind::Description => of_path,
            Kind::AclVerb => format!("{of_path} {}", path.acl_verb()?.1),
            Kind::AclEntry => format!("{of_path} {} {}", path.acl_verb()?.1, path.acl_entry()?.2),
        })
    }

    #[test]
    fn each_scope_has_its_collections() {
        for (path, resource) in [
            ("/api/apps/demo/buckets/notes/objects", "demo notes"),
            ("/api/apps/demo/users/u/buckets/rw:notes/objects", "demo/users/u notes"),
            ("/api/apps/demo/users/me/buckets/default:notes/objects", "demo/users/caller notes"),
            ("/api/apps/demo/groups/me/buckets/notes/objects", "demo/groups/me notes"),
            ("/api/apps/demo/things/t/buckets/notes/objects", "demo/things/t notes"),
            ("/api/apps/d%65mo/buckets/rw%3Anotes/objects", "demo notes"),
            ("/api/apps/users/users/users/buckets/buckets/objects", "users/users/users buckets"),
        ] {
            assert_eq!(route(path), Ok(resource.to_owned()), "{path}");
        }
    }

    #[test]
    fn scopes_buckets_and_objects_have_acls_and_scopes_have_lists_of_buckets() {
        for (path, kind, resource) in [
            ("/api/apps/demo/buckets", Kind::Buckets, "demo"),
            ("/api/apps/demo/users/me/buckets", Kind::Buckets, "demo/users/caller"),
            ("/api/apps/demo/buckets/notes", Kind::Bucket, "demo notes"),
            ("/api/apps/demo/groups/acl/buckets/acl", Kind::Bucket, "demo/groups/acl acl"),
            ("/api/apps/demo/buckets/notes/objects/acl", Kind::Object, "demo notes acl"),
            ("/api/apps/demo/acl", Kind::Acl, "demo"),
            ("/api/apps/demo/things/t/acl", Kind::Acl, "demo/things/t"),
            ("/api/apps/demo/users/me", Kind::Me, "demo/users/caller"),
            ("/api/apps/demo/oauth2/token", Kind::Token, "demo"),
            ("/api/apps/demo/oauth2/revoke", Kind::Revocation, "demo"),
            ("/api/apps/demo/buckets/objects/acl", Kind::Acl, "demo objects"),
            ("/api/apps/demo/buckets/notes/objects/acl/acl", Kind::Acl, "demo notes acl"),
            ("/api/apps/demo/acl/CREATE_NEW_BUCKET", Kind::AclVerb, "demo CREATE_NEW_BUCKET"),
            (
                "/api/apps/demo/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID%3Abob",
                Kind::AclEntry,
                "demo notes READ_OBJECTS_IN_BUCKET UserID:bob",
            ),
            (
                "/api/apps/demo/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/GroupID:crew",
                Kind::AclEntry,
                "demo notes o1 READ_EXISTING_OBJECT GroupID:crew",
            ),
        ] {
            assert_eq!(Path::parse(path).map(|path| path.kind), Ok(kind), "{path}");
            assert_eq!(route(path), Ok(resource.to_owned()), "{path}");
        }
    }

    #[test]
    fn an_acl_has_the_verbs_of_its_resource_and_subjects_of_the_known_kinds() {
        for (path, field) in [
            ("acl/READ_OBJECTS_IN_BUCKET", "verb"),
            ("acl/create_new_bucket/UserID:a", "verb"),
            ("buckets/notes/acl/CREATE_NEW_BUCKET", "verb"),
            ("buckets/notes/acl/x/x", "verb"),
            ("buckets/notes/objects/o1/acl/READ_OBJECTS_IN_BUCKET/UserID:a", "verb"),
            ("acl/CREATE_NEW_BUCKET/a", "subject"),
            ("acl/CREATE_NEW_BUCKET/UserID:me", "subject"),
            ("buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/userID:a", "subject"),
        ] {
            let route = route(&format!("/api/apps/demo/{path}"));
            assert!(matches!(route, Err(Refusal::InvalidInput { field: found, .. }) if found == field), "{path}");
        }
    }

    #[test]
    fn what_has_another_shape_is_not_found() {
        for path in [
            "",
            "/",
            "api/apps/demo/buckets/notes/objects",
            "/api/apps/demo/buckets/notes/objects/",
            "//api/apps/demo/buckets/notes/objects",
            "/api/apps/demo/buckets//objects",
            "/api//demo/buckets/notes/objects",
            "/api/apps/demo/buckets/notes/objects/x/y",
            "/api/apps/demo",
            "/api/apps/demo/users/u",
            "/api/apps/demo/things/me",
            "/api/apps/demo/users/me/oauth2/token",
            "/api/oauth2/revoke",
            "/api/oauth2/token/",
            "/api/openapi.json/",
            "/api/apps/demo/openapi.json",
            "/api/apps/demo/users",
            "/api/apps/demo/buckets/notes/acl/v/s/x",
            "/api/apps/demo/acl/v/",
            "/api/apps/demo/objects/o1",
            "/API/apps/demo/buckets/notes/objects",
            "/api/apps/demo/devices/x/buckets/notes/objects",
            "/api/apps/demo/users/buckets/notes/objects",
            "/api/apps/demo%2Fbuckets/notes/objects",
            "/api/apps/demo/buck%zzets/notes/objects",
        ] {
            assert_eq!(route(path), Err(Refusal::NotFound), "{path}");
        }
    }

    #[test]
    fn ids_are_checked_from_left_to_right() {
        for (path, field) in [
            ("/api/apps/a%20b/users/!/buckets/_/objects", "appID"),
            ("/api/apps/../buckets/notes/objects", "appID"),
            ("/api/apps/%2e%2e/buckets/notes/objects", "appID"),
            ("/api/apps/demo/users/a%00/buckets/_/objects", "userID"),
            ("/api/apps/demo/users/%/buckets/notes/objects", "userID"),
            ("/api/apps/demo/users/ANONYMOUS_USER/buckets/notes/objects", "userID"),
            ("/api/apps/demo/groups/%ff/buckets/notes/objects", "groupID"),
            ("/api/apps/demo/things/%2/buckets/notes/objects", "thingID"),
            ("/api/apps/demo/things/a%252F/buckets/notes/objects", "thingID"),
        ] {
            assert!(matches!(route(path), Err(Refusal::InvalidInput { field: found, .. }) if found == field), "{path}");
        }
        let bucket = |bucket: &str| route(&format!("/api/apps/demo/buckets/{bucket}/objects"));
        assert_eq!(bucket("%zz"), Err(Refusal::InvalidBucket { bucket: "%zz".to_owned() }));
        assert_eq!(bucket("a%2Fb"), Err(Refusal::InvalidBucket { bucket: "a/b".to_owned() }));
        assert_eq!(bucket("CRYPTO:notes"), Err(Refusal::BucketTypeNotSupported { bucket: "CRYPTO:notes".to_owned() }));
    }
}
