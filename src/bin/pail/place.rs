//! Scopes, buckets and objects on the command line.

use clap::Args;
use pail::model::address::{Address, BucketAddress, ObjectAddress, ScopeAddress};
use pail::model::id::{AppId, BucketId, GroupId, ObjectId, ThingId, UserId};
use pail::model::scope::{Scope, ScopeOwner};

/// Which scope is meant. Without an option besides --app, it is the app's.
#[derive(Args)]
pub struct ScopePlace {
    /// The app.
    #[arg(long, value_name = "ID")]
    app: AppId,
    /// The scope of this user, instead of the app's.
    #[arg(long, value_name = "ID", group = "scope")]
    user: Option<UserId>,
    /// The scope of this group, instead of the app's.
    #[arg(long, value_name = "ID", group = "scope")]
    group: Option<GroupId>,
    /// The scope of this thing, instead of the app's.
    #[arg(long, value_name = "ID", group = "scope")]
    thing: Option<ThingId>,
}

/// Which bucket is meant.
#[derive(Args)]
pub struct BucketPlace {
    #[command(flatten)]
    scope: ScopePlace,
    /// The bucket.
    #[arg(long, value_name = "ID")]
    bucket: BucketId,
}

/// Whose ACL is meant. Without --bucket, it is the scope's.
#[derive(Args)]
pub struct Place {
    #[command(flatten)]
    scope: ScopePlace,
    /// A bucket in the scope, instead of the scope itself.
    #[arg(long, value_name = "ID")]
    pub bucket: Option<BucketId>,
    /// An object in the bucket, instead of the bucket itself.
    #[arg(long, value_name = "ID", requires = "bucket")]
    pub object: Option<ObjectId>,
}

impl ScopePlace {
    fn scope(&self) -> Scope {
        let owner = match (&self.user, &self.group, &self.thing) {
            (Some(user), _, _) => ScopeOwner::User(user.clone()),
            (_, Some(group), _) => ScopeOwner::Group(group.clone()),
            (_, _, Some(thing)) => ScopeOwner::Thing(thing.clone()),
            (None, None, None) => ScopeOwner::App,
        };
        Scope { app: self.app.clone(), owner }
    }

    /// The address of the scope.
    pub fn address(&self) -> ScopeAddress {
        self.scope().into()
    }

    /// Whose scope it is, in words.
    pub fn name(&self) -> String {
        match self.scope() {
            Scope { app, owner: ScopeOwner::App } => format!("the app {app}"),
            Scope { app, owner: ScopeOwner::User(id) } => format!("the user {id} of the app {app}"),
            Scope { app, owner: ScopeOwner::Group(id) } => format!("the group {id} of the app {app}"),
            Scope { app, owner: ScopeOwner::Thing(id) } => format!("the thing {id} of the app {app}"),
        }
    }
}

impl BucketPlace {
    /// The address of the bucket.
    pub fn address(&self) -> BucketAddress {
        BucketAddress { scope: self.scope.address(), bucket: self.bucket.clone() }
    }

    /// The app and the data types that its objects can have.
    pub fn app(&self) -> &AppId {
        &self.scope.app
    }

    /// The bucket in words.
    pub fn name(&self) -> String {
        format!("the bucket {} of {}", self.bucket, self.scope.name())
    }
}

impl Place {
    /// The address of its ACL.
    pub fn address(&self) -> Address {
        let scope = self.scope.address();
        match (self.bucket.clone(), self.object.clone()) {
            (None, _) => Address::Scope(scope),
            (Some(bucket), None) => Address::Bucket(BucketAddress { scope, bucket }),
            (Some(bucket), Some(object)) => {
                Address::Object(ObjectAddress { bucket: BucketAddress { scope, bucket }, object })
            }
        }
    }

    /// The place in words.
    pub fn name(&self) -> String {
        let scope = self.scope.name();
        match (&self.bucket, &self.object) {
            (None, _) => format!("the scope of {scope}"),
            (Some(bucket), None) => format!("the bucket {bucket} of {scope}"),
            (Some(bucket), Some(object)) => format!("the object {object} in the bucket {bucket} of {scope}"),
        }
    }
}
