//! The time of a page by an index and of a scan as a function of the number of objects in the bucket, and of a create as
//! a function of the number of indexes. Runs in one process over the embedded engine, and prints a table.

use pail::local::Engine;
use pail_benches::cost::{REQUESTS, places, requests, rows};
use pail_benches::floor::Floor;
use pail_benches::place::Place;
use pail_benches::scores;
use pail_testing::fixtures::tables;

/// The requests in a round of scans.
const SCANS: usize = 1;

/// A place whose bucket `scores` has indexes on these fields.
fn place(fields: &[&str]) -> Place {
    let place = Place::of_engine(&Engine::in_memory().expect("an engine"));
    place.runtime.block_on(scores::set_up(&place.client, &tables(), fields));
    place
}

/// A place for each number of objects, whose bucket `scores` has indexes on these fields.
fn filled(fields: &[&str], sizes: &[usize]) -> Vec<(usize, Place)> {
    places(sizes, |objects| {
        let place = place(fields);
        place.runtime.block_on(scores::fill(&place.client, &tables(), 0..objects, scores::SIZE));
        place
    })
}

fn main() {
    println!("| | how many | µs | ratio to the first |");
    println!("|---|---|---|---|");

    let fields = ["n", "team", "done", "text", "absent"];
    let of_indexes = places(&[0, 1, 2, 3, 4, 5], |indexes| place(&fields[..indexes]));
    rows("indexes of the bucket, create", REQUESTS, &of_indexes, |_, place| {
        requests(place, vec![scores::create(scores::SIZE)], 201)
    });

    let scanned = filled(&[], &[100, 1_000, 10_000]);
    rows("objects in the bucket, scan without a hit", SCANS, &scanned, |_, place| {
        requests(place, vec![scores::search()], 200)
    });

    let indexed = filled(&["n"], &[1_000, 10_000, 100_000, 1_000_000]);
    // A thousand different pages.
    let starts = |objects: usize| (0..objects - scores::PAGE).step_by(objects / 1_000);
    rows("objects in the bucket, page of 50 by an index", REQUESTS, &indexed, |objects, place| {
        requests(place, starts(objects).map(|from| scores::page(from, scores::PAGE)).collect(), 200)
    });
    rows("objects in the bucket, the calls of that page by themselves", REQUESTS, &indexed, |objects, place| {
        let floor = Floor { client: place.client.clone(), tables: tables() };
        let starts: Vec<usize> = starts(objects).collect();
        Box::new(move |number| place.runtime.block_on(floor.page(starts[number % starts.len()])))
    });
}
