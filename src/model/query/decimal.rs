//! Decimal numbers that are compared as they are written: 1, 1.0 and 10e-1 are equal, and no digit is lost.

/// A number, as bytes in the order of the numbers. Equal numbers have equal bytes.
///
/// - Zero is `01`.
/// - A positive number is `02`, the exponent and the digits: 0.d₁d₂… × 10^exponent, where d₁ is not zero and the last digit
///   is not zero. The exponent takes two bytes, with 32,768 added; a digit is its ASCII character.
/// - A negative number is `00` and the complement of the same bytes, with `FF` at the end, after which more digits sort
///   before fewer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(Vec<u8>);

const NEGATIVE: u8 = 0;
const ZERO: u8 = 1;
const POSITIVE: u8 = 2;

impl Decimal {
    /// The most characters of a number that can be searched for.
    pub const LONGEST: usize = 190;
    /// The largest exponent, as it is written, of a number that can be searched for, and with a minus sign the smallest.
    pub const LARGEST_EXPONENT: i32 = 10_000;
    /// What is added to an exponent.
    const BIAS: i32 = 32_768;

    /// Parses a JSON number; `None` if it is too long or its exponent too large.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(mantissa) => (true, mantissa),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        let significant = digits.trim_start_matches('0');
        let leading_zeros = digits.len() - significant.len();
        let significant = significant.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self::zero());
        }
        let places = i32::try_from(whole.len()).ok()? - i32::try_from(leading_zeros).ok()?;
        let biased = u16::try_from(exponent + places + Self::BIAS).ok()?;
        let mut bytes = Vec::with_capacity(significant.len() + 4);
        bytes.push(POSITIVE);
        bytes.extend(biased.to_be_bytes());
        bytes.extend(significant.bytes());
        if is_negative {
            bytes.iter_mut().for_each(|byte| *byte = !*byte);
            bytes.push(0xff);
            if let Some(sign) = bytes.first_mut() {
                *sign = NEGATIVE;
            }
        }
        Some(Self(bytes))
    }

    /// Zero.
    pub fn zero() -> Self {
        Self(vec![ZERO])
    }

    /// A number from its bytes, which [`Self::as_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_owned())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// An exponent as it is written, with or without a sign.
fn parse_exponent(text: &str) -> Option<i32> {
    let exponent: i32 = text.parse().ok()?;
    (exponent.abs() <= Decimal::LARGEST_EXPONENT).then_some(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn numbers_have_these_bytes() {
        for (text, hex) in [
            ("0", "01"),
            ("-0.00e5", "01"),
            ("1", "02800131"),
            ("-1", "007ffeceff"),
            ("10", "02800231"),
            ("0.1", "02800031"),
            ("0.001", "027ffe31"),
            ("120.50", "02800331323035"),
            ("-120.5", "007ffccecdcfcaff"),
            ("1e10000", "02a71131"),
            ("1e-10000", "0258f131"),
        ] {
            let bytes: String = decimal(text).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(bytes, hex, "{text}");
            assert_eq!(Decimal::from_bytes(decimal(text).as_bytes()), decimal(text));
        }
    }

    #[test]
    fn the_bytes_are_in_the_order_of_the_numbers() {
        let ascending = [
            "-1e10000",
            "-100000000000000001",
            "-100000000000000000",
            "-123",
            "-12.1",
            "-12",
            "-11",
            "-1.5",
            "-1",
            "-0.5",
            "-1e-10000",
            "0",
            "1e-10000",
            "0.09",
            "0.1",
            "0.10000000000000001",
            "0.2",
            "1",
            "1.000001",
            "2",
            "9.9",
            "10",
            "11",
            "100",
            "100000000000000000",
            "100000000000000001",
            "1e400",
            "9e9999",
            "1e10000",
        ];
        for (at, first) in ascending.iter().enumerate() {
            for (other_at, second) in ascending.iter().enumerate() {
                assert_eq!(decimal(first).cmp(&decimal(second)), at.cmp(&other_at), "{first} {second}");
            }
        }
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        for spellings in [
            &["1", "1.0", "1e0", "10e-1", "0.1e+1", "1.000E00", "0.0000001e7"][..],
            &["-120", "-1.2e2", "-120.000", "-12E1"],
            &["0", "-0", "0.0", "0e10000", "-0.000e-10000"],
        ] {
            assert!(spellings.iter().all(|text| decimal(text) == decimal(spellings[0])), "{spellings:?}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_large_is_no_number_to_search_for() {
        for text in
            ["1e10001", "1e-10001", "0e99999999999999999999", &"1".repeat(191), &format!("1e{}1", "0".repeat(188))]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        for text in ["1e10000", "1e-10000", "1e+010000", &"1".repeat(190), "0.000001"] {
            decimal(text);
        }
    }
}
