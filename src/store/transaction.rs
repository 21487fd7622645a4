//! Transactions of conditional writes, and why DynamoDB cancels them.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as TransactUpdate,
};

use super::failure::{Cause, Failure, Result};
use super::keys::{DROPPED, Item};
use super::read::unexpected;
use super::write::{Expected, Place, Update};
use super::{Session, Store};

const CALL: &str = "TransactWriteItems";

/// How a transaction fared.
pub(super) enum Transaction {
    /// It took effect.
    Made,
    /// It was cancelled: nothing of this attempt was written.
    Cancelled(Obstacle),
}

/// Why a transaction was cancelled.
pub(super) enum Obstacle {
    /// The condition of its first write failed. This is the item now.
    First(Option<Item>),
    /// Another write was under way on one of the items, or the condition of a later write failed.
    Conflict,
    /// The table was too busy.
    Throttled,
}

impl Session<'_> {
    /// Sends a transaction. `token` makes further attempts at it the same transaction for DynamoDB.
    pub(super) async fn transact(&mut self, writes: &[TransactWriteItem], token: &str) -> Result<(Transaction, u32)> {
        let Store { client, .. } = self.store;
        let transact = || {
            let call = client.transact_write_items().client_request_token(token);
            call.set_transact_items(Some(writes.to_vec())).send()
        };
        let reply = self.call(CALL, transact).await?;
        let outcome = match reply.result {
            Ok(_) => Transaction::Made,
            Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                Transaction::Cancelled(obstacle(cancelled.cancellation_reasons.unwrap_or_default())?)
            }
            Err(_) => return Err(unexpected(CALL)),
        };
        Ok((outcome, reply.attempts))
    }

    /// A put of a new item, or over what is expected, as a part of a transaction.
    pub(super) fn put_in_transaction(
        &self,
        table: &str,
        item: Item,
        expected: Expected<'_>,
    ) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(expected.condition(DROPPED))
            .set_expression_attribute_values(expected.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = put.build().map_err(|error| Failure::fault(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// An update of an item that is as expected, as a part of a transaction.
    pub(super) fn update_in_transaction(
        &self,
        place: &Place<'_>,
        update: Update,
        expected: Expected<'_>,
    ) -> Result<TransactWriteItem> {
        let expression = self.expression(update, expected, place.mark);
        let update = TransactUpdate::builder()
            .table_name(place.table)
            .set_key(Some(place.key.clone()))
            .update_expression(expression.update)
            .condition_expression(expression.condition)
            .set_expression_attribute_names(Some(expression.names))
            .set_expression_attribute_values(Some(expression.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = update.build().map_err(|error| Failure::fault(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// A put as a part of a transaction, whatever is there.
pub(super) fn unconditional_put(table: &str, item: Item) -> Result<TransactWriteItem> {
    let put = Put::builder().table_name(table).set_item(Some(item)).build();
    let put = put.map_err(|error| Failure::fault(error.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// The obstacle that the reasons of a cancelled transaction name, in the order of its writes.
fn obstacle(mut reasons: Vec<CancellationReason>) -> Result<Obstacle> {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    if let Some(first) = reasons.first_mut().filter(|reason| code(reason) == "ConditionalCheckFailed") {
        return Ok(Obstacle::First(first.item.take()));
    }
    match reasons.iter().map(code).find(|code| code != "None").as_deref() {
        Some("TransactionConflict" | "ConditionalCheckFailed") => Ok(Obstacle::Conflict),
        Some("ProvisionedThroughputExceeded" | "ThrottlingError") | None => Ok(Obstacle::Throttled),
        Some(code) => {
            let cause = Cause::of_message("a transaction was cancelled");
            Err(Failure::Fault(Cause { call: CALL, code: code.to_owned(), ..cause }))
        }
    }
}
