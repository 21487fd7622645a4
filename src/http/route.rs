//! Paths, and what a request for one of them asks for (contract, section 1).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::refusal::{Refusal, Result};
use super::request::Request;
use super::resource::{Action, Kind};
use super::url::{PublicUrl, below};
use crate::model::address::{AddressedOwner, BucketAddress, ObjectAddress};
use crate::model::id::{AppId, BucketId, GroupId, InvalidBucketId, InvalidId, ObjectId, ThingId, UserId};
use crate::model::scope::ScopeOwner;

/// What a request is about.
pub enum Route {
    /// A browser asks what it may do with a resource of this kind.
    Preflight(Kind),
    /// Something is to be done.
    Call(Call),
}

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
}

impl Call {
    /// The name in logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateObject(_) => "create_object",
            Self::GetObject(_) => "get_object",
            Self::PutObject(_) => "put_object",
            Self::PatchObject(_) => "patch_object",
            Self::DeleteObject(_) => "delete_object",
        }
    }

    /// Whether it may change anything.
    pub fn writes(&self) -> bool {
        match self {
            Self::GetObject(_) => false,
            Self::CreateObject(_) | Self::PutObject(_) | Self::PatchObject(_) | Self::DeleteObject(_) => true,
        }
    }

    /// The app.
    pub fn app(&self) -> &AppId {
        &self.bucket().app
    }

    /// The kind of the scope in one word.
    pub fn scope_kind(&self) -> &'static str {
        self.bucket().scope_kind()
    }

    fn bucket(&self) -> &BucketAddress {
        match self {
            Self::CreateObject(bucket) => bucket,
            Self::GetObject(at) | Self::PutObject(at) | Self::PatchObject(at) | Self::DeleteObject(at) => &at.bucket,
        }
    }
}

impl Route {
    /// Finds the route of a request. The shape of the path is checked first, then the method, then the IDs from left to
    /// right.
    pub fn find(request: &Request<'_>, public: Option<&PublicUrl>) -> Result<Self> {
        let path = Path::parse(below(request, public))?;
        if request.method == "OPTIONS" {
            return Ok(Self::Preflight(path.kind));
        }
        let method = method(request).and_then(|name| path.kind.methods().iter().find(|(method, _)| *method == name));
        let (_, action) = method.ok_or(Refusal::MethodNotAllowed(path.kind))?;
        let call = match action {
            Action::CreateObject => Call::CreateObject(path.bucket()?),
            Action::GetObject => Call::GetObject(path.object()?),
            Action::PutObject => Call::PutObject(path.object()?),
            Action::PatchObject => Call::PatchObject(path.object()?),
            Action::DeleteObject => Call::DeleteObject(path.object()?),
        };
        Ok(Self::Call(call))
    }

    /// Whether the request may change anything.
    pub fn writes(&self) -> bool {
        match self {
            Self::Preflight(_) => false,
            Self::Call(call) => call.writes(),
        }
    }
}

/// The method that a request asks for, which `X-HTTP-Method-Override` may change on a POST.
fn method<'a>(request: &'a Request<'_>) -> Option<&'a str> {
    match (&*request.method, &request.headers.values("x-http-method-override")[..]) {
        ("POST", [name]) => {
            ["PUT", "PATCH", "DELETE"].into_iter().find(|known| name.trim().eq_ignore_ascii_case(known))
        }
        ("POST", [_, _, ..]) => None,
        (method, _) => Some(method),
    }
}

/// A path of the right shape, whose IDs are not yet checked.
struct Path {
    kind: Kind,
    app: String,
    owner: OwnerSegment,
    bucket: String,
    /// Empty in the path of a collection.
    object: String,
}

enum OwnerSegment {
    App,
    User(String),
    Group(String),
    Thing(String),
}

impl Path {
    /// Parses the shape of a path. Each segment is percent-decoded once.
    fn parse(path: &str) -> Result<Self> {
        let segments: Vec<String> = path.split('/').map(decode_segment).collect();
        // Doubled and trailing slashes name nothing.
        if segments.iter().skip(1).any(String::is_empty) {
            return Err(Refusal::NotFound);
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["", "api", "apps", app, rest @ ..] = segments.as_slice() else {
            return Err(Refusal::NotFound);
        };
        let (owner, rest) = match rest {
            ["buckets", ..] => (OwnerSegment::App, rest),
            ["users", id, rest @ ..] => (OwnerSegment::User((*id).to_owned()), rest),
            ["groups", id, rest @ ..] => (OwnerSegment::Group((*id).to_owned()), rest),
            ["things", id, rest @ ..] => (OwnerSegment::Thing((*id).to_owned()), rest),
            _ => return Err(Refusal::NotFound),
        };
        let (kind, bucket, object) = match rest {
            ["buckets", bucket, "objects"] => (Kind::Objects, bucket, ""),
            ["buckets", bucket, "objects", object] => (Kind::Object, bucket, *object),
            _ => return Err(Refusal::NotFound),
        };
        let (app, bucket, object) = ((*app).to_owned(), (*bucket).to_owned(), object.to_owned());
        Ok(Self { kind, app, owner, bucket, object })
    }

    /// The bucket. Its IDs are checked from left to right.
    fn bucket(&self) -> Result<BucketAddress> {
        let app = AppId::parse(&self.app).map_err(refuse("appID"))?;
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
        let bucket = BucketId::parse(&self.bucket).map_err(|invalid| match invalid {
            InvalidBucketId::Name => Refusal::InvalidBucket { bucket: self.bucket.clone() },
            InvalidBucketId::Type => Refusal::BucketTypeNotSupported { bucket: self.bucket.clone() },
        })?;
        Ok(BucketAddress { app, owner, bucket })
    }

    /// The object. Its IDs are checked from left to right.
    fn object(&self) -> Result<ObjectAddress> {
        let bucket = self.bucket()?;
        let object = ObjectId::parse(&self.object);
        let object = object.map_err(|_| Refusal::InvalidObjectId { object: self.object.clone() })?;
        Ok(ObjectAddress { bucket, object })
    }
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
        let address = Path::parse(path)?.bucket()?;
        let caller = UserId::parse("caller").ok();
        Ok(address.resolve(caller.as_ref()).map(|path| format!("{} {}", path.scope, path.bucket)).unwrap_or_default())
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
            "/api/apps/demo/buckets/notes",
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
