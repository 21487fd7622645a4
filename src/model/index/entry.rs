//! The keys of index entries: the values of a rule's fields, the time of creation, the ID and the mark, in bytes that are in
//! the order of the values (protocol: index entries).

use std::borrow::Cow;

use foundationdb_tuple::{Element, pack, unpack};

use super::rule::Rule;
use crate::model::id::{AppId, ObjectId};
use crate::model::marks::{Mark, Marks, RuleNumber};
use crate::model::object::Object;
use crate::model::query::Value;
use crate::model::query::candidate::Candidate;

/// The place of an object among the entries of a rule: its entry's key without the mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot(Vec<u8>);

/// The sort key of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey(Vec<u8>);

/// An entry of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The rule.
    pub rule: RuleNumber,
    /// Its key.
    pub key: EntryKey,
}

/// What the key of an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The values of the rule's fields.
    pub values: Vec<Value<'static>>,
    /// When the object was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// The object.
    pub id: ObjectId,
    /// The mark.
    pub mark: Mark,
}

/// The index entries of a write of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The marks that the object gets.
    pub marks: Marks,
    /// The entries that have to be there before it is written.
    pub new: Vec<Entry>,
}

impl Spot {
    /// The place of an object of an app; `None` if its text is no JSON object.
    pub fn of(rule: &Rule, app: &AppId, id: &ObjectId, object: &Object) -> Option<Self> {
        Some(Self::of_candidate(rule, &Candidate::new(app, id, object)?))
    }

    fn of_candidate(rule: &Rule, candidate: &Candidate<'_>) -> Self {
        let values: Vec<Value<'_>> = rule.fields.iter().map(|field| candidate.value(field)).collect();
        Self::new(&values, candidate.object().created, candidate.id())
    }

    /// The place of these values, this time of creation and this ID.
    pub fn new(values: &[Value<'_>], created: u64, id: &ObjectId) -> Self {
        let mut elements: Vec<Element<'_>> = values.iter().map(element).collect();
        // No time of creation is near the largest number.
        elements.push(Element::Int(i64::try_from(created).unwrap_or(i64::MAX)));
        elements.push(Element::String(Cow::Borrowed(id.as_str())));
        Self(pack(&elements))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A place from its bytes, which [`Self::as_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_owned())
    }

    /// The key of an entry with this mark.
    pub fn with(&self, mark: Mark) -> EntryKey {
        EntryKey([&self.0[..], &mark.0].concat())
    }
}

impl EntryKey {
    /// A stored key.
    pub fn stored(bytes: &[u8]) -> Self {
        Self(bytes.to_owned())
    }

    /// The bytes: at most 1,023.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The place; `None` if the bytes are no key.
    pub fn spot(&self) -> Option<Spot> {
        let (spot, _) = self.0.split_last_chunk::<{ Mark::LENGTH }>()?;
        Some(Spot(spot.to_owned()))
    }

    /// What the key says; `None` if the bytes are no key.
    pub fn decode(&self) -> Option<Decoded> {
        let (spot, mark) = self.0.split_last_chunk()?;
        let mut elements: Vec<Element<'_>> = unpack(spot).ok()?;
        let id = ObjectId::parse(elements.pop()?.as_str()?).ok()?;
        let created = u64::try_from(elements.pop()?.as_i64()?).ok()?;
        let values = elements.into_iter().map(value).collect::<Option<_>>()?;
        Some(Decoded { values, created, id, mark: Mark(*mark) })
    }
}

impl Prepared {
    /// The entries of an object as it is about to be written, for these rules. Where the place is that of the object `before`,
    /// its entry stays. All new entries have the one fresh mark. `None` if a text is no JSON object.
    pub fn new(
        rules: &[Rule],
        app: &AppId,
        id: &ObjectId,
        after: &Object,
        before: Option<&Object>,
        mark: Mark,
    ) -> Option<Self> {
        let mut prepared = Self::default();
        if rules.is_empty() {
            return Some(prepared);
        }
        let after = Candidate::new(app, id, after)?;
        let is_held = |marks: &Marks| rules.iter().any(|rule| marks.contains_key(&rule.number));
        let before =
            match before.and_then(|before| Some((before, before.marks.as_ref().filter(|marks| is_held(marks))?))) {
                Some((before, marks)) => Some((Candidate::new(app, id, before)?, marks)),
                None => None,
            };
        for rule in rules {
            let spot = Spot::of_candidate(rule, &after);
            let held = before.as_ref().and_then(|(before, marks)| Some((before, *marks.get(&rule.number)?)));
            let kept = held.filter(|(before, _)| Spot::of_candidate(rule, before) == spot).map(|(_, held)| held);
            prepared.marks.insert(rule.number, kept.unwrap_or(mark));
            if kept.is_none() {
                prepared.new.push(Entry { rule: rule.number, key: spot.with(mark) });
            }
        }
        Some(prepared)
    }
}

/// The entries that an object held by these marks, and does not hold by its new ones. Those of rules that are gone are left
/// out. An object whose text is no JSON object has none.
pub fn stale(rules: &[Rule], app: &AppId, id: &ObjectId, before: &Object, held: &Marks, new: &Marks) -> Vec<Entry> {
    let marks = rules.iter().filter_map(|rule| Some((rule, *held.get(&rule.number)?)));
    let mut stale = marks.filter(|(rule, mark)| new.get(&rule.number) != Some(mark)).peekable();
    let Some(before) = stale.peek().and_then(|_| Candidate::new(app, id, before)) else { return Vec::new() };
    let entry =
        |(rule, mark): (&Rule, Mark)| Entry { rule: rule.number, key: Spot::of_candidate(rule, &before).with(mark) };
    stale.map(entry).collect()
}

/// A value as an element of a tuple. In tuples, nothing is before bytes, these before strings, and these before booleans.
pub(super) fn element<'a>(value: &'a Value<'_>) -> Element<'a> {
    match value {
        Value::Nothing => Element::Nil,
        Value::Number(number) => Element::Bytes(number.as_bytes().into()),
        Value::Text(text) => Element::String(Cow::Borrowed(text)),
        Value::Boolean(boolean) => Element::Bool(*boolean),
    }
}

fn value(element: Element<'_>) -> Option<Value<'static>> {
    match element {
        Element::Nil => Some(Value::Nothing),
        Element::Bytes(bytes) => Some(Value::of_decimal_bytes(&bytes)),
        Element::String(text) => Some(Value::of_text(text.into_owned())),
        Element::Bool(boolean) => Some(Value::Boolean(boolean)),
        Element::Tuple(_) | Element::Int(_) | Element::Float(_) | Element::Double(_) | Element::Versionstamp(_) => None,
    }
}
