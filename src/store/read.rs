//! Consistent reads: one item, and several in one batch.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};

use super::failure::{Cause, Failure, Result};
use super::keys::Item;
use super::{MOST_ROUNDS, Session, Store};

/// Keys to read, by table.
pub(super) type Wanted = HashMap<String, KeysAndAttributes>;

impl Session<'_> {
    /// One item of a table.
    pub(super) async fn get(&mut self, table: &str, key: &Item) -> Result<Option<Item>> {
        let Store { client, .. } = self.store;
        let get = || client.get_item().table_name(table).set_key(Some(key.clone())).consistent_read(true).send();
        let reply = self.call("GetItem", get).await?;
        Ok(reply.result.map_err(|_| unexpected("GetItem"))?.item)
    }

    /// The items under these keys, by table. Keys that DynamoDB leaves unprocessed are asked for again.
    pub(super) async fn batch_get(&mut self, wanted: Wanted) -> Result<HashMap<String, Vec<Item>>> {
        self.batch_get_reporting(wanted, None).await.map(|(found, _)| found)
    }

    /// The same with the read units that it took, if DynamoDB is asked to report them.
    pub(super) async fn batch_get_reporting(
        &mut self,
        mut wanted: Wanted,
        report: Option<ReturnConsumedCapacity>,
    ) -> Result<(HashMap<String, Vec<Item>>, f64)> {
        let Store { client, .. } = self.store;
        let mut found = HashMap::<String, Vec<Item>>::new();
        let (mut round, mut units) = (0, 0.0);
        while !wanted.is_empty() {
            if round == MOST_ROUNDS {
                return Err(unprocessed());
            }
            if round > 0 {
                tracing::info!(call = "BatchGetItem", round, "keys were left unprocessed");
                self.pause(round).await?;
            }
            let get = || {
                let call = client.batch_get_item().set_request_items(Some(wanted.clone()));
                call.set_return_consumed_capacity(report.clone()).send()
            };
            let output = self.call("BatchGetItem", get).await?.result.map_err(|_| unexpected("BatchGetItem"))?;
            units += output.consumed_capacity().iter().filter_map(|table| table.capacity_units).sum::<f64>();
            // DynamoDB always says what it found, even if that is nothing. An answer that does not is not DynamoDB's.
            let responses = output.responses.ok_or_else(|| {
                let cause = Cause::of_message("the answer lists no responses");
                Failure::Unavailable(Cause { call: "BatchGetItem", ..cause })
            })?;
            for (table, items) in responses {
                found.entry(table).or_default().extend(items);
            }
            wanted = output.unprocessed_keys.unwrap_or_default();
            for keys in wanted.values_mut() {
                keys.consistent_read = Some(true);
            }
            round += 1;
        }
        Ok((found, units))
    }
}

/// One table's keys, to be read consistently.
pub(super) fn keys_of(keys: impl IntoIterator<Item = Item>) -> Result<KeysAndAttributes> {
    let keys = KeysAndAttributes::builder().set_keys(Some(keys.into_iter().collect())).consistent_read(true);
    keys.build().map_err(|error| Failure::fault(error.to_string()))
}

/// An error that a call cannot have: only conditional writes end in a failed condition.
pub(super) fn unexpected(call: &'static str) -> Failure {
    Failure::Fault(Cause { call, ..Cause::of_message("a condition failed that was never set") })
}

fn unprocessed() -> Failure {
    let cause = Cause::of_message("DynamoDB left keys unprocessed each time");
    Failure::Unavailable(Cause { call: "BatchGetItem", ..cause })
}
