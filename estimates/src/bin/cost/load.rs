//! A load of requests of one kind, and its price.

use pail_estimates::prices;

/// The gateway between client and function.
#[derive(Clone, Copy)]
pub enum Gateway {
    HttpApi,
    RestApi,
    FunctionUrl,
}

impl Gateway {
    pub const ALL: [Self; 3] = [Self::HttpApi, Self::RestApi, Self::FunctionUrl];

    fn price(self) -> f64 {
        match self {
            Self::HttpApi => prices::HTTP_API,
            Self::RestApi => prices::REST_API,
            Self::FunctionUrl => 0.0,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::HttpApi => "HTTP API",
            Self::RestApi => "REST API",
            Self::FunctionUrl => "function URL",
        }
    }
}

/// The bytes of an object's item besides its JSON: keys, version, owner, times. docs/architecture.md has the measurement.
pub const ITEM_OVERHEAD_BYTES: f64 = 240.0;

/// The bytes of an index entry with one or two short values and an ID that the server made.
pub const ENTRY_BYTES: f64 = 130.0;

/// The bytes of a read unit and of a write unit.
pub const READ_UNIT_BYTES: f64 = 4096.0;
pub const WRITE_UNIT_BYTES: f64 = 1024.0;

/// The write units of a bucket with a few entries in its ACL.
pub const BUCKET_ITEM_UNITS: f64 = 1.0;

/// One log line for each request.
pub const LOG_BYTES: f64 = 310.0;

/// The operation on the object.
#[derive(Clone, Copy, PartialEq)]
pub enum Operation {
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
    /// A query that scans so many objects, which is all of the bucket if an order or a clause is asked for.
    Scan { objects: f64 },
    /// A query by an index, which looks at so many entries and their objects.
    ByIndex { objects: f64 },
    /// A count by an index that covers the query: so many entries, and no object.
    CountByIndex { entries: f64 },
}

/// A load of requests of one kind, and the configuration of the function.
#[derive(Clone, Copy)]
pub struct Load {
    pub operation: Operation,
    pub gateway: Gateway,
    pub arm64: bool,
    pub memory_mb: f64,
    /// The billed time of one invocation.
    pub milliseconds: f64,
    /// The bytes of the object's JSON after the request, or before a DELETE.
    pub body_bytes: f64,
    /// The share of creates that also create their bucket.
    pub first_objects: f64,
    /// Read units of app and bucket, if the bucket exists and they are not cached.
    pub reads: f64,
    /// The index entries that each request puts and deletes.
    pub entry_writes: f64,
}

/// A create through an HTTP API, arm64, the template's memory, small bodies, no new buckets, both items read.
pub const USUAL: Load = Load {
    operation: Operation::Create,
    gateway: Gateway::HttpApi,
    arm64: true,
    memory_mb: 256.0,
    milliseconds: 10.0,
    body_bytes: 300.0,
    first_objects: 0.0,
    reads: 2.0,
    entry_writes: 0.0,
};

/// Dollars for a million requests.
pub struct Cost {
    gateway: f64,
    invocations: f64,
    time: f64,
    reads: f64,
    writes: f64,
    logs: f64,
}

impl Load {
    pub fn write_units(&self) -> f64 {
        let units = |json: f64| ((json + ITEM_OVERHEAD_BYTES) / WRITE_UNIT_BYTES).ceil();
        let object = units(self.body_bytes);
        let written = match self.operation {
            // A first object and its bucket are written in a transaction, which doubles the units.
            Operation::Create => {
                (1.0 - self.first_objects) * object + self.first_objects * 2.0 * (object + BUCKET_ITEM_UNITS)
            }
            Operation::Read | Operation::Scan { .. } | Operation::ByIndex { .. } | Operation::CountByIndex { .. } => {
                0.0
            }
            Operation::PutNew => object,
            // An update takes the units of the larger of the item before and after.
            Operation::Change { before } => object.max(units(before)),
            // A tombstone is smaller than any object.
            Operation::Delete => object,
        };
        // An entry takes less than 1 KB.
        written + self.entry_writes
    }

    pub fn read_units(&self) -> f64 {
        let units = |json: f64| ((json + ITEM_OVERHEAD_BYTES) / READ_UNIT_BYTES).ceil();
        let object = match self.operation {
            // A first object needs the scope's ACL as well.
            Operation::Create => self.first_objects,
            // Reading a missing item takes one unit.
            Operation::PutNew => 1.0,
            Operation::Read | Operation::Delete => units(self.body_bytes),
            Operation::Change { before } => units(before),
            // The units of a page are those of all its items together.
            Operation::Scan { objects } => pages(objects, self.body_bytes + ITEM_OVERHEAD_BYTES),
            // The objects of entries are read one by one.
            Operation::ByIndex { objects } => pages(objects, ENTRY_BYTES) + objects * units(self.body_bytes),
            Operation::CountByIndex { entries } => pages(entries, ENTRY_BYTES),
        };
        self.reads + object
    }

    pub fn cost(&self) -> Cost {
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
    pub fn before_logs(&self) -> f64 {
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

/// The read units of pages of so many items of this size.
fn pages(items: f64, bytes: f64) -> f64 {
    (items * bytes / READ_UNIT_BYTES).ceil().max(1.0)
}

/// Prints a table of loads.
pub fn table(first_column: &str, rows: impl IntoIterator<Item = (String, Load)>) {
    println!("| {first_column} | gateway | invocations | time | reads | writes | before logs | logs |");
    println!("|---|---|---|---|---|---|---|---|");
    for (name, load) in rows {
        load.cost().row(&name);
    }
    println!();
}
