//! The event stream of a Gradio call (server-sent events, WHATWG HTML §9.2), read piece by piece.
//!
//! Must not know: the network.

/// Longest line that is kept; results with pictures inside are large.
const LINE_LIMIT_BYTES: usize = 64 << 20;

/// A whole event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerEvent {
    pub(super) name: String,
    pub(super) data: String,
}

/// Collects bytes until an event is whole.
#[derive(Default)]
pub(super) struct EventReader {
    line: Vec<u8>,
    name: String,
    data: Option<String>,
}

/// The stream is no event stream worth reading on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl EventReader {
    /// Takes in bytes; gives the events they complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ServerEvent>, TooLong> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
            events.extend(self.take_line(line.trim_end_matches('\r')));
        }
        self.line.extend_from_slice(rest);
        let kept = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if kept > LINE_LIMIT_BYTES { Err(TooLong) } else { Ok(events) }
    }

    /// An empty line ends an event; lines that begin with a colon are comments.
    fn take_line(&mut self, line: &str) -> Option<ServerEvent> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            return self.data.take().map(|data| ServerEvent { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(name: &str, data: &str) -> ServerEvent {
        ServerEvent { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn reads_events_of_several_lines_and_skips_comments() {
        let text = b": hi\nevent: generating\ndata: [1]\r\n\r\nevent: complete\ndata: [\ndata: 2]\n\n\n";
        let events = EventReader::default().feed(text);
        assert_eq!(events, Ok(vec![event("generating", "[1]"), event("complete", "[\n2]")]));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..400) {
            let whole = EventReader::default().feed(&bytes);
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            let mut reader = EventReader::default();
            let mut pieces = reader.feed(left).unwrap_or_default();
            pieces.extend(reader.feed(right).unwrap_or_default());
            prop_assert_eq!(whole, Ok(pieces));
        }
    }
}
