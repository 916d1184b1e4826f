//! Questions answered at the terminal.
//!
//! Must not know: who asks. Lines come from the one thread that reads stdin.

use std::{
    io::{Write as _, stdin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::BoxFuture;
use pino_engine::Prompter;
use pino_model::Data;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

use super::{form, style};

/// Where typed lines go while a question waits.
#[derive(Clone)]
pub(crate) struct TypedLines {
    waiting: Arc<AtomicBool>,
    lines: Arc<Mutex<Option<mpsc::UnboundedSender<String>>>>,
}

/// Asks at the terminal.
pub(crate) struct TerminalPrompter {
    waiting: Arc<AtomicBool>,
    lines: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
}

impl TypedLines {
    /// A question waits for a line.
    pub(crate) fn are_awaited(&self) -> bool {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Keeps a line for the question that waits, or for the next one.
    pub(crate) fn add(&self, line: String) {
        if let Some(lines) = self.lines.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // without a prompter there are no questions
            let _ = lines.send(line);
        }
    }

    /// No further line will come.
    pub(crate) fn end(&self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl TerminalPrompter {
    /// The prompter and the place where its lines come from.
    pub(crate) fn new() -> (Self, TypedLines) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicBool::new(false));
        let typed = TypedLines { waiting: Arc::clone(&waiting), lines: Arc::new(Mutex::new(Some(sender))) };
        (Self { waiting, lines: tokio::sync::Mutex::new(receiver) }, typed)
    }

    async fn line(&self, question: &str, secret: bool) -> Option<String> {
        let mut lines = self.lines.lock().await;
        // before the question is shown: whoever types at once is heard, and not seen
        let _hidden = secret.then(Hidden::new);
        self.waiting.store(true, Ordering::SeqCst);
        print(&format!("{}?{} {question}: ", style::STEP, style::PLAIN));
        let line = lines.recv().await;
        self.waiting.store(false, Ordering::SeqCst);
        if secret {
            print("\n");
        }
        line
    }

    async fn form(&self, data: &Data) -> Option<Data> {
        let fields = form::fields(data);
        if fields.is_empty() {
            self.line("press Enter to go on", false).await?;
            return Some(form::answer(Vec::new()));
        }
        let mut values = Vec::new();
        for field in fields {
            let value = loop {
                let line = self.line(&field.question(), field.is_secret()).await?;
                match field.read(&line) {
                    Ok(value) => break value,
                    Err(why) => print(&format!("  {}{why}{}\n", style::CARE, style::PLAIN)),
                }
            };
            values.push((field.key().to_owned(), value));
        }
        Some(form::answer(values))
    }
}

impl Prompter for TerminalPrompter {
    fn ask<'a>(&'a self, _kind: &'a str, data: &'a Data) -> BoxFuture<'a, Option<Data>> {
        Box::pin(async move {
            let heading = form::heading(data);
            if !heading.is_empty() {
                print(&format!("\n{heading}\n"));
            }
            self.form(data).await
        })
    }
}

fn print(text: &str) {
    let mut stderr = anstream::stderr().lock();
    // without a terminal there is nobody to ask anyway
    let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
}

/// Typed characters are not shown while this lives.
struct Hidden {
    before: Option<Termios>,
}

impl Hidden {
    fn new() -> Self {
        let before = tcgetattr(stdin()).ok();
        if let Some(mut settings) = before.clone() {
            settings.local_modes.remove(LocalModes::ECHO);
            // a terminal that refuses shows what is typed; the question still works
            let _ = tcsetattr(stdin(), OptionalActions::Now, &settings);
        }
        Self { before }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
