//! Where buckets live: in an app, or with one of its users, groups or things.

use std::fmt;

use super::id::{AppId, GroupId, InvalidId, ThingId, UserId};

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

/// A kind of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// That of the app.
    App,
    /// Those of users.
    User,
    /// Those of groups.
    Group,
    /// Those of things.
    Thing,
}

impl ScopeOwner {
    /// The kind of the scope.
    pub fn kind(&self) -> ScopeKind {
        match self {
            Self::App => ScopeKind::App,
            Self::User(_) => ScopeKind::User,
            Self::Group(_) => ScopeKind::Group,
            Self::Thing(_) => ScopeKind::Thing,
        }
    }
}

impl ScopeKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::App, Self::User, Self::Group, Self::Thing];

    /// The kind in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::User => "user",
            Self::Group => "group",
            Self::Thing => "thing",
        }
    }
}

/// A text that is no kind of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kind of a scope is app, user, group or thing")]
pub struct InvalidScopeKind;

/// Parses what [`ScopeKind::name`] gives.
impl std::str::FromStr for ScopeKind {
    type Err = InvalidScopeKind;

    fn from_str(text: &str) -> Result<Self, InvalidScopeKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(InvalidScopeKind)
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

/// A text that is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// It has another form than those of [`Scope`]'s `Display`.
    #[error("a scope is {{appID}}, or {{appID}}/users/{{id}}, {{appID}}/groups/{{id}} or {{appID}}/things/{{id}}")]
    Form,
    /// One of its IDs is invalid.
    #[error(transparent)]
    Id(#[from] InvalidId),
}

/// Parses what `Display` writes.
impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let mut parts = text.splitn(3, '/');
        let app = AppId::parse(parts.next().unwrap_or_default())?;
        let owner = match (parts.next(), parts.next()) {
            (None, _) => ScopeOwner::App,
            (Some("users"), Some(user)) => ScopeOwner::User(UserId::parse(user)?),
            (Some("groups"), Some(group)) => ScopeOwner::Group(GroupId::parse(group)?),
            (Some("things"), Some(thing)) => ScopeOwner::Thing(ThingId::parse(thing)?),
            (Some(_), _) => return Err(InvalidScope::Form),
        };
        Ok(Self { app, owner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_parsed_from_what_it_is_displayed_as() {
        for text in ["demo", "demo/users/alice", "demo/groups/crew", "demo/things/sensor-1", "users/users/users"] {
            let scope: Scope = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(scope.to_string(), text);
        }
        for text in ["demo/", "demo/users", "demo/buckets/b", "demo//alice", "demo/Users/alice"] {
            assert_eq!(text.parse::<Scope>(), Err(InvalidScope::Form), "{text}");
        }
        for text in ["", "/", "/garbage", "..", "demo/users/", "demo/users/me", "demo/users/a/b", "demo/groups/a b"] {
            assert!(matches!(text.parse::<Scope>(), Err(InvalidScope::Id(_))), "{text}");
        }
    }
}
