//! Fetching `uv` into `<home>/bin`.
//!
//! Must not know: what it is used for.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{Call, MethodError};

/// Not there and not to be had.
pub(super) async fn fetch(_call: &Call, _env: &BTreeMap<String, String>) -> Result<PathBuf, MethodError> {
    Err(MethodError::Failed("`uv` is not on PATH; install it (pip install uv) or put it into <home>/bin".to_owned()))
}
