//! `self.*`: the same as `json.set` and `json.rm`, named for scripts that change their own file.
//!
//! Must not know: when a script is read again.

use crate::{Method, json};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("self.set", |call| Box::pin(async move { json::set(call, "self.set") })),
    ("self.rm", |call| Box::pin(async move { json::rm(call, "self.rm") })),
];
