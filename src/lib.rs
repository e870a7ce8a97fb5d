//! Benchbook, a documentation generator for guides whose numbers must be true.
//!
//! # The way of the data
//!
//! One way, no back and forth: **read → parse → resolve → render → write**. [`Pipeline::update`](pipeline::Pipeline::update)
//! walks it, and every command ([`cli`]) is a few lines round that call; none walks folders or renders a page itself.
//!
//! 1. **read.** [`Snapshot::scan`](read::Snapshot::scan) looks at the folders of the book and says which files differ
//!    from the last time. It is the one door to the disk, and no path through it leads out of the book.
//! 2. **parse.** Bytes become typed values with their places: `book.toml` ([`parse::config`]), `SUMMARY.md`
//!    ([`parse::summary`]), tables, sources and the theme, together [`Data`](resolve::Data); and [`parse::chapter`],
//!    which puts in includes and hides expressions from Markdown. A parser never fails: it gives
//!    [`Parsed`](diag::Parsed), the value and all that is wrong with it.
//! 3. **resolve.** Of each chapter an [`Outline`](resolve::Outline): its title, its headings, what others can see of it.
//!    All outlines fold into the [`Book`](resolve::Book): order, addresses, anchors, neighbours, and the list of
//!    what the site is made of ([`OutputId`](site::OutputId)).
//! 4. **render.** [`render::make`] makes one [`Output`](site::Output) from a reader of the book.
//! 5. **write.** [`Stage`](write::Stage) puts aside what differs from the site on disk and moves it into place by
//!    rename, or leaves the old site whole.
//!
//! # The record
//!
//! Outlines and outputs are the two kinds of *unit* that are cached. A unit reaches the book through a
//! [`Reader`](ledger::Reader) alone: each question ([`Need`](ledger::Need)) is recorded with its answer's hash
//! and the place that needed it, and an unrecorded read does not compile. The [`Ledger`](ledger::Ledger) keeps one answer
//! a need and knows which units asked it. An update asks the recorded questions again and makes the units whose answers
//! moved; what comes out is, byte for byte, what a build from nothing gives (`tests/incremental.rs`). `benchbook why`
//! prints the record of a page.
//!
//! # Beside the way
//!
//! [`diag`] holds the one type of complaint, the list of all codes, and the four writers; [`number`] the arithmetic of
//! units, decimals and expressions, pure; [`import`] what other tools print, as records; [`id`] interned names; [`escape`] one function for each context of HTML.
//! `docs/content/contributors/architecture.md` tells why all of this is as it is, and `tests/layers.rs` says who may call whom.

#![forbid(unsafe_code)]

pub mod cli;
pub mod diag;
pub mod escape;
pub mod id;
pub mod import;
pub mod ledger;
pub mod number;
pub mod parse;
pub mod pipeline;
pub mod read;
pub mod render;
pub mod resolve;
pub mod serve;
pub mod site;
pub mod stamp;
pub mod write;
