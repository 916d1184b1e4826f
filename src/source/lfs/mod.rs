//! Large files (git LFS): pointer files are found and replaced by what they point to.
//!
//! Must not know: how content is fetched; the caller's [`LfsFetch`] does that.

mod batch;
mod pointer;

use std::{
    fs,
    path::{Path, PathBuf},
};

use git2::Repository;

use crate::{Address, Phase, Source, SourceError, Watch, session::Session};
pub(crate) use pointer::Pointer;

/// One large file to fetch.
#[derive(Clone)]
pub struct LfsFile {
    /// Path in the repository, for messages.
    pub name: String,
    /// Where it is; may carry a signature.
    pub url: String,
    /// Headers the server wants to see; may carry a token. They are for the address's host only.
    pub headers: Vec<(String, String)>,
    /// SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub size: u64,
    /// Where it is to be written.
    pub target: PathBuf,
}

impl std::fmt::Debug for LfsFile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LfsFile")
            .field("name", &self.name)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Fetches one large file, verified; the error is shown to people.
pub type LfsFetch<'a> = dyn Fn(&LfsFile) -> Result<(), String> + Send + Sync + 'a;

/// A pointer file of the working tree.
struct Found {
    path: String,
    pointer: Pointer,
}

/// Replaces pointer files. Gives the number of those that had to stay.
pub(crate) fn fill(
    source: &Source,
    repo: &Repository,
    address: &Address,
    watch: &Watch<'_>,
) -> Result<usize, SourceError> {
    let found = pointers(repo)?;
    if found.is_empty() {
        return Ok(0);
    }
    let Some(fetch) = watch.large_files else { return Ok(found.len()) };
    let missing: Vec<_> = found.iter().filter(|found| !is_there(repo, &found.pointer)).collect();
    let real = source.resolve(address)?;
    match real.local_path() {
        Some(folder) => copy_from_folder(repo, folder, &missing)?,
        None => download(source, repo, &real, (&missing, fetch), watch)?,
    }
    for found in &found {
        place(repo, found)?;
    }
    Ok(0)
}

/// Pointer files the working tree holds right now.
fn pointers(repo: &Repository) -> Result<Vec<Found>, SourceError> {
    let Some(root) = repo.workdir() else { return Ok(Vec::new()) };
    let index = repo.index().map_err(SourceError::git("read its index"))?;
    let candidates = index.iter().filter(|entry| Pointer::SIZES.contains(&u64::from(entry.file_size)));
    let mut found = Vec::new();
    for entry in candidates {
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        let file = root.join(&path);
        let is_file = fs::symlink_metadata(&file)
            .is_ok_and(|meta| meta.is_file() && Pointer::SIZES.contains(&meta.len()));
        if let Some(pointer) =
            is_file.then(|| fs::read(&file).ok()).flatten().and_then(|text| Pointer::parse(&text))
        {
            found.push(Found { path, pointer });
        }
    }
    Ok(found)
}

/// Where content is kept, as git-lfs does.
fn store(git_folder: &Path, pointer: &Pointer) -> PathBuf {
    let hex = &pointer.sha256;
    git_folder.join("lfs/objects").join(&hex[..2]).join(&hex[2..4]).join(hex)
}

fn is_there(repo: &Repository, pointer: &Pointer) -> bool {
    fs::metadata(store(repo.path(), pointer)).is_ok_and(|meta| meta.len() == pointer.size)
}

fn copy_from_folder(repo: &Repository, folder: &Path, missing: &[&Found]) -> Result<(), SourceError> {
    for found in missing {
        let candidates = [folder.to_owned(), folder.join(".git")].map(|git| store(&git, &found.pointer));
        let Some(from) = candidates.into_iter().find(|file| file.is_file()) else {
            let cause = format!("{} does not hold it", folder.display());
            return Err(SourceError::LargeFile { file: found.path.clone(), cause });
        };
        copy(&from, &store(repo.path(), &found.pointer))?;
    }
    Ok(())
}

fn download(
    source: &Source,
    repo: &Repository,
    real: &Address,
    (missing, fetch): (&[&Found], &LfsFetch<'_>),
    watch: &Watch<'_>,
) -> Result<(), SourceError> {
    let total = missing.len() as u64;
    let mut bytes = 0;
    let mut done = 0;
    for part in missing.chunks(batch::MOST) {
        let session = Session::new(source, real, &watch.cancel)?;
        let pointers: Vec<_> = part.iter().map(|found| &found.pointer).collect();
        let endpoint = batch::endpoint(repo, real)?;
        let actions = source.retrying(&watch.cancel, || batch::ask(&session, &endpoint, &pointers))?;
        for found in part {
            watch.check()?;
            watch.report(Phase::LargeFiles, &found.path, (done, total), bytes);
            let failed = |cause: String| SourceError::LargeFile { file: found.path.clone(), cause };
            let action = actions
                .get(&found.pointer.sha256)
                .ok_or_else(|| failed("the server does not mention it".to_owned()))?;
            let action = action.as_ref().map_err(|cause| failed(cause.clone()))?;
            let target = store(repo.path(), &found.pointer);
            make_folder(&target)?;
            fetch(&LfsFile {
                name: found.path.clone(),
                url: action.href.clone(),
                headers: action.header.clone().into_iter().collect(),
                sha256: found.pointer.sha256.clone(),
                size: found.pointer.size,
                target,
            })
            .map_err(failed)?;
            done += 1;
            bytes += found.pointer.size;
            watch.report(Phase::LargeFiles, &found.path, (done, total), bytes);
        }
    }
    Ok(())
}

fn make_folder(file: &Path) -> Result<(), SourceError> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).map_err(SourceError::file("create", folder))
}

/// Copies beside the place first, so that the place never holds half a file.
fn copy(from: &Path, to: &Path) -> Result<(), SourceError> {
    make_folder(to)?;
    let mut draft = to.as_os_str().to_owned();
    draft.push(".pino-draft");
    fs::copy(from, &draft).map_err(SourceError::file("write", &draft))?;
    fs::rename(&draft, to).map_err(SourceError::file("write", to))
}

/// Puts the content where the pointer file is; the kept object and the file are two, so that editing one spares the other.
fn place(repo: &Repository, found: &Found) -> Result<(), SourceError> {
    let Some(root) = repo.workdir() else { return Ok(()) };
    copy(&store(repo.path(), &found.pointer), &root.join(&found.path))
}
