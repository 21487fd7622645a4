//! The price of a million requests of one kind, term by term, as the tables of docs/cost.md.

mod load;
mod queries;
mod sweeps;

use load::{Gateway, Load, Operation, USUAL, table};
use pail_estimates::prices;

/// The operations on an object of this size. Changes do not change its size.
fn operations(json: f64) -> [(&'static str, Operation); 5] {
    [
        ("create (POST)", Operation::Create),
        ("read (GET, HEAD)", Operation::Read),
        ("PUT of a new ID", Operation::PutNew),
        ("PUT of an existing object, PATCH", Operation::Change { before: json }),
        ("DELETE", Operation::Delete),
    ]
}

fn main() {
    println!(
        "What is done with an object of 300 bytes, with app and bucket read by each request, or with both cached (`KeepSeconds`):\n"
    );
    let rows = operations(USUAL.body_bytes).into_iter().flat_map(|(name, operation)| {
        let load = Load { operation, ..USUAL };
        [("", load), (", both cached", Load { reads: 0.0, ..load })]
            .map(|(cached, load)| (format!("{name}{cached}"), load))
    });
    table("operation", rows);

    println!("The same with larger objects, by the bytes of their JSON, with app and bucket read:\n");
    let rows = [3_800.0, 65_536.0, 262_136.0].into_iter().flat_map(|body_bytes| {
        operations(body_bytes)
            .map(|(name, operation)| (format!("{name}, {body_bytes} bytes"), Load { operation, body_bytes, ..USUAL }))
    });
    table("operation", rows);

    println!("A PATCH or PUT after which an object is smaller or larger, by the bytes of its JSON before and after:\n");
    let changes = [(300.0, 65_536.0), (65_536.0, 300.0)];
    let rows = changes.map(|(before, body_bytes)| {
        let load = Load { operation: Operation::Change { before }, body_bytes, ..USUAL };
        (format!("from {before} to {body_bytes} bytes"), load)
    });
    table("change", rows);

    queries::queries();
    queries::writes();
    queries::back_fills();
    queries::break_even();

    println!("A create by gateway, with app and bucket read by each, or with one or both cached (`KeepSeconds`):\n");
    let gateways = Gateway::ALL.into_iter().flat_map(|gateway| {
        let load = Load { gateway, ..USUAL };
        [("", load), (", app cached", Load { reads: 1.0, ..load }), (", both cached", Load { reads: 0.0, ..load })]
            .map(|(cached, load)| (format!("{}{cached}", gateway.name()), load))
    });
    table("gateway", gateways);

    println!("A create, by the bytes of its body:\n");
    let sizes = [300.0, 780.0, 4096.0, 65_536.0, 262_136.0];
    table("body", sizes.map(|body_bytes| (format!("{body_bytes} bytes"), Load { body_bytes, ..USUAL })));

    println!("A create, by memory and billed time, which is assumed:\n");
    let times = [(128.0, 20.0), (256.0, 10.0), (256.0, 20.0), (512.0, 8.0), (1024.0, 8.0)];
    let rows = times.into_iter().flat_map(|(memory_mb, milliseconds)| {
        [true, false].map(|arm64| {
            let architecture = if arm64 { "arm64" } else { "x86_64" };
            let load = Load { memory_mb, milliseconds, arm64, ..USUAL };
            (format!("{memory_mb} MB, {milliseconds} ms, {architecture}"), load)
        })
    });
    table("memory, time, architecture", rows);

    println!("Share of creates that make their bucket:\n");
    let shares = [0.0, 0.01, 0.1, 0.5, 1.0];
    table(
        "first objects",
        shares.map(|share| (format!("{} %", share * 100.0), Load { first_objects: share, ..USUAL })),
    );

    sweeps::sweeps();

    println!("What is billed each month without any request, for a GB in the tables and the template's five alarms:\n");
    println!("| | $ |\n|---|---|");
    println!("| storage | {:.2} |", prices::TABLE_GB_MONTH);
    println!("| point-in-time recovery | {:.2} |", prices::RECOVERY_GB_MONTH);
    println!("| alarms | {:.2} |", 5.0 * prices::ALARM_MONTH);
    println!("| a GB of logs, while it is kept | {:.2} |", prices::LOGS_KEPT_GB_MONTH);
}
