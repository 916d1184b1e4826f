//! Conversion against oxc's own parse of the same files: the bar is at least a third of its speed.
#![expect(clippy::expect_used, reason = "a benchmark")]

use std::fs;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use pino_convert::{Form, Names, Options, convert};

fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/convert/cases");
    let mut sources: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder of cases")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == "js"))
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("err_")))
        .map(|path| {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            (name, fs::read_to_string(&path).expect("a case"))
        })
        .collect();
    sources.sort();
    sources
}

fn conversion(criterion: &mut Criterion) {
    let sources = sources();
    let bytes: usize = sources.iter().map(|(_, source)| source.len()).sum();
    let mut group = criterion.benchmark_group("convert");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(BenchmarkId::new("parse only", bytes), |bencher| {
        bencher.iter(|| {
            for (_, source) in &sources {
                let allocator = Allocator::default();
                let parsed = Parser::new(&allocator, source, SourceType::cjs()).parse();
                std::hint::black_box(&parsed.program);
            }
        });
    });
    for (name, names) in [("full", Names::Full), ("readable", Names::Readable)] {
        let options = Options { form: Form::CommonJs, names };
        group.bench_function(BenchmarkId::new(name, bytes), |bencher| {
            bencher.iter(|| {
                for (path, source) in &sources {
                    std::hint::black_box(convert(source, path, &options));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, conversion);
criterion_main!(benches);
