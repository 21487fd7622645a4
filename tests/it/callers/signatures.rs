//! Signatures, by the vectors of Project Wycheproof. The signed texts are no tokens, so only the signatures are
//! checked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::vectors::{self, Vector};

/// The cases in which Pail's verdict differs from the file's, and the reasons.
const DIFFERENCES: [(RangeInclusive<u64>, &str); 11] = [
    (264..=267, "RS384 is none of the five algorithms"),
    (268..=271, "RS512 is none of the five algorithms"),
    (320..=323, "PS384 is none of the five algorithms"),
    (325..=328, "PS512 is none of the five algorithms"),
    (346..=346, "the signature is by PS384, the key is for PS256"),
    (347..=347, "ES512 is none of the five algorithms"),
    (350..=350, "the signature is by PS384, the key is for PS256"),
    (351..=351, "ES512 is none of the five algorithms"),
    (367..=367, "accepted, as the text has lost its padding and is that of case 357"),
    (370..=370, "accepted, as the text has lost its padding and is that of case 357"),
    (372..=373, "there is a character that is not Base64, which RFC 7515 does not allow to be passed over"),
];

/// The expected differences, by the number of the case.
fn differences() -> BTreeMap<u64, &'static str> {
    DIFFERENCES.iter().flat_map(|(cases, reason)| cases.clone().map(|case| (case, *reason))).collect()
}

#[test]
fn no_forged_signature_is_accepted_and_every_difference_from_the_file_has_a_reason() {
    let Some(vectors) = vectors::read("json_web_signature_test.json") else { return };
    assert_eq!(vectors.len(), 401);
    let text = |id: u64| vectors.iter().find(|vector| vector.id == id).map(|vector| vector.text.as_str());
    let mut differences = differences();
    let mut agreed = (0, 0);
    for vector in &vectors {
        let Vector { id, comment, is_valid, .. } = vector;
        let accepted = vector.is_accepted();
        if accepted == *is_valid {
            agreed = if accepted { (agreed.0 + 1, agreed.1) } else { (agreed.0, agreed.1 + 1) };
            continue;
        }
        let reason = differences.remove(id);
        assert!(reason.is_some(), "case {id}, {comment}: Pail says {accepted}, the file {is_valid}");
        if accepted {
            assert_eq!(Some(vector.text.as_str()), text(357), "case {id}, {comment}: a forgery was accepted");
        }
    }
    assert_eq!(differences, BTreeMap::new(), "these differences no longer exist");
    println!("{} good ones accepted, {} bad ones refused", agreed.0, agreed.1);
    assert!(agreed.0 >= 20 && agreed.1 >= 300, "{agreed:?}");
}

/// The file's keys without `alg`. Such a key has the usual algorithm of its kind, and these are refused for another reason.
const WITHOUT_ALGORITHM: [(u64, &str); 4] = [(353, "use"), (354, "use"), (355, "key_ops"), (356, "key_ops")];

#[test]
fn a_key_that_names_no_algorithm_is_judged_as_if_it_named_the_usual_one() {
    let Some(vectors) = vectors::read("json_web_signature_test.json") else { return };
    let is_unnamed = |vector: &&Vector| vector.keys["keys"][0].get("alg").is_none();
    let unnamed: Vec<u64> = vectors.iter().filter(is_unnamed).map(|vector| vector.id).collect();
    assert_eq!(unnamed, WITHOUT_ALGORITHM.map(|(id, _)| id));
    for (id, member) in WITHOUT_ALGORITHM {
        let vector = vectors.iter().find(|vector| vector.id == id).expect("the case");
        assert!(!vector.is_accepted(), "case {id}: {member} says that the key is for something else");
        assert!(vector.without(member).is_accepted(), "case {id}: nothing else is wrong with the key");
    }
    let mut agreed = (0, 0);
    for vector in &vectors {
        let algorithm = vector.keys["keys"][0]["alg"].as_str().unwrap_or_default();
        if !["RS256", "ES256"].contains(&algorithm) {
            continue;
        }
        let accepted = vector.without("alg").is_accepted();
        assert_eq!(accepted, vector.is_accepted(), "case {}, {}", vector.id, vector.comment);
        agreed = if accepted { (agreed.0 + 1, agreed.1) } else { (agreed.0, agreed.1 + 1) };
    }
    assert!(agreed.0 >= 5 && agreed.1 >= 100, "{agreed:?}");
}
