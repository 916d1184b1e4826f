//! The scanner's behaviour by example, and its promises over arbitrary text.

use proptest::prelude::*;

use crate::{Part, Template, extend, parse};

fn whole(code: &str) -> Template {
    Template::Whole { code: code.into(), source: format!("{{{{{code}}}}}") }
}

fn mixed(parts: &[&str]) -> Template {
    let part = |text: &&str| match text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
        Some(code) => Part::Expression { code: code.into(), source: (*text).into() },
        None => Part::Literal((*text).into()),
    };
    Template::Mixed(parts.iter().map(part).collect())
}

#[test]
fn one_expression_is_typed() {
    for code in [
        "1+1",
        " {a:{b:1}} ",
        "1+\n1",
        "platform === 'linux' ? 'a }} b' : 'c'",
        "`${a}}}`",
        "/}}/.test(x)",
        "x // c",
    ] {
        assert_eq!(parse(&format!("{{{{{code}}}}}")), whole(code));
    }
}

#[test]
fn text_around_makes_text() {
    assert_eq!(parse("{{platform}}-{{arch}}"), mixed(&["{{platform}}", "-", "{{arch}}"]));
    assert_eq!(parse("x {{p ? 'a }} b' : ''}}"), mixed(&["x ", "{{p ? 'a }} b' : ''}}"]));
    assert_eq!(parse("a\n{{arch}}\nb"), mixed(&["a\n", "{{arch}}", "\nb"]));
    assert_eq!(parse(" {{a}} "), mixed(&[" ", "{{a}}", " "]));
}

#[test]
fn three_braces_escape() {
    assert_eq!(parse("{{{local.x}}}"), Template::Plain("{{local.x}}".into()));
    assert_eq!(parse("a {{{x}}} b"), Template::Plain("a {{x}} b".into()));
}

#[test]
fn what_is_no_template_is_text() {
    for text in ["", "{{}}", "{{ }}", "{{a", "}}", "{ {a} }", "{{\n"] {
        assert_eq!(parse(text), Template::Plain(text.into()));
    }
}

#[test]
fn an_unbalanced_expression_ends_at_the_first_braces() {
    assert_eq!(parse("{{it's}} and {{x}}"), mixed(&["{{it's}}", " and ", "{{x}}"]));
    assert_eq!(parse("{{)}}"), whole(")"));
    assert_eq!(parse("{{1 +}}"), whole("1 +"));
}

#[test]
fn additions_become_plain_javascript() {
    assert_eq!(extend("env.{{platform}}_PATH"), "env[$pino_key((platform), \"_PATH\")]");
    assert_eq!(
        extend("env.HOME | replace('/home', '/users')"),
        "$pino_replace((env.HOME), '/home', '/users')"
    );
    assert_eq!(extend("a | upper | split(',')"), "$pino_split(($pino_upper((a))), ',')");
    assert_eq!(extend("gpu.memory > 8 && x.gpu.memory"), "vram > 8 && x.gpu.memory");
    assert_eq!(extend("port.next"), "$pino_port_next");
}

#[test]
fn existing_meanings_stay() {
    for code in [
        "1 | 2",
        "a || b",
        "a |= 2",
        "'x | upper'",
        "gpu === 'nvidia'",
        "/a|upper/.test(x)",
        "f(a | 1)",
        "port",
        "{a:{}}",
    ] {
        assert_eq!(extend(code), code);
    }
}

proptest! {
    #[test]
    fn nothing_is_lost(text in "\\PC{0,60}") {
        let joined = match parse(&text) {
            Template::Plain(text) => text,
            Template::Whole { source, .. } => source,
            Template::Mixed(parts) => parts.into_iter().map(|part| match part {
                Part::Literal(text) => text,
                Part::Expression { source, .. } => source,
            }).collect(),
        };
        if !text.contains("{{{") {
            prop_assert_eq!(joined, text);
        }
    }

    #[test]
    fn the_scanner_takes_anything(text in "[{}'\"`$/\\\\\\[\\]()a.|, \n]{0,40}") {
        let _ = parse(&text);
        let _ = extend(&text);
    }

    #[test]
    fn quotes_hide_braces(inside in "[a-z{}<> ]{0,20}") {
        let code = format!("'{inside}'");
        let text = format!("{{{{{code}}}}}");
        if !text.starts_with("{{{") && !inside.is_empty() {
            prop_assert_eq!(parse(&text), whole(&code));
        }
    }
}
