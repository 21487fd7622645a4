//! Types of secrets have no `Debug`, no `Display` and no `==`, so that secrets are neither logged nor compared in
//! variable time. Types that contain them cannot derive these traits either.

use std::fmt::{Debug, Display};

use pail::auth::app_key::AppKey;
use pail::auth::client::ClientSecret;
use pail::auth::credentials::{ClientCredentials, Credentials};
use pail::auth::jwk::Key;
use pail::auth::jws::Jws;
use pail::auth::key_set::KeySet;
use pail::auth::opaque_token::OpaqueToken;
use pail::auth::stored_token::{Basis, StoredToken};
use pail::auth::token::Token;
use pail::auth::trusted_issuer::TrustedIssuer;
use pail::auth::verifier::{Granted, Verifier};
use pail::http::event::{EventV2, Text};
use pail::http::headers::Headers;
use pail::http::request::Request;
use pail::model::app::{App, StoredAppKey};
use pail::model::client::StoredClient;
use pail::model::document::Document;
use pail::model::idempotency::IdempotencyKey;
use pail::model::issuer::Issuer;
use pail::model::stamp::Generation;
use pail::operation::Answer;
use pail::operation::object::create::CreateObject;
use pail::operation::token::issue::{IssueToken, Issued};
use pail::operation::token::revoke::RevokeToken;
use pail::store::client::Endpoint;

use crate::structure::sources;

/// Fails to compile if a type has one of these traits: the compiler then finds two implementations of `Lacks` and
/// cannot choose one.
macro_rules! lacks {
    ([$($trait:ident),+] $($type:ty),+) => {
        const _: () = {
            trait Lacks<Which> {
                const CHECKED: () = ();
            }
            struct Everything;
            impl<T: ?Sized> Lacks<Everything> for T {}
            $(
                const _: () = {
                    struct Having;
                    impl<T: ?Sized + $trait> Lacks<Having> for T {}
                };
            )+
            $(const _: () = <$type as Lacks<_>>::CHECKED;)+
        };
    };
}

lacks!(
    [Debug, Display, PartialEq] Answer, App, AppKey, Basis, ClientCredentials, ClientSecret, CreateObject, Credentials,
    Endpoint, EventV2, Granted, Headers, IdempotencyKey, Issued, Issuer, IssueToken, Jws<'_>, Key, KeySet, OpaqueToken,
    Request, RevokeToken, StoredAppKey, StoredClient, StoredToken, Text, Token<'_>, TrustedIssuer, Verifier
);
// These have `Debug`, but it does not show their content.
lacks!([Display] Document, Generation);

#[test]
fn debug_output_of_documents_and_generations_hides_their_content() {
    let document = Document::parse(br#"{"title":"Milk"}"#).expect("a document");
    assert_eq!(format!("{document:?}"), "Document(16 bytes)");
    assert_eq!(format!("{:?}", Generation::new(0x1234)), "Generation(…)");
}

/// The types of `auth` without secrets that have these traits.
const SHOWN: [&str; 5] =
    ["enum InvalidKeySet", "enum Reason", "enum Rejected", "struct RefusedToken", "struct TokenRules"];

/// Reads the source code, to include types that are private.
#[test]
fn only_types_of_auth_without_secrets_have_debug_display_or_equality() {
    let (mut types, mut shown) = (0, 0);
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("auth")) {
        assert!(
            !text.contains("Debug for") && !text.contains("Display for") && !text.contains("PartialEq for"),
            "{path:?}"
        );
        let mut derived = "";
        for line in text.lines() {
            if line.starts_with("#[derive(") {
                derived = line;
            } else if let Some(name) = declared(line) {
                types += 1;
                if ["Debug", "Display", "PartialEq", "Error"].iter().any(|name| derived.contains(name)) {
                    assert!(SHOWN.contains(&name.as_str()), "{name} in {path:?} has Debug, Display or PartialEq");
                    shown += 1;
                }
                derived = "";
            }
        }
    }
    assert!(types >= 9 && shown == SHOWN.len(), "{types} types, {shown} of which are shown");
}

/// The kind and the name of the type that a line declares.
fn declared(line: &str) -> Option<String> {
    let line =
        ["pub(super) ", "pub(crate) ", "pub "].iter().find_map(|prefix| line.strip_prefix(prefix)).unwrap_or(line);
    let kind = ["struct ", "enum "].into_iter().find(|kind| line.starts_with(kind))?;
    let name = line[kind.len()..].split(|character: char| !character.is_alphanumeric()).next()?;
    Some(format!("{kind}{name}"))
}

/// Names of values that must be compared in constant time or not at all.
const SECRET_WORDS: [&str; 6] = ["credentials", "digest", "reveal", "secret", "signature", "token"];

#[test]
fn no_comparison_in_the_source_names_a_secret() {
    let compares = |line: &str| ["==", "!=", ".eq(", ".ne(", ".cmp(", "assert"].iter().any(|sign| line.contains(sign));
    let mut compared = 0;
    for (path, text) in sources() {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//") && compares(line)) {
            compared += 1;
            let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
            let word = words.into_iter().find(|word| SECRET_WORDS.contains(word));
            assert_eq!(word, None, "in {path:?}: {line}");
        }
    }
    assert!(compared > 40, "{compared} comparisons were found");
}
