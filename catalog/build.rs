//! Joins the app files into one JSON array, which the library embeds.
//!
//! Must not know: what an app file means; a broken one fails the tests, not the build.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let apps = Path::new("apps");
    println!("cargo:rerun-if-changed={}", apps.display());
    let mut paths: Vec<PathBuf> =
        fs::read_dir(apps)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let texts: Vec<String> = paths.iter().map(fs::read_to_string).collect::<io::Result<_>>()?;
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&folder).join("apps.json"), format!("[{}]", texts.join(",")))
}
