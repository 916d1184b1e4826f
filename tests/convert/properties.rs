//! Properties: whatever the text, the converter answers with text or with a message, and never panics.
#![expect(clippy::unwrap_used, reason = "tests")]

use pino_convert::{Form, Names, Options, convert, convert_expression};
use proptest::prelude::*;

const SNIPPETS: &[&str] = &[
    "module.exports = { run: [{ method: 'shell.run', params: { message: `x ${y}` } }] }",
    "async function f({ a, b: [c = 1, ...d] }, ...rest) { for await (const x of a) { if (c) continue; return x } }",
    "class A extends B { #x = 1; static { this.y = 2 } get z() { return super.z?.[this.#x] ?? 0 } constructor() { super() } }",
    "l: for (let i = 0, n = 3; i < n; i++) { switch (i) { case 1: continue l; default: break l } }",
    "try { throw new Error('x') } catch ({ message }) { x = message } finally { y ||= 1 }",
    "function* g() { const a = yield* h(); return a ? b : c }",
    "const o = { get a() { return 1 }, ['b' + c]: 2, ...d, async *e() {} }; delete o.a, void 0",
    "import a, { b as c } from './x.js'; export default class {} export { c }; export * as n from './y.js'",
    "var x = 1; { function x() {} } (() => x)()",
    "[a, b.c, ...d] = [b, a]; ({ a, b: c.d = 1, ...e } = f)",
];

fn check(source: &str) -> Result<(), TestCaseError> {
    for form in [Form::CommonJs, Form::EsModule, Form::Script, Form::Auto] {
        let result = convert(source, "property.js", &Options { form, names: Names::Full });
        prop_assert_eq!(result.lua.is_none(), !result.diagnostics.is_empty());
        for message in &result.diagnostics {
            prop_assert!(!message.render(false).is_empty());
        }
    }
    convert_expression(source, &["a", "kernel"]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(source in "\\PC{0,200}") {
        check(&source)?;
    }

    #[test]
    fn text_of_javascript_bytes_is_answered(source in "[a-c0-1(){}\\[\\];,.=<>+*/?:`'\"$ \nlet]{0,120}") {
        check(&source)?;
    }

    #[test]
    fn damaged_programs_are_answered(which in 0..SNIPPETS.len(), from in 0usize..200, count in 0usize..12, text in "\\PC{0,4}") {
        let snippet = SNIPPETS[which];
        let from = (0..=from.min(snippet.len())).rev().find(|at| snippet.is_char_boundary(*at)).unwrap();
        let end = (from + count).min(snippet.len());
        check(&format!("{}{text}{}", &snippet[..from], &snippet[end..]))?;
    }

    #[test]
    fn spliced_programs_are_answered(one in 0..SNIPPETS.len(), two in 0..SNIPPETS.len(), at in 0usize..200) {
        let first = SNIPPETS[one];
        let at = at.min(first.len());
        check(&format!("{} {} {}", &first[..at], SNIPPETS[two], &first[at..]))?;
    }
}

#[test]
fn deep_nesting_ends_in_a_message() {
    for source in [
        "(".repeat(100_000),
        "[".repeat(50_000),
        "a=>".repeat(50_000),
        "!".repeat(100_000),
        "a?b:".repeat(20_000),
    ] {
        let result = convert(&source, "deep.js", &Options::default());
        assert!(result.lua.is_none() && !result.diagnostics.is_empty());
    }
    let nested = format!("x = {}1{}", "(".repeat(1000), ")".repeat(1000));
    assert!(convert(&nested, "parens.js", &Options::default()).lua.is_some());
    let nested = format!("x = {}1{}", "[".repeat(1000), "]".repeat(1000));
    assert!(convert(&nested, "arrays.js", &Options::default()).lua.is_none());
}

#[test]
fn a_source_of_50_mb_is_refused_at_once() {
    let source = "x = 1;\n".repeat(7_200_000);
    let result = convert(&source, "large.js", &Options::default());
    assert!(result.lua.is_none());
    assert!(result.diagnostics[0].message.contains("larger than"));
}
