//! Whose folder this is: the address `origin` of the git repository it lies in.
//!
//! Must not know: git's protocols.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// `remote.origin.url` of the repository with this root.
pub(super) fn origin_of(root: &Path) -> Option<String> {
    origin_in(&fs::read_to_string(git_folder(root)?.join("config")).ok()?)
}

/// `.git` is a folder, or a file that names one (work trees, submodules).
fn git_folder(root: &Path) -> Option<PathBuf> {
    let path = root.join(".git");
    if path.is_dir() {
        return Some(path);
    }
    let text = fs::read_to_string(&path).ok()?;
    let folder = root.join(text.strip_prefix("gitdir:")?.trim());
    // a work tree shares the configuration of its repository
    let shared = fs::read_to_string(folder.join("commondir")).ok().map(|common| folder.join(common.trim()));
    Some(shared.unwrap_or(folder))
}

fn origin_in(config: &str) -> Option<String> {
    let mut in_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line.replace(' ', "").eq_ignore_ascii_case("[remote\"origin\"]");
        } else if let Some((name, value)) = line.split_once('=')
            && in_origin
            && name.trim().eq_ignore_ascii_case("url")
        {
            return Some(value.trim().trim_matches('"').to_owned()).filter(|url| !url.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_address_of_origin() {
        let config = "[core]\n\tbare = false\n[remote \"other\"]\n\turl = https://h/x.git\n[remote \"origin\"]\n\turl = https://h/a.git\n";
        assert_eq!(origin_in(config).as_deref(), Some("https://h/a.git"));
        assert_eq!(origin_in("[remote \"origin\"]\n\tfetch = +refs\n"), None);
    }
}
