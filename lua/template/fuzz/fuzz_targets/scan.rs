//! Any text is taken apart without a panic and without loss: `cargo +nightly fuzz run scan` in `lua/template`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pino_template::{Part, Template, extend, mentions_self, parse};

fuzz_target!(|text: &str| {
    let joined: String = match parse(text) {
        Template::Plain(text) => text,
        Template::Whole { source, .. } => source,
        Template::Mixed(parts) => parts
            .into_iter()
            .map(|part| match part {
                Part::Literal(text) => text,
                Part::Expression { source, .. } => source,
            })
            .collect(),
    };
    if !text.contains("{{{") {
        assert_eq!(joined, text);
    }
    extend(text);
    mentions_self(text);
});
