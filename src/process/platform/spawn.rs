//! Starting a program in a session of its own, on a terminal, by `posix_spawn`.
//!
//! Must not know: shells. `fork` would copy the page tables of a process that holds a VM; `posix_spawn` does not.

#![expect(
    unsafe_code,
    reason = "posix_spawn is the one way to start a program without copying our page tables"
)]

use std::{
    ffi::{CStr, CString, c_char, c_int},
    io,
    mem::MaybeUninit,
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
};

use rustix::process::Pid;

/// A program about to be started.
pub(crate) struct ChildPlan<'a> {
    /// Absolute path of the executable.
    pub(crate) program: CString,
    /// All arguments, the name first.
    pub(crate) args: Vec<CString>,
    /// `NAME=value` of the whole environment.
    pub(crate) env: Vec<CString>,
    /// Working directory.
    pub(crate) cwd: CString,
    /// Its terminal; opened as descriptors 0, 1 and 2, and its controlling terminal.
    pub(crate) terminal: &'a CStr,
    /// Further descriptors and the numbers they get.
    pub(crate) extra: Vec<(BorrowedFd<'a>, c_int)>,
}

/// Starts it as the leader of a new session.
pub(crate) fn spawn(plan: &ChildPlan<'_>) -> io::Result<Pid> {
    let actions = FileActions::new(plan)?;
    let attributes = Attributes::new()?;
    let (args, env) = (pointers(&plan.args), pointers(&plan.env));
    let mut pid = 0;
    // SAFETY: all pointers are to live, NUL-terminated data and initialised structures owned above.
    let code = unsafe {
        libc::posix_spawn(
            &raw mut pid,
            plan.program.as_ptr(),
            &raw const actions.0,
            &raw const attributes.0,
            args.as_ptr(),
            env.as_ptr(),
        )
    };
    check(code)?;
    Pid::from_raw(pid).ok_or_else(|| io::Error::other("the system gave no process number"))
}

fn pointers(texts: &[CString]) -> Vec<*mut c_char> {
    texts.iter().map(|text| text.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}

fn check(code: c_int) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(code)) }
}

struct FileActions(libc::posix_spawn_file_actions_t);

impl FileActions {
    fn new(plan: &ChildPlan<'_>) -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: init writes the structure; it is read only when that succeeded.
        let mut actions = unsafe {
            check(libc::posix_spawn_file_actions_init(raw.as_mut_ptr()))?;
            Self(raw.assume_init())
        };
        let list = &raw mut actions.0;
        // SAFETY: the list is initialised; the calls copy the paths they are given.
        unsafe {
            check(libc::posix_spawn_file_actions_addchdir_np(list, plan.cwd.as_ptr()))?;
            // the first terminal a session leader opens becomes its controlling terminal
            check(libc::posix_spawn_file_actions_addopen(list, 0, plan.terminal.as_ptr(), libc::O_RDWR, 0))?;
            check(libc::posix_spawn_file_actions_adddup2(list, 0, 1))?;
            check(libc::posix_spawn_file_actions_adddup2(list, 0, 2))?;
            for (descriptor, number) in &plan.extra {
                check(libc::posix_spawn_file_actions_adddup2(list, descriptor.as_raw_fd(), *number))?;
            }
        }
        Ok(actions)
    }
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed once.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    /// New session, no blocked signals, default handling of the signals we ignore ourselves.
    fn new() -> io::Result<Self> {
        const FLAGS: c_int =
            libc::POSIX_SPAWN_SETSID as c_int | libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        let mut raw = MaybeUninit::uninit();
        // SAFETY: init writes the structures; they are read only when that succeeded.
        unsafe {
            check(libc::posix_spawnattr_init(raw.as_mut_ptr()))?;
            let mut attributes = Self(raw.assume_init());
            let mut none = MaybeUninit::uninit();
            libc::sigemptyset(none.as_mut_ptr());
            let mut set = none.assume_init();
            check(libc::posix_spawnattr_setsigmask(&raw mut attributes.0, &raw const set))?;
            for signal in
                [libc::SIGPIPE, libc::SIGINT, libc::SIGQUIT, libc::SIGHUP, libc::SIGTERM, libc::SIGCHLD]
            {
                libc::sigaddset(&raw mut set, signal);
            }
            check(libc::posix_spawnattr_setsigdefault(&raw mut attributes.0, &raw const set))?;
            check(libc::posix_spawnattr_setflags(&raw mut attributes.0, FLAGS as libc::c_short))?;
            Ok(attributes)
        }
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed once.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}
