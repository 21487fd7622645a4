//! The root certificates of the machine, which verify DynamoDB's certificate.

use std::process::Command;

use pail::store::client::{NoRootCertificates, https};

/// Set in the process of a test that has no root certificates.
const HAS_NONE: &str = "PAIL_TEST_HAS_NO_ROOT_CERTIFICATES";

#[test]
fn without_root_certificates_there_is_no_client_for_https() {
    if std::env::var_os(HAS_NONE).is_some() {
        assert_eq!(https().err(), Some(NoRootCertificates));
        return;
    }
    assert!(https().is_ok(), "this machine has root certificates");
    // The environment belongs to the whole process, so this test runs again in another process.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("none.pem");
    std::fs::write(&file, "").expect("a file");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let name = "storage::certificates::without_root_certificates_there_is_no_client_for_https";
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", name]).env(HAS_NONE, "1").env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", empty);
    let ended = again.output().expect("this program runs");
    let output = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && output.contains("1 passed"), "{output}");
}
