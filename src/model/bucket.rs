//! Buckets and their generations.

use super::acl::Acl;
use super::id::BucketId;
use super::object::Version;
use super::scope::Scope;

/// Where a bucket is: its scope and its name in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BucketPath {
    /// The scope that the bucket lives in.
    pub scope: Scope,
    /// Its name.
    pub bucket: BucketId,
}

/// 128 random bits that a bucket is made with. Objects are kept under it, so that a bucket which was dropped and made
/// again shares nothing with the one before. Never shown to anybody, in logs neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Generation(String);

impl std::fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Generation(…)")
    }
}

impl Generation {
    /// A new generation out of random bits.
    pub fn new(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// A stored generation: 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    /// The generation as it stands in keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 128 random bits of the request that wrote an item last, by which a request knows its own writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer(String);

impl Writer {
    /// The writer of a request.
    pub fn new(bits: u128) -> Self {
        Self(uuid::Uuid::from_u128(bits).to_string())
    }

    /// A stored writer.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The writer as it stands in items: 36 characters, in the form of a UUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bucket that can be written to.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// What its objects are kept under.
    pub generation: Generation,
    /// Its ACL; `None` if the stored one cannot be read, which denies all but the administrator.
    pub acl: Option<Acl>,
    /// Who wrote the item last.
    pub writer: Writer,
    /// How often the item was written.
    pub version: Version,
}

/// What is found under a bucket's name.
#[derive(Clone, Debug)]
pub enum BucketState {
    /// No bucket.
    Vacant(Vacancy),
    /// A bucket.
    Live(Bucket),
}

/// What is found where there is no bucket: a bucket is made over it, if it still is what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vacancy {
    /// Nothing: there was never such a bucket.
    Unused,
    /// What is left of a bucket that was dropped.
    Dropped {
        /// Who dropped it.
        writer: Writer,
        /// How often the item was written.
        version: Version,
    },
}

impl Vacancy {
    /// The version of a bucket that is made here.
    pub fn next_version(&self) -> Version {
        match self {
            Self::Unused => Version::FIRST,
            Self::Dropped { version, .. } => version.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_32_lower_case_hexadecimal_digits_and_never_shown() {
        let generation = Generation::new(0xabc);
        assert_eq!(generation.as_str(), "00000000000000000000000000000abc");
        assert_eq!(Generation::parse(generation.as_str()), Some(generation.clone()));
        assert_eq!(format!("{generation:?}"), "Generation(…)");
        for bad in ["", "0", &"0".repeat(31), &"0".repeat(33), &"A".repeat(32), &"g".repeat(32), &"/".repeat(32)] {
            assert_eq!(Generation::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_writer_is_a_uuid() {
        let writer = Writer::new(0x0102);
        assert_eq!(writer.as_str(), "00000000-0000-0000-0000-000000000102");
        assert_eq!(Writer::stored(writer.as_str()), writer);
    }

    #[test]
    fn a_bucket_over_a_dropped_one_goes_on_with_its_versions() {
        assert_eq!(Vacancy::Unused.next_version(), Version(1));
        let dropped = Vacancy::Dropped { writer: Writer::new(1), version: Version(7) };
        assert_eq!(dropped.next_version(), Version(8));
        assert_eq!(Version(u64::MAX).next(), Version(u64::MAX));
    }
}
