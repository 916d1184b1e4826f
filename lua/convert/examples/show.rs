//! Prints the conversion of a file: `cargo run -p pino-convert --example show FILE [readable|full] [module|script|commonjs]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use pino_convert::{Form, Names, Options, convert};

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let Some(path) = arguments.first() else { return std::process::ExitCode::FAILURE };
    let Ok(source) = std::fs::read_to_string(path) else { return std::process::ExitCode::FAILURE };
    let form = if has("module") {
        Form::EsModule
    } else if has("script") {
        Form::Script
    } else if has("commonjs") {
        Form::CommonJs
    } else {
        Form::Auto
    };
    let names = if has("full") { Names::Full } else { Names::Readable };
    let result = convert(&source, path, &Options { form, names });
    for message in &result.diagnostics {
        eprintln!("{}", message.render(false));
    }
    println!("{}", result.lua.unwrap_or_default());
    std::process::ExitCode::SUCCESS
}
