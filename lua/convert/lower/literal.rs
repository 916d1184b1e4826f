//! Literals: numbers, templates, regular expressions.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{NumericLiteral, RegExpLiteral, TaggedTemplateExpression, TemplateLiteral};

use super::Lowerer;
use crate::ir::{Ex, Kind, Op};
use crate::types::{Effect, Types};

/// Luau text of a number.
pub(super) fn number_text(value: f64) -> String {
    if value.is_nan() {
        return "(0 / 0)".to_owned();
    }
    if value.is_infinite() {
        return "math.huge".to_owned();
    }
    let plain = format!("{value}");
    if plain.len() <= 17 { plain } else { format!("{value:e}") }
}

impl<'a> Lowerer<'a, '_> {
    pub(super) fn numeric_literal(&self, literal: &NumericLiteral<'a>) -> Ex<'a> {
        let mut number = self.number(literal.value);
        if let Some(raw) = &literal.raw
            && is_luau_number(raw.as_str())
        {
            number.kind = Kind::Number(self.text(raw.as_str()));
        }
        number
    }

    /// A template without tag: parts joined with `..`.
    pub(super) fn template_literal(&mut self, template: &'a TemplateLiteral<'a>) -> Ex<'a> {
        let mut parts = ArenaVec::with_capacity_in(template.quasis.len() * 2, &self.alloc);
        for (index, quasi) in template.quasis.iter().enumerate() {
            let text = quasi.value.cooked.as_ref().map_or("", |cooked| cooked.as_str());
            if !text.is_empty() {
                parts.push(Ex::new(Kind::Str(text, quasi.lone_surrogates), Types::STRING, Effect::None));
            }
            if let Some(expression) = template.expressions.get(index) {
                let mark = self.out.len();
                let value = self.expression(expression);
                let value = self.to_string(value);
                self.spill(&mut parts, mark);
                parts.push(value);
            }
        }
        self.joined(&parts)
    }

    fn to_string(&self, value: Ex<'a>) -> Ex<'a> {
        if value.types.is_string() {
            return value;
        }
        let effect = if value.types.may_be(Types::OBJECT) { Effect::Call } else { value.effect };
        Ex::new(Kind::Helper("str", self.list(&[value])), Types::STRING, effect.max(Effect::Read))
    }

    fn joined(&self, parts: &[Ex<'a>]) -> Ex<'a> {
        let Some((last, rest)) = parts.split_last() else { return Ex::string("") };
        rest.iter().rev().fold(*last, |joined, part| {
            let effect = joined.effect.max(part.effect);
            let kind = Kind::Binary(Op::Concat, self.boxed(*part), self.boxed(joined));
            Ex::new(kind, Types::STRING, effect)
        })
    }

    pub(super) fn tagged_template(&mut self, tagged: &'a TaggedTemplateExpression<'a>) -> Ex<'a> {
        let (callee, this) = self.callee(&tagged.tag);
        let strings = self.template_object(&tagged.quasi);
        let mut operands = vec![callee, this, strings];
        for expression in &tagged.quasi.expressions {
            let mark = self.out.len();
            let value = self.expression(expression);
            self.spill(&mut operands, mark);
            operands.push(value);
        }
        self.call_of(operands[0], &operands[1..])
    }

    /// The strings of a tagged template: one object for each place in the source.
    fn template_object(&mut self, quasi: &'a TemplateLiteral<'a>) -> Ex<'a> {
        let site = self.unique("template_site");
        self.module.template_sites.push(site);
        let mut cooked = Vec::new();
        let mut raw = Vec::new();
        let mut equal = true;
        for element in &quasi.quasis {
            let text = element.value.cooked.as_ref();
            cooked.push(text.map_or(Ex::NIL, |text| {
                Ex::new(Kind::Str(text.as_str(), element.lone_surrogates), Types::STRING, Effect::None)
            }));
            let raw_text = self.text(&element.value.raw.as_str().replace("\r\n", "\n").replace('\r', "\n"));
            raw.push(Ex::string(raw_text));
            equal &= text.is_some_and(|text| text.as_str() == raw_text);
        }
        let table = |list: &[Ex<'a>]| Ex::new(Kind::Table(self.list(list)), Types::OBJECT, Effect::None);
        let count = self.number(cooked.len() as f64);
        let mut arguments = vec![Ex::fixed(site, Types::OBJECT), count, table(&cooked)];
        if !equal {
            arguments.push(table(&raw));
        }
        let mut object = self.helper("template", &arguments, Types::OBJECT);
        object.effect = Effect::None;
        object
    }

    pub(super) fn regexp_literal(&self, literal: &RegExpLiteral<'a>) -> Ex<'a> {
        let source = Ex::string(literal.regex.pattern.text.as_str());
        let flags = Ex::string(self.text(&literal.regex.flags.to_string()));
        let mut value = self.helper("regexp", &[source, flags], Types::OBJECT);
        value.effect = Effect::Read;
        value
    }
}

/// The literal reads the same in Luau.
fn is_luau_number(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    if let Some(digits) = raw.strip_prefix("0x") {
        return digits.len() <= 12 && !digits.contains('_');
    }
    let starts = bytes.first().is_some_and(u8::is_ascii_digit);
    let octal = bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_digit();
    let plain =
        bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    starts && !octal && plain && !raw.ends_with('.')
}
