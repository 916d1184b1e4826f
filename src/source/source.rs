//! The service: whose tokens, which address rules, how patient.
//!
//! Must not know: any operation; those live in files of their own.

use std::{collections::BTreeMap, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{Address, AddressRules, Credentials, SourceError, error::Retry, transport};

/// How patient and how generous operations are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts when connections break off.
    pub attempts: u32,
    /// First pause between attempts; each further one is twice as long.
    pub first_pause: Duration,
    /// Silence after which a connection counts as dead.
    pub stall: Duration,
    /// Most bytes of a list of branches and tags.
    pub refs_bytes: u64,
    /// Most bytes of one pack; without it whatever the disk takes.
    pub pack_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_secs(1),
            stall: Duration::from_mins(1),
            refs_bytes: 64 << 20,
            pack_bytes: None,
        }
    }
}

/// What a [`Source`] is made from.
#[derive(Clone, Debug, Default)]
pub struct SourceOptions {
    /// Tokens.
    pub credentials: Credentials,
    /// Address rules of the user.
    pub rules: AddressRules,
    /// Variables: proxies, `GIT_SSH_COMMAND`.
    pub variables: BTreeMap<String, String>,
    /// Patience.
    pub limits: Limits,
}

/// Repositories: cloning, comparing, updating. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    options: std::sync::Arc<SourceOptions>,
}

impl Source {
    /// A service.
    pub fn new(options: SourceOptions) -> Result<Self, SourceError> {
        transport::install()?;
        Ok(Self { options: std::sync::Arc::new(options) })
    }

    pub(crate) fn options(&self) -> &SourceOptions {
        &self.options
    }

    /// The address that is really asked for, after the user's rules.
    pub fn resolve(&self, address: &Address) -> Result<Address, SourceError> {
        let text = self.options.rules.rewrite(&address.text());
        Ok(Address::parse(&text)?.with_login_of(address))
    }

    /// Tries until it works, cannot work, or patience ends.
    pub(crate) fn retrying<T>(
        &self,
        cancel: &CancellationToken,
        mut attempt: impl FnMut() -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let limits = self.options.limits;
        for count in 1.. {
            let error = match attempt() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let most = match error.retry() {
                Retry::Never => 1,
                Retry::Once => 2.min(limits.attempts),
                Retry::Often => limits.attempts,
            };
            if count >= most {
                return Err(if count == 1 {
                    error
                } else {
                    SourceError::GaveUp { attempts: count, last: Box::new(error) }
                });
            }
            tracing::debug!(%error, "trying again");
            wait(limits.first_pause.saturating_mul(1 << (count - 1).min(6)), cancel)?;
        }
        Err(SourceError::Cancelled)
    }
}

/// A pause that a cancellation ends at once.
fn wait(pause: Duration, cancel: &CancellationToken) -> Result<(), SourceError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| SourceError::Git { doing: "wait", cause: error.to_string() })?;
    runtime.block_on(async {
        tokio::select! {
            () = cancel.cancelled() => Err(SourceError::Cancelled),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    })
}
