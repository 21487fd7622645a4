//! The embedded engine's data file: format check and exclusive lock.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// The format of data files, as SQLite's `user_version`. A change of the keys or attributes of items that older programs
/// cannot read, or that cannot read theirs, raises it. Files from before formats were numbered have 0.
const FORMAT: i64 = 2;

/// The format before there were index entries. This version reads it, and makes it its own: an older program would write
/// objects without entries.
const WITHOUT_INDEXES: i64 = 1;

/// A data file that this process has for itself, ready for the engine.
pub struct DataFile {
    /// Its absolute path.
    pub file: PathBuf,
    /// The lock, to be held while the file is in use.
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
    /// It has another format.
    #[error(
        "the data file {} has format {found}, and this version of Pail uses format {FORMAT}; open it with the version that \
         made it, or choose another file", .path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The format that it has.
        found: i64,
    },
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
    /// Takes a file that is the engine's and of this format, empty, or not there yet. Any other file is left as it is.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let unusable = |reason: String| OpenError::Unusable { path: path.to_owned(), reason };
        // The engine gives some names another meaning, such as `:memory:`. An absolute path is always a file.
        let file = absolute(path).map_err(|error| unusable(error.to_string()))?;
        let found = Found::inspect(&file).map_err(unusable)?;
        match found {
            Found::Foreign => return Err(OpenError::Foreign(path.to_owned())),
            Found::Ours(FORMAT | WITHOUT_INDEXES) | Found::New => {}
            Found::Ours(found) => return Err(OpenError::Format { path: path.to_owned(), found }),
        }
        let lock = lock(&file).map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse(path.to_owned()),
            TryLockError::Error(error) => unusable(error.to_string()),
        })?;
        let prepared = match found {
            Found::New => set_format(&file),
            Found::Ours(_) | Found::Foreign => forget_unfinished_tables(&file).and_then(|()| set_format(&file)),
        };
        prepared.map_err(|error| unusable(error.to_string()))?;
        Ok(Self { file, lock })
    }
}

/// The absolute path of a file that may not exist yet.
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

/// Takes the lock that keeps a second process out. It is on a file beside the data file, as closing the data file would
/// release SQLite's own locks on it.
fn lock(path: &Path) -> Result<File, TryLockError> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = File::options().create(true).truncate(false).write(true).open(name).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

/// Whose file it is. The engine itself would put its tables into any database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// There is no file, or an empty one.
    New,
    /// The engine's, of this format.
    Ours(i64),
    /// Some other program's.
    Foreign,
}

impl Found {
    /// Inspects a file without changing it.
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
        let format = number("PRAGMA user_version")?;
        if number(ours)? == 2 {
            return Ok(Self::Ours(format));
        }
        // A process that ended right after it had set the format leaves a file with nothing else in it.
        let is_empty = [0, FORMAT].contains(&format)
            && number("PRAGMA application_id")? == 0
            && number("SELECT count(*) FROM sqlite_master")? == 0;
        Ok(if is_empty { Self::New } else { Self::Foreign })
    }
}

/// Marks a file with this version's format.
fn set_format(path: &Path) -> rusqlite::Result<()> {
    Connection::open(path)?.pragma_update(None, "user_version", FORMAT)
}

/// The engine records a table first and makes it afterwards. A table that was only recorded when the process was killed is
/// removed from the record here, so that it can be made again.
fn forget_unfinished_tables(path: &Path) -> rusqlite::Result<()> {
    let forget = "DELETE FROM _tables WHERE table_name NOT IN (SELECT name FROM sqlite_master WHERE type = 'table')";
    Connection::open(path)?.execute(forget, []).map(drop)
}
