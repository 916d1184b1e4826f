//! The folder and environment in which commands of an app run, for a person who wants to run one.
//!
//! Must not know: what is run.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{SuperviseError, apps, settings::AppSettings};
use crate::environment::Environments;

/// An app's folder and the variables its commands see.
pub fn exec_environment(
    home: &Path,
    app: &str,
) -> Result<(PathBuf, BTreeMap<String, String>), SuperviseError> {
    let folder = apps::folder(home, app)?;
    let settings = AppSettings::load(home, app)?;
    let environments = Environments::layered(home, None, settings.env);
    environments.make_folders(Some(&folder));
    let variables = environments.of(Some(&folder)).as_ref().clone();
    Ok((folder, variables))
}
