//! `fs.verify` (ours): whether a file is what it should be.
//!
//! Must not know: how checksums are calculated.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use mlua::Value;
use pino_download::{Checksum, digest_of, find_checksum};
use pino_model::Data;

use crate::{
    Call, MethodError,
    params::{file_error, is_nullish, number, truthy},
};

/// Checksum files beside a file, in the order in which they are looked for.
const BESIDE: &[&str] = &["sha256", "sha256sum", "sha512", "md5"];

/// Compares size and checksum; a difference is an error, or `ok: false` with `fail: false`.
pub(super) async fn verify(call: &Call) -> Result<Value, MethodError> {
    let path = call.readable(&call.required("fs.verify", "path")?)?;
    let size = number(&call.param("size")?);
    let expected = expected(call, &path)?;
    if expected.is_none() && size.is_none() {
        let text = "fs.verify: nothing to compare with; give sha256, checksum, sidecar or size, or put a file such as NAME.sha256 beside it";
        return Err(MethodError::BadParams(text.into()));
    }
    let bytes = std::fs::metadata(&path).map_err(file_error("read", &path))?.len();
    let actual = match &expected {
        Some(checksum) => {
            let digest = digest_of(&path, checksum.algorithm).await;
            Some(digest.map_err(|error| MethodError::Failed(format!("fs.verify: {error}")))?)
        }
        None => None,
    };
    let problem = problem(size, bytes, expected.as_ref(), actual.as_ref());
    let fails = call.param("fail")?;
    if let Some(problem) = problem.as_ref().filter(|_| is_nullish(&fails) || truthy(&fails)) {
        let text = format!("fs.verify: {} {problem}; download it again", path.display());
        return Err(MethodError::Failed(text));
    }
    call.value(&result(bytes, actual.as_ref(), problem))
}

fn expected(call: &Call, path: &Path) -> Result<Option<Checksum>, MethodError> {
    let parse = |text: String| {
        text.parse().map(Some).map_err(|error| MethodError::BadParams(format!("fs.verify: {error}")))
    };
    for kind in ["sha256", "sha512", "md5"] {
        if let Some(hex) = call.text(kind)? {
            return parse(format!("{kind}:{}", hex.trim()));
        }
    }
    if let Some(text) = call.text("checksum")? {
        return parse(text);
    }
    match call.text("sidecar")? {
        Some(given) => of_file(&call.readable(&given)?, path).map(Some),
        None => beside(path).map_or(Ok(None), |file| of_file(&file, path).map(Some)),
    }
}

fn beside(path: &Path) -> Option<PathBuf> {
    let named = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{ending}"));
        PathBuf::from(name)
    };
    BESIDE.iter().map(named).find(|file| file.is_file())
}

fn of_file(file: &Path, path: &Path) -> Result<Checksum, MethodError> {
    let text = std::fs::read_to_string(file).map_err(file_error("read", file))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    find_checksum(&text, &[name]).ok_or_else(|| {
        MethodError::Failed(format!("fs.verify: {} has no checksum for {}", file.display(), path.display()))
    })
}

fn problem(
    size: Option<f64>,
    bytes: u64,
    expected: Option<&Checksum>,
    actual: Option<&Checksum>,
) -> Option<String> {
    if let Some(size) = size.filter(|size| *size != bytes as f64) {
        return Some(format!("has {bytes} bytes instead of {size}"));
    }
    let (expected, actual) = (expected?, actual?);
    (expected != actual).then(|| format!("has the wrong checksum: expected {expected}, got {actual}"))
}

fn result(bytes: u64, actual: Option<&Checksum>, problem: Option<String>) -> Data {
    let mut members = IndexMap::from([
        ("ok".to_owned(), Data::Bool(problem.is_none())),
        ("bytes".to_owned(), Data::Number(bytes as f64)),
    ]);
    members.extend(actual.map(|checksum| ("checksum".to_owned(), Data::String(checksum.to_string()))));
    members.extend(problem.map(|problem| ("problem".to_owned(), Data::String(problem))));
    Data::Object(members)
}
