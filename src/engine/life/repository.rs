//! Joins the repository service with this home: tokens, address rules, proxies, large files; runs it on a thread.
//!
//! Must not know: states of apps.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use pino_download::{DownloadRequest, Downloads, NO_PROGRESS, Proxies, Target};
use pino_source::{
    AddressRules, Credentials, LfsFile, Limits, Phase, Progress, Source, SourceError, SourceOptions, Watch,
};
use pino_state::{Secret, Secrets};
use tokio_util::sync::CancellationToken;

use super::{Attendance, LifeError, LifeEvent};
use crate::environment::Environments;

/// Names in `secrets.json` for tokens of git hosts: `git:HOST`.
const SECRET_PREFIX: &str = "git:";
/// Room that is left on the disk by a clone.
const SPARE_BYTES: u64 = 1 << 30;

/// Variables that hold tokens; the redactor learns them.
const TOKEN_VARIABLES: &[&str] =
    &["GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];

/// The repository service of a home.
#[derive(Clone)]
pub(crate) struct Repositories {
    source: Source,
    variables: BTreeMap<String, String>,
}

impl Repositories {
    pub(crate) fn of_home(home: &Path) -> Result<Self, LifeError> {
        let mut variables = BTreeMap::clone(&Environments::new(home).of(None));
        let secrets = Secrets::open(home)?;
        for name in secrets.names() {
            // a token that is stored under the name of its variable counts as the variable
            if TOKEN_VARIABLES.contains(&name)
                && let Some(secret) = secrets.get(name)
            {
                variables.insert(name.to_owned(), secret.reveal().to_owned());
            }
        }
        for token in TOKEN_VARIABLES.iter().filter_map(|name| variables.get(*name)) {
            pino_state::Redactor::shared().learn(&Secret::new(token.clone()));
        }
        let hosts =
            secrets.names().filter_map(|name| Some((name.strip_prefix(SECRET_PREFIX)?, secrets.get(name)?)));
        let credentials = hosts.fold(Credentials::new(variables.clone()), |credentials, (host, secret)| {
            credentials.with_host(host, secret.reveal())
        });
        // git's own configuration is the user's, wherever the home's variables point programs of apps
        let process = pino_process::inherited_environment();
        let free = pino_machine::free_disk_bytes(home);
        let source = Source::new(SourceOptions {
            credentials,
            rules: AddressRules::of_user(&process),
            variables: variables.clone(),
            limits: Limits {
                pack_bytes: free.map(|free| free.saturating_sub(SPARE_BYTES)),
                ..Limits::default()
            },
        })?;
        Ok(Self { source, variables })
    }

    /// Works with repositories on a thread of its own.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        attendance: &Attendance,
        work: impl FnOnce(&Source, &Watch<'_>) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, LifeError> {
        let (this, attendance) = (self.clone(), attendance.clone());
        let done = tokio::task::spawn_blocking(move || this.work_here(&attendance, work)).await;
        done.map_err(|error| LifeError::Thread(error.to_string()))?
    }

    /// The same for callers that may block.
    pub(crate) fn work_here<T>(
        &self,
        attendance: &Attendance,
        work: impl FnOnce(&Source, &Watch<'_>) -> Result<T, SourceError>,
    ) -> Result<T, LifeError> {
        let tell = |progress: &Progress| attendance.tell(event(progress));
        let large = |file: &LfsFile| fetch_large(file, &self.variables, &attendance.cancel);
        let watch = Watch::new(attendance.cancel.clone(), &tell).with_large_files(&large);
        Ok(work(&self.source, &watch)?)
    }

    /// The service itself, for questions that need neither network nor patience.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }
}

fn event(progress: &Progress) -> LifeEvent {
    let (what, unit) = match progress.phase {
        Phase::Connect => ("asking", "steps"),
        Phase::Fetch => ("fetching", "objects"),
        Phase::Resolve => ("unpacking", "objects"),
        Phase::Checkout => ("writing files", "files"),
        Phase::Submodule => ("submodule", "steps"),
        Phase::LargeFiles => ("large files", "files"),
    };
    let named = matches!(progress.phase, Phase::Submodule | Phase::LargeFiles | Phase::Connect);
    let label = if named && !progress.name.is_empty() {
        format!("{what} {}", progress.name)
    } else {
        what.to_owned()
    };
    let total = (progress.total > 0).then_some(progress.total);
    LifeEvent::Progress { label, done: progress.done, total, unit }
}

/// One large file by the download service: resumed, verified.
fn fetch_large(
    file: &LfsFile,
    variables: &BTreeMap<String, String>,
    cancel: &CancellationToken,
) -> Result<(), String> {
    let checksum =
        format!("sha256:{}", file.sha256).parse().map_err(|_bad| "its checksum is none".to_owned())?;
    let mut request = DownloadRequest::new(file.url.as_str(), Target::File(file.target.clone()));
    request.checksum = Some(checksum);
    request.headers.clone_from(&file.headers);
    request.proxies = Proxies::from_variables(variables);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let done = runtime.block_on(Downloads::new().fetch(&request, cancel, NO_PROGRESS));
    done.map(|_outcome| ()).map_err(|error| error.to_string())
}

/// Shared by the operations on one home.
pub(crate) type SharedRepositories = Arc<Repositories>;
