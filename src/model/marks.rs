//! The marks by which objects count their index entries (protocol: index entries).

use std::collections::BTreeMap;
use std::fmt;

/// The number of an index rule in its app. It is never used for another rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleNumber(pub u32);

/// 128 fresh random bits of each prepared write, in its index entries and in the object. An entry counts
/// only while the object holds its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub [u8; Self::LENGTH]);

/// The mark that an object holds for each rule under which it has an entry.
pub type Marks = BTreeMap<RuleNumber, Mark>;

impl RuleNumber {
    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for RuleNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Mark {
    /// The bytes of a mark.
    pub const LENGTH: usize = 16;

    /// A mark of random bits.
    pub fn new(bits: u128) -> Self {
        Self(bits.to_be_bytes())
    }
}
