//! Random objects are read as they were sent. Random changes are merged into them with the result of a second, naive
//! merge of trees.

use pail::model::document::Document;
use pail::model::merge::{Merge, merge};

use super::generator::Generator;
use pail_testing::tree::{Tree, compact};
use pail_testing::{Answer, Call, Installation, Random, callers, cases, figure};

/// A random object and a random change of it, as texts and as values without the members of the server.
struct Pair {
    texts: [String; 2],
    old: Tree,
    change: Tree,
}

impl Pair {
    fn new(mut random: Random) -> Self {
        let read = |text: &str| Tree::read(text.as_bytes()).expect("JSON").without_server_members();
        let object = Generator::new(random.clone(), None).object().text;
        let old = read(&object);
        random.number();
        let change = Generator::new(Random::with(random.number()), None).change_of(&old).text;
        Self { old, change: read(&change), texts: [object, change] }
    }

    /// The expected result of each merge.
    fn merged(&self) -> [(Merge, Tree); 2] {
        let Self { old, change, .. } = self;
        [(Merge::Kii, old.merged_as_kii_does(change)), (Merge::Patch, old.merge_patched(change))]
    }
}

#[test]
fn a_million_random_pairs_are_merged_like_a_naive_merge_of_trees() {
    let count = figure(4000, 1_000_000);
    let (mut ran, mut differing, mut unchanged) = (0, 0, 0);
    for (case, random) in cases(count) {
        let pair = Pair::new(random);
        let [object, change] = pair.texts.clone();
        let object = Document::parse(object.as_bytes()).unwrap_or_else(|error| panic!("{case:?}: {error:?}: {object}"));
        let change =
            Document::parse_patch(change.as_bytes()).unwrap_or_else(|error| panic!("{case:?}: {error:?}: {change}"));
        let merged = pair.merged();
        differing += usize::from(merged[0].1 != merged[1].1);
        unchanged += usize::from(merged[0].1 == pair.old);
        for (how, expected) in merged {
            let merged = merge(&object, &change, how);
            let merged = merged.unwrap_or_else(|error| panic!("{case:?}: {error:?}: {:?}", pair.texts));
            let tree = Tree::read(merged.as_str().as_bytes());
            assert_eq!(tree, Some(expected), "{case:?}: {how:?}: {:?}", pair.texts);
            assert_eq!(merged.as_str(), compact(merged.as_str()), "{case:?}");
        }
        ran += 1;
    }
    println!("{ran} pairs, {differing} with different results of both merges, {unchanged} without a change");
    assert!(ran < count || differing > count / 10 && unchanged < count / 2, "{differing} {unchanged}");
}

/// The object in an answer, without the members of the server.
fn shown(answer: &Answer) -> Tree {
    assert_eq!(answer.status, 200, "{answer:?}");
    Tree::read(answer.body.as_bytes()).expect("JSON").without_server_members()
}

#[tokio::test]
async fn a_million_random_objects_are_read_as_sent_and_changed_as_a_naive_merge_does() {
    let installation = Installation::start().await;
    let token = callers::user("alice");
    let call = |method: &str| Call::object(method, "demo", "notes", "o1").bearer(&token);
    for (case, random) in cases(figure(400, 1_000_000)) {
        let pair = Pair::new(random);
        let [object, change] = pair.texts.clone();
        let put = installation.answer(&call("PUT").body(object.as_str())).await;
        assert!([200, 201].contains(&put.status), "{case:?}: {put:?}");
        let read = shown(&installation.answer(&call("GET")).await);
        assert_eq!(read, pair.old, "{case:?}: {object}");
        let [kii, patch] = pair.merged();
        let (content_type, (_, expected)) = match case.0 % 2 {
            0 => ("application/json", kii),
            _ => ("application/merge-patch+json", patch),
        };
        let changed = installation.answer(&call("PATCH").content_type(content_type).body(change.as_str())).await;
        assert_eq!(shown(&changed), expected, "{case:?}: {object} {change}");
        // The wire keeps all calls until they are taken.
        installation.wire.take_sent();
    }
}
