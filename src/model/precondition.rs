//! Preconditions of writes: which version of an object a client expects to replace (RFC 9110, section 13; contract,
//! section 7.5).

use super::stamp::Version;

/// What has to hold for a write to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    None,
    /// `If-Match` with versions: the object has one of them. Tags that are no version match nothing.
    Is(Vec<Version>),
    /// `If-Match: *`: the object exists.
    Exists,
    /// `If-None-Match: *`: the object does not exist.
    Absent,
}

/// Why a precondition does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The object has another version.
    Stale,
    /// The object exists.
    Exists,
    /// The object does not exist.
    Missing,
}

impl Precondition {
    /// Checks the precondition against the version of the object, or its absence.
    pub fn check(&self, found: Option<Version>) -> Result<(), Unmet> {
        match (self, found) {
            (Self::Is(versions), Some(found)) if !versions.contains(&found) => Err(Unmet::Stale),
            (Self::Is(_) | Self::Exists, None) => Err(Unmet::Missing),
            (Self::Absent, Some(_)) => Err(Unmet::Exists),
            (Self::None, _) | (Self::Absent, None) | (Self::Is(_) | Self::Exists, Some(_)) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_precondition_holds_for_the_versions_that_it_names() {
        let is = |versions: &[u64]| Precondition::Is(versions.iter().copied().map(Version).collect());
        for (precondition, absent, third) in [
            (Precondition::None, Ok(()), Ok(())),
            (is(&[3]), Err(Unmet::Missing), Ok(())),
            (is(&[1, 3]), Err(Unmet::Missing), Ok(())),
            (is(&[2, 4]), Err(Unmet::Missing), Err(Unmet::Stale)),
            (is(&[]), Err(Unmet::Missing), Err(Unmet::Stale)),
            (Precondition::Exists, Err(Unmet::Missing), Ok(())),
            (Precondition::Absent, Ok(()), Err(Unmet::Exists)),
        ] {
            assert_eq!(precondition.check(None), absent, "{precondition:?}");
            assert_eq!(precondition.check(Some(Version(3))), third, "{precondition:?}");
        }
    }
}
