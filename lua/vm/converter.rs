//! What the VM asks of the converter, which the engine injects.
//!
//! Must not know: how JavaScript becomes Lua.

use std::{fmt, sync::Arc};

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleForm {
    /// `module.exports`, `require`.
    CommonJs,
    /// `import`, `export`.
    EsModule,
    /// A script whose top level is the global one.
    Script,
    /// By what the text uses.
    Auto,
}

/// Lua line → JavaScript line and column (both from 1).
#[derive(Clone)]
pub struct LineMap(Arc<LineLookup>);

type LineLookup = dyn Fn(u32) -> Option<(u32, u32)> + Send + Sync;

impl LineMap {
    /// A map that answers by this function.
    pub fn new(lookup: impl Fn(u32) -> Option<(u32, u32)> + Send + Sync + 'static) -> Self {
        LineMap(Arc::new(lookup))
    }

    /// The map of text that was not converted.
    pub fn identity() -> Self {
        LineMap::new(|line| Some((line, 1)))
    }

    /// Where this Lua line comes from.
    pub fn lookup(&self, lua_line: u32) -> Option<(u32, u32)> {
        (self.0)(lua_line)
    }
}

impl fmt::Debug for LineMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LineMap")
    }
}

/// Luau text with its way back to the source.
#[derive(Clone, Debug)]
pub struct Converted {
    /// Luau source.
    pub lua: String,
    /// Lines of the source.
    pub map: LineMap,
    /// The form the text was read as (never `Auto`).
    pub form: ModuleForm,
    /// An ES module that waits at its top level.
    pub top_level_await: bool,
    /// The whole text is strict code.
    pub strict: bool,
}

/// The text is no valid JavaScript.
#[derive(Clone, Debug)]
pub struct ConvertFailure {
    /// What is wrong, without "`SyntaxError: `".
    pub message: String,
    /// Line in the source, from 1.
    pub line: u32,
    /// Column in the source, from 1.
    pub column: u32,
    /// The full diagnostic with excerpt and hint.
    pub report: String,
}

/// JavaScript text → Luau text.
pub trait Converter: Send + Sync {
    /// A whole file.
    fn convert(&self, source: &str, path: &str, form: ModuleForm) -> Result<Converted, Box<ConvertFailure>>;

    /// An expression: a chunk which gets a table `scope`; free names listed in `names` are its members.
    fn convert_expression(&self, source: &str, names: &[&str]) -> Result<Converted, Box<ConvertFailure>>;
}
