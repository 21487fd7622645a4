//! An object while a query judges it. Its members are read from the stored text, without building a tree.

use std::borrow::Cow;

use super::field::Field;
use super::point::Point;
use super::value::Value;
use crate::model::id::{AppId, ObjectId};
use crate::model::json;
use crate::model::object::Object;

/// An object that may match a query.
pub struct Candidate<'a> {
    app: &'a AppId,
    id: &'a ObjectId,
    object: &'a Object,
    members: json::Object<'a>,
}

impl<'a> Candidate<'a> {
    /// An object of an app; `None` if its text is no JSON object.
    pub fn new(app: &'a AppId, id: &'a ObjectId, object: &'a Object) -> Option<Self> {
        let members = json::stored_object(object.content.as_str()).ok()?;
        Some(Self { app, id, object, members })
    }

    /// Its ID.
    pub fn id(&self) -> &'a ObjectId {
        self.id
    }

    /// The object itself.
    pub fn object(&self) -> &'a Object {
        self.object
    }

    /// The JSON text of a field's value, if the object has the field.
    pub fn json(&self, field: &Field) -> Option<Cow<'_, str>> {
        // No ID and no name of a data type has a character that JSON escapes.
        let text = |text: &str| Some(Cow::Owned(format!("\"{text}\"")));
        let number = |number: u64| Some(Cow::Owned(number.to_string()));
        match field {
            Field::Id => text(self.id.as_str()),
            Field::Owner => self.object.owner.id().and_then(text),
            Field::DataType => self.object.data_type.name(self.app).and_then(text),
            Field::Created => number(self.object.created),
            Field::Modified => number(self.object.modified),
            Field::Version => number(self.object.stamp.version.0),
            Field::Member(name) => {
                let member = self.members.members.iter().find(|member| member.name == *name)?;
                Some(Cow::Borrowed(self.members.part(&member.value)))
            }
            Field::Unknown => None,
        }
    }

    /// The value of a field.
    pub fn value(&self, field: &Field) -> Value<'static> {
        self.json(field).as_deref().map_or(Value::Nothing, |json| Value::of_json(json).into_owned())
    }

    /// The distance in metres between the point in a field, if there is one, and another.
    pub fn distance(&self, field: &Field, center: &Point) -> Option<f64> {
        Some(Point::of_json(&self.json(field)?)?.distance(center))
    }
}
