//! The download service of a home, for runs and for the command line.
//!
//! Must not know: scripts, terminals.

use std::{collections::BTreeMap, path::Path};

pub use pino_download::{
    Checksum, DownloadError, DownloadRequest, DownloadState, Downloads, Entry, HubConfig, HubProxy, NewItem,
    Outcome, Progress, Proxies, Queue, QueueError, QueueRun, Rates, Target,
};

use crate::environment::Environments;

/// The queue of a home.
pub fn queue(home: &Path) -> Queue {
    Queue::at(home.join("pino/downloads"))
}

/// The service that notes what it does in the home, at the speed its environment allows.
pub fn of_home(home: &Path) -> Downloads {
    let variables = pino_process::inherited_environment();
    Downloads::new().at_rates(Rates::from_variables(&variables)).noted_in(queue(home))
}

/// The environment of the home: proxies, the hub's address, token and cache.
pub fn environment(home: &Path) -> BTreeMap<String, String> {
    Environments::new(home).of(None).iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Adds what queued downloads never note: proxies, and the hub's token where it belongs.
pub fn prepare(request: &mut DownloadRequest, variables: &BTreeMap<String, String>) {
    request.proxies = Proxies::from_variables(variables);
    let hub = HubConfig::from_variables(variables);
    if let Some(token) = hub.token.as_ref().filter(|_| hub.may_have_token(&request.url)) {
        request.headers.push(("authorization".to_owned(), token.header()));
    }
}
