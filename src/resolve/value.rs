//! The value of an expression, as a page shows it, and what it leans on.

use super::compare::Allowed;
use super::data::Data;
use super::names::{Scope, Stale};
use crate::diag::{Diagnostic, Parsed, Span};
use crate::id::Cited;
use crate::ledger::Reader;
use crate::number::eval;
use crate::number::expr;
use crate::parse::chapter::{Across, Inline};

/// A value, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What a reader sees.
    pub text: String,
    /// The exact value, where the text is a number.
    pub exact: Option<String>,
    /// The numbers that it leans on, each once, in the order in which they were met.
    pub cited: Vec<Cited>,
    /// Those of them that are past their age.
    pub stale: Vec<Stale>,
    /// Whether it is what its one source wrote, and not computed.
    pub direct: bool,
    /// Which of the differences that the author means it needed, by their place among those of the chapter.
    pub across: Vec<usize>,
}

/// Evaluates `source`, what stands between the braces at `at`, in a chapter that means the differences `across`. No
/// value comes with a diagnostic, unless the cause is told elsewhere (a cell that could not be read).
pub fn evaluate(source: &str, at: Span, across: &[Across], data: &mut Reader<'_, '_, Data>) -> Parsed<Option<Shown>> {
    let Parsed { value, mut diagnostics } = expr::parse(source, at);
    let Some(shown) = value else { return Parsed { value: None, diagnostics } };
    let mut scope = Scope::new(data);
    scope.allowed = allowed(across);
    let printed = eval::show(&shown, &mut scope);
    diagnostics.extend(printed.diagnostics);
    let met = scope.take();
    diagnostics.extend(met.told);
    let needed = needed(&scope.allowed, across);
    let value = printed.value.map(|printed| Shown {
        text: printed.text,
        exact: printed.exact,
        direct: printed.direct && met.cited.len() == 1,
        cited: met.cited,
        stale: met.stale,
        across: needed,
    });
    Parsed { value, diagnostics }
}

/// The conditions of `across`, one by one.
pub(super) fn allowed(across: &[Across]) -> Vec<Allowed> {
    let fields = across.iter().flat_map(|across| across.fields.iter());
    fields.map(|field| Allowed { field: *field, used: false }).collect()
}

/// Which of `across` were needed, by their places.
pub(super) fn needed(allowed: &[Allowed], across: &[Across]) -> Vec<usize> {
    let is_used = |across: &Across| allowed.iter().any(|a| a.used && across.fields.contains(&a.field));
    across.iter().enumerate().filter(|(_, across)| is_used(across)).map(|(place, _)| place).collect()
}

/// A line of text with its expressions evaluated, as plain text. What is wrong goes to `diagnostics`.
pub fn plain(
    parts: &[Inline],
    across: &[Across],
    data: &mut Reader<'_, '_, Data>,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Inline::Text(text) => out.push_str(text),
            Inline::Expression(source, at) => {
                let parsed = evaluate(source, *at, across, data);
                diagnostics.extend(parsed.diagnostics);
                out.push_str(&parsed.value.map(|shown| shown.text).unwrap_or_default());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use crate::id::{Name, PathId, TableId};
    use crate::ledger::{Need, Trace};
    use crate::read::{self, Files, MemoryFiles, Snapshot};
    use crate::resolve::data;
    use crate::site::Options;
    use std::sync::Arc;

    fn book() -> Data {
        let files = Arc::new(MemoryFiles::default());
        files.write("book.toml", "[book]\ntitle = 'B'\n[benchbook]\n");
        files.write("content/SUMMARY.md", "# S\n");
        files.write(
            "content/data/gpus.csv",
            "id,name,memory,bandwidth,price,seen\nrtx-4090,RTX 4090,24,1008,1599,2025-01-01\n\
             rtx-3090,RTX 3090,24,936.2,1499,2025-02-01\nm2,M2 Ultra,192,800,,2025-03-01\nbad,Bad,x,1,1,2025-01-01\n",
        );
        files.write(
            "content/data/gpus.schema.toml",
            "primaryKey = 'id'\n[[fields]]\nname = 'memory'\ntype = 'number'\nunit = 'GB'\nbetter = 'higher'\n\
             [[fields]]\nname = 'bandwidth'\ntype = 'number'\nunit = 'GB/s'\n\
             [[fields]]\nname = 'price'\ntype = 'number'\nunit = 'USD'\nbetter = 'lower'\nmissing = 'not sold alone'\n\
             [[fields]]\nname = 'seen'\ntype = 'date'\n",
        );
        files.write(
            "content/benchmarks.toml",
            "[llama]\ntitle = 'LLaMA'\nmetrics.tg = { unit = 'tok/s', better = 'higher' }\n\
             metrics.pp = { unit = 'tok/s', better = 'higher' }\nmetrics.load = { unit = 's', missing = 'not timed' }\n\
             same = ['model', 'software.name']\nnear = { 'software.build' = 50 }\n\
             [train]\ntitle = 'T'\nmetrics.step = { unit = 's' }\nsame = ['batch']\n",
        );
        files.write("content/sources.toml", "[xd]\ntitle = 'GPU benchmarks'\nretrieved = 2026-11-24\n");
        let record = |machine: &str, build: u32, model: &str, results: &str| {
            let text = format!(
                r#"{{ "benchmark": "llama", "machine": {{ "id": "{machine}", "accelerator": "Card {machine}" }},
                "software": [{{ "name": "llama.cpp", "build": {build} }}], "conditions": {{ "model": "{model}" }},
                "started_at": "2024-05-09", "source": "xd", "results": {{ {results} }} }}"#
            );
            files.write(&format!("content/measurements/llama/{machine}.json"), text);
        };
        let mean = |metric: &str, value: &str, sd: &str| {
            format!(r#""{metric}": {{ "value": {value}, "unit": "tok/s", "statistic": "mean", "sd": {sd}, "n": 5 }}"#)
        };
        record("rtx-4090", 2824, "8B", &[mean("tg", "127.74", "0.39"), mean("pp", "6898.71", "46.59")].join(", "));
        record("m2", 2824, "8B", &mean("tg", "76.28", "0.2"));
        record("old", 2700, "8B", &mean("tg", "70.0", "0.2"));
        record(
            "big",
            2824,
            "70B",
            r#""tg": { "value": null, "unit": "tok/s", "missing": "does not fit" }, "pp": { "value": 1.5, "unit": "tok/ms" }"#,
        );
        for machine in ["rtx-4090", "m2"] {
            let text = format!(
                r#"{{ "benchmark": "train", "machine": {{ "id": "{machine}" }}, "results": {{ "step": {{ "value": 2.5, "unit": "s" }} }} }}"#
            );
            files.write(&format!("content/measurements/train/{machine}.json"), text);
        }
        files.write("content/data/choice.csv", "id,gpu,hours\nfirst,rtx-3090,2\nnone,zzz,3\n");
        let files: Arc<dyn Files> = files;
        let folders = ["content".to_owned(), "book.toml".to_owned()];
        let (snapshot, _) = Snapshot::empty(files).scan(&folders, &[], read::Scope::All);
        let config = data::read_config(&snapshot);
        Data::read(snapshot, config, Options::default(), jiff::civil::date(2026, 11, 24), None, &[])
    }

    /// What is shown, or each mistake with its place; and the needs.
    fn read(source: &str, data: &Data) -> (String, Vec<Need>) {
        let at = Span::new(PathId::new("content/a.md"), 3..3 + source.len());
        let mut trace = Trace::default();
        let parsed = evaluate(source, at, &[], &mut Reader::new(data, &mut trace));
        let lines = parsed.diagnostics.iter().map(|wrong| {
            assert!(!wrong.help.is_empty(), "no way out: {wrong:?}");
            let Some(Place::Span(span)) = wrong.place else { return "no place".to_owned() };
            format!(
                "{}: {} [{}]",
                wrong.code.name(),
                wrong.message,
                &source[span.range().start - 3..span.range().end - 3]
            )
        });
        let lines: Vec<String> = lines.collect();
        let text = parsed.value.map(|shown| shown.text.replace('\u{a0}', " ")).unwrap_or_default();
        (text + &lines.join("\n"), trace.asked().iter().map(|question| question.need).collect())
    }

    #[test]
    fn tables_are_read_by_path_key_set_and_condition() {
        let data = book();
        for (source, want) in [
            ("gpus.rtx-4090.memory", "24 GB"),
            ("gpus.m2.memory / gpus.rtx-4090.memory", "8.0"),
            ("ratio(gpus.rtx-4090.bandwidth, gpus.rtx-3090.bandwidth)", "1.08×"),
            ("gpus.rtx-3090.bandwidth | in GiB/s", "871.9 GiB/s"),
            ("gpus[choice.first.gpu].name", "RTX 3090"),
            ("if(has(gpus[choice.none.gpu].memory), 1, 0)", "0"),
            ("max(gpus[where price < 1_550 USD and id != \"bad\"].bandwidth)", "936.2 GB/s"),
            ("count(gpus[where bandwidth >= 900 GB/s])", "2"),
            ("best(gpus[where id != \"bad\"].price) | name", "RTX 3090"),
            ("sum(gpus.*.price)", "$3,099"),
            ("gpus.rtx-4090.price / gpus.rtx-4090.memory", "$67/GB"),
            ("gpus.m2.seen - gpus.rtx-4090.seen", "59 d"),
            ("gpus.rtx-4090 | name", "RTX 4090"),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
    }

    #[test]
    fn results_print_with_the_digits_that_their_spread_allows() {
        let data = book();
        assert_eq!(data.diagnostics().map(|d| d.message.clone()).collect::<Vec<_>>(), ["`x` is not a number"]);
        for (source, want) in [
            ("records.llama.rtx-4090.tg", "127.7 tok/s"),
            ("ratio(records.llama.rtx-4090.tg, records.llama.m2.tg)", "1.675×"),
            ("records.llama.rtx-4090.tg / records.llama.rtx-4090.tg", "1.00"),
            ("records.llama.big.pp", "1,500 tok/s"),
            (
                "best(records.llama[where software-build = \"x\"].tg) | name",
                "name-unknown: the benchmark `llama` has no metric `software-build` [software-build]",
            ),
            ("max(records.llama[where model = \"8B\" and id != \"old\"].tg) | name", "Card rtx-4090"),
            ("count(records.llama.*.tg)", "3"),
            ("records.llama.rtx-4090 | name", "Card rtx-4090"),
            ("if(has(records.llama[choice.none.gpu].tg), 1, 0)", "0"),
            ("records.llama.m2.started_at", "2024-05-09"),
            ("records.llama.m2.model", "8B"),
            ("sources.xd.title", "GPU benchmarks"),
            ("if(past(2026-11-23), 1, 0) + if(past(2026-11-24), 10, 0)", "1"),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
    }

    #[test]
    fn what_a_record_does_not_have_is_told() {
        let data = book();
        for (source, want) in [
            ("records.lama.m2.tg", "name-unknown: there is no benchmark `lama` [lama]"),
            ("records.llama.m3.tg", "name-unknown: the benchmark `llama` has no record of a machine `m3` [m3]"),
            ("records.llama.m2.tgg", "name-unknown: the benchmark `llama` has no metric `tgg` [tgg]"),
            (
                "records.llama.m2.pp",
                "value-missing: `records.llama.m2.pp` has no value: not measured [records.llama.m2.pp]",
            ),
            (
                "records.llama.m2.load",
                "value-missing: `records.llama.m2.load` has no value: not timed [records.llama.m2.load]",
            ),
            (
                "records.llama.big.tg",
                "value-missing: `records.llama.big.tg` has no value: does not fit [records.llama.big.tg]",
            ),
            ("sources.xt.title", "name-unknown: there is no source `xt` [xt]"),
            ("row.x", "name-unknown: no row encloses this expression [row]"),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
    }

    #[test]
    fn only_what_may_be_compared_is_compared() {
        let data = book();
        for (source, want) in [
            (
                "ratio(records.llama.rtx-4090.tg, records.llama.old.tg)",
                "incomparable: these results are too far apart in `software.build`, by 124 and not 50: `2700` (llama/old) and \
                 `2824` (llama/rtx-4090) [records.llama.rtx-4090.tg, records.llama.old.tg]",
            ),
            (
                "records.llama.rtx-4090.pp > records.llama.big.pp",
                "incomparable: these results differ in `model`: `70B` (llama/big) and `8B` (llama/rtx-4090) \
                 [records.llama.rtx-4090.pp > records.llama.big.pp]",
            ),
            (
                "records.train.m2.step - records.train.rtx-4090.step",
                "0.0 scondition-unrecorded: none of these results says its `batch`, which must be equal to compare them \
                 [records.train.m2.step - records.train.rtx-4090.step]",
            ),
            ("records.llama.m2.tg * records.train.m2.step", "190 tok"),
            (
                "ratio(records.llama.m2.tg * 1 s, records.train.m2.step * 1 tok/s)",
                "incomparable: results of the benchmarks `llama` and `train` are not the same thing measured \
                 [records.llama.m2.tg * 1 s, records.train.m2.step * 1 tok/s]",
            ),
            (
                "best(records.llama.*.tg)",
                "incomparable: these results are too far apart in `software.build`, by 124 and not 50: `2700` \
             (llama/old) and `2824` (llama/m2) [best(records.llama.*.tg)]",
            ),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
        let at = Span::new(PathId::new("content/a.md"), 3..90);
        let across = Across { fields: vec![Name::new("software.build")], at, why: "x".into() };
        let mut trace = Trace::default();
        let source = "ratio(records.llama.rtx-4090.tg, records.llama.old.tg)";
        let parsed = evaluate(source, at, std::slice::from_ref(&across), &mut Reader::new(&data, &mut trace));
        let shown = parsed.value.unwrap();
        assert_eq!((shown.text.as_str(), shown.across.as_slice(), shown.direct), ("1.825×", [0].as_slice(), false));
        let cited: Vec<String> = shown.cited.iter().map(ToString::to_string).collect();
        assert_eq!(cited, ["llama/rtx-4090/tg", "llama/old/tg"]);
    }

    #[test]
    fn what_is_wrong_is_told_once_at_its_place() {
        let data = book();
        for (source, want) in [
            ("gpus.rtx-409.memory", "name-unknown: the table `gpus` has no row `rtx-409` [rtx-409]"),
            ("gpu.rtx-4090.memory", "name-unknown: there is no table `gpu` [gpu]"),
            ("gpus.rtx-4090.memmory", "name-unknown: the table `gpus` has no column `memmory` [memmory]"),
            ("gpus", "name-unknown: a value is named by its table, its row and its column [gpus]"),
            ("gpus.rtx-4090", "name-unknown: a value is named by its table, its row and its column [gpus.rtx-4090]"),
            ("gpus.m2.price", "value-missing: `gpus.m2.price` has no value: not sold alone [gpus.m2.price]"),
            ("gpus[choice.none.gpu].memory", "value-missing: `gpus.zzz` has no value [gpus[choice.none.gpu]]"),
            ("gpus.rtx-4090.*", "expr-type: a table has members, and this is a row [*]"),
            // The cell is told where it stands.
            ("gpus.bad.memory", ""),
            ("max(gpus.*.memory)", ""),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
    }

    #[test]
    fn a_path_leans_on_its_row_and_a_set_on_its_table() {
        let data = book();
        let gpus = TableId::new("gpus");
        let (_, needs) = read("gpus.rtx-4090.memory * 2", &data);
        assert_eq!(needs, [Need::Columns(gpus), Need::Row(gpus, Name::new("rtx-4090")), Need::Config]);
        let (_, needs) = read("max(gpus[where bandwidth > 900 GB/s].bandwidth)", &data);
        assert_eq!(needs, [Need::Columns(gpus), Need::Table(gpus), Need::Config]);
        let (_, needs) = read("if(has(gpus[choice.none.gpu].memory), 1, 0)", &data);
        assert!(needs.contains(&Need::Row(gpus, Name::new("zzz"))), "{needs:?}");
    }
}
