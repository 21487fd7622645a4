//! Random JSON tokens in all their spellings.

use pail_testing::Random;

/// Characters that are special somewhere, or look like others.
const CHARACTERS: &str = "abZ0_ /\"\\{}[]:,\0\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{a0}ée\u{301}а\u{200b}\u{202e}\u{2028}€\u{feff}\
                          \u{ff3f}\u{ffff}\u{d7ff}\u{e000}😀\u{10000}\u{10ffff}";

/// Numbers that some parsers change or refuse.
const NUMBERS: &str = "0 -0 -0.0 0E+1 1.0 1e400 -1E-400 9007199254740993 5e-324 18446744073709551616 0.1000 \
                       123456789012345678901234567890.12345678901234567890";

pub fn blanks(random: &mut Random) -> String {
    let count = if random.below(2) == 0 { 0 } else { random.below(4) };
    (0..count).map(|_| *random.pick(&[' ', ' ', '\n', '\t', '\r'])).collect()
}

pub fn string(random: &mut Random) -> String {
    (0..random.below(6)).map(|_| character(random)).collect()
}

pub fn character(random: &mut Random) -> char {
    one(random, CHARACTERS.chars())
}

/// A random one of several, all with the same probability.
fn one<T>(random: &mut Random, several: impl Iterator<Item = T> + Clone) -> T {
    several.clone().nth(random.below(several.count())).expect("there are some")
}

/// A string in one of its spellings.
pub fn spelled(random: &mut Random, text: &str) -> String {
    let mut spelled = String::from("\"");
    for character in text.chars() {
        let escape = match character {
            '"' | '\\' | '/' => Some(character),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            _ => None,
        };
        let has_to_be_escaped = character < ' ' || ['"', '\\'].contains(&character);
        match (random.below(4), escape) {
            (0 | 1, _) if !has_to_be_escaped => spelled.push(character),
            (0..3, Some(escape)) => spelled.extend(['\\', escape]),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let upper = random.below(2) == 0;
                    spelled += &if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                }
            }
        }
    }
    spelled + "\""
}

pub fn number(random: &mut Random) -> String {
    if random.below(3) == 0 {
        return one(random, NUMBERS.split(' ')).to_owned();
    }
    let mut number = String::from(if random.below(2) == 0 { "-" } else { "" });
    if random.below(3) == 0 {
        number.push('0');
    } else {
        number += &(1 + random.below(9)).to_string();
        digits(random, 0, &mut number);
    }
    if random.below(2) == 0 {
        number.push('.');
        digits(random, 1, &mut number);
    }
    if random.below(2) == 0 {
        number += *random.pick(&["e", "E", "e+", "E+", "e-", "E-"]);
        digits(random, 1, &mut number);
    }
    number
}

/// At least this many digits, rarely many more.
fn digits(random: &mut Random, least: usize, number: &mut String) {
    let more = *random.pick(&[0, 1, 2, 30]);
    for _ in 0..least + random.below(more + 1) {
        number.push(char::from(b'0' + random.below(10) as u8));
    }
}
