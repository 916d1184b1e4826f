//! Output of programs without a terminal behind it: whole lines, the last state of lines that were overwritten.
//!
//! Must not know: where the lines go.

/// Joins pieces of output into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    open: String,
}

/// A program that never ends its line does not fill the memory.
const LONGEST_OPEN: usize = 64 * 1024;

impl Lines {
    /// Adds a piece; gives the lines that are complete now.
    pub(super) fn add(&mut self, raw: &str) -> Vec<String> {
        self.open.push_str(raw);
        let mut done = Vec::new();
        while let Some(end) = self.open.find('\n') {
            let rest = self.open.split_off(end + 1);
            done.push(last_state(&std::mem::replace(&mut self.open, rest)));
        }
        if self.open.len() > LONGEST_OPEN {
            done.extend(self.finish());
        }
        done
    }

    /// The line that was not ended.
    pub(super) fn finish(&mut self) -> Option<String> {
        let line = last_state(&std::mem::take(&mut self.open));
        (!line.is_empty()).then_some(line)
    }
}

/// What is left on the screen of a line that was overwritten (progress bars).
fn last_state(line: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    line.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overwritten_lines_keep_their_last_state() {
        let mut lines = Lines::default();
        assert_eq!(lines.add("10%\r20"), Vec::<String>::new());
        assert_eq!(lines.add("%\r100%\r\nnext"), ["100%"]);
        assert_eq!(lines.finish().as_deref(), Some("next"));
        assert_eq!(lines.finish(), None);
    }
}
