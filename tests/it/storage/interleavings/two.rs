//! All interleavings of two.

use super::cast::{Role, Who};
use super::run::{Beginning, Bucket, Choose, Entry, Theatre};
use pail_testing::{each_case, figure, is_whole, only_case};

/// Goes through every sequence of choices, one run after the other.
#[derive(Default)]
struct EveryOrder {
    /// The choices of this run: the one that is made, and of how many.
    choices: Vec<(usize, usize)>,
    at: usize,
}

impl Choose for EveryOrder {
    fn choose(&mut self, of: usize) -> usize {
        if self.at == self.choices.len() {
            self.choices.push((0, of));
        }
        let (chosen, known) = self.choices[self.at];
        assert_eq!(of, known, "a run that is played again is the same");
        self.at += 1;
        chosen
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

/// What is played: each of the firsts with each of the seconds, from every beginning.
struct Plays {
    firsts: Vec<Role>,
    seconds: Vec<Role>,
    scopes: Vec<Entry>,
    disturbances: usize,
}

/// For the whole figures, all pairs with at least one create. Otherwise those in which most can happen.
fn plays(disturbances: usize) -> Plays {
    let creates: Vec<Role> = Role::ALL.into_iter().filter(|role| role.creator().is_some()).collect();
    if is_whole() {
        return Plays { firsts: creates, seconds: Role::ALL.to_vec(), scopes: Entry::ALL.to_vec(), disturbances };
    }
    let with_key = Role::CreateWithKey(Who::Anonymous, "one");
    let seconds = if disturbances == 0 {
        vec![with_key, Role::RevokeOnScope, Role::MakeBucket, Role::DropBucket]
    } else {
        vec![Role::DropBucket]
    };
    Plays { firsts: vec![with_key], seconds, scopes: vec![Entry::Everybody], disturbances }
}

impl Plays {
    /// Plays every order, which takes so many runs at the least.
    async fn every_order(self, least: usize) {
        let pairs = self.firsts.iter().flat_map(|first| self.seconds.iter().map(move |second| [*first, *second]));
        let mut runs = 0;
        for (_case, pair) in each_case(pairs) {
            let mut theatre = Theatre::open(1).await;
            for scope in &self.scopes {
                for bucket in [Bucket::Absent, Bucket::Dropped, Bucket::Live(*scope)] {
                    let beginning = Beginning { scope: *scope, bucket };
                    runs += every_order_of(&mut theatre, beginning, pair, self.disturbances).await;
                }
            }
        }
        println!("{runs} runs");
        assert!(runs >= least || only_case().is_some(), "only {runs} runs");
    }
}

async fn every_order_of(theatre: &mut Theatre, beginning: Beginning, cast: [Role; 2], disturbances: usize) -> usize {
    let (mut order, mut runs) = (EveryOrder::default(), 0);
    loop {
        let history = theatre.play(beginning, &cast, disturbances, &mut order).await;
        let judged = std::panic::catch_unwind(|| history.judge());
        assert!(judged.is_ok(), "{beginning:?}, choices {:?}: {history:#?}", order.choices);
        runs += 1;
        if !order.next() {
            return runs;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_that_meet_in_any_order_keep_every_law() {
    plays(0).every_order(figure(100, 5_000)).await;
}

#[tokio::test(start_paused = true)]
async fn two_that_meet_in_any_order_with_one_disturbance_anywhere_keep_every_law() {
    plays(1).every_order(figure(100, 50_000)).await;
}
