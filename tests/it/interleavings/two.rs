//! All interleavings of two.

use super::cast::Role;
use super::run::{Beginning, Bucket, Choose, Entry, Theatre};
use crate::harness::figure;

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
    /// Goes on to the next sequence; says whether there is one.
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

const BEGINNINGS: [Bucket; 3] = [Bucket::Absent, Bucket::Dropped, Bucket::Live(Entry::SignedIn)];

/// Plays every order of every pair of which one at least creates; returns how many runs that took.
async fn every_pair(firsts: &[Role], seconds: &[Role], disturbances: usize) -> usize {
    let mut runs = 0;
    for first in firsts {
        for second in seconds {
            let mut theatre = Theatre::open(1).await;
            for bucket in BEGINNINGS {
                for scope in [Entry::SignedIn, Entry::Everybody] {
                    let beginning = Beginning { scope, bucket };
                    let mut order = EveryOrder::default();
                    loop {
                        let history = theatre.play(beginning, &[*first, *second], disturbances, &mut order).await;
                        runs += 1;
                        let judged = std::panic::catch_unwind(|| history.judge());
                        assert!(judged.is_ok(), "{beginning:?}, {order:?}: {history:#?}", order = order.choices);
                        if !order.next() {
                            break;
                        }
                    }
                }
            }
        }
    }
    runs
}

fn creates() -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| role.creator().is_some()).collect()
}

#[tokio::test(start_paused = true)]
async fn two_that_meet_in_any_order_keep_every_law() {
    let few = [creates()[1], creates()[3]];
    let firsts = if figure(0, 1) == 1 { creates() } else { few.to_vec() };
    let runs = every_pair(&firsts, &Role::ALL, 0).await;
    println!("{runs} runs");
    assert!(runs > 1000);
}

#[tokio::test(start_paused = true)]
async fn two_that_meet_in_any_order_with_one_disturbance_anywhere_keep_every_law() {
    let all = figure(0, 1) == 1;
    let (firsts, seconds) = if all {
        (creates(), Role::ALL.to_vec())
    } else {
        (vec![Role::CreateWithKey(super::cast::Who::Alice, "one")], vec![Role::DropBucket])
    };
    let runs = every_pair(&firsts, &seconds, 1).await;
    println!("{runs} runs");
    assert!(runs > 500);
}
