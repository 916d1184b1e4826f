//! Installing: clone, look, bring tools, run the launcher's install script; interrupted anywhere, it goes on when repeated.
//!
//! Must not know: command lines. The state is INSTALLING from the first byte until the script has ended well.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pino_model::Data;
use pino_source::{Address, CloneRequest, Revision};
use pino_state::AppState;
use serde::Serialize;

use super::{
    Attendance, CatalogLookup, Life, LifeError, LifeEvent, Stage, copy, git_guard, kept, lock,
    preflight::{self, Known, Preflight},
    script::{self, ScriptRun},
    target::{self, Origin, Target},
    tools,
};

/// What to install and how.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own that a person switches")]
pub struct InstallRequest {
    /// An address, a folder, a name of the catalogue, or an app of the home.
    pub target: String,
    /// Name of the app's folder, when not the repository's.
    pub name: Option<String>,
    /// Branch, tag or commit.
    pub revision: Option<String>,
    /// The whole history.
    pub full_history: bool,
    /// Folders to write when not everything is wanted.
    pub sparse: Vec<String>,
    /// Other addresses of the repository.
    pub mirrors: Vec<String>,
    /// Go on in spite of reasons against it.
    pub force: bool,
    /// Look, tell, and change nothing.
    pub dry_run: bool,
    /// Clone, but run nothing.
    pub no_script: bool,
    /// Programs that end with a code other than 0 fail the installation.
    pub strict: bool,
    /// Folders scripts may write to besides the home.
    pub allowed_paths: Vec<PathBuf>,
    /// Start payload of the script.
    pub input: Data,
}

/// A finished installation.
#[derive(Clone, Debug, Serialize)]
pub struct Installed {
    /// Name of the app.
    pub app: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The commit, for a repository.
    pub commit: Option<String>,
    /// The script that ran.
    pub script: Option<String>,
    /// An interrupted installation was gone on with.
    pub resumed: bool,
    /// Files that were set aside by a reset and are back.
    pub files_back: usize,
    /// What was found before the first step.
    pub preflight: Preflight,
}

impl Life {
    /// Installs an app.
    pub async fn install(
        &self,
        request: &InstallRequest,
        catalog: Option<CatalogLookup<'_>>,
        attendance: &Attendance,
    ) -> Result<Installed, LifeError> {
        let target = target::understand(&self.home, &request.target, request.name.as_deref(), catalog)?;
        let _lock = lock::take(&self.home, &target.name)?;
        let resumed = self.check_place(&target)?;
        let bytes = self.estimate(&target, attendance).await?;
        if request.dry_run {
            return self.look_only(&target, request, bytes, attendance).await;
        }
        self.begin_installing(&target.name)?;
        let is_new = !self.folder(&target.name).exists();
        if let Err(error) = self.bring(&target, request, attendance).await {
            self.forget_nothing(&target.name, &error)?;
            return Err(error);
        }
        self.describe(&target.name, target.title.clone())?;
        match self.finish(&target, request, (bytes, is_new), attendance).await {
            Ok((report, script, files_back)) => {
                self.become_state(&target.name, AppState::Installed, None)?;
                self.describe(&target.name, None)?;
                let folder = self.folder(&target.name);
                let commit = self.repositories.source().head(&folder).ok().map(|head| head.commit);
                Ok(Installed {
                    app: target.name,
                    folder,
                    commit,
                    script,
                    resumed,
                    files_back,
                    preflight: report,
                })
            }
            Err(error) => {
                self.note_failure(&target.name, &error, is_new)?;
                Err(error)
            }
        }
    }

    /// An app that is installed is refused; an interrupted one is gone on with.
    fn check_place(&self, target: &Target) -> Result<bool, LifeError> {
        let app = target.name.clone();
        let folder = self.folder(&app);
        if !folder.exists() {
            return Ok(self.state_of(&app)? == Some(AppState::Installing));
        }
        match self.state_of(&app)? {
            Some(AppState::Installed | AppState::Stopped) => return Err(LifeError::AlreadyInstalled { app }),
            Some(AppState::Running) => return Err(LifeError::Running { app }),
            Some(AppState::NotInstalled | AppState::Installing | AppState::Error) | None => {}
        }
        if let Origin::Repository(wanted) = &target.origin {
            let origin = self.repositories.source().head(&folder).ok().and_then(|head| head.origin);
            if origin.as_deref() != Some(wanted.shown().as_str()) {
                let origin = origin.unwrap_or_else(|| "nowhere".to_owned());
                return Err(LifeError::OtherOrigin { app, origin, wanted: wanted.shown() });
            }
        }
        Ok(true)
    }

    async fn estimate(&self, target: &Target, attendance: &Attendance) -> Result<Option<u64>, LifeError> {
        let Origin::Repository(address) = target.origin.clone() else { return Ok(None) };
        if self.folder(&target.name).exists() {
            return Ok(None);
        }
        attendance.stage(Stage::Estimate, address.shown());
        let estimate =
            self.repositories.work(attendance, move |source, watch| source.estimate(&address, watch));
        Ok(estimate.await?.bytes)
    }

    /// Brings the launcher's files, unless they are there.
    async fn bring(
        &self,
        target: &Target,
        request: &InstallRequest,
        attendance: &Attendance,
    ) -> Result<(), LifeError> {
        let folder = self.folder(&target.name);
        if folder.exists() {
            return Ok(());
        }
        match &target.origin {
            Origin::Here => Err(LifeError::NoSuchApp { app: target.name.clone(), home: self.home.clone() }),
            Origin::Folder(from) => bring_folder(from, &folder),
            Origin::Repository(address) => {
                attendance.stage(Stage::Fetch, address.shown());
                let clone = clone_request(address, &folder, request)?;
                let work = move |source: &pino_source::Source, watch: &pino_source::Watch<'_>| {
                    source.clone_repository(&clone, watch)
                };
                let cloned = self.repositories.work(attendance, work).await?;
                if cloned.resumed {
                    attendance.notice("went on with what an interrupted clone had fetched");
                }
                Ok(())
            }
        }
    }

    async fn finish(
        &self,
        target: &Target,
        request: &InstallRequest,
        (bytes, is_new): (Option<u64>, bool),
        attendance: &Attendance,
    ) -> Result<(Preflight, Option<String>, usize), LifeError> {
        let folder = self.folder(&target.name);
        let report = self.examine(&folder, target, bytes, attendance).await?;
        if !request.force && !report.reasons().is_empty() {
            let (app, report) = (target.name.clone(), Box::new(report));
            return Err(LifeError::Refused { app, report });
        }
        for bundle in &report.to_fetch {
            // a script may bring the program itself, or not reach the step that needs it
            if let Err(error) =
                tools::fetch(&self.home, bundle, self.repositories.variables(), attendance).await
            {
                attendance.notice(error.to_string());
            }
        }
        let script = script::find(&folder, "install").filter(|_| !request.no_script);
        if let Some(script) = &script {
            let env = if is_new { std::collections::BTreeMap::new() } else { self.guarded()? };
            script::run(self.script_run(&target.name, script, request, env), attendance).await?;
        }
        let files_back = kept::put_back(&self.home, &target.name)?;
        let script =
            script.and_then(|script| script.file_name().map(|name| name.to_string_lossy().into_owned()));
        Ok((report, script, files_back))
    }

    pub(crate) fn guarded(&self) -> Result<std::collections::BTreeMap<String, String>, LifeError> {
        git_guard::variables(&self.home, self.repositories.variables())
    }

    fn script_run(
        &self,
        app: &str,
        script: &Path,
        request: &InstallRequest,
        env: std::collections::BTreeMap<String, String>,
    ) -> ScriptRun {
        ScriptRun {
            home: self.home.clone(),
            app: app.to_owned(),
            script: script.to_owned(),
            input: request.input.clone(),
            strict: request.strict,
            allowed_paths: request.allowed_paths.clone(),
            resumes: !env.is_empty(),
            env,
            state: self.state.clone(),
        }
    }

    async fn examine(
        &self,
        folder: &Path,
        target: &Target,
        repository_bytes: Option<u64>,
        attendance: &Attendance,
    ) -> Result<Preflight, LifeError> {
        attendance.stage(Stage::Preflight, target.name.as_str());
        let script = script::find(folder, "install");
        let known = Known { needs: target.needs.clone(), repository_bytes, script };
        let (home, folder) = (self.home.clone(), folder.to_owned());
        let done = tokio::task::spawn_blocking(move || preflight::examine(&home, &folder, &known)).await;
        let report = done.map_err(|error| LifeError::Thread(error.to_string()))??;
        attendance.tell(LifeEvent::Preflight(Box::new(report.clone())));
        Ok(report)
    }

    /// Clones aside, looks, and leaves nothing.
    async fn look_only(
        &self,
        target: &Target,
        request: &InstallRequest,
        bytes: Option<u64>,
        attendance: &Attendance,
    ) -> Result<Installed, LifeError> {
        let there = self.folder(&target.name);
        let scratch = self.home.join("pino/looks").join(&target.name);
        copy::remove(&scratch).map_err(LifeError::file("remove", &scratch))?;
        let folder = match &target.origin {
            _ if there.exists() => there,
            Origin::Here => {
                return Err(LifeError::NoSuchApp { app: target.name.clone(), home: self.home.clone() });
            }
            Origin::Folder(from) => from.clone(),
            Origin::Repository(address) => {
                let clone = clone_request(address, &scratch, request)?;
                attendance.stage(Stage::Fetch, address.shown());
                self.repositories
                    .work(attendance, move |source, watch| source.clone_repository(&clone, watch))
                    .await?;
                scratch.clone()
            }
        };
        let report = self.examine(&folder, target, bytes, attendance).await;
        let commit = self.repositories.source().head(&folder).ok().map(|head| head.commit);
        copy::remove(&scratch).map_err(LifeError::file("remove", &scratch))?;
        Ok(Installed {
            app: target.name.clone(),
            folder: self.folder(&target.name),
            commit,
            script: None,
            resumed: false,
            files_back: 0,
            preflight: report?,
        })
    }

    /// Nothing has arrived: a new app is forgotten again. What a clone had fetched stays for the next try.
    fn forget_nothing(&self, app: &str, error: &LifeError) -> Result<(), LifeError> {
        self.become_state(app, AppState::NotInstalled, Some(&error.to_string()))?;
        if !self.folder(app).exists() {
            self.state.apps().remove(app)?;
        }
        Ok(())
    }

    /// A refused new app goes again (nothing of it ran); one whose script failed stays, to be gone on with.
    fn note_failure(&self, app: &str, error: &LifeError, is_new: bool) -> Result<(), LifeError> {
        if is_new && matches!(error, LifeError::Refused { .. } | LifeError::Plan(_)) {
            let folder = self.folder(app);
            copy::remove(&folder).map_err(LifeError::file("remove", &folder))?;
            return self.forget_nothing(app, error);
        }
        self.become_state(app, AppState::Error, Some(&error.to_string()))
    }
}

fn clone_request(
    address: &Address,
    folder: &Path,
    request: &InstallRequest,
) -> Result<CloneRequest, LifeError> {
    let mirrors = request.mirrors.iter().map(|mirror| Address::parse(mirror)).collect::<Result<_, _>>()?;
    Ok(CloneRequest {
        mirrors,
        revision: request.revision.clone().map_or(Revision::Default, Revision::Named),
        depth: if request.full_history { None } else { Some(1) },
        sparse: request.sparse.clone(),
        ..CloneRequest::new(address.clone(), folder)
    })
}

/// Copies beside the place and renames, like a clone.
fn bring_folder(from: &Path, folder: &Path) -> Result<(), LifeError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.with_file_name(format!(".{name}.partial"));
    copy::remove(&draft).map_err(LifeError::file("remove", &draft))?;
    copy::folder(from, &draft, copy::Sharing::None).map_err(LifeError::file("copy", from))?;
    fs::rename(&draft, folder).map_err(LifeError::file("name", folder))
}
