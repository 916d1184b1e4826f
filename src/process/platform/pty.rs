//! One pseudo terminal: our end, the path of the program's end, size and echo.
//!
//! Must not know: what runs on it.

use std::{ffi::CString, io, os::fd::OwnedFd};

use rustix::{
    fs::{Mode, OFlags, fcntl_setfl, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize},
};

/// A fresh pseudo terminal.
pub(crate) struct Pty {
    /// Our end, never blocking.
    pub(crate) master: OwnedFd,
    /// The program's end, kept open so that a program that closes its terminal for a while does not look like a hang-up.
    pub(crate) slave: OwnedFd,
    /// Where the program opens its end.
    pub(crate) path: CString,
}

impl Pty {
    /// Opens one of this size.
    pub(crate) fn open(cols: u16, rows: u16, echo: bool) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = ptsname(&master, Vec::new())?;
        let slave = open(path.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK)?;
        resize(&master, cols, rows)?;
        if !echo {
            let mut modes = tcgetattr(&slave)?;
            modes.local_modes.remove(LocalModes::ECHO);
            tcsetattr(&slave, OptionalActions::Now, &modes)?;
        }
        Ok(Self { master, slave, path })
    }
}

/// Tells the program its terminal has another size now.
pub(crate) fn resize(master: &OwnedFd, cols: u16, rows: u16) -> io::Result<()> {
    tcsetwinsize(master, Winsize { ws_col: cols, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok(())
}
