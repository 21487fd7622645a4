//! Events with random mutations that follow the structure of an event.

use std::collections::BTreeMap;

use super::requests::{fixture_events, good_requests};
use super::{is_answered, mutators, shows_only_what_it_may};
use pail_testing::events::installation;
use pail_testing::{cases, figure};

/// The number of cases that share an installation, because its tables grow.
const CASES_OF_AN_INSTALLATION: usize = 5000;

#[tokio::test]
async fn a_broken_event_gets_an_answer_of_the_contract() {
    let (fixtures, good) = (fixture_events(), good_requests());
    let (of_events, of_texts) = (mutators::of_events(), mutators::of_texts());
    let number = figure(4000, 1_000_000);
    let (mut statuses, mut changes) = (BTreeMap::<u16, usize>::new(), BTreeMap::<&str, usize>::new());
    let (mut ran, mut at) = (0, installation().await);
    for (case, mut random) in cases(number) {
        if ran % CASES_OF_AN_INSTALLATION == CASES_OF_AN_INSTALLATION - 1 {
            at = installation().await;
        }
        ran += 1;
        // Valid requests are more frequent, because most events are refused early.
        let events = if random.below(3) == 0 { &fixtures } else { &good };
        let mut event = random.pick(events).clone();
        let mut done = Vec::new();
        for _ in 0..=random.below(3) {
            let (name, mutate) = *random.pick(&of_events);
            if mutate(&mut event, &mut random) {
                done.push(name);
            }
        }
        let mut text = event.to_string();
        if random.below(12) == 0 {
            let (name, mutate) = *random.pick(&of_texts);
            if mutate(&mut text, &mut random) {
                done.push(name);
                event = serde_json::from_str(&text).unwrap_or(event);
            }
        }
        let answer = is_answered(&at, &text, &format!("{case:?}, {done:?}")).await;
        assert!(shows_only_what_it_may(&answer, &event), "{case:?}, {done:?}: {answer:?}\n{text}");
        *statuses.entry(answer.status).or_default() += 1;
        done.into_iter().for_each(|name| *changes.entry(name).or_default() += 1);
    }
    println!("{statuses:?}\n{changes:?}");
    if ran == number {
        // Fails if the events or the mutations no longer reach these answers.
        for status in [200, 201, 204, 400, 401, 403, 404, 405, 409, 413] {
            assert!(statuses.contains_key(&status), "no event was answered with {status}: {statuses:?}");
        }
        let all = of_events.iter().map(|(name, _)| *name).chain(of_texts.iter().map(|(name, _)| *name));
        let never: Vec<&str> = all.filter(|name| !changes.contains_key(name)).collect();
        assert!(never.is_empty(), "these mutations never changed anything: {never:?}");
    }
}
