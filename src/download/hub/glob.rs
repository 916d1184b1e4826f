//! Which files of a repository are wanted: shell patterns as `huggingface_hub` reads them.
//!
//! Must not know: repositories. `*` also stands for slashes; a pattern that ends in a slash means all below.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::HubError;

/// Patterns to include and to exclude.
#[derive(Debug)]
pub(super) struct Patterns {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Patterns {
    pub(super) fn new(include: &[String], exclude: &[String]) -> Result<Self, HubError> {
        let include = if include.is_empty() { None } else { Some(set(include)?) };
        Ok(Self { include, exclude: set(exclude)? })
    }

    pub(super) fn wants(&self, file: &str) -> bool {
        self.include.as_ref().is_none_or(|set| set.is_match(file)) && !self.exclude.is_match(file)
    }
}

fn set(patterns: &[String]) -> Result<GlobSet, HubError> {
    let bad = |pattern: &str| HubError::BadName { name: pattern.to_owned(), what: "pattern for files" };
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        // braces and backslashes mean nothing in Python's fnmatch
        let mut text = pattern.replace('\\', "[\\\\]").replace('{', "[{]").replace('}', "[}]");
        if text.ends_with('/') {
            text.push('*');
        }
        let glob = GlobBuilder::new(&text).literal_separator(false).backslash_escape(true).build();
        builder.add(glob.map_err(|_error| bad(pattern))?);
    }
    builder.build().map_err(|_error| bad(&patterns.join(" ")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a refused pattern is a failing test")]
    use super::*;

    #[test]
    fn patterns_of_the_hub() {
        let wants = |include: &[&str], exclude: &[&str], file: &str| {
            let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            Patterns::new(&owned(include), &owned(exclude)).unwrap().wants(file)
        };
        assert!(wants(&[], &[], "a/b"));
        assert!(wants(&["*.safetensors"], &[], "unet/x.safetensors"));
        assert!(wants(&["unet/"], &[], "unet/deep/x"));
        assert!(!wants(&["unet/"], &[], "unet2/x"));
        assert!(!wants(&["*.bin", "*.json"], &["*.bin"], "x.bin"));
        assert!(wants(&["[!a]*"], &[], "b") && !wants(&["[!a]*"], &[], "a"));
        assert!(wants(&["x{1}.bin"], &[], "x{1}.bin"));
    }
}
