//! What llama-bench prints: JSON, an object a line, CSV, and the Markdown table.
//!
//! Each test (`pp512`, `tg128`) is one result; tests of one model with one set of options are one record. Of the two
//! formats without samples it is taken that there were five repetitions, the tool's default, and the record says so.

use super::field::{Field, Scalar, shown};
use super::pattern::Pattern;
use super::record::Row;
use super::{Format, MAX_RESULTS, Request, Told, Wrong, longcsv};
use crate::diag::{Code, Diagnostic, Span};
use crate::id::PathId;
use crate::parse::csv::{Cell, Rows};
use crate::parse::json::{self, Json, Spanned};

/// One test, as whichever format gives it.
struct Test {
    place: Span,
    /// Its columns, by the names of the JSON.
    columns: Vec<(String, Scalar, Span)>,
    /// The single rates.
    samples: Vec<String>,
}

impl Test {
    fn get(&self, name: &str) -> Option<(&Scalar, Span)> {
        self.columns.iter().find(|(own, ..)| own == name).map(|(_, value, place)| (value, *place))
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).map_or("", |(value, _)| value.text())
    }

    fn count(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }
}

/// How many columns a test may have. llama-bench has some forty.
const MAX_COLUMNS: usize = 1_000;

fn too_many(place: Span) -> Diagnostic {
    Diagnostic::new(Code::DataLimit, place, format!("a test has more than {MAX_COLUMNS} columns"))
}

/// How often a test is repeated unless the command says otherwise.
const DEFAULT_REPETITIONS: &str = "5";

/// Reads the tests of a file.
pub fn rows(format: Format, request: &Request<'_>, notes: &mut Vec<String>, told: &mut Told) -> Vec<Row> {
    let mut tests = match format {
        Format::LlamaBenchJson => from_json(request, told),
        Format::LlamaBenchLines => from_lines(request, told),
        Format::LlamaBenchCsv => from_csv(request, notes, told),
        _ => from_markdown(request, told),
    };
    if let Some(test) = tests.get(MAX_RESULTS) {
        told.push(super::too_many_results(test.place));
        tests.truncate(MAX_RESULTS);
    }
    if !request.only.is_empty() {
        keep_wanted(&mut tests, request, told);
    }
    let rows: Vec<Row> = tests.iter().filter_map(|test| row(test, told)).collect();
    one_run(rows, told)
}

fn keep_wanted(tests: &mut Vec<Test>, request: &Request<'_>, told: &mut Told) {
    let mut names: Vec<String> = Vec::new();
    for (name, ..) in tests.iter().flat_map(|test| &test.columns) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let only: Vec<(usize, Pattern)> = longcsv::only(request, &names, told);
    let is = |test: &Test, column: usize, pattern: &Pattern| {
        names.get(column).is_some_and(|name| pattern.matches(test.text(name)).is_some())
    };
    tests.retain(|test| only.iter().all(|(column, pattern)| is(test, *column, pattern)));
}

/// What is a field of the record, and not one of its conditions.
const FIELDS: [(&str, &str); 3] =
    [("cpu_info", "machine.cpu"), ("build_number", "software.build"), ("build_commit", "software.commit")];
/// What says nothing of the conditions: it is read elsewhere, or is the same measurement in another unit.
const ELSEWHERE: [&str; 14] = [
    "gpu_info",
    "model_type",
    "n_prompt",
    "n_gen",
    "n_depth",
    "test_time",
    "avg_ns",
    "stddev_ns",
    "avg_ts",
    "stddev_ts",
    "samples_ns",
    "samples_ts",
    "backends",
    "test",
];
/// Options that are on or off, and that the formats write as `true`, `1` and the like.
const SWITCHES: [&str; 17] = [
    "cpu_strict",
    "no_kv_offload",
    "use_mmap",
    "use_direct_io",
    "embeddings",
    "no_op_offload",
    "no_host",
    "repack",
    "cuda",
    "opencl",
    "vulkan",
    "kompute",
    "metal",
    "sycl",
    "gpu_blas",
    "blas",
    "f16_kv",
];

/// The result of a test, and the fields of its run.
fn row(test: &Test, told: &mut Told) -> Option<Row> {
    let mut row = Row::new(test.place);
    let wrong = fill(&mut row, test).err();
    let good = wrong.is_none();
    if let Some(wrong) = wrong {
        told.push(wrong);
    }
    good.then_some(row)
}

fn fill(row: &mut Row, test: &Test) -> Result<(), Diagnostic> {
    put(row, "metric", &metric(test)?, test.place)?;
    let Some((value, place)) = test.get("avg_ts") else {
        return Err(Wrong::new("this test has no `avg_ts`").at(Some(test.place)));
    };
    put(row, "value", value.text(), place)?;
    put(row, "unit", "tok/s", place)?;
    put(row, "statistic", "mean", place)?;
    let n = test.samples.len();
    if n != 1
        && let Some((sd, place)) = test.get("stddev_ts")
    {
        put(row, "sd", sd.text(), place)?;
    }
    row.samples.clone_from(&test.samples);
    if n > 0 {
        put(row, "n", &n.to_string(), test.place)?;
    } else {
        put(row, "n", DEFAULT_REPETITIONS, test.place)?;
        row.assumed.push("results.*.n".to_owned());
    }
    put(row, "software.name", "llama.cpp", test.place)?;
    if let Some((build, place)) = test.get("build_number") {
        put(row, "software.version", &format!("b{}", build.text()), place)?;
    }
    for (column, path) in FIELDS {
        if let Some((value, place)) = test.get(column).filter(|(value, _)| !value.text().is_empty()) {
            put(row, path, value.text(), place)?;
        }
    }
    accelerator(row, test)?;
    model(row, test)?;
    if let Some((backend, place)) = test.get("backends").filter(|(value, _)| !value.text().is_empty()) {
        row.set(condition("backend"), Scalar::Text(backend.text().to_owned()), Some(place));
    }
    if let Some((time, place)) = test.get("test_time") {
        put(row, "started_at", time.text(), place)?;
    }
    for (name, value, place) in &test.columns {
        let known = ELSEWHERE.contains(&name.as_str()) || FIELDS.iter().any(|(own, _)| own == name);
        if known || value.text().is_empty() || !crate::parse::benchmark::is_name(name) {
            continue;
        }
        row.set(condition(name), option(name, value), Some(*place));
    }
    Ok(())
}

fn put(row: &mut Row, path: &'static str, text: &str, place: Span) -> Result<(), Diagnostic> {
    let field = Field::known(path);
    let value = field.read(text).map_err(|wrong| wrong.at(Some(place)))?;
    row.set(field, value, Some(place));
    Ok(())
}

fn condition(name: &str) -> Field {
    Field::Condition(name.to_owned())
}

/// An option's value, the same for each format.
fn option(name: &str, value: &Scalar) -> Scalar {
    match (name, value.text()) {
        ("flash_attn", "-1" | "auto") => Scalar::Text("auto".to_owned()),
        ("flash_attn", "0" | "false" | "off") => Scalar::Text("off".to_owned()),
        ("flash_attn", "1" | "true" | "on") => Scalar::Text("on".to_owned()),
        (name, "0" | "false") if SWITCHES.contains(&name) => Scalar::Bool(false),
        (name, "1" | "true") if SWITCHES.contains(&name) => Scalar::Bool(true),
        _ => value.clone(),
    }
}

/// What was measured: `pp512`, `tg128`, `pp512-tg128`, and `-d4096` behind it for a context that was there before.
fn metric(test: &Test) -> Result<String, Diagnostic> {
    if let Some((label, place)) = test.get("test") {
        let name = label.text().replace([' ', '+'], "-").replace("-@-", "-");
        return match crate::parse::benchmark::is_name(&name) {
            true => Ok(name),
            false => Err(Wrong::new(format!("`{}` is no test", shown(label.text()))).at(Some(place))),
        };
    }
    let depth = match test.count("n_depth") {
        0 => String::new(),
        depth => format!("-d{depth}"),
    };
    match (test.count("n_prompt"), test.count("n_gen")) {
        (0, 0) => {
            let wrong = Wrong::new("this test has neither `n_prompt` nor `n_gen`: nothing says what it measured");
            Err(wrong.at(Some(test.get("n_prompt").map_or(test.place, |(_, place)| place))))
        }
        (prompt, 0) => Ok(format!("pp{prompt}{depth}")),
        (0, generated) => Ok(format!("tg{generated}{depth}")),
        (prompt, generated) => Ok(format!("pp{prompt}-tg{generated}{depth}")),
    }
}

/// The GPU; several of one kind are one name and a count.
fn accelerator(row: &mut Row, test: &Test) -> Result<(), Diagnostic> {
    let Some((info, place)) = test.get("gpu_info").filter(|(value, _)| !value.text().trim().is_empty()) else {
        return Ok(());
    };
    let devices: Vec<_> = info.text().split(',').map(str::trim).collect();
    match devices.as_slice() {
        [first, _, ..] if devices.iter().all(|device| device == first) => {
            put(row, "machine.accelerator", first, place)?;
            put(row, "machine.accelerator_count", &devices.len().to_string(), place)
        }
        _ => put(row, "machine.accelerator", info.text(), place),
    }
}

/// The model and its quantization, which llama.cpp prints as one: `qwen2 7B Q4_K - Medium`.
fn model(row: &mut Row, test: &Test) -> Result<(), Diagnostic> {
    let Some((kind, place)) = test.get("model_type").filter(|(value, _)| !value.text().trim().is_empty()) else {
        return Ok(());
    };
    let (model, quantization) = split_model(kind.text().trim());
    for (name, text) in [("model", Some(model)), ("quantization", quantization)] {
        if let Some(text) = text {
            row.set(condition(name), Scalar::Text(text), Some(place));
        }
    }
    Ok(())
}

/// The name of a model, and the name of its quantization as files bear it: `Q4_K_M` of `Q4_K - Medium`.
fn split_model(kind: &str) -> (String, Option<String>) {
    let words: Vec<&str> = kind.split_whitespace().collect();
    let is_quantization = |word: &str| {
        let bare = word.trim_start_matches(['I', 'T']);
        let numbered = bare.strip_prefix('Q').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        numbered || ["F16", "F32", "BF16", "MXFP4"].contains(&word)
    };
    let Some(at) = words.iter().rposition(|word| is_quantization(word)).filter(|at| *at > 0) else {
        return (kind.to_owned(), None);
    };
    let (before, behind) = words.split_at(at);
    let size = match behind.get(1..) {
        Some(["-", "Small", ..]) => "_S",
        Some(["-", "Medium", ..]) => "_M",
        Some(["-", "Large", ..]) => "_L",
        _ => "",
    };
    let name: Vec<&str> =
        before.iter().copied().filter(|word| !["(guessed)", "all", "mostly"].contains(word)).collect();
    (name.join(" "), behind.first().map(|word| format!("{word}{size}")))
}

/// Holds the tests to one set of options: others are other runs. The run began when its first test did.
fn one_run(mut rows: Vec<Row>, told: &mut Told) -> Vec<Row> {
    let started = Field::known("started_at");
    let time = |row: &Row| row.fields.get(&started).map(|given| given.value.text().to_owned());
    if let Some(first) = rows.iter().filter(|row| time(row).is_some()).min_by_key(|row| time(row)).cloned()
        && let Some(given) = first.fields.get(&started)
    {
        for row in rows.iter_mut().filter(|row| row.fields.contains_key(&started)) {
            row.fields.insert(started.clone(), given.clone());
        }
    }
    let Some(first) = rows.first() else { return rows };
    let of_run = |row: &Row| -> Vec<(Field, Scalar, Span)> {
        let run = row.fields.iter().filter(|(field, _)| field.of() == super::field::Of::Run);
        run.map(|(field, given)| (field.clone(), given.value.clone(), given.place.unwrap_or(row.place))).collect()
    };
    let own = of_run(first);
    let differing = rows.iter().flat_map(of_run).find_map(|(field, value, place)| {
        let (_, first, at) = own.iter().find(|(known, ..)| *known == field)?;
        (*first != value).then(|| (field, first.clone(), *at, value, place))
    });
    if let Some((field, first, at, value, place)) = differing {
        let name = field.path();
        let column = match name.as_str() {
            "conditions.model" | "conditions.quantization" => "model_type",
            "conditions.backend" => "backends",
            "machine.accelerator" | "machine.accelerator_count" => "gpu_info",
            other => FIELDS.iter().find(|(_, path)| *path == other).map_or(other, |(own, _)| own),
        };
        let column = column.trim_start_matches("conditions.");
        let message = format!("the file holds more than one run: they differ in `{column}`");
        let wrong = Diagnostic::new(Code::ImportConflict, place, message)
            .label(format!("`{}` here", shown(value.text())))
            .also(at, format!("`{}` here", shown(first.text())))
            .help(format!("a record is one run: take one at a time, as by `--where '{column}={}*'`, each into a benchmark of its own", head(&value, column)));
        told.push(wrong);
        return Vec::new();
    }
    rows
}

/// What `--where` may ask for to have the tests with this value.
fn head(value: &Scalar, column: &str) -> String {
    match (column, value) {
        (_, Scalar::Bool(true)) => "1".to_owned(),
        (_, Scalar::Bool(false)) => "0".to_owned(),
        _ => value.text().to_owned(),
    }
}

// --- JSON ---------------------------------------------------------------------------------------------------------

fn from_json(request: &Request<'_>, told: &mut Told) -> Vec<Test> {
    match json::parse(request.file, request.text) {
        Err(wrong) => {
            told.push(*wrong);
            Vec::new()
        }
        Ok(Spanned { value: Json::Array(items), .. }) => {
            items.into_iter().filter_map(|item| from_object(request.file, item, told)).collect()
        }
        Ok(other) => {
            let place = Span::new(request.file, other.range);
            let message = format!("an array of tests is wanted, and this is {}", other.value.kind());
            told.push(Diagnostic::new(Code::DataSyntax, place, message));
            Vec::new()
        }
    }
}

fn from_lines(request: &Request<'_>, told: &mut Told) -> Vec<Test> {
    let mut out = Vec::new();
    let mut at = if request.text.starts_with('\u{feff}') { 3 } else { 0 };
    for line in request.text.get(at..).unwrap_or_default().split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if line.trim().is_empty() {
            continue;
        }
        match json::parse_part(request.file, request.text, range) {
            Ok(value) => out.extend(from_object(request.file, value, told)),
            Err(wrong) => told.push(*wrong),
        }
    }
    out
}

fn from_object(file: PathId, object: Spanned<'_>, told: &mut Told) -> Option<Test> {
    let place = Span::new(file, object.range);
    let Json::Object(members) = object.value else {
        let message = format!("a test is an object, and this is {}", object.value.kind());
        told.push(Diagnostic::new(Code::DataSyntax, place, message));
        return None;
    };
    if members.len() > MAX_COLUMNS {
        told.push(too_many(place));
        return None;
    }
    let mut test = Test { place, columns: Vec::new(), samples: Vec::new() };
    for (key, value) in members {
        let at = Span::new(file, value.range.clone());
        let scalar = match value.value {
            Json::Null => continue,
            Json::Bool(truth) => Scalar::Bool(truth),
            Json::String(text) => Scalar::Text(text.into_owned()),
            Json::Number(digits) => match Field::known("max").read(digits) {
                Ok(number) => number,
                Err(wrong) => {
                    told.push(
                        Wrong {
                            message: format!(
                                "in `{}`: {}",
                                shown(&key.name),
                                wrong.message.replace("`max`", "the number")
                            ),
                            ..wrong
                        }
                        .at(Some(at)),
                    );
                    return None;
                }
            },
            Json::Array(items) if key.name == "samples_ts" => {
                test.samples = samples(file, items, told)?;
                continue;
            }
            // Other lists are not conditions that could be compared.
            Json::Array(_) | Json::Object(_) => continue,
        };
        test.columns.push((key.name.into_owned(), scalar, at));
    }
    Some(test)
}

fn samples(file: PathId, items: Vec<Spanned<'_>>, told: &mut Told) -> Option<Vec<String>> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        let read = match item.value {
            Json::Number(digits) => Field::known("value").read(digits),
            other => Err(Wrong::new(format!("a sample is a number, and this is {}", other.kind()))),
        };
        match read {
            Ok(number) => out.push(number.text().to_owned()),
            Err(wrong) => {
                told.push(wrong.at(Some(Span::new(file, item.range))));
                return None;
            }
        }
    }
    Some(out)
}

// --- CSV ----------------------------------------------------------------------------------------------------------

/// A column that some versions of llama-bench name in the head, and whose value no row has.
const UNPRINTED: &str = "fit_min_ctx";

fn from_csv(request: &Request<'_>, notes: &mut Vec<String>, told: &mut Told) -> Vec<Test> {
    let mut text = Rows::new(request.text);
    let mut cells = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    if let Some(Ok(_)) = text.next_into(&mut cells) {
        columns = cells.iter().map(|cell| cell.text.to_string()).collect();
    }
    if columns.len() > MAX_COLUMNS {
        told.push(too_many(Span::top(request.file)));
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut unprinted = false;
    while let Some(read) = text.next_into(&mut cells) {
        let place = match read {
            Ok(range) => Span::new(request.file, range),
            Err(wrong) => {
                told.push(longcsv::bad_csv(request.file, wrong));
                continue;
            }
        };
        let printed: Vec<&String> = columns.iter().filter(|name| *name != UNPRINTED).collect();
        let named: Vec<&String> = match cells.len() == columns.len() {
            true => columns.iter().collect(),
            false if cells.len() == printed.len() => printed,
            false => {
                told.push(longcsv::wrong_count(place, cells.len(), columns.len()));
                continue;
            }
        };
        let short = named.len() < columns.len();
        let test = from_cells(request.file, place, &named, &cells);
        if let Err(wrong) = fits(&test, short) {
            told.push(wrong);
            continue;
        }
        unprinted |= short;
        out.push(test);
    }
    if unprinted {
        notes.push(format!(
            "the head names {} columns and the rows have {}: this llama-bench prints no `{UNPRINTED}`; without it every value fits its column",
            columns.len(),
            columns.len() - 1
        ));
    }
    out
}

fn from_cells(file: PathId, place: Span, names: &[&String], cells: &[Cell<'_>]) -> Test {
    let column = |(name, cell): (&&String, &Cell<'_>)| {
        let number = Field::known("value").read(&cell.text).ok().filter(|_| !TEXTS.contains(&name.as_str()));
        let value = number.unwrap_or_else(|| Scalar::Text(cell.text.to_string()));
        ((*name).clone(), value, Span::new(file, cell.range.clone()))
    };
    Test { place, columns: names.iter().zip(cells).map(column).collect(), samples: Vec::new() }
}

/// Columns whose values are texts, also where one looks like a number.
const TEXTS: [&str; 13] = [
    "build_commit",
    "cpu_info",
    "gpu_info",
    "backends",
    "model_filename",
    "model_type",
    "cpu_mask",
    "type_k",
    "type_v",
    "split_mode",
    "devices",
    "tensor_split",
    "test_time",
];

/// Columns whose values are whole numbers.
const WHOLE: [&str; 12] = [
    "build_number",
    "model_size",
    "model_n_params",
    "n_batch",
    "n_ubatch",
    "n_threads",
    "n_prompt",
    "n_gen",
    "n_depth",
    "avg_ns",
    "stddev_ns",
    "poll",
];

/// Whether each value is of its column's kind. Of a row that is short of a value, the rate must also follow from the
/// tokens and the time: else it would be another value that is missing.
fn fits(test: &Test, short: bool) -> Result<(), Diagnostic> {
    for (name, value, place) in &test.columns {
        let text = value.text();
        let good = match name.as_str() {
            name if WHOLE.contains(&name) => !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
            name if SWITCHES.contains(&name) => ["0", "1", "true", "false"].contains(&text),
            "build_commit" => text == "unknown" || text.bytes().all(|b| b.is_ascii_hexdigit()),
            "test_time" => text.contains('T'),
            "avg_ts" | "stddev_ts" => matches!(value, Scalar::Number(_)),
            _ => true,
        };
        if !good {
            let wrong = Wrong::of(Code::DataSyntax, format!("`{}` cannot be `{}`", shown(name), shown(text)));
            return Err(wrong
                .help("the values do not stand below their names; print it again with `-o json`")
                .at(Some(*place)));
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a comparison to one part in fifty")]
    let tokens = (test.count("n_prompt") + test.count("n_gen")) as f64;
    let number = |name| test.get(name).and_then(|(value, _)| value.number()).unwrap_or(0.0);
    let rate = tokens * 1e9 / number("avg_ns");
    let agrees = rate.is_finite() && (rate - number("avg_ts")).abs() <= 0.02 * rate;
    if short && !agrees {
        let message = "this row is short of a value, and it cannot be told which one";
        let wrong = Wrong::of(Code::DataSyntax, message).help("print it again with `-o json`");
        return Err(wrong.at(Some(test.place)));
    }
    Ok(())
}

// --- Markdown -----------------------------------------------------------------------------------------------------

/// What the columns of the table are called, and the name in the JSON.
const HEADS: [(&str, &str); 20] = [
    ("model", "model_type"),
    ("size", "size"),
    ("params", "params"),
    ("backend", "backends"),
    ("ngl", "n_gpu_layers"),
    ("threads", "n_threads"),
    ("fa", "flash_attn"),
    ("sm", "split_mode"),
    ("mg", "main_gpu"),
    ("nkvo", "no_kv_offload"),
    ("ts", "tensor_split"),
    ("ot", "tensor_buft_overrides"),
    ("mmap", "use_mmap"),
    ("dio", "use_direct_io"),
    ("embd", "embeddings"),
    ("ncmoe", "n_cpu_moe"),
    ("dev", "devices"),
    ("nopo", "no_op_offload"),
    ("noh", "no_host"),
    ("t/s", "avg_ts"),
];

/// Whether a line is the head of the table that llama-bench prints.
pub fn is_head(line: &str) -> bool {
    let cells = cells(line);
    cells.iter().any(|(_, text)| *text == "test") && cells.iter().any(|(_, text)| *text == "t/s")
}

/// The cells of a line of a table, each with its first byte; none of any other line.
fn cells(line: &str) -> Vec<(usize, &str)> {
    let bare = line.trim_start_matches('\u{feff}').trim();
    let Some(inner) = bare.strip_prefix('|') else { return Vec::new() };
    let mut at = line.find('|').unwrap_or(0) + 1;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut out = Vec::new();
    for cell in inner.split('|') {
        out.push((at + cell.len() - cell.trim_start().len(), cell.trim()));
        at += cell.len() + 1;
    }
    out
}

fn from_markdown(request: &Request<'_>, told: &mut Told) -> Vec<Test> {
    let mut out: Vec<Test> = Vec::new();
    let mut heads: Vec<String> = Vec::new();
    let mut devices: Vec<(String, Span)> = Vec::new();
    let mut build = None;
    let mut at = 0;
    for line in request.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let own = |from: usize, len: usize| Span::new(request.file, start + from..start + from + len);
        let cells = cells(line);
        if is_head(line) {
            let name =
                |text: &str| HEADS.iter().find(|(head, _)| *head == text).map_or(text, |(_, name)| name).to_owned();
            heads = cells.iter().map(|(_, text)| name(text)).collect();
        } else if cells.is_empty() {
            heads.clear();
            let bare = line.trim();
            let from = line.len() - line.trim_start().len();
            if let Some(found) = Pattern::new("build: * (*)").matches(bare) {
                build = Some((found.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>(), own(from, bare.len())));
            } else if let Some(found) = Pattern::new("Device *: *, compute capability *").matches(bare) {
                devices.extend(found.get(1).map(|name| ((*name).to_owned(), own(from, bare.len()))));
            }
        } else if !heads.is_empty() && !cells.iter().all(|(_, text)| text.bytes().all(|b| matches!(b, b'-' | b':'))) {
            let place = own(0, line.trim_end().len());
            match cells.len() == heads.len() {
                true => out.extend(from_line(place, &heads, &cells, &own, told)),
                false => told.push(longcsv::wrong_count(place, cells.len(), heads.len())),
            }
        }
    }
    for test in &mut out {
        if let Some((found, place)) = &build {
            for (name, text) in ["build_commit", "build_number"].iter().zip(found) {
                test.columns.push(((*name).to_owned(), Scalar::Text(text.clone()), *place));
            }
        }
        if let Some((_, place)) = devices.first() {
            let names: Vec<_> = devices.iter().map(|(name, _)| name.clone()).collect();
            test.columns.push(("gpu_info".to_owned(), Scalar::Text(names.join(", ")), *place));
        }
    }
    out
}

fn from_line(
    place: Span,
    heads: &[String],
    cells: &[(usize, &str)],
    own: &impl Fn(usize, usize) -> Span,
    told: &mut Told,
) -> Option<Test> {
    let mut test = Test { place, columns: Vec::new(), samples: Vec::new() };
    for (name, (from, text)) in heads.iter().zip(cells) {
        let at = own(*from, text.len());
        if name != "avg_ts" {
            let number = Field::known("value").read(text).ok();
            let value = number.unwrap_or_else(|| Scalar::Text((*text).to_owned()));
            test.columns.push((name.clone(), value, at));
            continue;
        }
        // The value and its standard deviation: `127.74 ± 0.39`.
        let parts: Vec<_> = text.split('±').map(str::trim).collect();
        for (name, part) in ["avg_ts", "stddev_ts"].iter().zip(&parts) {
            match Field::known("value").read(part) {
                Ok(number) => test.columns.push(((*name).to_owned(), number, at)),
                Err(wrong) => {
                    told.push(wrong.at(Some(at)));
                    return None;
                }
            }
        }
        if parts.len() > 2 {
            told.push(Wrong::new(format!("`{}` is no rate with its spread", shown(text))).at(Some(at)));
            return None;
        }
    }
    Some(test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_and_its_quantization_are_told_apart() {
        for (kind, model, quantization) in [
            ("qwen2 7B Q4_K - Medium", "qwen2 7B", Some("Q4_K_M")),
            ("llama 8B Q3_K - Large", "llama 8B", Some("Q3_K_L")),
            ("llama 8B mostly F16", "llama 8B", Some("F16")),
            ("llama 8B all F32", "llama 8B", Some("F32")),
            ("gpt-oss 20B MXFP4 MoE", "gpt-oss 20B", Some("MXFP4")),
            ("llama 7B IQ2_XS - 2.3125 bpw", "llama 7B", Some("IQ2_XS")),
            ("qwen3moe 30B.A3B Q8_0", "qwen3moe 30B.A3B", Some("Q8_0")),
            ("llama 7B (guessed) Q4_0", "llama 7B", Some("Q4_0")),
            ("Q4 thing", "Q4 thing", None),
            ("mystery", "mystery", None),
        ] {
            assert_eq!(split_model(kind), (model.to_owned(), quantization.map(str::to_owned)), "{kind}");
        }
    }
}
