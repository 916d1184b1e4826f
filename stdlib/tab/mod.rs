//! `tab.open`: a page in the app's own frame.
//!
//! Must not know: frames.

use crate::{Method, web};

pub(crate) const TABLE: &[(&str, Method)] =
    &[("tab.open", |call| Box::pin(async move { web::send(call, "tab.open") }))];
