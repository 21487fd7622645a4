//! Fields of objects.

/// A field: a member at the top level, or one of those that the server shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `_id`.
    Id,
    /// `_owner`.
    Owner,
    /// `_dataType`.
    DataType,
    /// `_created`.
    Created,
    /// `_modified`.
    Modified,
    /// `_version`: a number, although objects show it as a string.
    Version,
    /// A member of this name. A dot in it is a letter.
    Member(String),
    /// One that no object has: its name is too long, or begins with `_`.
    Unknown,
}

/// The most bytes of a name that can be searched for.
const LONGEST_NAME: usize = 250;

impl Field {
    /// The field of this name.
    pub fn of_name(name: &str) -> Self {
        match name {
            "_id" => Self::Id,
            "_owner" => Self::Owner,
            "_dataType" => Self::DataType,
            "_created" => Self::Created,
            "_modified" => Self::Modified,
            "_version" => Self::Version,
            name if name.len() > LONGEST_NAME || name.starts_with('_') => Self::Unknown,
            name => Self::Member(name.to_owned()),
        }
    }

    /// Its name; that of a field that no object has is empty.
    pub fn name(&self) -> &str {
        match self {
            Self::Id => "_id",
            Self::Owner => "_owner",
            Self::DataType => "_dataType",
            Self::Created => "_created",
            Self::Modified => "_modified",
            Self::Version => "_version",
            Self::Member(name) => name,
            Self::Unknown => "",
        }
    }
}
