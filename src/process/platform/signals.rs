//! Signals as something to read, and what ended children have used.
//!
//! Must not know: what a signal leads to.

#![expect(unsafe_code, reason = "no safe interface has descriptors of signals without another dependency")]

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{FromRawFd as _, OwnedFd},
    ptr,
};

/// Signals that are taken from now on by reading this descriptor: ends of children, and requests to end. A write beyond a limit on file
/// sizes is an error from now on, not a signal.
pub(crate) fn signals_as_descriptor() -> io::Result<OwnedFd> {
    let taken = [
        libc::SIGCHLD,
        libc::SIGTERM,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGHUP,
        libc::SIGXFSZ,
        libc::SIGPIPE,
    ];
    let mut raw = MaybeUninit::uninit();
    // SAFETY: sigemptyset writes the set before it is read; the descriptor is new and nobody else's.
    unsafe {
        libc::sigemptyset(raw.as_mut_ptr());
        let mut set = raw.assume_init();
        for signal in taken {
            libc::sigaddset(&raw mut set, signal);
        }
        if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        match libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
            -1 => Err(io::Error::last_os_error()),
            descriptor => Ok(OwnedFd::from_raw_fd(descriptor)),
        }
    }
}

/// What a read from that descriptor means: a request to end was among the signals.
pub(crate) fn asks_to_end(bytes: &[u8]) -> bool {
    let numbers = bytes.chunks_exact(size_of::<libc::signalfd_siginfo>()).filter_map(|record| {
        let number = record.first_chunk::<4>()?;
        Some(u32::from_ne_bytes(*number) as i32)
    });
    numbers.into_iter().any(|signal| [libc::SIGTERM, libc::SIGINT, libc::SIGQUIT].contains(&signal))
}

/// CPU time (ms) and largest memory (bytes) of all children that have ended, with theirs.
pub(crate) fn usage_of_ended() -> (u64, u64) {
    let mut raw = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: a structure of plain numbers, zeroed, which the call fills.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, raw.as_mut_ptr());
        raw.assume_init()
    };
    let ms = |time: libc::timeval| time.tv_sec as u64 * 1000 + time.tv_usec as u64 / 1000;
    (ms(usage.ru_utime) + ms(usage.ru_stime), usage.ru_maxrss as u64 * 1024)
}
