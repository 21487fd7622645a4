//! Unconditional writes of many items in one call.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, ReturnConsumedCapacity, WriteRequest};

use super::failure::{Cause, Failure, Result};
use super::keys::Item;
use super::read::unexpected;
use super::{MOST_ROUNDS, Session, Store};

/// The most items that one `BatchWriteItem` writes: DynamoDB's limit.
pub const BATCH: usize = 25;

const BATCH_WRITE: &str = "BatchWriteItem";

/// How long writes are sent again that DynamoDB leaves unprocessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Perseverance {
    /// For some rounds: others find later what is left.
    SomeRounds,
    /// Until two seconds before the deadline: what comes next needs them.
    WhileThereIsTime,
}

impl Session<'_> {
    /// Puts or deletes items of a table, at most [`BATCH`], whatever is there. Those that DynamoDB leaves unprocessed are sent
    /// again. Returns the write units that this took.
    pub(super) async fn batch_write(
        &mut self,
        table: &str,
        requests: Vec<WriteRequest>,
        perseverance: Perseverance,
    ) -> Result<f64> {
        let Store { client, .. } = self.store;
        let mut wanted = HashMap::from([(table.to_owned(), requests)]);
        let (mut round, mut units) = (0, 0.0);
        loop {
            let write = || {
                client
                    .batch_write_item()
                    .set_request_items(Some(wanted.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            };
            let output = self.call(BATCH_WRITE, write).await?.result.map_err(|_| unexpected(BATCH_WRITE))?;
            units += output.consumed_capacity().iter().filter_map(|table| table.capacity_units).sum::<f64>();
            wanted = output.unprocessed_items.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(units);
            }
            round += 1;
            let may_go_on = match perseverance {
                Perseverance::SomeRounds => round < MOST_ROUNDS,
                Perseverance::WhileThereIsTime => self.has_time_for_a_round(),
            };
            if !may_go_on {
                let cause = Cause::of_message("DynamoDB left writes unprocessed each time");
                return Err(Failure::Unavailable(Cause { call: BATCH_WRITE, ..cause }));
            }
            tracing::info!(call = BATCH_WRITE, round, "writes were left unprocessed");
            self.pause(round).await?;
        }
    }
}

/// Deletes the item under a key.
pub(super) fn delete(key: Item) -> Result<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key)).build();
    Ok(WriteRequest::builder().delete_request(delete.map_err(|error| Failure::fault(error.to_string()))?).build())
}

/// Puts an item, whatever is under its key.
pub(super) fn put(item: Item) -> Result<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item)).build();
    Ok(WriteRequest::builder().put_request(put.map_err(|error| Failure::fault(error.to_string()))?).build())
}
