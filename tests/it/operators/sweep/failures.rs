//! Answers that do not mean what they seem to: nothing live is touched, and nothing is left behind. Faults and crashes at every
//! call of a sweep are in `storage::faults`.

use pail::store::Failure;
use pail_testing::Act;
use serde_json::json;

use super::{HOUR, finished, first_only, installation, left, no_limits, swept, untouchable};

#[tokio::test(start_paused = true)]
async fn deletions_that_a_batch_left_unprocessed_are_sent_again() {
    let installation = installation(3, HOUR).await;
    installation.wire.plan("BatchWriteItem", [first_only(), first_only()]);
    finished(&installation).await;
    let sent = installation.wire.take_sent();
    let batches = sent.iter().filter(|sent| sent.operation == "BatchWriteItem");
    let sizes = batches.map(|sent| sent.body["RequestItems"]["objects"].as_array().map_or(0, Vec::len));
    assert_eq!(sizes.collect::<Vec<_>>(), [3, 2, 1, 1], "three objects, two, one, and the marker");
}

#[tokio::test(start_paused = true)]
async fn deletions_that_stay_unprocessed_end_the_sweep_with_a_failure() {
    let installation = installation(3, HOUR).await;
    let none =
        || Act::Answer(200, json!({"UnprocessedItems": {"objects": [{"DeleteRequest": {"Key": {}}}]}}).to_string());
    installation.wire.always("BatchWriteItem", none);
    let swept = swept(&installation, no_limits()).await;
    assert!(matches!(swept.failure, Some(Failure::Unavailable(_))) && swept.objects == 0, "{swept:?}");
    assert_eq!(left(&installation).await, 4);
    installation.wire.forget_plans();
    finished(&installation).await;
    assert_eq!(left(&installation).await, 0);
}

/// Whatever is taken for an empty partition would leave its objects behind for ever.
#[tokio::test(start_paused = true)]
async fn only_the_end_of_the_partition_shows_that_nothing_is_left() {
    let installation = installation(3, HOUR).await;
    // The second query is that of the partition.
    installation.wire.plan("Query", [Act::Pass]);
    installation.wire.always("Query", || Act::Answer(200, r#"{"Count":0,"ScannedCount":0}"#.to_owned()));
    let swept = swept(&installation, no_limits()).await;
    assert!(matches!(swept.failure, Some(Failure::Unavailable(_))), "an answer without a list: {swept:?}");
    assert_eq!(left(&installation).await, 4);
    installation.wire.forget_plans();

    let key = json!({"pk": {"S": super::dead(0)["pk"]["S"]}, "sk": {"S": "object-"}});
    let empty = json!({"Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": key}).to_string();
    installation.wire.plan("Query", [Act::Pass, Act::Answer(200, empty)]);
    let swept = finished(&installation).await;
    assert_eq!((swept.buckets, swept.objects, left(&installation).await), (1, 3, 0), "an empty page with a next one");
}

#[tokio::test]
async fn an_answer_about_another_partition_deletes_nothing_there() {
    let installation = installation(0, HOUR).await;
    let before = untouchable(&installation).await;
    let elsewhere = json!({"pk": {"S": format!("demo/notes:{}", super::NEXT)}, "sk": {"S": "object-00001"}});
    let page = json!({"Items": [elsewhere], "Count": 1, "ScannedCount": 1}).to_string();
    installation.wire.plan("Query", [Act::Pass, Act::Answer(200, page)]);
    finished(&installation).await;
    assert_eq!(untouchable(&installation).await, before);
}
