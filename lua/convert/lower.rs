//! Lowering: the JavaScript syntax tree becomes a Luau tree of the same meaning. An expression lowers to
//! statements that must run before it (appended to the current block) and a Luau expression.
//! Knows nothing of layout.

mod assign;
mod attempt;
mod binding;
mod block;
mod call;
mod chain;
mod class;
mod comments;
mod expression;
mod function;
mod identity;
mod infer;
mod jump;
mod literal;
mod logic;
mod loops;
mod member;
mod module;
mod object;
mod operator;
mod pattern;
mod receiver;
mod scope;
mod statement;
mod switch;

use std::collections::{HashMap, HashSet};

use oxc_allocator::{Allocator, Vec as ArenaVec};
use oxc_ast::ast::{Comment, Program};
use oxc_semantic::Scoping;
use oxc_span::Span;
use oxc_syntax::symbol::SymbolId;

use crate::diagnostics::Refusal;
use crate::facts::Facts;
use crate::ir::{Block, Bound, Ex, Kind, Stmt, StmtKind};
use crate::limits::DEEPEST_NESTING;
use crate::types::{Effect, Types};
use crate::{Diagnostic, Names, Options};

use function::FunctionContext;
use jump::Target;

/// What lowering a program yields.
pub(crate) struct Lowered<'a> {
    pub(crate) body: Block<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) has_top_level_await: bool,
    pub(crate) strict: bool,
}

/// Lowers a checked program; with `scope_names` given, as one expression.
pub(crate) fn lower<'a>(
    allocator: &'a Allocator,
    program: &'a Program<'a>,
    path: &str,
    scoping: &Scoping,
    facts: &Facts<'a>,
    options: Options,
    scope_names: Option<&[&str]>,
) -> Lowered<'a> {
    let mut lowerer = Lowerer::new(allocator, program, path, scoping, facts, options, scope_names);
    let body =
        if scope_names.is_some() { lowerer.expression_chunk(program) } else { lowerer.program(program) };
    Lowered {
        body,
        has_top_level_await: lowerer.has_top_level_await,
        strict: lowerer.is_strict(),
        diagnostics: lowerer.diagnostics,
    }
}

/// How a variable stands at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binding {
    /// No Luau local yet.
    Unseen,
    /// The local exists.
    Declared,
    /// The local exists, but reading it early must be checked.
    Checked,
    /// The local exists, and every read must be checked.
    Guarded,
}

/// The state of lowering.
struct Lowerer<'a, 'f> {
    alloc: &'a Allocator,
    source: &'a str,
    path: &'f str,
    scoping: &'f Scoping,
    facts: &'f Facts<'a>,
    options: Options,
    /// Names of the scope, when the source is an expression.
    scope_names: Option<&'f [&'f str]>,
    /// Statements of the block being built.
    out: Vec<Stmt<'a>>,
    functions: Vec<FunctionContext<'a>>,
    targets: Vec<Target<'a>>,
    names: ArenaVec<'a, Option<&'a str>>,
    bindings: ArenaVec<'a, Binding>,
    symbol_types: ArenaVec<'a, Option<Types>>,
    /// Names whose meaning generated code at a jump relies on.
    protected: Vec<&'a str>,
    /// All names of the source; made when the first new name is needed.
    taken: Option<HashSet<&'f str>>,
    made: HashSet<&'a str>,
    comments: &'a [Comment],
    next_comment: usize,
    /// Source offset for the statements emitted now.
    position: u32,
    /// End of the innermost block.
    block_end: u32,
    /// End of the innermost loop.
    loop_end: u32,
    /// Temporaries and unscoped locals made in the current block.
    block_locals: u32,
    depth: u32,
    diagnostics: Vec<Diagnostic>,
    has_top_level_await: bool,
    module: module::ModuleState<'a>,
    /// Private names in scope, innermost last.
    private_names: Vec<(&'a str, &'a str)>,
    underscore: &'static str,
    inferring: Vec<SymbolId>,
    /// The variable being declared, for an initializer that needs statements.
    destination: Option<&'a str>,
    /// Index in `out` behind the last `?.` of the chain being built.
    chain_statements: Option<usize>,
    /// Nothing can tell the function lowered next from another of the same code.
    identity_free: bool,
    /// The place being evaluated is both read and written.
    compound: bool,
    /// Emptied statement lists, for the next blocks.
    spare: Vec<Vec<Stmt<'a>>>,
    /// Blocks around the current place.
    nesting: u32,
    /// How often names are declared or used without declaration; made when first needed.
    name_counts: Option<HashMap<&'f str, u32>>,
    /// Locals of imported modules, by the offset of the `import`.
    names_of_imports: Vec<(u32, &'a str)>,
}

impl<'a, 'f> Lowerer<'a, 'f> {
    fn new(
        alloc: &'a Allocator,
        program: &'a Program<'a>,
        path: &'f str,
        scoping: &'f Scoping,
        facts: &'f Facts<'a>,
        options: Options,
        scope_names: Option<&'f [&'f str]>,
    ) -> Self {
        let symbols = scoping.symbols_len();
        Self {
            alloc,
            source: program.source_text,
            path,
            scoping,
            facts,
            options,
            scope_names,
            out: Vec::new(),
            functions: Vec::new(),
            targets: Vec::new(),
            names: filled(None, symbols, alloc),
            bindings: filled(Binding::Unseen, symbols, alloc),
            symbol_types: filled(None, symbols, alloc),
            protected: Vec::new(),
            taken: None,
            made: HashSet::new(),
            comments: program.comments.as_slice(),
            next_comment: 0,
            position: u32::MAX,
            block_end: program.span.end,
            loop_end: 0,
            block_locals: 0,
            depth: 0,
            diagnostics: Vec::new(),
            has_top_level_await: false,
            module: module::ModuleState::default(),
            private_names: Vec::new(),
            underscore: if facts.underscore { "_index" } else { "_" },
            inferring: Vec::new(),
            destination: None,
            chain_statements: None,
            identity_free: false,
            compound: false,
            nesting: 0,
            spare: Vec::new(),
            name_counts: None,
            names_of_imports: Vec::new(),
        }
    }

    fn full_names(&self) -> bool {
        self.options.names == Names::Full
    }

    fn refuse(&mut self, refusal: Refusal, span: Span) -> Ex<'a> {
        self.diagnostics.push(Diagnostic::refusal(refusal, span, self.source, self.path));
        Ex::NIL
    }

    /// Runs `work` one level deeper, or refuses when that is too deep for Luau's compiler.
    fn deeper<T>(&mut self, span: impl Fn() -> Span, otherwise: T, work: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST_NESTING {
            if self.diagnostics.is_empty() {
                self.refuse(Refusal::TooDeep, span());
            }
            return otherwise;
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    // ---- making nodes ----

    fn text(&self, text: &str) -> &'a str {
        self.alloc.alloc_str(text)
    }

    fn boxed(&self, expression: Ex<'a>) -> &'a Ex<'a> {
        self.alloc.alloc(expression)
    }

    fn list(&self, expressions: &[Ex<'a>]) -> &'a [Ex<'a>] {
        self.alloc.alloc_slice_copy(expressions)
    }

    /// A call of `js.name`.
    fn helper(&self, name: &'static str, arguments: &[Ex<'a>], types: Types) -> Ex<'a> {
        Ex::new(Kind::Helper(name, self.list(arguments)), types, Effect::Call)
    }

    /// A call of `js.name` that has no effect beyond those of its arguments.
    fn pure_helper(&self, name: &'static str, arguments: &[Ex<'a>], types: Types) -> Ex<'a> {
        let effect = arguments.iter().map(|argument| argument.effect).max().unwrap_or(Effect::None);
        Ex::new(Kind::Helper(name, self.list(arguments)), types, effect.max(Effect::Read))
    }

    fn number(&self, value: f64) -> Ex<'a> {
        let types =
            if value >= 0.0 && value.fract() == 0.0 && value < 9e15 { Types::INDEX } else { Types::NUMBER };
        let text = self.text(&literal::number_text(value));
        Ex::new(Kind::Number(text), types, Effect::None)
    }

    fn field(&self, object: Ex<'a>, name: &str) -> Ex<'a> {
        Ex::new(Kind::Field(self.boxed(object), self.text(name)), Types::ANY, Effect::Property)
    }

    fn call_of(&self, callee: Ex<'a>, arguments: &[Ex<'a>]) -> Ex<'a> {
        Ex::new(Kind::Call(self.boxed(callee), self.list(arguments)), Types::ANY, Effect::Call)
    }

    /// `object:method(arguments)`
    fn method_of(&self, object: Ex<'a>, method: &'a str, arguments: &'a [Ex<'a>]) -> Ex<'a> {
        let bound = self.alloc.alloc(Bound { object, method });
        Ex::new(Kind::Method(bound, arguments), Types::ANY, Effect::Call)
    }

    fn not(&self, operand: Ex<'a>) -> Ex<'a> {
        let kind = match operand.kind {
            Kind::Not(inner) if inner.types.is_boolean() => return *inner,
            Kind::True => return Ex::FALSE,
            Kind::False => return Ex::TRUE,
            Kind::Binary(crate::ir::Op::Equal, left, right) => {
                Kind::Binary(crate::ir::Op::NotEqual, left, right)
            }
            Kind::Binary(crate::ir::Op::NotEqual, left, right) => {
                Kind::Binary(crate::ir::Op::Equal, left, right)
            }
            _ => Kind::Not(self.boxed(operand)),
        };
        Ex::new(kind, Types::BOOLEAN, operand.effect)
    }

    // ---- emitting statements ----

    fn emit(&mut self, kind: StmtKind<'a>) {
        self.out.push(Stmt { kind, start: self.position });
    }

    fn emit_local(&mut self, name: &'a str, value: Option<Ex<'a>>) {
        self.block_locals += 1;
        let names = self.alloc.alloc_slice_copy(&[name]);
        let values = value.map_or(&[] as &[Ex<'a>], |value| self.list(&[value]));
        self.emit(StmtKind::Local(names, values));
    }

    fn emit_if(&mut self, condition: Ex<'a>, body: Block<'a>, otherwise: Option<Block<'a>>) {
        let arms = self.alloc.alloc_slice_copy(&[(condition, body)]);
        self.emit(StmtKind::If(arms, otherwise));
    }

    /// Emits an expression for its effects only.
    fn emit_effect(&mut self, expression: Ex<'a>) {
        match expression.kind {
            Kind::Call(..) | Kind::Method(..) | Kind::Helper(..) => self.emit(StmtKind::Call(expression)),
            _ if expression.effect <= Effect::Read => {}
            Kind::IfElse(test, yes, no) => {
                let yes = self.nested(|lowerer| lowerer.emit_effect(*yes));
                let no = self.nested(|lowerer| lowerer.emit_effect(*no));
                match (yes.is_empty(), no.is_empty()) {
                    (true, true) => self.emit_effect(*test),
                    (true, false) => self.emit_if(self.not(*test), no, None),
                    (false, true) => self.emit_if(*test, yes, None),
                    (false, false) => self.emit_if(*test, yes, Some(no)),
                }
            }
            _ => {
                let names =
                    self.alloc.alloc_slice_copy(&[if self.facts.underscore { "_unused" } else { "_" }]);
                let values = self.list(&[expression]);
                let body = self
                    .alloc
                    .alloc_slice_copy(&[Stmt { kind: StmtKind::Local(names, values), start: self.position }]);
                self.emit(StmtKind::Do(body));
            }
        }
    }

    /// Builds a nested block.
    fn nested(&mut self, build: impl FnOnce(&mut Self)) -> Block<'a> {
        let empty = self.spare.pop().unwrap_or_default();
        let outer = std::mem::replace(&mut self.out, empty);
        let locals = std::mem::replace(&mut self.block_locals, 0);
        self.nesting += 1;
        build(self);
        self.nesting -= 1;
        self.block_locals = locals;
        drop_dead_code(&mut self.out);
        self.take_statements(outer)
    }

    /// Goes back to the list around the current one, which becomes a block.
    fn take_statements(&mut self, outer: Vec<Stmt<'a>>) -> Block<'a> {
        let mut body = std::mem::replace(&mut self.out, outer);
        let block = self.alloc.alloc_slice_copy(&body);
        body.clear();
        self.spare.push(body);
        block
    }

    // ---- temporaries ----

    /// A new variable name that clashes with nothing in the source.
    fn fresh(&mut self, stem: &str) -> &'a str {
        let counter = {
            let function = self.functions.last_mut();
            function.map_or(0, |function| {
                function.temporaries += 1;
                function.temporaries
            })
        };
        let name = format!("{stem}_{counter}");
        if self.is_taken(&name) {
            return self.unique(&name);
        }
        self.text(&name)
    }

    /// Temporaries made so far in the current function; nested functions count on, so that they hide none.
    fn temporaries(&self) -> u32 {
        self.functions.last().map_or(0, |function| function.temporaries)
    }

    /// Stores a value in a new local, unless it is as good as one.
    fn keep(&mut self, value: Ex<'a>, stem: &str) -> Ex<'a> {
        if value.effect == Effect::None && value.is_simple() {
            return value;
        }
        self.store(value, stem)
    }

    /// Stores a value in a new local.
    fn store(&mut self, value: Ex<'a>, stem: &str) -> Ex<'a> {
        let name = self.fresh(stem);
        self.emit_local(name, Some(value));
        Ex::fixed(name, value.types)
    }

    /// Statements were emitted since `mark`, so operands evaluated before them move into locals there.
    fn spill(&mut self, operands: &mut [Ex<'a>], mark: usize) {
        if self.out.len() == mark {
            return;
        }
        let mut at = mark;
        for operand in operands {
            if operand.effect == Effect::None {
                continue;
            }
            let name = self.fresh("value");
            let names = self.alloc.alloc_slice_copy(&[name]);
            let kind = StmtKind::Local(names, self.list(&[*operand]));
            self.out.insert(at, Stmt { kind, start: self.position });
            self.block_locals += 1;
            at += 1;
            *operand = Ex::fixed(name, operand.types);
        }
    }
}

/// A list of equal values.
fn filled<T: Clone>(value: T, count: usize, alloc: &Allocator) -> ArenaVec<'_, T> {
    ArenaVec::from_iter_in(std::iter::repeat_n(value, count), &alloc)
}

/// Luau wants `return`, `break` and `continue` last in their block: what follows never runs.
fn drop_dead_code(body: &mut Vec<Stmt<'_>>) {
    let is_jump = |statement: &Stmt<'_>| {
        matches!(statement.kind, StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue)
    };
    let is_remark = |statement: &Stmt<'_>| {
        matches!(statement.kind, StmtKind::Remark(_) | StmtKind::Trailing(_) | StmtKind::Blank)
    };
    if let Some(index) = body.iter().position(is_jump)
        && !body[index + 1..].iter().all(is_remark)
    {
        body.truncate(index + 1);
    }
}
