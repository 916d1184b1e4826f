//! Compressed streams: a tar inside, or one file.
//!
//! Must not know: how tar is read.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use super::{ArchiveKind, ExtractError, Job, kind, stage::Marks, tarball};

const BUFFER_BYTES: usize = 1 << 16;
/// Archives that need more memory than this to be read are refused.
const MEMORY_BYTES: u64 = 512 << 20;
/// zstd calls it "window"; 2^27 is what its own tool allows.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Unpacks a tar, compressed or not, or one compressed file.
pub(super) fn unpack_stream(job: &mut Job<'_>, file: File, kind: ArchiveKind) -> Result<(), ExtractError> {
    let raw = BufReader::with_capacity(BUFFER_BYTES, file);
    let mut stream = BufReader::with_capacity(BUFFER_BYTES, open(raw, kind, job.archive)?);
    let head = peek(&mut stream).map_err(|error| job.broken(error))?;
    if kind::is_tar(&head) {
        return tarball::unpack(job, Read::chain(head.as_slice(), stream));
    }
    let name = plain_name(job.archive);
    job.budget.entry()?;
    let target = job.stage.file(Path::new(&name), Marks::default())?;
    job.copy(&mut Read::chain(head.as_slice(), stream), target, &name)
}

fn open(raw: BufReader<File>, kind: ArchiveKind, path: &Path) -> Result<Box<dyn Read>, ExtractError> {
    let broken = |cause: String| ExtractError::Broken { path: path.to_owned(), cause };
    Ok(match kind {
        ArchiveKind::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        ArchiveKind::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
        ArchiveKind::Xz => {
            let stream =
                liblzma::stream::Stream::new_stream_decoder(MEMORY_BYTES, liblzma::stream::CONCATENATED);
            let stream = stream.map_err(|error| broken(error.to_string()))?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(raw, stream))
        }
        ArchiveKind::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(raw).map_err(|error| broken(error.to_string()))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|error| broken(error.to_string()))?;
            Box::new(decoder)
        }
        ArchiveKind::Tar | ArchiveKind::Zip | ArchiveKind::SevenZip => Box::new(raw),
    })
}

/// The first block.
fn peek(stream: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(512);
    stream.take(512).read_to_end(&mut head)?;
    Ok(head)
}

/// `model.safetensors.zst` → `model.safetensors`.
fn plain_name(archive: &Path) -> String {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = Path::new(&name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let is_known = [".gz", ".xz", ".zst", ".bz2"].iter().any(|ending| name.to_lowercase().ends_with(ending));
    if is_known && !stem.is_empty() { stem } else { format!("{name}.unpacked") }
}
