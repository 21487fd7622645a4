//! The DynamoDB API of a server, as any client of DynamoDB calls it.

use serde_json::{Value, json};

use crate::program::Server;
use crate::wire;

/// A header in the form of a signature. The server does not check signatures.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=local/20250101/us-east-1/dynamodb/aws4_request, \
                         SignedHeaders=host;x-amz-date;x-amz-target, \
                         Signature=0000000000000000000000000000000000000000000000000000000000000000";

/// Calls an operation.
pub fn call(server: &Server, operation: &str, body: &Value) -> Value {
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [
        ("Authorization", SIGNATURE),
        ("Content-Type", "application/x-amz-json-1.0"),
        ("X-Amz-Date", "20250101T000000Z"),
        ("X-Amz-Target", target.as_str()),
    ];
    let endpoint = server.endpoint();
    let address = endpoint.strip_prefix("http://").expect("the endpoint is local");
    let response = wire::request(address, "POST", "/", &headers, body.to_string().as_bytes());
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// All items of a table.
pub fn scan(server: &Server, table: &str) -> Vec<Value> {
    let (mut items, mut request) = (Vec::new(), json!({"TableName": table, "ConsistentRead": true}));
    loop {
        let mut page = call(server, "Scan", &request);
        items.append(page["Items"].as_array_mut().expect("a page has items"));
        match page.get("LastEvaluatedKey") {
            Some(last) => request["ExclusiveStartKey"] = last.clone(),
            None => return items,
        }
    }
}

/// The contents of all objects.
pub fn contents(server: &Server) -> Vec<String> {
    let items = scan(server, "pail-objects");
    items.iter().filter_map(|item| item["content"]["S"].as_str()).map(str::to_owned).collect()
}

/// Deletes a table.
pub fn drop_table(server: &Server, table: &str) {
    call(server, "DeleteTable", &json!({"TableName": table}));
}
