//! `fs.link`, also called `fs.share`: folders of an app become links to the drive.
//!
//! Must not know: how the drive keeps what it is given.

use std::{path::PathBuf, sync::Arc};

use mlua::{Table, Value};
use pino_drive::{LinkNote, LinkRequest, Route};
use pino_vm::{for_each_property, is_array};

use super::remote;
use crate::{
    Call, MethodError,
    params::{blocking, is_nullish},
};

/// Links what `drive` lists; `venv` needs nothing, as packages are shared by the installer's own cache.
pub(super) async fn link(call: &Call) -> Result<Value, MethodError> {
    if !is_nullish(&call.param("venv")?) {
        call.print_lines(
            "fs.link: packages of a virtual environment are shared by uv's cache, nothing to do\n",
        );
        return Ok(Value::Nil);
    }
    match call.param("drive")? {
        Value::Table(routes) if !is_array(&routes) => link_routes(call, &routes).await,
        value if is_nullish(&value) => {
            call.print_lines("Must pass a 'drive' mapping\n");
            Ok(Value::Nil)
        }
        _ => Err(MethodError::BadParams(
            "fs.link: \"drive\" must be an object of drive names and folders".into(),
        )),
    }
}

async fn link_routes(call: &Call, routes: &Table) -> Result<Value, MethodError> {
    let request = request(call, routes)?;
    let host = Arc::clone(&call.host);
    let notes = blocking(move || {
        host.drive().link(&request).map_err(|error| MethodError::Failed(format!("fs.link: {error}")))
    });
    for note in notes.await? {
        tell(call, &note);
    }
    Ok(Value::Nil)
}

fn request(call: &Call, routes: &Table) -> Result<LinkRequest, MethodError> {
    let mut given = Vec::new();
    for_each_property(&call.lua, routes, |name, folders| given.push((name.to_owned(), folders)))?;
    let routes =
        given.into_iter().map(|(name, folders)| route(call, name, &folders)).collect::<Result<_, _>>()?;
    let drive_home = drive_home(call);
    call.host.check_write(&call.place, &drive_home)?;
    Ok(LinkRequest { drive_home, owner: owner(call), peers: call.texts("peers")?, routes })
}

fn route(call: &Call, name: String, folders: &Value) -> Result<Route, MethodError> {
    let given = call.texts_of(folders)?;
    let folders = given.iter().filter(|folder| !folder.is_empty()).map(|folder| call.writable(folder));
    Ok(Route { name, folders: folders.collect::<Result<_, _>>()? })
}

/// `PINOKIO_DRIVE` of the app, relative to its folder; else `<home>/drive`.
fn drive_home(call: &Call) -> PathBuf {
    let environment = call.host.environment(&call.place.script);
    let set = environment.get("PINOKIO_DRIVE").map(|value| value.trim()).filter(|value| !value.is_empty());
    match set {
        Some(path) => {
            call.host.app_root(&call.place.script).unwrap_or_else(|| call.host.home().to_owned()).join(path)
        }
        None => call.host.home().join("drive"),
    }
}

/// The git address of the app, so that a re-installed app finds its data; without one, the app's name.
fn owner(call: &Call) -> String {
    let script = &call.place.script;
    let root = call.host.app_root(script).or_else(|| script.parent().map(PathBuf::from)).unwrap_or_default();
    let address = root.ancestors().take_while(|above| *above != call.host.home()).find_map(remote::origin_of);
    address.unwrap_or_else(|| {
        let name = root.strip_prefix(call.host.home().join("api")).unwrap_or(&root);
        format!("local:{}", name.display())
    })
}

fn tell(call: &Call, note: &LinkNote) {
    match note {
        LinkNote::Linked { folder, store } => {
            call.print_lines(&format!("{} -> {}\n", folder.display(), store.display()));
        }
        LinkNote::Kept { folder, is_dangling: false } => {
            call.print_lines(&format!("{} is a link already and stays as it is\n", folder.display()));
        }
        LinkNote::Kept { folder, is_dangling: true } => {
            call.print_lines(&format!(
                "{} is a link to nowhere and stays as it is; remove it to link it anew\n",
                folder.display()
            ));
        }
        LinkNote::Conflict { path } => {
            let path = path.display().to_string();
            let text = format!("two different files had one name; the app's is kept as {path}");
            call.warn("link-conflict", text, &[("path", path.into())]);
        }
    }
}
