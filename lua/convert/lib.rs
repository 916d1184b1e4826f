//! JavaScript text → Luau text, with a source map and diagnostics. Text to text: it knows no VM and never panics,
//! whatever the input. What converted code may call is the contract in `lua/README.md`.
//!
//! The way through: `limits` (size, nesting) → oxc parses and checks → `facts` (one walk: uses, writes, calls of
//! every name) → `lower` (syntax tree to Luau tree, in one walk) → `print`.

mod arena;
mod diagnostics;
mod facts;
mod ir;
mod limits;
mod lower;
mod names;
mod print;
mod source_map;
mod syntax;
mod types;

use oxc_allocator::Allocator;
use oxc_span::Span;

pub use diagnostics::{Diagnostic, Severity};
pub use source_map::SourceMap;

use diagnostics::Refusal;

/// What kind of file the source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A Node module with `require` and `module.exports`.
    CommonJs,
    /// A module with `import` and `export`.
    EsModule,
    /// A sloppy script; as `CommonJs`, but `this` is the global object.
    Script,
    /// An ES module if it has `import`, `export` or `import.meta`, else `CommonJs`.
    #[default]
    Auto,
}

/// Whether function names and lengths are recorded where Luau alone does not give JavaScript's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Recorded: for text that is run at once.
    #[default]
    Full,
    /// Left out: for text that people keep.
    Readable,
}

/// How to convert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Kind of file.
    pub form: Form,
    /// Treatment of function names.
    pub names: Names,
}

/// What came of a conversion.
#[derive(Clone, Debug, Default)]
pub struct Conversion {
    /// The text; `None` when there are errors.
    pub lua: Option<String>,
    /// Where its lines came from.
    pub map: SourceMap,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The form that was used: never `Auto` after a successful conversion.
    pub form: Form,
    /// The whole source is strict code.
    pub strict: bool,
    /// The module waits at its top level.
    pub has_top_level_await: bool,
}

impl Conversion {
    fn refused(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], ..Self::default() }
    }
}

/// Converts a file.
pub fn convert(source: &str, path: &str, options: &Options) -> Conversion {
    guarded(source, path, |allocator| syntax::convert_file(allocator, source, path, *options))
}

/// Converts an expression to a chunk `local scope = ...` that returns its value. A free name listed in
/// `scope_names` is a field of `scope`; any other is a global.
pub fn convert_expression(source: &str, scope_names: &[&str]) -> Conversion {
    guarded(source, "expression", |allocator| syntax::convert_expression(allocator, source, scope_names))
}

/// Checks the limits, then works on a stack that is large enough for the nesting.
fn guarded(source: &str, path: &str, work: impl FnOnce(&Allocator) -> Conversion) -> Conversion {
    let refuse = |refusal| Conversion::refused(Diagnostic::refusal(refusal, Span::default(), source, path));
    if source.len() > limits::LARGEST_SOURCE_BYTES {
        return refuse(Refusal::TooLarge);
    }
    let Some(stack_bytes) = limits::stack_bytes(source) else {
        return refuse(Refusal::TooDeep);
    };
    stacker::maybe_grow(stack_bytes, stack_bytes, || arena::with_arena(work))
}
