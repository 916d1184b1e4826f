//! The two engines agree wherever a pattern is translated; hostile patterns end; both ways to write a pattern work.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

type Found = Option<(Range<usize>, Vec<Option<Range<usize>>>)>;

fn find(pattern: &str, flags: &str, text: &str) -> Found {
    Pattern::compile(pattern, flags).unwrap().find_at(text, 0).unwrap().map(|m| (m.range, m.groups))
}

#[test]
fn finds_with_either_engine() {
    assert_eq!(find("(h)ttp://[0-9.:]+", "", "at http://127.0.0.1:80 now"), Some((3..22, vec![Some(3..4)])));
    assert_eq!(find("(?<=at )h", "", "at http"), Some((3..4, vec![])));
    assert_eq!(find("(?:(a)|b)*", "", "ab"), Some((0..2, vec![None])));
    assert_eq!(find("é+(.)", "", "xééö"), Some((1..7, vec![Some(5..7)])));
    assert_eq!(find(r"(.)\1", "", "xéé"), Some((1..5, vec![Some(1..3)])));
    assert_eq!(find("k", "i", "\u{212a}"), None);
    assert_eq!(find("HTTP", "i", "http"), Some((0..4, vec![])));
    assert_eq!(find("^b$", "m", "a\rb\rc"), Some((2..3, vec![])));
    assert_eq!(find(r"\bb\b", "", "a b c"), Some((2..3, vec![])));
}

#[test]
fn names_and_slashes() {
    let pattern = Pattern::parse_slashed("/(?<proto>https?):\\/\\/(?<rest>.+)/gi").unwrap();
    let found = pattern.find_at("see HTTP://x", 0).unwrap().unwrap();
    assert_eq!(found.names.to_vec(), [("proto".to_owned(), 1), ("rest".to_owned(), 2)]);
    assert!(matches!(Pattern::parse_slashed("x"), Err(PatternError::NotSlashed { .. })));
    assert!(matches!(Pattern::compile("(", ""), Err(PatternError::Syntax { .. })));
    assert!(matches!(Pattern::compile("a", "gg"), Err(PatternError::Flags { .. })));
}

#[test]
fn hostile_patterns_end() {
    let text = "a".repeat(60) + "!";
    let started = std::time::Instant::now();
    let pattern = Pattern::compile(r"^(?:(a+)+)\1$", "").unwrap();
    assert_eq!(
        pattern.find_at(&text, 0),
        Err(PatternError::Budget { source_text: r"^(?:(a+)+)\1$".to_owned() })
    );
    assert!(started.elapsed() < worker::MATCH_LIMIT * 3);
    assert_eq!(Pattern::compile("^(?:a+)+$", "").unwrap().find_at(&text, 0), Ok(None));
}

#[test]
fn deep_nesting_is_refused() {
    let deep = "(".repeat(100_000) + &")".repeat(100_000);
    assert!(matches!(Pattern::compile(&deep, ""), Err(PatternError::Syntax { .. })));
}

/// Patterns of the shared subset and beyond, small enough to meet often.
fn patterns() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a", "b", "1", ".", r"\d", r"\w", r"\s", r"\W", "[ab]", "[^a]", "[a-c1]", r"\b", "^", "$", "é", " ",
        "A", r"[\w-]", r"\S",
    ]);
    atom.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            inner.clone().prop_map(|a| format!("({a})")),
            (inner, prop::sample::select(vec!["*", "+", "?", "*?", "+?", "{2}", "{1,2}", "{0,3}?"]))
                .prop_map(|(a, q)| format!("(?:{a}){q}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn both_engines_agree(
        pattern in patterns(),
        flags in prop::sample::select(vec!["", "i", "m", "s", "u", "im"]),
        text in "[abcAB1 é\\n!\\-]{0,12}",
    ) {
        let Ok(compiled) = Pattern::compile(&pattern, flags) else { return Ok(()) };
        let reading = translate::read(&pattern, compiled.flags(), compiled.compiled().groups.count);
        let Some(translated) = reading.regex else { return Ok(()) };
        let fast = regex::bytes::Regex::new(&translated).unwrap();
        let fast: Option<Vec<_>> = fast.captures(text.as_bytes())
            .map(|c| (0..c.len()).map(|i| c.get(i).map(|m| m.range())).collect());
        let slow = regress::Regex::with_flags(&pattern, flags).unwrap();
        let slow: Option<Vec<_>> = slow.find(&text).map(|m| (0..=m.captures.len()).map(|i| m.group(i)).collect());
        prop_assert_eq!(fast, slow, "{} as {}", pattern, translated);
    }
}
