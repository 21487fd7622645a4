//! The price of a million creates, term by term, as the tables of docs/cost.md.

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
const ITEM_OVERHEAD_BYTES: f64 = 230.0;

/// The write units of a bucket with a few entries in its ACL.
const BUCKET_ITEM_UNITS: f64 = 1.0;

/// One log line for each request.
const LOG_BYTES: f64 = 310.0;

/// A load of creates, and the configuration of the function.
#[derive(Clone, Copy)]
struct Load {
    gateway: Gateway,
    arm64: bool,
    memory_mb: f64,
    /// The billed time of one invocation.
    milliseconds: f64,
    body_bytes: f64,
    /// The share of creates that make their bucket.
    first_objects: f64,
    /// Read units of a create into an existing bucket: for the app and the bucket, unless they are cached.
    reads: f64,
}

/// An HTTP API, arm64, the template's memory, small bodies, no new buckets, both items read.
const USUAL: Load = Load {
    gateway: Gateway::HttpApi,
    arm64: true,
    memory_mb: 256.0,
    milliseconds: 10.0,
    body_bytes: 300.0,
    first_objects: 0.0,
    reads: 2.0,
};

/// Dollars for a million creates.
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
        let object = ((self.body_bytes + ITEM_OVERHEAD_BYTES) / 1024.0).ceil();
        // A first object and its bucket are written in a transaction, which doubles the units.
        (1.0 - self.first_objects) * object + self.first_objects * 2.0 * (object + BUCKET_ITEM_UNITS)
    }

    fn read_units(&self) -> f64 {
        // A first object needs the scope's ACL as well.
        self.reads + self.first_objects
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

fn main() {
    println!(
        "Gateway, with app and bucket read by each create, or with one or both kept in the sandbox (`KeepSeconds`):\n"
    );
    let gateways = Gateway::ALL.into_iter().flat_map(|gateway| {
        let load = Load { gateway, ..USUAL };
        [("", load), (", app kept", Load { reads: 1.0, ..load }), (", both kept", Load { reads: 0.0, ..load })]
            .map(|(kept, load)| (format!("{}{kept}", gateway.name()), load))
    });
    table("gateway", gateways);

    println!("Body, by its bytes:\n");
    let sizes = [300.0, 790.0, 4096.0, 65_536.0, 262_136.0];
    table("body", sizes.map(|body_bytes| (format!("{body_bytes} bytes"), Load { body_bytes, ..USUAL })));

    println!("Memory and billed time, which is assumed:\n");
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

    println!("What is billed each month without any request, for a GB in the tables and the template's four alarms:\n");
    println!("| | $ |\n|---|---|");
    println!("| storage | {:.2} |", prices::TABLE_GB_MONTH);
    println!("| point-in-time recovery | {:.2} |", prices::RECOVERY_GB_MONTH);
    println!("| alarms | {:.2} |", 4.0 * prices::ALARM_MONTH);
    println!("| a GB of logs, while it is kept | {:.2} |", prices::LOGS_KEPT_GB_MONTH);
}
