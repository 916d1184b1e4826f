//! The licence a launcher comes with.
//!
//! Must not know: whether it suits anybody.

use std::{fs, io::Read as _, path::Path};

use super::{Finding, Verdict};

/// Words that tell a licence, the particular ones first.
const WORDS: &[(&str, &str)] = &[
    ("gnu affero general public license", "AGPL"),
    ("gnu lesser general public license", "LGPL"),
    ("gnu general public license", "GPL"),
    ("apache license", "Apache"),
    ("mozilla public license", "MPL"),
    ("permission is hereby granted, free of charge", "MIT"),
    ("redistribution and use in source and binary forms", "BSD"),
    ("creative commons", "Creative Commons"),
    ("non-commercial", "a licence for non-commercial use"),
    ("noncommercial", "a licence for non-commercial use"),
    ("this is free and unencumbered software", "Unlicense"),
];
const READ_BYTES: u64 = 64 << 10;

pub(super) fn find(folder: &Path) -> Finding {
    let names: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    let is_licence = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["licence", "license", "copying"].iter().any(|word| name.starts_with(word))
    };
    let mut files: Vec<_> =
        names.iter().map(|name| name.to_string_lossy()).filter(|name| is_licence(name)).collect();
    files.sort();
    let Some(file) = files.first() else {
        let text = "no licence file: what you may do with it is not said";
        return Finding { name: "licence", verdict: Verdict::Care, text: text.to_owned() };
    };
    let mut text = String::new();
    // a licence that cannot be read is an unknown one
    let _ =
        fs::File::open(folder.join(&**file)).and_then(|open| open.take(READ_BYTES).read_to_string(&mut text));
    let text = text.to_lowercase();
    let known = WORDS.iter().find(|(words, _)| text.contains(words)).map_or("unknown", |(_, name)| name);
    Finding { name: "licence", verdict: Verdict::Fine, text: format!("{known} ({file})") }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_named() {
        let scratch = tempfile::tempdir().unwrap();
        assert_eq!(find(scratch.path()).verdict, Verdict::Care);
        fs::write(scratch.path().join("LICENSE.md"), "Permission is hereby granted, free of charge, to")
            .unwrap();
        assert_eq!(find(scratch.path()).text, "MIT (LICENSE.md)");
    }
}
