//! Progress of downloads and archives as data of a packet.
//!
//! Must not know: who reports it.

use indexmap::IndexMap;
use pino_download::Progress;
use pino_model::Data;

/// `{label, done, total?}`.
pub(crate) fn progress_data(progress: &Progress) -> Data {
    let mut members = IndexMap::from([
        ("label".to_owned(), Data::String(progress.label.clone())),
        ("done".to_owned(), Data::Number(progress.done as f64)),
    ]);
    members.extend(progress.total.map(|total| ("total".to_owned(), Data::Number(total as f64))));
    Data::Object(members)
}
