//! The price of a million requests of one kind, term by term, as the tables of docs/cost.md.

use pail_estimates::prices;

/// The gateway between client and function.
#[derive(Clone, Copy)]
enum Gateway {
    HttpApi,
    RestApi,
    FunctionUrl,
}

impl Gateway {
    const ALL: [Self; 3] = [Self::HttpApi, Self::RestApi, Self::FunctionUrl];

    fn price(self) -> f64 {
        match self {
            Self::HttpApi => prices::HTTP_API,
            Self::RestApi => prices::REST_API,
            Self::FunctionUrl => 0.0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::HttpApi => "HTTP API",
            Self::RestApi => "REST API",
            Self::FunctionUrl => "function URL",
        }
    }
}

/// The bytes of an object's item besides its JSON: keys, version, owner, times. docs/architecture.md has the measurement.
const ITEM_OVERHEAD_BYTES: f64 = 240.0;

/// The bytes of a read unit and of a write unit.
const READ_UNIT_BYTES: f64 = 4096.0;
const WRITE_UNIT_BYTES: f64 = 1024.0;

/// The write units of a bucket with a few entries in its ACL.
const BUCKET_ITEM_UNITS: f64 = 1.0;

/// One log line for each request.
const LOG_BYTES: f64 = 310.0;

/// The operation on the object.
#[derive(Clone, Copy, PartialEq)]
enum Operation {
    /// POST: the ID is new, so nothing is read under it.
    Create,
    /// GET, HEAD, and a GET that is answered by 304.
    Read,
    /// PUT of a new ID: the object is read, and does not exist.
    PutNew,
    /// PUT of an object that exists, or PATCH. `before` is the size of the JSON before the request, in bytes.
    Change { before: f64 },
    /// DELETE: a tombstone takes the place of the object.
    Delete,
    /// A query that reads so many objects, which is all of the bucket if an order or a clause is asked for.
    Query { objects: f64 },
}

/// A load of requests of one kind, and the configuration of the function.
#[derive(Clone, Copy)]
struct Load {
    operation: Operation,
    gateway: Gateway,
    arm64: bool,
    memory_mb: f64,
    /// The billed time of one invocation.
    milliseconds: f64,
    /// The bytes of the object's JSON after the request, or before a DELETE.
    body_bytes: f64,
    /// The share of creates that also create their bucket.
    first_objects: f64,
    /// Read units of app and bucket, if the bucket exists and they are not cached.
    reads: f64,
}

/// A create through an HTTP API, arm64, the template's memory, small bodies, no new buckets, both items read.
const USUAL: Load = Load {
    operation: Operation::Create,
    gateway: Gateway::HttpApi,
    arm64: true,
    memory_mb: 256.0,
    milliseconds: 10.0,
    body_bytes: 300.0,
    first_objects: 0.0,
    reads: 2.0,
};

/// Dollars for a million requests.
struct Cost {
    gateway: f64,
    invocations: f64,
    time: f64,
    reads: f64,
    writes: f64,
    logs: f64,
}

impl Load {
    fn write_units(&self) -> f64 {
        let units = |json: f64| ((json + ITEM_OVERHEAD_BYTES) / WRITE_UNIT_BYTES).ceil();
        let object = units(self.body_bytes);
        match self.operation {
            // A first object and its bucket are written in a transaction, which doubles the units.
            Operation::Create => {
                (1.0 - self.first_objects) * object + self.first_objects * 2.0 * (object + BUCKET_ITEM_UNITS)
            }
            Operation::Read | Operation::Query { .. } => 0.0,
            Operation::PutNew => object,
            // An update takes the units of the larger of the item before and after.
            Operation::Change { before } => object.max(units(before)),
            // A tombstone is smaller than any object.
            Operation::Delete => object,
        }
    }

    fn read_units(&self) -> f64 {
        let units = |json: f64| ((json + ITEM_OVERHEAD_BYTES) / READ_UNIT_BYTES).ceil();
        let object = match self.operation {
            // A first object needs the scope's ACL as well.
            Operation::Create => self.first_objects,
            // Reading a missing item takes one unit.
            Operation::PutNew => 1.0,
            Operation::Read | Operation::Delete => units(self.body_bytes),
            Operation::Change { before } => units(before),
            // The units of a page are those of all its items together.
            Operation::Query { objects } => {
                (objects * (self.body_bytes + ITEM_OVERHEAD_BYTES) / READ_UNIT_BYTES).ceil().max(1.0)
            }
        };
        self.reads + object
    }

    fn cost(&self) -> Cost {
        let gb_second = if self.arm64 { prices::GB_SECOND_ARM64 } else { prices::GB_SECOND_X86_64 };
        Cost {
            gateway: self.gateway.price(),
            invocations: prices::INVOCATIONS,
            // A million requests, each of some milliseconds.
            time: self.memory_mb / 1024.0 * self.milliseconds * 1000.0 * gb_second,
            reads: self.read_units() * prices::READ_UNITS,
            writes: self.write_units() * prices::WRITE_UNITS,
            logs: LOG_BYTES / 1000.0 * prices::LOGS_GB,
        }
    }
}

impl Cost {
    fn before_logs(&self) -> f64 {
        self.gateway + self.invocations + self.time + self.reads + self.writes
    }

    fn row(&self, name: &str) {
        let Self { gateway, invocations, time, reads, writes, logs } = self;
        println!(
            "| {name} | {gateway:.3} | {invocations:.3} | {time:.3} | {reads:.3} | {writes:.3} | **{:.3}** | {logs:.3} |",
            self.before_logs()
        );
    }
}

fn table(first_column: &str, rows: impl IntoIterator<Item = (String, Load)>) {
    println!("| {first_column} | gateway | invocations | time | reads | writes | before logs | logs |");
    println!("|---|---|---|---|---|---|---|---|");
    for (name, load) in rows {
        load.cost().row(&name);
    }
    println!();
}

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

    println!("A query, by the objects that it reads and the bytes of the JSON of each:\n");
    let queries = [(50.0, 500.0), (1_000.0, 500.0), (10_000.0, 500.0), (1_000.0, 3_800.0)];
    let rows = queries.map(|(objects, body_bytes)| {
        // A page of 1,000 objects takes some milliseconds to be read and judged, which is assumed.
        let milliseconds = 10.0 + objects / 1_000.0 * 20.0;
        let load = Load { operation: Operation::Query { objects }, body_bytes, milliseconds, ..USUAL };
        (format!("{objects} objects of {body_bytes} bytes"), load)
    });
    table("reads", rows);

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

    sweeps();

    println!("What is billed each month without any request, for a GB in the tables and the template's five alarms:\n");
    println!("| | $ |\n|---|---|");
    println!("| storage | {:.2} |", prices::TABLE_GB_MONTH);
    println!("| point-in-time recovery | {:.2} |", prices::RECOVERY_GB_MONTH);
    println!("| alarms | {:.2} |", 5.0 * prices::ALARM_MONTH);
    println!("| a GB of logs, while it is kept | {:.2} |", prices::LOGS_KEPT_GB_MONTH);
}

/// Dollars for removing what dropped buckets held.
fn sweeps() {
    /// The log line of a sweep, in bytes.
    const LINE_BYTES: f64 = 400.0;
    /// The keys that a query returns, and the deletions in a batch.
    const PAGE: f64 = 1000.0;
    const BATCH: f64 = 25.0;
    let million = 1_000_000.0;
    let row = |name: &str, sweeps: f64, calls: f64, reads: f64, writes: f64| {
        let invocations = sweeps / million * prices::INVOCATIONS;
        // 10 ms for each call, which is assumed.
        let time = USUAL.memory_mb / 1024.0 * calls * USUAL.milliseconds / 1000.0 * prices::GB_SECOND_ARM64;
        let (reads, writes) = (reads / million * prices::READ_UNITS, writes / million * prices::WRITE_UNITS);
        let logs = sweeps * LINE_BYTES / 1e9 * prices::LOGS_GB;
        let all = invocations + time + reads + writes + logs;
        println!("| {name} | {invocations:.6} | {time:.6} | {reads:.6} | {writes:.6} | {logs:.6} | **{all:.6}** |");
    };
    println!("Sweeps of dropped buckets, in dollars and not for a million:\n");
    println!("| | invocations | time | reads | writes | logs | together |\n|---|---|---|---|---|---|---|");
    row("a day with nothing to do: 24 sweeps of one query", 24.0, 24.0, 24.0, 0.0);
    for body_bytes in [300.0, 3_800.0] {
        let object = Load { operation: Operation::Delete, body_bytes, ..USUAL };
        let writes = million * object.write_units();
        // A query reads whole items to return their keys.
        let reads = million * (body_bytes + ITEM_OVERHEAD_BYTES) / READ_UNIT_BYTES;
        let calls = million / PAGE + million / BATCH;
        // A sweep takes 25,000 units at most.
        row(&format!("a million objects of {body_bytes} bytes"), (reads + writes) / 25_000.0, calls, reads, writes);
    }
    println!();
}
