//! Compares the pure decision and the default ACLs with the model.

use std::collections::{BTreeMap, BTreeSet};

use pail::model::acl::Acl;

use super::may;
use super::model::{ANYBODY, CALLERS, HOMES, SIGNED_IN, SUBJECTS, VERBS, default_of_bucket, holds};

fn granted(acl: &Acl, verb: &str) -> BTreeSet<String> {
    acl.entries().get(verb).cloned().unwrap_or_default()
}

#[test]
fn for_every_set_of_subjects_an_acl_allows_what_it_grants_to_a_name_of_the_caller() {
    for bits in 0..1_u32 << SUBJECTS.len() {
        let subjects = SUBJECTS.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
        let subjects: BTreeSet<String> = subjects.map(|(_, subject)| (*subject).to_owned()).collect();
        for (_, granted_verb) in VERBS {
            let acl = Acl::from_entries(BTreeMap::from([(granted_verb.to_owned(), subjects.clone())]));
            for (verb, name) in VERBS {
                for caller in &CALLERS {
                    let granted = if name == granted_verb { subjects.clone() } else { BTreeSet::new() };
                    let allowed = may(&acl, verb, &(caller.principal)());
                    assert_eq!(
                        allowed,
                        holds(caller, &granted),
                        "{name} by {granted_verb} to {subjects:?}: {:?}",
                        caller.names
                    );
                }
            }
        }
    }
}

#[test]
fn an_unknown_verb_grants_nothing() {
    let everybody: BTreeSet<String> = [ANYBODY, SIGNED_IN].map(str::to_owned).into();
    for unknown in ["", "*", "create_objects_in_bucket", "CREATE_OBJECTS_IN_BUCKET ", "READ_EXISTING_OBJECT"] {
        let acl = Acl::from_entries(BTreeMap::from([(unknown.to_owned(), everybody.clone())]));
        for (verb, _) in VERBS {
            for caller in &CALLERS {
                assert_eq!(may(&acl, verb, &(caller.principal)()), caller.names.is_none(), "{unknown}");
            }
        }
    }
}

#[test]
fn defaults_are_those_of_the_contract_in_every_scope_for_every_creator() {
    for home in &HOMES {
        let of_scope = Acl::default_of_scope(&(home.owner)());
        for (_, verb) in VERBS {
            let expected =
                if verb == "CREATE_NEW_BUCKET" { [home.inhabitant.to_owned()].into() } else { BTreeSet::new() };
            assert_eq!(granted(&of_scope, verb), expected, "{verb} on {}", home.scope);
        }
        for creator in &CALLERS {
            let of_bucket = Acl::default_of_bucket(&(home.owner)(), Some(&(creator.principal)().creator()));
            for (_, verb) in VERBS {
                let expected = default_of_bucket(home, verb, creator.entry);
                assert_eq!(granted(&of_bucket, verb), expected, "{verb} in {} by {:?}", home.scope, creator.entry);
            }
        }
    }
}
