//! Tests of many bodies with one scan of the tables at the end, because a scan takes longer than the requests.

use std::collections::BTreeMap;

use pail_testing::{Call, Gateway, Installation, callers};

/// An installation, and the objects that it must have in the end.
pub struct Many {
    installation: Installation,
    /// The text of each object that was created, by its ID.
    expected: BTreeMap<String, String>,
}

impl Many {
    pub async fn start() -> Self {
        Self { installation: Installation::start().await, expected: BTreeMap::new() }
    }

    /// Sends a body through every gateway, as text if it is UTF-8, and as Base64. All of them must be accepted.
    /// [`Self::end`] checks what is stored.
    pub async fn accepts(&mut self, body: &[u8], stored: &str) {
        for call in calls(body) {
            let answer = self.installation.answer(&call).await;
            assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
            self.expected.insert(answer.text("objectID"), stored.to_owned());
        }
    }

    /// Sends a body in the same ways. All must be refused with the same message before the tables are read. Returns the
    /// message.
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

    /// Checks that the tables contain exactly the objects that were created, with the right texts.
    pub async fn end(self) {
        let text = |item: &serde_json::Value, name: &str| item[name]["S"].as_str().map(str::to_owned);
        let items = self.installation.items().await;
        let objects = items.values().filter_map(|item| Some((text(item, "sk")?, text(item, "content")?)));
        let objects: BTreeMap<String, String> = objects.collect();
        assert_eq!(objects, self.expected);
        // Other items: the app, and the bucket if there are objects.
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
