//! The records of a book and what their benchmarks say of them: read file by file, then held against each other.

use super::data::{TableFile, chapter_path, no_data, read_optional};
use crate::diag::{Code, Diagnostic, Parsed, Place, nearest};
use crate::id::{Name, PathId, RecordId, TableId};
use crate::parse::benchmark::{self, Benchmark};
use crate::parse::config::Config;
use crate::parse::record::{self, Record};
use crate::parse::source::Source;
use crate::read::{self, MAX_TEXT, Snapshot};
use crate::site::Hashed;
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The records of one benchmark, by machine.
pub type OfBenchmark = Vec<(Name, Hashed<Record>)>;

/// All records and benchmarks.
#[derive(Default)]
pub(super) struct Records {
    benchmarks: BTreeMap<Name, Hashed<Benchmark>>,
    /// What each file was read as, and what was wrong with it.
    files: BTreeMap<PathId, Read>,
    by_benchmark: BTreeMap<Name, Hashed<OfBenchmark>>,
    names: Hashed<BenchmarkNames>,
    /// What was wrong with `benchmarks.toml`, with each record, and with what they say of each other.
    told: Vec<Diagnostic>,
}

/// The names of all benchmarks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BenchmarkNames {
    /// Those that are declared, and those that only records name, sorted.
    pub names: Vec<Name>,
    /// Whether no record and no benchmark was lost to a mistake that was told: else what is not there may be among
    /// what was lost.
    pub whole: bool,
}

#[derive(Clone)]
struct Read {
    record: Option<Hashed<Record>>,
    told: Arc<Vec<Diagnostic>>,
}

/// What records are held against.
pub(super) struct Against<'a> {
    pub(super) tables: &'a BTreeMap<TableId, TableFile>,
    /// The sources; `None` where the file of them could not be read, which was told.
    pub(super) sources: Option<&'a BTreeMap<Name, Source>>,
    pub(super) today: Date,
}

impl Records {
    /// Reads the records of `files`; what `before` has of a file that has not changed is taken over.
    pub(super) fn read(
        files: &Snapshot,
        settings: &Config,
        before: Option<&Records>,
        changed: &[PathId],
        against: &Against<'_>,
    ) -> Records {
        let path = chapter_path(settings, "benchmarks.toml");
        let declared = read_optional(files, path, benchmark::benchmarks);
        let whole = declared.diagnostics.is_empty();
        // Of a file that is no TOML nothing is known.
        let declares = whole || !declared.value.is_empty();
        let mut told = declared.diagnostics;
        let benchmarks: BTreeMap<Name, Hashed<Benchmark>> =
            declared.value.into_iter().map(|(name, benchmark)| (name, Hashed::new(benchmark))).collect();
        let changed: rustc_hash::FxHashSet<PathId> = changed.iter().copied().collect();
        let paths = record_files(files, settings);
        let read: Vec<(PathId, Read)> = paths
            .par_iter()
            .map(|path| {
                let known = before.and_then(|before| before.files.get(path)).filter(|_| !changed.contains(path));
                (*path, known.cloned().unwrap_or_else(|| read_one(files, *path)))
            })
            .collect();
        let mut by_id: BTreeMap<RecordId, (PathId, Hashed<Record>)> = BTreeMap::new();
        let mut whole = whole && read.iter().all(|(_, read)| read.record.is_some() && read.told.is_empty());
        for (path, read) in &read {
            told.extend(read.told.iter().cloned());
            let Some(record) = &read.record else { continue };
            match by_id.get(&record.id()) {
                None => {
                    by_id.insert(record.id(), (*path, record.clone()));
                }
                Some((_, first)) => {
                    whole = false;
                    told.push(twice(record, first));
                }
            }
        }
        for (_, record) in by_id.values() {
            check(record, declares.then_some(&benchmarks), against, &mut told);
        }
        let mut by_benchmark: BTreeMap<Name, OfBenchmark> = BTreeMap::new();
        for (id, (_, record)) in by_id {
            by_benchmark.entry(id.benchmark).or_default().push((id.machine, record));
        }
        let mut names: Vec<Name> = benchmarks.keys().chain(by_benchmark.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        Records {
            benchmarks,
            files: read.into_iter().collect(),
            by_benchmark: by_benchmark.into_iter().map(|(name, all)| (name, Hashed::new(all))).collect(),
            names: Hashed::new(BenchmarkNames { names, whole }),
            told,
        }
    }

    /// What is wrong.
    pub(super) fn diagnostics(&self) -> &[Diagnostic] {
        &self.told
    }

    /// Whether the records are those of `other`.
    pub(super) fn are_of(&self, other: &Records) -> bool {
        let hash = |all: &Hashed<OfBenchmark>| all.hash_value();
        self.by_benchmark.values().map(hash).eq(other.by_benchmark.values().map(hash))
    }

    /// Every record, by benchmark and machine.
    pub(super) fn all(&self) -> impl Iterator<Item = &Hashed<Record>> {
        self.by_benchmark.values().flat_map(|all| all.iter()).map(|(_, record)| record)
    }

    pub(super) fn benchmark(&self, name: Name) -> Option<&Hashed<Benchmark>> {
        self.benchmarks.get(&name)
    }

    pub(super) fn names(&self) -> &Hashed<BenchmarkNames> {
        &self.names
    }

    pub(super) fn of_benchmark(&self, name: Name) -> Option<&Hashed<OfBenchmark>> {
        self.by_benchmark.get(&name)
    }

    pub(super) fn record(&self, id: RecordId) -> Option<&Hashed<Record>> {
        let all = self.by_benchmark.get(&id.benchmark)?;
        let at = all.binary_search_by(|(machine, _)| machine.cmp(&id.machine)).ok()?;
        all.get(at).map(|(_, record)| record)
    }
}

/// The files of records, sorted.
fn record_files(files: &Snapshot, settings: &Config) -> Vec<PathId> {
    let folder = chapter_path(settings, "measurements/");
    let is_record = |path: &&PathId| path.as_str().starts_with(folder.as_str()) && path.as_str().ends_with(".json");
    files.paths().iter().filter(is_record).copied().collect()
}

fn read_one(files: &Snapshot, path: PathId) -> Read {
    let parsed = match files.bytes(path, MAX_TEXT).map(|bytes| read::as_text(path, bytes)) {
        Ok(Ok(text)) => record::record(path, &text),
        Ok(Err(wrong)) => Parsed { value: None, diagnostics: vec![*wrong] },
        Err(problem) => Parsed { value: None, diagnostics: vec![no_data(path, &problem)] },
    };
    Read { record: parsed.value.map(Hashed::new), told: Arc::new(parsed.diagnostics) }
}

fn twice(record: &Record, first: &Record) -> Diagnostic {
    let message = format!("two files are the record `{}`", record.id());
    let wrong = Diagnostic::new(Code::RecordTwice, record.place("machine.id"), message).label("this one");
    let wrong = wrong.also(first.place("machine.id"), "and this one");
    wrong.help("give the second run a longer machine id, such as `rtx-4090-b2833`, and its file that name")
}

/// What a record says against its benchmark, its source, the tables and the calendar.
fn check(
    record: &Record,
    benchmarks: Option<&BTreeMap<Name, Hashed<Benchmark>>>,
    against: &Against<'_>,
    told: &mut Vec<Diagnostic>,
) {
    let id = record.id();
    match benchmarks.map(|benchmarks| (benchmarks, benchmarks.get(&id.benchmark))) {
        None => {}
        Some((_, Some(benchmark))) => check_results(record, benchmark, told),
        Some((benchmarks, None)) => {
            let message = format!("there is no benchmark `{}`", id.benchmark);
            let wrong = Diagnostic::new(Code::BenchmarkUnknown, record.place("benchmark"), message);
            let known = benchmarks.keys().map(|name| name.as_str());
            told.push(match nearest(id.benchmark.as_str(), known) {
                Some(near) => wrong.help(format!("did you mean `{near}`?")),
                None => wrong.help(format!("declare it in `content/benchmarks.toml`: `[{}]`", id.benchmark)),
            });
        }
    }
    if let (Some(source), Some(sources)) = (record.source(), against.sources)
        && !sources.contains_key(&source)
    {
        let wrong =
            Diagnostic::new(Code::SourceUnknown, record.place("source"), format!("there is no source `{source}`"));
        told.push(match nearest(source.as_str(), sources.keys().map(|name| name.as_str())) {
            Some(near) => wrong.help(format!("did you mean `{near}`?")),
            None => {
                wrong.help(format!("describe it in `content/sources.toml`: `[{source}]` with `title`, `url`, `kind`"))
            }
        });
    }
    if let Some(day) = record.started().filter(|day| *day > against.today) {
        let message = format!("the run began on {day}, and today is {}", against.today);
        let wrong = Diagnostic::new(Code::DateFuture, record.place("started_at"), message);
        told.push(wrong.help("correct the date, or the clock of this machine"));
    }
    if against.tables.contains_key(&TableId(id.benchmark)) {
        let message = format!("the table and the benchmark `{}` would have one address in `/numbers/`", id.benchmark);
        let wrong = Diagnostic::new(Code::DataName, record.place("benchmark"), message);
        told.push(wrong.help("rename the benchmark, or the file of the table"));
    }
}

fn check_results(record: &Record, benchmark: &Benchmark, told: &mut Vec<Diagnostic>) {
    for result in record.results() {
        let field = |key: &str| record.place(&format!("results.{}{key}", result.metric));
        match benchmark.metric(result.metric) {
            None => {
                let message = format!("the benchmark `{}` has no metric `{}`", record.id().benchmark, result.metric);
                let wrong = Diagnostic::new(Code::RecordMismatch, field(""), message);
                let wrong = wrong.also(Place::Span(benchmark.place()), "the benchmark");
                let known = benchmark.metrics.iter().map(|metric| metric.name.as_str());
                told.push(match nearest(result.metric.as_str(), known) {
                    Some(near) => wrong.help(format!("did you mean `{near}`?")),
                    None => wrong.help("declare it among the benchmark's `metrics`, with its unit"),
                });
            }
            Some(metric) if metric.is_known && metric.unit.dimension() != result.unit.dimension() => {
                let words = |unit: crate::number::Unit| match unit.is_none() {
                    true => "a plain number".to_owned(),
                    false => unit.dimension().words(),
                };
                let message =
                    format!("`{}` is {}, and this result is {}", metric.name, words(metric.unit), words(result.unit));
                let wrong = Diagnostic::new(Code::RecordMismatch, field(".unit"), message);
                let wrong = wrong.also(Place::Span(metric.place()), format!("declared in `{}`", metric.unit));
                told.push(wrong.help("correct the unit here or there"));
            }
            Some(_) => {}
        }
    }
}
