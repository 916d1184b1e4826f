//! Launcher repositories: clone, update, pin, roll back, over HTTP by one TLS stack.
//!
//! Must not know: what a launcher is for, who asked, how large files are fetched.
