//! Brings a missing program into `<home>/bin`: from the package indexes, which give checksums, or from its publisher with the
//! publisher's checksum file.
//!
//! Must not know: why it is missing.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use pino_download::{DownloadRequest, Downloads, NO_PROGRESS, Progress, Proxies, Target, WheelProgram};

use super::{
    is_executable,
    record::{self, ToolRecord},
    table::{self, Supply},
    version,
};
use crate::life::{Attendance, LifeError, LifeEvent, Stage};

/// The publisher's files of micromamba; each has its checksum beside it.
const MICROMAMBA: &str =
    "https://github.com/mamba-org/micromamba-releases/releases/latest/download/micromamba-linux-";

/// What fetching needs to know.
struct Place<'a> {
    home: &'a Path,
    variables: &'a BTreeMap<String, String>,
    attendance: &'a Attendance,
}

/// Fetches a bundle of programs and records them.
pub(crate) async fn fetch(
    home: &Path,
    bundle: &str,
    variables: &BTreeMap<String, String>,
    attendance: &Attendance,
) -> Result<(), LifeError> {
    let Some(tool) = table::bundle(bundle) else { return Ok(()) };
    attendance.stage(Stage::Tools, bundle);
    let place = Place { home, variables, attendance };
    let failed = |cause: String| LifeError::Tool {
        tool: bundle.to_owned(),
        cause,
        next_step: "install it yourself so that it is on PATH, or check the network and the package index"
            .to_owned(),
    };
    let done = match tool.supply {
        Supply::Wheel { package } => place.wheel(package, tool.name).await,
        Supply::PythonTool { package } => place.python_tool(package).await,
        Supply::PythonFiles { package, programs } => place.python_files(package, programs).await,
        Supply::NodeFiles { package, programs } => place.node_files(package, programs).await,
        Supply::Micromamba => place.micromamba().await,
        Supply::None { next_step, .. } => Err(format!("nobody offers it; {next_step}")),
    };
    let from = done.map_err(failed)?;
    for name in table::names().filter(|name| table::find(name).is_some_and(|tool| tool.bundle == bundle)) {
        let candidates = ["bin", "bin/miniforge/bin"].map(|inner| home.join(inner).join(name));
        if let Some(path) = candidates.into_iter().find(|file| is_executable(file)) {
            let version = version::ask(&path).unwrap_or_default();
            let version = version.lines().next().unwrap_or_default().to_owned();
            record::add(
                home,
                name,
                ToolRecord { path, version, from: from.clone(), at_ms: pino_state::now_ms() },
            )?;
        }
    }
    Ok(())
}

type Done = Result<String, String>;

impl Place<'_> {
    fn bin(&self) -> PathBuf {
        self.home.join("bin")
    }

    async fn wheel(&self, package: &str, program: &str) -> Done {
        let into = self.bin();
        let wanted = WheelProgram { package, program, version: None, into: &into, env: self.variables };
        let tell = |progress: &Progress| {
            self.attendance.tell(LifeEvent::Progress {
                label: progress.label.clone(),
                done: progress.done,
                total: progress.total,
                unit: "bytes",
            });
        };
        let done = Downloads::new().install_wheel_program(&wanted, &self.attendance.cancel, &tell).await;
        let installed = done.map_err(|error| error.to_string())?;
        Ok(format!("package index: {package} {}", installed.version))
    }

    /// `uv`, fetched first when it is missing.
    async fn uv(&self) -> Result<PathBuf, String> {
        if let Some(found) = self.on_path("uv") {
            return Ok(found);
        }
        self.wheel("uv", "uv").await?;
        Ok(self.bin().join("uv"))
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        let path = self.variables.get("PATH").cloned().unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
    }

    async fn python_tool(&self, package: &str) -> Done {
        let uv = self.uv().await?;
        let (tools, bin) = (self.bin().join("tools"), self.bin());
        let variables = [("UV_TOOL_DIR", tools.as_path()), ("UV_TOOL_BIN_DIR", bin.as_path())];
        self.run(&uv, &["tool", "install", "--force", package], &variables).await?;
        Ok(format!("package index: {package}"))
    }

    async fn python_files(&self, package: &str, programs: &[(&str, &str)]) -> Done {
        let uv = self.uv().await?;
        let folder = self.bin().join("tools").join(package);
        let target = folder.to_string_lossy().into_owned();
        self.run(
            &uv,
            &["pip", "install", "--upgrade", "--only-binary", ":all:", "--target", &target, package],
            &[],
        )
        .await?;
        self.link_all(&folder, programs)?;
        Ok(format!("package index: {package}"))
    }

    async fn node_files(&self, package: &str, programs: &[(&str, &str)]) -> Done {
        if self.on_path("npm").is_none() {
            let Supply::PythonFiles { package, programs } =
                table::find("node").map_or(Supply::Micromamba, |tool| tool.supply)
            else {
                return Err("npm is missing".to_owned());
            };
            Box::pin(self.python_files(package, programs)).await?;
        }
        let npm = self.on_path("npm").unwrap_or_else(|| self.bin().join("npm"));
        let folder = self.bin().join("tools").join(package);
        let prefix = folder.to_string_lossy().into_owned();
        self.run(&npm, &["install", "--prefix", &prefix, "--no-audit", "--no-fund", package], &[]).await?;
        self.link_all(&folder.join("node_modules"), programs)?;
        Ok(format!("Node's registry: {package}"))
    }

    fn link_all(&self, folder: &Path, programs: &[(&str, &str)]) -> Result<(), String> {
        for (name, inner) in programs {
            let file = begins_with(folder, &inner.replace("ARCH", pino_machine::arch()))
                .ok_or_else(|| format!("the package holds no {inner}"))?;
            link(&file, &self.bin(), name).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    }

    async fn micromamba(&self) -> Done {
        let kind = if pino_machine::arch() == "arm64" { "aarch64" } else { "64" };
        let address = format!("{MICROMAMBA}{kind}");
        let folder = self.bin().join("miniforge/bin");
        let program = folder.join("micromamba");
        let sums = folder.join("micromamba.sha256");
        self.download(&format!("{address}.sha256"), &sums, None).await?;
        let text = fs::read_to_string(&sums).map_err(|error| error.to_string())?;
        let sum = text.split_whitespace().next().unwrap_or_default().to_owned();
        self.download(&address, &program, Some(&sum)).await?;
        let write = || {
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
            write_program(&folder.join("conda"), &conda_text(self.home, &program))
        };
        write().map_err(|error| error.to_string())?;
        Ok(address)
    }

    async fn download(&self, url: &str, target: &Path, sha256: Option<&str>) -> Result<(), String> {
        let checksum = sha256
            .map(str::parse)
            .transpose()
            .map_err(|error: pino_download::BadChecksum| error.to_string())?;
        let mut request = DownloadRequest::new(url, Target::File(target.to_owned()));
        request.checksum = checksum;
        request.proxies = Proxies::from_variables(self.variables);
        let done = Downloads::new().fetch(&request, &self.attendance.cancel, NO_PROGRESS).await;
        done.map(|_outcome| ()).map_err(|error| error.to_string())
    }

    /// Runs a program of ours to its end; its last words are the error.
    async fn run(&self, program: &Path, arguments: &[&str], more: &[(&str, &Path)]) -> Result<(), String> {
        let mut command = tokio::process::Command::new(program);
        let path =
            format!("{}:{}", self.variables.get("PATH").map_or("", String::as_str), self.bin().display());
        command
            .args(arguments)
            .envs(self.variables)
            .env("PATH", path)
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let output = tokio::select! {
            output = command.output() => output.map_err(|error| format!("{}: {error}", program.display()))?,
            () = self.attendance.cancel.cancelled() => return Err("stopped".to_owned()),
        };
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<_> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        Err(format!(
            "{} {}: {}",
            program.display(),
            arguments.join(" "),
            lines[lines.len().saturating_sub(4)..].join("; ")
        ))
    }
}

/// The file of this relative path, or the first one whose name begins like it.
fn begins_with(folder: &Path, inner: &str) -> Option<PathBuf> {
    let exact = folder.join(inner);
    if exact.is_file() {
        return Some(exact);
    }
    let name = exact.file_name()?.to_string_lossy().into_owned();
    let entries = fs::read_dir(exact.parent()?).ok()?.flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(|file| file.is_file()).collect();
    found.retain(|file| file.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&name)));
    found.sort();
    found.into_iter().next()
}

/// A program is linked; a JavaScript file gets a starter that uses the node beside it.
fn link(file: &Path, bin: &Path, name: &str) -> io::Result<()> {
    fs::create_dir_all(bin)?;
    let place = bin.join(name);
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    if file.extension().is_some_and(|ending| ["js", "cjs", "mjs"].iter().any(|known| ending == *known)) {
        let own = bin.join("node");
        let node = if own.exists() { quoted(&own) } else { "node".to_owned() };
        return write_program(&place, &format!("#!/bin/sh\nexec {node} {} \"$@\"\n", quoted(file)));
    }
    let mut permissions = fs::metadata(file)?.permissions();
    permissions.set_mode(permissions.mode() | 0o755);
    fs::set_permissions(file, permissions)?;
    write_program(&place, &format!("#!/bin/sh\nexec {} \"$@\"\n", quoted(file)))
}

fn write_program(file: &Path, text: &str) -> io::Result<()> {
    crate::files::write_atomically(file, text.as_bytes())?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

/// Micromamba under conda's name: `conda shell.bash hook` gives a shell function `conda`, everything else is handed over.
fn conda_text(home: &Path, program: &Path) -> String {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    format!(
        "#!/bin/sh\nexport MAMBA_ROOT_PREFIX={root} MAMBA_EXE={program}\nexport CONDA_CHANNELS=\"${{CONDA_CHANNELS:-conda-forge}}\"\n\
         if [ \"$1\" = shell.bash ]; then\n  printf 'export MAMBA_ROOT_PREFIX=%s\\n' {root}\n  {program} shell hook -s bash\n  echo 'conda() {{ micromamba \"$@\"; }}'\n  exit\nfi\nexec {program} \"$@\"\n",
        root = quoted(&home.join("bin/miniforge")),
        program = quoted(program),
    )
}
