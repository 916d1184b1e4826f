//! `gradio.*`: calls of Gradio apps by their own HTTP interface.
//!
//! Must not know: how an app was started.

mod events;
mod files;
mod predict;

use crate::Method;

pub(crate) const TABLE: &[(&str, Method)] = &[("gradio.predict", |call| Box::pin(predict::predict(call)))];
