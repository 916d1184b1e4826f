//! `pino jsonpath`: RFC 9535 queries over JSON documents.
//!
//! Must not know: other commands.

use std::{
    io::{self, BufRead as _, Write as _},
    process::ExitCode,
};

use serde::Deserialize;
use serde_json::{Value, json};
use serde_json_path::JsonPath;

use crate::args::USAGE;

/// Arguments of `pino jsonpath`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Read `{"selector", "document"}` lines, write `{"result"}` or `{"error"}` lines
    #[arg(long, conflicts_with_all = ["selector", "file"])]
    batch: bool,
    /// The query, such as `$.run[*].method`
    #[arg(required_unless_present = "batch")]
    selector: Option<String>,
    /// JSON document; standard input without it
    file: Option<std::path::PathBuf>,
}

#[derive(Deserialize)]
struct Request {
    selector: String,
    document: Value,
}

/// Runs the command: 0, 1 when the document cannot be read or the selector is wrong.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    if arguments.batch {
        return batch();
    }
    let Some(selector) = arguments.selector else { return ExitCode::from(USAGE) };
    let outcome = document(arguments.file.as_deref()).and_then(|document| query(&selector, &document));
    match outcome {
        Ok(nodes) => print(&nodes),
        Err(what) => {
            crate::report::failure(&what, Some("queries follow RFC 9535, for example `$.run[0].params`"));
            ExitCode::FAILURE
        }
    }
}

fn batch() -> ExitCode {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = match line.map(|line| answer(&line)) {
            Ok(answer) => answer,
            Err(error) => json!({ "error": format!("could not read the request: {error}") }),
        };
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            return ExitCode::SUCCESS; // the reader has left
        }
    }
    ExitCode::SUCCESS
}

fn answer(line: &str) -> Value {
    let request: Result<Request, _> = serde_json::from_str(line);
    match request {
        Ok(Request { selector, document }) => match query(&selector, &document) {
            Ok(nodes) => json!({ "result": nodes }),
            Err(what) => json!({ "error": what }),
        },
        Err(error) => json!({ "error": format!("not a request: {error}") }),
    }
}

/// The values of the selected nodes in document order.
fn query(selector: &str, document: &Value) -> Result<Vec<Value>, String> {
    let path =
        JsonPath::parse(selector).map_err(|error| format!("`{selector}` is no JSONPath query: {error}"))?;
    Ok(path.query(document).all().into_iter().cloned().collect())
}

fn document(file: Option<&std::path::Path>) -> Result<Value, String> {
    let (name, text) = match file {
        Some(path) => (path.display().to_string(), std::fs::read_to_string(path)),
        None => ("standard input".to_owned(), io::read_to_string(io::stdin())),
    };
    let text = text.map_err(|error| format!("could not read `{name}`: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("`{name}` is not JSON: {error}"))
}

fn print(nodes: &[Value]) -> ExitCode {
    let mut out = io::stdout().lock();
    // a closed stdout is no failure of ours
    nodes.iter().try_for_each(|node| writeln!(out, "{node}")).ok();
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn selects_filters_and_reports_wrong_queries() {
        let request = r#"{"selector":"$.run[?@.method=='log'].params.raw","document":{"run":[{"method":"log","params":{"raw":"hi"}},{"method":"x"}]}}"#;
        assert_eq!(answer(request).to_string(), r#"{"result":["hi"]}"#);
        assert!(
            answer(r#"{"selector":"$[","document":1}"#)["error"]
                .as_str()
                .is_some_and(|text| text.contains("`$[`"))
        );
        assert!(answer("nonsense")["error"].is_string());
    }
}
