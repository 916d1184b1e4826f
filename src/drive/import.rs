//! Model folders of other programs: linked into the home, never moved, copied or changed.
//!
//! Must not know: how links are made. The models appear on the drive under `drives/imported/<route>`, in every route of that
//! name that apps have, and in those they get later.

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
};

use serde::Serialize;
use walkdir::WalkDir;

use crate::{
    DriveError, Store,
    action::{Action, Copy, Link},
    config::DriveIndex,
    disk,
    drive::resolved,
    journal::Kind,
    layout::{has_model_name, is_hub_repository},
    merge::exists,
    operate::{Part, Report, part},
    scan::WORTH_SHARING_BYTES,
    watch::Watch,
};

/// Names of folders that other programs use, and the route that apps of launchers use for the same.
const ROUTES: &[(&str, &[&str])] = &[
    ("checkpoints", &["checkpoints", "checkpoint", "stable-diffusion", "stablediffusion", "ckpt"]),
    ("loras", &["loras", "lora", "lycoris"]),
    ("vae", &["vae", "vaes"]),
    ("vae_approx", &["vae_approx", "vae-approx", "approxvae"]),
    ("controlnet", &["controlnet", "control_net"]),
    ("upscale_models", &["upscale_models", "esrgan", "realesrgan", "swinir", "upscalers"]),
    ("embeddings", &["embeddings", "embedding", "textual_inversion", "textualinversion"]),
    ("clip", &["clip", "text_encoders", "text_encoder"]),
    ("clip_vision", &["clip_vision", "clipvision"]),
    ("diffusion_models", &["diffusion_models", "unet"]),
    ("hypernetworks", &["hypernetworks", "hypernetwork"]),
    ("ipadapter", &["ipadapter", "ip-adapter"]),
    ("llm", &["llm", "llms", "gguf", "text-generation"]),
];

/// Where other programs keep models, below the user's folder or absolute.
const KNOWN_PLACES: &[&str] = &[
    "ComfyUI/models",
    "stable-diffusion-webui/models",
    "stable-diffusion-webui-forge/models",
    "StabilityMatrix/Data/Models",
    "InvokeAI/models",
    "invokeai/models",
    "Fooocus/models",
    "text-generation-webui/models",
    ".lmstudio/models",
    ".cache/lm-studio/models",
    ".cache/huggingface/hub",
    "/workspace/ComfyUI/models",
    "/workspace/stable-diffusion-webui/models",
    "/workspace/models",
];

/// What an import would do.
#[derive(Debug, Serialize)]
pub struct ImportPlan {
    /// Models that were found.
    pub models: usize,
    /// Their bytes, none of which are copied.
    pub bytes: u64,
    /// Links that would be made.
    pub parts: Vec<Part>,
    #[serde(skip)]
    actions: Vec<Action>,
}

impl Store {
    /// What importing a folder would do. `route`: the route for all of its models, instead of one by the folders' names.
    pub fn plan_import(&self, folder: &Path, route: Option<&str>) -> Result<ImportPlan, DriveError> {
        let folder = self.checked(folder)?;
        let mut plan = ImportPlan { models: 0, bytes: 0, parts: Vec::new(), actions: Vec::new() };
        let inner = folder.join("hub");
        let hub = [&folder, &inner].into_iter().find(|folder| has_hub_repositories(folder));
        match hub {
            Some(hub) => self.hub(hub, &mut plan)?,
            None => self.models(&folder, route, &mut plan)?,
        }
        plan.parts = plan.actions.iter().map(|action| part(action, None)).collect();
        Ok(plan)
    }

    /// Links the models of a folder into the home.
    pub fn import(
        &self,
        folder: &Path,
        route: Option<&str>,
        watch: &Watch<'_>,
    ) -> Result<Report, DriveError> {
        let (_lock, ..) = self.lock()?;
        let plan = self.plan_import(folder, route)?;
        self.perform(Kind::Import, plan.actions, watch)
    }

    fn checked(&self, folder: &Path) -> Result<PathBuf, DriveError> {
        let real = folder.canonicalize().map_err(DriveError::file("find", folder))?;
        if !real.is_dir() {
            return Err(DriveError::NotAFolder { path: folder.to_owned() });
        }
        let home = resolved(&self.home);
        if real.starts_with(&home) || home.starts_with(&real) {
            return Err(DriveError::Circular { folder: folder.to_owned(), store: self.drive_home() });
        }
        Ok(real)
    }

    fn models(&self, folder: &Path, route: Option<&str>, plan: &mut ImportPlan) -> Result<(), DriveError> {
        let index = DriveIndex::load(&self.drive_home())?;
        let routes = index.all();
        let files = WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
        for file in files.filter(|entry| entry.file_type().is_file() && is_model(entry.path())) {
            let Ok(metadata) = file.metadata() else { continue };
            if metadata.len() < WORTH_SHARING_BYTES {
                continue;
            }
            let relative = file.path().strip_prefix(folder).unwrap_or(file.path());
            let (name, below) = place(folder, relative, route);
            crate::config::check_route(&name)?;
            plan.models += 1;
            plan.bytes += metadata.len();
            plan.link(&imported(&self.drive_home(), &name).join(&below), file.path());
            let own: BTreeSet<_> =
                routes.iter().filter(|(_, known, _)| *known == name).map(|(_, _, folder)| folder).collect();
            for store in own.into_iter().filter(|store| store.is_dir()) {
                plan.link(&store.join(&below), file.path());
            }
        }
        Ok(())
    }

    /// Repositories of a hub cache: links for what is large, the same small files, nothing of theirs is written to.
    fn hub(&self, hub: &Path, plan: &mut ImportPlan) -> Result<(), DriveError> {
        let ours = self.home.join("cache/HF_HOME/hub");
        let is_repository = |name: &std::ffi::OsStr| name.to_str().is_some_and(is_hub_repository);
        let files = WalkDir::new(hub)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| entry.depth() != 1 || is_repository(entry.file_name()));
        for file in files.flatten().filter(|entry| entry.depth() > 1) {
            let relative = file.path().strip_prefix(hub).unwrap_or(file.path());
            let path = ours.join(relative);
            if file.file_type().is_symlink() {
                let target = fs::read_link(file.path()).map_err(DriveError::file("read", file.path()))?;
                plan.link(&path, &target);
            } else if file.file_type().is_file()
                && relative.components().any(|part| part.as_os_str() == "refs")
            {
                plan.copy(&path, file.path());
            } else if file.file_type().is_file()
                && file.path().extension().is_none_or(|extension| extension != "incomplete")
            {
                let bytes = file.metadata().map_or(0, |metadata| metadata.len());
                plan.models += usize::from(bytes >= WORTH_SHARING_BYTES);
                plan.bytes += bytes;
                plan.link(&path, file.path());
            }
        }
        Ok(())
    }
}

impl ImportPlan {
    fn link(&mut self, path: &Path, target: &Path) {
        if !exists(path) {
            self.actions.push(Action::Link(Link { path: path.into(), target: target.into() }));
        }
    }

    fn copy(&mut self, path: &Path, from: &Path) {
        if !exists(path) {
            self.actions.push(Action::Copy(Copy { path: path.into(), from: from.into() }));
        }
    }
}

/// A new place on the drive gets links to what was imported for its route.
pub(crate) fn offer(drive_home: &Path, route: &str, store: &Path) -> Result<(), DriveError> {
    let imported = imported(drive_home, route);
    let is_empty = fs::read_dir(store).is_ok_and(|mut entries| entries.next().is_none());
    if !is_empty || !imported.is_dir() {
        return Ok(());
    }
    let links = WalkDir::new(&imported).into_iter().flatten().filter(walkdir::DirEntry::path_is_symlink);
    for link in links {
        let Ok(target) = fs::read_link(link.path()) else { continue };
        let path = store.join(link.path().strip_prefix(&imported).unwrap_or(link.path()));
        let folder = path.parent().unwrap_or(store);
        disk::create_folders(folder).map_err(DriveError::file("create the folder", folder))?;
        if !exists(&path) {
            disk::symlink(&target, &path).map_err(DriveError::file("create the link", &path))?;
        }
    }
    Ok(())
}

/// Known places that are there and lie outside the home.
pub(crate) fn known_places(user_home: &Path, home: &Path) -> Vec<PathBuf> {
    let home = resolved(home);
    let mut seen = BTreeSet::new();
    let places = KNOWN_PLACES.iter().filter_map(|place| user_home.join(place).canonicalize().ok());
    let outside =
        places.filter(|place| place.is_dir() && !place.starts_with(&home) && !home.starts_with(place));
    outside.filter(|place| seen.insert(place.clone())).collect()
}

fn imported(drive_home: &Path, route: &str) -> PathBuf {
    drive_home.join("drives").join("imported").join(route)
}

fn is_model(path: &Path) -> bool {
    has_model_name(path, true)
        || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pth"))
}

/// Route of a model and its path below it: by the innermost folder whose name is known, else by the outermost one.
fn place(folder: &Path, relative: &Path, route: Option<&str>) -> (String, PathBuf) {
    if let Some(route) = route {
        return (route.to_owned(), relative.to_owned());
    }
    let parts: Vec<_> = relative.components().collect();
    let folders = &parts[..parts.len().saturating_sub(1)];
    let rest = |from: usize| parts[from..].iter().collect::<PathBuf>();
    let known = folders.iter().enumerate().rev().find_map(|(at, part)| Some((route_of(part)?, at)));
    if let Some((name, at)) = known {
        return (name, rest(at + 1));
    }
    if let Some(name) = folder.components().next_back().as_ref().and_then(route_of) {
        return (name, relative.to_owned());
    }
    let outermost =
        folders.first().and_then(|part| part.as_os_str().to_str()).filter(|name| !name.starts_with('.'));
    match outermost {
        Some(name) => (name.to_lowercase(), rest(1)),
        None => ("models".to_owned(), relative.to_owned()),
    }
}

fn route_of(part: &Component<'_>) -> Option<String> {
    let name = part.as_os_str().to_str()?.to_lowercase();
    let known = ROUTES.iter().find(|(_, names)| names.contains(&name.as_str()));
    known.map(|(route, _)| (*route).to_owned())
}

fn has_hub_repositories(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).any(|name| is_hub_repository(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_by_the_names_of_folders() {
        let place = |relative: &str| place(Path::new("/x/models"), Path::new(relative), None);
        let expect = |route: &str, below: &str| (route.to_owned(), PathBuf::from(below));
        assert_eq!(place("Stable-diffusion/a.safetensors"), expect("checkpoints", "a.safetensors"));
        assert_eq!(place("Lora/style/b.pt"), expect("loras", "style/b.pt"));
        assert_eq!(place("Odd/c.onnx"), expect("odd", "c.onnx"));
        assert_eq!(place("d.gguf"), expect("models", "d.gguf"));
        let vae = super::place(Path::new("/x/VAE"), Path::new("e.pt"), None);
        assert_eq!(vae, expect("vae", "e.pt"));
        assert_eq!(super::place(Path::new("/x"), Path::new("VAE/f.pt"), Some("r")), expect("r", "VAE/f.pt"));
    }
}
