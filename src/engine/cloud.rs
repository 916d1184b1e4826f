//! Which rented machine this is, by the variables its provider sets, and where its files survive a restart.
//!
//! Must not know: launcher homes.

use std::path::{Path, PathBuf};

/// A provider of machines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cloud {
    /// Its name in templates (`cloud`).
    pub(crate) name: &'static str,
    /// Variables of which one is set there.
    variables: &'static [&'static str],
    /// Folder that survives a restart.
    storage: Option<&'static str>,
}

const KNOWN: &[Cloud] = &[
    Cloud { name: "runpod", variables: &["RUNPOD_POD_ID"], storage: Some("/workspace") },
    Cloud { name: "vast", variables: &["VAST_CONTAINERLABEL"], storage: Some("/workspace") },
    Cloud {
        name: "lightning",
        variables: &["LIGHTNING_CLOUD_URL"],
        storage: Some("/teamspace/studios/this_studio"),
    },
    Cloud {
        name: "paperspace",
        variables: &["PAPERSPACE_METRIC_URL", "PAPERSPACE_NOTEBOOK_REPO_ID"],
        storage: Some("/storage"),
    },
    Cloud { name: "kaggle", variables: &["KAGGLE_KERNEL_RUN_TYPE"], storage: Some("/kaggle/working") },
    Cloud { name: "colab", variables: &["COLAB_RELEASE_TAG", "COLAB_GPU"], storage: Some("/content") },
];

/// The provider of this machine, if it is a known one.
pub(crate) fn here() -> Option<&'static Cloud> {
    KNOWN.iter().find(|cloud| cloud.variables.iter().any(|name| std::env::var_os(name).is_some()))
}

impl Cloud {
    /// The folder that survives a restart, when it is there.
    pub(crate) fn storage(&self) -> Option<PathBuf> {
        self.storage.map(Path::new).filter(|folder| folder.is_dir()).map(Path::to_owned)
    }
}
