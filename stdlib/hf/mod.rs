//! `hf.*`: the Hugging Face hub.
//!
//! Must not know: the hub's protocol.

mod download;
mod hub;
mod login;
mod upload;
mod words;

use crate::Method;

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("hf.download", |call| Box::pin(download::download(call))),
    ("hf.upload", |call| Box::pin(upload::upload(call))),
    ("hf.login", |call| Box::pin(login::login(call))),
    ("hf.logout", |call| Box::pin(async move { login::logout(call) })),
];
