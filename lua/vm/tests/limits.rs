//! Limits end what must end, whatever a script does against it; the process goes on.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pino_vm::{ConvertFailure, Converted, Converter, FailureKind, JsError, ModuleForm, Vm, VmOptions};

struct NoConverter;

impl Converter for NoConverter {
    fn convert(&self, source: &str, _: &str, form: ModuleForm) -> Result<Converted, Box<ConvertFailure>> {
        // the tests write Lua
        let map = pino_vm::LineMap::identity();
        Ok(Converted { lua: source.to_owned(), map, form, top_level_await: false, strict: true })
    }

    fn convert_expression(&self, source: &str, _: &[&str]) -> Result<Converted, Box<ConvertFailure>> {
        self.convert(source, "", ModuleForm::Script)
    }
}

const BUDGET: Duration = Duration::from_millis(300);

fn vm() -> Vm {
    let options = VmOptions {
        eval_budget: BUDGET,
        memory_limit_bytes: 32 * 1024 * 1024,
        ..VmOptions::new(Arc::new(NoConverter))
    };
    Vm::new(options).unwrap_or_else(|error| panic!("{error}"))
}

fn failure(lua: &str) -> JsError {
    let started = Instant::now();
    let error = vm().run_source(lua, "/app/test.js", ModuleForm::Script).err();
    assert!(started.elapsed() < BUDGET * 10, "the limit came late: {:?}", started.elapsed());
    error.unwrap_or_else(|| panic!("nothing stopped: {lua}"))
}

#[test]
fn endless_computation_ends() {
    for lua in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do js.try(function() while true do end end, function() end) end",
        "local function f() return coroutine.wrap(function() while true do end end)() end while true do pcall(f) end",
        "while true do string.rep('a', 100000):find('.-b') end",
        "local f f = function() pcall(f) f() end while true do pcall(f) end",
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
        "table.sort({3, 2, 1, 5, 4}, function() while true do end end)",
    ] {
        let error = failure(lua);
        assert_eq!(error.kind, FailureKind::Limit, "{lua}: {error}");
        assert!(error.message.contains("time limit of 0.3 s reached"), "{error}");
    }
}

#[test]
fn runaway_memory_ends() {
    for lua in [
        "local t = {} while true do t[#t + 1] = string.rep('x', 1000) .. #t end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do pcall(function() t[#t + 1] = string.rep('x', 100000) .. #t end) end",
        "return string.rep('x', 1000000000)",
    ] {
        let error = failure(lua);
        assert_eq!(error.kind, FailureKind::Limit, "{lua}: {error}");
        let known = ["memory limit of 32 MiB reached", "time limit"];
        assert!(known.iter().any(|text| error.message.contains(text)), "{lua}: {error}");
    }
}

#[test]
fn deep_recursion_is_an_error_that_can_be_caught() {
    let error = failure("local function f(n) return 1 + f(n + 1) end return f(0)");
    assert_eq!((error.kind, error.name.as_str()), (FailureKind::Thrown, "RangeError"), "{error}");
    let caught = vm().run_source(
        "local function f(n) return 1 + f(n + 1) end local ok = pcall(f, 0) return ok",
        "/app/test.js",
        ModuleForm::Script,
    );
    assert_eq!(caught.ok().and_then(|value| value.as_boolean()), Some(false));
}

#[test]
fn a_stopped_vm_stays_stopped() {
    let vm = vm();
    let stopper = vm.stopper();
    let thread = std::thread::spawn(move || stopper.stop());
    let error = vm.run_source("while true do end", "/app/test.js", ModuleForm::Script).err();
    assert!(thread.join().is_ok());
    assert_eq!(error.map(|error| error.kind), Some(FailureKind::Stopped));
}

#[test]
fn nested_data_does_not_end_the_process() {
    let vm = vm();
    let lua = "local o = js.new_object() for i = 1, 100000 do local p = js.new_object() p.inner = o o = p end return o";
    let value =
        vm.run_source(lua, "/app/test.js", ModuleForm::Script).unwrap_or_else(|error| panic!("{error}"));
    let mut out = Vec::new();
    assert!(pino_vm::write_json(&value, &mut out).is_ok());
    assert!(pino_vm::to_data(&value).is_ok());
    let lua = "local o = js.new_object() o.me = o return o";
    let value =
        vm.run_source(lua, "/app/test.js", ModuleForm::Script).unwrap_or_else(|error| panic!("{error}"));
    out.clear();
    assert!(pino_vm::write_json(&value, &mut out).is_ok());
    assert_eq!(String::from_utf8_lossy(&out), r#"{"me":null}"#);
}

#[test]
fn a_vm_can_be_used_after_a_limit() {
    let vm = vm();
    assert!(vm.run_source("while true do end", "/app/a.js", ModuleForm::Script).is_err());
    let value = vm.run_source("return 1 + 1", "/app/b.js", ModuleForm::Script);
    let value = value.unwrap_or_else(|error| panic!("{error}\n{}", error.stack));
    assert_eq!(value.as_integer(), Some(2));
}

#[test]
fn a_time_limit_names_the_line() {
    for lua in [
        "local x = 1\nwhile true do\n x = x + 1\nend",
        "local f = coroutine.wrap(function()\n while true do\n end\nend)\nf()",
    ] {
        let error = failure(lua);
        let first = error.stack.lines().next().unwrap_or_default().to_owned();
        let inside = ["/app/test.js:2:", "/app/test.js:3:"].iter().any(|place| first.contains(place));
        assert!(inside, "{error}\n{}", error.stack);
    }
}

/// Counts how long it lives.
struct Counted(NoConverter, #[expect(dead_code, reason = "only its life counts")] Arc<()>);

impl Converter for Counted {
    fn convert(&self, source: &str, path: &str, form: ModuleForm) -> Result<Converted, Box<ConvertFailure>> {
        self.0.convert(source, path, form)
    }

    fn convert_expression(&self, source: &str, names: &[&str]) -> Result<Converted, Box<ConvertFailure>> {
        self.0.convert_expression(source, names)
    }
}

#[tokio::test]
async fn a_dropped_vm_frees_what_it_held() {
    let alive = Arc::new(());
    let vm = Vm::new(VmOptions::new(Arc::new(Counted(NoConverter, alive.clone()))));
    let vm = vm.unwrap_or_else(|error| panic!("{error}"));
    // closures of the host that lead back to the VM: a dispatcher, a promise under way, a timer
    vm.set_dispatcher(Arc::new(|_, value| Box::pin(async move { Ok(value) })));
    assert!(vm.bind_namespaces(&["shell.run", "log"]).is_ok());
    assert!(vm.promise(Box::pin(std::future::pending())).is_ok());
    let lua = "setTimeout(nil, function() end, 100000) Promise:resolve(1)";
    assert!(vm.run_source(lua, "/app/test.js", ModuleForm::Script).is_ok());
    let weak = vm.downgrade();
    drop(vm);
    assert!(weak.upgrade().is_none(), "the VM owns itself");
    assert_eq!(Arc::strong_count(&alive), 1, "something of the VM is left");
}
