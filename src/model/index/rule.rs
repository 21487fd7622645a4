//! The rules of an app: by which fields the objects of which buckets are indexed.

use std::fmt;

use crate::model::bucket::BucketPath;
use crate::model::id::BucketId;
use crate::model::marks::RuleNumber;
use crate::model::query::Field;
use crate::model::scope::ScopeKind;

/// An index: the objects of all buckets of one ID in one kind of scope, by one to three fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its number in the app.
    pub number: RuleNumber,
    /// The kind of the scopes.
    pub kind: ScopeKind,
    /// The ID of the buckets.
    pub bucket: BucketId,
    /// The fields.
    pub fields: Vec<Field>,
    /// What writes and queries do with it.
    pub state: RuleState,
    /// A time at which it was known to be stored, in milliseconds since 1970 UTC; `None` until it was.
    pub declared: Option<u64>,
}

/// Where a rule is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// Writes keep it up, and a pass over the objects adds what is missing. No query uses it.
    Building,
    /// Queries use it.
    Ready,
    /// Writes keep it up, and no query uses it.
    Retiring,
}

/// The index rules of an app, or of one of its buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes {
    /// The largest number that a rule of the app ever had; 0 if it never had one.
    pub last: RuleNumber,
    /// The rules, in the order of their numbers.
    pub rules: Vec<Rule>,
}

/// Why a rule cannot be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undeclared {
    /// The fields are not one to three different ones.
    #[error(
        "an index has one to three different fields, each a name of at most 250 bytes that does not begin with _ or one of \
         _id, _owner, _dataType, _created, _modified and _version"
    )]
    Fields,
    /// The bucket has as many as it can have.
    #[error("a bucket has at most {} indexes: drop one of them first", Indexes::MOST_OF_A_BUCKET)]
    TooManyOfBucket,
    /// The app has as many as it can have.
    #[error("an app has at most {} indexes: drop one of them first", Indexes::MOST_OF_AN_APP)]
    TooManyOfApp,
    /// The same index is being dropped.
    #[error("this index is being dropped: declare it again when `pail index drop` has ended")]
    Retiring,
}

impl Rule {
    /// Whether the rule is for the objects of a bucket.
    pub fn is_for(&self, path: &BucketPath) -> bool {
        self.kind == path.scope.owner.kind() && self.bucket == path.bucket
    }

    /// The names of the fields, with commas between them.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(Field::name).collect();
        names.join(",")
    }
}

impl RuleState {
    /// The state in one word, as it is stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Ready => "ready",
            Self::Retiring => "retiring",
        }
    }

    /// The state of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Building, Self::Ready, Self::Retiring].into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for RuleState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Indexes {
    /// The most indexes of a bucket.
    pub const MOST_OF_A_BUCKET: usize = 10;
    /// The most indexes of an app.
    pub const MOST_OF_AN_APP: usize = 50;

    /// Whether an index can have these fields: one to three different ones that objects can have.
    pub fn are_good(fields: &[Field]) -> bool {
        let is_repeated = |at: usize| fields.iter().take(at).any(|field| Some(field) == fields.get(at));
        (1..=3).contains(&fields.len()) && !fields.contains(&Field::Unknown) && !(0..fields.len()).any(is_repeated)
    }

    /// The rules for a bucket.
    pub fn of(&self, path: &BucketPath) -> Self {
        Self { last: self.last, rules: self.rules.iter().filter(|rule| rule.is_for(path)).cloned().collect() }
    }

    /// The rule of this number.
    pub fn get(&self, number: RuleNumber) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.number == number)
    }

    /// The rule for buckets of this ID in this kind of scope with these fields.
    pub fn find(&self, kind: ScopeKind, bucket: &BucketId, fields: &[Field]) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.kind == kind && rule.bucket == *bucket && rule.fields == fields)
    }

    /// Adds a rule with the next number, unless it is there already. Returns its number.
    pub fn declare(&mut self, kind: ScopeKind, bucket: &BucketId, fields: &[Field]) -> Result<RuleNumber, Undeclared> {
        if let Some(rule) = self.find(kind, bucket, fields) {
            return if rule.state == RuleState::Retiring { Err(Undeclared::Retiring) } else { Ok(rule.number) };
        }
        if !Self::are_good(fields) {
            return Err(Undeclared::Fields);
        }
        if self.rules.len() >= Self::MOST_OF_AN_APP {
            return Err(Undeclared::TooManyOfApp);
        }
        let of_bucket = self.rules.iter().filter(|rule| rule.kind == kind && rule.bucket == *bucket).count();
        if of_bucket >= Self::MOST_OF_A_BUCKET {
            return Err(Undeclared::TooManyOfBucket);
        }
        let number = self.last.next();
        let (bucket, fields, state) = (bucket.clone(), fields.to_vec(), RuleState::Building);
        self.last = number;
        self.rules.push(Rule { number, kind, bucket, fields, state, declared: None });
        Ok(number)
    }

    /// Notes that the rule of this number was known to be stored at a time, unless an earlier one is noted. Returns whether it was
    /// noted.
    pub fn confirm(&mut self, number: RuleNumber, time: u64) -> bool {
        let rule = self.rules.iter_mut().find(|rule| rule.number == number && rule.declared.is_none());
        rule.is_some_and(|rule| {
            rule.declared = Some(time);
            true
        })
    }

    /// Moves the rule of this number from one state to the next. Returns false if it is not in the first one.
    pub fn advance(&mut self, number: RuleNumber, from: &[RuleState], to: RuleState) -> bool {
        let rule = self.rules.iter_mut().find(|rule| rule.number == number && from.contains(&rule.state));
        rule.is_some_and(|rule| {
            rule.state = to;
            true
        })
    }
}
