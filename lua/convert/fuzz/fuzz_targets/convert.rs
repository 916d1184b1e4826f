//! Any text gives Luau text or a message: `cargo +nightly fuzz run convert` in `lua/convert`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pino_convert::{Form, Names, Options, convert, convert_expression};

fuzz_target!(|source: &str| {
    for form in [Form::CommonJs, Form::EsModule, Form::Script, Form::Auto] {
        let result = convert(source, "fuzz.js", &Options { form, names: Names::Full });
        assert_eq!(result.lua.is_none(), !result.diagnostics.is_empty());
    }
    convert_expression(source, &["kernel", "input"]);
});
