//! Random interleavings of four actors.

use std::collections::BTreeMap;

use super::cast::{Ending, Exchange, Role, Who};
use super::indexes::Worked;
use super::management::{Matter, On};
use super::run::{Beginning, Bucket, Entry, Object, Theatre};
use super::sweeps::Outcome;
use pail_testing::{Random, cases, figure, is_whole, only_case};

/// The number of runs after which the tables are created again, so that they stay small.
const RUNS_OF_A_THEATRE: usize = 500;

/// The maximum number of disturbances in a run. With fewer, a request would rarely give up.
const DISTURBANCES: [usize; 6] = [0, 1, 2, 3, 4, 12];

fn beginning(random: &mut Random) -> Beginning {
    let entry = *random.pick(&Entry::ALL);
    let bucket = *random.pick(&[Bucket::Absent, Bucket::Absent, Bucket::Dropped, Bucket::Live(entry)]);
    Beginning { scope: *random.pick(&Entry::ALL), bucket, object: Object::Absent, is_indexed: false }
}

/// Four actors, of which at least two create objects.
fn cast(random: &mut Random) -> [Role; 4] {
    let creates: Vec<Role> = Role::CREATES_AND_OPERATORS.into_iter().filter(|role| role.creates()).collect();
    let all = Role::CREATES_AND_OPERATORS;
    [*random.pick(&creates), *random.pick(&creates), *random.pick(&all), *random.pick(&all)]
}

/// The same, with a bucket and an object in most runs.
fn beginning_with_object(random: &mut Random) -> Beginning {
    let entry = *random.pick(&Entry::ALL);
    let bucket =
        *random.pick(&[Bucket::Absent, Bucket::Dropped, Bucket::Live(entry), Bucket::Live(entry), Bucket::Live(entry)]);
    let (scope, object) = (*random.pick(&Entry::ALL), *random.pick(&Object::ALL));
    Beginning { scope, bucket, object, is_indexed: false }
}

/// Four actors, of which at least two use the shared object.
fn cast_about_object(random: &mut Random) -> [Role; 4] {
    let (of_objects, all) = (Role::of_objects(), Role::all());
    [*random.pick(&of_objects), *random.pick(&of_objects), *random.pick(&all), *random.pick(&all)]
}

/// Four actors, of which at least two manage the bucket and ACLs.
fn cast_of_managers(random: &mut Random) -> [Role; 4] {
    let all = Role::all();
    [*random.pick(&Role::MANAGEMENT), *random.pick(&Role::MANAGEMENT), *random.pick(&all), *random.pick(&all)]
}

/// The same, with a bucket that is not yet swept in most runs.
fn beginning_with_garbage(random: &mut Random) -> Beginning {
    let entry = *random.pick(&Entry::ALL);
    let buckets = [Bucket::Unswept, Bucket::Unswept, Bucket::Anew(entry), Bucket::Anew(entry), Bucket::Live(entry)];
    Beginning { bucket: *random.pick(&buckets), ..beginning_with_object(random) }
}

/// Four actors, of which at least one sweeps and one drops the bucket or makes it anew.
fn cast_of_sweepers(random: &mut Random) -> [Role; 4] {
    let administrator = |matter: Matter| Role::Manage(Who::Administrator, matter);
    let managers = [administrator(Matter::Drop), administrator(Matter::Make), Role::DropBucket, Role::MakeBucket];
    let all = Role::all();
    [*random.pick(&Role::SWEEPS), *random.pick(&managers), *random.pick(&all), *random.pick(&all)]
}

/// Four actors, of which at least two use or revoke tokens.
fn cast_of_holders(random: &mut Random) -> [Role; 4] {
    let all = Role::all();
    [*random.pick(&Role::TOKENS), *random.pick(&Role::TOKENS), *random.pick(&all), *random.pick(&all)]
}

/// A bucket with indexes in most runs, which everybody who is signed in may use.
fn beginning_with_indexes(random: &mut Random) -> Beginning {
    let entry = Entry::SignedIn;
    let live = Bucket::Live(entry);
    let bucket =
        *random.pick(&[live, live, live, Bucket::Absent, Bucket::Dropped, Bucket::Unswept, Bucket::Anew(entry)]);
    let object = *random.pick(&[Object::Absent, Object::Live, Object::Live, Object::Live, Object::Deleted]);
    Beginning { scope: entry, bucket, object, is_indexed: true }
}

/// Four actors, of which at least two write objects, and one works with indexes or queries by them.
fn cast_of_indexers(random: &mut Random) -> [Role; 4] {
    let writes = Role::of_writes();
    let drops = [Role::Manage(Who::Administrator, Matter::Drop)];
    let acls = [Role::Manage(Who::Alice, Matter::Revoke(On::Object)), Role::GrantOnObject, Role::DisableApp];
    let others = writes.iter().copied().chain(Role::OF_INDEXES).chain(Role::SWEEPS).chain(drops).chain(acls);
    let others: Vec<Role> = others.collect();
    [*random.pick(&writes), *random.pick(&writes), *random.pick(&Role::OF_INDEXES), *random.pick(&others)]
}

/// Plays this many runs, and counts their endings.
async fn play(
    runs: usize,
    beginning: impl Fn(&mut Random) -> Beginning,
    cast: impl Fn(&mut Random) -> [Role; 4],
    endings: &[&str],
) {
    let mut seen = BTreeMap::<String, usize>::new();
    let mut theatre = Theatre::open(0).await;
    for (case, mut random) in cases(runs) {
        if case.0 % RUNS_OF_A_THEATRE == 0 {
            theatre = Theatre::open(random.number()).await;
        }
        let (beginning, cast, disturbances) = (beginning(&mut random), cast(&mut random), *random.pick(&DISTURBANCES));
        let history = theatre.play(beginning, &cast, disturbances, &mut random).await.expect("a whole run");
        let judged = std::panic::catch_unwind(|| history.judge());
        assert!(judged.is_ok(), "{beginning:?}: {history:#?}");
        for ending in history.endings.iter().flatten() {
            match ending {
                Ending::Answered(exchanges) => {
                    for Exchange { method, answer, .. } in exchanges {
                        let replay = if answer.is_replay() { ", a replay" } else { "" };
                        let name = format!("{method} {} {}{replay}", answer.status, answer.error_code());
                        *seen.entry(name).or_default() += 1;
                    }
                }
                Ending::Swept(Outcome { is_finished, buckets, .. }) => {
                    let name = format!("sweep of {buckets}{}", if *is_finished { "" } else { ", failed" });
                    *seen.entry(name).or_default() += 1;
                }
                Ending::Worked(work, Worked { is_done, .. }) => {
                    *seen.entry(format!("{work:?}{}", if *is_done { "" } else { ", not done" })).or_default() += 1;
                }
                Ending::Operated(change) => *seen.entry(format!("{change:?}")).or_default() += 1,
            }
        }
    }
    println!("{seen:#?}");
    for ending in endings {
        assert!(seen.contains_key(*ending) || only_case().is_some(), "no run has ended with {ending}: {seen:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_four_actors_in_random_order_with_up_to_twelve_disturbances() {
    let endings = [
        "POST 201 ",
        "POST 201 , a replay",
        "POST 401 UNAUTHORIZED",
        "POST 403 APP_DISABLED",
        "POST 422 IDEMPOTENCY_KEY_REUSED",
        "POST 503 TEMPORARY_UNAVAILABLE_ERROR",
    ];
    play(figure(200, 100_000), beginning, cast, &endings).await;
}

/// The endings that occur even in few runs.
const FREQUENT: [&str; 5] = ["DELETE 204 ", "GET 200 ", "PATCH 200 ", "PUT 200 ", "PUT 201 "];

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_four_actors_on_one_object_in_random_order_with_up_to_twelve_disturbances() {
    let endings = [
        "DELETE 204 ",
        "DELETE 401 UNAUTHORIZED",
        "DELETE 404 OBJECT_NOT_FOUND",
        "GET 200 ",
        "GET 401 UNAUTHORIZED",
        "GET 404 BUCKET_NOT_FOUND",
        "GET 404 OBJECT_NOT_FOUND",
        "PATCH 200 ",
        "PATCH 401 UNAUTHORIZED",
        "PATCH 404 OBJECT_NOT_FOUND",
        "PUT 200 ",
        "PUT 201 ",
        "PUT 401 UNAUTHORIZED",
        "PUT 409 OBJECT_ALREADY_EXISTS",
        "PUT 409 OBJECT_VERSION_IS_STALE",
    ];
    let endings = if is_whole() { &endings[..] } else { &FREQUENT };
    play(figure(200, 100_000), beginning_with_object, cast_about_object, endings).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_four_actors_who_manage_buckets_and_acls_with_up_to_twelve_disturbances() {
    let endings = [
        "drop 204 ",
        "drop 401 UNAUTHORIZED",
        "drop 404 BUCKET_NOT_FOUND",
        "drop 503 TEMPORARY_UNAVAILABLE_ERROR",
        "grant 204 ",
        "grant 401 UNAUTHORIZED",
        "grant 409 ACL_ALREADY_EXISTS",
        "make 201 ",
        "make 401 UNAUTHORIZED",
        "make 409 BUCKET_ALREADY_EXISTS",
        "replace 204 ",
        "revoke 204 ",
        "revoke 404 ACL_NOT_FOUND",
        "revoke 404 BUCKET_NOT_FOUND",
        "revoke 404 OBJECT_NOT_FOUND",
    ];
    let frequent = ["drop 204 ", "grant 204 ", "make 201 ", "revoke 204 "];
    let endings = if is_whole() { &endings[..] } else { &frequent };
    play(figure(200, 100_000), beginning_with_object, cast_of_managers, endings).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_four_actors_among_whom_dropped_buckets_are_swept_with_up_to_twelve_disturbances() {
    let endings = ["sweep of 0", "sweep of 0, failed", "sweep of 1", "sweep of 1, failed", "sweep of 2"];
    let frequent = ["sweep of 0", "sweep of 1"];
    let endings = if is_whole() { &endings[..] } else { &frequent };
    play(figure(200, 100_000), beginning_with_garbage, cast_of_sweepers, endings).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_four_actors_who_use_and_revoke_tokens_with_up_to_twelve_disturbances() {
    let endings = [
        "GET 403 WRONG_TOKEN",
        "POST 201 ",
        "POST 403 WRONG_TOKEN",
        "PUT 403 WRONG_TOKEN",
        "drop 403 WRONG_TOKEN",
        "exchange 200 ",
        "exchange 400 invalid_request",
        "get 200 ",
        "get 503 TEMPORARY_UNAVAILABLE_ERROR",
        "me 200 ",
        "me 403 WRONG_TOKEN",
        "revoke token 200 ",
        "revoke token 503 TEMPORARY_UNAVAILABLE_ERROR",
    ];
    let frequent = ["get 200 ", "me 200 ", "me 403 WRONG_TOKEN", "revoke token 200 "];
    let endings = if is_whole() { &endings[..] } else { &frequent };
    play(figure(200, 100_000), beginning_with_object, cast_of_holders, endings).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_four_actors_with_indexes_with_up_to_twelve_disturbances() {
    let endings = [
        "DELETE 204 ",
        "Declare",
        "Fill",
        "Fill, not done",
        "PATCH 200 ",
        "POST 201 , a replay",
        "PUT 200 ",
        "PUT 503 TEMPORARY_UNAVAILABLE_ERROR",
        "Retire",
        "query 200 ",
        "query 400 INVALID_INPUT_DATA",
        "query 503 TEMPORARY_UNAVAILABLE_ERROR",
    ];
    let frequent = ["DELETE 204 ", "Declare", "Fill", "PATCH 200 ", "PUT 200 ", "Retire", "query 200 "];
    let endings = if is_whole() { &endings[..] } else { &frequent };
    play(figure(100, 100_000), beginning_with_indexes, cast_of_indexers, endings).await;
}
