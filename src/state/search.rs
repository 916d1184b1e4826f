//! Full-text search over documents: ranked by bm25, the last word may be unfinished, small typing errors are forgiven.
//!
//! Must not know: what the documents are.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, params};
use serde::Serialize;

/// Candidates for a word that does not occur.
const CANDIDATES: i64 = 40;
/// Words a misspelt one may stand for.
const CORRECTIONS: usize = 4;
/// Words of a query that count.
const MAX_WORDS: usize = 12;

/// Something to be found.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What a hit tells.
    pub id: String,
    /// Texts in the order of the index's fields; missing ones are empty.
    pub fields: Vec<String>,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The document.
    pub id: String,
    /// Higher is better.
    pub score: f64,
}

/// Why there is no search.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// `SQLite` refuses.
    #[error("the search index does not work: {0}. Please report this")]
    Index(#[from] rusqlite::Error),
}

/// An index in memory. Searches may come from any thread.
pub struct SearchIndex {
    connection: Mutex<Connection>,
    fields: usize,
    rank: String,
}

impl SearchIndex {
    /// An empty index over fields with these weights: a title counts more than a description.
    pub fn new(weights: &[f64]) -> Result<Self, SearchError> {
        let connection = Connection::open_in_memory()?;
        let columns: Vec<String> = (0..weights.len()).map(|field| format!("f{field}")).collect();
        connection.execute_batch(&format!(
            "CREATE VIRTUAL TABLE documents USING fts5 (id UNINDEXED, {}, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
             CREATE VIRTUAL TABLE vocabulary USING fts5vocab (documents, row);
             CREATE VIRTUAL TABLE words USING fts5 (word, tokenize = 'trigram', detail = 'none', columnsize = 0);",
            columns.join(", ")
        ))?;
        let weights: Vec<String> = weights.iter().map(|weight| format!("{weight:.3}")).collect();
        // the first weight is the id's, which is not searched
        let rank = format!("bm25(documents, 0.0, {})", weights.join(", "));
        Ok(Self { connection: Mutex::new(connection), fields: weights.len(), rank })
    }

    /// Replaces all documents.
    pub fn replace(&self, documents: impl IntoIterator<Item = Document>) -> Result<usize, SearchError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        transaction.execute_batch("DELETE FROM documents; DELETE FROM words;")?;
        let mut count = 0;
        {
            let places =
                (1..=self.fields + 1).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ");
            let mut insert = transaction.prepare(&format!("INSERT INTO documents VALUES ({places})"))?;
            for mut document in documents {
                document.fields.resize(self.fields, String::new());
                let values = std::iter::once(&document.id).chain(&document.fields);
                insert.execute(rusqlite::params_from_iter(values))?;
                count += 1;
            }
        }
        transaction.execute_batch(
            "INSERT INTO words SELECT term FROM vocabulary WHERE length(term) >= 3;
             INSERT INTO documents (documents) VALUES ('optimize');
             INSERT INTO words (words) VALUES ('optimize');",
        )?;
        transaction.commit()?;
        Ok(count)
    }

    /// The best documents for a text a person has typed. All words have to occur; when that finds nothing, words that do not
    /// occur are replaced by similar ones, and then any word will do.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<Hit>, SearchError> {
        let words = words_of(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let exact: Vec<_> = words.iter().map(|word| prefix(word)).collect();
        let hits = self.matching(&connection, &exact.join(" AND "), limit)?;
        if !hits.is_empty() {
            return Ok(hits);
        }
        let corrected =
            words.iter().map(|word| corrected(&connection, word)).collect::<Result<Vec<_>, _>>()?;
        let known: Vec<_> = corrected.into_iter().flatten().collect();
        for glue in [" AND ", " OR "] {
            let hits = self.matching(&connection, &known.join(glue), limit)?;
            if !hits.is_empty() {
                return Ok(hits);
            }
        }
        Ok(Vec::new())
    }

    fn matching(&self, connection: &Connection, query: &str, limit: usize) -> Result<Vec<Hit>, SearchError> {
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT id, {rank} AS score FROM documents WHERE documents MATCH ?1 ORDER BY score LIMIT ?2",
            rank = self.rank
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![query, limit as i64], |row| {
            // SQLite's bm25 is better the smaller it is
            Ok(Hit { id: row.get(0)?, score: -row.get::<_, f64>(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Letters and digits, in small letters; everything else separates.
fn words_of(query: &str) -> Vec<String> {
    let parts = query.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).take(MAX_WORDS).collect()
}

/// Words hold letters and digits only, so quotes are safe.
fn prefix(word: &str) -> String {
    format!("\"{word}\"*")
}

/// A word as a query: itself when it occurs, else similar words; `None` when there are none.
fn corrected(connection: &Connection, word: &str) -> Result<Option<String>, SearchError> {
    let occurs = "SELECT EXISTS (SELECT 1 FROM documents WHERE documents MATCH ?1)";
    if connection.prepare_cached(occurs)?.query_row([prefix(word)], |row| row.get(0))? {
        return Ok(Some(prefix(word)));
    }
    let trigrams = trigrams(word);
    if trigrams.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT word FROM words WHERE words MATCH ?1 ORDER BY rank LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_map(params![trigrams.join(" OR "), CANDIDATES], |row| row.get::<_, String>(0))?;
    let allowed = if word.chars().count() <= 4 { 1 } else { 2 };
    let mut close = Vec::new();
    for candidate in rows {
        let candidate = candidate?;
        let distance = distance(word, &candidate);
        if distance <= allowed {
            close.push((distance, candidate));
        }
    }
    close.sort();
    let alternatives: Vec<_> =
        close.iter().take(CORRECTIONS).map(|(_, word)| format!("\"{word}\"")).collect();
    Ok((!alternatives.is_empty()).then(|| format!("({})", alternatives.join(" OR "))))
}

/// Runs of three characters. A word with one wrong letter in the middle keeps those beside it.
fn trigrams(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut found: Vec<String> =
        letters.windows(3).map(|three| format!("\"{}\"", three.iter().collect::<String>())).collect();
    // neighbours that were swapped leave no trigram of a short word: try them the other way round
    for at in 0..letters.len().saturating_sub(1) {
        let mut swapped = letters.clone();
        swapped.swap(at, at + 1);
        let window = swapped[at.saturating_sub(1)..].iter().take(3).collect::<String>();
        if window.chars().count() == 3 {
            found.push(format!("\"{window}\""));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Edits between two words, a swap of neighbours counted as one (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let replaced = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    fn index() -> SearchIndex {
        let index = SearchIndex::new(&[10.0, 1.0]).unwrap();
        let documents = [
            ("comfy", "ComfyUI", "node based interface for Stable Diffusion"),
            ("forge", "Stable Diffusion Forge", "image generation in the browser"),
            ("whisper", "Whisper WebUI", "speech to text, Übersetzung"),
            ("other", "Notes", "a diary"),
        ];
        let document = |(id, title, text): (&str, &str, &str)| Document {
            id: id.to_owned(),
            fields: vec![title.to_owned(), text.to_owned()],
        };
        assert_eq!(index.replace(documents.map(document)).unwrap(), 4);
        index
    }

    fn ids(query: &str) -> Vec<String> {
        index().search(query, 10).unwrap().into_iter().map(|hit| hit.id).collect()
    }

    #[test]
    fn titles_count_more_than_descriptions() {
        assert_eq!(ids("stable diffusion"), ["forge", "comfy"]);
    }

    #[test]
    fn unfinished_words_and_accents_are_found() {
        assert_eq!(ids("comf"), ["comfy"]);
        assert_eq!(ids("ubersetz"), ["whisper"]);
    }

    #[test]
    fn small_typing_errors_are_forgiven() {
        for query in ["comfyiu", "whispr", "wisper", "difusion forge", "stabel diffusion forge"] {
            assert!(!ids(query).is_empty(), "{query}");
        }
        assert_eq!(ids("whispr"), ["whisper"]);
        assert_eq!(ids("zzzzzz"), Vec::<String>::new());
    }

    #[test]
    fn no_text_breaks_the_query_language() {
        for query in ["\"", "a AND", "NEAR(", "f0:x", "*", "-", "(((", "x\" OR \"y", "\u{0}", "😀"] {
            index().search(query, 5).unwrap();
        }
    }

    #[test]
    fn distance_counts_swaps_once() {
        assert_eq!(
            (distance("comfyiu", "comfyui"), distance("abc", "abc"), distance("a", "abcd")),
            (1, 0, usize::MAX)
        );
    }
}
