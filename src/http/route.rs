//! Paths and the resources that they name (contract, section 1).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};
use crate::model::address::{AddressedOwner, BucketAddress};
use crate::model::id::{AppId, BucketId, GroupId, InvalidBucketId, InvalidId, ThingId, UserId};
use crate::model::scope::ScopeOwner;

/// The path of an object collection, found by its shape. Its IDs are not yet held to their patterns.
pub struct CollectionPath {
    app: String,
    owner: OwnerSegment,
    bucket: String,
}

enum OwnerSegment {
    App,
    User(String),
    Group(String),
    Thing(String),
}

impl CollectionPath {
    /// Finds the resource of a path by its shape. Each segment is percent-decoded once.
    pub fn parse(path: &str) -> Result<Self> {
        let segments: Vec<String> = path.split('/').map(decode_segment).collect();
        // Doubled and trailing slashes name nothing.
        if segments.iter().skip(1).any(String::is_empty) {
            return Err(Error::NotFound);
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (app, owner, bucket) = match segments.as_slice() {
            ["", "api", "apps", app, "buckets", bucket, "objects"] => (app, OwnerSegment::App, bucket),
            ["", "api", "apps", app, kind, id, "buckets", bucket, "objects"] => {
                let id = (*id).to_owned();
                let owner = match *kind {
                    "users" => OwnerSegment::User(id),
                    "groups" => OwnerSegment::Group(id),
                    "things" => OwnerSegment::Thing(id),
                    _ => return Err(Error::NotFound),
                };
                (app, owner, bucket)
            }
            _ => return Err(Error::NotFound),
        };
        Ok(Self { app: (*app).to_owned(), owner, bucket: (*bucket).to_owned() })
    }

    /// Holds the IDs to their patterns, from left to right.
    pub fn address(&self) -> Result<BucketAddress> {
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
            InvalidBucketId::Name => Error::InvalidBucket { bucket: self.bucket.clone() },
            InvalidBucketId::Type => Error::BucketTypeNotSupported { bucket: self.bucket.clone() },
        })?;
        Ok(BucketAddress { app, owner, bucket })
    }
}

fn refuse(field: &'static str) -> impl Fn(InvalidId) -> Error {
    move |invalid| Error::InvalidInput { field, pattern: invalid.pattern }
}

/// A segment with its percent-escapes resolved. What is no escape, or none of UTF-8, stays as it is, and as no ID holds a
/// `%`, it breaks every pattern.
fn decode_segment(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8().map_or_else(|_| segment.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Result<String> {
        let address = CollectionPath::parse(path)?.address()?;
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
            "/api/apps/demo/buckets/notes/objects/x",
            "/api/apps/demo/buckets/notes",
            "/API/apps/demo/buckets/notes/objects",
            "/api/apps/demo/devices/x/buckets/notes/objects",
            "/api/apps/demo/users/buckets/notes/objects",
            "/api/apps/demo%2Fbuckets/notes/objects",
            "/api/apps/demo/buck%zzets/notes/objects",
        ] {
            assert_eq!(route(path), Err(Error::NotFound), "{path}");
        }
    }

    #[test]
    fn bad_ids_are_told_from_left_to_right() {
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
            assert!(matches!(route(path), Err(Error::InvalidInput { field: found, .. }) if found == field), "{path}");
        }
        let bucket = |bucket: &str| route(&format!("/api/apps/demo/buckets/{bucket}/objects"));
        assert_eq!(bucket("%zz"), Err(Error::InvalidBucket { bucket: "%zz".to_owned() }));
        assert_eq!(bucket("a%2Fb"), Err(Error::InvalidBucket { bucket: "a/b".to_owned() }));
        assert_eq!(bucket("CRYPTO:notes"), Err(Error::BucketTypeNotSupported { bucket: "CRYPTO:notes".to_owned() }));
    }
}
