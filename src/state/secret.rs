//! A text nobody may print by accident: no `Debug` or `Display` of the content, no serialisation.
//!
//! ```compile_fail
//! println!("{}", pino_state::Secret::new("hf_0123".to_owned())); // a secret has no `Display`
//! ```
//!
//! Must not know: what it opens.

use std::fmt;

/// A token, password or key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text over.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hf_abc".to_owned())), "Secret");
    }
}
