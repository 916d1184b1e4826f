//! ENVIRONMENT files: reading, defaults, the merging order, the folders they name (spec 50 §1).
//!
//! Must not know: shells or templates, which both get the merged result.

mod dotenv;
mod merge;

pub(crate) use dotenv::{decode, parse};
pub(crate) use merge::{Environments, Variables};

/// Variables of the home file, in its order (spec 50 §1.1). `./` is relative to the home.
pub(crate) const HOME_DEFAULTS: &[(&str, &str)] = &[
    ("HOMEBREW_CACHE", "./cache/HOMEBREW_CACHE"),
    ("XDG_CACHE_HOME", "./cache/XDG_CACHE_HOME"),
    ("PIP_CACHE_DIR", "./cache/PIP_CACHE_DIR"),
    ("UV_CACHE_DIR", "./cache/UV_CACHE_DIR"),
    ("PIP_TMPDIR", "./cache/PIP_TMPDIR"),
    ("TMPDIR", "./cache/TMPDIR"),
    ("TEMP", "./cache/TEMP"),
    ("TMP", "./cache/TMP"),
    ("XDG_DATA_HOME", "./cache/XDG_DATA_HOME"),
    ("XDG_CONFIG_HOME", "./cache/XDG_CONFIG_HOME"),
    ("XDG_STATE_HOME", "./cache/XDG_STATE_HOME"),
    ("PIP_CONFIG_FILE", "./pipconfig"),
    ("CONDARC", "./condarc"),
    ("PS1", "<<PINOKIO_SHELL>> "),
    ("GRADIO_ANALYTICS_ENABLED", "False"),
    ("GRADIO_TEMP_DIR", "./cache/GRADIO_TEMP_DIR"),
    ("HF_HOME", "./cache/HF_HOME"),
    ("TORCH_HOME", "./cache/TORCH_HOME"),
    ("PINOKIO_SHARE_VAR", "url"),
    ("PINOKIO_SHARE_CLOUDFLARE", "false"),
    ("PINOKIO_SHARE_LOCAL", "false"),
    ("PINOKIO_SHARE_LOCAL_PORT", ""),
    ("PINOKIO_SCRIPT_DEFAULT", "true"),
    ("PINOKIO_DRIVE", "./drive"),
];

/// Variables of an app's own file, with the values they get when the home file has none (spec 50 §1.2).
pub(crate) const APP_DEFAULTS: &[(&str, &str)] = &[
    ("PINOKIO_SCRIPT_AUTOLAUNCH", ""),
    ("PINOKIO_SHARE_CLOUDFLARE", "false"),
    ("PINOKIO_SHARE_PASSCODE", ""),
    ("PINOKIO_SCRIPT_DEFAULT", "true"),
    ("GRADIO_TEMP_DIR", "./cache/GRADIO_TEMP_DIR"),
    ("HF_HOME", "./cache/HF_HOME"),
    ("TORCH_HOME", "./cache/TORCH_HOME"),
    ("PINOKIO_SHARE_LOCAL", "false"),
    ("PINOKIO_SHARE_LOCAL_PORT", ""),
];

/// Values that are files, not folders.
const FILES_NOT_FOLDERS: &[&str] = &["PIP_CONFIG_FILE", "CONDARC", "HF_TOKEN_PATH"];

/// Text of a new home file.
pub(crate) fn home_text() -> String {
    let mut text = String::from(
        "# Environment of every app below this folder. NAME=value; a value that starts with ./ is relative to this folder.\n\
         # An app's own ENVIRONMENT file wins over this one.\n\n",
    );
    append_variables(&mut text, HOME_DEFAULTS);
    text
}

/// Text of a new app file: the repository's `_ENVIRONMENT`, then the app variables it does not name itself.
pub(crate) fn app_text(template: &str) -> String {
    let named = parse(template);
    let mut text = template.trim_end().to_owned();
    text.push_str("\n\n");
    let missing: Vec<_> = APP_DEFAULTS
        .iter()
        .filter(|(name, _)| !named.iter().any(|(known, _)| known == name))
        .copied()
        .collect();
    append_variables(&mut text, &missing);
    text
}

fn append_variables(text: &mut String, variables: &[(&str, &str)]) {
    for (name, value) in variables {
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
}
