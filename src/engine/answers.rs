//! Answers to packets that wait: prepared ones first, then a person at the terminal, then clients.
//!
//! Must not know: what is asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::BoxFuture;
use pino_model::Data;
use tokio::sync::{oneshot, watch};

/// Somebody in front of the program who can be asked directly.
pub trait Prompter: Send + Sync {
    /// Asks; `None` when the person cannot or does not want to answer.
    fn ask<'a>(&'a self, kind: &'a str, data: &'a Data) -> BoxFuture<'a, Option<Data>>;
}

/// All sources of answers of one run.
pub(crate) struct Answers {
    inner: Mutex<Inner>,
    clients_listen: watch::Sender<bool>,
    prompter: Option<Arc<dyn Prompter>>,
}

#[derive(Default)]
struct Inner {
    prepared: VecDeque<Data>,
    waiting: HashMap<String, oneshot::Sender<Data>>,
}

impl Answers {
    pub(crate) fn new(
        prepared: impl IntoIterator<Item = Data>,
        prompter: Option<Arc<dyn Prompter>>,
        clients_listen: bool,
    ) -> Self {
        let inner = Inner { prepared: prepared.into_iter().collect(), waiting: HashMap::new() };
        Self { inner: Mutex::new(inner), clients_listen: watch::Sender::new(clients_listen), prompter }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next prepared answer.
    pub(crate) fn prepared(&self) -> Option<Data> {
        self.lock().prepared.pop_front()
    }

    /// Registers a packet before it is sent, so that an answer cannot be missed.
    pub(crate) fn expect(&self, packet: &str) -> oneshot::Receiver<Data> {
        let (sender, receiver) = oneshot::channel();
        self.lock().waiting.insert(packet.to_owned(), sender);
        receiver
    }

    /// Waits for the answer to a packet; `None` when nobody is there to give one.
    pub(crate) async fn wait(
        &self,
        kind: &str,
        data: &Data,
        receiver: oneshot::Receiver<Data>,
    ) -> Option<Data> {
        if let Some(prompter) = &self.prompter {
            return prompter.ask(kind, data).await;
        }
        let mut listening = self.clients_listen.subscribe();
        tokio::select! {
            biased;
            answer = receiver => answer.ok(),
            _ = listening.wait_for(|listening| !*listening) => None,
        }
    }

    /// The packet is settled.
    pub(crate) fn forget(&self, packet: &str) {
        self.lock().waiting.remove(packet);
    }

    /// An answer from a client; the first one counts. False when no such packet waits.
    pub(crate) fn deliver(&self, packet: &str, value: Data) -> bool {
        let waiting = self.lock().waiting.remove(packet);
        waiting.is_some_and(|sender| sender.send(value).is_ok())
    }

    /// No client can answer any more.
    pub(crate) fn clients_gone(&self) {
        self.clients_listen.send_replace(false);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    fn wait(answers: &Answers, receiver: oneshot::Receiver<Data>) -> Option<Data> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(answers.wait("input", &Data::Null, receiver))
    }

    #[test]
    fn the_first_answer_counts() {
        let answers = Answers::new([], None, true);
        let receiver = answers.expect("p");
        assert!(answers.deliver("p", Data::Bool(true)));
        assert!(!answers.deliver("p", Data::Bool(false)));
        assert_eq!(wait(&answers, receiver), Some(Data::Bool(true)));
    }

    #[test]
    fn nobody_answers_when_the_clients_are_gone() {
        let answers = Answers::new([Data::Number(1.0)], None, true);
        assert_eq!(answers.prepared(), Some(Data::Number(1.0)));
        assert_eq!(answers.prepared(), None);
        let receiver = answers.expect("p");
        answers.clients_gone();
        assert_eq!(wait(&answers, receiver), None);
    }
}
