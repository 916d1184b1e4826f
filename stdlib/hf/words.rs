//! The words of `hf download` as a request, where all of them are understood.
//!
//! Must not know: Lua.

use std::path::{Path, PathBuf};

use pino_download::{HubError, RepoId, RepoKind, RepoRequest, Token};

/// What the words ask for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) request: RepoRequest,
    pub(super) token: Option<Token>,
    pub(super) cache: Option<PathBuf>,
}

/// Reads the words. `Ok(None)`: there is one that only the program `hf` understands.
pub(super) fn parse(words: &[String], cwd: &Path) -> Result<Option<Wanted>, HubError> {
    let (mut places, mut kind, mut revision) = (Vec::new(), RepoKind::Model, None);
    let (mut include, mut exclude, mut force) = (Vec::new(), Vec::new(), false);
    let (mut local_dir, mut cache, mut token) = (None, None, None);
    let mut rest = words.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        let (name, attached) = match word.split_once('=').filter(|(name, _)| name.starts_with("--")) {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let mut value = || attached.or_else(|| rest.next()).map(str::to_owned);
        match name.replace('_', "-").as_str() {
            "--include" | "--exclude" => {
                let list = if name == "--include" { &mut include } else { &mut exclude };
                list.extend(value());
                // older versions took several after one flag
                while let Some(more) = rest.next_if(|next| !next.starts_with('-')) {
                    list.push(more.to_owned());
                }
            }
            "--revision" => revision = value(),
            "--local-dir" => local_dir = value().map(|folder| cwd.join(folder)),
            "--cache-dir" => cache = value().map(|folder| cwd.join(folder)),
            "--token" => token = value().as_deref().and_then(Token::new),
            "--repo-type" | "--type" => match value().as_deref().and_then(RepoKind::parse) {
                Some(parsed) => kind = parsed,
                None => return Ok(None),
            },
            "--max-workers" | "--local-dir-use-symlinks" | "--format" => drop(value()),
            "--force-download" | "--force" => force = true,
            "--quiet" | "-q" | "--resume-download" | "--no-quiet" => {}
            _ if name.starts_with('-') => return Ok(None),
            _ => places.push(word.to_owned()),
        }
    }
    let mut places = places.into_iter();
    let Some(name) = places.next() else { return Ok(None) };
    let repo = RepoId::new(kind, &name)?;
    let request = RepoRequest { repo, revision, files: places.collect(), include, exclude, local_dir, force };
    Ok(Some(Wanted { request, token, cache }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a refused word is a failing test")]
    use super::*;

    fn parsed(text: &str) -> Option<RepoRequest> {
        let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
        parse(&words, Path::new("/app")).unwrap().map(|wanted| wanted.request)
    }

    #[test]
    fn understands_what_launchers_write() {
        let one = parsed("org/model config.json --local-dir models/x").unwrap();
        assert_eq!((one.repo.name(), one.files.as_slice()), ("org/model", &["config.json".to_owned()][..]));
        assert_eq!(one.local_dir.as_deref(), Some(Path::new("/app/models/x")));
        let all = parsed("org/d --repo-type=dataset --include *.a *.b --exclude c/* --revision v1").unwrap();
        assert_eq!((all.repo.kind, all.include.len(), all.exclude.len()), (RepoKind::Dataset, 2, 1));
        assert_eq!(all.revision.as_deref(), Some("v1"));
        assert!(parsed("org/model --dry-run").is_none());
        assert!(parse(&["../x".to_owned()], Path::new("/")).is_err());
    }
}
