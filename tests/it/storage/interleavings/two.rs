//! The interleavings of two actors. Of those that differ only in the order of two moves that leave the tables as they are,
//! such as reads, one is played (a partial-order reduction).

use std::collections::BTreeSet;

use super::cast::{Deed, Role, Who};
use super::indexes::{Search, Work};
use super::management::{Matter, On};
use super::run::{Beginning, Bucket, Choose, Entry, Object, Theatre};
use super::tokens::Errand;
use pail_testing::{Random, cases, figure, is_whole, only_case};

/// Iterates over all sequences of choices, one per run.
#[derive(Default)]
struct EveryOrder {
    /// The choices of this run: the chosen number, and the number of options.
    choices: Vec<(usize, usize)>,
    at: usize,
    /// Whether runs are played, too, that only repeat others.
    with_repeats: bool,
}

impl Choose for EveryOrder {
    fn choose(&mut self, of: usize) -> usize {
        if self.at == self.choices.len() {
            self.choices.push((0, of));
        }
        let (chosen, known) = self.choices[self.at];
        assert_eq!(of, known, "a repeated run must be the same");
        self.at += 1;
        chosen
    }

    fn skips_repeats(&self) -> bool {
        !self.with_repeats
    }
}

impl EveryOrder {
    /// Advances to the next sequence. Returns whether there is one.
    fn next(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, of)) = self.choices.pop() {
            if chosen + 1 < of {
                self.choices.push((chosen + 1, of));
                return true;
            }
        }
        false
    }
}

/// The runs: each first role with each second role, from every beginning.
struct Plays {
    firsts: Vec<Role>,
    seconds: Vec<Role>,
    beginnings: Vec<Beginning>,
    disturbances: usize,
}

/// With the whole figures, all pairs with at least one create. By default, the most varied pairs.
fn creates(disturbances: usize) -> Plays {
    let with_key = Role::CreateWithKey(Who::Anonymous, "one");
    let (firsts, seconds, scopes) = if is_whole() {
        let all = Role::CREATES_AND_OPERATORS;
        (all.into_iter().filter(|role| role.creates()).collect(), all.to_vec(), Entry::ALL.to_vec())
    } else if disturbances == 0 {
        let seconds = vec![with_key, Role::RevokeOnScope, Role::MakeBucket, Role::DropBucket];
        (vec![with_key], seconds, vec![Entry::Everybody])
    } else {
        (vec![with_key], vec![Role::DropBucket], vec![Entry::Everybody])
    };
    let of_scope = |scope: Entry| {
        let buckets = [Bucket::Absent, Bucket::Dropped, Bucket::Live(scope)];
        buckets.map(|bucket| Beginning { scope, bucket, object: Object::Absent, is_indexed: false })
    };
    Plays { firsts, seconds, beginnings: scopes.into_iter().flat_map(of_scope).collect(), disturbances }
}

/// With the whole figures, all pairs of requests for one object, or of one such request and an operator or a create
/// with its key.
fn requests_for_one_object(disturbances: usize) -> Plays {
    let alice = |deed: Deed| Role::Object(Who::Alice, deed);
    let beginning =
        |bucket: Bucket, object: Object| Beginning { scope: Entry::SignedIn, bucket, object, is_indexed: false };
    let live = |object: Object| beginning(Bucket::Live(Entry::SignedIn), object);
    let whole = is_whole();
    let firsts = if whole && disturbances == 0 {
        Role::of_objects()
    } else if whole {
        [Deed::ReadTwice, Deed::Put, Deed::PutNew, Deed::PutVersion, Deed::Patch, Deed::Delete].map(alice).to_vec()
    } else {
        let firsts: &[Deed] = if disturbances == 0 { &[Deed::PutNew, Deed::Patch] } else { &[Deed::Put] };
        firsts.iter().copied().map(alice).collect()
    };
    let seconds = match (whole, disturbances) {
        (true, 0) => Role::all(),
        (true, _) => {
            let mut seconds = [Deed::Put, Deed::PutNew, Deed::MergePatch, Deed::Delete].map(alice).to_vec();
            seconds.extend([Role::CreateWithKey(Who::Alice, "one"), Role::RevokeOnObject, Role::DropBucket]);
            seconds
        }
        (false, 0) => vec![alice(Deed::Put), alice(Deed::Delete), Role::RevokeOnObject],
        (false, _) => vec![alice(Deed::Delete)],
    };
    let mut beginnings = vec![live(Object::Live)];
    if whole || disturbances == 0 {
        beginnings.extend([Object::Absent, Object::Deleted].map(live));
    }
    if whole {
        beginnings.extend([Bucket::Absent, Bucket::Dropped].map(|bucket| beginning(bucket, Object::Absent)));
    }
    if whole && disturbances == 0 {
        beginnings.extend([Entry::Nothing, Entry::Everybody].map(|entry| live(Object::LiveWith(entry))));
    }
    Plays { firsts, seconds, beginnings, disturbances }
}

/// With the whole figures, all pairs of a request that manages a bucket or an ACL and any other.
fn managers(disturbances: usize) -> Plays {
    let administrator = |matter: Matter| Role::Manage(Who::Administrator, matter);
    let beginning =
        |bucket: Bucket, object: Object| Beginning { scope: Entry::Everybody, bucket, object, is_indexed: false };
    let live = beginning(Bucket::Live(Entry::Everybody), Object::LiveWith(Entry::Everybody));
    let mut beginnings = vec![live];
    if is_whole() {
        beginnings.extend([Bucket::Absent, Bucket::Dropped].map(|bucket| beginning(bucket, Object::Absent)));
        beginnings.push(beginning(Bucket::Live(Entry::SignedIn), Object::Live));
    } else if disturbances == 0 {
        beginnings.push(beginning(Bucket::Dropped, Object::Absent));
    }
    let put = Role::Object(Who::Anonymous, Deed::Put);
    let (firsts, seconds) = match (is_whole(), disturbances) {
        (true, 0) => (Role::MANAGEMENT.to_vec(), Role::all()),
        (true, _) => {
            let others = [put, Role::Object(Who::Alice, Deed::Delete), Role::Create(Who::Anonymous)];
            (Role::MANAGEMENT.to_vec(), Role::MANAGEMENT.into_iter().chain(others).collect())
        }
        (false, 0) => {
            let firsts = [Matter::Drop, Matter::Revoke(On::Object), Matter::Grant(On::Bucket)].map(administrator);
            let drop = Role::Manage(Who::Anonymous, Matter::Drop);
            let seconds = [Matter::Make, Matter::Revoke(On::Drops), Matter::Revoke(On::Bucket)].map(administrator);
            (firsts.to_vec(), seconds.into_iter().chain([drop, put]).collect())
        }
        (false, _) => (vec![administrator(Matter::Drop)], vec![Role::Manage(Who::Anonymous, Matter::Drop), put]),
    };
    Plays { firsts, seconds, beginnings, disturbances }
}

/// With the whole figures, all pairs of a sweep and any other role.
fn sweepers(disturbances: usize) -> Plays {
    let administrator = |matter: Matter| Role::Manage(Who::Administrator, matter);
    let buckets = [Bucket::Unswept, Bucket::Anew(Entry::SignedIn), Bucket::Live(Entry::SignedIn)];
    let beginning = |bucket| Beginning { scope: Entry::SignedIn, bucket, object: Object::Live, is_indexed: false };
    let beginnings = buckets.map(beginning).to_vec();
    let put = Role::Object(Who::Alice, Deed::Put);
    let seconds = match (is_whole(), disturbances) {
        (true, 0) => Role::all(),
        (true, _) => {
            let others = [administrator(Matter::Make), administrator(Matter::Drop), Role::Create(Who::Alice), put];
            Role::SWEEPS.into_iter().chain(others).collect()
        }
        (false, 0) => {
            let others = [administrator(Matter::Make), administrator(Matter::Drop), put];
            Role::SWEEPS.into_iter().chain(others).collect()
        }
        (false, _) => vec![Role::SWEEPS[1], administrator(Matter::Drop)],
    };
    Plays { firsts: Role::SWEEPS.to_vec(), seconds, beginnings, disturbances }
}

/// With the whole figures, all pairs of a request about or with an opaque token and any other role.
fn holders(disturbances: usize) -> Plays {
    let bucket = Bucket::Live(Entry::SignedIn);
    let beginnings = vec![Beginning { scope: Entry::SignedIn, bucket, object: Object::Live, is_indexed: false }];
    let [revoke, exchange, live_through] = [Errand::Revoke, Errand::Exchange, Errand::LiveThrough].map(Role::Token);
    let (firsts, seconds) = match (is_whole(), disturbances) {
        (true, 0) => (Role::TOKENS.to_vec(), Role::all()),
        (true, _) => (vec![revoke, exchange, live_through], Role::TOKENS.to_vec()),
        (false, 0) => {
            let seconds = vec![revoke, exchange, Role::Create(Who::Holder), Role::Manage(Who::Holder, Matter::Drop)];
            (vec![revoke, live_through], seconds)
        }
        (false, _) => (vec![revoke, live_through], vec![exchange, Role::Create(Who::Holder)]),
    };
    Plays { firsts, seconds, beginnings, disturbances }
}

/// With the whole figures, all pairs of a write of objects or the work with an index, and of these, a query, a drop or a sweep.
fn indexers(disturbances: usize) -> Plays {
    let alice = |deed: Deed| Role::Object(Who::Alice, deed);
    let [fill, search] = [Role::Index(Work::Fill), Role::Search(Search::Ordered)];
    let drop = Role::Manage(Who::Administrator, Matter::Drop);
    let bucket = Bucket::Live(Entry::SignedIn);
    let beginning = |object| Beginning { scope: Entry::SignedIn, bucket, object, is_indexed: true };
    let mut beginnings = vec![beginning(Object::Live)];
    if is_whole() {
        beginnings.extend([Object::Absent, Object::Deleted].map(beginning));
        beginnings.push(Beginning { bucket: Bucket::Absent, ..beginning(Object::Absent) });
        beginnings.push(Beginning { bucket: Bucket::Anew(Entry::SignedIn), ..beginning(Object::Live) });
    }
    let (firsts, seconds) = match (is_whole(), disturbances) {
        (true, 0) => {
            let writes = Role::of_writes();
            let others = Role::OF_INDEXES.into_iter().chain(Role::SWEEPS).chain([drop]);
            (writes.iter().copied().chain(Role::OF_INDEXES).collect(), writes.into_iter().chain(others).collect())
        }
        (true, _) => {
            let with_key = Role::CreateWithKey(Who::Alice, "one");
            let firsts = vec![alice(Deed::Put), alice(Deed::Patch), alice(Deed::Delete), with_key, fill];
            let seconds = firsts.iter().copied().chain([search, drop]).collect();
            (firsts, seconds)
        }
        (false, 0) => (vec![alice(Deed::Put), alice(Deed::Patch)], vec![search, fill]),
        (false, _) => (vec![alice(Deed::Put)], vec![fill, alice(Deed::Delete)]),
    };
    Plays { firsts, seconds, beginnings, disturbances }
}

impl Plays {
    /// Plays the orders of each pair from each beginning. There must be at least this many runs.
    async fn play_orders(self, least: usize) {
        let pairs = self.firsts.iter().flat_map(|first| self.seconds.iter().map(move |second| [*first, *second]));
        let pairs: Vec<[Role; 2]> = pairs.collect();
        let (mut runs, mut unfinished) = (0, 0);
        for (case, mut random) in cases(pairs.len()) {
            let theatre = Theatre::open(1).await;
            let mut pair = Pair { theatre, cast: pairs[case.0], disturbances: self.disturbances, runs: 0 };
            for beginning in &self.beginnings {
                unfinished += usize::from(!pair.plays_all(*beginning, &mut random).await);
            }
            runs += pair.runs;
        }
        println!("{runs} runs; {unfinished} times there were more orders");
        assert!(runs >= least || only_case().is_some(), "only {runs} runs");
    }
}

/// Two actors.
struct Pair {
    theatre: Theatre,
    cast: [Role; 2],
    disturbances: usize,
    /// The runs so far.
    runs: usize,
}

impl Pair {
    /// Plays all orders from a beginning, and returns true. If there are too many, plays the first of them and as many random
    /// ones, and returns false.
    async fn plays_all(&mut self, beginning: Beginning, random: &mut Random) -> bool {
        let (mut order, most) = (EveryOrder::default(), figure(20, 500));
        let end = self.runs + most;
        while self.runs < end {
            self.play(beginning, &mut order).await;
            if !order.next() {
                return true;
            }
        }
        for _ in 0..most {
            self.play(beginning, random).await;
        }
        false
    }

    async fn play(&mut self, beginning: Beginning, choice: &mut impl Choose) {
        if let Some(history) = self.theatre.play(beginning, &self.cast, self.disturbances, choice).await {
            let judged = std::panic::catch_unwind(|| history.judge());
            assert!(judged.is_ok(), "{beginning:?}: {history:#?}");
            self.runs += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_in_any_order() {
    creates(0).play_orders(figure(40, 2_500)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_in_any_order_with_one_disturbance() {
    creates(1).play_orders(figure(40, 45_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_on_one_object_in_any_order() {
    requests_for_one_object(0).play_orders(figure(40, 20_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_on_one_object_in_any_order_with_one_disturbance() {
    requests_for_one_object(1).play_orders(figure(40, 10_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_who_manage_buckets_and_acls_in_any_order() {
    managers(0).play_orders(figure(40, 12_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_who_manage_buckets_and_acls_in_any_order_with_one_disturbance() {
    managers(1).play_orders(figure(40, 55_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_a_sweep_and_another_actor_in_any_order() {
    sweepers(0).play_orders(figure(40, 3_500)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_a_sweep_and_another_actor_in_any_order_with_one_disturbance() {
    sweepers(1).play_orders(figure(40, 15_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_who_use_and_revoke_tokens_in_any_order() {
    holders(0).play_orders(figure(40, 4_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_who_use_and_revoke_tokens_in_any_order_with_one_disturbance() {
    holders(1).play_orders(figure(40, 8_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_who_write_query_and_fill_with_indexes_in_any_order() {
    indexers(0).play_orders(figure(40, 20_000)).await;
}

#[tokio::test(start_paused = true)]
async fn every_law_holds_for_two_actors_who_write_query_and_fill_with_indexes_in_any_order_with_one_disturbance() {
    indexers(1).play_orders(figure(40, 50_000)).await;
}

/// How many runs two actors have from a beginning, and how they end.
async fn endings(cast: [Role; 2], disturbances: usize, with_repeats: bool) -> (usize, BTreeSet<String>) {
    let bucket = Bucket::Live(Entry::SignedIn);
    let beginning = Beginning { scope: Entry::SignedIn, bucket, object: Object::Live, is_indexed: false };
    let mut theatre = Theatre::open(1).await;
    let (mut order, mut runs, mut endings) = (EveryOrder { with_repeats, ..EveryOrder::default() }, 0, BTreeSet::new());
    loop {
        if let Some(history) = theatre.play(beginning, &cast, disturbances, &mut order).await {
            runs += 1;
            endings.insert(history.outline());
        }
        if !order.next() {
            return (runs, endings);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_are_left_out_end_like_runs_that_are_played() {
    let alice = |deed: Deed| Role::Object(Who::Alice, deed);
    for (cast, disturbances) in [
        ([alice(Deed::PutWhatWasRead), alice(Deed::ReadTwice)], 0),
        ([alice(Deed::Patch), alice(Deed::DeleteWhatWasRead)], 0),
        ([alice(Deed::PutWhatWasRead), Role::Manage(Who::Administrator, Matter::Drop)], 0),
        ([alice(Deed::Put), Role::RevokeOnObject], 1),
    ] {
        let (all, played) = (endings(cast, disturbances, true).await, endings(cast, disturbances, false).await);
        assert_eq!(all.1, played.1, "{cast:?}");
        assert!(played.0 < all.0, "{cast:?}: {} of {} runs", played.0, all.0);
        println!("{cast:?}: {} of {} runs, {} endings", played.0, all.0, all.1.len());
    }
}
