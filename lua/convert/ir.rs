//! Luau as a tree: what lowering produces and the printer writes. Knows no JavaScript.

use oxc_syntax::symbol::SymbolId;

use crate::types::{Effect, Types};

/// An expression with what is known of its value.
#[derive(Clone, Copy)]
pub(crate) struct Ex<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) types: Types,
    pub(crate) effect: Effect,
}

/// What an expression is.
#[derive(Clone, Copy)]
pub(crate) enum Kind<'a> {
    Nil,
    True,
    False,
    Vararg,
    /// A number as Luau text.
    Number(&'a str),
    /// A string value (as in oxc: lone surrogates escaped when the flag is set).
    Str(&'a str, bool),
    Name(&'a str, Option<SymbolId>),
    Field(&'a Ex<'a>, &'a str),
    Item(&'a Ex<'a>, &'a Ex<'a>),
    Call(&'a Ex<'a>, &'a [Ex<'a>]),
    Method(&'a Bound<'a>, &'a [Ex<'a>]),
    /// `js.name(…)`
    Helper(&'static str, &'a [Ex<'a>]),
    /// `js.name`
    HelperValue(&'static str),
    Function(&'a Func<'a>),
    /// `js.object({ … }, "keys")`
    Object(&'a List<'a>),
    /// `js.array(…)`
    Array(&'a List<'a>),
    /// `{ a, b }` with positional entries
    Table(&'a [Ex<'a>]),
    Binary(Op, &'a Ex<'a>, &'a Ex<'a>),
    Not(&'a Ex<'a>),
    /// Parentheses around a call: exactly one value.
    Paren(&'a Ex<'a>),
    Minus(&'a Ex<'a>),
    IfElse(&'a Ex<'a>, &'a Ex<'a>, &'a Ex<'a>),
}

/// An object and the name of its method; apart, so that expressions stay small.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub(crate) object: Ex<'a>,
    pub(crate) method: &'a str,
}

/// Binary operators of Luau that the converter uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Or,
    And,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Concat,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Entries of an object or array literal.
pub(crate) struct List<'a> {
    pub(crate) entries: &'a [Entry<'a>],
    /// Property names in order, for objects.
    pub(crate) keys: &'a [&'a str],
    /// Some of them have to be escaped.
    pub(crate) quoted: bool,
    /// One entry a line, as in the source.
    pub(crate) lines: bool,
    /// Comments after the last entry.
    pub(crate) tail: &'a [Remark],
}

/// One property or element.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) key: EntryKey<'a>,
    pub(crate) value: Ex<'a>,
    pub(crate) start: u32,
    /// Most entries have none.
    pub(crate) remarks: Option<&'a Remarks<'a>>,
}

/// Comments around an entry.
#[derive(Clone, Copy)]
pub(crate) struct Remarks<'a> {
    pub(crate) before: &'a [Remark],
    pub(crate) after: Option<Remark>,
}

/// A table key.
#[derive(Clone, Copy)]
pub(crate) enum EntryKey<'a> {
    /// An array element.
    None,
    Name(&'a str),
    Text(&'a str, bool),
    Number(&'a str),
}

/// A comment of the source.
#[derive(Clone, Copy)]
pub(crate) struct Remark {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) block: bool,
    /// An empty line stands before it.
    pub(crate) gap: bool,
}

/// A function value.
pub(crate) struct Func<'a> {
    pub(crate) parameters: &'a [&'a str],
    pub(crate) vararg: bool,
    pub(crate) body: Block<'a>,
}

pub(crate) type Block<'a> = &'a [Stmt<'a>];

/// A statement with its place in the source.
#[derive(Clone, Copy)]
pub(crate) struct Stmt<'a> {
    pub(crate) kind: StmtKind<'a>,
    /// Byte offset in the source, `u32::MAX` when there is none.
    pub(crate) start: u32,
}

/// What a statement is.
#[derive(Clone, Copy)]
pub(crate) enum StmtKind<'a> {
    Local(&'a [&'a str], &'a [Ex<'a>]),
    LocalFunction(&'a str, &'a Func<'a>),
    /// `function name(…)`: assigns a local declared before.
    NamedFunction(&'a str, &'a Func<'a>),
    Assign(Ex<'a>, Ex<'a>),
    /// `target op= value`
    Compound(Op, Ex<'a>, Ex<'a>),
    Call(Ex<'a>),
    Do(Block<'a>),
    While(Ex<'a>, Block<'a>),
    /// `repeat … until true`: a block that `break` leaves.
    Once(Block<'a>),
    Repeat(Block<'a>, Ex<'a>),
    /// `for name = from, to do`
    NumericFor(&'a str, &'a [Ex<'a>; 2], Block<'a>),
    /// `for index, name in iterator do`
    GenericFor(&'a str, &'a str, &'a Ex<'a>, Block<'a>),
    If(&'a [(Ex<'a>, Block<'a>)], Option<Block<'a>>),
    Return(&'a [Ex<'a>]),
    Break,
    Continue,
    Remark(Remark),
    /// A comment at the end of the line before.
    Trailing(Remark),
    Blank,
}

impl<'a> Ex<'a> {
    pub(crate) const fn new(kind: Kind<'a>, types: Types, effect: Effect) -> Self {
        Self { kind, types, effect }
    }

    pub(crate) const NIL: Self = Self::new(Kind::Nil, Types::UNDEFINED, Effect::None);
    pub(crate) const TRUE: Self = Self::new(Kind::True, Types::BOOLEAN, Effect::None);
    pub(crate) const FALSE: Self = Self::new(Kind::False, Types::BOOLEAN, Effect::None);
    pub(crate) const NULL: Self = Self::new(Kind::Name("null", None), Types::NULL, Effect::None);

    /// A temporary or other local that never changes after its declaration.
    pub(crate) const fn fixed(name: &'a str, types: Types) -> Self {
        Self::new(Kind::Name(name, None), types, Effect::None)
    }

    pub(crate) const fn string(text: &'a str) -> Self {
        Self::new(Kind::Str(text, false), Types::STRING, Effect::None)
    }

    pub(crate) const fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Name(..))
    }

    /// Copying the text of this expression costs nothing and changes nothing.
    pub(crate) const fn is_simple(&self) -> bool {
        matches!(
            self.kind,
            Kind::Nil | Kind::True | Kind::False | Kind::Number(_) | Kind::Str(..) | Kind::Name(..)
        )
    }
}
