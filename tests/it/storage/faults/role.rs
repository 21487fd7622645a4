//! The function's role allows what the ways of all operations need, and nothing else. That it allows each call that any other test
//! makes is checked by the wire.

use std::collections::BTreeSet;

use super::ways::{Operation, ways};
use crate::indexes::writes;
use crate::operators::refresh;
use pail_testing::{Installation, role};

/// Adds what the calls of an installation have needed.
fn note(installation: &Installation, needed: &mut BTreeSet<role::Right>) {
    let sent = installation.wire.take_sent();
    needed.extend(sent.iter().flat_map(|sent| role::needed(&sent.operation, &sent.body)));
}

#[tokio::test]
async fn the_role_allows_what_the_function_calls_and_nothing_else() {
    let mut needed = BTreeSet::new();
    // Back fills are an operator's.
    for way in ways().filter(|way| way.operation != Operation::Fill) {
        let installation = way.installation().await;
        let mut acts = way.acts(&installation);
        installation.wire.follow(move |site| acts(site.call));
        assert_eq!(way.play(&installation).await.status, way.status, "{way:?}");
        note(&installation, &mut needed);
    }
    note(&writes::with_an_index().await, &mut needed);
    let installation = refresh::run_with_new_keys().await;
    installation.connect().await;
    note(&installation, &mut needed);
    assert_eq!(&needed, role::allowed());
}
