//! The few styles of the terminal report. They vanish where colours are not wanted (no terminal, `NO_COLOR`).
//!
//! Must not know: what is printed in them.

use anstyle::{AnsiColor, Reset, Style};

/// Step headers.
pub(super) const STEP: Style = AnsiColor::Cyan.on_default().bold();
/// Things that went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Warnings.
pub(super) const CARE: Style = AnsiColor::Yellow.on_default();
/// Failures.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What matters less.
pub(super) const WEAK: Style = Style::new().dimmed();
/// Back to normal.
pub(super) const PLAIN: Reset = Reset;
