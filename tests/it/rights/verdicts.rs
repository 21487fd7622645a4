//! The second model's verdicts on requests, from the contract only: sections 1.6 (objects), 2 (ACLs) and 3 (buckets).

use std::collections::{BTreeMap, BTreeSet};

use super::model::{ANYBODY, Caller, Home, SIGNED_IN, VERBS, default_of_bucket, holds};

/// What an ACL is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Scope,
    Bucket,
    Object,
}

impl Level {
    /// The verb of the entries that requests name.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Scope => "CREATE_NEW_BUCKET",
            Self::Bucket => "READ_OBJECTS_IN_BUCKET",
            Self::Object => "READ_EXISTING_OBJECT",
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Get,
    Head,
    Put,
    /// A PUT with `If-Match: *`.
    PutIfMatch,
    Patch,
    Delete,
    GetBucket,
    HeadBucket,
    PutBucket,
    DropBucket,
    /// A query that every object matches.
    Query,
    /// The same, with the hits counted.
    Count,
    ListBuckets,
    GetAcl(Level),
    HeadAcl(Level),
    GetVerb(Level),
    /// The entries of the next three are of [`SUBJECT`].
    GetEntry(Level),
    Grant(Level),
    Revoke(Level),
    /// Takes away an entry of whoever the scope's default names.
    RevokeInhabitants(Level),
    /// Leaves only the entry of [`SUBJECT`].
    Replace(Level),
}

/// The subject of the entries that requests name.
pub const SUBJECT: &str = "UserID:bob";

impl Operation {
    /// All operations.
    pub fn all() -> Vec<Self> {
        let objects = [Self::Get, Self::Head, Self::Put, Self::PutIfMatch, Self::Patch, Self::Delete];
        let buckets = [
            Self::GetBucket,
            Self::HeadBucket,
            Self::PutBucket,
            Self::DropBucket,
            Self::Query,
            Self::Count,
            Self::ListBuckets,
        ];
        let on_acls = [
            Self::GetAcl,
            Self::HeadAcl,
            Self::GetVerb,
            Self::GetEntry,
            Self::Grant,
            Self::Revoke,
            Self::RevokeInhabitants,
            Self::Replace,
        ];
        let levels = [Level::Scope, Level::Bucket, Level::Object];
        let acls = levels.into_iter().flat_map(|level| on_acls.map(|on_acl| on_acl(level)));
        objects.into_iter().chain(buckets).chain(acls).collect()
    }

    /// What the request is about.
    pub fn level(self) -> Level {
        match self {
            Self::Get | Self::Head | Self::Put | Self::PutIfMatch | Self::Patch | Self::Delete => Level::Object,
            Self::GetBucket | Self::HeadBucket | Self::PutBucket | Self::DropBucket | Self::Query | Self::Count => {
                Level::Bucket
            }
            Self::ListBuckets => Level::Scope,
            Self::GetAcl(level)
            | Self::HeadAcl(level)
            | Self::GetVerb(level)
            | Self::GetEntry(level)
            | Self::Grant(level)
            | Self::Revoke(level)
            | Self::RevokeInhabitants(level)
            | Self::Replace(level) => level,
        }
    }

    /// Whether it is about an ACL.
    pub fn is_about_acl(self) -> bool {
        self >= Self::GetAcl(Level::Scope)
    }

    pub fn method(self) -> &'static str {
        match self {
            Self::Get
            | Self::GetBucket
            | Self::ListBuckets
            | Self::GetAcl(_)
            | Self::GetVerb(_)
            | Self::GetEntry(_) => "GET",
            Self::Head | Self::HeadBucket | Self::HeadAcl(_) => "HEAD",
            Self::Put | Self::PutIfMatch | Self::PutBucket | Self::Grant(_) | Self::Replace(_) => "PUT",
            Self::Patch => "PATCH",
            Self::Query | Self::Count => "POST",
            Self::Delete | Self::DropBucket | Self::Revoke(_) | Self::RevokeInhabitants(_) => "DELETE",
        }
    }

    /// Whether it may write.
    pub fn writes(self) -> bool {
        !["GET", "HEAD", "POST"].contains(&self.method())
    }

    /// The verdicts that some row of the matrix has.
    pub fn verdicts(self) -> BTreeSet<Verdict> {
        use Verdict::{BucketExists, BucketNotFound, Granted, NotGranted, ObjectNotFound, OwnEntry, Unreadable};
        let missing: &[Verdict] = match (self, self.level()) {
            (Self::Put | Self::PutBucket | Self::Query | Self::Count, _) | (_, Level::Scope) => &[],
            (Self::PutIfMatch, _) => &[ObjectNotFound],
            (Self::Grant(Level::Bucket), _) => &[],
            (_, Level::Bucket) => &[BucketNotFound],
            (_, Level::Object) => &[ObjectNotFound, BucketNotFound],
        };
        let own: &[Verdict] = match self {
            Self::PutBucket => &[BucketExists],
            Self::GetAcl(_) | Self::HeadAcl(_) | Self::GetVerb(_) => &[Unreadable],
            Self::Grant(_) => &[Unreadable, Granted],
            Self::RevokeInhabitants(Level::Bucket) => &[Unreadable, NotGranted, OwnEntry],
            Self::GetEntry(_) | Self::Revoke(_) | Self::RevokeInhabitants(_) => &[Unreadable, NotGranted],
            Self::Replace(Level::Bucket) => &[OwnEntry],
            _ => &[],
        };
        [&[Verdict::Done, Verdict::Denied], missing, own].concat().into_iter().collect()
    }
}

/// The outcome of a request, as far as rights and what is stored decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Done,
    Denied,
    ObjectNotFound,
    BucketNotFound,
    BucketExists,
    /// The entry is there already.
    Granted,
    /// There is no such entry.
    NotGranted,
    /// An entry of the caller's own, on a bucket in its scope.
    OwnEntry,
    /// The ACL cannot be read, so that only a whole new one can take its place.
    Unreadable,
}

impl Verdict {
    /// Status and `errorCode` of a refusal.
    pub fn refusal(self) -> Option<(u16, &'static str)> {
        Some(match self {
            Self::Done => return None,
            Self::Denied => (401, "UNAUTHORIZED"),
            Self::ObjectNotFound => (404, "OBJECT_NOT_FOUND"),
            Self::BucketNotFound => (404, "BUCKET_NOT_FOUND"),
            Self::BucketExists => (409, "BUCKET_ALREADY_EXISTS"),
            Self::Granted => (409, "ACL_ALREADY_EXISTS"),
            Self::NotGranted => (404, "ACL_NOT_FOUND"),
            Self::OwnEntry => (409, "OPERATION_NOT_ALLOWED"),
            Self::Unreadable => (500, "UNDEFINED_ERROR"),
        })
    }
}

/// The subjects that each verb is granted to.
pub type Holders = BTreeMap<&'static str, BTreeSet<String>>;

/// A scope, a bucket or an object, as far as it decides over a request.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its ACL, or `None` if that cannot be read.
    pub acl: Option<Holders>,
    /// Who made it, as items name it. Nobody made a scope.
    pub creator: &'static str,
}

impl Resource {
    fn has(&self, verb: &str, subject: &str) -> bool {
        self.acl.as_ref().and_then(|acl| acl.get(verb)).is_some_and(|granted| granted.contains(subject))
    }
}

/// The state that decides over a request.
pub struct There<'a> {
    pub scope: &'a Resource,
    /// The bucket, if there is one.
    pub bucket: Option<&'a Resource>,
    /// The object, if there is one.
    pub object: Option<&'a Resource>,
}

/// The subjects that each verb is granted to on an object by default (section 1.6).
pub fn default_of_object(home: &Home, creator: Option<&str>) -> Holders {
    let (mut read, mut write) = (BTreeSet::new(), BTreeSet::new());
    match home.scope {
        "demo" => {
            read.extend([SIGNED_IN.to_owned(), ANYBODY.to_owned()]);
            write.insert(SIGNED_IN.to_owned());
        }
        _ => {
            for holders in [&mut read, &mut write] {
                holders.insert(home.inhabitant.to_owned());
                holders.extend(creator.map(str::to_owned));
            }
        }
    }
    Holders::from([("READ_EXISTING_OBJECT", read), ("WRITE_EXISTING_OBJECT", write)])
}

/// The verbs of a bucket.
pub fn of_bucket() -> impl Iterator<Item = &'static str> {
    VERBS.into_iter().map(|(_, verb)| verb).filter(|verb| *verb != "CREATE_NEW_BUCKET")
}

fn has(caller: &Caller, resource: &Resource, verb: &str) -> bool {
    let granted = resource.acl.as_ref().and_then(|acl| acl.get(verb));
    granted.map_or(caller.names.is_none(), |granted| holds(caller, granted))
}

/// Whether the caller is the user or the thing whose scope it is.
fn owns(caller: &Caller, home: &Home) -> bool {
    ["demo/users/alice", "demo/things/sensor-1"].contains(&home.scope) && caller.entry == Some(home.inhabitant)
}

/// Whether the caller is the administrator, or the user or the thing whose scope it is.
fn rules(caller: &Caller, home: &Home) -> bool {
    caller.names.is_none() || owns(caller, home)
}

fn may(allowed: bool, then: Verdict) -> Verdict {
    if allowed { then } else { Verdict::Denied }
}

/// The verdict on a request.
pub fn verdict(caller: &Caller, home: &Home, operation: Operation, there: &There<'_>) -> Verdict {
    match (operation, operation.level()) {
        (Operation::GetBucket | Operation::HeadBucket | Operation::PutBucket | Operation::DropBucket, _) => {
            of_buckets(caller, home, operation, there)
        }
        (Operation::Query | Operation::Count, _) => {
            let verb = "QUERY_OBJECTS_IN_BUCKET";
            let by_default = || holds(caller, &default_of_bucket(home, verb, None));
            may(there.bucket.map_or_else(by_default, |bucket| has(caller, bucket, verb)), Verdict::Done)
        }
        (Operation::ListBuckets, _) => may(rules(caller, home), Verdict::Done),
        (_, Level::Scope) => may(rules(caller, home), of_change(caller, home, operation, there.scope)),
        (_, Level::Bucket) => of_acl_of_bucket(caller, home, operation, there),
        (_, Level::Object) => of_objects(caller, home, operation, there),
    }
}

/// Section 1.6, and for the ACLs of objects section 2.
fn of_objects(caller: &Caller, home: &Home, operation: Operation, there: &There<'_>) -> Verdict {
    let reads = matches!(operation, Operation::Get | Operation::Head);
    let puts = matches!(operation, Operation::Put | Operation::PutIfMatch);
    let verb = if reads { "READ_EXISTING_OBJECT" } else { "WRITE_EXISTING_OBJECT" };
    match (there.bucket, there.object) {
        (Some(_), Some(object)) if operation.is_about_acl() => {
            let has_created = caller.entry == Some(object.creator);
            may(rules(caller, home) || has_created, of_change(caller, home, operation, object))
        }
        (Some(bucket), Some(object)) => {
            let by_bucket = reads && has(caller, bucket, "READ_OBJECTS_IN_BUCKET");
            may(has(caller, object, verb) || by_bucket, Verdict::Done)
        }
        // Judged as a create.
        (bucket, None) if puts => {
            let created = if operation == Operation::Put { Verdict::Done } else { Verdict::ObjectNotFound };
            may(
                match bucket {
                    Some(bucket) => has(caller, bucket, "CREATE_OBJECTS_IN_BUCKET"),
                    None => has(caller, there.scope, "CREATE_NEW_BUCKET"),
                },
                created,
            )
        }
        // The administrator, the scope's owner, and callers who may read the whole bucket.
        (Some(bucket), None) => {
            let learns = rules(caller, home) || has(caller, bucket, "READ_OBJECTS_IN_BUCKET");
            may(learns, Verdict::ObjectNotFound)
        }
        // Callers whom the defaults without a creator's entry would let do it.
        (None, _) if operation.is_about_acl() => may(rules(caller, home), Verdict::BucketNotFound),
        (None, _) => {
            let default = Resource { acl: Some(default_of_object(home, None)), creator: "" };
            may(has(caller, &default, verb), Verdict::BucketNotFound)
        }
    }
}

/// Section 3.
fn of_buckets(caller: &Caller, home: &Home, operation: Operation, there: &There<'_>) -> Verdict {
    let by_default = |verb: &str| holds(caller, &default_of_bucket(home, verb, None));
    match (operation, there.bucket) {
        (Operation::PutBucket, bucket) => {
            let made = if bucket.is_some() { Verdict::BucketExists } else { Verdict::Done };
            may(has(caller, there.scope, "CREATE_NEW_BUCKET"), made)
        }
        (Operation::DropBucket, Some(bucket)) => {
            may(has(caller, bucket, "DROP_BUCKET_WITH_ALL_CONTENT"), Verdict::Done)
        }
        (Operation::DropBucket, None) => may(by_default("DROP_BUCKET_WITH_ALL_CONTENT"), Verdict::BucketNotFound),
        (_, Some(bucket)) => may(of_bucket().any(|verb| has(caller, bucket, verb)), Verdict::Done),
        (_, None) => may(of_bucket().any(by_default), Verdict::BucketNotFound),
    }
}

/// Section 2, for the ACLs of buckets.
fn of_acl_of_bucket(caller: &Caller, home: &Home, operation: Operation, there: &There<'_>) -> Verdict {
    match there.bucket {
        Some(bucket) => {
            let has_made = home.scope == "demo/groups/crew" && caller.entry == Some(bucket.creator);
            may(rules(caller, home) || has_made, of_change(caller, home, operation, bucket))
        }
        None if operation == Operation::Grant(Level::Bucket) => {
            let makes = rules(caller, home) && has(caller, there.scope, "CREATE_NEW_BUCKET");
            let default = default_of_bucket(home, Level::Bucket.verb(), caller.entry);
            may(makes, if default.contains(SUBJECT) { Verdict::Granted } else { Verdict::Done })
        }
        None => may(rules(caller, home), Verdict::BucketNotFound),
    }
}

/// Section 2: what becomes of a request for an ACL by somebody who may read and change it.
fn of_change(caller: &Caller, home: &Home, operation: Operation, resource: &Resource) -> Verdict {
    let verb = operation.level().verb();
    let is_own =
        |subject: &str| operation.level() == Level::Bucket && owns(caller, home) && caller.entry == Some(subject);
    let takes_own = of_bucket().any(|verb| caller.entry.is_some_and(|own| is_own(own) && resource.has(verb, own)));
    match operation {
        Operation::Replace(_) => {
            if takes_own {
                Verdict::OwnEntry
            } else {
                Verdict::Done
            }
        }
        _ if resource.acl.is_none() => Verdict::Unreadable,
        Operation::GetEntry(_) | Operation::Revoke(_) if !resource.has(verb, SUBJECT) => Verdict::NotGranted,
        Operation::RevokeInhabitants(_) if !resource.has(verb, home.inhabitant) => Verdict::NotGranted,
        Operation::RevokeInhabitants(_) if is_own(home.inhabitant) => Verdict::OwnEntry,
        Operation::Grant(_) if resource.has(verb, SUBJECT) => Verdict::Granted,
        _ => Verdict::Done,
    }
}
