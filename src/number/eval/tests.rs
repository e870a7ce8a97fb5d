use super::*;
use crate::diag::Place;
use crate::id::{Name, PathId};
use crate::number::expr;
use crate::number::quantity::Quantity;
use crate::number::stats::Uncertainty;
use crate::number::value::Better;
use proptest::prelude::*;

/// The table of the reference: three cards, of which the last has no price and no speed.
#[derive(Default)]
struct Cards {
    left_out: usize,
    undecided: usize,
    /// How many rows `many` has.
    many: usize,
}

const KEYS: [&str; 3] = ["a", "b", "c"];

fn number(text: &str, unit: &str, exact: bool) -> Number {
    Number::source(&Quantity::new(text, Unit::parse(unit).unwrap()).unwrap(), exact)
}

impl Cards {
    fn cell(row: usize, column: &str) -> Option<Option<Value>> {
        let pick = |of: [Option<&str>; 3]| of[row].map(str::to_owned);
        let measured = |text: &str, sd| {
            let number = number(text, "tok/s", false);
            let uncertainty = Uncertainty::of_mean(number.value(), sd, 5).unwrap();
            number.with_uncertainty(Name::new(text), &uncertainty)
        };
        Some(match column {
            "name" => pick([Some("Card A"), Some("Card B"), Some("Card C")]).map(|t| Value::Text(t.into())),
            "memory" => pick([Some("24"), Some("24"), Some("16")]).map(|t| Value::Number(number(&t, "GB", true))),
            "bandwidth" => {
                pick([Some("1008"), Some("936.2"), Some("800")]).map(|t| Value::Number(number(&t, "GB/s", false)))
            }
            "price" => pick([Some("1599"), Some("1399"), None]).map(|t| Value::Number(number(&t, "USD", true))),
            "speed" => pick([Some("127.74"), Some("127.50"), None]).map(|t| Value::Number(measured(&t, 0.39))),
            "seen" => Some(Value::Date(jiff::civil::date(2024, 5, 9))),
            "made" => Some(Value::Year(2020 + row as i16)),
            "ok" => Some(Value::Bool(row == 0)),
            _ => return None,
        })
    }
}

fn nothing<T>(code: Code, at: Span, message: String) -> Found<T> {
    Err(Some(Box::new(Diagnostic::new(code, at, message))))
}

impl Names for Cards {
    fn root(&mut self, name: &str, at: Span) -> Found<Node> {
        match name {
            "cards" | "many" | "none" => Ok(Node::root(Name::new(name))),
            _ => nothing(Code::NameUnknown, at, format!("no table `{name}`")),
        }
    }

    fn column(&mut self, name: &str, at: Span) -> Found<Value> {
        match name {
            "two" => Ok(Value::Number(number("2", "h", true))),
            "s" => Ok(Value::Number(number("5", "s", true))),
            "min" => Ok(Value::Text("a column".into())),
            "launch-price" => Ok(Value::Text("one name".into())),
            "key" => Ok(Value::Text("b".into())),
            "lost" => Ok(Value::Text("zzz".into())),
            _ => nothing(Code::NameUnknown, at, format!("no column `{name}`")),
        }
    }

    fn step(&mut self, node: Node, asked: Asked<'_>) -> Found<Value> {
        let names: Vec<Name> = node.names().collect();
        let missing = |what: String| {
            Ok(Value::Missing(Box::new(Missing { what: what.into(), words: None, at: asked.path, place: None })))
        };
        match names.as_slice() {
            [root] if root.as_str() == "cards" => match KEYS.contains(&asked.name) {
                true => Ok(Value::Node(node.below(Name::new(asked.name)).unwrap())),
                false if asked.computed => missing(format!("`cards.{}`", asked.name)),
                false => nothing(Code::NameUnknown, asked.at, format!("no row `{}`", asked.name)),
            },
            [_, key] => {
                let row = KEYS.iter().position(|k| *k == key.as_str()).unwrap_or(0);
                match Cards::cell(row, asked.name) {
                    Some(Some(Value::Number(mut number))) => {
                        number.origin = Some(node);
                        number.better = match asked.name {
                            "price" => Some(Better::Lower),
                            "speed" => Some(Better::Higher),
                            _ => None,
                        };
                        Ok(Value::Number(number))
                    }
                    Some(Some(value)) => Ok(value),
                    Some(None) => missing(format!("`{node}.{}`", asked.name)),
                    None => nothing(Code::NameUnknown, asked.at, format!("no column `{}`", asked.name)),
                }
            }
            _ => nothing(Code::NameUnknown, asked.at, "no such thing".into()),
        }
    }

    fn members(&mut self, node: Node, at: Span) -> Found<Vec<Node>> {
        let names: Vec<Name> = node.names().collect();
        match names.as_slice() {
            [root] if root.as_str() == "cards" => Ok(KEYS.iter().map(|k| node.below(Name::new(k)).unwrap()).collect()),
            [root] if root.as_str() == "many" => Ok(vec![node.below(Name::new("a")).unwrap(); self.many]),
            [_] => Ok(Vec::new()),
            _ => nothing(Code::ExprType, at, "a row has no members".into()),
        }
    }

    fn title(&mut self, node: Node, _at: Span) -> Found<String> {
        let key = node.names().nth(1).map_or("?", Name::as_str);
        Ok(format!("Card {}", key.to_uppercase()))
    }

    fn is_past(&mut self, date: Date, _at: Span) -> Found<bool> {
        Ok(date < jiff::civil::date(2026, 11, 24))
    }

    fn left_out(&mut self, count: usize, _at: Span) {
        self.left_out += count;
    }

    fn undecided(&mut self, _at: Span) {
        self.undecided += 1;
    }
}

fn at(source: &str) -> Span {
    Span::new(PathId::new("a.md"), 7..7 + source.len())
}

/// What is shown, or each mistake: code, message, part.
fn read_with(source: &str, names: &mut Cards) -> String {
    let parsed = expr::parse(source, at(source));
    let mut told = parsed.diagnostics;
    let mut text = None;
    if let Some(shown) = parsed.value {
        let printed = show(&shown, names);
        told.extend(printed.diagnostics);
        text = printed.value.map(|printed| printed.text);
    }
    let lines = told.iter().map(|wrong| {
        let Some(Place::Span(span)) = wrong.place else { return "no place".into() };
        format!(
            "{}: {} [{}]",
            wrong.code.name(),
            wrong.message,
            &source[span.start as usize - 7..span.end as usize - 7]
        )
    });
    let lines: Vec<String> = lines.collect();
    (text.unwrap_or_default() + &lines.join("\n")).replace('\u{a0}', " ")
}

fn read(source: &str) -> String {
    read_with(source, &mut Cards::default())
}

/// Adds to `wrong` what `source` gives, where that is not `want`.
fn check(wrong: &mut Vec<String>, source: &str, want: &str) {
    let got = read(source);
    if got != want {
        wrong.push(format!("{source}\n  gives  {got}\n  and not {want}"));
    }
}

#[test]
fn each_example_of_the_reference_prints_what_it_says() {
    let reference = crate::number::reference();
    for entry in reference.functions.iter().chain(&reference.filters) {
        assert_eq!(read(entry.example), entry.result.replace('\u{a0}', " "), "{}", entry.example);
    }
    assert!(reference.units.len() > 60 && reference.rates.iter().any(|(short, _)| *short == "TFLOPS"));
}

#[test]
fn what_must_hold() {
    let mut wrong = Vec::new();
    for (source, want) in [
        ("-2^2", "−4"),
        ("10 GB/s * 2 s", "20 GB"),
        ("10 GB / s", "2 GB/s"),
        ("1 / 2 h", "0.5/h"),
        ("launch-price", "one name"),
        ("2026-11-24 - 2024-05-09", "929 d"),
        ("2024-05-09 + 30 d", "2024-06-08"),
        ("2024-05-09 - 48 h", "2024-05-07"),
        ("max(1,599)", "599"),
        ("max(1_599)", "1,599"),
        ("5 min", "5 min"),
        ("min(2 s, 1 s)", "1 s"),
        ("min", "a column"),
        ("cards.a.memory", "24 GB"),
        ("cards.a.memory / cards.c.memory", "1.5"),
        ("(3 m)^2", "9 m²"),
        ("cards[key].name", "Card B"),
        ("cards.\"a\".memory | bare", "24"),
        ("24 GB | in GiB", "22.3517 GiB"),
        ("cards.a.bandwidth | in GiB/s", "938.8 GiB/s"),
        ("10 GB/s * 2 h | in TB", "72 TB"),
        ("300 W * 2 h", "600 W·h"),
        ("300 W * 2 h | in kWh", "0.6 kWh"),
        ("300 W * 2 h * 0.30 USD/kWh | in USD", "$0.18"),
        ("1_599 USD / 2", "$799.50"),
        ("cards.a.price / 7", "$228.43"),
        ("not (1 s > 2 s)", "yes"),
        ("24 GB = 24_000 MB and 1 h = 60 min", "yes"),
        ("cards.a.made = 2020 and cards.a.made < cards.b.made", "yes"),
        ("max(cards.*.seen)", "2024-05-09"),
        ("max(cards.*.made)", "2022"),
        ("count(cards.*)", "3"),
        ("count(cards.*.price)", "2"),
        ("count(cards[where ok])", "1"),
        ("max(cards[where memory >= 24 GB and price < 1_500 USD].bandwidth)", "936.2 GB/s"),
        (
            "cards[where name = \"Card C\"].memory | bare",
            "expr-type: a sentence takes one value, and this is a set of 1 [cards[where name = \"Card C\"].memory]",
        ),
        ("max(cards.*[where memory < 20 GB].memory)", "16 GB"),
        ("mean(cards.*.bandwidth)", "915 GB/s"),
        ("median(cards.*.bandwidth)", "936.2 GB/s"),
        ("median(1 s, 2 s)", "1.5 s"),
        ("sum(cards.*.bandwidth)", "2,744 GB/s"),
        ("round(cards.*.price, 2)", "expr-type: a set cannot be computed with [cards.*.price]"),
        ("change(cards.a.price, cards.b.price)", "−12.5%"),
        ("ratio(cards.a.speed, cards.a.speed)", "1.00×"),
        ("cards.a.speed + 1 tok/s", "128.7 tok/s"),
        ("cards.a | name", "Card A"),
        (
            "break_even(600 USD, 0.70 USD/h, 0.70 USD/h)",
            "value-missing: the break-even has no value: never [break_even(600 USD, 0.70 USD/h, 0.70 USD/h)]",
        ),
        ("if(cards.c.ok, 1 / 0, 2)", "2"),
        ("50 % * 24 GB", "12 GB"),
        ("1 / 3", "0.333333"),
        ("0.1 + 0.2", "0.3"),
    ] {
        check(&mut wrong, source, want);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mistake_is_told_at_its_part() {
    let mut wrong = Vec::new();
    for (source, want) in [
        ("1 USD + 1 EUR", "dimension-mismatch: euros cannot be added to US dollars [1 EUR]"),
        ("24 GB = 24", "dimension-mismatch: bytes and a plain number cannot be compared [24]"),
        ("ratio(24 GB, 2 s)", "dimension-mismatch: bytes and time have no ratio [2 s]"),
        ("max(1 s, 2 GB)", "dimension-mismatch: time and bytes do not go together in `max` [2 GB]"),
        ("24 GB | in s", "dimension-mismatch: the value is bytes, and `s` measures time [in s]"),
        ("1 USD | in EUR", "dimension-mismatch: the value is US dollars, and `EUR` measures euros [in EUR]"),
        ("10 GB/s * 2 h", "unit-mixed: the result is in `GB·h/s`, which has both `h` and `s` [10 GB/s * 2 h]"),
        ("60 min / 1 h", "unit-mixed: the result is in `min/h`, which has both `min` and `h` [60 min / 1 h]"),
        ("2024-05-09 + 1 month", "expr-type: a month has no fixed number of days [1 month]"),
        ("2024-05-09 + 1.5 d", "expr-type: a date is moved by whole days [1.5 d]"),
        ("2024-05-09 + 1 GB", "dimension-mismatch: a date is moved by days, and this is bytes [1 GB]"),
        ("2024-05-09 + 99_999_999 d", "value-range: the date is outside the calendar [99_999_999 d]"),
        ("2024-05-09 + 2024-05-09", "expr-type: a date cannot be added to a date [2024-05-09]"),
        ("1 / (2 - 2)", "value-range: a division by zero [(2 - 2)]"),
        ("1e308 * 1e308", "value-range: the result is too large or too small to compute with [1e308 * 1e308]"),
        ("9^999", "value-range: the result is too large or too small to compute with [9^999]"),
        ("(3 m)^7", "value-range: the unit of the result has too many symbols [(3 m)^7]"),
        ("cards.a.name + 1", "expr-type: a text cannot be added to or taken from [cards.a.name]"),
        ("2 * cards.a.name", "expr-type: a text cannot be multiplied [cards.a.name]"),
        ("cards.a.name = 1", "expr-type: a text and a number cannot be compared [1]"),
        ("cards.a.name < \"x\"", "expr-type: `<` does not compare a text with another [\"x\"]"),
        ("cards.*.memory * 2", "expr-type: a set cannot be multiplied [cards.*.memory]"),
        ("cards.a and true", "expr-type: a condition is wanted, and this is a row [cards.a]"),
        ("cards.a", "name-unknown: a value is named by its table, its row and its column [cards.a]"),
        ("cards.a.memory.x", "expr-type: a number has no part `x` [x]"),
        ("cards.z.memory", "name-unknown: no row `z` [z]"),
        ("cards[\"z\"].memory", "name-unknown: no row `z` [\"z\"]"),
        ("cards[lost].memory", "value-missing: `cards.zzz` has no value [cards[lost]]"),
        ("cards.c.price", "value-missing: `cards.c.price` has no value [cards.c.price]"),
        ("cards.c.price * 2 + 1 USD", "value-missing: `cards.c.price` has no value [cards.c.price]"),
        (
            "cards.c.price > 2 USD",
            "value-missing: `cards.c.price` has no value, and cannot be compared [cards.c.price]",
        ),
        ("max(none.*.x)", "value-missing: `max` has nothing to choose from: every member is missing [max(none.*.x)]"),
        ("best(cards.*.memory)", "expr-type: it is not known which way is better [best(cards.*.memory)]"),
        (
            "best(cards.*.speed)",
            "best-undecided: there is no clear winner among 127.7 tok/s (cards.a), 127.5 tok/s (cards.b) \
             [best(cards.*.speed)]",
        ),
        ("cards.a.name | bare", "filter-unknown: this filter is for numbers, and the value is a text [bare]"),
        ("cards.a.memory | interval", "filter-unknown: the number has no interval [interval]"),
        ("1 | name", "filter-unknown: a number that stands in no row has no name [name]"),
        (
            "cards.a.memory | name | bare",
            "filter-unknown: a name is no number: no other filter goes with `name` [bare]",
        ),
        ("round(1 s, 0)", "expr-type: `round` keeps a whole number of digits, 1 to 30 [0]"),
        ("past(3)", "expr-type: `past` takes a date, and this is a number [3]"),
        (
            "cards.*.memory[where x]",
            "expr-type: a condition chooses among rows, and this is a set of values [[where x]]",
        ),
    ] {
        check(&mut wrong, source, want);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn both_sides_are_searched_and_nothing_is_told_twice() {
    let told = read("(1 USD + 1 EUR) * (2 s + 3 GB) + nowhere.x");
    let codes: Vec<&str> = told.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(codes, ["dimension-mismatch", "dimension-mismatch", "name-unknown"], "{told}");
    assert_eq!(read("count(cards[where memory > 3])").lines().count(), 1);
    assert_eq!(read("max(cards.*.nothing)").lines().count(), 1);
}

#[test]
fn a_condition_leaves_out_what_is_missing() {
    let mut cards = Cards::default();
    assert_eq!(read_with("count(cards[where price < 9_999 USD])", &mut cards), "2");
    assert_eq!(cards.left_out, 1);
    let mut cards = Cards::default();
    assert_eq!(read_with("count(cards[where has(price) and price < 9_999 USD])", &mut cards), "2");
    assert_eq!(cards.left_out, 0);
    assert_eq!(read("has(cards.c.price) and cards.c.price > 1 USD"), "no");
    assert_eq!(read("count(cards[where memory = 16 GB or price > 1_500 USD])"), "2");
}

#[test]
fn values_that_their_intervals_do_not_tell_apart_are_undecided() {
    let mut cards = Cards::default();
    assert_eq!(read_with("cards.a.speed > cards.b.speed", &mut cards), "no");
    assert_eq!(cards.undecided, 1);
    assert_eq!(read("cards.a.speed > 100 tok/s"), "yes");
}

#[test]
fn sets_and_work_have_limits() {
    let with = |source: &str, many| read_with(source, &mut Cards { many, ..Cards::default() });
    assert_eq!(with("count(many.*)", 100_000), "100,000");
    assert_eq!(with("count(many.*)", 1_000_000), "expr-limit: a set of 1,000,000 members [*]");
    assert_eq!(with("count(many.*, many.*)", 60_000), "expr-limit: a set of 120,000 members [count(many.*, many.*)]");
    let nested = with("count(many[where count(many[where memory > 1 GB]) > 0])", 50_000);
    assert!(nested.starts_with("expr-limit: the expression takes more than 2,000,000 steps"), "{nested}");
    let sums = format!("count({})", vec!["many.*.memory"; 500].join(" , "));
    assert!(with(&sums, 90_000).starts_with("expr-limit"), "bounded in memory as well");
}

#[test]
fn the_deepest_expression_is_computed_on_a_small_stack() {
    let deep = format!("{}1{}", "-2 * (1 + max(".repeat(31), "))".repeat(31));
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let text = small.spawn(move || read(&deep)).unwrap().join().unwrap();
    assert!(!text.contains("expr-limit") && !text.is_empty(), "{text}");
    let long = vec!["1"; 2_000].join(" + ");
    assert_eq!(read(&long), "2,000");
}

proptest! {
    #[test]
    fn any_expression_has_a_value_or_mistakes(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "cards", ".a", ".*", ".memory", ".price", ".name", "24", " GB", " USD", "(", ")", "[where ", "]", "max(", ", ",
            " + ", " - ", "-", " * ", " / ", "^2", " < ", " = ", " and ", "true", "\"t\"", "2024-05-09", " | in GB", "has(",
        ]), 0..16),
    ) {
        let source = words.concat();
        let _ = read(&source);
    }

    #[test]
    fn what_is_printed_reads_as_the_value_within_its_interval(
        a in 1e-3_f64..1e6, b in 1e-3_f64..1e6, sd in 1e-4_f64..1e2, n in 2_usize..20,
    ) {
        let of = |id: &str, value: f64| {
            let number = number(&format!("{value:.5}"), "GB", false);
            let uncertainty = Uncertainty::of_mean(number.value(), sd, n).unwrap();
            number.with_uncertainty(Name::new(id), &uncertainty)
        };
        for derived in [of("a", a).plus(&of("b", b)).unwrap(), of("a", a).over(&of("b", b)).unwrap()] {
            let text = crate::number::print::number(&derived, Default::default());
            let source = text.replace(['\u{a0}', ','], "").replace('\u{2212}', "-");
            let source = source.replace("GB", " GB");
            prop_assume!(!source.contains('×'));
            let parsed = expr::parse(&source, at(&source)).value.unwrap();
            let Some(Value::Number(again)) = eval(&parsed.expr, &mut Cards::default()).value else {
                return Err(TestCaseError::fail(source));
            };
            let interval = derived.interval().unwrap();
            prop_assert!(again.value() >= interval.low && again.value() <= interval.high, "{} {:?}", source, interval);
            prop_assert_eq!(again.unit(), derived.unit());
        }
    }
}
