//! `pail acl`: access control lists.

use clap::{Args, Subcommand};
use pail::model::acl::Verb;
use pail::model::acl_change::{Change, Listing, Unmade};
use pail::model::subject::Subject;
use pail::operation::acl::change::ChangeAcl;
use pail::operation::acl::get::{GetAcl, Part, Shown};
use pail::operation::{Error, Subject as Missing};
use serde_json::{Map, Value, json};

use super::connection::{Installation, Target};
use super::output::{Failure, Output};
use super::place::Place;

/// Show and change access control lists.
#[derive(Subcommand)]
pub enum Acl {
    /// Show the ACL of a scope, of a bucket in it, or of an object in that.
    #[command(
        after_help = "Examples:\n  pail acl show --app notes\n  pail acl show --app notes --user alice --bucket drafts\n  pail acl show --app notes --bucket news --object o1"
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
Verbs of an object: READ_EXISTING_OBJECT, WRITE_EXISTING_OBJECT
Subjects:          UserID:{id}, GroupID:{id}, ThingID:{id}, UserID:ANY_AUTHENTICATED_USER, UserID:ANONYMOUS_USER";

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
    let verbs = || Verb::OF_SCOPE.iter().chain(Verb::OF_BUCKET).chain(Verb::OF_OBJECT);
    verbs().find(|verb| verb.as_str() == text).copied().ok_or_else(|| {
        let verbs: Vec<&str> = verbs().map(|verb| verb.as_str()).collect();
        format!("a verb is one of {}", verbs.join(", "))
    })
}

impl Acl {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let installation = target.connect().await?;
        let (text, json) = match self {
            Self::Show(place) => show(place, &installation).await?,
            Self::Grant(entry) => entry.grant(&installation).await?,
            Self::Revoke(entry) => entry.revoke(&installation).await?,
        };
        output.print(&text, &json)
    }
}

async fn show(place: Place, installation: &Installation) -> Result<(String, Value), Failure> {
    let name = place.name();
    let get = GetAcl { address: place.address(), part: Part::Whole };
    let (shown, is_stored) = get.run_with_origin(&mut installation.context()?).await.map_err(|error| match error {
        Error::Missing(_) => Failure(format!("{name} does not exist, and gets its ACL when it is made")),
        error => refused(installation, &name, error),
    })?;
    let listing = match shown {
        Shown::Whole(listing) => listing,
        Shown::Verb(_) | Shown::Entry(_) => Listing::default(),
    };
    let subjects = |subjects: &[Subject]| subjects.iter().map(ToString::to_string).collect::<Vec<String>>();
    let lines = listing
        .verbs()
        .iter()
        .flat_map(|(verb, of_verb)| subjects(of_verb).into_iter().map(move |subject| format!("{verb} {subject}")));
    let mut lines: Vec<String> = lines.collect();
    if !is_stored {
        lines.push("(the default, in force until somebody changes it)".to_owned());
    } else if lines.is_empty() {
        lines.push(format!("The ACL of {name} grants nothing, except to administrators."));
    }
    let entries = listing.verbs().iter().map(|(verb, of_verb)| (verb.to_string(), json!(subjects(of_verb))));
    let entries: Map<String, Value> = entries.collect();
    Ok((lines.join("\n"), json!({"acl": entries, "default": !is_stored})))
}

impl Entry {
    async fn grant(self, installation: &Installation) -> Result<(String, Value), Failure> {
        let (text, subject) = (self.text()?, self.subject.clone());
        let change = Change::Grant(self.verb, self.subject);
        match change_acl(installation, &self.place, change).await? {
            Ok(()) => Ok((format!("{text} is granted to {subject}."), json!({"changed": true}))),
            Err(NoChange::Entry | NoChange::NoBucket) => {
                Ok((format!("{text} was granted to {subject} already."), json!({"changed": false})))
            }
        }
    }

    async fn revoke(self, installation: &Installation) -> Result<(String, Value), Failure> {
        let (text, subject, name) = (self.text()?, self.subject.clone(), self.place.name());
        let change = Change::Revoke(self.verb, self.subject);
        let (text, changed) = match change_acl(installation, &self.place, change).await? {
            Ok(()) => (format!("{text} is granted to {subject} no longer."), true),
            Err(NoChange::Entry) => (format!("{text} was not granted to {subject}."), false),
            Err(NoChange::NoBucket) => {
                let why = format!("{name} gets its default ACL when it is made");
                (format!("There is no such bucket, and so nothing to revoke: {why}."), false)
            }
        };
        Ok((text, json!({"changed": changed})))
    }

    /// Which verb on what, if the place has this verb.
    fn text(&self) -> Result<String, Failure> {
        let (name, verbs) = (self.place.name(), self.place.address().verbs());
        if verbs.contains(&self.verb) {
            return Ok(format!("{} on {name}", self.verb));
        }
        let verbs: Vec<&str> = verbs.iter().map(|verb| verb.as_str()).collect();
        let hint = match (&self.place.bucket, &self.place.object) {
            (None, _) => "with --bucket, a bucket's is meant",
            (Some(_), None) => "without --bucket, the scope's is meant, and with --object, an object's",
            (Some(_), Some(_)) => "without --object, the bucket's is meant",
        };
        Err(Failure(format!("an ACL of {name} has no {}; it has {} ({hint})", self.verb, verbs.join(", "))))
    }
}

/// Why there is nothing to change.
enum NoChange {
    /// The entry is there already, or is not there.
    Entry,
    /// There is no bucket.
    NoBucket,
}

async fn change_acl(
    installation: &Installation,
    place: &Place,
    change: Change,
) -> Result<Result<(), NoChange>, Failure> {
    let change = ChangeAcl { address: place.address(), change };
    match change.run(&mut installation.context()?).await {
        Ok(_) => Ok(Ok(())),
        Err(Error::Acl(Unmade::Granted(..) | Unmade::NotGranted(..))) => Ok(Err(NoChange::Entry)),
        Err(Error::Missing(Missing { object: None, .. })) if place.object.is_none() => Ok(Err(NoChange::NoBucket)),
        Err(error) => Err(refused(installation, &place.name(), error)),
    }
}

/// Explains to an operator why an ACL was not shown or changed.
fn refused(installation: &Installation, name: &str, error: Error) -> Failure {
    match error {
        Error::UnreadableAcl => {
            Failure(format!("the stored ACL of {name} cannot be read, and denies everybody but administrators"))
        }
        error => super::refused::refused(installation, name, error),
    }
}
