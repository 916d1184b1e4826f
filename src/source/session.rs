//! One conversation with a server: the client, its patience, the credentials, and what really went wrong.
//!
//! Must not know: git's protocol. libgit2 calls transports without any context of ours, so the conversation at work on a
//! thread is kept there ([`Session::enter`]).

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, NoProxy, Proxy, redirect::Policy};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::{Address, Credentials, Limits, SourceError, address::same_place};

/// Git servers answer programs whose name begins with `git/`.
const USER_AGENT: &str = concat!("git/2.0 (pino/", env!("CARGO_PKG_VERSION"), ")");

/// A conversation.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) runtime: Runtime,
    pub(crate) limits: Limits,
    pub(crate) cancel: CancellationToken,
    credentials: Credentials,
    /// The address asked for: a login in it counts for its place only.
    address: Address,
    pub(crate) variables: BTreeMap<String, String>,
    failure: Mutex<Option<SourceError>>,
}

thread_local! {
    static AT_WORK: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

/// Ends the conversation of this thread when dropped.
pub(crate) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        AT_WORK.with_borrow_mut(|at_work| *at_work = None);
    }
}

impl Session {
    pub(crate) fn new(
        source: &crate::Source,
        address: &Address,
        cancel: &CancellationToken,
    ) -> Result<Arc<Self>, SourceError> {
        let options = source.options();
        let failed = |cause: String| SourceError::Unreachable { address: address.shown(), cause };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Arc::new(Self {
            client: client(&options.variables, options.limits).map_err(|error| failed(causes(&error)))?,
            runtime,
            limits: options.limits,
            cancel: cancel.clone(),
            credentials: options.credentials.clone(),
            address: address.clone(),
            variables: options.variables.clone(),
            failure: Mutex::new(None),
        }))
    }

    /// Makes this the conversation of the thread until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        AT_WORK.with_borrow_mut(|at_work| *at_work = Some(Arc::clone(self)));
        Entered
    }

    /// The conversation at work on this thread.
    pub(crate) fn at_work() -> Option<Arc<Self>> {
        AT_WORK.with_borrow(Clone::clone)
    }

    /// User and password for this address.
    pub(crate) fn login(&self, url: &url::Url) -> Option<(String, String)> {
        if same_place(Some(url), self.address.web_url())
            && let Some(login) = self.address.login()
        {
            return Some(login.clone());
        }
        let host = url.host_str()?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        self.credentials.login(&host)
    }

    /// Remembers the true cause; libgit2 only keeps a text.
    pub(crate) fn fail(&self, error: SourceError) -> std::io::Error {
        let text = error.to_string();
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        // the first cause is the one that matters
        failure.get_or_insert(error);
        std::io::Error::other(text)
    }

    pub(crate) fn take_failure(&self) -> Option<SourceError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn shown(&self) -> String {
        self.address.shown()
    }
}

/// Waits for a network answer: at most the stall limit, and no longer than until it is cancelled.
pub(crate) async fn patiently<T>(
    session: &Session,
    wait: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, SourceError> {
    let address = session.shown();
    tokio::select! {
        biased;
        () = session.cancel.cancelled() => Err(SourceError::Cancelled),
        answer = tokio::time::timeout(session.limits.stall, wait) => match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if error.is_connect() || error.is_request() && error.is_timeout() => {
                Err(SourceError::Unreachable { address, cause: causes(&error) })
            }
            Ok(Err(error)) => Err(SourceError::Interrupted { address, cause: causes(&error) }),
            Err(_elapsed) => Err(SourceError::Stalled { address, seconds: session.limits.stall.as_secs() }),
        },
    }
}

fn client(variables: &BTreeMap<String, String>, limits: Limits) -> reqwest::Result<Client> {
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT.min(limits.stall))
        .redirect(Policy::none())
        .no_proxy();
    for proxy in proxies(variables)? {
        builder = builder.proxy(proxy);
    }
    builder.build()
}

/// Proxies as the usual variables name them (small letters count first, as in curl); never for this machine.
fn proxies(variables: &BTreeMap<String, String>) -> reqwest::Result<Vec<Proxy>> {
    let find = |name: &str| {
        let both = [name.to_lowercase(), name.to_owned()];
        both.iter()
            .find_map(|name| variables.get(name))
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let direct = format!("localhost,127.0.0.1,::1,{}", find("NO_PROXY").unwrap_or_default());
    let made = [
        find("HTTP_PROXY").map(Proxy::http),
        find("HTTPS_PROXY").map(Proxy::https),
        find("ALL_PROXY").map(Proxy::all),
    ];
    made.into_iter()
        .flatten()
        .map(|proxy| proxy.map(|proxy| proxy.no_proxy(NoProxy::from_string(&direct))))
        .collect()
}

/// An error with everything below it, without the address (which may hold secrets).
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source().or(Some(error));
    while let Some(cause) = next {
        let words = cause.to_string();
        if !parts.iter().any(|part| part.contains(&words)) {
            parts.push(words);
        }
        next = cause.source();
    }
    parts.join(": ")
}
