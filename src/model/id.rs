//! The IDs in paths, tokens and items (contract, section 1). A value of these types matches its pattern.

use std::fmt;

/// A text that does not match the pattern of an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pattern}")]
pub struct InvalidId {
    /// The pattern, in words.
    pub pattern: &'static str,
}

macro_rules! plain_id {
    (
        $(#[$documentation:meta])*
        $name:ident, 1 to $longest:literal letters, digits and $punctuation:literal, except $refused:expr, $pattern:literal
    ) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// What the ID has to look like, in words.
            pub const PATTERN: &str = $pattern;

            #[doc = concat!("Takes `text` if it matches: ", $pattern, ".")]
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || $punctuation.contains(&byte);
                let is_refused: fn(&str) -> bool = $refused;
                if (1..=$longest).contains(&text.len()) && text.bytes().all(allowed) && !is_refused(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { pattern: Self::PATTERN })
                }
            }

            /// The ID as it is written in paths.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }
    };
}

/// Segments of a path that mean another resource.
fn is_dots(text: &str) -> bool {
    [".", ".."].contains(&text)
}

/// Words with another meaning in a path or in an ACL, and the beginnings of Kii's selectors of users.
fn is_no_user(text: &str) -> bool {
    is_dots(text)
        || ["me", "ANONYMOUS_USER", "ANY_AUTHENTICATED_USER"].contains(&text)
        || ["EMAIL:", "PHONE:", "LOGIN_NAME:"].iter().any(|selector| text.starts_with(selector))
}

plain_id!(
    /// An app. Callers hold one of its keys, or a token of an issuer that it trusts.
    AppId, 1 to 64 letters, digits and b"._-", except is_dots,
    "an app ID is 1 to 64 of A-Z a-z 0-9 . _ - and neither . nor .."
);
plain_id!(
    /// A user of an app, named by a claim of a token. It has what identity providers put into `sub`. It is never a word with
    /// another meaning in a path (`me`) or in an ACL, so that no user can be taken for everybody.
    UserId, 1 to 128 letters, digits and b"._-|:@+=~,", except is_no_user,
    "a user ID is 1 to 128 of A-Z a-z 0-9 . _ - | : @ + = ~ , and none of . .. me ANONYMOUS_USER ANY_AUTHENTICATED_USER, \
     and does not begin with EMAIL: PHONE: or LOGIN_NAME:"
);
plain_id!(
    /// A group of users, named by a claim of a token.
    GroupId, 1 to 128 letters, digits and b"._-", except is_dots,
    "a group ID is 1 to 128 of A-Z a-z 0-9 . _ - and neither . nor .."
);
plain_id!(
    /// A thing: a device with a token of its own.
    ThingId, 1 to 64 letters, digits and b"._-", except is_dots,
    "a thing ID is 1 to 64 of A-Z a-z 0-9 . _ - and neither . nor .."
);
plain_id!(
    /// What the IDs of an issuer's users and things begin with, so that they are nobody else's.
    #[derive(serde::Deserialize, serde::Serialize)]
    #[serde(try_from = "String", into = "String")]
    UserPrefix, 1 to 32 letters, digits and b"._-", except |_| false,
    "a user prefix is 1 to 32 of A-Z a-z 0-9 . _ -"
);

impl TryFrom<String> for UserPrefix {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<UserPrefix> for String {
    fn from(prefix: UserPrefix) -> Self {
        prefix.0
    }
}

/// A bucket inside a scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BucketId(String);

/// Why a text is no bucket ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidBucketId {
    /// It breaks the pattern, or is one of the reserved names.
    Name,
    /// It has a prefix other than `rw:` and `default:`.
    Type,
}

impl BucketId {
    /// Names that Kii keeps for itself.
    const RESERVED: [&str; 5] = ["users", "devices", "installations", "internal", "things"];

    /// What a bucket's name has to look like, in words.
    pub const PATTERN: &str = "a bucket ID is 2 to 64 of A-Z a-z 0-9 _ -, does not start with _ \
                               and is not users, devices, installations, internal or things";

    /// Takes a bucket's ID as a path has it. The prefixes `rw:` and `default:` change nothing.
    pub fn parse(text: &str) -> Result<Self, InvalidBucketId> {
        let name = match text.split_once(':') {
            None => text,
            Some(("rw" | "default", name)) if !name.contains(':') => name,
            Some(_) => return Err(InvalidBucketId::Type),
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if (2..=64).contains(&name.len())
            && name.bytes().all(allowed)
            && !name.starts_with('_')
            && !Self::RESERVED.contains(&name)
        {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidBucketId::Name)
        }
    }

    /// The name without a prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::str::FromStr for BucketId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text).map_err(|_| InvalidId { pattern: Self::PATTERN })
    }
}

impl std::str::FromStr for ObjectId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

/// An object inside a bucket: a client's own ID, or a lower-case UUID of 36 characters made by the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// What an object's ID has to look like, in words.
    pub const PATTERN: &str = "an object ID is 2 to 100 of A-Z a-z 0-9 _ - . but not .. alone";

    /// Takes a client's ID if it matches the pattern.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if (2..=100).contains(&text.len()) && text.bytes().all(allowed) && text != ".." {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { pattern: Self::PATTERN })
        }
    }

    /// A version 4 UUID from 128 random bits (RFC 9562).
    pub fn random(bits: u128) -> Self {
        Self(uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string())
    }

    /// A version 8 UUID from 16 bytes of a digest (RFC 9562, section 5.8).
    pub fn derived(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string())
    }

    /// The ID as it is written in paths.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_is_1_to_64_of_its_characters() {
        for good in ["a", "A.b_c-9", "...", &"x".repeat(64)] {
            assert_eq!(ThingId::parse(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", ".", "..", &"x".repeat(65), "a/b", "a b", "a%", "ä", "a\0", "a\n", "a|b", "a:b", "a@b"] {
            assert!(ThingId::parse(bad).is_err(), "{bad:?}");
            assert!(AppId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(GroupId::parse(&"x".repeat(128)).is_ok() && GroupId::parse(&"x".repeat(129)).is_err());
        assert!(UserPrefix::parse(&"x".repeat(32)).is_ok() && UserPrefix::parse(&"x".repeat(33)).is_err());
        for bad in ["", "a:", "a|", "a/", "a b"] {
            assert!(GroupId::parse(bad).is_err() && UserPrefix::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_user_id_has_what_identity_providers_issue() {
        for good in [
            "auth0|64a1f2c3d4e5",
            "oauth2|acme|1:1467702",
            "Xk3b2@clients",
            "f:9c1d7a80-1:jdoe",
            "did:key:z6Mk",
            "ann+home@acme.example",
            "a=b~c,d",
            "email:x",
            "XEMAIL:x",
            "EMAIL",
            &"x".repeat(128),
        ] {
            assert_eq!(UserId::parse(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in
            ["", ".", "..", "a/b", "a b", "a%7Cb", "a\0", "ä|b", "EMAIL:ann@acme.example", "PHONE:", "LOGIN_NAME:ann"]
        {
            assert!(UserId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(UserId::parse(&"x".repeat(129)).is_err());
    }

    #[test]
    fn no_user_is_called_by_a_word_that_stands_for_somebody_else() {
        for word in ["me", "ANONYMOUS_USER", "ANY_AUTHENTICATED_USER"] {
            assert!(UserId::parse(word).is_err(), "{word}");
            assert!(ThingId::parse(word).is_ok(), "{word}");
        }
    }

    #[test]
    fn a_bucket_id_is_2_to_64_of_its_characters_and_no_reserved_name() {
        for good in ["ab", "A_-9", &"x".repeat(64), "Users", "b_"] {
            let bucket = BucketId::parse(good).unwrap_or_else(|_| panic!("{good}"));
            assert_eq!((bucket.as_str(), bucket.to_string().as_str()), (good, good));
        }
        for bad in [
            "",
            "a",
            &"x".repeat(65),
            "_ab",
            "a.b",
            "..",
            "users",
            "devices",
            "installations",
            "internal",
            "things",
            "a b",
        ] {
            assert_eq!(BucketId::parse(bad), Err(InvalidBucketId::Name), "{bad:?}");
        }
    }

    #[test]
    fn an_object_id_is_2_to_100_of_its_characters() {
        for good in ["o1", "A_-.", "acl", "...", &"x".repeat(100)] {
            assert_eq!(ObjectId::parse(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "a", "..", &"x".repeat(101), "a b", "a/b", "a%2F", "ab:", "\u{e9}\u{e9}", "a\0"] {
            assert!(ObjectId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn rw_and_default_name_the_same_bucket_and_other_prefixes_are_another_type() {
        for same in ["notes", "rw:notes", "default:notes"] {
            assert_eq!(BucketId::parse(same).map(|id| id.to_string()), Ok("notes".to_owned()));
        }
        for other in ["CRYPTO:notes", "RW:notes", ":notes", "rw:rw:notes", "rw:default:notes"] {
            assert_eq!(BucketId::parse(other), Err(InvalidBucketId::Type), "{other}");
        }
        for bad in ["rw:", "rw:users", "default:_a"] {
            assert_eq!(BucketId::parse(bad), Err(InvalidBucketId::Name), "{bad}");
        }
    }

    #[test]
    fn a_random_object_id_is_a_version_4_uuid_in_lower_case() {
        assert_eq!(ObjectId::random(u128::MAX).as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(ObjectId::random(0).as_str(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(ObjectId::random(0).to_string(), ObjectId::random(0).as_str());
    }
}
