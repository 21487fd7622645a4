//! Signed and encrypted texts, by the vectors of Project Wycheproof. An encrypted text is not a token for Pail.

use super::vectors;

#[test]
fn encrypted_texts_are_refused_and_signed_ones_judged_as_the_vectors_say() {
    let Some(vectors) = vectors::read("json_web_crypto_test.json") else { return };
    assert_eq!(vectors.len(), 83);
    let (mut encrypted, mut accepted) = (0, 0);
    for vector in &vectors {
        let expected = vector.is_valid && !vector.is_encrypted;
        let case = format!("case {}, {}", vector.id, vector.comment);
        assert_eq!(vector.is_accepted_when_vetted(), expected, "{case}");
        assert_eq!(vector.is_accepted(), expected || vector.is_about_roca(), "{case}");
        encrypted += usize::from(vector.is_encrypted);
        accepted += usize::from(expected);
    }
    assert_eq!((encrypted, accepted), (34, 4));
}
