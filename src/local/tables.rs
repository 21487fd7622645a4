//! The tables themselves, for installations that no template makes.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
    TimeToLiveStatus,
};
use tokio::time::timeout;

use crate::store::{Cause, Store, keys};

/// The longest time to make the tables. DynamoDB needs about ten seconds for each.
const PATIENCE: Duration = Duration::from_secs(120);

/// What became of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableOutcome {
    /// It was made.
    Created,
    /// It existed before.
    Existed,
}

impl Store {
    /// Makes the three tables, billed on demand and with the TTL that tombstones need, unless they exist. Returns what became
    /// of the apps table, of the objects table and of the index table.
    pub async fn create_tables(&self) -> Result<[TableOutcome; 3], Cause> {
        let late = Cause::of_message("no answer in time");
        timeout(PATIENCE, self.create_all()).await.unwrap_or(Err(late))
    }

    async fn create_all(&self) -> Result<[TableOutcome; 3], Cause> {
        use ScalarAttributeType::{B, S};
        let apps = self.create_table(&self.tables.apps, &[(keys::APP, S)]).await?;
        let objects = self.create_table(&self.tables.objects, &[(keys::PARTITION, S), (keys::SORT, S)]).await?;
        let index = self.create_table(&self.tables.index, &[(keys::PARTITION, S), (keys::SORT, B)]).await?;
        self.expire_tombstones().await?;
        Ok([apps, objects, index])
    }

    async fn create_table(
        &self,
        name: &str,
        attributes: &[(&str, ScalarAttributeType)],
    ) -> Result<TableOutcome, Cause> {
        let mut table = self.client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for ((attribute, of_type), key_type) in attributes.iter().zip([KeyType::Hash, KeyType::Range]) {
            let definition = AttributeDefinition::builder().attribute_name(*attribute).attribute_type(of_type.clone());
            let element = KeySchemaElement::builder().attribute_name(*attribute).key_type(key_type);
            table = table
                .attribute_definitions(definition.build().map_err(incomplete)?)
                .key_schema(element.build().map_err(incomplete)?);
        }
        match table.send().await {
            Ok(_) => Ok(TableOutcome::Created),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), CreateTableError::ResourceInUseException(_)) =>
            {
                Ok(TableOutcome::Existed)
            }
            Err(error) => Err(Cause::of_error(&error)),
        }
    }

    /// Sets the TTL, unless it is set. DynamoDB takes it only once the table is active, some seconds later.
    async fn expire_tombstones(&self) -> Result<(), Cause> {
        let table = &self.tables.objects;
        let expires =
            TimeToLiveSpecification::builder().attribute_name("expires").enabled(true).build().map_err(incomplete)?;
        for _ in 0..60 {
            let found = self
                .client
                .describe_time_to_live()
                .table_name(table)
                .send()
                .await
                .map_err(|error| Cause::of_error(&error))?;
            let status = found.time_to_live_description.and_then(|found| found.time_to_live_status);
            if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
                return Ok(());
            }
            let set = self.client.update_time_to_live().table_name(table).time_to_live_specification(expires.clone());
            match set.send().await {
                Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                outcome => return outcome.map(drop).map_err(|error| Cause::of_error(&error)),
            }
        }
        Err(Cause::of_message(format!("the table {table} is not active after a minute; try again")))
    }
}

fn incomplete(error: aws_sdk_dynamodb::error::BuildError) -> Cause {
    Cause::of_message(error.to_string())
}
