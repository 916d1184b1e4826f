//! Evaluation without running: `pino js`, `pino eval`, `pino eval-expr`; the converter the VM is given.
//!
//! Must not know: the command line, steps, events.

mod converter;
mod expression;
mod javascript;
mod launcher;
mod simulated;
mod state;

pub use converter::PinoConverter;
pub use expression::{ExpressionRequest, evaluate_expression};
pub use javascript::{JavaScriptOutcome, Phase, run_javascript};
pub use launcher::{EvalError, EvalRequest, evaluate, resolve_export};
pub use state::{Exists, StateFile};

pub(crate) use launcher::{describe_machine, prepare_world};
pub(crate) use simulated::SimulatedWorld;
