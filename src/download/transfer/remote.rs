//! The remote file as its answers describe it, and what that allows to do with what is here.
//!
//! Must not know: how bytes are stored.

use std::time::Duration;

use reqwest::{
    Response,
    header::{
        ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName,
        LAST_MODIFIED, RETRY_AFTER,
    },
};

use super::part::PartState;

/// Where no version mark ties a part to the remote file, this much of its end is fetched again and compared.
const OVERLAP_BYTES: u64 = 64 * 1024;

/// Version marks and size of the remote file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remote {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub total: Option<u64>,
    /// The server says that it sends ranges (or at least does not say that it does not).
    pub has_ranges: bool,
}

/// Whether an answer to a range request can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The rest from the position on.
    Rest,
    /// The whole file: it has changed, or the server knows no ranges.
    Whole,
    /// Something else.
    Wrong(String),
}

/// What to do with a part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing is missing.
    Complete,
    /// It belongs to another version.
    Again,
    /// Fetch from a position on; `check`: what overlaps must be equal.
    From {
        /// Position in the file.
        position: u64,
        /// Compare the overlap.
        check: bool,
    },
}

/// A header as text.
pub(crate) fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

impl Remote {
    /// As the answer to a request for the whole file describes it.
    pub(crate) fn of(response: &Response) -> Self {
        Self::of_headers(response.headers())
    }

    fn of_headers(headers: &HeaderMap) -> Self {
        let is_encoded =
            header_text(headers, CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
        let length = header_text(headers, CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
        Self {
            etag: header_text(headers, ETAG),
            last_modified: header_text(headers, LAST_MODIFIED),
            total: length.filter(|_| !is_encoded),
            has_ranges: header_text(headers, ACCEPT_RANGES).is_some_and(|unit| unit.trim() == "bytes"),
        }
    }

    pub(crate) fn state(&self, url: &str) -> PartState {
        PartState {
            url: url.to_owned(),
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
            total: self.total,
            ..PartState::default()
        }
    }

    /// The mark for `If-Range`; weak marks are not allowed there (RFC 9110 §13.1.5).
    pub(crate) fn if_range(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/")).or(self.last_modified.as_deref())
    }

    /// Checks an answer 206 to a request for everything from `position` on.
    pub(crate) fn fit_of_rest(&self, response: &Response, position: u64) -> Fit {
        self.fit_of_headers(response.headers(), position)
    }

    fn fit_of_headers(&self, headers: &HeaderMap, position: u64) -> Fit {
        let range = header_text(headers, CONTENT_RANGE).unwrap_or_default();
        let Some((start, total)) = parse_range(&range) else {
            return Fit::Wrong(format!("content-range is {range:?}"));
        };
        let etag = header_text(headers, ETAG);
        if start != position {
            Fit::Wrong(format!("it begins at {start} instead of {position}"))
        } else if total.is_some() && self.total.is_some() && total != self.total {
            Fit::Wrong("its size has changed".to_owned())
        } else if etag.is_some() && self.etag.is_some() && etag != self.etag {
            Fit::Wrong("it has changed".to_owned())
        } else {
            Fit::Rest
        }
    }
}

/// `bytes 5-9/10` → (5, 10); the size may be `*`.
fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (span, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (start, _) = span.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

/// Seconds of `Retry-After`; the form with a date is rare and ignored.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    header_text(headers, RETRY_AFTER)?.trim().parse().ok().map(Duration::from_secs)
}

/// What to do with `len` bytes that belong to `state`, when the remote file is `remote`.
pub(crate) fn plan(len: u64, state: Option<&PartState>, remote: &Remote) -> Plan {
    if len == 0 || remote.total.is_some_and(|total| len > total) {
        return Plan::Again;
    }
    match state.map_or(Sameness::Unknown, |state| sameness(state, remote)) {
        Sameness::Different => Plan::Again,
        Sameness::Same if remote.total == Some(len) => Plan::Complete,
        Sameness::Same => Plan::From { position: len, check: false },
        Sameness::Unknown => Plan::From { position: len.saturating_sub(OVERLAP_BYTES), check: true },
    }
}

#[derive(PartialEq, Eq)]
enum Sameness {
    Same,
    Different,
    Unknown,
}

fn sameness(state: &PartState, remote: &Remote) -> Sameness {
    if state.total.is_some() && remote.total.is_some() && state.total != remote.total {
        return Sameness::Different;
    }
    let compare = |old: &Option<String>, new: &Option<String>| match (old, new) {
        (Some(old), Some(new)) if old == new => Sameness::Same,
        (Some(_), Some(_)) => Sameness::Different,
        _ => Sameness::Unknown,
    };
    match compare(&state.etag, &remote.etag) {
        Sameness::Unknown => compare(&state.last_modified, &remote.last_modified),
        known => known,
    }
}

/// The end of a part that must come again, byte for byte.
#[derive(Debug)]
pub(crate) struct Overlap {
    expected: Vec<u8>,
    seen: usize,
}

impl Overlap {
    pub(crate) fn new(expected: Vec<u8>) -> Self {
        Self { expected, seen: 0 }
    }

    /// All of it has come again.
    pub(crate) fn is_over(&self) -> bool {
        self.seen == self.expected.len()
    }

    /// What of the chunk is new; nothing when the overlap differs.
    pub(crate) fn strip<'c>(&mut self, chunk: &'c [u8]) -> Option<&'c [u8]> {
        let again = (self.expected.len() - self.seen).min(chunk.len());
        let same = self.expected[self.seen..self.seen + again] == chunk[..again];
        self.seen += again;
        same.then(|| &chunk[again..])
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a bad header in a test is a failing test")]
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn remote(etag: Option<&str>, total: u64) -> Remote {
        Remote { etag: etag.map(str::to_owned), total: Some(total), ..Remote::default() }
    }

    #[test]
    fn continues_only_the_same_version() {
        let old = remote(Some("\"a\""), 100).state("u");
        assert_eq!(
            plan(40, Some(&old), &remote(Some("\"a\""), 100)),
            Plan::From { position: 40, check: false }
        );
        assert_eq!(plan(100, Some(&old), &remote(Some("\"a\""), 100)), Plan::Complete);
        assert_eq!(plan(40, Some(&old), &remote(Some("\"b\""), 100)), Plan::Again);
        assert_eq!(plan(40, Some(&old), &remote(Some("\"a\""), 101)), Plan::Again);
        assert_eq!(plan(101, Some(&old), &remote(Some("\"a\""), 100)), Plan::Again);
        assert_eq!(plan(40, None, &remote(Some("\"a\""), 100)), Plan::From { position: 0, check: true });
        let blind = remote(None, 200_000).state("u");
        assert_eq!(
            plan(100_000, Some(&blind), &remote(None, 200_000)),
            Plan::From { position: 34_464, check: true }
        );
    }

    #[test]
    fn checks_the_answer_to_a_range() {
        let here = remote(Some("\"a\""), 10);
        let fit = |range: &str, etag: &str| {
            here.fit_of_headers(&headers(&[(CONTENT_RANGE, range), (ETAG, etag)]), 4)
        };
        assert_eq!(fit("bytes 4-9/10", "\"a\""), Fit::Rest);
        assert_eq!(fit("bytes 4-9/*", "\"a\""), Fit::Rest);
        assert!(matches!(fit("bytes 3-9/10", "\"a\""), Fit::Wrong(_)));
        assert!(matches!(fit("bytes 4-9/11", "\"a\""), Fit::Wrong(_)));
        assert!(matches!(fit("bytes 4-9/10", "\"b\""), Fit::Wrong(_)));
        assert!(matches!(fit("nonsense", "\"a\""), Fit::Wrong(_)));
    }

    #[test]
    fn weak_marks_are_not_sent() {
        let weak = Remote { last_modified: Some("then".into()), ..remote(Some("W/\"a\""), 1) };
        assert_eq!(weak.if_range(), Some("then"));
        assert_eq!(remote(Some("\"a\""), 1).if_range(), Some("\"a\""));
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "7")])), Some(Duration::from_secs(7)));
    }

    #[test]
    fn an_encoded_length_is_no_size() {
        let encoded = headers(&[(CONTENT_LENGTH, "5"), (CONTENT_ENCODING, "gzip")]);
        assert_eq!(Remote::of_headers(&encoded).total, None);
    }

    #[test]
    fn strips_the_overlap_across_chunks() {
        let mut overlap = Overlap::new(b"abcd".to_vec());
        assert_eq!(overlap.strip(b"ab"), Some(&b""[..]));
        assert_eq!(overlap.strip(b"cdef"), Some(&b"ef"[..]));
        assert_eq!(overlap.strip(b"gh"), Some(&b"gh"[..]));
        assert_eq!(Overlap::new(b"abcd".to_vec()).strip(b"ax"), None);
    }
}
