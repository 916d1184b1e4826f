//! Which app a script belongs to, and where its scripts may write (DESIGN.md §4).
//!
//! Must not know: methods.

use std::path::{Path, PathBuf};

use crate::files::real_path;

/// The app folder of a script below `<home>/api`: the longest matching path component, never a mere text prefix.
pub(crate) fn app_in_home(home: &Path, script: &Path) -> Option<PathBuf> {
    let api = home.join("api");
    let inner = script.strip_prefix(&api).ok()?;
    let mut parts = inner.components();
    let app = parts.next()?;
    // a file directly in `api` belongs to no app
    parts.next()?;
    Some(api.join(app))
}

/// Files with an app's menu; a folder that holds one is an app.
pub(crate) const MENU_FILES: [&str; 3] = ["pinokio.js", "pinokio.json", "pinokio.lua"];

/// The app folder of any script: in the home, else the nearest folder above it that is a repository or holds a menu,
/// else the script's own folder.
pub(crate) fn app_folder(home: &Path, script: &Path) -> PathBuf {
    if let Some(app) = app_in_home(home, script) {
        return app;
    }
    let own = script.parent().unwrap_or(script);
    let has_menu = |folder: &Path| MENU_FILES.iter().any(|name| folder.join(name).is_file());
    let is_root = |folder: &&Path| folder.join(".git").exists() || has_menu(folder);
    own.ancestors().find(is_root).unwrap_or(own).to_owned()
}

/// Folders a run may write to.
#[derive(Debug)]
pub(crate) struct WriteRules {
    home: PathBuf,
    allowed: Vec<PathBuf>,
}

impl WriteRules {
    /// `allowed` are the folders given with `--allow-path`.
    pub(crate) fn new(home: &Path, allowed: &[PathBuf]) -> Self {
        Self { home: real_path(home), allowed: allowed.iter().map(|folder| real_path(folder)).collect() }
    }

    /// `Err` says why a script of this app may not write there and what to do.
    pub(crate) fn check(&self, app: &Path, path: &Path) -> Result<(), String> {
        let real = real_path(path);
        if self.allowed.iter().any(|folder| real.starts_with(folder)) {
            return Ok(());
        }
        let app = real_path(app);
        if let Ok(inner) = real.strip_prefix(&self.home) {
            return match reserved(inner, &app, &real) {
                None => Ok(()),
                Some(reason) => Err(format!("{} may not be written: {reason}", path.display())),
            };
        }
        if real.starts_with(&app) {
            return Ok(());
        }
        let folder = real.parent().unwrap_or(&real);
        Err(format!(
            "{} may not be written: it lies outside the launcher home and the app's folder; allow it with --allow-path {}",
            path.display(),
            folder.display()
        ))
    }
}

impl WriteRules {
    /// `Err` says why no script may read that file.
    pub(crate) fn check_read(&self, path: &Path) -> Result<(), String> {
        let real = real_path(path);
        match real.strip_prefix(&self.home) {
            Ok(inner) if holds_secrets(inner) => Err(format!("{} may not be read: {SECRET}", path.display())),
            _ => Ok(()),
        }
    }
}

const SECRET: &str = "it holds secrets; use the methods made for them (`set` with `key`, `hf.login`)";

fn holds_secrets(inner: &Path) -> bool {
    ["key.json", "cache/HF_AUTH", "config/gh", "pino/secrets.json", "pino/pino.db", "pino/backups"]
        .iter()
        .any(|secret| inner.starts_with(secret))
}

/// Parts of the home no script may touch.
fn reserved(inner: &Path, app: &Path, real: &Path) -> Option<&'static str> {
    let mut parts = inner.iter().map(|part| part.to_string_lossy());
    let first = parts.next()?;
    if first == "pino" {
        return Some("it belongs to pino itself");
    }
    if holds_secrets(inner) {
        return Some(SECRET);
    }
    let is_environment = inner.file_name().is_some_and(|name| name == "ENVIRONMENT");
    (first == "api" && is_environment && !real.starts_with(app))
        .then_some("it is the environment of another app")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_a_whole_path_component() {
        let home = Path::new("/h");
        assert_eq!(app_in_home(home, Path::new("/h/api/foo/a/b.js")), Some("/h/api/foo".into()));
        assert_eq!(app_in_home(home, Path::new("/h/api/foobar/b.js")), Some("/h/api/foobar".into()));
        assert_eq!(app_in_home(home, Path::new("/h/api/b.js")), None);
        assert_eq!(app_in_home(home, Path::new("/elsewhere/b.js")), None);
    }

    #[test]
    fn scripts_write_in_the_home_and_their_app_only() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        let (home, outside) = (root.join("home"), root.join("outside"));
        let app = home.join("api/demo");
        for folder in [&app, &home.join("api/other"), &outside] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::os::unix::fs::symlink(&outside, app.join("way_out")).unwrap();
        let rules = WriteRules::new(&home, &[]);
        for allowed in
            [app.join("x/y"), home.join("cache/x"), app.join("ENVIRONMENT"), home.join("api/other/f")]
        {
            assert_eq!(rules.check(&app, &allowed), Ok(()), "{}", allowed.display());
        }
        let refused = [
            outside.join("x"),
            app.join("../../../outside/x"),
            app.join("way_out/x"),
            home.join("pino/state.db"),
            home.join("key.json"),
            home.join("api/other/ENVIRONMENT"),
        ];
        for path in refused {
            assert!(rules.check(&app, &path).is_err(), "{}", path.display());
        }
        assert!(
            WriteRules::new(&home, std::slice::from_ref(&outside)).check(&app, &outside.join("x")).is_ok()
        );
    }

    #[test]
    fn a_script_outside_the_home_owns_its_folder() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        let app = root.join("work/app");
        std::fs::create_dir_all(&app).unwrap();
        std::fs::create_dir_all(root.join("home")).unwrap();
        let script = app.join("install.js");
        let rules = WriteRules::new(&root.join("home"), &[]);
        assert!(rules.check(&app_folder(&root.join("home"), &script), &app.join("x")).is_ok());
        let message = rules.check(&app, &root.join("work/x")).unwrap_err();
        assert!(message.contains("--allow-path"), "{message}");
    }
}
