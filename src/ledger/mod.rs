//! What every output was made from: questions asked of the book, and the hash of each answer.
//!
//! A unit (an outline, an output) is made by a function that may look at the book through a [`Reader`] only. The
//! reader writes down each question ([`Need`]), the place that asked it and the hash of the answer; the result is
//! the unit's [`Trace`]. A unit is up to date as long as all its questions still have the recorded answers.
//!
//! **Invariant:** this module knows neither a book nor HTML. The world is a type parameter, answers come in by
//! closure, and it touches no disk ([`store`] makes and reads bytes, others move them).

#[allow(clippy::module_inception, reason = "the ledger is what the module is about")]
mod ledger;
mod need;
mod reader;
pub mod store;
mod trace;

pub use ledger::{BuildNo, Ledger, Made, Unit, UnitId};
pub use need::Need;
pub use reader::{Ask, Reader};
pub use trace::{Asked, Trace};
