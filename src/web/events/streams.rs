//! The event streams that are open, and where what is posted for each goes.

use super::inbox::Inbox;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Known to the one page only: 128 random bits.
type StreamKey = [u8; 16];

/// A lock is right: it is held for a look at a map.
#[derive(Clone, Default)]
pub(crate) struct EventStreams(Arc<Mutex<HashMap<StreamKey, Arc<Inbox>>>>);

/// A stream's place among those that are open; given back by its drop.
pub(super) struct StreamGuard {
    streams: EventStreams,
    key: StreamKey,
}

impl EventStreams {
    /// Opens a stream.
    pub(super) fn open(&self) -> (StreamGuard, Arc<Inbox>) {
        let mut key = StreamKey::default();
        aws_lc_rs::rand::fill(&mut key).expect("the kernel gives randomness");
        let inbox = Arc::<Inbox>::default();
        self.lock().insert(key, inbox.clone());
        (StreamGuard { streams: self.clone(), key }, inbox)
    }

    /// That of a key in base64url, if it is open.
    pub(super) fn inbox(&self, key: &[u8]) -> Option<Arc<Inbox>> {
        let key = StreamKey::try_from(URL_SAFE_NO_PAD.decode(key).ok()?).ok()?;
        self.lock().get(&key).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamKey, Arc<Inbox>>> {
        self.0.lock().expect("nothing panics while it holds the streams")
    }
}

impl StreamGuard {
    /// In base64url.
    pub(super) fn key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key)
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        if let Some(inbox) = self.streams.lock().remove(&self.key) {
            inbox.close();
        }
    }
}
