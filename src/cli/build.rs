//! Links the C++ runtime of Luau and the unwinder into the binary: it starts faster and runs on machines without them.
//!
//! Must not know: anything of the product. Where the archives are not there, the shared libraries are linked as usual.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Name the linker looks for → archive that holds the same functions.
const ARCHIVES: [(&str, &str); 2] = [("libstdc++.a", "libstdc++.a"), ("libgcc_s.a", "libgcc_eh.a")];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    if !target.ends_with("-linux-gnu") || env::var("HOST").unwrap_or_default() != target {
        return Ok(());
    }
    let Some(out) = env::var_os("OUT_DIR") else { return Ok(()) };
    let folder = Path::new(&out).join("archives");
    fs::create_dir_all(&folder)?;
    for (name, archive) in ARCHIVES {
        if let Some(path) = find(archive) {
            // a folder that has only the archive is searched first, so `-lstdc++` finds the archive
            let link = folder.join(name);
            fs::remove_file(&link)
                .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
            fs::copy(path, &link)?;
        }
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        // A position-independent executable of this size spends half of `pino --version` on 46,000 relocations (180 pages
        // copied). Stack, heap and shared libraries stay at random places.
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
    Ok(())
}

/// Where the C compiler keeps an archive.
fn find(archive: &str) -> Option<PathBuf> {
    let output = Command::new("cc").arg(format!("-print-file-name={archive}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path).filter(|path| path.is_file())
}
