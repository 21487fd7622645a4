//! Access control lists (contract, section 4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::creator::Creator;
use super::id::GroupId;
use super::principal::Principal;
use super::scope::ScopeOwner;
use super::subject::Subject;

/// What an entry of an ACL allows.
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
    /// On an object: read it.
    ReadExistingObject,
    /// On an object: replace, change or delete it.
    WriteExistingObject,
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

    /// The verbs of an object's ACL.
    pub const OF_OBJECT: &[Verb] = &[Verb::ReadExistingObject, Verb::WriteExistingObject];

    /// The verb as Kii spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateNewBucket => "CREATE_NEW_BUCKET",
            Self::CreateObjectsInBucket => "CREATE_OBJECTS_IN_BUCKET",
            Self::QueryObjectsInBucket => "QUERY_OBJECTS_IN_BUCKET",
            Self::ReadObjectsInBucket => "READ_OBJECTS_IN_BUCKET",
            Self::DropBucketWithAllContent => "DROP_BUCKET_WITH_ALL_CONTENT",
            Self::ReadExistingObject => "READ_EXISTING_OBJECT",
            Self::WriteExistingObject => "WRITE_EXISTING_OBJECT",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// For each verb, the subjects that hold it. Entries are the stored texts: an entry that this version does not know
/// grants nothing, and a change of the list preserves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl(BTreeMap<String, BTreeSet<String>>);

impl Acl {
    /// The ACL of a scope that nobody has changed.
    pub fn default_of_scope(owner: &ScopeOwner) -> Self {
        let mut acl = Self::default();
        acl.grant(Verb::CreateNewBucket, &inhabitant(owner));
        acl
    }

    /// The ACL of a new bucket in a scope of `owner`, made by `creator`, or without a creator's entries.
    pub fn default_of_bucket(owner: &ScopeOwner, creator: Option<&Creator>) -> Self {
        let creator = creator.and_then(Creator::as_subject);
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
            if let (false, Some(creator)) = (matches!(owner, ScopeOwner::App), &creator) {
                acl.grant(verb, creator);
            }
        }
        acl
    }

    /// The ACL of an object that nobody has changed, in a scope of `owner`, made by `creator`.
    pub fn default_of_object(owner: &ScopeOwner, creator: Option<&Creator>) -> Self {
        let creator = creator.and_then(Creator::as_subject);
        let mut acl = Self::default();
        for &verb in Verb::OF_OBJECT {
            acl.grant(verb, &inhabitant(owner));
            match (owner, &creator) {
                (ScopeOwner::App, _) if verb == Verb::ReadExistingObject => {
                    acl.grant(verb, &Subject::Anonymous);
                }
                (ScopeOwner::App, _) | (_, None) => {}
                (ScopeOwner::User(_) | ScopeOwner::Group(_) | ScopeOwner::Thing(_), Some(creator)) => {
                    acl.grant(verb, creator);
                }
            }
        }
        acl
    }

    /// An ACL from stored entries.
    pub fn from_entries(entries: BTreeMap<String, BTreeSet<String>>) -> Self {
        Self(entries)
    }

    /// The entries: for each verb, the subjects that hold it.
    pub fn entries(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.0
    }

    /// How many entries there are, those included that this version does not know.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is this entry.
    pub fn has(&self, verb: Verb, subject: &Subject) -> bool {
        self.0.get(verb.as_str()).is_some_and(|subjects| subjects.contains(&subject.to_string()))
    }

    /// Adds an entry. Returns whether it is new.
    pub fn grant(&mut self, verb: Verb, subject: &Subject) -> bool {
        self.0.entry(verb.as_str().to_owned()).or_default().insert(subject.to_string())
    }

    /// Removes an entry. Returns whether it was there.
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

    /// Whether an entry grants `verb` to `caller`: one that names the caller or one of the caller's groups, anybody with a
    /// token, or everybody. The administrator needs no entry, which is for [`judge`](super::rights::judge) to know.
    pub fn grants(&self, verb: Verb, caller: &Principal) -> bool {
        let (named, groups): (Option<Subject>, &[GroupId]) = match caller {
            Principal::Anonymous | Principal::Administrator { .. } | Principal::Operator => (None, &[]),
            Principal::User { id, groups } => (Some(Subject::User(id.clone())), groups),
            Principal::Thing { id, groups } => (Some(Subject::Thing(id.clone())), groups),
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

/// The subject whose scope it is: anybody with a token in an app's, else the user, the members or the thing.
fn inhabitant(owner: &ScopeOwner) -> Subject {
    match owner {
        ScopeOwner::App => Subject::AnyAuthenticated,
        ScopeOwner::User(id) => Subject::User(id.clone()),
        ScopeOwner::Group(id) => Subject::Group(id.clone()),
        ScopeOwner::Thing(id) => Subject::Thing(id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{ThingId, UserId};

    fn user(id: &str, groups: &[&str]) -> Principal {
        Principal::User { id: UserId::parse(id).unwrap(), groups: groups.iter().map(|id| group(id)).collect() }
    }

    fn thing(id: &str) -> Principal {
        Principal::Thing { id: ThingId::parse(id).unwrap(), groups: vec![group("crew")] }
    }

    fn group(id: &str) -> GroupId {
        GroupId::parse(id).unwrap()
    }

    fn administrator() -> Principal {
        Principal::Administrator { id: UserId::parse("root").unwrap() }
    }

    fn owners() -> [ScopeOwner; 4] {
        [
            ScopeOwner::App,
            ScopeOwner::User(UserId::parse("u").unwrap()),
            ScopeOwner::Group(group("g")),
            ScopeOwner::Thing(ThingId::parse("t").unwrap()),
        ]
    }

    /// The subjects of each verb of a bucket's ACL, in the order of [`Verb::OF_BUCKET`].
    fn of_bucket(acl: &Acl) -> [Vec<&str>; 4] {
        assert!(acl.entries().keys().all(|known| Verb::OF_BUCKET.iter().any(|verb| verb.as_str() == known)));
        [0, 1, 2, 3].map(|at| {
            let subjects = acl.entries().get(Verb::OF_BUCKET[at].as_str());
            subjects.into_iter().flatten().map(String::as_str).collect()
        })
    }

    #[test]
    fn in_a_scope_nobody_has_changed_those_at_home_make_buckets() {
        let expected = ["UserID:ANY_AUTHENTICATED_USER", "UserID:u", "GroupID:g", "ThingID:t"];
        for (owner, subject) in owners().iter().zip(expected) {
            let only = BTreeMap::from([("CREATE_NEW_BUCKET".to_owned(), BTreeSet::from([subject.to_owned()]))]);
            assert_eq!(Acl::default_of_scope(owner).entries(), &only);
        }
    }

    #[test]
    fn a_new_bucket_has_the_default_of_its_scope_with_its_creator() {
        const SIGNED_IN: &str = "UserID:ANY_AUTHENTICATED_USER";
        const ANYBODY: &str = "UserID:ANONYMOUS_USER";
        let creator = Creator::User(UserId::parse("maker").unwrap());
        let [app, of_user, of_group, of_thing] = owners();
        let with = |owner| Acl::default_of_bucket(owner, Some(&creator));
        let in_app = [vec![SIGNED_IN], vec![ANYBODY, SIGNED_IN], vec![ANYBODY, SIGNED_IN], vec![SIGNED_IN]];
        assert_eq!(of_bucket(&with(&app)), in_app);
        assert_eq!(of_bucket(&Acl::default_of_bucket(&app, Some(&Creator::Anonymous))), in_app);
        assert_eq!(of_bucket(&with(&of_user)), [(); 4].map(|()| vec!["UserID:maker", "UserID:u"]));
        assert_eq!(of_bucket(&with(&of_thing)), [(); 4].map(|()| vec!["ThingID:t", "UserID:maker"]));
        let both = vec!["GroupID:g", "UserID:maker"];
        assert_eq!(of_bucket(&with(&of_group)), [both.clone(), both.clone(), both, vec!["UserID:maker"]]);
        let members = vec!["GroupID:g"];
        let without = Acl::default_of_bucket(&of_group, Some(&Creator::Operator));
        assert_eq!(of_bucket(&without), [members.clone(), members.clone(), members, vec![]]);
        assert_eq!(Acl::default_of_bucket(&of_group, None), without);
    }

    #[test]
    fn an_object_that_nobody_has_changed_has_the_default_of_its_scope_with_its_creator() {
        const SIGNED_IN: &str = "UserID:ANY_AUTHENTICATED_USER";
        let creator = Creator::User(UserId::parse("maker").unwrap());
        let subjects = |owner: &ScopeOwner, creator: Option<&Creator>| {
            let acl = Acl::default_of_object(owner, creator);
            assert!(acl.entries().keys().all(|known| Verb::OF_OBJECT.iter().any(|verb| verb.as_str() == known)));
            [Verb::ReadExistingObject, Verb::WriteExistingObject].map(|verb| {
                let subjects = acl.entries().get(verb.as_str());
                subjects.into_iter().flatten().cloned().collect::<Vec<String>>().join(" ")
            })
        };
        let [app, of_user, of_group, of_thing] = owners();
        for creator in [Some(&creator), Some(&Creator::Anonymous), None] {
            let read = format!("UserID:ANONYMOUS_USER {SIGNED_IN}");
            assert_eq!(subjects(&app, creator), [read, SIGNED_IN.to_owned()]);
        }
        assert_eq!(subjects(&of_user, Some(&creator)), ["UserID:maker UserID:u"; 2]);
        assert_eq!(subjects(&of_group, Some(&creator)), ["GroupID:g UserID:maker"; 2]);
        assert_eq!(subjects(&of_thing, Some(&creator)), ["ThingID:t UserID:maker"; 2]);
        for creator in [Some(&Creator::Anonymous), Some(&Creator::Operator), None] {
            assert_eq!(subjects(&of_user, creator), ["UserID:u"; 2]);
        }
    }

    #[test]
    fn granting_and_revoking_report_a_change_and_leave_no_empty_entry() {
        let (verb, mut acl) = (Verb::CreateObjectsInBucket, Acl::default());
        assert!(!acl.revoke(verb, &Subject::Anonymous));
        assert!(acl.grant(verb, &Subject::Anonymous) && !acl.grant(verb, &Subject::Anonymous));
        assert!(acl.grant(verb, &Subject::AnyAuthenticated));
        assert!(!acl.revoke(verb, &Subject::Group(group("g"))));
        assert!(acl.revoke(verb, &Subject::Anonymous) && !acl.revoke(verb, &Subject::Anonymous));
        assert_eq!(of_bucket(&acl)[0], ["UserID:ANY_AUTHENTICATED_USER"]);
        assert!(acl.revoke(verb, &Subject::AnyAuthenticated));
        assert_eq!(acl, Acl::default());
    }

    #[test]
    fn a_subject_stands_for_whom_it_names_and_a_verb_for_itself() {
        let callers = [
            Principal::Anonymous,
            user("alice", &[]),
            user("bob", &["band", "crew"]),
            user("sensor", &[]),
            thing("sensor"),
            thing("alice"),
        ];
        for (subject, allowed) in [
            ("UserID:ANONYMOUS_USER", [true; 6]),
            ("UserID:ANY_AUTHENTICATED_USER", [false, true, true, true, true, true]),
            ("UserID:alice", [false, true, false, false, false, false]),
            ("UserID:sensor", [false, false, false, true, false, false]),
            ("ThingID:sensor", [false, false, false, false, true, false]),
            ("GroupID:crew", [false, false, true, false, true, true]),
            ("GroupID:band", [false, false, true, false, false, false]),
        ] {
            let mut acl = Acl::default();
            acl.grant(Verb::CreateNewBucket, &subject.parse().unwrap());
            let allows = |verb| callers.each_ref().map(|caller| acl.grants(verb, caller));
            assert_eq!(allows(Verb::CreateNewBucket), allowed, "{subject}");
            assert_eq!(allows(Verb::CreateObjectsInBucket), [false; 6], "{subject}");
        }
    }

    #[test]
    fn an_empty_acl_grants_nothing() {
        for verb in Verb::OF_BUCKET.iter().chain(Verb::OF_SCOPE) {
            for caller in [administrator(), user("alice", &["crew"]), Principal::Anonymous] {
                assert!(!Acl::default().grants(*verb, &caller));
            }
        }
    }

    #[test]
    fn verbs_are_spelled_as_kii_spells_them() {
        let spelled: Vec<String> = Verb::OF_SCOPE.iter().chain(Verb::OF_BUCKET).map(ToString::to_string).collect();
        let verbs = ["CREATE_NEW_BUCKET", "CREATE_OBJECTS_IN_BUCKET", "QUERY_OBJECTS_IN_BUCKET"];
        assert_eq!(spelled[..3], verbs);
        assert_eq!(spelled[3..], ["READ_OBJECTS_IN_BUCKET", "DROP_BUCKET_WITH_ALL_CONTENT"]);
    }

    #[test]
    fn stored_entries_are_those_of_the_acl() {
        let entries = BTreeMap::from([("CREATE_NEW_BUCKET".to_owned(), BTreeSet::from(["UserID:a".to_owned()]))]);
        assert_eq!(Acl::from_entries(entries.clone()).entries(), &entries);
    }
}
