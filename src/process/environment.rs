//! Which variables of our own environment the programs of a run may see.
//!
//! Must not know: ENVIRONMENT files, scripts.

use std::collections::BTreeMap;

/// Activation state of somebody else's conda, and variables known to break builds of other people's code.
const REMOVED: &[&str] = &[
    "CONDA_DEFAULT_ENV",
    "CONDA_EXE",
    "CONDA_PROMPT_MODIFIER",
    "CONDA_PYTHON_EXE",
    "CONDA_SHLVL",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "CMAKE_MAKE_PROGRAM",
    "CMAKE_GENERATOR",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "OLDPWD",
    "SHLVL",
    "BASH_ENV",
    "ENV",
    "PROMPT_COMMAND",
    "COLUMNS",
    "LINES",
];

/// Beginnings of such names.
const REMOVED_PREFIXES: &[&str] = &["BLUEFAIRY_", "CONDA_PREFIX", "_CE_", "BASH_FUNC_"];

/// Credentials for the machine or its cloud account. Apps come from strangers and have no use for them; an app that does
/// is given them by name in an ENVIRONMENT file or in `env`.
const CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CLOUDFLARE_API_TOKEN",
    "DIGITALOCEAN_ACCESS_TOKEN",
    "RUNPOD_API_KEY",
    "RUNPOD_AI_API_KEY",
    "CONTAINER_API_KEY",
    "VAST_API_KEY",
    "VAST_CONTAINERLABEL_KEY",
    "LAMBDA_API_KEY",
    "LIGHTNING_API_KEY",
    "KAGGLE_KEY",
    "KAGGLE_USER_SECRETS_TOKEN",
    "PAPERSPACE_API_KEY",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "JUPYTER_TOKEN",
    "JUPYTER_PASSWORD",
    "COLAB_AUTH_TOKEN",
];

/// Set for every program unless something later sets it otherwise.
const DEFAULTS: &[(&str, &str)] =
    &[("CONDA_SHORTCUTS", "0"), ("CMAKE_OBJECT_PATH_MAX", "1024"), ("PYTORCH_ENABLE_MPS_FALLBACK", "1")];

/// Our environment without what programs of a run must not see, plus the defaults. The base of every merge.
pub fn inherited_environment() -> BTreeMap<String, String> {
    let own = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut kept = keep(own);
    if !["LC_ALL", "LC_CTYPE", "LANG"].iter().any(|name| kept.contains_key(*name)) {
        // programs print UTF-8 only when told that the terminal reads it
        kept.insert("LANG".to_owned(), "C.UTF-8".to_owned());
    }
    for (name, value) in DEFAULTS {
        kept.insert((*name).to_owned(), (*value).to_owned());
    }
    kept
}

fn keep(variables: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    variables.filter(|(name, _)| may_inherit(name)).collect()
}

fn may_inherit(name: &str) -> bool {
    !REMOVED.contains(&name)
        && !CREDENTIALS.contains(&name)
        && !REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        keep(list.iter().map(|name| ((*name).to_owned(), "1".to_owned()))).into_keys().collect()
    }

    #[test]
    fn keeps_what_a_gpu_machine_needs() {
        let needed = ["CUDA_HOME", "CUDA_VISIBLE_DEVICES", "HF_TOKEN", "LD_LIBRARY_PATH", "SSL_CERT_FILE"];
        assert_eq!(names(&needed), needed);
    }

    #[test]
    fn drops_foreign_conda_state_and_cloud_credentials() {
        assert!(
            names(&["CONDA_PREFIX_1", "_CE_M", "CONDA_SHLVL", "PYTHONPATH", "AWS_SECRET_ACCESS_KEY"])
                .is_empty()
        );
    }
}
