//! `fs.*`: files and folders.
//!
//! Must not know: how downloads and the drive work. Whatever changes a file asks the engine first whether this script may.

mod copy;
mod download;
mod extract;
mod link;
mod read;
mod relocate;
mod remote;
mod remove;
mod verify;
mod write;

use std::fs;

use mlua::Value;
use pino_model::Data;

use crate::{Call, Method, MethodError, params::blocking};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("fs.read", |call| Box::pin(read::read(call))),
    ("fs.cat", |call| Box::pin(read::cat(call))),
    ("fs.write", |call| Box::pin(write::write(call))),
    ("fs.append", |call| Box::pin(write::append(call))),
    ("fs.rm", |call| Box::pin(remove::remove(call))),
    ("fs.remove", |call| Box::pin(remove::remove(call))),
    ("fs.copy", |call| Box::pin(copy::copy(call))),
    ("fs.make", |call| Box::pin(make(call))),
    ("fs.open", |call| Box::pin(async move { open(call) })),
    ("fs.download", |call| Box::pin(download::download(call))),
    ("fs.extract", |call| Box::pin(extract::unpack(call))),
    ("fs.verify", |call| Box::pin(verify::verify(call))),
    ("fs.link", |call| Box::pin(link::link(call))),
    ("fs.move", |call| Box::pin(relocate::relocate(call))),
    ("fs.share", |call| Box::pin(link::link(call))),
];

/// A folder with everything above it; one that cannot be made is a warning, as scripts go on without it.
async fn make(call: &Call) -> Result<Value, MethodError> {
    let given = call.required("fs.make", "path")?;
    let path = call.writable(&given)?;
    let made = blocking(move || Ok(fs::create_dir_all(path))).await?;
    if let Err(error) = made {
        call.warn(
            "make-failed",
            format!("the folder {given} was not made: {error}"),
            &[("path", given.into())],
        );
    }
    Ok(Value::Nil)
}

/// There is no desktop here: whoever watches is told.
fn open(call: &Call) -> Result<Value, MethodError> {
    let given = call.required("fs.open", "path")?;
    let mut data = call.data()?;
    if let Data::Object(members) = &mut data {
        let absolute = call.place.cwd.join(given).to_string_lossy().into_owned();
        members.insert("path".to_owned(), Data::String(absolute));
    }
    call.packet("fs.open", data);
    Ok(Value::Nil)
}
