//! The index rules in the item of an app.

use aws_sdk_dynamodb::types::AttributeValue;

use super::attribute;
use super::failure::Unreadable;
use super::keys::Item;
use crate::model::id::BucketId;
use crate::model::index::{Indexes, Rule, RuleState};
use crate::model::marks::RuleNumber;
use crate::model::query::Field;

/// The attribute with the rules.
pub(super) const INDEXES: &str = "indexes";

/// The attribute of a rule that says when it was known to be stored.
const DECLARED: &str = "declared";

/// The rules of an app as an attribute: a map with the largest number that was ever used, and a list.
pub(super) fn of_indexes(indexes: &Indexes) -> AttributeValue {
    let rules = indexes.rules.iter().map(|rule| {
        let fields = rule.fields.iter().map(|field| attribute::text(field.name())).collect();
        let mut item = Item::from([
            ("number".to_owned(), number(rule.number)),
            ("scope".to_owned(), attribute::text(rule.kind.name())),
            ("bucket".to_owned(), attribute::text(rule.bucket.as_str())),
            ("fields".to_owned(), AttributeValue::L(fields)),
            ("state".to_owned(), attribute::text(rule.state.name())),
        ]);
        item.extend(rule.declared.map(|declared| (DECLARED.to_owned(), attribute::number(declared))));
        AttributeValue::M(item)
    });
    let rules = AttributeValue::L(rules.collect());
    AttributeValue::M(Item::from([("last".to_owned(), number(indexes.last)), ("rules".to_owned(), rules)]))
}

/// Reads the rules of an app. Apps that were made before there were indexes have none.
pub(super) fn read_indexes(item: &Item) -> Result<Indexes, Unreadable> {
    let Some(value) = item.get(INDEXES) else { return Ok(Indexes::default()) };
    let read = || {
        let map = value.as_m().ok()?;
        let rules = map.get("rules")?.as_l().ok()?.iter().map(read_rule).collect::<Option<_>>()?;
        Some(Indexes { last: read_number(map, "last")?, rules })
    };
    read().ok_or(Unreadable { attribute: INDEXES })
}

fn read_rule(rule: &AttributeValue) -> Option<Rule> {
    let rule = rule.as_m().ok()?;
    let text = |name| attribute::read_text(rule, name).ok();
    let fields = rule.get("fields")?.as_l().ok()?.iter();
    Some(Rule {
        number: read_number(rule, "number")?,
        kind: text("scope")?.parse().ok()?,
        bucket: BucketId::parse(text("bucket")?).ok()?,
        fields: fields.map(|field| Some(Field::of_name(field.as_s().ok()?))).collect::<Option<_>>()?,
        state: RuleState::of_name(text("state")?)?,
        declared: rule.get(DECLARED).map(|_| attribute::read_number(rule, DECLARED)).transpose().ok()?,
    })
}

fn number(number: RuleNumber) -> AttributeValue {
    attribute::number(u64::from(number.0))
}

fn read_number(item: &Item, attribute: &'static str) -> Option<RuleNumber> {
    let number = attribute::read_number(item, attribute).ok()?;
    number.try_into().ok().map(RuleNumber)
}
