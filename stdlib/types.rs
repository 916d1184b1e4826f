//! Editor types of every namespace (`LuaCATS`), for `pino types`.
//!
//! Must not know: editors.

/// The types files in alphabetical order of their namespaces.
const FILES: &[&str] = &[
    include_str!("app/types.lua"),
    include_str!("browser/types.lua"),
    include_str!("clipboard/types.lua"),
    include_str!("env/types.lua"),
    include_str!("exec/types.lua"),
    include_str!("filepicker/types.lua"),
    include_str!("fs/types.lua"),
    include_str!("github/types.lua"),
    include_str!("global/types.lua"),
    include_str!("gradio/types.lua"),
    include_str!("hf/types.lua"),
    include_str!("htmlmodal/types.lua"),
    include_str!("import/types.lua"),
    include_str!("input/types.lua"),
    include_str!("json/types.lua"),
    include_str!("jump/types.lua"),
    include_str!("key/types.lua"),
    include_str!("load/types.lua"),
    include_str!("local/types.lua"),
    include_str!("log/types.lua"),
    include_str!("net/types.lua"),
    include_str!("notify/types.lua"),
    include_str!("process/types.lua"),
    include_str!("proxy/types.lua"),
    include_str!("push/types.lua"),
    include_str!("rm/types.lua"),
    include_str!("script/types.lua"),
    include_str!("self/types.lua"),
    include_str!("set/types.lua"),
    include_str!("shell/types.lua"),
    include_str!("tab/types.lua"),
    include_str!("terminal/types.lua"),
    include_str!("uri/types.lua"),
    include_str!("web/types.lua"),
];

/// One text with the types of the whole library.
pub fn types() -> String {
    let bodies = FILES.iter().map(|file| body(file));
    let head = "---@meta pino\n-- The library that scripts for Cloud-Pinokio call: written by `pino types`, for editors only.\n";
    std::iter::once(head.to_owned()).chain(bodies).collect::<Vec<_>>().join("\n")
}

/// A file without its own opening lines.
fn body(file: &str) -> String {
    let opening = |line: &&str| line.starts_with("--!") || line.starts_with("---@meta") || line.is_empty();
    let lines: Vec<_> = file.lines().skip_while(opening).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn every_namespace_is_in() {
        let text = super::types();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let known = files.filter(|entry| entry.path().join("types.lua").is_file()).count();
        assert_eq!(known, super::FILES.len(), "a namespace is missing in FILES");
        for method in crate::methods() {
            let name = method
                .strip_prefix("local.")
                .map_or_else(|| method.to_owned(), |rest| format!("locals.{rest}"));
            assert!(text.contains(&format!("function {name}")), "no type of {method}");
        }
    }
}
