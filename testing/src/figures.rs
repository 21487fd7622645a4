//! The number of cases that a test runs.

/// The environment variable that selects the whole figures, as `.ci/long` does.
const VARIABLE: &str = "PAIL_TEST_LONG";

/// How many cases to run: `few` by default, `all` for the whole figures.
pub fn figure(few: usize, all: usize) -> usize {
    if is_whole() { all } else { few }
}

/// Whether the whole figures are selected.
pub fn is_whole() -> bool {
    match std::env::var(VARIABLE).as_deref() {
        Ok("true") => true,
        Ok(other) if !other.is_empty() => panic!("{VARIABLE} must be true or unset, but is {other}"),
        _ => false,
    }
}
