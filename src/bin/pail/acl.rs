//! `pail acl`: access control lists.

use clap::{Args, Subcommand};
use pail::model::acl::{Acl as List, Verb};
use pail::model::bucket::{BucketPath, BucketState};
use pail::model::id::{AppId, BucketId, GroupId, ThingId, UserId};
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::subject::Subject;
use pail::operation::acl::change::{Action, ChangeEntry, Outcome, Place as AclPlace};
use serde_json::{Value, json};

use super::changes::read_app;
use super::connection::{Installation, Target};
use super::output::{Failure, Output};

/// Show and change access control lists.
#[derive(Subcommand)]
pub enum Acl {
    /// Show the ACL of a scope, or of a bucket in it.
    #[command(
        after_help = "Examples:\n  pail acl show --app notes\n  pail acl show --app notes --user alice --bucket drafts"
    )]
    Show(Place),
    /// Add an entry. On a bucket that does not exist, this makes it, with its default ACL and the new entry.
    #[command(after_help = GRANT_EXAMPLES)]
    Grant(Entry),
    /// Take an entry away.
    #[command(
        after_help = "Example:\n  pail acl revoke --app notes --bucket news CREATE_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER"
    )]
    Revoke(Entry),
}

const GRANT_EXAMPLES: &str = "\
Examples:
  pail acl grant --app notes CREATE_NEW_BUCKET UserID:ANONYMOUS_USER
  pail acl grant --app notes --bucket news CREATE_OBJECTS_IN_BUCKET GroupID:editors
  pail acl grant --app notes --user alice --bucket drafts READ_OBJECTS_IN_BUCKET UserID:bob

Verbs of a scope:  CREATE_NEW_BUCKET
Verbs of a bucket: CREATE_OBJECTS_IN_BUCKET, QUERY_OBJECTS_IN_BUCKET, READ_OBJECTS_IN_BUCKET, DROP_BUCKET_WITH_ALL_CONTENT
Subjects:          UserID:{id}, GroupID:{id}, ThingID:{id}, UserID:ANY_AUTHENTICATED_USER, UserID:ANONYMOUS_USER";

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
    bucket: Option<BucketId>,
}

/// An entry of an ACL.
#[derive(Args)]
pub struct Entry {
    #[command(flatten)]
    place: Place,
    /// What is allowed.
    #[arg(value_parser = parse_verb)]
    verb: Verb,
    /// Who may.
    subject: Subject,
}

fn parse_verb(text: &str) -> Result<Verb, String> {
    let mut verbs = Verb::OF_SCOPE.iter().chain(Verb::OF_BUCKET);
    verbs.find(|verb| verb.as_str() == text).copied().ok_or_else(|| {
        let verbs: Vec<&str> = Verb::OF_SCOPE.iter().chain(Verb::OF_BUCKET).map(|verb| verb.as_str()).collect();
        format!("a verb is one of {}", verbs.join(", "))
    })
}

impl Acl {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let installation = target.connect().await?;
        let (text, json) = match self {
            Self::Show(place) => place.show(&installation).await?,
            Self::Grant(entry) => entry.change(&installation, Action::Grant).await?,
            Self::Revoke(entry) => entry.change(&installation, Action::Revoke).await?,
        };
        output.print(&text, &json)
    }
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

    fn bucket(&self) -> Option<BucketPath> {
        self.bucket.clone().map(|bucket| BucketPath { scope: self.scope(), bucket })
    }

    /// The place in words.
    fn name(&self) -> String {
        let scope = match self.scope() {
            Scope { app, owner: ScopeOwner::App } => format!("the app {app}"),
            Scope { app, owner: ScopeOwner::User(id) } => format!("the user {id} of the app {app}"),
            Scope { app, owner: ScopeOwner::Group(id) } => format!("the group {id} of the app {app}"),
            Scope { app, owner: ScopeOwner::Thing(id) } => format!("the thing {id} of the app {app}"),
        };
        match &self.bucket {
            Some(bucket) => format!("the bucket {bucket} of {scope}"),
            None => format!("the scope of {scope}"),
        }
    }

    /// The verbs that an ACL here has.
    fn verbs(&self) -> &'static [Verb] {
        if self.bucket.is_some() { Verb::OF_BUCKET } else { Verb::OF_SCOPE }
    }

    async fn show(self, installation: &Installation) -> Result<(String, Value), Failure> {
        read_app(installation, &self.app).await?;
        let name = self.name();
        let mut session = installation.session()?;
        let stored = match self.bucket() {
            None => session.scope_acl(&self.scope()).await.map(|stored| stored.map(|stored| stored.acl)),
            Some(path) => session.bucket(&path).await.map(|state| match state {
                BucketState::Live(bucket) => Some(bucket.acl),
                BucketState::Vacant(_) => None,
            }),
        };
        let stored = stored.map_err(|failure| installation.explain(&failure))?;
        let is_stored = stored.is_some();
        let acl = match stored {
            Some(acl) => acl.ok_or_else(|| unreadable(&name))?,
            None if self.bucket.is_some() => {
                return Err(Failure(format!("{name} does not exist, and gets its ACL when it is made")));
            }
            None => List::default_of_scope(&self.scope().owner),
        };
        let lines = acl
            .entries()
            .iter()
            .flat_map(|(verb, subjects)| subjects.iter().map(move |subject| format!("{verb} {subject}")));
        let mut lines: Vec<String> = lines.collect();
        if !is_stored {
            lines.push("(the default, in force until somebody changes it)".to_owned());
        } else if lines.is_empty() {
            lines.push(format!("The ACL of {name} grants nothing, except to administrators."));
        }
        Ok((lines.join("\n"), json!({"acl": acl.entries(), "default": !is_stored})))
    }
}

impl Entry {
    async fn change(self, installation: &Installation, action: Action) -> Result<(String, Value), Failure> {
        let Self { place, verb, subject } = self;
        let name = place.name();
        if !place.verbs().contains(&verb) {
            let verbs: Vec<&str> = place.verbs().iter().map(|verb| verb.as_str()).collect();
            let hint = if place.bucket.is_some() {
                "without --bucket, the scope's is meant"
            } else {
                "with --bucket, a bucket's is meant"
            };
            return Err(Failure(format!("an ACL of {name} has no {verb}; it has {} ({hint})", verbs.join(", "))));
        }
        read_app(installation, &place.app).await?;
        let on = match place.bucket() {
            Some(path) => AclPlace::Bucket(path),
            None => AclPlace::Scope(place.scope()),
        };
        let text = format!("{verb} on {name}");
        let change =
            ChangeEntry { place: on, action, verb, subject: subject.clone(), now: installation.system().now() };
        let outcome = change.run(&mut installation.session()?).await;
        let outcome = outcome.map_err(|failure| installation.explain(&failure))?;
        let text = match (action, outcome) {
            (_, Outcome::Unreadable) => return Err(unreadable(&name)),
            (Action::Grant, Outcome::Changed) => format!("{text} is granted to {subject}."),
            (Action::Grant, Outcome::Unchanged | Outcome::NoBucket) => {
                format!("{text} was granted to {subject} already.")
            }
            (Action::Revoke, Outcome::Changed) => format!("{text} is granted to {subject} no longer."),
            (Action::Revoke, Outcome::Unchanged) => format!("{text} was not granted to {subject}."),
            (Action::Revoke, Outcome::NoBucket) => {
                format!(
                    "There is no such bucket, and so nothing to revoke: {name} gets its default ACL when it is made."
                )
            }
        };
        Ok((text, json!({"changed": outcome == Outcome::Changed})))
    }
}

fn unreadable(name: &str) -> Failure {
    Failure(format!("the stored ACL of {name} cannot be read, and denies everybody but administrators"))
}
