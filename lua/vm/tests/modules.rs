//! `require`: where it leads, where it must not, what it remembers.

use std::{fs, path::Path, sync::Arc};

use pino_vm::{ConvertFailure, Converted, Converter, JsError, LineMap, ModuleForm, Value, Vm, VmOptions};

/// Files ending in `.js` hold Lua here.
struct LuaAsJavaScript;

impl Converter for LuaAsJavaScript {
    fn convert(&self, source: &str, _: &str, _: ModuleForm) -> Result<Converted, Box<ConvertFailure>> {
        let map = LineMap::identity();
        let form = ModuleForm::CommonJs;
        Ok(Converted { lua: source.to_owned(), map, form, top_level_await: false, strict: true })
    }

    fn convert_expression(&self, source: &str, _: &[&str]) -> Result<Converted, Box<ConvertFailure>> {
        self.convert(source, "", ModuleForm::Script)
    }
}

/// An app folder with these files (path, text).
fn app(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    for (path, text) in files {
        let path = folder.path().join("app").join(path);
        let made = path.parent().map(fs::create_dir_all).transpose();
        assert!(made.is_ok() && fs::write(&path, text).is_ok(), "{}", path.display());
    }
    folder
}

fn load(root: &Path, file: &str) -> Result<(Vm, Value), JsError> {
    let options = VmOptions { app_root: Some(root.join("app")), ..VmOptions::new(Arc::new(LuaAsJavaScript)) };
    let vm = Vm::new(options)?;
    let value = vm.load_module(&root.join("app").join(file))?;
    Ok((vm, value))
}

fn text_of(files: &[(&str, &str)]) -> String {
    let folder = app(files);
    match load(folder.path(), "main.js") {
        Ok((vm, value)) => pino_vm::to_js_string(vm.lua(), &value).unwrap_or_else(|error| error.to_string()),
        Err(error) => format!("{error}"),
    }
}

const REQUIRE: &str = "local _, _, require = ... ";

#[test]
fn finds_files_folders_and_packages() {
    let main = format!(
        "{REQUIRE} return require(nil, './a') .. require(nil, './b.js') .. require(nil, './dir') .. require(nil, './data.json').x \
         .. require(nil, 'pkg') .. require(nil, './dir/../a.js')"
    );
    let files = [
        ("main.js", main.as_str()),
        ("a.js", "return 'a'"),
        ("b.lua", "return 'b'"),
        ("dir/index.js", "return 'dir'"),
        ("data.json", "{\"x\": \"json\"}"),
        ("node_modules/pkg/package.json", "{\"main\": \"lib/start\"}"),
        ("node_modules/pkg/lib/start.js", "return 'pkg'"),
    ];
    assert_eq!(text_of(&files), "abdirjsonpkga");
}

#[test]
fn stays_inside_the_app() {
    for id in ["../../etc/passwd", "/etc/passwd", "../secret.json", "./link.json"] {
        let main = format!("{REQUIRE} return require(nil, '{id}')");
        let folder = app(&[("main.js", &main)]);
        let secret = folder.path().join("secret.json");
        assert!(fs::write(&secret, "{\"password\": 1}").is_ok());
        assert!(std::os::unix::fs::symlink(&secret, folder.path().join("app/link.json")).is_ok());
        let error = load(folder.path(), "main.js").err().unwrap_or_else(|| panic!("{id} was loaded"));
        assert!(error.message.contains("outside the app folder"), "{id}: {error}");
    }
}

#[test]
fn an_absent_package_names_itself_and_the_line() {
    let error = text_of(&[("main.js", &format!("{REQUIRE}\n\nreturn require(nil, 'axios')"))]);
    assert!(error.starts_with("Error: Cannot find module 'axios'"), "{error}");
    assert!(error.contains("main.js:3"), "{error}");
    let main = format!(
        "{REQUIRE} local ok, e = js.protect(function() return require(nil, 'axios') end, nil) return e.code"
    );
    assert_eq!(text_of(&[("main.js", &main)]), "MODULE_NOT_FOUND");
}

#[test]
fn a_module_runs_once_and_cycles_see_what_is_there() {
    let main = format!(
        "{REQUIRE} local a = require(nil, './a') return a.seen .. tostring(require(nil, './a') == a)"
    );
    let a = format!(
        "local module, exports = ... {REQUIRE} exports.early = 'early' exports.seen = require(nil, './b').seen return module.exports"
    );
    let b = format!(
        "local module, exports = ... {REQUIRE} exports.seen = require(nil, './a').early return module.exports"
    );
    assert_eq!(text_of(&[("main.js", &main), ("a.js", &a), ("b.js", &b)]), "earlytrue");
}

#[test]
fn broken_files_are_clear_errors() {
    let main = format!("{REQUIRE} return require(nil, './data.json')");
    let error = text_of(&[("main.js", &main), ("data.json", "{\"x\": }")]);
    assert!(
        error.starts_with("SyntaxError: ") && error.contains("data.json") && error.contains("line 1"),
        "{error}"
    );
    let error = text_of(&[
        ("main.js", &format!("{REQUIRE} return require(nil, './x.lua')")),
        ("x.lua", "return return"),
    ]);
    assert!(error.starts_with("SyntaxError: ") && error.contains("x.lua"), "{error}");
}

#[test]
fn the_stack_speaks_of_the_files_of_the_script() {
    let main = "local function inner() js.throw(js.make_error('TypeError', 'no')) end\nlocal function outer()\n inner()\nend\nouter()";
    let folder = app(&[("main.js", main)]);
    let error = load(folder.path(), "main.js").err().unwrap_or_else(|| panic!("nothing was thrown"));
    assert_eq!(error.to_string(), "TypeError: no");
    assert!(error.stack.contains("main.js:1") && error.stack.contains("main.js:3"), "{}", error.stack);
    assert!(!error.stack.contains("prelude/"), "{}", error.stack);
}
