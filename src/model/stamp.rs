//! What every stored item carries: the request that wrote it last, how often it was written, and for buckets a
//! generation.

use std::fmt;

/// Who wrote an item last, and its version then: what a conditional write expects to find (protocol, R1 to R5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The request that wrote the item last.
    pub writer: Writer,
    /// The item's version.
    pub version: Version,
}

/// The version of an item: 1 for a new one, one more with each write. An object's version is its `ETag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64);

impl Version {
    /// The version of a new item.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// 128 random bits that identify one request. Each of its writes carries them, so that a request recognises its own
/// writes after a lost reply.
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

    /// The stored form: 36 characters, a UUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 128 random bits that a bucket gets when it is made. The keys of its objects hold them, so that a bucket which was
/// dropped and made again shares no object with the one before. A generation is secret: no answer and no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Generation(String);

impl Generation {
    /// A new generation from random bits.
    pub fn new(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// Parses a stored generation: 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    /// The form in keys: 32 lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Generation(…)")
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
    fn the_version_after_the_last_one_is_the_last_one() {
        assert_eq!(Version(1).next(), Version(2));
        assert_eq!(Version(u64::MAX).next(), Version(u64::MAX));
    }
}
