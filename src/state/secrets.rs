//! The file of secrets, `<home>/pino/secrets.json`: readable by its owner alone, written whole or not at all.
//!
//! Must not know: what a secret opens.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::{Redactor, Secret};

/// Name of the file below `<home>/pino`.
const FILE: &str = "secrets.json";

/// Why secrets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read or written.
    #[error("the secrets in {path} cannot be {doing}: {cause}. Check the file's owner and mode (0600)")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the operating system says.
        cause: io::Error,
    },
    /// It is no JSON object of texts. The content is not told.
    #[error(
        "{path} is no JSON object of texts (line {line}). Correct it, or move it away and set the tokens again"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Where reading ended.
        line: usize,
    },
}

/// Tokens and passwords by name.
pub struct Secrets {
    path: PathBuf,
    values: BTreeMap<String, String>,
}

impl Secrets {
    /// Reads the secrets of a home; a missing file is an empty one. Every value is learnt by the process's redactor.
    pub fn open(home: &Path) -> Result<Self, SecretsError> {
        let path = home.join("pino").join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => "{}".to_owned(),
            Err(cause) => return Err(SecretsError::File { path, doing: "read", cause }),
        };
        let values: BTreeMap<String, String> = serde_json::from_str(&text)
            .map_err(|error| SecretsError::Unreadable { path: path.clone(), line: error.line() })?;
        let secrets = Self { path, values };
        secrets.tighten()?;
        for name in secrets.values.keys() {
            secrets.get(name).inspect(|secret| Redactor::shared().learn(secret));
        }
        Ok(secrets)
    }

    /// Names of all secrets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// A secret by name.
    pub fn get(&self, name: &str) -> Option<Secret> {
        self.values.get(name).map(|value| Secret::new(value.clone()))
    }

    /// Sets a secret.
    pub fn set(&mut self, name: &str, secret: &Secret) -> Result<(), SecretsError> {
        Redactor::shared().learn(secret);
        self.values.insert(name.to_owned(), secret.reveal().to_owned());
        self.save()
    }

    /// Forgets a secret.
    pub fn remove(&mut self, name: &str) -> Result<bool, SecretsError> {
        let known = self.values.remove(name).is_some();
        if known {
            self.save()?;
        }
        Ok(known)
    }

    /// A file somebody has copied here may be readable by others.
    fn tighten(&self) -> Result<(), SecretsError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                let changed = fs::set_permissions(&self.path, fs::Permissions::from_mode(0o600));
                changed.map_err(|cause| self.failed("written", cause))
            }
            _ => Ok(()),
        }
    }

    fn save(&self) -> Result<(), SecretsError> {
        let beside = self.path.with_extension(format!("json.{}", std::process::id()));
        let write = || {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            serde_json::to_writer_pretty(&file, &self.values)?;
            file.write_all(b"\n")?;
            file.sync_data()?;
            fs::rename(&beside, &self.path)
        };
        write().map_err(|cause| {
            // the first failure is the one to report
            let _ = fs::remove_file(&beside);
            self.failed("written", cause)
        })
    }

    fn failed(&self, doing: &'static str, cause: io::Error) -> SecretsError {
        SecretsError::File { path: self.path.clone(), doing, cause }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let mut secrets = Secrets::open(scratch.path()).unwrap();
        secrets.set("hf", &Secret::new("hf-secret-value".to_owned())).unwrap();
        let file = scratch.path().join("pino/secrets.json");
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let again = Secrets::open(scratch.path()).unwrap();
        assert_eq!(again.get("hf").unwrap().reveal(), "hf-secret-value");
        assert_eq!(mode(&file), 0o600, "a copied file is tightened");
        assert_eq!(Redactor::shared().clean("say hf-secret-value"), "say [redacted]");
        assert_eq!(fs::read_dir(scratch.path().join("pino")).unwrap().count(), 1);
    }

    #[test]
    fn an_error_does_not_tell_the_content() {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("pino")).unwrap();
        fs::write(scratch.path().join("pino/secrets.json"), "{\"a\": my-token}").unwrap();
        let error = Secrets::open(scratch.path()).err().unwrap().to_string();
        assert!(!error.contains("my-token"), "{error}");
    }
}
