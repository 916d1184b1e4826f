//! Runs every `tests/lua/**/*.lua` of the project in a real VM: a file passes when it ends without an error.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use pino_vm::{ConvertFailure, Converted, Converter, ModuleForm, Vm, VmOptions};

/// These tests are Lua: nothing is converted.
struct NoConverter;

impl Converter for NoConverter {
    fn convert(&self, _: &str, _: &str, _: ModuleForm) -> Result<Converted, Box<ConvertFailure>> {
        Err(Box::new(refusal()))
    }

    fn convert_expression(&self, _: &str, _: &[&str]) -> Result<Converted, Box<ConvertFailure>> {
        Err(Box::new(refusal()))
    }
}

fn refusal() -> ConvertFailure {
    let message = "there is no converter here".to_owned();
    ConvertFailure { report: message.clone(), message, line: 1, column: 1 }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            files.push(path);
        }
    }
}

#[tokio::test]
async fn every_lua_test_passes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lua");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut failures = Vec::new();
    for file in &files {
        if let Err(error) = run(file).await {
            failures.push(format!("{}: {error}\n{}", file.display(), error.stack));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} files failed:\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
}

async fn run(file: &Path) -> Result<(), pino_vm::JsError> {
    let vm = Vm::new(VmOptions::new(Arc::new(NoConverter)))?;
    let value = vm.load_module(file)?;
    vm.settle(value).await?;
    vm.run_until_idle().await
}
