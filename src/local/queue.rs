//! The queue in front of an engine that answers many requests at once. On a file, each commit waits for the disk. So puts that
//! wait together are committed together, in one transaction, which is on disk before any of them is answered.

use std::iter;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use dynoxide::Database;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::transact_write_items::{TransactPut, TransactWriteItem, TransactWriteItemsRequest};
use tokio::sync::oneshot;

use super::protocol::{Answer, answer};

/// The most calls that are taken from the queue at once: as many writes as a transaction of DynamoDB may have.
const MOST_AT_ONCE: usize = 100;

/// A call of DynamoDB's JSON protocol.
#[derive(Clone)]
pub struct Call {
    /// The header `X-Amz-Target`.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The queue, and the thread that has the engine to itself. Dropping it waits until all queued calls are answered.
pub struct Queue {
    /// `None` once the queue is closed.
    calls: Option<Sender<(Call, oneshot::Sender<Answer>)>>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// Opens a queue in front of an engine.
    pub fn open(database: Database) -> std::io::Result<Self> {
        let (calls, queue) = channel();
        let thread = Builder::new().name("engine".to_owned()).spawn(move || serve(&database, &queue))?;
        Ok(Self { calls: Some(calls), thread: Some(thread) })
    }

    /// Queues a call. Its answer comes, unless the engine has panicked.
    pub fn push(&self, call: Call) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        if let Some(calls) = &self.calls {
            // If the thread is gone, the answer never comes.
            let _ = calls.send((call, reply));
        }
        answer
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            // A panic has shown in the answers.
            let _ = thread.join();
        }
    }
}

fn serve(database: &Database, queue: &Receiver<(Call, oneshot::Sender<Answer>)>) {
    while let Ok(first) = queue.recv() {
        let calls = iter::once(first).chain(queue.try_iter()).take(MOST_AT_ONCE);
        // A caller that has stopped waiting needs no answer.
        answer_together(database, calls, |reply, answer| drop(reply.send(answer)));
    }
}

/// Answers calls that came at the same time, each as if it had come alone. Puts come last, so that no other call waits for
/// the disk.
fn answer_together<Reply>(
    database: &Database,
    calls: impl Iterator<Item = (Call, Reply)>,
    send: impl Fn(Reply, Answer),
) {
    let (mut puts, mut waiting) = (Vec::new(), Vec::new());
    for (call, reply) in calls {
        match plain_put(&call) {
            Some(put) => {
                puts.push(put);
                waiting.push((call, reply));
            }
            None => send(reply, answer(database, &call.target, &call.body)),
        }
    }
    let are_committed = commit(database, puts);
    for (call, reply) in waiting {
        let committed = || (200, "{}".to_owned());
        send(reply, if are_committed { committed() } else { answer(database, &call.target, &call.body) });
    }
}

/// A put whose answer is `{}` if its condition holds.
fn plain_put(call: &Call) -> Option<TransactWriteItem> {
    if !call.target.ends_with(".PutItem") {
        return None;
    }
    let put: PutItemRequest = serde_json::from_slice(&call.body).ok()?;
    let is_plain = put.return_values.is_none()
        && put.return_consumed_capacity.is_none()
        && put.return_item_collection_metrics.is_none()
        && put.expected.is_none()
        && put.conditional_operator.is_none();
    let put = TransactPut {
        table_name: put.table_name,
        item: put.item,
        condition_expression: put.condition_expression,
        expression_attribute_names: put.expression_attribute_names,
        expression_attribute_values: put.expression_attribute_values,
        return_values_on_condition_check_failure: None,
    };
    is_plain.then(|| TransactWriteItem { put: Some(put), ..TransactWriteItem::default() })
}

/// Commits several puts in one transaction. Returns whether it did: if a condition does not hold, or two puts are of one
/// item, nothing is written.
fn commit(database: &Database, puts: Vec<TransactWriteItem>) -> bool {
    let several = puts.len() > 1;
    several
        && database
            .transact_write_items(TransactWriteItemsRequest { transact_items: puts, ..Default::default() })
            .is_ok()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn database() -> Database {
        let database = Database::memory().unwrap();
        let table = json!({
            "TableName": "objects", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        });
        assert_eq!(answer(&database, "DynamoDB_20120810.CreateTable", table.to_string().as_bytes()).0, 200);
        database
    }

    fn call(operation: &str, body: Value) -> Call {
        Call { target: format!("DynamoDB_20120810.{operation}"), body: body.to_string().into_bytes() }
    }

    /// The engine writes the members of an object in any order.
    fn read((status, body): Answer) -> (u16, Value) {
        (status, serde_json::from_str(&body).unwrap())
    }

    fn put(id: &str, text: &str) -> Call {
        call("PutItem", put_of(id, text))
    }

    fn put_of(id: &str, text: &str) -> Value {
        json!({
            "TableName": "objects", "Item": {"pk": {"S": id}, "text": {"S": text}},
            "ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    }

    fn texts(database: &Database) -> Vec<String> {
        let (_, items) = read(answer(database, "DynamoDB_20120810.Scan", br#"{"TableName":"objects"}"#));
        let mut texts: Vec<String> = items["Items"].as_array().unwrap().iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    }

    /// Has the calls answered together and, elsewhere, one by one: the answers and what is stored then have to be the same.
    #[track_caller]
    fn answered_together(calls: &[Call]) -> Vec<u16> {
        let (together, alone) = (database(), database());
        let one_by_one: Vec<_> = calls.iter().map(|call| read(answer(&alone, &call.target, &call.body))).collect();
        let answers = RefCell::new(BTreeMap::new());
        let numbered = calls.iter().cloned().enumerate().map(|(number, call)| (call, number));
        answer_together(&together, numbered, |number, answer| drop(answers.borrow_mut().insert(number, answer)));
        let answers: Vec<_> = answers.into_inner().into_values().map(read).collect();
        assert_eq!(answers, one_by_one);
        assert_eq!(texts(&together), texts(&alone));
        answers.iter().map(|(status, _)| *status).collect()
    }

    #[test]
    fn puts_that_come_together_are_answered_as_if_each_came_alone() {
        assert_eq!(answered_together(&[put("a", "1"), put("b", "2"), put("c", "3")]), [200, 200, 200]);
        assert_eq!(answered_together(&[put("a", "1")]), [200]);
        assert_eq!(answered_together(&[]), Vec::<u16>::new());
    }

    #[test]
    fn one_whose_condition_fails_takes_none_of_the_others_with_it() {
        assert_eq!(
            answered_together(&[put("a", "1"), put("b", "2"), put("a", "3"), put("c", "4")]),
            [200, 200, 400, 200]
        );
    }

    #[test]
    fn several_puts_are_one_commit_or_none() {
        let database = database();
        let puts = |calls: &[Call]| calls.iter().filter_map(plain_put).collect::<Vec<_>>();
        assert!(commit(&database, puts(&[put("a", "1"), put("b", "2")])));
        assert!(!commit(&database, puts(&[put("c", "3"), put("a", "4")])));
        assert!(!commit(&database, puts(&[put("d", "5")])), "one put needs no transaction");
        assert_eq!(texts(&database).len(), 2);
    }

    #[test]
    fn one_that_asks_for_more_or_cannot_be_understood_is_answered_by_itself() {
        let mut asking = put_of("c", "3");
        asking["ReturnConsumedCapacity"] = json!("TOTAL");
        let mut elsewhere = put_of("d", "4");
        elsewhere["TableName"] = json!("nowhere");
        let broken = Call { target: "DynamoDB_20120810.PutItem".to_owned(), body: b"{".to_vec() };
        let read = call("GetItem", json!({"TableName": "objects", "Key": {"pk": {"S": "z"}}}));
        let calls = [put("a", "1"), call("PutItem", asking), call("PutItem", elsewhere), put("b", "2"), broken, read];
        assert_eq!(answered_together(&calls), [200, 200, 400, 200, 400, 200]);
    }

    #[test]
    fn puts_are_on_disk_when_they_are_answered_and_all_queued_calls_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        let open = || Database::new(file.to_str().unwrap()).unwrap();
        let first = open();
        let table = br#"{"TableName":"objects","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
        assert_eq!(answer(&first, "DynamoDB_20120810.CreateTable", table).0, 200);
        let queue = Queue::open(first).unwrap();
        let answers: Vec<_> = (0..250).map(|number| queue.push(put(&number.to_string(), "x"))).collect();
        drop(queue);
        for answer in answers {
            assert_eq!(answer.blocking_recv().unwrap(), (200, "{}".to_owned()));
        }
        assert_eq!(texts(&open()).len(), 250);
    }
}
