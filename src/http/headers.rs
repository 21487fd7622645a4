//! Header fields of a request, by lower-case name.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The fields that anything here looks at. All others are passed over as they are read, so that they cost neither memory
/// nor time, however many there are.
const FIELDS: [&str; 8] = [
    "authorization",
    "content-type",
    "host",
    "idempotency-key",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-kii-appid",
    "x-kii-appkey",
];

/// As many values of a field as are kept: where one is expected, two are refused as any more would be.
const MOST_VALUES: usize = 2;

/// Those of a request's header fields that Pail looks at, in the order in which they came. Names are compared without
/// regard to case.
#[derive(Clone, Default)]
pub struct Headers(Vec<(&'static str, Vec<String>)>);

/// [`Headers`] as a REST API sends them, with a list of values for each field.
pub struct MultiValueHeaders {
    /// The fields.
    pub headers: Headers,
    /// Whether there were no fields at all, not even others.
    pub is_empty: bool,
}

impl Headers {
    /// Adds a value to the field `name`.
    pub fn push(&mut self, name: &str, value: String) {
        let Some(name) = known(name) else { return };
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) if values.len() == MOST_VALUES => {}
            Some((_, values)) => values.push(value),
            None => self.0.push((name, vec![value])),
        }
    }

    /// All values of the field `name`, which is given in lower case, or the first two of them.
    pub fn values(&self, name: &str) -> &[String] {
        debug_assert!(FIELDS.contains(&name), "{name} is passed over");
        self.0.iter().find(|(known, _)| *known == name).map_or(&[], |(_, values)| values)
    }

    /// The first value of the field `name`, which is given in lower case.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }
}

/// The field that has this name in whatever case, if it is one that matters.
fn known(name: &str) -> Option<&'static str> {
    FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name))
}

/// From an object with one text for each field; null counts as an empty one.
impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one = |value: Option<String>| vec![value.unwrap_or_default()];
        deserializer.deserialize_map(Fields(one, PhantomData)).map(|fields| fields.headers)
    }
}

/// From an object with a list of texts for each field; null counts as an empty one.
impl<'de> Deserialize<'de> for MultiValueHeaders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = |values: Option<FirstValues>| values.map(|FirstValues(values)| values).unwrap_or_default();
        deserializer.deserialize_map(Fields(list, PhantomData))
    }
}

/// Reads fields whose values are of type `V`, of which it makes texts.
struct Fields<V, F: Fn(V) -> Vec<String>>(F, PhantomData<V>);

impl<'de, V: Deserialize<'de>, F: Fn(V) -> Vec<String>> Visitor<'de> for Fields<V, F> {
    type Value = MultiValueHeaders;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("header fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MultiValueHeaders, A::Error> {
        let mut fields = MultiValueHeaders { headers: Headers::default(), is_empty: true };
        while let Some(Name(name)) = map.next_key()? {
            fields.is_empty = false;
            let Some(name) = name else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            for value in (self.0)(map.next_value()?) {
                fields.headers.push(name, value);
            }
        }
        Ok(fields)
    }
}

/// The name of a field, if it is one that matters.
struct Name(Option<&'static str>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;
        impl Visitor<'_> for Look {
            type Value = Name;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a header field")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name(known(name)))
            }
        }
        deserializer.deserialize_str(Look)
    }
}

/// The first values of a list.
struct FirstValues(Vec<String>);

impl<'de> Deserialize<'de> for FirstValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = FirstValues;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the values of a header field")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<FirstValues, A::Error> {
                let mut values = Vec::new();
                while values.len() < MOST_VALUES {
                    let Some(value) = list.next_element()? else { return Ok(FirstValues(values)) };
                    values.push(value);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(FirstValues(values))
            }
        }
        deserializer.deserialize_seq(Collect)
    }
}
