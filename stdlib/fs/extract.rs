//! `fs.extract` (ours): an archive into a folder.
//!
//! Must not know: formats.

use indexmap::IndexMap;
use mlua::Value;
use pino_download::{ExtractError, ExtractOptions, Progress, extract};
use pino_model::Data;
use pino_vm::get_property;

use crate::{
    Call, MethodError,
    params::{blocking, file_error, number, truthy},
    progress::progress_data,
};

/// Unpacks `path` into `dest` (its own folder by default).
pub(super) async fn unpack(call: &Call) -> Result<Value, MethodError> {
    let archive = call.readable(&call.required("fs.extract", "path")?)?;
    let into = match call.text("dest")?.or(call.text("dir")?).filter(|text| !text.trim().is_empty()) {
        Some(given) => call.writable(&given)?,
        None => archive.parent().unwrap_or(&archive).to_owned(),
    };
    call.host.check_write(&call.place, &into)?;
    let options = options(call)?;
    let is_to_go = truthy(&call.param("remove")?);
    if is_to_go {
        call.host.check_write(&call.place, &archive)?;
    }
    let cancel = call.host.cancellation(&call.place);
    // progress comes out of a thread that may block; the events are made here
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel::<Progress>();
    let (source, target) = (archive.clone(), into.clone());
    let work = tokio::task::spawn_blocking(move || {
        let report = |progress: &Progress| {
            // nobody listens when the step has been given up
            send.send(progress.clone()).ok();
        };
        extract(&source, &target, &options, &cancel, &report)
    });
    while let Some(progress) = receive.recv().await {
        call.packet("progress", progress_data(&progress));
    }
    let result = work
        .await
        .map_err(|error| MethodError::Failed(format!("fs.extract: the work was cut off: {error}")))?;
    let extracted = result.map_err(failure)?;
    if is_to_go {
        blocking(move || std::fs::remove_file(&archive).map_err(file_error("remove", &archive))).await?;
    }
    let members = [
        ("path", Data::String(into.to_string_lossy().into_owned())),
        ("files", Data::Number(extracted.files as f64)),
        ("bytes", Data::Number(extracted.bytes as f64)),
    ];
    let members: IndexMap<_, _> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    call.value(&Data::Object(members))
}

fn options(call: &Call) -> Result<ExtractOptions, MethodError> {
    let mut options = ExtractOptions::default();
    let given = |name: &str| {
        let value = match &call.params {
            Value::Table(params) => get_property(&call.lua, params, name)?,
            _ => Value::Nil,
        };
        match number(&value) {
            None if value.is_nil() => Ok(None),
            Some(number) if number >= 0.0 && number.fract() == 0.0 => Ok(Some(number as u64)),
            _ => Err(MethodError::BadParams(format!("fs.extract: \"{name}\" has to be a whole number"))),
        }
    };
    options.strip = given("strip")?.unwrap_or_default() as usize;
    let limits = &mut options.limits;
    for (name, limit) in [
        ("max_bytes", &mut limits.max_bytes),
        ("max_files", &mut limits.max_files),
        ("max_ratio", &mut limits.max_ratio),
    ] {
        *limit = given(name)?.unwrap_or(*limit);
    }
    Ok(options)
}

fn failure(error: ExtractError) -> MethodError {
    match error {
        ExtractError::Cancelled => MethodError::Stopped,
        error => MethodError::Failed(format!("fs.extract: {error}")),
    }
}
