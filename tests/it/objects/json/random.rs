//! Random valid and invalid objects: valid ones are stored as sent, and a second JSON reader can read every stored
//! text.

use std::collections::BTreeMap;

use pail::model::document::{Document, InvalidDocument};

use super::generator::{Defect, Generator, Sent};
use super::many::Many;
use pail_testing::tree::{Tree, compact};
use pail_testing::{Random, cases, figure};

/// All defects of an object, one at a time.
const DEFECTS: [Defect; 56] = [
    Defect::DoubledName,
    Defect::TooDeep,
    Defect::Cut,
    Defect::Before("\u{feff}"),
    Defect::Before("\u{a0}"),
    Defect::Before("0"),
    Defect::Before("["),
    Defect::Before("/**/"),
    Defect::Behind("\0"),
    Defect::Behind("}"),
    Defect::Behind("]"),
    Defect::Behind(","),
    Defect::Behind("{}"),
    Defect::Behind("//"),
    Defect::Behind("\u{feff}"),
    Defect::Member(","),
    Defect::Member("1"),
    Defect::Member("\"lone\""),
    Defect::Member("\"a\":"),
    Defect::Member(":1"),
    Defect::Member("a:1"),
    Defect::Member("'a':1"),
    Defect::Member("\"a\"=1"),
    Defect::Member("\"a\"::1"),
    Defect::Member("\"\\ud83d\":1"),
    Defect::Value(""),
    Defect::Value("x"),
    Defect::Value("True"),
    Defect::Value("nul"),
    Defect::Value("NaN"),
    Defect::Value("-Infinity"),
    Defect::Value("undefined"),
    Defect::Value("01"),
    Defect::Value("-01"),
    Defect::Value("+1"),
    Defect::Value("-"),
    Defect::Value(".5"),
    Defect::Value("1."),
    Defect::Value("1e"),
    Defect::Value("1e+"),
    Defect::Value("0x1"),
    Defect::Value("1_0"),
    Defect::Value("'a'"),
    Defect::Value("\"\\x41\""),
    Defect::Value("\"\\u12g4\""),
    Defect::Value("\"\\ud83d\""),
    Defect::Value("\"\\ude00\""),
    Defect::Value("\"\\ude00\\ud83d\""),
    Defect::Value("\"\n\""),
    Defect::Value("\"\u{1f}\""),
    Defect::Value("[1,]"),
    Defect::Value("[,1]"),
    Defect::Value("[1 2]"),
    Defect::Value("[1}"),
    Defect::Value("1,2"),
    Defect::Value("1/**/"),
];

fn is_of_server(name: &str) -> bool {
    name.starts_with('_')
}

/// The stored text of an object: its members except those of the server, each without the white space between its
/// tokens.
fn stored_of(sent: &Sent) -> String {
    let stored = sent.members.iter().filter(|member| !is_of_server(&member.name));
    let stored: Vec<String> = stored.map(|member| compact(&member.text)).collect();
    format!("{{{}}}", stored.join(","))
}

/// The value of an object, with all members or without those of the server.
fn value(sent: &Sent, all: bool) -> Tree {
    let members = sent.members.iter().filter(|member| all || !is_of_server(&member.name));
    Tree::Object(members.map(|member| (member.name.clone(), member.value.clone())).collect())
}

/// The interesting properties of an object.
fn classes(sent: &Sent) -> Vec<&'static str> {
    let servers: Vec<bool> = sent.members.iter().map(|member| is_of_server(&member.name)).collect();
    let any = |test: fn(&super::generator::Member) -> bool| sent.members.iter().any(test);
    let classes = [
        (servers.is_empty(), "empty"),
        (!servers.is_empty() && !servers.contains(&true), "no member of the server"),
        (!servers.is_empty() && !servers.contains(&false), "only members of the server"),
        (
            servers.len() > 1 && servers.first() == Some(&true) && servers.last() == Some(&false),
            "a member of the server first",
        ),
        (
            servers.len() > 1 && servers.first() == Some(&false) && servers.last() == Some(&true),
            "a member of the server last",
        ),
        (servers.windows(3).any(|three| three == [false, true, false]), "a member of the server between others"),
        (servers.windows(2).any(|two| two == [true, true]), "two members of the server in a row"),
        (
            any(|member| is_of_server(&member.name) && !member.text.starts_with("\"_")),
            "a member of the server with an escape in its name",
        ),
        (any(|member| member.name.starts_with(['\u{ff3f}', '\u{203f}'])), "looks like a name of the server"),
        (
            any(
                |member| matches!(&member.value, Tree::Object(inner) if inner.iter().any(|(name, _)| is_of_server(name))),
            ),
            "a name of the server further down",
        ),
        (value(sent, true).levels() == 32, "32 levels"),
        (sent.text.contains("\\u") && !sent.text.is_ascii(), "escapes and other characters"),
    ];
    classes.into_iter().filter_map(|(holds, class)| holds.then_some(class)).collect()
}

#[test]
fn a_million_random_objects_are_stored_as_sent_without_the_members_of_the_server() {
    let count = figure(6000, 1_000_000);
    let (mut seen, mut ran) = (BTreeMap::<&str, usize>::new(), 0);
    for (case, random) in cases(count) {
        let sent = Generator::new(random, None).object();
        let document = Document::parse(sent.text.as_bytes());
        let document = document.unwrap_or_else(|error| panic!("{case:?}: {error:?}: {}", sent.text));
        assert_eq!(document.as_str(), stored_of(&sent), "{case:?}: {}", sent.text);
        assert_eq!(Tree::read(sent.text.as_bytes()), Some(value(&sent, true)), "{case:?}: {}", sent.text);
        assert_eq!(Tree::read(document.as_str().as_bytes()), Some(value(&sent, false)), "{case:?}: {}", sent.text);
        classes(&sent).into_iter().for_each(|class| *seen.entry(class).or_default() += 1);
        ran += 1;
    }
    println!("{ran} objects: {seen:?}");
    assert!(ran < count || seen.len() == 12 && seen.values().all(|&times| times > count / 1000), "{seen:?}");
}

#[test]
fn a_random_object_with_one_defect_anywhere_is_refused() {
    for (case, random) in cases(figure(4000, 250_000)) {
        let defect = DEFECTS[case.0 % DEFECTS.len()];
        let sent = Generator::new(random, Some(defect)).object();
        let refused = Document::parse(sent.text.as_bytes());
        assert!(matches!(refused, Err(InvalidDocument::Syntax(_))), "{case:?}: {defect:?}: {}", sent.text);
        let is_acceptable = Tree::read(sent.text.as_bytes()).is_some_and(|tree| tree.is_acceptable());
        assert!(!is_acceptable, "{case:?}: {defect:?} is none: {}", sent.text);
    }
}

/// Removes, repeats, reverses, replaces or copies a few bytes.
fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(2) {
        let at = random.below(text.len());
        match random.below(5) {
            0 => drop(text.remove(at)),
            1 => text.insert(at, text[at]),
            2 => text[at] = *random.pick(b"{}[]:,\"\\0123456789-+.eEuabdfntr_/ \t\n\r\0\x1f\x7f\xc3\xa9\xed\xa0\xff"),
            3 => text[at..].reverse(),
            _ => {
                let other = random.below(text.len());
                let moved = text[other];
                text.insert(at, moved);
            }
        }
        if text.is_empty() {
            return;
        }
    }
}

#[test]
fn random_texts_are_stored_exactly_if_a_second_reader_and_the_contract_allow_them() {
    let count = figure(6000, 500_000);
    let (mut stored, mut refused) = (0, BTreeMap::<&str, usize>::new());
    for (case, mut random) in cases(count) {
        let mut text = Generator::new(random.clone(), None).object().text.into_bytes();
        mutate(&mut text, &mut random);
        let tree = Tree::read(&text).filter(Tree::is_acceptable);
        match Document::parse(&text) {
            Ok(document) => {
                stored += 1;
                let expected = tree.map(Tree::without_server_members);
                assert_eq!(Tree::read(document.as_str().as_bytes()), expected, "{case:?}");
                assert!(expected.is_some(), "{case:?}: {}", String::from_utf8_lossy(&text));
            }
            Err(InvalidDocument::Syntax(error)) => {
                *refused.entry(error.what).or_default() += 1;
                assert_eq!(tree, None, "{case:?}: {error:?}: {}", String::from_utf8_lossy(&text));
            }
            Err(InvalidDocument::TooLarge(_)) => panic!("{case:?} is small"),
        }
    }
    println!("{stored} stored, refused: {refused:?}");
    let ran = stored + refused.values().sum::<usize>();
    assert!(ran < count || stored > count / 20 && refused.len() > 12, "{stored} stored, {refused:?}");
}

#[tokio::test]
async fn the_handler_stores_and_refuses_random_objects_as_expected() {
    let mut many = Many::start().await;
    for (case, random) in cases(figure(60, 5000)) {
        let sent = Generator::new(random.clone(), None).object();
        let stored = Document::parse(sent.text.as_bytes()).expect("an object");
        assert_eq!(stored.as_str(), stored_of(&sent), "{case:?}: {}", sent.text);
        many.accepts(sent.text.as_bytes(), stored.as_str()).await;
        let broken = Generator::new(random, Some(DEFECTS[case.0 % DEFECTS.len()])).object();
        many.refuses(broken.text.as_bytes(), 400, "INVALID_JSON").await;
    }
    many.end().await;
}
