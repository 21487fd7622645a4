//! Prices of us-east-1 in dollars, without free tiers. docs/cost.md names the page of each.

/// A million requests to an HTTP API, of up to 512 KB each.
pub const HTTP_API: f64 = 1.00;
/// A million requests to a REST API.
pub const REST_API: f64 = 3.50;
/// A million invocations.
pub const INVOCATIONS: f64 = 0.20;
/// A GB of memory for a second, on arm64.
pub const GB_SECOND_ARM64: f64 = 0.000_013_333_4;
/// A GB of memory for a second, on x86_64.
pub const GB_SECOND_X86_64: f64 = 0.000_016_666_7;
/// A million read units on demand: a strongly consistent read of up to 4 KB is one.
pub const READ_UNITS: f64 = 0.125;
/// A million write units on demand: a write of up to 1 KB is one, in a transaction two.
pub const WRITE_UNITS: f64 = 0.625;
/// Ingestion of a GB of logs.
pub const LOGS_GB: f64 = 0.50;
/// Storage of a GB of logs for a month.
pub const LOGS_KEPT_GB_MONTH: f64 = 0.03;
/// A GB in a table for a month.
pub const TABLE_GB_MONTH: f64 = 0.25;
/// A GB of a table with point-in-time recovery for a month.
pub const RECOVERY_GB_MONTH: f64 = 0.20;
/// An alarm for a month.
pub const ALARM_MONTH: f64 = 0.10;
