//! The program's own log, off by default: `PINO_LOG=debug` (or `pino_engine=debug,warn` …) writes it to stderr.
//!
//! Must not know: what is logged.

use std::io;

use pino_engine::state::Redactor;
use tracing_subscriber::EnvFilter;

/// Names the levels and parts to log, in the syntax of `tracing_subscriber`'s filters.
const VARIABLE: &str = "PINO_LOG";

/// Starts the log when the variable asks for it; a filter that cannot be read is told and left out.
pub(crate) fn start() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    match EnvFilter::try_from_env(VARIABLE) {
        Ok(filter) => tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| WithoutSecrets).init(),
        Err(error) => crate::report::failure(
            &format!("`{VARIABLE}` is no log filter: {error}"),
            Some("for example PINO_LOG=debug"),
        ),
    }
}

/// stderr, with tokens and passwords removed. The log writes whole lines.
struct WithoutSecrets;

impl io::Write for WithoutSecrets {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write_all(&mut io::stderr(), &Redactor::shared().clean_bytes(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::Write::flush(&mut io::stderr())
    }
}
