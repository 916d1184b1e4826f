//! What happens to the apps of a home, told to everybody who listens: one JSON line each, numbered.
//!
//! Must not know: who listens. A listener that is too slow loses lines and learns how many.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use pino_model::AppStatus;
use tokio::sync::broadcast;

/// Lines a slow listener may be behind.
const WAITING_LINES: usize = 512;

/// One line.
#[derive(Debug)]
pub struct BusLine {
    /// Its number; counts up by one.
    pub seq: u64,
    /// The app it is about.
    pub app: Arc<str>,
    /// It carries output of programs.
    pub is_stream: bool,
    /// JSON text without a line break.
    pub json: String,
}

/// Sends lines to all listeners.
#[derive(Clone, Debug)]
pub struct Bus {
    sender: broadcast::Sender<Arc<BusLine>>,
    next: Arc<AtomicU64>,
}

impl Default for Bus {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(WAITING_LINES), next: Arc::default() }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_millis() as u64)
}

impl Bus {
    /// Lines from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<BusLine>> {
        self.sender.subscribe()
    }

    /// An app has another status now.
    pub(crate) fn status(&self, status: &AppStatus) {
        let text = serde_json::to_string(status).unwrap_or_default();
        self.send("app", &status.name, false, |line| {
            line.push_str(",\"status\":");
            line.push_str(&text);
        });
    }

    /// Something worth knowing happened to an app.
    pub(crate) fn note(&self, app: &str, message: &str) {
        let text = serde_json::Value::from(message).to_string();
        self.send("note", app, false, |line| {
            line.push_str(",\"message\":");
            line.push_str(&text);
        });
    }

    /// An event line of an app's run.
    pub(crate) fn event(&self, app: &str, run: &str, event: &str, is_stream: bool) {
        if self.sender.receiver_count() == 0 {
            return;
        }
        self.send("run", app, is_stream, |line| {
            line.push_str(",\"run\":\"");
            line.push_str(run);
            line.push_str("\",\"event\":");
            line.push_str(event);
        });
    }

    fn send(&self, kind: &str, app: &str, is_stream: bool, fill: impl FnOnce(&mut String)) {
        let seq = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let name = serde_json::Value::from(app);
        let mut json = format!("{{\"t\":\"{kind}\",\"seq\":{seq},\"at\":{},\"app\":{name}", now_ms());
        fill(&mut json);
        json.push('}');
        // without listeners there is nobody to tell
        let _ = self.sender.send(Arc::new(BusLine { seq, app: app.into(), is_stream, json }));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn lines_are_json_whatever_the_name_and_are_numbered() {
        let bus = Bus::default();
        let mut lines = bus.subscribe();
        bus.note("a\"b", "one\ntwo");
        bus.event("a", "r", r#"{"t":"at"}"#, false);
        let first: serde_json::Value = serde_json::from_str(&lines.try_recv().unwrap().json).unwrap();
        assert_eq!((first["seq"].as_u64(), first["app"].as_str()), (Some(1), Some("a\"b")));
        let second: serde_json::Value = serde_json::from_str(&lines.try_recv().unwrap().json).unwrap();
        assert_eq!(second["event"]["t"], "at");
    }
}
