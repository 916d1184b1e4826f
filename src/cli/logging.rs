//! The program's own log, off by default: `PINO_LOG=debug` (or `pino_engine=debug,warn` …) writes it to stderr.
//!
//! Must not know: what is logged.

use tracing_subscriber::EnvFilter;

/// Names the levels and parts to log, in the syntax of `tracing_subscriber`'s filters.
const VARIABLE: &str = "PINO_LOG";

/// Starts the log when the variable asks for it; a filter that cannot be read is told and left out.
pub(crate) fn start() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    match EnvFilter::try_from_env(VARIABLE) {
        Ok(filter) => tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init(),
        Err(error) => crate::report::failure(
            &format!("`{VARIABLE}` is no log filter: {error}"),
            Some("for example PINO_LOG=debug"),
        ),
    }
}
