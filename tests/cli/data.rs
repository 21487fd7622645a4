//! `pail serve --data`: objects survive a restart, and files of other programs are left unchanged.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use crate::dynamodb;
use crate::program::{NOTES, Ran, Server, basic, collection, eventually, pail, run};
use crate::wire::{self, Connection};

/// A temporary folder, and the path of a file in it.
fn file(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(name);
    (folder, path)
}

fn serve(file: &Path, arguments: &[&str]) -> Server {
    Server::start(&[&["--data", file.to_str().expect("paths of tests are UTF-8")], arguments].concat())
}

fn refused(file: &Path) -> Ran {
    run(&["serve", "--port", "0", "--dynamodb-port", "0", "--data", file.to_str().expect("paths of tests are UTF-8")])
}

fn not_ours(file: &Path) -> String {
    format!("{} is not a data file of Pail; choose another file, or one that does not exist yet", file.display())
}

#[test]
fn objects_apps_and_tokens_survive_a_restart() {
    let (_folder, file) = file("pail.db");
    let server = serve(&file, &[]);
    let line = format!("Data: in {}", file.display());
    assert!(server.banner.lines().any(|known| known == line), "{}", server.banner);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    server.create(NOTES, &bearer, r#"{"n":1}"#).assert_created();
    assert!(server.stop().status.success());

    let server = serve(&file, &[]);
    server.create(NOTES, &bearer, r#"{"n":2}"#).assert_created();
    let mut contents = dynamodb::contents(&server);
    contents.sort();
    assert_eq!(contents, [r#"{"n":1}"#, r#"{"n":2}"#]);
}

#[test]
fn an_app_keeps_its_keys_when_a_server_starts_with_another() {
    let (_folder, file) = file("pail.db");
    serve(&file, &["--app", "notes", "--key", "first"]).stop();
    let server = serve(&file, &["--app", "notes", "--key", "second"]);
    for key in ["first", "second"] {
        let answer = server.create(&collection("notes", "", "news"), &basic("notes", key), "{}");
        assert_eq!(answer.json()["authenticatedPrincipalID"], "ANONYMOUS_USER", "{answer:?}");
    }
    serve_again_changes_nothing(server, &file);
}

fn serve_again_changes_nothing(server: Server, file: &Path) {
    let before = dynamodb::scan(&server, "pail-apps");
    server.stop();
    let server = serve(file, &["--app", "notes", "--key", "second"]);
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
}

#[test]
fn every_acknowledged_object_survives_a_clean_shutdown() {
    let (_folder, file) = file("pail.db");
    let server = serve(&file, &[]);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    let answered = create_until_stopped(&server, &bearer);
    assert_eq!(server.ended().status.code(), Some(0));
    assert_stored(&file, &answered);
}

/// Creates objects with several clients at once, sends the server the signal meanwhile, and waits until it has stopped.
/// Returns the IDs of the acknowledged objects, which are those whose create was answered.
fn create_until_stopped(server: &Server, bearer: &str) -> Vec<String> {
    let answered = Mutex::new(Vec::new());
    let create_until_the_end = || {
        let mut connection = Connection::open(&server.api);
        let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
        loop {
            connection.try_send(&wire::whole("POST", NOTES, &headers, br#"{"n":1}"#));
            let Some(answer) = connection.receive() else {
                return;
            };
            answered.lock().unwrap().push(answer.assert_created());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(create_until_the_end);
        }
        eventually("some objects", || (answered.lock().unwrap().len() >= 40).then_some(()));
        server.signal("TERM");
    });
    answered.into_inner().unwrap()
}

const CLIENTS: usize = 4;

/// Checks that the file contains each acknowledged object once.
fn assert_stored(file: &Path, answered: &[String]) {
    let server = serve(file, &[]);
    let items = dynamodb::scan(&server, "pail-objects");
    let keys: Vec<&str> = items.iter().filter_map(|item| item["sk"]["S"].as_str()).collect();
    for id in answered {
        assert_eq!(keys.iter().filter(|key| key.contains(id.as_str())).count(), 1, "{id}");
    }
    // Each client may have one more object stored whose answer it did not receive.
    let (stored, heard) = (dynamodb::contents(&server).len(), answered.len());
    assert!((heard..=heard + CLIENTS).contains(&stored), "{stored} stored, {heard} answered");
    server.assert_alive();
}

#[test]
fn a_start_that_is_killed_at_any_moment_is_repaired_by_the_next() {
    let (folder, file) = file("pail.db");
    let server = serve(&file, &[]);
    server.signal("KILL");
    server.ended();
    // The write-ahead log beside the file contains everything that was written, page by page. After an earlier crash,
    // it would contain only the beginning of this.
    let log = std::fs::read(folder.path().join("pail.db-wal")).unwrap();
    let page_size = u32::from_be_bytes(log[8..12].try_into().unwrap());
    let page = 24 + usize::try_from(page_size).unwrap();
    let failed: Vec<usize> = (32..=log.len())
        .step_by(page)
        .filter(|length| {
            let crashed = tempfile::tempdir().unwrap();
            let crashed_file = crashed.path().join("pail.db");
            std::fs::copy(&file, &crashed_file).unwrap();
            std::fs::write(crashed.path().join("pail.db-wal"), &log[..*length]).unwrap();
            std::panic::catch_unwind(|| serve(&crashed_file, &[]).assert_alive()).is_err()
        })
        .collect();
    assert!(
        failed.is_empty(),
        "the server does not start with these first bytes of the log of {} bytes: {failed:?}",
        log.len()
    );
}

#[test]
fn a_data_file_in_use_by_another_process_is_reported() {
    let (_folder, file) = file("pail.db");
    let server = serve(&file, &[]);
    assert_eq!(
        refused(&file).failure(),
        format!("the data file {} is in use by another process; stop that one, or choose another file", file.display())
    );
    server.assert_alive();
    server.stop();
    serve(&file, &[]).assert_alive();
}

#[cfg(unix)]
#[test]
fn a_data_file_in_use_is_recognised_under_another_name() {
    let (folder, file) = file("pail.db");
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let server = serve(&file, &[]);
    assert!(refused(&link).failure().contains("is in use by another process"));
    server.assert_alive();
}

#[test]
fn a_file_name_with_a_special_meaning_to_the_engine_is_an_ordinary_name() {
    for name in [":memory:", "file:pail.db?mode=memory"] {
        let (folder, file) = file(name);
        let serve = || {
            let mut command = pail(&["serve", "--port", "0", "--dynamodb-port", "0", "--data", name]);
            command.current_dir(folder.path());
            Server::spawn(command)
        };
        let server = serve();
        server.assert_alive();
        assert!(server.stop().status.success());
        assert!(file.exists(), "{name}");
        assert_eq!(dynamodb::contents(&serve()).len(), 1, "{name}");
    }
}

#[test]
fn files_of_another_kind_are_refused_and_left_as_they_are() {
    for content in [&b"Dear diary,\n"[..], &[0x5a; 20_000], b"SQLite format 3\0 and then nothing of the kind"] {
        let (_folder, file) = file("diary.txt");
        std::fs::write(&file, content).unwrap();
        assert_eq!(refused(&file).failure(), not_ours(&file), "{:?}", String::from_utf8_lossy(content));
        assert_eq!(std::fs::read(&file).unwrap(), content);
    }
}

#[test]
fn a_file_of_a_single_byte_is_not_taken_for_an_empty_one() {
    let (_folder, file) = file("counter.txt");
    std::fs::write(&file, "7").unwrap();
    assert_eq!(refused(&file).failure(), not_ours(&file));
    assert_eq!(std::fs::read(&file).unwrap(), b"7");
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let (_folder, file) = file("contacts.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch("CREATE TABLE contacts (name TEXT); INSERT INTO contacts VALUES ('Ada')").unwrap();
    database.close().unwrap();
    let before = std::fs::read(&file).unwrap();
    assert_eq!(refused(&file).failure(), not_ours(&file));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_database_of_another_program_that_crashed_is_left_as_it_is() {
    let (folder, original) = file("contacts.db");
    let database = rusqlite::Connection::open(&original).unwrap();
    database.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE contacts (name TEXT)").unwrap();
    // The last change is only in the log beside the file, as after a crash.
    let file = folder.path().join("crashed.db");
    let log = folder.path().join("crashed.db-wal");
    std::fs::copy(&original, &file).unwrap();
    std::fs::copy(folder.path().join("contacts.db-wal"), &log).unwrap();
    let before = (std::fs::read(&file).unwrap(), std::fs::read(&log).unwrap());
    assert!(!before.1.is_empty());
    assert_eq!(refused(&file).failure(), not_ours(&file));
    let after = (std::fs::read(&file).unwrap(), std::fs::read(&log).unwrap_or_default());
    assert!(before == after, "the files of another program were changed");
}

#[test]
fn a_database_of_another_program_without_tables_is_refused_and_left_as_it_is() {
    let (_folder, file) = file("contacts.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch("PRAGMA application_id = 7; CREATE VIEW today AS SELECT date()").unwrap();
    database.close().unwrap();
    let before = std::fs::read(&file).unwrap();
    assert_eq!(refused(&file).failure(), not_ours(&file));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_data_file_of_another_format_is_refused_and_left_as_it_is() {
    let (_folder, file) = file("pail.db");
    assert!(serve(&file, &[]).stop().status.success());
    for format in [0, 3, i32::MAX, -1] {
        let database = rusqlite::Connection::open(&file).unwrap();
        let own: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert!(own == 2 || format != 0, "a new data file has the format 2");
        database.pragma_update(None, "user_version", format).unwrap();
        database.close().unwrap();
        let before = std::fs::read(&file).unwrap();
        let expected = format!(
            "the data file {} has format {format}, and this version of Pail uses format 2; open it with the version that made \
             it, or choose another file",
            file.display()
        );
        assert_eq!(refused(&file).failure(), expected);
        assert_eq!(std::fs::read(&file).unwrap(), before, "format {format}");
    }
    // With its original format number, the file can be opened again.
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 2).unwrap();
    serve(&file, &[]).assert_alive();
}

#[test]
fn an_empty_file_becomes_a_data_file() {
    let (_folder, file) = file("pail.db");
    std::fs::write(&file, "").unwrap();
    serve(&file, &[]).assert_alive();
}

#[test]
fn a_folder_is_refused_as_a_data_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let ran = refused(&data);
    assert!(ran.failure().starts_with(&format!("the data file {} cannot be opened: ", data.display())), "{ran:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["data"], "nothing is left beside it");
}

#[test]
fn a_missing_folder_is_reported() {
    let (folder, file) = file("missing/pail.db");
    let ran = refused(&file);
    assert!(ran.failure().starts_with(&format!("the data file {} cannot be opened: ", file.display())), "{ran:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
