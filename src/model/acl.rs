//! Access control lists and the one decision over them (contract, section 4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::id::GroupId;
use super::principal::Principal;
use super::scope::ScopeOwner;
use super::subject::Subject;

/// What an ACL may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// On a scope: make a bucket, together with its first object.
    CreateNewBucket,
    /// On a bucket: create objects in it.
    CreateObjectsInBucket,
    /// On a bucket: query it.
    QueryObjectsInBucket,
    /// On a bucket: read its objects.
    ReadObjectsInBucket,
    /// On a bucket: drop it with all it holds.
    DropBucketWithAllContent,
}

impl Verb {
    /// The verbs of a scope's ACL.
    pub const OF_SCOPE: &[Verb] = &[Verb::CreateNewBucket];
    /// The verbs of a bucket's ACL.
    pub const OF_BUCKET: &[Verb] = &[
        Verb::CreateObjectsInBucket,
        Verb::QueryObjectsInBucket,
        Verb::ReadObjectsInBucket,
        Verb::DropBucketWithAllContent,
    ];

    /// The verb as Kii spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateNewBucket => "CREATE_NEW_BUCKET",
            Self::CreateObjectsInBucket => "CREATE_OBJECTS_IN_BUCKET",
            Self::QueryObjectsInBucket => "QUERY_OBJECTS_IN_BUCKET",
            Self::ReadObjectsInBucket => "READ_OBJECTS_IN_BUCKET",
            Self::DropBucketWithAllContent => "DROP_BUCKET_WITH_ALL_CONTENT",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Per verb, the subjects that hold it. Entries are kept as the texts that are stored, so that those which this
/// version does not know grant nothing and yet survive a change of the list, as long as they are sets of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl(BTreeMap<String, BTreeSet<String>>);

impl Acl {
    /// The ACL of a scope that nobody has changed.
    pub fn default_of_scope(owner: &ScopeOwner) -> Self {
        let mut acl = Self::default();
        acl.grant(Verb::CreateNewBucket, &inhabitant(owner));
        acl
    }

    /// The ACL that a new bucket gets in a scope of `owner`, made by `creator`.
    pub fn default_of_bucket(owner: &ScopeOwner, creator: Option<&Subject>) -> Self {
        let mut acl = Self::default();
        for &verb in Verb::OF_BUCKET {
            let reads = matches!(verb, Verb::QueryObjectsInBucket | Verb::ReadObjectsInBucket);
            match owner {
                ScopeOwner::App => {
                    acl.grant(verb, &Subject::AnyAuthenticated);
                    if reads {
                        acl.grant(verb, &Subject::Anonymous);
                    }
                }
                // Members may not drop what one of them made.
                ScopeOwner::Group(_) if verb == Verb::DropBucketWithAllContent => {}
                ScopeOwner::User(_) | ScopeOwner::Group(_) | ScopeOwner::Thing(_) => {
                    acl.grant(verb, &inhabitant(owner));
                }
            }
            if let (false, Some(creator)) = (matches!(owner, ScopeOwner::App), creator) {
                acl.grant(verb, creator);
            }
        }
        acl
    }

    /// An ACL out of stored entries.
    pub fn from_entries(entries: BTreeMap<String, BTreeSet<String>>) -> Self {
        Self(entries)
    }

    /// The entries: per verb, the subjects that hold it, none of them empty.
    pub fn entries(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.0
    }

    /// Adds an entry; says whether it was not there before.
    pub fn grant(&mut self, verb: Verb, subject: &Subject) -> bool {
        self.0.entry(verb.as_str().to_owned()).or_default().insert(subject.to_string())
    }

    /// Takes an entry away; says whether it was there.
    pub fn revoke(&mut self, verb: Verb, subject: &Subject) -> bool {
        let Some(subjects) = self.0.get_mut(verb.as_str()) else {
            return false;
        };
        let was_there = subjects.remove(&subject.to_string());
        if subjects.is_empty() {
            self.0.remove(verb.as_str());
        }
        was_there
    }

    /// Whether `principal` holds `verb`: the administrator always does, others by an entry that names them, one of
    /// their groups, anybody with a token, or everybody.
    pub fn allows(&self, verb: Verb, principal: &Principal) -> bool {
        let (named, groups): (Option<Subject>, &[GroupId]) = match principal {
            Principal::Administrator { .. } => return true,
            Principal::Anonymous => (None, &[]),
            Principal::User { groups, .. } | Principal::Thing { groups, .. } => (principal.as_subject(), groups),
        };
        let Some(subjects) = self.0.get(verb.as_str()) else {
            return false;
        };
        let holds = |subject: Subject| subjects.contains(&subject.to_string());
        holds(Subject::Anonymous)
            || named.is_some_and(|subject| holds(Subject::AnyAuthenticated) || holds(subject))
            || groups.iter().any(|group| holds(Subject::Group(group.clone())))
    }
}

/// Those at home in a scope: anybody with a token in an app's, else the user, the members or the thing.
fn inhabitant(owner: &ScopeOwner) -> Subject {
    match owner {
        ScopeOwner::App => Subject::AnyAuthenticated,
        ScopeOwner::User(id) => Subject::User(id.clone()),
        ScopeOwner::Group(id) => Subject::Group(id.clone()),
        ScopeOwner::Thing(id) => Subject::Thing(id.clone()),
    }
}
