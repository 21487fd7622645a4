//! Many bodies for one look into the tables, which takes longer than all requests between two of them.

use std::collections::BTreeMap;

use pail_testing::{Call, Gateway, Installation, callers};

/// An installation, and what it has to hold in the end.
pub struct Many {
    installation: Installation,
    /// The text of each object that was created, by its ID.
    expected: BTreeMap<String, String>,
}

impl Many {
    pub async fn start() -> Self {
        Self { installation: Installation::start().await, expected: BTreeMap::new() }
    }

    /// Sends a body through every gateway, as text if it is text, and in Base64: all of them are accepted, and as to what
    /// is then stored, see [`Self::end`].
    pub async fn accepts(&mut self, body: &[u8], stored: &str) {
        for call in calls(body) {
            let answer = self.installation.answer(&call).await;
            assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
            self.expected.insert(answer.text("objectID"), stored.to_owned());
        }
    }

    /// Sends a body in the same ways: all are refused with one and the same message, which is returned, before the tables
    /// are asked for anything.
    pub async fn refuses(&self, body: &[u8], status: u16, code: &str) -> String {
        let mut messages = Vec::new();
        for call in calls(body) {
            self.installation.wire.take_sent();
            let answer = self.installation.answer(&call).await;
            assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{call:?}: {answer:?}");
            assert_eq!(self.installation.wire.take_operations(), Vec::<String>::new(), "{call:?}");
            messages.push(answer.text("message"));
        }
        messages.dedup();
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    /// Looks into the tables: there is each object that was created, with the text that it has to have, and no other one.
    pub async fn end(self) {
        let text = |item: &serde_json::Value, name: &str| item[name]["S"].as_str().map(str::to_owned);
        let items = self.installation.items().await;
        let objects = items.values().filter_map(|item| Some((text(item, "sk")?, text(item, "content")?)));
        let objects: BTreeMap<String, String> = objects.collect();
        assert_eq!(objects, self.expected);
        // Besides the objects: the app, and the bucket once there are any.
        let others = 1 + usize::from(!objects.is_empty());
        assert_eq!(items.len(), objects.len() + others, "{:?}", items.keys());
    }
}

fn calls(body: &[u8]) -> impl Iterator<Item = Call> {
    let token = callers::user("alice");
    Gateway::ALL.into_iter().flat_map(move |gateway| {
        let call = Call::create("demo", "notes").through(gateway).bearer(&token).body(body);
        [call.clone(), call.in_base64()]
    })
}
