//! What both ends of the control socket have to agree on beyond the plain data of the model.
//!
//! Must not know: either end.

pub(crate) use crate::routes::{AppList, Order, PROTOCOL, RUN_HEADER, StopServer, Stopped};
