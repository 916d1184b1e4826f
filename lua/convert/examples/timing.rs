//! Times conversion against the parser alone over files: `cargo run -p pino-convert --example timing FILE…`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Instant;

use pino_convert::{Form, Names, Options, convert};

fn main() {
    let sources: Vec<String> =
        std::env::args().skip(1).filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let options = Options { form: Form::CommonJs, names: Names::Full };
    let rounds = 100;
    let mut best = [f64::MAX; 3];
    for _ in 0..rounds {
        let start = Instant::now();
        for source in &sources {
            let allocator = oxc_allocator::Allocator::default();
            let parsed = oxc_parser::Parser::new(&allocator, source, oxc_span::SourceType::cjs()).parse();
            std::hint::black_box(&parsed.program);
        }
        best[0] = best[0].min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for source in &sources {
            std::hint::black_box(convert(source, "timing.js", &options));
        }
        best[1] = best[1].min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for source in &sources {
            let allocator = oxc_allocator::Allocator::default();
            let parsed = oxc_parser::Parser::new(&allocator, source, oxc_span::SourceType::cjs()).parse();
            let program = allocator.alloc(parsed.program);
            let builder =
                oxc_semantic::SemanticBuilder::new_compiler().with_stats(oxc_semantic::Stats::default());
            std::hint::black_box(builder.build(program));
        }
        best[2] = best[2].min(start.elapsed().as_secs_f64());
    }
    let bytes: usize = sources.iter().map(String::len).sum();
    let [parse, convert, checked] = best.map(|seconds| seconds * 1e3);
    println!(
        "{bytes} bytes: parse {parse:.3} ms, with checks {checked:.3} ms, convert {convert:.3} ms, ratio {:.2}",
        convert / parse
    );
}
