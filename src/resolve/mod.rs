//! What the book says as a whole: its data, the outline of each chapter, and the fold of all outlines.
//!
//! Three worlds lie on one another: the files ([`crate::read::Snapshot`]), the data read from them ([`Data`]), and the
//! book folded from all outlines ([`Book`]). The fields of the last two are private to this module, and the typed
//! getters of [`Reader`](crate::ledger::Reader) stand here: `render` can ask, and finds nothing else to look at.
//!
//! **Invariant:** this module makes no HTML and touches no disk.

pub mod account;
mod age;
mod book;
mod cite;
mod claim;
mod compare;
mod data;
mod grid;
mod link;
mod lock;
mod names;
mod nav;
mod orphan;
mod outline;
mod reader;
mod records;
mod value;

pub use age::{Dated, Event, Past, Rule};
pub use book::{Book, Moved, Redirect, Usage, receipt_path, table_path};
pub use cite::{Citation, Citations, Use, citations};
pub use claim::claims;
pub use data::{Data, Extra, ExtraKind};
pub use grid::{Cell, Column, Content, Grid, Leaders, Row, grid};
pub use link::{Link, Linked, link};
pub use lock::Lock;
pub use names::Stale;
pub use nav::{NavEntry, Neighbour};
pub use orphan::orphans;
pub use outline::{Outline, outline};
pub use reader::{AllUses, AssetView, Columns, Targets, ThemeView};
pub use records::{BenchmarkNames, OfBenchmark};
pub use value::{Shown, evaluate, plain};

pub(crate) use book::{Outlines, contents_path};
pub(crate) use data::{RESOURCE, chapter_path, fonts_folder, read_config};
pub(crate) use reader::{answer, answer_of_data};
