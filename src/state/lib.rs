//! What must not be lost: apps, runs, the journal of steps, downloads, settings; one SQLite database.
//!
//! Must not know: how anything is run. The only crate that names SQLite.
