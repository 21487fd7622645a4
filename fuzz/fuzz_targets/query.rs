//! A query and an object, one per line: a text is a query or has a mistake at a place, and the object matches as a naive
//! evaluator finds. Distances and boxes, which that one calculates otherwise, only have to be calculated.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pail::model::creator::Creator;
use pail::model::data_type::DataType;
use pail::model::document::Document;
use pail::model::id::{AppId, ObjectId};
use pail::model::json;
use pail::model::object::{Object, ObjectAcl};
use pail::model::query::Query;
use pail::model::query::candidate::Candidate;
use pail::model::stamp::{Stamp, Version, Writer};
use pail_testing::query;
use pail_testing::tree::Tree;

fuzz_target!(|text: &str| {
    let (text, content) = text.split_once('\n').unwrap_or((text, "{}"));
    let Ok(compact) = json::object(text) else { return };
    let query = match Query::parse(&compact.text) {
        Ok(query) => query,
        Err(mistake) => return assert!(!mistake.what.is_empty()),
    };
    let Ok(content) = Document::parse(content.as_bytes()) else { return };
    let members = Tree::read(content.as_str().as_bytes()).expect("a document is JSON");
    let object = Object {
        content,
        data_type: DataType::json(),
        owner: Creator::Anonymous,
        created: 5,
        modified: 6,
        acl: ObjectAcl::Default,
        marks: None,
        stamp: Stamp { writer: Writer::new(1), version: Version(7) },
    };
    let (app, id) = (AppId::parse("demo").expect("an ID"), ObjectId::parse("the.object").expect("an ID"));
    let candidate = Candidate::new(&app, &id, &object).expect("a document is a JSON object");
    let matches = query.clause.matches(&candidate);
    if let Some(order) = &query.order {
        order.key.value(&candidate);
    }
    assert_eq!(query.digest(), Query::parse(&compact.text).expect("the same text").digest());
    if text.contains("geo") || text.contains("\\u") {
        return;
    }
    let naive = query::Candidate {
        id: "the.object".to_owned(),
        owner: None,
        data_type: None,
        created: 5,
        modified: 6,
        version: 7,
        members,
    };
    let Some(Tree::Object(parts)) = Tree::read(text.as_bytes()) else { panic!("a query is an object") };
    let clause = parts.iter().find(|(name, _)| name == "clause").map(|(_, clause)| clause);
    let clause = clause.filter(|clause| **clause != Tree::Word("null".to_owned()));
    let expected = clause.is_none_or(|clause| query::judge(clause, &naive) == Some(true));
    assert_eq!(matches, expected, "{text}");
});
