//! DynamoDB's JSON protocol over the engine.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The HTTP status and the body of an answer.
pub type Answer = (u16, String);

/// Answers one call.
pub(super) fn answer(database: &Database, target: &str, body: &[u8]) -> Answer {
    let answer = match target.rsplit('.').next().unwrap_or_default() {
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "CreateTable" => run(body, |request| database.create_table(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "DeleteTable" => run(body, |request| database.delete_table(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        "DescribeTimeToLive" => run(body, |request| database.describe_time_to_live(request)),
        "ExecuteStatement" => run(body, |request| database.execute_statement(request)),
        "GetItem" => run(body, |request| database.get_item(request)),
        "ListTables" => run(body, |request| database.list_tables(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "UpdateTimeToLive" => run(body, |request| database.update_time_to_live(request)),
        operation => Err(DynoxideError::ValidationException(format!("{operation} is not offered here"))),
    };
    answer.map_or_else(|error| (error.status_code(), error.to_json()), |json| (200, json))
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    call: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| invalid(&error.to_string()))?;
    serde_json::to_string(&call(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// How messages of the parser begin that DynamoDB calls a ValidationException.
const INVALID: [&str; 5] =
    ["missing field", "unknown variant", "invalid type: null", "empty AttributeValue", "Supplied AttributeValue"];

/// The error of a request that cannot be parsed. The engine puts the kind of error before the message, and the JSON parser
/// a position behind it.
fn invalid(message: &str) -> DynoxideError {
    let text = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    match text.split_once(':') {
        Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", text)) => {
            DynoxideError::ValidationException(text.to_owned())
        }
        Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", text)) => {
            DynoxideError::SerializationException(text.to_owned())
        }
        _ if INVALID.iter().any(|start| text.starts_with(start)) => DynoxideError::ValidationException(text.to_owned()),
        _ => DynoxideError::SerializationException(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_request_is_the_exception_that_dynamodb_names() {
        let database = Database::memory().unwrap();
        for (body, exception) in [
            (r#"{"TableName":"objects","Item":{"pk":{"N":"x"}}}"#, "ValidationException"),
            (r#"{"TableName":"objects","Item":{"pk":{}}}"#, "ValidationException"),
            (r#"{"TableName":"objects"}"#, "ValidationException"),
            (r#"{"TableName":1}"#, "SerializationException"),
            ("{", "SerializationException"),
        ] {
            let (status, answer) = answer(&database, "DynamoDB_20120810.PutItem", body.as_bytes());
            assert_eq!(status, 400, "{body}");
            assert!(answer.contains(&format!("#{exception}\"")) && !answer.contains("VALIDATION:"), "{body}: {answer}");
        }
    }
}
