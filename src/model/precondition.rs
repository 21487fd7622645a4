//! Preconditions of writes: what a client expects to replace (RFC 9110, section 13; contract, section 7.5).

/// What has to hold for a write to be made. `T` is what the entity tags of the resource stand for: versions of an object, or
/// digests of an ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition<T> {
    /// Nothing.
    None,
    /// `If-Match` with tags: the resource has one of them. Tags that Pail never gave match nothing.
    Is(Vec<T>),
    /// `If-Match: *`: the resource exists.
    Exists,
    /// `If-None-Match: *`: the resource does not exist.
    Absent,
}

/// Why a precondition does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The resource has another tag.
    Stale,
    /// The resource exists.
    Exists,
    /// The resource does not exist.
    Missing,
}

impl<T: PartialEq> Precondition<T> {
    /// Checks the precondition against the tag of the resource, or its absence.
    pub fn check(&self, found: Option<&T>) -> Result<(), Unmet> {
        match (self, found) {
            (Self::Is(tags), Some(found)) if !tags.contains(found) => Err(Unmet::Stale),
            (Self::Is(_) | Self::Exists, None) => Err(Unmet::Missing),
            (Self::Absent, Some(_)) => Err(Unmet::Exists),
            (Self::None, _) | (Self::Absent, None) | (Self::Is(_) | Self::Exists, Some(_)) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stamp::Version;

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
            assert_eq!(precondition.check(Some(&Version(3))), third, "{precondition:?}");
        }
    }
}
