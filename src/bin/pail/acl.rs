//! `pail acl`: access control lists.

use clap::{Args, Subcommand};
use pail::model::acl::{Acl as List, Verb};
use pail::model::bucket::{BucketPath, BucketState, Generation};
use pail::model::id::{AppId, BucketId, GroupId, ThingId, UserId};
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::subject::Subject;
use pail::store::change::Change;
use pail::store::items::NewBucket;
use serde_json::{Value, json};

use super::changes::{MOST_ROUNDS, overtaken, read_app};
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Grant,
    Revoke,
}

/// What a change came to.
enum Outcome {
    Changed,
    AsItWas,
    /// There is no bucket to revoke anything on.
    NoBucket,
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
        let stored = stored.map_err(|_| installation.explain(&session))?;
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
        let edit = |acl: &mut List| match action {
            Action::Grant => acl.grant(verb, &subject),
            Action::Revoke => acl.revoke(verb, &subject),
        };
        let outcome = match place.bucket() {
            None => change_scope(installation, &place.scope(), &name, edit).await?,
            Some(path) => change_bucket(installation, &path, &name, action, edit).await?,
        };
        let text = match (action, &outcome) {
            (Action::Grant, Outcome::Changed) => format!("{verb} on {name} is granted to {subject}."),
            (Action::Grant, _) => format!("{verb} on {name} was granted to {subject} already."),
            (Action::Revoke, Outcome::Changed) => format!("{verb} on {name} is granted to {subject} no longer."),
            (Action::Revoke, Outcome::AsItWas) => format!("{verb} on {name} was not granted to {subject}."),
            (Action::Revoke, Outcome::NoBucket) => {
                format!(
                    "There is no such bucket, and so nothing to revoke: {name} gets its default ACL when it is made."
                )
            }
        };
        Ok((text, json!({"changed": matches!(outcome, Outcome::Changed)})))
    }
}

/// Changes a scope's ACL; the first change stores the default with that change.
async fn change_scope(
    installation: &Installation,
    scope: &Scope,
    name: &str,
    edit: impl Fn(&mut List) -> bool,
) -> Result<Outcome, Failure> {
    for _ in 0..MOST_ROUNDS {
        let mut session = installation.session()?;
        let seen = session.scope_acl(scope).await.map_err(|_| installation.explain(&session))?;
        let mut acl = match &seen {
            Some(seen) => seen.acl.clone().ok_or_else(|| unreadable(name))?,
            None => List::default_of_scope(&scope.owner),
        };
        if !edit(&mut acl) {
            return Ok(Outcome::AsItWas);
        }
        let changed = session.change_scope_acl(scope, seen.as_ref(), &acl).await;
        if changed.map_err(|_| installation.explain(&session))? == Change::Made {
            return Ok(Outcome::Changed);
        }
    }
    Err(overtaken())
}

/// Changes a bucket's ACL. Granting makes a bucket that is not there; revoking does not.
async fn change_bucket(
    installation: &Installation,
    path: &BucketPath,
    name: &str,
    action: Action,
    edit: impl Fn(&mut List) -> bool,
) -> Result<Outcome, Failure> {
    for _ in 0..MOST_ROUNDS {
        let mut session = installation.session()?;
        let seen = session.bucket(path).await.map_err(|_| installation.explain(&session))?;
        let changed = match &seen {
            BucketState::Live(bucket) => {
                let mut acl = bucket.acl.clone().ok_or_else(|| unreadable(name))?;
                if !edit(&mut acl) {
                    return Ok(Outcome::AsItWas);
                }
                session.change_bucket_acl(path, bucket, &acl).await
            }
            BucketState::Vacant(_) if action == Action::Revoke => {
                return Ok(Outcome::NoBucket);
            }
            BucketState::Vacant(seen) => {
                let mut acl = List::default_of_bucket(&path.scope.owner, None);
                edit(&mut acl);
                let sources = installation.sources();
                let generation = Generation::new(sources.random().map_err(Failure::new)?);
                let created = sources.now().milliseconds();
                let bucket = NewBucket { generation, acl, creator: OPERATOR.to_owned(), created };
                session.make_bucket(path, seen, &bucket).await
            }
        };
        if changed.map_err(|_| installation.explain(&session))? == Change::Made {
            return Ok(Outcome::Changed);
        }
    }
    Err(overtaken())
}

/// The creator of a bucket that an operator made.
const OPERATOR: &str = "operator";

fn unreadable(name: &str) -> Failure {
    Failure(format!("the stored ACL of {name} cannot be read, and denies everybody but administrators"))
}
