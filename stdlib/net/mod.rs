//! `net`: one HTTP request.
//!
//! Must not know: pages and files. Answers are limited in size and time.

mod request;
mod response;

use crate::Method;

pub(crate) const TABLE: &[(&str, Method)] = &[("net", |call| Box::pin(request::net(call)))];
