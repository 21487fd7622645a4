//! Rights: the decision compared with a second model, and attempts to bypass it.

mod decision;
mod judge;
mod keys;
mod matrix;
mod model;
mod objects;
mod operations;
mod random_acls;
mod server_members;
mod state;
mod stored;
mod unreadable;
mod verdicts;

use pail::model::acl::{Acl, Verb};
use pail::model::principal::Principal;

/// Whether a caller holds a verb: the administrator always does, everybody else by an entry.
fn may(acl: &Acl, verb: Verb, caller: &Principal) -> bool {
    matches!(caller, Principal::Administrator { .. }) || acl.grants(verb, caller)
}
