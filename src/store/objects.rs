//! What creating an object reads and writes (protocol: writes, and after a failure).

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use super::items::{self, NewBucket, Unreadable};
use super::keys::{self, Item};
use super::known::Moment;
use super::{Session, Store, Tables};
use crate::auth::verifier::Verifier;
use crate::error::{Error, Result};
use crate::model::bucket::{Bucket, BucketPath, BucketState, Generation, Vacancy};
use crate::model::id::{AppId, ObjectId};
use crate::model::object::{Name, NewObject};

/// How often keys that a batch left unprocessed are asked for, and how often a transaction that met another one is sent.
const MOST_ROUNDS: u32 = 8;

/// What every request begins with.
pub struct AppAndBucket {
    /// The app, if there is one.
    pub app: Option<Arc<Verifier>>,
    /// What stands under the bucket's name. That it cannot be read matters only once the caller is known.
    pub bucket: std::result::Result<Arc<BucketState>, Unreadable>,
    /// Whether one of them is as it was some time ago, and not as it was just read.
    pub is_kept: bool,
}

/// An object that is in its bucket.
#[derive(Debug)]
pub struct Stored {
    /// Its name there.
    pub id: ObjectId,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// Whether it was an earlier request that created it.
    pub replayed: bool,
}

/// How the first object of a bucket fared.
#[derive(Debug)]
pub enum FirstObject {
    /// It was written, and its bucket with it.
    Created(Stored),
    /// Somebody else made the bucket first. Nothing was written.
    Lost(Bucket),
}

impl Session<'_> {
    /// The app, and what stands under the bucket's name. What is not kept of them is read, consistently and in one call.
    pub async fn app_and_bucket(&mut self, app: &AppId, bucket: Option<&BucketPath>) -> Result<AppAndBucket> {
        let (Store { known_apps, known_buckets, .. }, now) = (self.store, self.now());
        let kept_bucket = bucket.and_then(|bucket| known_buckets.kept(bucket, now));
        // Where there is no bucket, somebody else may make it at any moment.
        let kept_bucket = kept_bucket.filter(|bucket| matches!(**bucket, BucketState::Live(_)));
        self.read_but_for(known_apps.kept(app, now), kept_bucket, app, bucket, now).await
    }

    /// The same, all of it read.
    pub async fn app_and_bucket_anew(&mut self, app: &AppId, bucket: Option<&BucketPath>) -> Result<AppAndBucket> {
        self.read_but_for(None, None, app, bucket, self.now()).await
    }

    /// Reads what is not kept. `now` is before the reading: the age of what is read counts from there.
    async fn read_but_for(
        &mut self,
        kept_app: Option<Arc<Verifier>>,
        kept_bucket: Option<Arc<BucketState>>,
        app: &AppId,
        bucket: Option<&BucketPath>,
        now: Moment,
    ) -> Result<AppAndBucket> {
        let Store { tables, known_apps, known_buckets, .. } = self.store;
        let is_kept = kept_app.is_some() || kept_bucket.is_some();
        let app_to_read = kept_app.is_none().then_some(app);
        let bucket_to_read = bucket.filter(|_| kept_bucket.is_none());
        let mut found = self.batch_get(self.wanted(app_to_read, bucket_to_read)?).await?;
        let mut item = |table| found.remove(table).and_then(|items: Vec<Item>| items.into_iter().next());
        let app = match app_to_read {
            Some(app) => {
                let read =
                    known_apps.read(app, item(&tables.apps), now, |item| items::read_app(item).map(Verifier::new));
                read.map_err(|error| self.unreadable(&error))?
            }
            None => kept_app,
        };
        let bucket = match bucket_to_read {
            Some(bucket) => {
                known_buckets.read(bucket, item(&tables.objects), now, |item| items::bucket_state(Some(item)))
            }
            None => Ok(kept_bucket),
        };
        let bucket = bucket.map(|bucket| bucket.unwrap_or_else(|| Arc::new(BucketState::Vacant(Vacancy::Unused))));
        Ok(AppAndBucket { app, bucket, is_kept })
    }

    /// The keys of an app and a bucket, by table.
    fn wanted(&self, app: Option<&AppId>, bucket: Option<&BucketPath>) -> Result<HashMap<String, KeysAndAttributes>> {
        let Tables { apps, objects } = &self.store.tables;
        let app = app.map(|app| (apps.clone(), keys::app(app)));
        let bucket = bucket.map(|bucket| (objects.clone(), keys::bucket(bucket)));
        app.into_iter().chain(bucket).map(|(table, key)| Ok((table, keys_of(key)?))).collect()
    }

    /// The items under these keys, by table. What DynamoDB leaves unprocessed is asked for again.
    async fn batch_get(
        &mut self,
        mut wanted: HashMap<String, KeysAndAttributes>,
    ) -> Result<HashMap<String, Vec<Item>>> {
        let client = &self.store.client;
        let mut found = HashMap::<String, Vec<Item>>::new();
        for round in 0..MOST_ROUNDS {
            if wanted.is_empty() {
                return Ok(found);
            }
            if round > 0 {
                self.pause(round).await?;
            }
            let get = || client.batch_get_item().set_request_items(Some(wanted.clone())).send();
            let output = self.call("BatchGetItem", get).await?.result.map_err(|_| Error::Internal)?;
            // DynamoDB always says what it found, were it nothing: an answer that does not is none.
            for (table, items) in output.responses.ok_or(Error::Unavailable)? {
                found.entry(table).or_default().extend(items);
            }
            wanted = output.unprocessed_keys.unwrap_or_default();
            for keys in wanted.values_mut() {
                keys.consistent_read = Some(true);
            }
        }
        if wanted.is_empty() { Ok(found) } else { Err(Error::Unavailable) }
    }

    /// What stands under a bucket's name, read consistently.
    pub async fn bucket(&mut self, path: &BucketPath) -> Result<BucketState> {
        let Store { tables, .. } = self.store;
        let item = self.item(&tables.objects, keys::bucket(path)).await?;
        items::bucket_state(item.as_ref()).map_err(|error| self.unreadable(&error))
    }

    /// One item of a table, read consistently.
    pub(super) async fn item(&mut self, table: &str, key: Item) -> Result<Option<Item>> {
        let Store { client, .. } = self.store;
        let get = || client.get_item().table_name(table).set_key(Some(key.clone())).consistent_read(true).send();
        let reply = self.call("GetItem", get).await?;
        Ok(reply.result.map_err(|_| Error::Internal)?.item)
    }

    /// Writes a new object, unless the same create has written it before.
    pub async fn put_object(
        &mut self,
        path: &BucketPath,
        generation: &Generation,
        object: &NewObject,
    ) -> Result<Stored> {
        let (Store { client, tables, .. }, writer) = (self.store, self.writer().clone());
        let put = || {
            client
                .put_item()
                .table_name(&tables.objects)
                .set_item(Some(items::object(path, generation, object, &writer)))
                .condition_expression("attribute_not_exists(writer)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call("PutItem", put).await?;
        match reply.result {
            Ok(_) => Ok(Stored::now(object, generation)),
            Err(PutItemError::ConditionalCheckFailedException(failed)) => {
                self.judge_put(generation, object, failed.item.as_ref())
            }
            Err(_) => Err(Error::Internal),
        }
    }

    /// Rules R1 and R2: `found` stands under the ID of a new object.
    fn judge_put(&mut self, generation: &Generation, object: &NewObject, found: Option<&Item>) -> Result<Stored> {
        let fingerprint = match &object.name {
            // R1: nobody else has our fresh random ID, so that an earlier attempt of ours has landed.
            Name::Random(_) => return Ok(Stored::now(object, generation)),
            Name::Key(_, fingerprint) => fingerprint,
        };
        let found = items::first_answer(found.ok_or(Error::Unavailable)?).map_err(|error| self.unreadable(&error))?;
        if found.writer == *self.writer() {
            Ok(Stored::now(object, generation))
        } else if found.fingerprint.as_ref() == Some(fingerprint) {
            Ok(Stored { id: object.id_in(generation), created: found.created, replayed: true })
        } else {
            Err(Error::IdempotencyKeyReused)
        }
    }

    /// Writes the first object of a bucket together with the bucket, over what was `seen` under its name: nothing, or
    /// what is left of a dropped bucket. By rule R3, a cancelled transaction is judged by the bucket item that stood in
    /// its way; it never goes back to the scope's ACL.
    pub async fn put_first_object(
        &mut self,
        path: &BucketPath,
        seen: &Vacancy,
        bucket: &NewBucket,
        object: &NewObject,
    ) -> Result<FirstObject> {
        let writes = self.first_object_writes(path, seen, bucket, object)?;
        let (store, token) = (self.store, self.writer().as_str().to_owned());
        let mut sent = 0;
        for round in 0..MOST_ROUNDS {
            if round > 0 {
                self.pause(round).await?;
            }
            let transact = || {
                let call = store.client.transact_write_items().client_request_token(&token);
                call.set_transact_items(Some(writes.clone())).send()
            };
            let reply = self.call("TransactWriteItems", transact).await?;
            sent += reply.attempts;
            let cancelled = match reply.result {
                Ok(_) => return Ok(FirstObject::Created(Stored::now(object, &bucket.generation))),
                Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled,
                Err(_) => return Err(Error::Internal),
            };
            let found = match obstacle(cancelled.cancellation_reasons()) {
                Obstacle::Bucket(item) => items::bucket_state(item).map_err(|error| self.unreadable(&error))?,
                Obstacle::Conflict => self.bucket(path).await?,
                Obstacle::Passing => continue,
                Obstacle::Fault(code) => {
                    tracing::error!(call = "TransactWriteItems", code, "DynamoDB refuses");
                    return Err(Error::Internal);
                }
            };
            match found {
                BucketState::Live(found) if found.generation == bucket.generation => {
                    return Ok(FirstObject::Created(Stored::now(object, &bucket.generation)));
                }
                BucketState::Vacant(found) if found == *seen => {}
                // With more than one attempt sent, ours may have landed and its bucket be gone again, unless what is
                // there came right after what was seen.
                BucketState::Live(found) if sent == 1 || found.version == seen.next_version() => {
                    return Ok(FirstObject::Lost(found));
                }
                BucketState::Live(_) | BucketState::Vacant(_) => return Err(Error::Unavailable),
            }
        }
        Err(Error::Unavailable)
    }

    /// The transaction's writes.
    fn first_object_writes(
        &self,
        path: &BucketPath,
        seen: &Vacancy,
        bucket: &NewBucket,
        object: &NewObject,
    ) -> Result<Vec<TransactWriteItem>> {
        let (condition, values) = match seen {
            Vacancy::Unused => ("attribute_not_exists(writer)", None),
            Vacancy::Dropped { writer, .. } => (
                "writer = :seen AND attribute_exists(dropped)",
                Some(HashMap::from([(":seen".to_owned(), AttributeValue::S(writer.as_str().to_owned()))])),
            ),
        };
        let bucket_put = self
            .put(items::bucket(path, bucket, self.writer(), seen.next_version()))
            .condition_expression(condition)
            .set_expression_attribute_values(values);
        let object_put = self
            .put(items::object(path, &bucket.generation, object, self.writer()))
            .condition_expression("attribute_not_exists(writer)");
        let writes =
            [bucket_put, object_put].map(|put| put.build().map(|put| TransactWriteItem::builder().put(put).build()));
        writes.into_iter().collect::<std::result::Result<_, _>>().map_err(|_| Error::Internal)
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder()
            .table_name(&self.store.tables.objects)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

impl Stored {
    /// What this request has just written.
    fn now(object: &NewObject, generation: &Generation) -> Self {
        Self { id: object.id_in(generation), created: object.created, replayed: false }
    }
}

/// Why a transaction was cancelled.
enum Obstacle<'a> {
    /// The bucket item is not what was seen. This is what it is now.
    Bucket(Option<&'a Item>),
    /// Another transaction or write was under way on one of the items.
    Conflict,
    /// The table was too busy.
    Passing,
    /// Something else, by its code.
    Fault(String),
}

/// The obstacle to the writes of bucket and object, in this order.
fn obstacle(reasons: &[CancellationReason]) -> Obstacle<'_> {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    if let Some(bucket) = reasons.first().filter(|reason| code(reason) == "ConditionalCheckFailed") {
        return Obstacle::Bucket(bucket.item());
    }
    match reasons.iter().map(code).find(|code| code != "None").as_deref() {
        // A failed condition of the object alone means that ours has landed: reading the bucket tells.
        Some("TransactionConflict" | "ConditionalCheckFailed") => Obstacle::Conflict,
        Some("ProvisionedThroughputExceeded" | "ThrottlingError") | None => Obstacle::Passing,
        Some(code) => Obstacle::Fault(code.to_owned()),
    }
}

fn keys_of(key: Item) -> Result<KeysAndAttributes> {
    KeysAndAttributes::builder().keys(key).consistent_read(true).build().map_err(|_| Error::Internal)
}
