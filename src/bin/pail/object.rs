//! `pail object`: objects, as an operator sees and changes them. Operators hold every right.

use clap::{Args, Subcommand};
use pail::http::refusal::Refusal;
use pail::http::shown::shown;
use pail::model::address::ObjectAddress;
use pail::model::data_type::DataType;
use pail::model::document::Document;
use pail::model::id::ObjectId;
use pail::model::json;
use pail::model::precondition::Precondition;
use pail::model::query::{Order, Query};
use pail::model::stamp::Version;
use pail::operation::object::delete::DeleteObject;
use pail::operation::object::get::{GetObject, Known};
use pail::operation::object::put::PutObject;
use pail::operation::query::{Found, LARGEST_PAGE, QueryBucket};

use super::connection::{Installation, Target};
use super::output::{Failure, Output, line, text_argument};
use super::place::BucketPlace;
use super::refused::{invalid, refused};

/// Show, write, list, query and delete objects.
#[derive(Subcommand)]
pub enum Object {
    /// Print an object as clients see it.
    #[command(after_help = "Example:\n  pail object get --app notes --user alice --bucket drafts plan")]
    Get(One),
    /// Create an object, or replace its content.
    #[command(
        after_help = "Examples:\n  pail object put --app notes --bucket news first '{\"text\":\"Hello\"}'\n  pail object put --app notes --bucket news first - --if-match 3 < first.json"
    )]
    Put(Put),
    /// Print all objects of a bucket, one on each line.
    #[command(after_help = "Example:\n  pail object list --app notes --bucket news --order-by _created --limit 10")]
    List(List),
    /// Print the objects that a query finds, one on each line, or their number.
    #[command(
        after_help = "Example:\n  pail object query --app notes --bucket news '{\"clause\":{\"type\":\"eq\",\"field\":\"done\",\"value\":false}}'"
    )]
    Query(Ask),
    /// Delete an object.
    #[command(after_help = "Example:\n  pail object delete --app notes --bucket news first")]
    Delete(One),
}

/// One object.
#[derive(Args)]
pub struct One {
    #[command(flatten)]
    bucket: BucketPlace,
    /// The object.
    id: ObjectId,
}

/// An object that is written.
#[derive(Args)]
pub struct Put {
    #[command(flatten)]
    one: One,
    /// Its content: a JSON object, or - to read it from standard input.
    json: String,
    /// Write only if the object has this version.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
    /// The bare name of its data type, such as person. Without it, an object keeps the type that it has.
    #[arg(long, value_name = "NAME")]
    data_type: Option<String>,
}

/// What is listed.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    bucket: BucketPlace,
    /// A field to order by.
    #[arg(long, value_name = "FIELD")]
    order_by: Option<String>,
    /// Reverse the order.
    #[arg(long, requires = "order_by")]
    descending: bool,
    /// Print at most so many objects.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

/// What is asked.
#[derive(Args)]
pub struct Ask {
    #[command(flatten)]
    bucket: BucketPlace,
    /// The query: the JSON object that the API has as bucketQuery, or - to read it from standard input.
    query: String,
    /// Print at most so many objects.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl Object {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        match self {
            Self::Get(one) => one.get(&target.connect().await?).await,
            Self::Put(put) => put.run(target, output).await,
            Self::List(List { bucket, order_by, descending, limit }) => {
                let query = Query::all(order_by.map(|field| Order::by_field(&field, descending)));
                ask(&bucket, query, limit, &target.connect().await?).await
            }
            Self::Query(Ask { bucket, query, limit }) => {
                let text = text_argument(&query)?;
                let object = json::object(&text).map_err(|mistake| invalid(Refusal::InvalidJson(mistake)))?;
                let query = Query::parse(&object.text).map_err(invalid)?;
                ask(&bucket, query, limit, &target.connect().await?).await
            }
            Self::Delete(one) => one.delete(&target.connect().await?, output).await,
        }
    }
}

impl One {
    fn name(&self) -> String {
        format!("the object {} in {}", self.id, self.bucket.name())
    }

    fn address(&self) -> ObjectAddress {
        ObjectAddress { bucket: self.bucket.address(), object: self.id.clone() }
    }

    async fn get(&self, installation: &Installation) -> Result<(), Failure> {
        let get = GetObject { address: self.address(), known: Known::These(Vec::new()) };
        let read = get.run(&mut installation.context()?).await;
        match read.map_err(|error| refused(installation, &self.name(), error))? {
            Ok(read) => line(&shown(&read, None)),
            Err(_) => Ok(()),
        }
    }

    async fn delete(&self, installation: &Installation, output: Output) -> Result<(), Failure> {
        let delete = DeleteObject { address: self.address(), precondition: Precondition::None };
        let deleted = delete.run(&mut installation.context()?).await;
        deleted.map_err(|error| refused(installation, &self.name(), error))?;
        output.print(&format!("{} is deleted.", self.name()), &serde_json::json!({"deleted": true}))
    }
}

impl Put {
    async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let (name, address) = (self.one.name(), self.one.address());
        let app = self.one.bucket.app();
        let data_type = self.data_type.map(|name| {
            let data_type = DataType::parse(&format!("application/vnd.{app}.{name}+json"), app);
            data_type.ok_or_else(|| Failure(format!("{name:?} is no data type: it is 1 to 100 of A-Z a-z 0-9 . _ + -")))
        });
        let data_type = data_type.transpose()?;
        let json = text_argument(&self.json)?;
        let document = Document::parse(json.as_bytes()).map_err(invalid)?;
        let precondition = self.if_match.map_or(Precondition::None, |version| Precondition::Is(vec![Version(version)]));
        let installation = target.connect().await?;
        let put = PutObject { address, precondition, data_type, document };
        let put = put.run(&mut installation.context()?).await;
        let put = put.map_err(|error| refused(&installation, &name, error))?;
        let (version, what) = (put.version.0, if put.is_new { "created" } else { "replaced" });
        output.print(
            &format!("{name} is {what}, in version {version}."),
            &serde_json::json!({"created": put.is_new, "version": version}),
        )
    }
}

/// Prints what a query finds: all pages, or the first `limit` objects.
async fn ask(
    bucket: &BucketPlace,
    query: Query,
    limit: Option<usize>,
    installation: &Installation,
) -> Result<(), Failure> {
    let (mut left, mut page) = (limit.unwrap_or(usize::MAX), None);
    while left > 0 {
        let ask = QueryBucket {
            address: bucket.address(),
            query: query.clone(),
            limit: left.min(LARGEST_PAGE),
            page,
            explain: false,
        };
        let queried = ask.run(&mut installation.context()?).await;
        let queried = queried.map_err(|error| refused(installation, &bucket.name(), error))?;
        match queried.found {
            Found::Count(name, count) => return line(&serde_json::json!({name: count}).to_string()),
            Found::Page(hits, next) => {
                for hit in &hits {
                    line(&shown(&hit.read, hit.calculated_json()))?;
                }
                left -= hits.len();
                page = next;
            }
        }
        if page.is_none() {
            break;
        }
    }
    Ok(())
}
