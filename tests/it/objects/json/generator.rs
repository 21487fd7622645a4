//! Random JSON objects, built from parts, with their values and the texts that must be stored.

use std::collections::HashSet;

use super::spelling::{blanks, character, number, spelled, string};
use pail_testing::Random;
use pail_testing::tree::Tree;

/// The maximum number of levels of an object.
const MOST_LEVELS: usize = 32;

/// A member: its text from the quote before its name to the end of its value, its name and its value.
pub struct Member {
    pub text: String,
    pub name: String,
    pub value: Tree,
}

/// An object as it is sent.
pub struct Sent {
    pub text: String,
    pub members: Vec<Member>,
}

/// A defect because of which an object is refused, wherever it is.
#[derive(Clone, Copy, Debug)]
pub enum Defect {
    /// A member with the name of another member, in any spelling.
    DoubledName,
    /// A value with too many levels.
    TooDeep,
    /// Instead of a value.
    Value(&'static str),
    /// Instead of a member.
    Member(&'static str),
    /// Text other than blanks before the object.
    Before(&'static str),
    /// Text after the object.
    Behind(&'static str),
    /// The text ends before the last brace.
    Cut,
}

/// Makes one object.
pub struct Generator {
    random: Random,
    /// The number of further values that are allowed, which limits the size of objects.
    left: usize,
    defect: Option<Defect>,
}

/// Names of the server, names that only look like those, and names that only look equal.
const NAMES: [&str; 20] = [
    "_",
    "_id",
    "_created",
    "__",
    "_\u{301}",
    "a_",
    " _id",
    "\u{ff3f}id",
    "\u{203f}id",
    "\u{301}_",
    "",
    "a",
    "A",
    "а",
    "é",
    "e\u{301}",
    "id",
    "\0",
    "\"",
    "😀",
];

impl Generator {
    pub fn new(mut random: Random, defect: Option<Defect>) -> Self {
        let left = [3, 10, 30, 30][random.below(4)];
        Self { random, left, defect }
    }

    pub fn object(mut self) -> Sent {
        let around = (blanks(&mut self.random), blanks(&mut self.random));
        let count = self.random.below(7);
        let members = self.members(1, count);
        let inner = self.joined(members.iter().map(|member| member.text.clone()).collect());
        let mut text = format!("{}{{{inner}}}", around.0);
        match self.defect.take() {
            Some(Defect::Before(what)) => text.insert_str(around.0.len(), what),
            Some(Defect::Behind(what)) => text = format!("{text}{}{what}", blanks(&mut self.random)),
            Some(Defect::Cut) => {
                let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                text.truncate(*self.random.pick(&ends));
            }
            None => {}
            Some(other) => panic!("found no place for {other:?}"),
        }
        text.push_str(&around.1);
        Sent { text, members }
    }

    /// A change of an object: some of its members with other values, and new members.
    pub fn change_of(mut self, object: &Tree) -> Sent {
        let members = self.changes_of(object, 1);
        let inner = self.joined(members.iter().map(|member| member.text.clone()).collect());
        Sent { text: format!("{{{inner}}}"), members }
    }

    /// `level` is the level of the object.
    fn changes_of(&mut self, object: &Tree, level: usize) -> Vec<Member> {
        let Tree::Object(old) = object else { return Vec::new() };
        let (mut names, mut members) = (HashSet::new(), Vec::new());
        for (name, value) in old {
            if self.random.below(2) == 0 {
                continue;
            }
            names.insert(name.clone());
            let new = match self.random.below(4) {
                0 => ("null".to_owned(), Tree::Word("null".to_owned())),
                1 | 2 if value.is_object() => {
                    let inner = self.changes_of(value, level + 1);
                    self.of_members(inner)
                }
                _ => self.value(level + 1),
            };
            members.push(self.member(name.clone(), new));
        }
        for _ in 0..self.random.below(3) {
            let (name, value) = (self.new_name(&mut names), self.value(level + 1));
            members.push(self.member(name, value));
        }
        members
    }

    /// `level` is that of the object.
    fn members(&mut self, level: usize, count: usize) -> Vec<Member> {
        let (mut names, mut members) = (HashSet::new(), Vec::new());
        for _ in 0..count {
            let (name, value) = (self.new_name(&mut names), self.value(level + 1));
            members.push(self.member(name, value));
        }
        // The outermost object is finished by the caller.
        if self.defect.is_some() && (level == 1 || self.random.below(3) == 0) {
            self.spoil_object(level, &mut names, &mut members);
        }
        members
    }

    fn spoil_object(&mut self, level: usize, names: &mut HashSet<String>, members: &mut Vec<Member>) {
        let member = match self.defect.take() {
            Some(Defect::DoubledName) => {
                if members.is_empty() {
                    let (name, value) = (self.new_name(names), self.value(level + 1));
                    members.push(self.member(name, value));
                }
                let (name, value) = (self.random.pick(members).name.clone(), self.value(level + 1));
                self.member(name, value)
            }
            Some(Defect::TooDeep) => {
                let (name, value) = (self.new_name(names), self.chain(level + 1, MOST_LEVELS + 1));
                self.member(name, value)
            }
            Some(Defect::Value(text)) => {
                let name = self.new_name(names);
                self.member(name, (text.to_owned(), Tree::Word(text.to_owned())))
            }
            Some(Defect::Member(text)) => {
                Member { text: text.to_owned(), name: String::new(), value: Tree::Word(String::new()) }
            }
            of_the_text => {
                self.defect = of_the_text;
                return;
            }
        };
        let at = self.random.below(members.len() + 1);
        members.insert(at, member);
    }

    fn member(&mut self, name: String, (text, value): (String, Tree)) -> Member {
        let text = format!(
            "{}{}:{}{text}",
            spelled(&mut self.random, &name),
            blanks(&mut self.random),
            blanks(&mut self.random)
        );
        Member { text, name, value }
    }

    fn new_name(&mut self, names: &mut HashSet<String>) -> String {
        let mut name =
            if self.random.below(2) == 0 { (*self.random.pick(&NAMES)).to_owned() } else { string(&mut self.random) };
        while !names.insert(name.clone()) {
            name.push(character(&mut self.random));
        }
        name
    }

    /// A value and its text. `level` is its level if it is an object or an array.
    fn value(&mut self, level: usize) -> (String, Tree) {
        self.left = self.left.saturating_sub(1);
        if level <= MOST_LEVELS && self.random.below(300) == 0 {
            return self.chain(level, MOST_LEVELS);
        }
        match self.random.below(if self.left == 0 || level > MOST_LEVELS { 4 } else { 8 }) {
            0 => {
                let text = string(&mut self.random);
                (spelled(&mut self.random, &text), Tree::Text(text))
            }
            1 => self.word(),
            2 | 3 => {
                let number = number(&mut self.random);
                (number.clone(), Tree::Word(number))
            }
            4 | 5 => self.list(level),
            _ => {
                let count = self.random.below(5);
                let members = self.members(level, count);
                self.of_members(members)
            }
        }
    }

    fn word(&mut self) -> (String, Tree) {
        let word = (*self.random.pick(&["true", "false", "null"])).to_owned();
        (word.clone(), Tree::Word(word))
    }

    fn list(&mut self, level: usize) -> (String, Tree) {
        let elements = (0..self.random.below(5)).map(|_| self.value(level + 1)).collect::<Vec<_>>();
        self.of_elements(elements)
    }

    /// Nested objects and arrays down to the level `deepest`.
    fn chain(&mut self, level: usize, deepest: usize) -> (String, Tree) {
        if level > deepest {
            return self.word();
        }
        let inner = self.chain(level + 1, deepest);
        if self.random.below(2) == 0 {
            return self.of_elements(vec![inner]);
        }
        let name = string(&mut self.random);
        let member = self.member(name, inner);
        self.of_members(vec![member])
    }

    fn of_elements(&mut self, elements: Vec<(String, Tree)>) -> (String, Tree) {
        let (texts, values) = elements.into_iter().unzip();
        (format!("[{}]", self.joined(texts)), Tree::List(values))
    }

    fn of_members(&mut self, members: Vec<Member>) -> (String, Tree) {
        let texts = members.iter().map(|member| member.text.clone()).collect();
        let text = format!("{{{}}}", self.joined(texts));
        (text, Tree::Object(members.into_iter().map(|member| (member.name, member.value)).collect()))
    }

    fn joined(&mut self, parts: Vec<String>) -> String {
        let parts: Vec<String> = parts
            .into_iter()
            .map(|part| format!("{}{part}{}", blanks(&mut self.random), blanks(&mut self.random)))
            .collect();
        if parts.is_empty() { blanks(&mut self.random) } else { parts.join(",") }
    }
}
