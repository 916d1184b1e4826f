//! Everything the converter can say about a source it does not accept, and how it looks.
//! Knows nothing of how the messages come about.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use oxc_diagnostics::OxcDiagnostic;
use oxc_span::Span;

use crate::source_map::line_and_column;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// There is no Luau text.
    Error,
    /// The text is there, but something in it deserves attention.
    Warning,
}

/// One message about a place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The JavaScript itself is wrong (as opposed to valid but not convertible).
    pub syntax: bool,
    /// What is wrong, without `SyntaxError: `.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// File name as given to the converter.
    pub path: String,
    /// Line and column from 1.
    pub line: u32,
    /// Column in UTF-16 units, from 1.
    pub column: u32,
    /// Byte range in the source.
    pub span: std::ops::Range<usize>,
    excerpt: String,
    /// Offset of the place in the excerpt.
    mark: usize,
}

/// Valid JavaScript that has no conversion, or input beyond the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("`with` statements cannot be converted")]
    With,
    #[error("decorators cannot be converted")]
    Decorator,
    #[error("`accessor` fields cannot be converted")]
    AutoAccessor,
    #[error("`using` declarations cannot be converted")]
    Using,
    #[error("JSX cannot be converted")]
    Jsx,
    #[error("TypeScript syntax cannot be converted")]
    TypeScript,
    #[error("import phases cannot be converted")]
    ImportPhase,
    #[error("engine intrinsics cannot be converted")]
    Intrinsic,
    #[error("the source is nested too deeply to be converted")]
    TooDeep,
    #[error("the source is larger than {} MiB", crate::limits::LARGEST_SOURCE_BYTES / (1024 * 1024))]
    TooLarge,
}

impl Refusal {
    const fn hint(self) -> &'static str {
        match self {
            Self::With => "name the object and write its members as `object.member`",
            Self::Decorator => "call the decorator function on the class after its definition",
            Self::AutoAccessor => "write a private field with a getter and a setter",
            Self::Using => "call the resource's dispose method in a `finally` block",
            Self::Jsx | Self::TypeScript => "compile the file to plain JavaScript first",
            Self::ImportPhase => "use a plain `import`",
            Self::Intrinsic => "use the ordinary JavaScript function",
            Self::TooDeep => "split the expression into several statements",
            Self::TooLarge => "move data to a .json file and split the code into modules",
        }
    }
}

impl Diagnostic {
    pub(crate) fn refusal(refusal: Refusal, span: Span, source: &str, path: &str) -> Self {
        let mut diagnostic = Self::at(refusal.to_string(), span, source, path);
        diagnostic.hint = Some(refusal.hint().to_owned());
        diagnostic.syntax = false;
        diagnostic
    }

    /// A syntax error found by the converter's own checks.
    pub(crate) fn early_error(message: &str, span: Span, source: &str, path: &str) -> Self {
        Self::at(message.to_owned(), span, source, path)
    }

    /// A syntax error found by the parser.
    pub(crate) fn syntax(error: &OxcDiagnostic, source: &str, path: &str) -> Self {
        let span = error.labels.first().map_or_else(Span::default, |label| {
            let start = label.offset();
            Span::new(start, start + label.len())
        });
        let mut diagnostic = Self::at(error.message.to_string(), span, source, path);
        diagnostic.hint = error.help.as_ref().map(ToString::to_string);
        diagnostic
    }

    fn at(message: String, span: Span, source: &str, path: &str) -> Self {
        let start = (span.start as usize).min(source.len());
        let end = (span.end as usize).clamp(start, source.len());
        let (line, column) = line_and_column(source, start);
        let (excerpt, mark) = excerpt(source, start);
        Self {
            severity: Severity::Error,
            syntax: true,
            message,
            hint: None,
            path: path.to_owned(),
            line,
            column,
            span: start..end,
            excerpt,
            mark,
        }
    }

    /// The message with an excerpt of the source, for a terminal (`color`) or plain.
    pub fn render(&self, color: bool) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
        if handler.render_report(&mut text, &Report::new(self)).is_err() {
            return self.to_string();
        }
        text
    }
}

/// How much of a line is shown before and behind the place.
const EXCERPT_BYTES: usize = 100;

/// The line around an offset, cut when it is long, and the offset in it.
fn excerpt(source: &str, start: usize) -> (String, usize) {
    let before = source.get(..start).unwrap_or_default();
    let mut from = before.rfind('\n').map_or(0, |at| at + 1).max(start.saturating_sub(EXCERPT_BYTES));
    let line_end = source[before.len()..].find('\n').map_or(source.len(), |at| before.len() + at);
    let mut end = line_end.min(before.len() + EXCERPT_BYTES);
    while !source.is_char_boundary(from) {
        from += 1;
    }
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    (source.get(from..end).unwrap_or_default().to_owned(), before.len().saturating_sub(from))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}: {}", self.path, self.line, self.column, self.message)
    }
}

/// The shape miette renders.
#[derive(Debug)]
struct Report<'d> {
    diagnostic: &'d Diagnostic,
    excerpt: Excerpt<'d>,
}

/// One line of the source, under its own number.
#[derive(Debug)]
struct Excerpt<'d>(&'d Diagnostic);

impl SourceCode for Excerpt<'_> {
    fn read_span<'s>(
        &'s self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        let Self(diagnostic) = self;
        let text = diagnostic.excerpt.as_bytes();
        let line = diagnostic.line.saturating_sub(1) as usize;
        // asked for the place alone, miette wants its column
        let column = if before == 0 { diagnostic.column.saturating_sub(1) as usize } else { 0 };
        let whole = if before == 0 { *span } else { SourceSpan::from((0, text.len())) };
        let contents = MietteSpanContents::new_named(diagnostic.path.clone(), text, whole, line, column, 1);
        Ok(Box::new(contents))
    }
}

impl<'d> Report<'d> {
    fn new(diagnostic: &'d Diagnostic) -> Self {
        Self { diagnostic, excerpt: Excerpt(diagnostic) }
    }

    fn label(&self) -> LabeledSpan {
        let text = &self.diagnostic.excerpt;
        let offset = self.diagnostic.mark.min(text.len());
        let width = self.diagnostic.span.len().clamp(0, text.len() - offset);
        LabeledSpan::new_with_span(Some("here".to_owned()), (offset, width))
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'h>(&'h self) -> Option<Box<dyn fmt::Display + 'h>> {
        self.diagnostic.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label())))
    }
}
