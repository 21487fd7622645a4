//! The keys of index entries: golden vectors, and the order of keys, which is that of the values.

use std::cmp::Ordering;

use pail::model::id::ObjectId;
use pail::model::index::Spot;
use pail::model::index::entry::EntryKey;
use pail::model::marks::Mark;
use pail::model::query::Value;
use pail_testing::figure;
use pail_testing::random::{Random, cases};

use crate::queries::hostile::values;

fn key(values: &[Value<'_>], created: u64, id: &str) -> EntryKey {
    Spot::new(values, created, &ObjectId::parse(id).expect("an object ID")).with(Mark::new(7))
}

fn hex(key: &EntryKey) -> String {
    key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These bytes are stored: a change of them needs another form of keys, and all indexes anew.
#[test]
fn keys_have_these_bytes() {
    let mark = format!("{:032x}", 7);
    for (json, bytes) in [
        ("null", "00"),
        ("0", "010100"),
        ("0.1", "01028000ff3100"),
        ("1", "010280013100"),
        ("-1", "0100ff7ffeceff00"),
        ("12.50", "0102800231323500"),
        (r#""""#, "0200"),
        (r#""é""#, "02c3a900"),
        (r#""a\u0000b""#, "026100ff6200"),
        ("false", "26"),
        ("true", "27"),
    ] {
        let key = key(&[Value::of_json(json)], 1_790_000_000_123, "an.id");
        assert_eq!(hex(&key), format!("{bytes}1a01a0c4506c7b02616e2e696400{mark}"), "{json}");
    }
}

fn random_values(random: &mut Random, values: &[String]) -> Vec<Value<'static>> {
    (0..3)
        .map(|_| {
            let json: &String = random.pick(values);
            Value::of_json(json).into_owned()
        })
        .collect()
}

#[test]
fn the_order_of_random_keys_is_that_of_their_values_and_each_says_what_it_was_made_of() {
    let (json, ids) = (values(), ["aa", "ab", "a.", "A_", "aaa", "-a"]);
    let mut equal = 0;
    for (_case, mut random) in cases(figure(20_000, 1_000_000)) {
        let mut one = || {
            let created = [0, 1, 255, 256, 1_790_000_000_123, 1_790_000_000_124][random.below(6)];
            (random_values(&mut random, &json), created, random.text(&ids).to_owned())
        };
        let (first, second) = (one(), one());
        let key = |(values, created, id): &(Vec<Value<'_>>, u64, String)| key(values, *created, id);
        let (first_key, second_key) = (key(&first), key(&second));
        assert_eq!(first_key.cmp(&second_key), first.cmp(&second), "{first:?} {second:?}");
        equal += usize::from(first.0[0].cmp(&second.0[0]) == Ordering::Equal);
        for (of, key) in [(&first, first_key), (&second, second_key)] {
            assert!(key.as_bytes().len() < 1024, "{of:?}");
            let decoded = key.decode().expect("a key");
            assert_eq!((decoded.values, decoded.created, decoded.id.as_str()), (of.0.clone(), of.1, of.2.as_str()));
            assert_eq!(decoded.mark, Mark::new(7));
        }
    }
    assert!(equal > 0, "no two first values were equal");
}

#[test]
fn the_longest_key_is_shorter_than_dynamodb_allows() {
    let long = |text: String| Value::of_json(&text).into_owned();
    let nuls = long(format!("\"{}\"", "\\u0000".repeat(95)));
    let number = long(format!("-{}e-10000", "9".repeat(182)));
    assert!([&nuls, &number].iter().all(|value| **value != Value::Nothing));
    for value in [nuls, number] {
        let key = key(&[value.clone(), value.clone(), value], u64::MAX, &"x".repeat(100));
        assert!(key.as_bytes().len() < 1024, "{}", key.as_bytes().len());
    }
}

#[test]
fn bytes_that_are_no_key_are_not_read() {
    let key = key(&[Value::of_json("1")], 5, "an.id");
    let bytes = key.as_bytes();
    for cut in 0..bytes.len() {
        if let Some(decoded) = EntryKey::stored(&bytes[..cut]).decode() {
            panic!("{cut} bytes: {decoded:?}");
        }
    }
}
