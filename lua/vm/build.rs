//! Compiles the files of `lua/prelude` to bytecode, so that `prelude.rs` can embed them: compiling them in every process
//! would cost more than most scripts take.
//!
//! Must not know: what the files mean.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use mlua::chunk::Compiler;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../prelude");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root)?.with_extension("");
        named.push((name.to_string_lossy().replace('\\', "/"), file));
    }
    named.sort();
    let (mut blob, mut table) = (Vec::new(), String::from("&[\n"));
    for (name, file) in named {
        println!("cargo::rerun-if-changed={}", file.display());
        let text = fs::read_to_string(&file)?;
        let is_lua = file.extension().is_some_and(|extension| extension == "lua");
        // a file that does not compile is reported when it is used: the others still work
        let bytes = if is_lua { compiled(&file, &text) } else { Some(text.into_bytes()) };
        let Some(bytes) = bytes else { continue };
        writeln!(table, "    ({name:?}, {}, {}),", grouped(blob.len()), grouped(bytes.len()))?;
        blob.extend_from_slice(&bytes);
    }
    table.push(']');
    fs::write(out.join("prelude.blob"), blob)?;
    fs::write(out.join("prelude_index.rs"), table)?;
    Ok(())
}

/// 1234567 → `1_234_567`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join("_")
}

fn compiled(file: &Path, text: &str) -> Option<Vec<u8>> {
    match Compiler::new().set_optimization_level(2).set_debug_level(1).compile(text) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            println!("cargo::warning={} does not compile: {error}", file.display());
            None
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "lua" || extension == "txt") {
            files.push(path);
        }
    }
    Ok(())
}
