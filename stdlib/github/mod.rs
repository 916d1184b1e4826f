//! `github.*`: making a repository of an app's folder, by GitHub's REST API and git.
//!
//! Source: spec 30-api-github; docs.github.com/rest/repos. Must not know: where the token is kept; it comes as `GITHUB_TOKEN` or
//! `GH_TOKEN` of the environment and never stands in an argument or message.

mod api;
mod create;
mod fork;
mod repository;

use crate::Method;

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("github.create", |call| Box::pin(create::create(call))),
    ("github.fork", |call| Box::pin(fork::fork(call))),
];
