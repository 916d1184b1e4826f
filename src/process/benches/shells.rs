//! Shells against bare references: a no-op against `bash -c true`, 100 MB against a bare reader.
fn main() {}
