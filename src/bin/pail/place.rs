//! A scope, a bucket or an object on the command line.

use clap::Args;
use pail::model::address::{Address, BucketAddress, ObjectAddress};
use pail::model::id::{AppId, BucketId, GroupId, ObjectId, ThingId, UserId};
use pail::model::scope::{Scope, ScopeOwner};

/// Whose ACL is meant. Without --bucket, it is the scope's.
#[derive(Args)]
pub struct Place {
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
    /// A bucket in the scope, instead of the scope itself.
    #[arg(long, value_name = "ID")]
    pub bucket: Option<BucketId>,
    /// An object in the bucket, instead of the bucket itself.
    #[arg(long, value_name = "ID", requires = "bucket")]
    pub object: Option<ObjectId>,
}

impl Place {
    fn scope(&self) -> Scope {
        let owner = match (&self.user, &self.group, &self.thing) {
            (Some(user), _, _) => ScopeOwner::User(user.clone()),
            (_, Some(group), _) => ScopeOwner::Group(group.clone()),
            (_, _, Some(thing)) => ScopeOwner::Thing(thing.clone()),
            (None, None, None) => ScopeOwner::App,
        };
        Scope { app: self.app.clone(), owner }
    }

    /// The address of its ACL.
    pub fn address(&self) -> Address {
        let scope = self.scope().into();
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
        let scope = match self.scope() {
            Scope { app, owner: ScopeOwner::App } => format!("the app {app}"),
            Scope { app, owner: ScopeOwner::User(id) } => format!("the user {id} of the app {app}"),
            Scope { app, owner: ScopeOwner::Group(id) } => format!("the group {id} of the app {app}"),
            Scope { app, owner: ScopeOwner::Thing(id) } => format!("the thing {id} of the app {app}"),
        };
        match (&self.bucket, &self.object) {
            (None, _) => format!("the scope of {scope}"),
            (Some(bucket), None) => format!("the bucket {bucket} of {scope}"),
            (Some(bucket), Some(object)) => format!("the object {object} in the bucket {bucket} of {scope}"),
        }
    }
}
