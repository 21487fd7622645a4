//! Which index is meant.

use clap::Args;
use pail::model::id::{AppId, BucketId};
use pail::model::index::Indexes;
use pail::model::index::rule::Undeclared;
use pail::model::query::Field;
use pail::model::scope::ScopeKind;
use pail::operation::index::rules::Index;

/// The buckets of one ID in all scopes of a kind.
#[derive(Args)]
pub struct BucketsPlace {
    /// The app.
    #[arg(long, value_name = "ID")]
    pub app: AppId,
    /// The kind of the scopes: app, user, group or thing. One index serves the buckets of all users, groups or things.
    #[arg(long, value_name = "KIND", default_value = "app")]
    pub scope: ScopeKind,
    /// The ID of the buckets.
    #[arg(long, value_name = "ID")]
    pub bucket: BucketId,
}

/// An index of these buckets.
#[derive(Args)]
pub struct IndexPlace {
    #[command(flatten)]
    buckets: BucketsPlace,
    /// One to three fields with commas between them. First those that queries fix, last the one that they order by or ask a
    /// range of.
    #[arg(long, value_name = "FIELDS")]
    fields: Fields,
}

/// An index of buckets of every app of a server, as `app/scores=score,_created`.
#[derive(Clone, Debug)]
pub struct Declared {
    kind: ScopeKind,
    bucket: BucketId,
    fields: Fields,
}

/// One to three different fields.
#[derive(Clone, Debug)]
struct Fields(Vec<Field>);

impl IndexPlace {
    /// The index.
    pub fn index(&self) -> Index {
        let BucketsPlace { app, scope, bucket } = &self.buckets;
        Index { app: app.clone(), kind: *scope, bucket: bucket.clone(), fields: self.fields.0.clone() }
    }
}

impl Declared {
    /// The index of an app.
    pub fn of(&self, app: &AppId) -> Index {
        Index { app: app.clone(), kind: self.kind, bucket: self.bucket.clone(), fields: self.fields.0.clone() }
    }
}

impl std::str::FromStr for Fields {
    type Err = Undeclared;

    fn from_str(text: &str) -> Result<Self, Undeclared> {
        let fields: Vec<Field> = text.split(',').map(Field::of_name).collect();
        if !text.split(',').any(str::is_empty) && Indexes::are_good(&fields) {
            Ok(Self(fields))
        } else {
            Err(Undeclared::Fields)
        }
    }
}

impl std::str::FromStr for Declared {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(buckets, fields)| Some((buckets.split_once('/')?, fields)));
        let ((kind, bucket), fields) =
            parts.ok_or("an index is written like app/scores=score,_created: kind of scope, bucket and fields")?;
        Ok(Self {
            kind: kind.parse().map_err(|error| format!("{error}"))?,
            bucket: bucket.parse().map_err(|error| format!("{error}"))?,
            fields: fields.parse().map_err(|error: Undeclared| error.to_string())?,
        })
    }
}

/// An index in words.
pub fn name(index: &Index) -> String {
    let fields: Vec<&str> = index.fields.iter().map(Field::name).collect();
    format!(
        "the index on {} of the buckets {} in the {} scope of the app {}",
        fields.join(","),
        index.bucket,
        index.kind.name(),
        index.app
    )
}
