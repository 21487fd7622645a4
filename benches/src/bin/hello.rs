//! The lowest floor: a Lambda function that does nothing and answers `{}`.

use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use serde_json::json;
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let answer = async |_: LambdaEvent<Box<RawValue>>| Ok::<_, Error>(json!({"statusCode": 201, "body": "{}"}));
    lambda_runtime::run(service_fn(answer)).await
}
