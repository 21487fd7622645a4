//! Where buckets live: in an app, or with one of its users, groups or things.

use std::fmt;

use super::id::{AppId, GroupId, ThingId, UserId};

/// One scope of one app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The app that the scope belongs to.
    pub app: AppId,
    /// Whose scope it is.
    pub owner: ScopeOwner,
}

/// Whose scope it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ScopeOwner {
    /// The app itself.
    App,
    /// One user.
    User(UserId),
    /// One group, shared by its members.
    Group(GroupId),
    /// One thing.
    Thing(ThingId),
}

impl ScopeOwner {
    /// The kind of the scope in one word, for logs and messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::App => "app",
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Thing(_) => "thing",
        }
    }
}

/// `{appID}`, `{appID}/users/{userID}`, `{appID}/groups/{groupID}` or `{appID}/things/{thingID}`: what follows
/// `/api/apps/` in a path, and what the keys of items begin with. Injective, as no ID holds a `/`.
impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let app = &self.app;
        match &self.owner {
            ScopeOwner::App => write!(formatter, "{app}"),
            ScopeOwner::User(user) => write!(formatter, "{app}/users/{user}"),
            ScopeOwner::Group(group) => write!(formatter, "{app}/groups/{group}"),
            ScopeOwner::Thing(thing) => write!(formatter, "{app}/things/{thing}"),
        }
    }
}
