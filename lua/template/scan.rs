//! A scanner for JavaScript expressions: just enough to know what is inside quotes, brackets, templates and patterns.
//!
//! Must not know: what an expression means.

/// Brackets and `${` nested deeper are not followed.
const DEEPEST: usize = 256;

/// What a piece of an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Name,
    /// A number, string, template literal or pattern.
    Value,
    /// `(`, `[`, `{`.
    Open,
    /// `)`, `]`, `}`.
    Close,
    /// Any other sign.
    Sign,
    /// `{{…}}` inside an expression, joined to a name: `env.{{platform}}_PATH`.
    Nested,
}

/// A piece of an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Depth of brackets around it.
    pub(crate) depth: usize,
}

/// Where the expression that starts at `from` ends: before the first `close` outside of quotes and brackets.
/// `None` when quotes or brackets are not balanced.
pub(crate) fn end_of_expression(text: &str, from: usize, close: &str) -> Option<usize> {
    Scanner { text, at: from, close, open: Vec::new(), previous: None, depth_of_calls: 0 }
        .run(&mut Vec::new())
}

/// The tokens of a whole expression; `None` when it is not balanced.
pub(crate) fn tokens(code: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut scanner =
        Scanner { text: code, at: 0, close: "\0", open: Vec::new(), previous: None, depth_of_calls: 0 };
    scanner.run(&mut found)?;
    Some(found)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    close: &'a str,
    open: Vec<u8>,
    previous: Option<Token>,
    depth_of_calls: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn run(&mut self, tokens: &mut Vec<Token>) -> Option<usize> {
        loop {
            let rest = self.rest();
            let Some(&byte) = rest.first() else {
                return (self.close == "\0" && self.open.is_empty()).then_some(self.at);
            };
            if self.open.is_empty() && rest.starts_with(self.close.as_bytes()) {
                return Some(self.at);
            }
            if byte.is_ascii_whitespace() {
                self.at += 1;
                continue;
            }
            if rest.starts_with(b"//") {
                self.line_comment();
                continue;
            }
            if rest.starts_with(b"/*") {
                let end = self.text[self.at + 2..].find("*/")?;
                self.at += end + 4;
                continue;
            }
            let token = self.token(byte)?;
            tokens.push(token);
            self.previous = Some(token);
        }
    }

    /// A comment ends with its line, or with the template.
    fn line_comment(&mut self) {
        while let Some(&byte) = self.rest().first() {
            if byte == b'\n' || self.open.is_empty() && self.rest().starts_with(self.close.as_bytes()) {
                return;
            }
            self.at += 1;
        }
    }

    fn token(&mut self, byte: u8) -> Option<Token> {
        let (start, mut depth) = (self.at, self.open.len());
        let kind = match byte {
            b'"' | b'\'' => self.quoted(byte)?,
            b'`' => self.template_literal()?,
            b'{' if self.rest().starts_with(b"{{") && self.joined_to_name() => self.nested()?,
            b'(' | b'[' | b'{' => {
                if self.open.len() >= DEEPEST {
                    return None;
                }
                self.open.push(byte);
                self.at += 1;
                Kind::Open
            }
            b')' | b']' | b'}' => {
                let matching = matches!((self.open.pop()?, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
                if !matching {
                    return None;
                }
                depth = self.open.len();
                self.at += 1;
                Kind::Close
            }
            b'/' if self.pattern_may_follow() => self.pattern()?,
            byte if is_name_byte(byte) => {
                let digit = byte.is_ascii_digit();
                while self.rest().first().is_some_and(|byte| is_name_byte(*byte) || digit && *byte == b'.') {
                    self.at += 1;
                }
                if digit { Kind::Value } else { Kind::Name }
            }
            _ => {
                self.at += 1;
                Kind::Sign
            }
        };
        Some(Token { kind, start, end: self.at, depth })
    }

    fn quoted(&mut self, quote: u8) -> Option<Kind> {
        self.at += 1;
        loop {
            match *self.rest().first()? {
                b'\\' => self.at += 2,
                b'\n' => return None,
                byte => {
                    self.at += 1;
                    if byte == quote {
                        return Some(Kind::Value);
                    }
                }
            }
        }
    }

    fn template_literal(&mut self) -> Option<Kind> {
        self.at += 1;
        loop {
            match *self.rest().first()? {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    return Some(Kind::Value);
                }
                b'$' if self.rest().starts_with(b"${") => {
                    let inside = self.at + 2;
                    if self.depth_of_calls > 16 {
                        return None;
                    }
                    let mut inner = Scanner {
                        text: self.text,
                        at: inside,
                        close: "}",
                        open: Vec::new(),
                        previous: None,
                        depth_of_calls: self.depth_of_calls + 1,
                    };
                    self.at = inner.run(&mut Vec::new())? + 1;
                }
                _ => self.at += 1,
            }
        }
    }

    /// `{{` right after a name or a dot: the addition `env.{{platform}}_PATH`.
    fn joined_to_name(&self) -> bool {
        let Some(previous) = self.previous.filter(|previous| previous.end == self.at) else { return false };
        match previous.kind {
            Kind::Name => true,
            Kind::Sign => self.text.as_bytes().get(previous.start) == Some(&b'.'),
            _ => false,
        }
    }

    fn nested(&mut self) -> Option<Kind> {
        if self.depth_of_calls > 16 {
            return None;
        }
        let mut inner = Scanner {
            text: self.text,
            at: self.at + 2,
            close: "}}",
            open: Vec::new(),
            previous: None,
            depth_of_calls: self.depth_of_calls + 1,
        };
        self.at = inner.run(&mut Vec::new())? + 2;
        Some(Kind::Nested)
    }

    /// A `/` here begins a pattern and is no division.
    fn pattern_may_follow(&self) -> bool {
        let Some(previous) = self.previous else { return true };
        let text = &self.text[previous.start..previous.end];
        match previous.kind {
            Kind::Value | Kind::Close | Kind::Nested => false,
            Kind::Name => {
                matches!(text, "return" | "typeof" | "in" | "of" | "void" | "delete" | "new" | "instanceof")
            }
            Kind::Open | Kind::Sign => true,
        }
    }

    fn pattern(&mut self) -> Option<Kind> {
        self.at += 1;
        let mut in_class = false;
        loop {
            match *self.rest().first()? {
                b'\\' => self.at += 2,
                b'\n' => return None,
                b'/' if !in_class => break,
                byte => {
                    in_class = byte == b'[' || in_class && byte != b']';
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        while self.rest().first().is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
        }
        Some(Kind::Value)
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}
