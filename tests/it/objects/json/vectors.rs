//! The vectors of JSONTestSuite, each as a body, bare and as the value of a member. `y` files are JSON and `n` files
//! are not; RFC 8259 leaves open whether parsers accept the `i` files and those of the transform folder.

use std::collections::BTreeMap;
use std::fs;

use super::many::Many;
use pail_testing::tree::{Tree, compact};
use pail_testing::vectors;

/// The maximum number of characters of an object.
const MOST: usize = 131_068;

/// The fault of a body, in the words of the answer; `None` if it is stored.
type Fault = Option<&'static str>;

const STORED: Fault = None;
const NO_OBJECT: Fault = Some("the body has to be a JSON object, which begins with {");
const DOUBLED: Fault = Some("a name may stand only once in an object");
/// RFC 8259, section 8.2: the behaviour of software that receives such strings is unpredictable. Refused (contract).
const HALF: Fault = Some("a surrogate escape has no partner");
/// RFC 8259, section 8.1: JSON that is exchanged is in UTF-8.
const NOT_UTF_8: Fault = Some("the text is not UTF-8");
/// RFC 8259, section 8.1: senders must not add one, and parsers may ignore it. Refused (contract).
const BYTE_ORDER_MARK: Fault = Some("a byte-order mark is not allowed");
/// A byte-order mark is not one of the four white-space characters that may separate tokens.
const NO_VALUE: Fault = Some("a value is expected");
/// RFC 8259, section 9: a parser may limit the depth. 32 levels (contract).
const TOO_DEEP: Fault = Some("objects and arrays may be nested at most 32 levels deep");

/// The outcome of each open file, bare and wrapped. A parser may limit the range and precision of numbers (RFC 8259,
/// section 6). Pail does not, because it stores them as text.
const OPEN: [(&str, Fault, Fault); 35] = [
    ("i_number_double_huge_neg_exp.json", NO_OBJECT, STORED),
    ("i_number_huge_exp.json", NO_OBJECT, STORED),
    ("i_number_neg_int_huge_exp.json", NO_OBJECT, STORED),
    ("i_number_pos_double_huge_exp.json", NO_OBJECT, STORED),
    ("i_number_real_neg_overflow.json", NO_OBJECT, STORED),
    ("i_number_real_pos_overflow.json", NO_OBJECT, STORED),
    ("i_number_real_underflow.json", NO_OBJECT, STORED),
    ("i_number_too_big_neg_int.json", NO_OBJECT, STORED),
    ("i_number_too_big_pos_int.json", NO_OBJECT, STORED),
    ("i_number_very_big_negative_int.json", NO_OBJECT, STORED),
    ("i_object_key_lone_2nd_surrogate.json", HALF, HALF),
    ("i_string_1st_surrogate_but_2nd_missing.json", NO_OBJECT, HALF),
    ("i_string_1st_valid_surrogate_2nd_invalid.json", NO_OBJECT, HALF),
    ("i_string_UTF-16LE_with_BOM.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_UTF-8_invalid_sequence.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_UTF8_surrogate_U+D800.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_incomplete_surrogate_and_escape_valid.json", NO_OBJECT, HALF),
    ("i_string_incomplete_surrogate_pair.json", NO_OBJECT, HALF),
    ("i_string_incomplete_surrogates_escape_valid.json", NO_OBJECT, HALF),
    ("i_string_invalid_lonely_surrogate.json", NO_OBJECT, HALF),
    ("i_string_invalid_surrogate.json", NO_OBJECT, HALF),
    ("i_string_invalid_utf-8.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_inverted_surrogates_U+1D11E.json", NO_OBJECT, HALF),
    ("i_string_iso_latin_1.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_lone_second_surrogate.json", NO_OBJECT, HALF),
    ("i_string_lone_utf8_continuation_byte.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_not_in_unicode_range.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_overlong_sequence_2_bytes.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_overlong_sequence_6_bytes.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_overlong_sequence_6_bytes_null.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_truncated-utf-8.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_utf16BE_no_BOM.json", NOT_UTF_8, NOT_UTF_8),
    ("i_string_utf16LE_no_BOM.json", NOT_UTF_8, NOT_UTF_8),
    ("i_structure_500_nested_arrays.json", NO_OBJECT, TOO_DEEP),
    ("i_structure_UTF-8_BOM_empty_object.json", BYTE_ORDER_MARK, NO_VALUE),
];

/// The outcome of each file of the transform folder. Some parsers change these texts; Pail changes none.
const TRANSFORM: [(&str, Fault, Fault); 22] = [
    ("number_-9223372036854775808.json", NO_OBJECT, STORED),
    ("number_-9223372036854775809.json", NO_OBJECT, STORED),
    ("number_1.0.json", NO_OBJECT, STORED),
    ("number_1.000000000000000005.json", NO_OBJECT, STORED),
    ("number_1000000000000000.json", NO_OBJECT, STORED),
    ("number_10000000000000000999.json", NO_OBJECT, STORED),
    ("number_1e-999.json", NO_OBJECT, STORED),
    ("number_1e6.json", NO_OBJECT, STORED),
    ("number_9223372036854775807.json", NO_OBJECT, STORED),
    ("number_9223372036854775808.json", NO_OBJECT, STORED),
    // These are two different names, because Pail normalises nothing (RFC 8259, section 8.3).
    ("object_key_nfc_nfd.json", STORED, STORED),
    ("object_key_nfd_nfc.json", STORED, STORED),
    ("object_same_key_different_values.json", DOUBLED, DOUBLED),
    ("object_same_key_same_value.json", DOUBLED, DOUBLED),
    ("object_same_key_unclear_values.json", DOUBLED, DOUBLED),
    ("string_1_escaped_invalid_codepoint.json", NO_OBJECT, HALF),
    ("string_1_invalid_codepoint.json", NOT_UTF_8, NOT_UTF_8),
    ("string_2_escaped_invalid_codepoints.json", NO_OBJECT, HALF),
    ("string_2_invalid_codepoints.json", NOT_UTF_8, NOT_UTF_8),
    ("string_3_escaped_invalid_codepoints.json", NO_OBJECT, HALF),
    ("string_3_invalid_codepoints.json", NOT_UTF_8, NOT_UTF_8),
    ("string_with_escaped_NULL.json", NO_OBJECT, STORED),
];

/// The files of a folder by name; `None` if there are no vectors.
fn files(folder: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let folder = vectors::folder("JSONTestSuite")?.join(folder);
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read(entry.path()).expect("a vector"))
    };
    Some(fs::read_dir(folder).expect("a folder").map(|entry| file(entry.expect("an entry"))).collect())
}

fn wrapped(value: &[u8]) -> Vec<u8> {
    [br#"{"v":"#, value, b"}"].concat()
}

/// Sends a body. It must be stored as sent, without the white space between its tokens, or be refused. Returns the
/// reason of the refusal.
async fn send(many: &mut Many, body: &[u8]) -> Option<String> {
    let size = std::str::from_utf8(body).map_or(body.len(), |text| text.chars().count());
    if size > MOST {
        return Some(many.refuses(body, 413, "INVALID_INPUT_DATA").await);
    }
    match std::str::from_utf8(body) {
        Ok(text) if Tree::read(body).is_some_and(|tree| tree.is_acceptable()) => {
            many.accepts(body, &compact(text)).await;
            None
        }
        _ => Some(many.refuses(body, 400, "INVALID_JSON").await),
    }
}

/// Whether a body was stored, or refused for this and no other fault.
fn is(found: Option<&str>, expected: Fault) -> bool {
    match (found, expected) {
        (None, None) => true,
        (Some(found), Some(expected)) => found.contains(&format!(": {expected}")),
        _ => false,
    }
}

/// Checks the outcome of a file against the table.
fn is_as_decided(name: &str, way: &str, found: Option<&str>, decided: &[(&str, Fault, Fault)]) {
    let (_, bare, in_member) = decided.iter().find(|(known, ..)| *known == name).expect(name);
    let expected = if way == "bare" { *bare } else { *in_member };
    assert!(is(found, expected), "{name}, {way}: {found:?} instead of {expected:?}");
}

/// Checks that a file with valid JSON is refused for one of two reasons only.
fn is_refused_for_a_reason(name: &str, way: &str, found: Option<&str>, file: &[u8]) {
    let tree = Tree::read(file).unwrap_or_else(|| panic!("{name} is JSON"));
    let fault = match (tree.is_object() || way == "wrapped", tree.has_duplicate_names()) {
        (false, _) => NO_OBJECT,
        (true, true) => DOUBLED,
        (true, false) => STORED,
    };
    assert!(is(found, fault), "{name}, {way}: {found:?} instead of {fault:?}");
}

#[tokio::test]
async fn of_318_vectors_bare_and_wrapped_those_are_stored_that_are_an_object_without_a_doubled_name() {
    let Some(files) = files("test_parsing") else { return };
    let mut many = Many::start().await;
    let mut results = BTreeMap::<(char, &str, &str), usize>::new();
    for (name, file) in &files {
        let kind = name.chars().next().expect("a name");
        for (way, body) in [("bare", file.clone()), ("wrapped", wrapped(file))] {
            let message = send(&mut many, &body).await;
            let message = message.as_deref();
            match kind {
                'i' => is_as_decided(name, way, message, &OPEN),
                'y' => is_refused_for_a_reason(name, way, message, file),
                _ => {}
            }
            *results.entry((kind, way, if message.is_none() { "stored" } else { "refused" })).or_default() += 1;
        }
    }
    let table = [
        (('i', "bare", "refused"), OPEN.len()),
        (('i', "wrapped", "refused"), 25),
        (('i', "wrapped", "stored"), 10),
        (('n', "bare", "refused"), 188),
        (('n', "wrapped", "refused"), 188),
        (('y', "bare", "refused"), 85),
        (('y', "bare", "stored"), 10),
        (('y', "wrapped", "refused"), 2),
        (('y', "wrapped", "stored"), 93),
    ];
    assert_eq!(results, BTreeMap::from(table));
    assert_eq!(results.values().sum::<usize>(), 636);
    many.end().await;
}

#[tokio::test]
async fn texts_that_other_parsers_change_are_stored_unchanged_or_refused() {
    let Some(files) = files("test_transform") else { return };
    let mut many = Many::start().await;
    for (name, file) in &files {
        for (way, body) in [("bare", file.clone()), ("wrapped", wrapped(file))] {
            is_as_decided(name, way, send(&mut many, &body).await.as_deref(), &TRANSFORM);
        }
    }
    assert_eq!(files.len(), TRANSFORM.len());
    many.end().await;
}
