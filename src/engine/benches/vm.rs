//! What the VM costs: a fresh one, a cached template expression, a value as JSON.
//!
//! Bars (issue 1): a fresh VM with the prelude at most 1 ms; at least a million expressions a second, called from Rust.

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use pino_engine::evaluate::PinoConverter;
use pino_vm::{Table, Value, Vm, VmOptions};

fn vm() -> Vm {
    match Vm::new(VmOptions::new(Arc::new(PinoConverter))) {
        Ok(vm) => vm,
        Err(error) => unreachable!("the prelude does not load: {error}"),
    }
}

fn scope(vm: &Vm) -> Table {
    let data = serde_json::json!({ "platform": "linux", "gpu": "nvidia", "input": { "a": 1 }, "args": { "x": "y" } });
    let scope = vm.lua().create_table();
    let filled = scope.and_then(|scope| {
        for (name, value) in data.as_object().into_iter().flatten() {
            scope.raw_set(name.as_str(), pino_vm::from_data(vm.lua(), &value.clone().into())?)?;
        }
        Ok(scope)
    });
    match filled {
        Ok(scope) => scope,
        Err(error) => unreachable!("no scope: {error}"),
    }
}

fn benches(criterion: &mut Criterion) {
    criterion.bench_function("fresh VM with the prelude", |bencher| {
        bencher.iter_batched(|| (), |()| vm(), BatchSize::PerIteration);
    });
    criterion.bench_function("fresh VM with the prelude and its end", |bencher| bencher.iter(vm));
    let vm = vm();
    let scope = scope(&vm);
    let names = ["platform", "gpu", "input", "args"];
    for text in
        ["platform === 'linux' && gpu === 'nvidia'", "input.a + 1", "args && args.x ? args.x : 'none'"]
    {
        let Ok(function) = vm.compile_expression(text, &names) else {
            unreachable!("{text} does not compile")
        };
        criterion.bench_function(&format!("expression {text}"), |bencher| {
            bencher.iter(|| function.call::<Value>(&scope));
        });
    }
    let value = Value::Table(
        match pino_vm::parse_json(vm.lua(), r#"{"a":1,"b":[1,2,{"c":"text"}],"d":{"e":null,"f":true}}"#) {
            Ok(Value::Table(table)) => table,
            other => unreachable!("{other:?}"),
        },
    );
    criterion.bench_function("value as JSON", |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            pino_vm::write_json(&value, &mut out)
        });
    });
}

criterion_group!(vm_benches, benches);
criterion_main!(vm_benches);
