//! `pino convert`: JavaScript to readable Lua, one file or a whole launcher.
//!
//! Must not know: other commands.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pino_convert::{Conversion, Form, Names, Options};
use walkdir::WalkDir;

use crate::report;

/// Arguments of `pino convert`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A JavaScript file, or the folder of a launcher.
    input: PathBuf,
    /// Where to write: a folder for a folder, a file for a file (default: the terminal).
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Write into a folder that is not empty.
    #[arg(long)]
    force: bool,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
enum ConvertError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the folder {} is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("the output folder {} lies inside the folder to convert", .0.display())]
    Inside(PathBuf),
    #[error("a folder needs an output folder")]
    NoOutput,
    #[error("{} of {files} files could not be converted", .failed)]
    Failed { failed: usize, files: usize },
}

impl ConvertError {
    const fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Read { .. } => Some("check the path"),
            Self::Write { .. } => Some("choose another place with -o"),
            Self::NotEmpty(_) => Some("name a new folder, or add --force"),
            Self::Inside(_) => Some("name a folder beside it"),
            Self::NoOutput => Some("add -o OUT"),
            Self::Failed { .. } => None,
        }
    }
}

/// What became of the files of a folder.
#[derive(Default)]
struct Summary {
    converted: usize,
    copied: usize,
    failed: usize,
}

/// Runs the command.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let result = if arguments.input.is_dir() { convert_folder(&arguments) } else { convert_file(&arguments) };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error.to_string(), error.next_step());
            ExitCode::FAILURE
        }
    }
}

fn read(path: &Path) -> Result<String, ConvertError> {
    fs::read_to_string(path).map_err(|source| ConvertError::Read { path: path.to_owned(), source })
}

fn write(path: &Path, content: &[u8]) -> Result<(), ConvertError> {
    let failed = |source| ConvertError::Write { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)
}

/// The form a file has by its name.
fn form_of(path: &Path) -> Form {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("mjs") => Form::EsModule,
        Some("cjs") => Form::CommonJs,
        _ => Form::Auto,
    }
}

fn convert(path: &Path, shown: &Path) -> Result<Conversion, ConvertError> {
    let source = read(path)?;
    let options = Options { form: form_of(path), names: Names::Readable };
    Ok(pino_convert::convert(&source, &shown.to_string_lossy(), &options))
}

fn show_messages(conversion: &Conversion) {
    let mut stderr = anstream::stderr().lock();
    for message in &conversion.diagnostics {
        // nobody is left to tell when stderr is gone
        let _ = writeln!(stderr, "{}", message.render(false));
    }
}

fn convert_file(arguments: &Arguments) -> Result<(), ConvertError> {
    let conversion = convert(&arguments.input, &arguments.input)?;
    show_messages(&conversion);
    let Some(lua) = &conversion.lua else { return Err(ConvertError::Failed { failed: 1, files: 1 }) };
    match &arguments.output {
        Some(output) => write(output, lua.as_bytes()),
        None => io::stdout()
            .write_all(lua.as_bytes())
            .map_err(|source| ConvertError::Write { path: PathBuf::from("the terminal"), source }),
    }
}

fn convert_folder(arguments: &Arguments) -> Result<(), ConvertError> {
    let input = &arguments.input;
    let output = arguments.output.as_ref().ok_or(ConvertError::NoOutput)?;
    check_output(input, output, arguments.force)?;
    let mut summary = Summary::default();
    for file in files_of(input) {
        let relative = file.strip_prefix(input).unwrap_or(&file).to_owned();
        if is_script(&file) {
            convert_one(&file, &relative, output, &mut summary)?;
        } else {
            copy_one(&file, &output.join(&relative))?;
            summary.copied += 1;
        }
    }
    let Summary { converted, copied, failed } = summary;
    report::notice(&format!("{converted} files converted, {copied} copied, to {}", output.display()));
    if failed > 0 {
        return Err(ConvertError::Failed { failed, files: converted + failed });
    }
    Ok(())
}

/// An output folder must be new or empty, and not part of what is read.
fn check_output(input: &Path, output: &Path, force: bool) -> Result<(), ConvertError> {
    let has_entries = fs::read_dir(output).is_ok_and(|mut entries| entries.next().is_some());
    if has_entries && !force {
        return Err(ConvertError::NotEmpty(output.to_owned()));
    }
    let absolute = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    if let (Ok(input), Ok(output)) = (absolute(input), absolute(output))
        && output.starts_with(&input)
    {
        return Err(ConvertError::Inside(output));
    }
    Ok(())
}

/// Files below a folder, in order; version control and installed packages are left out.
fn files_of(input: &Path) -> BTreeSet<PathBuf> {
    WalkDir::new(input)
        .into_iter()
        .filter_entry(|entry| !matches!(entry.file_name().to_str(), Some(".git" | "node_modules")))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

fn is_script(path: &Path) -> bool {
    matches!(path.extension().and_then(|extension| extension.to_str()), Some("js" | "mjs" | "cjs"))
}

/// Converts `x.js` to `x.lua`; a file that cannot be converted is copied as it is and reported.
fn convert_one(
    file: &Path,
    relative: &Path,
    output: &Path,
    summary: &mut Summary,
) -> Result<(), ConvertError> {
    let conversion = convert(file, relative)?;
    show_messages(&conversion);
    if let Some(lua) = &conversion.lua {
        summary.converted += 1;
        write(&output.join(relative).with_extension("lua"), lua.as_bytes())
    } else {
        summary.failed += 1;
        copy_one(file, &output.join(relative))
    }
}

fn copy_one(from: &Path, to: &Path) -> Result<(), ConvertError> {
    let failed = |source| ConvertError::Write { path: to.to_owned(), source };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::copy(from, to).map(drop).map_err(failed)
}
