//! Changes of ACLs, decided on the ACL as it was read (contract, section 8).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use super::acl::{Acl, Verb};
use super::precondition::Precondition;
use super::subject::Subject;

/// The most entries of an ACL. With them, an item stays below DynamoDB's 400 KB.
pub const MOST_ENTRIES: usize = 1000;

/// A change of an ACL.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Add an entry.
    Grant(Verb, Subject),
    /// Take an entry away.
    Revoke(Verb, Subject),
    /// Put these entries in the place of all entries, if the ACL is as the client expects.
    Replace(Vec<(Verb, Subject)>, Precondition<AclTag>),
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmade {
    /// The entry is there already.
    Granted(Verb, Subject),
    /// There is no such entry.
    NotGranted(Verb, Subject),
    /// The caller may not take away this entry of its own.
    OwnEntry,
    /// The ACL is not the one that the client expects.
    Stale,
    /// The ACL would have more than [`MOST_ENTRIES`].
    TooMany,
}

/// The digest of an ACL as clients see it, which is its `ETag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclTag(String);

/// An ACL as clients see it: the entries that this version knows, of the verbs that the resource has, sorted by verb and
/// subject. Verbs without entries are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(Vec<(Verb, Vec<Subject>)>);

impl Listing {
    /// The listing of an ACL for a resource with these verbs.
    pub fn of(acl: &Acl, verbs: &[Verb]) -> Self {
        let known = |verb: &Verb| -> (Verb, Vec<Subject>) {
            let subjects = acl.entries().get(verb.as_str()).into_iter().flatten();
            (*verb, subjects.filter_map(|text| text.parse().ok()).collect())
        };
        let mut listed: Vec<_> = verbs.iter().map(known).filter(|(_, subjects)| !subjects.is_empty()).collect();
        listed.sort_unstable_by_key(|(verb, _)| verb.as_str());
        Self(listed)
    }

    /// The verbs that have entries, and who holds them.
    pub fn verbs(&self) -> &[(Verb, Vec<Subject>)] {
        &self.0
    }

    /// Who holds a verb.
    pub fn subjects(&self, verb: Verb) -> &[Subject] {
        self.0.iter().find(|(known, _)| *known == verb).map_or(&[], |(_, subjects)| subjects)
    }

    /// The digest of the listing.
    pub fn tag(&self) -> AclTag {
        let lines =
            self.0.iter().flat_map(|(verb, subjects)| subjects.iter().map(move |one| format!("{verb} {one}\n")));
        let text: String = lines.collect();
        let bytes = digest(&SHA256, text.as_bytes());
        AclTag(bytes.as_ref().iter().take(AclTag::BYTES).map(|byte| format!("{byte:02x}")).collect())
    }
}

impl AclTag {
    /// The bytes of the digest that a tag has: half of SHA-256.
    const BYTES: usize = 16;

    /// Parses a tag: 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 2 * Self::BYTES && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for AclTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Change {
    /// The ACL of a resource with these verbs after the change. `protected` is the subject whose entries the caller may not
    /// take away. Entries that this version does not know stay.
    pub fn apply(&self, acl: &Acl, verbs: &[Verb], protected: Option<&Subject>) -> Result<Acl, Unmade> {
        let mut changed = acl.clone();
        match self {
            Self::Grant(verb, subject) => {
                if !changed.grant(*verb, subject) {
                    return Err(Unmade::Granted(*verb, subject.clone()));
                }
            }
            Self::Revoke(verb, subject) => {
                if !changed.revoke(*verb, subject) {
                    return Err(Unmade::NotGranted(*verb, subject.clone()));
                }
            }
            Self::Replace(entries, precondition) => {
                let listing = Listing::of(acl, verbs);
                precondition.check(Some(&listing.tag())).map_err(|_| Unmade::Stale)?;
                for (verb, subjects) in listing.verbs() {
                    subjects.iter().for_each(|subject| _ = changed.revoke(*verb, subject));
                }
                for (verb, subject) in entries {
                    changed.grant(*verb, subject);
                }
            }
        }
        let loses = |verb: &Verb| protected.is_some_and(|own| acl.has(*verb, own) && !changed.has(*verb, own));
        if verbs.iter().any(loses) {
            return Err(Unmade::OwnEntry);
        }
        if changed.len() > MOST_ENTRIES && changed.len() > acl.len() {
            return Err(Unmade::TooMany);
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const READ: Verb = Verb::ReadExistingObject;
    const WRITE: Verb = Verb::WriteExistingObject;

    fn subject(text: &str) -> Subject {
        text.parse().unwrap()
    }

    fn acl(entries: &[(&str, &[&str])]) -> Acl {
        let subjects =
            |subjects: &[&str]| -> BTreeSet<String> { subjects.iter().map(|one| (*one).to_owned()).collect() };
        let entries = entries.iter().map(|(verb, of_verb)| ((*verb).to_owned(), subjects(of_verb)));
        Acl::from_entries(entries.collect::<BTreeMap<_, _>>())
    }

    fn apply(change: Change, to: &Acl, protected: Option<&str>) -> Result<Acl, Unmade> {
        change.apply(to, Verb::OF_OBJECT, protected.map(subject).as_ref())
    }

    #[test]
    fn a_listing_shows_what_this_version_knows_sorted_and_without_empty_verbs() {
        let stored = acl(&[
            ("WRITE_EXISTING_OBJECT", &["UserID:b", "GroupID:g", "UserID:a"]),
            ("READ_EXISTING_OBJECT", &["RoleID:later"]),
            ("FLY", &["UserID:a"]),
        ]);
        let listing = Listing::of(&stored, Verb::OF_OBJECT);
        let of_write = vec![subject("GroupID:g"), subject("UserID:a"), subject("UserID:b")];
        assert_eq!(listing.verbs(), [(WRITE, of_write.clone())]);
        assert_eq!((listing.subjects(WRITE), listing.subjects(READ)), (&of_write[..], &[][..]));
    }

    #[test]
    fn the_tag_is_that_of_what_is_shown() {
        let tag = |entries: &[(&str, &[&str])]| Listing::of(&acl(entries), Verb::OF_OBJECT).tag();
        let one = tag(&[("READ_EXISTING_OBJECT", &["UserID:a"])]);
        assert_eq!(tag(&[("READ_EXISTING_OBJECT", &["UserID:a", "?"]), ("FLY", &["UserID:a"])]), one);
        assert_ne!(tag(&[("READ_EXISTING_OBJECT", &["UserID:b"])]), one);
        assert_ne!(tag(&[("WRITE_EXISTING_OBJECT", &["UserID:a"])]), one);
        assert_eq!(AclTag::parse(&one.to_string()), Some(one));
        for bad in ["", "1", &"A".repeat(32), &"0".repeat(31), &"0".repeat(33)] {
            assert_eq!(AclTag::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_change_adds_or_takes_away_what_it_names_and_leaves_what_is_unknown() {
        let stored = acl(&[("READ_EXISTING_OBJECT", &["UserID:a", "RoleID:later"]), ("FLY", &["UserID:a"])]);
        let granted = apply(Change::Grant(WRITE, subject("UserID:b")), &stored, None).unwrap();
        assert!(granted.has(WRITE, &subject("UserID:b")) && granted.len() == 4);
        assert_eq!(apply(Change::Revoke(WRITE, subject("UserID:b")), &granted, None), Ok(stored.clone()));
        let again = Unmade::Granted(READ, subject("UserID:a"));
        assert_eq!(apply(Change::Grant(READ, subject("UserID:a")), &stored, None), Err(again));
        let never = Unmade::NotGranted(READ, subject("UserID:b"));
        assert_eq!(apply(Change::Revoke(READ, subject("UserID:b")), &stored, None), Err(never));
        let list = vec![(WRITE, subject("UserID:b")), (WRITE, subject("UserID:b"))];
        let replaced = apply(Change::Replace(list, Precondition::None), &stored, None).unwrap();
        let expected = acl(&[
            ("READ_EXISTING_OBJECT", &["RoleID:later"]),
            ("WRITE_EXISTING_OBJECT", &["UserID:b"]),
            ("FLY", &["UserID:a"]),
        ]);
        assert_eq!(replaced, expected);
    }

    #[test]
    fn a_replacement_expects_what_its_client_saw() {
        let stored = acl(&[("READ_EXISTING_OBJECT", &["UserID:a"])]);
        let tag = Listing::of(&stored, Verb::OF_OBJECT).tag();
        for (precondition, is_met) in [
            (Precondition::None, true),
            (Precondition::Exists, true),
            (Precondition::Is(vec![tag]), true),
            (Precondition::Is(Vec::new()), false),
            (Precondition::Absent, false),
        ] {
            let result = apply(Change::Replace(Vec::new(), precondition.clone()), &stored, None);
            assert_eq!(result, if is_met { Ok(Acl::default()) } else { Err(Unmade::Stale) }, "{precondition:?}");
        }
    }

    #[test]
    fn a_protected_subject_loses_no_entry() {
        let stored = acl(&[("READ_EXISTING_OBJECT", &["UserID:a", "UserID:b"])]);
        let own = Some("UserID:a");
        assert_eq!(apply(Change::Revoke(READ, subject("UserID:a")), &stored, own), Err(Unmade::OwnEntry));
        assert!(apply(Change::Revoke(READ, subject("UserID:b")), &stored, own).is_ok());
        let without = Change::Replace(vec![(WRITE, subject("UserID:a"))], Precondition::None);
        assert_eq!(apply(without, &stored, own), Err(Unmade::OwnEntry));
        let with = Change::Replace(vec![(READ, subject("UserID:a"))], Precondition::None);
        assert!(apply(with, &stored, own).is_ok());
    }

    #[test]
    fn an_acl_grows_to_1000_entries() {
        let users = |count: usize| (0..count).map(|id| (READ, subject(&format!("UserID:u{id}")))).collect();
        let full = apply(Change::Replace(users(1000), Precondition::None), &Acl::default(), None).unwrap();
        assert_eq!(full.len(), 1000);
        assert_eq!(apply(Change::Grant(WRITE, subject("UserID:a")), &full, None), Err(Unmade::TooMany));
        let more = Change::Replace(users(1001), Precondition::None);
        assert_eq!(apply(more, &Acl::default(), None), Err(Unmade::TooMany));
        assert!(apply(Change::Revoke(READ, subject("UserID:u0")), &full, None).is_ok());
    }
}
