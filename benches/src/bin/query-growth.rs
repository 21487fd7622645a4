//! The time of a page by an index and of a scan as a function of the number of objects in the bucket, and of a create as
//! a function of the number of indexes. Runs in one process over the embedded engine, and prints a table.

use std::collections::HashMap;

use pail::local::Engine;
use pail_benches::cost::{REQUESTS, cost_of, rows, time_of};
use pail_benches::floor::Floor;
use pail_benches::place::Place;
use pail_benches::scores;
use pail_testing::fixtures::tables;

/// The requests in a round of scans.
const SCANS: usize = 3;

/// A place whose bucket `scores` has indexes on these fields.
fn place(fields: &[&str]) -> Place {
    let place = Place::of_engine(&Engine::in_memory().expect("an engine"));
    place.runtime.block_on(scores::set_up(&place.client, &tables(), fields));
    place
}

/// Writes objects with these numbers.
fn fill(place: &Place, numbers: impl Iterator<Item = usize> + Clone) {
    place.runtime.block_on(scores::fill(&place.client, &tables(), numbers, scores::SIZE));
}

fn main() {
    println!("| | how many | µs | over the first |");
    println!("|---|---|---|---|");

    let fields = ["n", "team", "done", "text", "absent"];
    rows("indexes of the bucket, create", &[0, 1, 2, 3, 4, 5], |indexes| {
        cost_of(&place(&fields[..indexes]), &[scores::create(scores::SIZE)], REQUESTS, 201)
    });

    let scanned = place(&[]);
    let mut there = 0;
    rows("objects in the bucket, scan without a hit", &[100, 1_000, 10_000], |objects| {
        fill(&scanned, there..objects);
        there = objects;
        cost_of(&scanned, &[scores::search()], SCANS, 200)
    });

    let indexed = place(&["n"]);
    let floor = Floor { client: indexed.client.clone(), tables: tables() };
    let sizes = [1_000, 10_000, 100_000, 1_000_000];
    let (mut there, mut of_floor) = (0, HashMap::new());
    rows("objects in the bucket, page of 50 by an index", &sizes, |objects| {
        fill(&indexed, there..objects);
        there = objects;
        let starts: Vec<usize> = (0..objects - scores::PAGE).step_by(objects / 1_000).collect();
        let page = |number: usize| indexed.runtime.block_on(floor.page(starts[number % starts.len()]));
        of_floor.insert(objects, time_of(REQUESTS, page));
        let pages = starts.iter().map(|&from| scores::page(from, scores::PAGE));
        cost_of(&indexed, &pages.collect::<Vec<_>>(), REQUESTS, 200)
    });
    rows("objects in the bucket, the calls of that page by themselves", &sizes, |objects| of_floor[&objects]);
}
