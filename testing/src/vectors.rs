//! Test vectors that others publish. They are not part of the repository.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The environment variable with the folder of the vectors. By default it is `shared/vectors` beside the checkout.
const VARIABLE: &str = "PAIL_TEST_VECTORS";

/// The folder of a collection of vectors. If it is missing, this panics in CI, and prints `SKIPPED` elsewhere.
pub fn folder(collection: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = std::env::var_os(VARIABLE).map_or_else(beside, PathBuf::from).join(collection);
    if folder.is_dir() {
        return Some(folder);
    }
    let missing = format!("there are no vectors in {}; {VARIABLE} may name another folder", folder.display());
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
    // Written directly to standard error, which tests do not capture, so that a skipped test does not look like one
    // that passed.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
    None
}
