//! Signed and encrypted texts side by side, by the vectors of Project Wycheproof: what is encrypted is no token here.

use super::vectors;

#[test]
fn of_signed_and_encrypted_texts_the_encrypted_ones_are_refused_and_the_signed_ones_judged_right() {
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
