//! What queries and indexes cost.

use pail_estimates::prices;

use crate::load::{ITEM_OVERHEAD_BYTES, Load, Operation, READ_UNIT_BYTES, USUAL, table};

/// Queries by what they read.
pub fn queries() {
    println!("A query without an index, by the objects that it reads and the bytes of the JSON of each:\n");
    let scans = [(50.0, 500.0), (1_000.0, 500.0), (10_000.0, 500.0), (1_000.0, 3_800.0)];
    let rows = scans.map(|(objects, body_bytes)| {
        // A page of 1,000 objects takes some milliseconds to be read and judged, which is assumed.
        let milliseconds = 10.0 + objects / 1_000.0 * 20.0;
        let load = Load { operation: Operation::Scan { objects }, body_bytes, milliseconds, ..USUAL };
        (format!("{objects} objects of {body_bytes} bytes"), load)
    });
    table("reads", rows);

    println!(
        "A query by an index, whatever the size of the bucket, by the hits of its page, one of which is looked ahead:\n"
    );
    let pages = [(10.0, 500.0), (50.0, 500.0), (200.0, 500.0), (50.0, 3_800.0)];
    let rows = pages.map(|(hits, body_bytes)| {
        // A call for the entries and one for each 100 objects, of 5 ms each, which is assumed.
        let milliseconds = 10.0 + 5.0 * (1.0 + f64::ceil((hits + 1.0) / 100.0));
        let load = Load { operation: Operation::ByIndex { objects: hits + 1.0 }, body_bytes, milliseconds, ..USUAL };
        (format!("{hits} hits of {body_bytes} bytes"), load)
    });
    table("page", rows);

    println!("A count by an index that covers the query, by the number that it counts:\n");
    let counts = [100.0, 1_000.0, 10_000.0, 60_000.0];
    let rows = counts.map(|entries| {
        // A call counts 1,000 entries, in some milliseconds, which is assumed.
        let milliseconds = 10.0 + 10.0 * f64::ceil(entries / 1_000.0);
        let load = Load { operation: Operation::CountByIndex { entries }, milliseconds, ..USUAL };
        (format!("{entries} entries"), load)
    });
    table("counts", rows);
}

/// Writes of objects in buckets with indexes.
pub fn writes() {
    println!("Writes of an object of 300 bytes, by the indexes of its bucket:\n");
    let change = Operation::Change { before: USUAL.body_bytes };
    let rows = [0.0, 1.0, 2.0, 10.0].into_iter().flat_map(|indexes| {
        let of = if indexes == 1.0 { "index" } else { "indexes" };
        [
            ("create (POST)", Operation::Create, indexes),
            ("PATCH that leaves the indexed fields", change, 0.0),
            ("PATCH that changes the fields of each", change, 2.0 * indexes),
            ("DELETE", Operation::Delete, indexes),
        ]
        .map(|(name, operation, entry_writes)| {
            (format!("{indexes} {of}: {name}"), Load { operation, entry_writes, ..USUAL })
        })
    });
    // Without indexes, both kinds of PATCH are the same.
    table("write", rows.filter(|(name, _)| name != "0 indexes: PATCH that changes the fields of each"));
}

/// Dollars for filling an index from objects that are there.
pub fn back_fills() {
    println!("Filling an index, in dollars and for a million objects. It runs on the operator's machine:\n");
    println!("| objects of | reads | entries | marks in the objects | together |\n|---|---|---|---|---|");
    for body_bytes in [300.0, 500.0, 3_800.0] {
        let object = Load { operation: Operation::Delete, body_bytes, ..USUAL };
        let reads = (body_bytes + ITEM_OVERHEAD_BYTES) / READ_UNIT_BYTES * prices::READ_UNITS;
        // A mark changes the object's item, which takes the units of all of it.
        let (entries, marks) = (prices::WRITE_UNITS, object.write_units() * prices::WRITE_UNITS);
        let all = reads + entries + marks;
        println!("| {body_bytes} bytes | {reads:.3} | {entries:.3} | {marks:.3} | **{all:.3}** |");
    }
    println!();
}

/// The bucket in which a page by an index costs as much as a scan.
pub fn break_even() {
    println!("Objects in a bucket up to which a scan costs no more than a page by an index that is full:\n");
    println!("| page | objects of 300 bytes | of 500 bytes | of 3800 bytes |\n|---|---|---|---|");
    for hits in [10.0, 50.0, 200.0] {
        let objects = [300.0, 500.0, 3_800.0].map(|body_bytes| {
            let page = Load { operation: Operation::ByIndex { objects: hits + 1.0 }, body_bytes, reads: 0.0, ..USUAL };
            (page.read_units() * READ_UNIT_BYTES / (body_bytes + ITEM_OVERHEAD_BYTES)).floor().to_string()
        });
        println!("| {hits} hits | {} |", objects.join(" | "));
    }
    println!();
}
