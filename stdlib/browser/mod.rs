//! `browser.*`: pages outside the user interface.
//!
//! Must not know: browsers. This machine may have none, so whoever watches opens the page.

use mlua::Value;
use pino_model::Data;

use crate::{Call, Method, MethodError, web};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("browser.open", |call| Box::pin(async move { open(call) })),
    ("browser.close", |call| Box::pin(async move { web::send(call, "browser.close") })),
];

fn open(call: &Call) -> Result<Value, MethodError> {
    call.required("browser.open", "uri")?;
    call.packet("web.open", with_blank_target(call.data()?));
    Ok(Value::Nil)
}

/// The page opens beside what is shown.
pub(crate) fn with_blank_target(mut data: Data) -> Data {
    if let Data::Object(members) = &mut data {
        members.insert("target".to_owned(), Data::String("_blank".to_owned()));
    }
    data
}
