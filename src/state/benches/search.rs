//! Search over 10,000 documents, beside a scan that looks at every text: `cargo bench -p pino-state --bench search`.
//!
//! Must not know: the catalogue; words are made up.
#![expect(clippy::unwrap_used, reason = "a failed set-up shall end the bench")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pino_state::{Document, SearchIndex};

const DOCUMENTS: usize = 10_000;

/// Words of three to five syllables, the same in every run.
fn word(mut seed: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "ka", "mo", "ri", "ten", "sol", "vi", "dra", "pe", "lu", "zon", "fi", "gar", "het", "jo", "nim",
        "qua", "sta", "ble", "dif", "fu", "sion", "com", "web", "ui",
    ];
    let mut text = String::new();
    for _ in 0..3 + seed % 3 {
        text.push_str(SYLLABLES[seed % SYLLABLES.len()]);
        seed = seed / 7 + seed * 31 % 9973;
    }
    text
}

fn documents() -> Vec<Document> {
    let text = |from: usize, count: usize| {
        (from..from + count).map(|seed| word(seed * 2_654_435_761 % 20_011)).collect::<Vec<_>>().join(" ")
    };
    (0..DOCUMENTS)
        .map(|number| Document {
            id: format!("app-{number}"),
            fields: vec![text(number * 3, 2), text(number * 41, 14), text(number * 17, 4)],
        })
        .collect()
}

fn scan<'a>(documents: &'a [Document], query: &str) -> Vec<&'a str> {
    let words: Vec<String> = query.split(' ').map(str::to_lowercase).collect();
    let holds = |document: &&Document| {
        words.iter().all(|word| document.fields.iter().any(|field| field.to_lowercase().contains(word)))
    };
    documents.iter().filter(holds).map(|document| document.id.as_str()).collect()
}

fn search(criterion: &mut Criterion) {
    let documents = documents();
    let index = SearchIndex::new(&[10.0, 2.0, 4.0]).unwrap();
    index.replace(documents.clone()).unwrap();
    let title = documents[777].fields[0].clone();
    let mut misspelt = title.clone();
    misspelt.remove(3);
    let two_letters = title[..2].to_owned();
    for (name, query) in [("two words", &title), ("two letters", &two_letters), ("misspelt", &misspelt)] {
        criterion.bench_function(&format!("search 10,000: {name}"), |bencher| {
            bencher.iter(|| black_box(index.search(query, 20).unwrap().len()));
        });
    }
    criterion.bench_function("scan 10,000: two words", |bencher| {
        bencher.iter(|| black_box(scan(&documents, &title).len()));
    });
}

criterion_group!(benches, search);
criterion_main!(benches);
