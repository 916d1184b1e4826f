//! Unix sockets for the owner alone, at paths of any length.
//!
//! Must not know: what is said over them.

use std::{
    fs::{self, Permissions},
    io,
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::{
            fs::PermissionsExt as _,
            net::{UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags, open};

/// The system's limit for the path of a socket, with its end.
const PATH_LIMIT_BYTES: usize = 108;

/// Listens at this path; only the owner may connect. A socket that is there already is an error: the caller knows whose it is.
pub fn bind(path: &Path) -> io::Result<UnixListener> {
    let (_folder, short) = shorten(path)?;
    let listener = UnixListener::bind(&short)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Connects to the listener at this path.
pub fn connect(path: &Path) -> io::Result<UnixStream> {
    let (_folder, short) = shorten(path)?;
    UnixStream::connect(short)
}

/// The same place under a short name, which holds while the descriptor of its folder is open.
fn shorten(path: &Path) -> io::Result<(Option<OwnedFd>, PathBuf)> {
    if path.as_os_str().len() < PATH_LIMIT_BYTES {
        return Ok((None, path.to_owned()));
    }
    let missing = || io::Error::new(io::ErrorKind::InvalidInput, "the path of a socket has no folder");
    let (folder, name) = path.parent().zip(path.file_name()).ok_or_else(missing)?;
    let folder = open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
    Ok((Some(folder), short))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn a_long_path_is_no_obstacle_and_others_stay_out() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let deep = folder.path().join("x".repeat(120)).join("y".repeat(120));
        fs::create_dir_all(&deep).unwrap_or_else(|error| panic!("{error}"));
        for path in [folder.path().join("sock"), deep.join("sock")] {
            let listener = bind(&path).unwrap_or_else(|error| panic!("{error}"));
            let mode = fs::metadata(&path).map_or(0, |data| data.permissions().mode());
            assert_eq!(mode & 0o777, 0o600);
            let mut ours = connect(&path).unwrap_or_else(|error| panic!("{error}"));
            let (mut theirs, _) = listener.accept().unwrap_or_else(|error| panic!("{error}"));
            ours.write_all(b"hi").unwrap_or_else(|error| panic!("{error}"));
            let mut text = [0; 2];
            theirs.read_exact(&mut text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(&text, b"hi");
        }
    }
}
