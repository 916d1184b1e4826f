//! Object and array literals.

use oxc_allocator::{Allocator, Vec as ArenaVec};
use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, Expression, ObjectExpression, ObjectProperty,
    ObjectPropertyKind, PropertyKey, PropertyKind,
};
use oxc_span::{GetSpan, Span};

use super::Lowerer;
use super::function::{FunctionContext, Parts, Place, Role};
use crate::ir::{Entry, EntryKey, Ex, Kind, List, Remark, Remarks, StmtKind};
use crate::names;
use crate::types::{Effect, Types};

/// From this number of properties on, names given twice are left to the runtime.
const LONG_LITERAL: usize = 30;

/// A run of plain properties of a literal, which becomes one `js.object`.
struct Run<'a> {
    entries: ArenaVec<'a, Entry<'a>>,
    keys: ArenaVec<'a, &'a str>,
    /// The greatest effect of a value.
    effect: Effect,
    /// Some entry has a comment before it.
    remarked: bool,
    /// Some key cannot stand in a list of words.
    unlisted: bool,
    /// Some key is no Luau name.
    quoted: bool,
}

impl<'a> Run<'a> {
    /// With room for `count` properties.
    fn new(count: usize, alloc: &'a Allocator) -> Self {
        Self {
            entries: ArenaVec::with_capacity_in(count, &alloc),
            keys: ArenaVec::with_capacity_in(count, &alloc),
            effect: Effect::Read,
            remarked: false,
            unlisted: false,
            quoted: false,
        }
    }
}

impl<'a> Lowerer<'a, '_> {
    pub(super) fn object_literal(&mut self, object: &'a ObjectExpression<'a>) -> Ex<'a> {
        let home = uses_super(object, self.source).then(|| {
            let name = self.fresh("home");
            self.emit_local(name, None);
            name
        });
        let lines = self.has_line_break(object.span, object.properties.first().map(GetSpan::span));
        let plain = home.is_none() && object.properties.iter().all(is_plain_property);
        if plain {
            return self.plain_object(object, lines);
        }
        let mut value = None;
        let mut run = Run::new(object.properties.len(), self.alloc);
        for property in &object.properties {
            self.add_property(property, &mut run, &mut value, home, lines);
        }
        self.flush(&mut run, &mut value, lines, &[]);
        let value = value.unwrap_or(Ex::NIL);
        match home {
            Some(home) => self.settle_home(home, value),
            None => value,
        }
    }

    /// A literal of nothing but plain properties.
    fn plain_object(&mut self, object: &'a ObjectExpression<'a>, lines: bool) -> Ex<'a> {
        let mut run = Run::new(object.properties.len(), self.alloc);
        for property in &object.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            let before = self.take_remarks(property.span.start);
            self.plain_property(property, &mut run, before, None);
        }
        let tail = self.take_remarks(object.span.end);
        if run.entries.is_empty() && tail.is_empty() {
            return self.empty_object();
        }
        self.run_object(run, lines, tail)
    }

    fn empty_object(&self) -> Ex<'a> {
        Ex { effect: Effect::Read, ..self.helper("object", &[], Types::OBJECT) }
    }

    /// Adds a plain property to the run.
    fn plain_property(
        &mut self,
        property: &'a ObjectProperty<'a>,
        run: &mut Run<'a>,
        before: &'a [Remark],
        home: Option<&'a str>,
    ) {
        let (key, name) = self.entry_key(&property.key);
        let place = match key {
            EntryKey::Name(name) => Place::Named(name),
            _ => Place::Anonymous,
        };
        let mark = self.out.len();
        let value = self.property_value(property, name, place, home);
        self.spill_entries(&mut run.entries, mark);
        let remarks = self.remarks_around(before, property.span.end);
        if !matches!(key, EntryKey::Name(_)) {
            run.quoted = true;
            run.unlisted |= name.is_empty() || name.contains(' ');
        }
        run.effect = run.effect.max(value.effect);
        run.remarked |= !before.is_empty();
        run.keys.push(name);
        run.entries.push(Entry { key, value, start: property.span.start, remarks });
    }

    /// The comments before an entry, and the one behind it that begins on its last line.
    fn remarks_around(&mut self, before: &'a [Remark], end: u32) -> Option<&'a Remarks<'a>> {
        let after = self.comment_behind(end);
        if before.is_empty() && after.is_none() {
            return None;
        }
        Some(self.alloc.alloc(Remarks { before, after }))
    }

    fn property_value(
        &mut self,
        property: &'a ObjectProperty<'a>,
        name: &'a str,
        place: Place<'a>,
        home: Option<&'a str>,
    ) -> Ex<'a> {
        if property.method
            && let Expression::FunctionExpression(function) = &property.value
        {
            let mut context = FunctionContext::new(Role::Method);
            context.home = home.map(|home| Ex::fixed(home, Types::OBJECT));
            return self.function_value(&Parts::of_function(function), context, name, place);
        }
        self.named_value(&property.value, name, place)
    }

    /// Entries before one that needs statements keep their place in the order.
    fn spill_entries(&mut self, entries: &mut [Entry<'a>], mark: usize) {
        if self.out.len() == mark {
            return;
        }
        let mut values: Vec<Ex<'a>> = entries.iter().map(|entry| entry.value).collect();
        self.spill(&mut values, mark);
        for (entry, value) in entries.iter_mut().zip(values) {
            entry.value = value;
        }
    }

    fn entry_key(&self, key: &'a PropertyKey<'a>) -> (EntryKey<'a>, &'a str) {
        let name = match key {
            PropertyKey::StaticIdentifier(name) => name.name.as_str(),
            PropertyKey::StringLiteral(text) => text.value.as_str(),
            PropertyKey::NumericLiteral(number) => self.text(&literal_key(number.value)),
            PropertyKey::BigIntLiteral(number) => number.value.as_str(),
            _ => "",
        };
        let key = if names::is_plain(name) {
            EntryKey::Name(name)
        } else if names::array_index(name).is_some() {
            EntryKey::Number(name)
        } else {
            EntryKey::Text(name, false)
        };
        (key, name)
    }

    /// Adds any property to the object being built: plain ones to the run, others to `value`.
    fn add_property(
        &mut self,
        property: &'a ObjectPropertyKind<'a>,
        run: &mut Run<'a>,
        value: &mut Option<Ex<'a>>,
        home: Option<&'a str>,
        lines: bool,
    ) {
        let before = self.take_remarks(property.span().start);
        if is_plain_property(property)
            && let ObjectPropertyKind::ObjectProperty(property) = property
            && (home.is_none() || !property.method)
        {
            self.plain_property(property, run, before, home);
            return;
        }
        self.flush(run, value, lines, before);
        let object = self.settle_object(value, home);
        let mark = self.out.len();
        let next = match property {
            ObjectPropertyKind::SpreadProperty(spread) => {
                let source = self.expression(&spread.argument);
                let object = self.keep_first(object, mark);
                self.helper("spread_into", &[object, source], Types::OBJECT)
            }
            ObjectPropertyKind::ObjectProperty(property) => {
                self.special_property(property, object, mark, home)
            }
        };
        *value = Some(next);
    }

    fn keep_first(&mut self, object: Ex<'a>, mark: usize) -> Ex<'a> {
        let mut first = [object];
        self.spill(&mut first, mark);
        first[0]
    }

    /// With a home object the object must be in its variable before methods are made.
    fn settle_object(&mut self, value: &mut Option<Ex<'a>>, home: Option<&'a str>) -> Ex<'a> {
        let object = value.take().unwrap_or_else(|| self.helper("object", &[], Types::OBJECT));
        let Some(home) = home else { return object };
        self.settle_home(home, object)
    }

    /// Puts the object into its variable; helpers that extend it in place are called as statements.
    fn settle_home(&mut self, home: &'a str, object: Ex<'a>) -> Ex<'a> {
        let target = Ex::fixed(home, Types::OBJECT);
        let extends =
            matches!(object.kind, Kind::Helper(_, [first, ..]) if std::ptr::eq(home, name_of(first)));
        if extends {
            self.emit(StmtKind::Call(object));
        } else if !std::ptr::eq(home, name_of(&object)) {
            self.emit(StmtKind::Assign(target, object));
        }
        target
    }

    /// Accessors, computed names, `__proto__`, methods that use `super`.
    fn special_property(
        &mut self,
        property: &'a ObjectProperty<'a>,
        object: Ex<'a>,
        mark: usize,
        home: Option<&'a str>,
    ) -> Ex<'a> {
        if is_proto(property) {
            let value = self.expression(&property.value);
            let object = self.keep_first(object, mark);
            return self.helper("set_proto", &[object, value], Types::OBJECT);
        }
        let key = self.key_of(&property.key, property.computed);
        let text = match key.kind {
            Kind::Str(text, _) | Kind::Number(text) => text,
            _ => "",
        };
        let key_mark = self.out.len();
        let (helper, value) = match (property.kind, &property.value) {
            (PropertyKind::Init, _) => {
                ("define", self.property_value(property, text, Place::Anonymous, home))
            }
            (kind, Expression::FunctionExpression(function)) => {
                let (helper, prefix) = if kind == PropertyKind::Get {
                    ("define_getter", "get ")
                } else {
                    ("define_setter", "set ")
                };
                let mut context = FunctionContext::new(Role::Method);
                context.home = home.map(|home| Ex::fixed(home, Types::OBJECT));
                let name = if text.is_empty() { "" } else { self.text(&format!("{prefix}{text}")) };
                (helper, self.function_value(&Parts::of_function(function), context, name, Place::Anonymous))
            }
            _ => ("define", Ex::NIL),
        };
        let mut parts = [object, key];
        self.spill(&mut parts[1..], key_mark);
        self.spill(&mut parts[..1], mark);
        let anonymous =
            property.computed && is_anonymous(&property.value) && property.kind == PropertyKind::Init;
        if anonymous && self.full_names() {
            return self.helper("define_named", &[parts[0], parts[1], value], Types::OBJECT);
        }
        self.helper(helper, &[parts[0], parts[1], value], Types::OBJECT)
    }

    /// Turns the run into an object, or adds it to the object there is.
    fn flush(&mut self, run: &mut Run<'a>, value: &mut Option<Ex<'a>>, lines: bool, tail: &'a [Remark]) {
        if run.entries.is_empty() && (value.is_some() || tail.is_empty()) {
            if value.is_none() {
                *value = Some(self.empty_object());
            }
            return;
        }
        let whole = std::mem::replace(run, Run::new(0, self.alloc));
        let literal = self.run_object(whole, lines, tail);
        *value = Some(match value.take() {
            None => literal,
            Some(object) => self.helper("spread_into", &[object, literal], Types::OBJECT),
        });
    }

    fn run_object(&mut self, run: Run<'a>, lines: bool, tail: &'a [Remark]) -> Ex<'a> {
        if run.unlisted {
            return self.object_pairs(&run);
        }
        let lines = lines || !tail.is_empty() || run.remarked;
        let keys = self.distinct(run.keys);
        let list = List { entries: run.entries.into_arena_slice(), keys, quoted: run.quoted, lines, tail };
        Ex::new(Kind::Object(self.alloc.alloc(list)), Types::OBJECT, run.effect)
    }

    /// The keys of a literal; a name that is given twice counts once (long lists are left as they are).
    fn distinct(&self, keys: ArenaVec<'a, &'a str>) -> &'a [&'a str] {
        if keys.len() >= LONG_LITERAL || !may_repeat(&keys) {
            return keys.into_arena_slice();
        }
        let mut once = ArenaVec::with_capacity_in(keys.len(), &self.alloc);
        for key in &keys {
            if !once.contains(key) {
                once.push(*key);
            }
        }
        once.into_arena_slice()
    }

    fn object_pairs(&self, run: &Run<'a>) -> Ex<'a> {
        let mut arguments = vec![self.number(run.entries.len() as f64)];
        for (entry, name) in run.entries.iter().zip(&run.keys) {
            arguments.push(match entry.key {
                EntryKey::Number(text) => Ex::new(Kind::Number(text), Types::INDEX, Effect::None),
                _ => Ex::string(name),
            });
            arguments.push(entry.value);
        }
        Ex { effect: run.effect, ..self.helper("object_pairs", &arguments, Types::OBJECT) }
    }

    /// The source has the first entry on a line of its own.
    fn has_line_break(&self, whole: Span, first: Option<Span>) -> bool {
        let Some(first) = first else { return false };
        self.source.get(whole.start as usize..first.start as usize).is_some_and(|text| text.contains('\n'))
    }

    // ---- arrays ----

    pub(super) fn array_literal(&mut self, array: &'a ArrayExpression<'a>) -> Ex<'a> {
        if array.elements.iter().any(|element| matches!(element, ArrayExpressionElement::SpreadElement(_))) {
            return self.array_with_spread(array);
        }
        let lines = self.has_line_break(array.span, array.elements.first().map(GetSpan::span));
        let mut entries = ArenaVec::with_capacity_in(array.elements.len(), &self.alloc);
        let mut holes = Vec::new();
        let mut remarked = false;
        for (index, element) in array.elements.iter().enumerate() {
            let span = element.span();
            let before = self.take_remarks(span.start);
            let mark = self.out.len();
            let value = match element {
                ArrayExpressionElement::Elision(_) => {
                    holes.push(self.number(index as f64));
                    Ex::NIL
                }
                other => self.expression(other.to_expression()),
            };
            self.spill_entries(&mut entries, mark);
            let remarks = self.remarks_around(before, span.end);
            remarked |= remarks.is_some();
            entries.push(Entry { key: EntryKey::None, value, start: span.start, remarks });
        }
        let tail = self.take_remarks(array.span.end);
        if let Some(last) = entries.last_mut() {
            let mut value = [last.value];
            self.close_last(&mut value);
            last.value = value[0];
        }
        let effect = entries.iter().map(|entry| entry.value.effect).max().unwrap_or(Effect::None);
        let list = List {
            entries: entries.into_arena_slice(),
            keys: &[],
            quoted: false,
            lines: lines || remarked || !tail.is_empty(),
            tail,
        };
        let value = Ex::new(Kind::Array(self.alloc.alloc(list)), Types::OBJECT, effect.max(Effect::Read));
        if holes.is_empty() {
            return value;
        }
        let mut arguments = vec![value];
        arguments.append(&mut holes);
        self.helper("holes", &arguments, Types::OBJECT)
    }

    fn array_with_spread(&mut self, array: &'a ArrayExpression<'a>) -> Ex<'a> {
        let elided =
            array.elements.iter().any(|element| matches!(element, ArrayExpressionElement::Elision(_)));
        if elided {
            return self.array_with_everything(array);
        }
        self.spread_elements(array.elements.iter().map(|element| match element {
            ArrayExpressionElement::SpreadElement(spread) => (true, &spread.argument),
            other => (false, other.to_expression()),
        }))
    }

    /// An array of elements (false) and spread iterables (true).
    pub(super) fn spread_elements(
        &mut self,
        elements: impl Iterator<Item = (bool, &'a Expression<'a>)>,
    ) -> Ex<'a> {
        let mut array: Option<Ex<'a>> = None;
        let mut run: Vec<Ex<'a>> = Vec::new();
        for (spreads, expression) in elements {
            let mark = self.out.len();
            let value = self.expression(expression);
            if self.out.len() != mark {
                let mut before: Vec<Ex<'a>> = array.iter().copied().chain(run.iter().copied()).collect();
                self.spill(&mut before, mark);
                let mut before = before.into_iter();
                array = array.and_then(|_| before.next());
                run = before.collect();
            }
            if spreads {
                let base = self.flush_elements(array.take(), &mut run);
                array = Some(self.helper("append_all", &[base, value], Types::OBJECT));
            } else {
                run.push(value);
            }
        }
        self.flush_elements(array, &mut run)
    }

    fn flush_elements(&mut self, array: Option<Ex<'a>>, run: &mut Vec<Ex<'a>>) -> Ex<'a> {
        let Some(array) = array else {
            self.close_last(run);
            let entries = run.drain(..).map(|value| Entry {
                key: EntryKey::None,
                value,
                start: u32::MAX,
                remarks: None,
            });
            let entries = ArenaVec::from_iter_in(entries, &self.alloc);
            let effect = entries.iter().map(|entry| entry.value.effect).max().unwrap_or(Effect::None);
            let entries = entries.into_arena_slice();
            let list = List { entries, keys: &[], quoted: false, lines: false, tail: &[] };
            return Ex::new(Kind::Array(self.alloc.alloc(list)), Types::OBJECT, effect.max(Effect::Read));
        };
        run.drain(..).fold(array, |array, value| self.helper("append", &[array, value], Types::OBJECT))
    }

    /// Spread and holes in one literal: built element by element.
    fn array_with_everything(&mut self, array: &'a ArrayExpression<'a>) -> Ex<'a> {
        let empty = self.helper("array", &[], Types::OBJECT);
        let target = self.store(empty, "array");
        for element in &array.elements {
            let call = match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    let value = self.expression(&spread.argument);
                    self.helper("append_all", &[target, value], Types::OBJECT)
                }
                ArrayExpressionElement::Elision(_) => self.helper("append_hole", &[target], Types::OBJECT),
                other => {
                    let value = self.expression(other.to_expression());
                    self.helper("append", &[target, value], Types::OBJECT)
                }
            };
            self.emit(StmtKind::Call(call));
        }
        target
    }
}

fn name_of<'a>(value: &Ex<'a>) -> &'a str {
    match value.kind {
        Kind::Name(name, _) => name,
        _ => "",
    }
}

/// Two of the keys look alike: same length, first and last byte (or the same bit by chance).
fn may_repeat(keys: &[&str]) -> bool {
    let mut seen = 0_u64;
    keys.iter().any(|key| {
        let bytes = key.as_bytes();
        let ends = bytes
            .first()
            .zip(bytes.last())
            .map_or(0, |(first, last)| usize::from(*first).wrapping_mul(31).wrapping_add(usize::from(*last)));
        let bit = 1 << (ends.wrapping_add(bytes.len().wrapping_mul(7)) % 64);
        let before = seen & bit != 0;
        seen |= bit;
        before
    })
}

/// Text of a number as a property name.
fn literal_key(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e21 { format!("{value:.0}") } else { format!("{value}") }
}

/// `name: value` with a name known beforehand, not `__proto__`.
fn is_plain_property(property: &ObjectPropertyKind<'_>) -> bool {
    let ObjectPropertyKind::ObjectProperty(property) = property else { return false };
    let known = match &property.key {
        PropertyKey::StringLiteral(text) => !text.lone_surrogates,
        PropertyKey::NumericLiteral(number) => number.value.abs() < 1e15 && number.value >= 0.0,
        PropertyKey::StaticIdentifier(_) | PropertyKey::BigIntLiteral(_) => true,
        _ => false,
    };
    known && !property.computed && property.kind == PropertyKind::Init && !is_proto(property)
}

fn is_proto(property: &ObjectProperty<'_>) -> bool {
    let named = match &property.key {
        PropertyKey::StaticIdentifier(name) => name.name == "__proto__",
        PropertyKey::StringLiteral(text) => text.value == "__proto__",
        _ => false,
    };
    named
        && !property.computed
        && !property.shorthand
        && !property.method
        && property.kind == PropertyKind::Init
}

fn is_anonymous(value: &Expression<'_>) -> bool {
    match value {
        Expression::ArrowFunctionExpression(_) => true,
        Expression::FunctionExpression(function) => function.id.is_none(),
        Expression::ClassExpression(class) => class.id.is_none(),
        _ => false,
    }
}

/// Some method of the literal may use `super`.
fn uses_super(object: &ObjectExpression<'_>, source: &str) -> bool {
    let methods = object.properties.iter().any(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) => {
            property.method || property.kind != PropertyKind::Init
        }
        ObjectPropertyKind::SpreadProperty(_) => false,
    });
    methods
        && source
            .get(object.span.start as usize..object.span.end as usize)
            .is_some_and(|text| text.contains("super"))
}
