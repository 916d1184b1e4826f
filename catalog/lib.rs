//! Apps as data: one file each, read, checked, filtered and compared.
//!
//! Must not know: SQL (full-text search is the state's), servers, who asks.

mod app;
mod error;
mod facets;
mod filter;
mod fit;
mod load;
mod refresh;
mod signed;
mod similar;

pub use app::{Accelerator, App, Category, Need, Platform, Ports, Transport};
pub use error::CatalogError;
pub use facets::{Facets, facets};
pub use filter::Filter;
pub use fit::{Fit, Machine, fit};
pub use load::{Catalog, Origin};
pub use refresh::{Refreshed, refresh};
pub use signed::{IndexSource, read_verified};
pub use similar::similar;
