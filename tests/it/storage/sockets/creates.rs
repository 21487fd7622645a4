//! A hundred thousand creates over connections, a third of which break before the reply is complete.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

use super::ledger::{Errand, Errands, Outcome, check, prepare};
use super::on_sockets;
use super::server::{Asked, Deed, End, Part};
use pail_testing::{Installation, Random, figure};

/// The number of concurrent requests.
const AT_ONCE: usize = 64;
/// The number of requests.
const WHOLE: usize = 100_000;
/// The maximum number of times that a request with a key is sent after a 503.
const PATIENCE: usize = 50;

/// The number of replies, and the places at which they were cut.
#[derive(Clone, Default)]
pub struct Tally(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    replies: usize,
    /// By operation and kind of cut.
    cut: BTreeMap<String, BTreeMap<(Part, End), usize>>,
}

impl Tally {
    /// Cuts a third of all replies, at every possible place.
    pub fn cutting_a_third(&self) -> impl FnMut(&Asked) -> Deed + Send + 'static {
        let (tally, mut random) = (self.0.clone(), Random::seeded());
        move |asked| {
            let mut counts = tally.lock().unwrap();
            counts.replies += 1;
            if random.below(3) > 0 {
                return Deed::Answer;
            }
            let cut = counts.cut.entry(asked.operation.clone()).or_default();
            // In turn, so that each kind occurs with each operation.
            let turn = cut.values().sum::<usize>();
            let (part, end) = (Part::ALL[turn % Part::ALL.len()], End::ALL[turn / Part::ALL.len() % End::ALL.len()]);
            *cut.entry((part, end)).or_default() += 1;
            Deed::Cut(part, end, random.below(usize::MAX))
        }
    }

    /// Checks that about a third was cut, with every kind of cut for each operation in `often` and some cuts for
    /// transactions.
    pub fn check(&self, often: &[&str]) {
        let counts = self.0.lock().unwrap();
        let cut: usize = counts.cut.values().flat_map(BTreeMap::values).sum();
        println!("{} replies, {cut} of them cut: {:?}", counts.replies, counts.cut);
        // Four standard deviations.
        assert!((cut * 3).abs_diff(counts.replies) <= 6 * counts.replies.isqrt(), "{cut} of {}", counts.replies);
        for operation in often {
            assert_eq!(counts.cut[*operation].len(), Part::ALL.len() * End::ALL.len(), "{:?}", counts.cut);
        }
        assert!(!counts.cut["TransactWriteItems"].is_empty(), "{:?}", counts.cut);
    }
}

/// Sends a request. If it has a key, repeats it after a 503, and sometimes once more after another answer.
async fn run(installation: &Installation, errand: Errand) -> (Outcome, usize) {
    let (mut answer, mut sent) = (installation.answer(&errand.call).await, 1);
    while errand.has_key && answer.status == 503 && sent < PATIENCE {
        answer = installation.answer(&errand.call).await;
        sent += 1;
    }
    if errand.has_key && (errand.number / 16).is_multiple_of(4) && answer.status == 201 {
        let again = installation.answer(&errand.call).await;
        if again.status != 503 {
            assert!(again.is_replay(), "{again:?}");
            assert_eq!(again.without_mark(), answer.without_mark());
        }
    }
    assert!(!errand.has_key || answer.status == 201, "{:?}: {answer:?}", errand.call);
    (Outcome { errand, answer }, sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_are_neither_lost_nor_duplicated_when_a_third_of_the_replies_is_cut() {
    let count = figure(200, WHOLE);
    let tally = Tally::default();
    let (installation, server) = on_sockets(tally.cutting_a_third()).await;
    prepare(&installation).await;
    let (installation, errands) = (Arc::new(installation), Arc::new(Errands::new()));
    let numbers = Arc::new(Mutex::new((0..count, Random::seeded())));
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (installation, errands, numbers) = (installation.clone(), errands.clone(), numbers.clone());
        clients.spawn(async move {
            let mut outcomes = Vec::new();
            let next = || {
                let (numbers, random) = &mut *numbers.lock().unwrap();
                numbers.next().map(|number| errands.errand(number, random))
            };
            while let Some(errand) = next() {
                outcomes.push(run(&installation, errand).await);
            }
            outcomes
        });
    }
    let (outcomes, sent): (Vec<Outcome>, Vec<usize>) = clients.join_all().await.into_iter().flatten().unzip();
    drop(server);
    assert_eq!(outcomes.len(), count);
    check(&installation.items().await, &outcomes);
    tally.check(&["PutItem"]);
    count_classes(&outcomes, &sent);
}

/// Checks that every kind of answer has occurred.
fn count_classes(outcomes: &[Outcome], sent: &[usize]) {
    let mut statuses = BTreeMap::<u16, usize>::new();
    for outcome in outcomes {
        *statuses.entry(outcome.answer.status).or_default() += 1;
    }
    let replays = outcomes.iter().filter(|outcome| outcome.answer.is_replay()).count();
    let again = sent.iter().filter(|sent| **sent > 1).count();
    println!("{statuses:?}, {again} sent again after 503, {replays} of them replayed");
    assert!(statuses[&201] * 2 > outcomes.len(), "{statuses:?}");
    for status in [401, 403, 404] {
        assert!(statuses.contains_key(&status), "{status}: {statuses:?}");
    }
    let both = |status| outcomes.iter().any(|one| one.errand.allowed.len() == 2 && one.answer.status == status);
    assert!(both(201) && both(401), "the first of the anonymous callers creates the bucket");
    // With few requests, it is too rare that four replies to one call are cut.
    if outcomes.len() >= WHOLE {
        assert!(statuses.contains_key(&503) && again > 0 && replays > 0, "{statuses:?}, {again}, {replays}");
    }
}
