//! Test vectors that others publish. They lie beside the checkout, or where the environment says, and are not part of it.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The variable that says where the vectors are.
const VARIABLE: &str = "PAIL_TEST_VECTORS";

/// The folder of a collection of vectors. Where there is none, CI fails, and others are told and go on.
pub fn folder(collection: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os(VARIABLE).map_or_else(beside, PathBuf::from).join(collection);
    if folder.is_dir() {
        return Some(folder);
    }
    let missing = format!("there are no vectors in {}; {VARIABLE} may name another folder", folder.display());
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
    // Past the capture of tests that pass: nobody should take them for more than they were.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
    None
}
