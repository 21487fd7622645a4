//! The file in which the embedded engine keeps its data: whose it is, and that only one process has it.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// A data file that this process has for itself, ready for the engine.
pub struct DataFile {
    /// Its absolute name.
    pub file: PathBuf,
    /// To be kept as long as the file is used.
    pub lock: File,
}

/// Why a data file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the data file {} is in use by another process; stop that one, or choose another file", .0.display())]
    InUse(PathBuf),
    /// It holds something else.
    #[error("{} is not a data file of Pail; choose another file, or one that does not exist yet", .0.display())]
    Foreign(PathBuf),
    /// It cannot be read or written.
    #[error("the data file {} cannot be opened: {reason}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the operating system or the engine says.
        reason: String,
    },
}

impl DataFile {
    /// Takes a file that is the engine's, empty, or not there yet. Anybody else's file is left as it is.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let unusable = |reason: String| OpenError::Unusable { path: path.to_owned(), reason };
        // The engine takes some names for something else, such as `:memory:`; an absolute path is always a file.
        let file = absolute(path).map_err(|error| unusable(error.to_string()))?;
        let found = Found::inspect(&file).map_err(unusable)?;
        if found == Found::Foreign {
            return Err(OpenError::Foreign(path.to_owned()));
        }
        let lock = lock(&file).map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse(path.to_owned()),
            TryLockError::Error(error) => unusable(error.to_string()),
        })?;
        if found == Found::Ours {
            forget_unfinished_tables(&file).map_err(|error| unusable(error.to_string()))?;
        }
        Ok(Self { file, lock })
    }
}

/// The one absolute name of a file that may not exist yet.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        found => return found,
    }
    let path = std::path::absolute(path)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(path);
    };
    Ok(folder.canonicalize()?.join(name))
}

/// Takes the lock that keeps two processes out of one data file. It is a file beside it, as closing the data file itself
/// would give up the locks that SQLite holds on it.
fn lock(path: &Path) -> Result<File, TryLockError> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = File::options().create(true).truncate(false).write(true).open(name).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

/// What a file is to the engine, which would put its tables into anybody's database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// It is not there, or holds nothing.
    New,
    /// The engine made it.
    Ours,
    /// It is somebody else's.
    Foreign,
}

impl Found {
    /// Looks into a file without changing it.
    fn inspect(path: &Path) -> Result<Self, String> {
        let mut start = Vec::new();
        let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut start));
        match read {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::New),
            Err(error) => return Err(error.to_string()),
            Ok(0) => return Ok(Self::New),
            Ok(_) if start != *b"SQLite format 3\0" => return Ok(Self::Foreign),
            Ok(_) => {}
        }
        Self::of_database(path).or_else(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Ok(Self::Foreign),
            _ => Err(error.to_string()),
        })
    }

    fn of_database(path: &Path) -> rusqlite::Result<Self> {
        let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let number = |query: &str| file.query_row(query, [], |row| row.get::<_, i64>(0));
        let ours = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('_config', '_tables')";
        if number(ours)? == 2 {
            return Ok(Self::Ours);
        }
        for mark in ["PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master"] {
            if number(mark)? != 0 {
                return Ok(Self::Foreign);
            }
        }
        Ok(Self::New)
    }
}

/// The engine notes a table first and makes it afterwards, in two steps. One that was only noted when the process was
/// killed is forgotten here, so that it can be made again.
fn forget_unfinished_tables(path: &Path) -> rusqlite::Result<()> {
    let forget = "DELETE FROM _tables WHERE table_name NOT IN (SELECT name FROM sqlite_master WHERE type = 'table')";
    Connection::open(path)?.execute(forget, []).map(drop)
}
