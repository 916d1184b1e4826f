//! Apps as data: one file each, read, checked, filtered and compared.
//!
//! Must not know: SQL, servers, who asks.
