//! RSA keys that can be factored from their public half alone, as a widespread chip made their primes after a pattern
//! ("ROCA", CVE-2017-15361; Nemec and others, "The Return of Coppersmith's Attack", 2017, section 2).

/// The chip's primes are powers of this number modulo each of the first small primes.
const GENERATOR: u64 = 65_537;

/// The last of those small primes in the primes of keys of 1984 bits and more, which have at least 126 of them. Shorter keys
/// are refused anyway.
const LAST_PRIME: u64 = 701;

/// Whether a modulus, written big-endian, has the pattern: a product of two powers is one again. Of all other moduli,
/// fewer than one in 2^160 have it.
pub fn has_pattern(modulus: &[u8]) -> bool {
    (3..=LAST_PRIME).filter(|number| is_prime(*number)).all(|prime| is_power(remainder(modulus, prime), prime))
}

fn is_prime(number: u64) -> bool {
    (2..number).take_while(|divisor| divisor * divisor <= number).all(|divisor| !number.is_multiple_of(divisor))
}

fn remainder(number: &[u8], divisor: u64) -> u64 {
    number.iter().fold(0, |rest, byte| (rest * 256 + u64::from(*byte)) % divisor)
}

/// Whether `number` is a power of [`GENERATOR`] modulo `prime`.
fn is_power(number: u64, prime: u64) -> bool {
    // Powers come round to 1 after at most prime - 1 steps, as no prime here divides the generator.
    let mut powers =
        std::iter::successors(Some(1), |power| Some(power * GENERATOR % prime).filter(|power| *power != 1));
    powers.any(|power| power == number)
}

#[cfg(test)]
pub(super) mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::{SecureRandom, SystemRandom};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;

    use super::*;

    /// A power of [`GENERATOR`] in big-endian bytes.
    pub fn power(exponent: usize) -> Vec<u8> {
        let mut number = vec![1];
        for _ in 0..exponent {
            number = product(&number, GENERATOR);
        }
        number
    }

    fn product(number: &[u8], factor: u64) -> Vec<u8> {
        let mut carry = 0;
        let mut digits: Vec<u8> = Vec::new();
        for byte in [&[0; 4], number].concat().iter().rev() {
            carry += u64::from(*byte) * factor;
            digits.insert(0, carry.to_le_bytes()[0]);
            carry >>= 8;
        }
        digits
    }

    #[test]
    fn the_small_primes_are_as_many_as_the_paper_says() {
        let primes: Vec<u64> = (2..=LAST_PRIME).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes.len(), 126);
        assert_eq!((&primes[..5], primes.last()), (&[2, 3, 5, 7, 11][..], Some(&LAST_PRIME)));
    }

    #[test]
    fn remainders_are_those_of_long_division() {
        let number = 0x0123_4567_89ab_cdef_0011_2233_4455_6677_u128;
        for divisor in [3, 11, 167, LAST_PRIME] {
            assert_eq!(u128::from(remainder(&number.to_be_bytes(), divisor)), number % u128::from(divisor));
        }
    }

    #[test]
    fn most_primes_have_numbers_that_are_no_power() {
        let mut telling = 0;
        for prime in (3..=LAST_PRIME).filter(|number| is_prime(*number)) {
            let powers: Vec<u64> = (0..prime).filter(|number| is_power(*number, prime)).collect();
            assert!(powers.contains(&1) && !powers.contains(&0), "{prime}");
            assert!(powers.iter().all(|power| is_power(power * GENERATOR % prime, prime)), "{prime}");
            telling += usize::from(u64::try_from(powers.len()) != Ok(prime - 1));
        }
        assert_eq!(telling, 76);
    }

    #[test]
    fn powers_have_the_pattern_and_their_neighbours_do_not() {
        assert!(power(3).ends_with(&(GENERATOR * GENERATOR * GENERATOR).to_be_bytes()));
        for exponent in [0, 1, 2, 7, 128, 200] {
            let power = power(exponent);
            assert!(has_pattern(&power) && has_pattern(&[&[0], &power[..]].concat()), "{exponent}");
            for factor in [2, 3, 5, 641] {
                assert!(!has_pattern(&product(&power, factor)), "{exponent} {factor}");
            }
        }
        assert!(!has_pattern(&[]) && !has_pattern(&[0]) && !has_pattern(&[2]));
    }

    #[test]
    fn ordinary_moduli_do_not_have_it() {
        let random = SystemRandom::new();
        for _ in 0..200 {
            let mut modulus = [0; 256];
            random.fill(&mut modulus).unwrap();
            modulus[255] |= 1;
            assert!(!has_pattern(&modulus), "{modulus:?}");
        }
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let key: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        // The modulus stands before the exponent, which with its head is 5 bytes.
        let (modulus, exponent) = key.as_ref().split_at(key.as_ref().len() - 5);
        assert_eq!(exponent, [2, 3, 1, 0, 1]);
        assert!(!has_pattern(&modulus[modulus.len() - 256..]));
    }
}
