use super::*;
use crate::diag::{Diagnostic, Place};
use crate::id::PathId;
use proptest::prelude::*;

fn at(source: &str) -> Span {
    Span::new(PathId::new("a.md"), 50..50 + source.len())
}

fn under<'s>(source: &'s str, wrong: &Diagnostic) -> &'s str {
    let Some(Place::Span(span)) = wrong.place else { return "no place" };
    &source[span.start as usize - 50..span.end as usize - 50]
}

/// The expression as it is written back, or what is wrong: code, message, part, and what is offered instead.
fn read(source: &str) -> String {
    let parsed = parse(source, at(source));
    let told = parsed.diagnostics.iter().map(|wrong| {
        let edit = wrong.help.iter().find_map(|help| help.edit.clone());
        let offer = edit.map(|(span, with)| {
            let range = span.start as usize - 50..span.end as usize - 50;
            format!(" -> {}{with}{}", &source[..range.start], &source[range.end..])
        });
        format!("{}: {} [{}]{}", wrong.code.name(), wrong.message, under(source, wrong), offer.unwrap_or_default())
    });
    let told: Vec<String> = told.collect();
    match parsed.value {
        Some(shown) => shown.to_string() + &told.concat(),
        None => told.join("\n"),
    }
}

#[test]
fn what_is_written_is_read() {
    for source in [
        "accelerators.rtx-4090.memory",
        "gpus.3090.memory",
        "a.\"RTX 4090\".b",
        "a.\"x\\\"y\\\\\".b",
        "launch-price",
        "launch - price",
        "d.2024-05-09.x",
        "a.b.c | digits 3 | bare",
        "min.a.b",
        "min",
        "min(a, b)",
        "5 min",
        "max(1, 599)",
        "1599",
        "10 GB/s * 2 s",
        "10 GB / s",
        "1 / 2 h",
        "-2^2",
        "(-2)^2",
        "(3 m)^2",
        "2^-3",
        "-(-a)",
        "2026-11-24 - 2024-05-09",
        "a < b and b < c or not (d or e)",
        "a - (b - c)",
        "a / (b / c)",
        "prices[where gpu = id and usd > 3 USD].usd",
        "cards[best].*.memory",
        "if(has(a.b.c), a.b.c, 0 USD) | in EUR",
        "\"a \\\"text\\\"\" = true",
        "1e5 + 2.5e-3",
        "a.b.c | in USD/Mtok | interval",
        "best(cards.*.price) | name",
    ] {
        assert_eq!(read(source), source);
    }
    for (source, want) in [
        (" a.b.größe|bare", "a.b.größe | bare"),
        ("24GB", "24 GB"),
        ("max(1,599)", "max(1, 599)"),
        ("1_599", "1599"),
        ("((a)) + (b * c)", "a + b * c"),
        ("3x", "3 ×"),
        ("50% * 24 GB", "50 % * 24 GB"),
        ("20 tokens/s", "20 tok/s"),
        ("3 and b", "3 and b"),
    ] {
        assert_eq!(read(source), want);
    }
}

#[test]
fn slips_whose_meaning_is_plain_are_offered() {
    for (source, want) in [
        ("3 m^2", "expr-syntax: a power of a number with a unit needs brackets [^] -> (3 m)^2"),
        ("a..b", "expr-syntax: one point stands between two parts of a path [..] -> a.b"),
        ("a.b...\"c d\"", "expr-syntax: one point stands between two parts of a path [...] -> a.b.\"c d\""),
        ("24-8", "expr-syntax: a minus between two values has a space on both sides [-] -> 24 - 8"),
        ("a.b -1", "expr-syntax: a minus between two values has a space on both sides [-] -> a.b - 1"),
        ("1 < x < 3", "expr-syntax: a comparison has two sides [<] -> 1 < x and x < 3"),
        ("- x", "expr-syntax: a sign touches its value [-] -> -x"),
        ("min (a, b)", "expr-syntax: no space stands between a function and its `(` [ ] -> min(a, b)"),
        ("24  GB", "expr-syntax: one space stands between a number and its unit [  ] -> 24 GB"),
        ("maxx(a)", "name-unknown: `maxx` is not a function [maxx] -> max(a)"),
        ("24 GBB", "unit-unknown: `GBB` is not a unit [GBB] -> 24 GB"),
        ("a | digit 3", "filter-unknown: `digit` is not a filter [digit] -> a | digits 3"),
        ("a | in Gb", "unit-unknown: `Gb` is not a unit [Gb] -> a | in GB"),
    ] {
        assert_eq!(read(source), want, "{source}");
    }
    let wrong = &parse("2 GB/price", at("2 GB/price")).diagnostics[0];
    assert!(wrong.help.iter().any(|help| help.text == "to divide by a column, write `GB / price`"), "{wrong:?}");
}

#[test]
fn what_is_no_expression_is_told_with_what_was_expected() {
    let value = "expr-syntax: expected a value such as `table.row.column` or `24 GB`, found";
    for (source, want) in [
        ("", format!("{value} nothing more []")),
        ("  ", format!("{value} nothing more []")),
        ("a +", format!("{value} nothing more []")),
        ("and a", format!("{value} `and` [and]")),
        ("(", format!("{value} nothing more []")),
        (")", format!("{value} `)` [)]")),
        ("a * / b", format!("{value} `/` [/]")),
        ("max(a,,b)", format!("{value} `,` [,]")),
        ("a.", "expr-syntax: expected a name after `.`, in quotes if it is not one word, found nothing more []".into()),
        ("a . b", "expr-syntax: a path has no space round its points [.]".into()),
        ("a b", "expr-syntax: expected an operator, `|` or the end, found `b` [b]".into()),
        ("a.\"b", "expr-syntax: a text without its closing `\"` [\"b]".into()),
        ("(a", "expr-syntax: expected `)`, found nothing more []".into()),
        ("(a b", "expr-syntax: expected an operator or `)`, found `b` [b]".into()),
        ("a[b", "expr-syntax: expected `]`, found nothing more []".into()),
        ("a ==  b", "expr-syntax: `==` is no operator: write `=` [==]".into()),
        ("2^2^2^2^9", "expr-syntax: a power of a power needs brackets [^]".into()),
        ("2^x", "expr-syntax: expected a whole number up to 1000 after `^`, found `x` [x]".into()),
        ("2^2000", "expr-syntax: expected a whole number up to 1000 after `^`, found `2000` [2000]".into()),
        ("1e400", "value-range: a number too large or too small to compute with [1e400]".into()),
        ("007", "expr-syntax: a number has no zeros before it and digits on both sides of its point [007]".into()),
        ("2026-02-30", "expr-syntax: `2026-02-30` is no day of the calendar [2026-02-30]".into()),
        ("ratio(a)", "function-arguments: `ratio` takes 2 arguments [ratio(a)]".into()),
        ("max()", "function-arguments: `max` takes a set, or several values [max()]".into()),
        ("a | digits 2.5", "expr-syntax: expected how many digits, 1 to 30, after `digits`, found `2.5` [2.5]".into()),
        ("a | digits", "expr-syntax: expected how many digits, 1 to 30, after `digits`, found nothing more []".into()),
        ("a | in", "expr-syntax: expected a unit after `in`, found nothing more []".into()),
        ("a | bare bare", "expr-syntax: expected `|` or the end after a filter, found `bare` [bare]".into()),
        ("a | bare | bare", "expr-syntax: the same filter stands twice [bare]".into()),
        ("a.b; c", "expr-syntax: a character that has no meaning in an expression [;]".into()),
        (
            "a |",
            "expr-syntax: expected a filter after `|`: `in UNIT`, `digits N`, `bare`, `interval` or `name`, found \
             nothing more []"
                .into(),
        ),
    ] {
        assert_eq!(read(source), want, "{source}");
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let told = read("24-8 and (a b) > 3 m^2 and 1 < x < 3 | digit 2 | in Gb");
    let lines: Vec<&str> = told.lines().map(|line| line.split(" -> ").next().unwrap()).collect();
    let parts: Vec<&str> = lines.iter().map(|line| &line[line.rfind('[').unwrap()..]).collect();
    assert_eq!(parts, ["[-]", "[b]", "[^]", "[<]", "[digit]", "[Gb]"], "{told}");
    assert_eq!(parse("a b c d e f g h i j k l", at("")).diagnostics.len(), 1);
    assert!(parse(&"a b and ".repeat(100), at("")).diagnostics.len() <= 8);
}

#[test]
fn limits_are_told_at_their_place() {
    assert_eq!(
        read(&"a".repeat(10_001)),
        format!("expr-limit: longer than 10,000 characters [{}]", "a".repeat(10_001))
    );
    for open in ["(", "max(", "a[", "a[where ", "not "] {
        let fits = format!("{}a{}", open.repeat(64), if open.contains('[') { "]" } else { ")" }.repeat(64));
        let fits = if open == "not " { fits.replace(')', "") } else { fits };
        assert!(parse(&fits, at(&fits)).value.is_some(), "{open}: {}", read(&fits));
        let deep = open.repeat(65);
        let told = parse(&deep, at(&deep)).diagnostics;
        assert_eq!(told.iter().map(|d| d.code.name()).collect::<Vec<_>>(), ["nesting"], "{open}");
    }
    let long = vec!["a"; 2_500].join(" + ");
    assert!(parse(&long, at(&long)).value.is_some());
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let deep = format!("{}1{}", "not -2 * (1 + max(".repeat(21), "))".repeat(21));
    let wide = "(".repeat(9_000);
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let read = small.spawn(move || (parse(&deep, at(&deep)).value.is_some(), parse(&wide, at(&wide)).value.is_some()));
    assert_eq!(read.unwrap().join().unwrap(), (true, false));
}

fn nowhere() -> Span {
    Span::top(PathId::new("a.md"))
}

fn whole(kind: Kind) -> Expr {
    Expr { kind, span: nowhere() }
}

/// The expression with every span taken away.
fn without_spans(expr: Expr) -> Expr {
    let one = |expr: Box<Expr>| Box::new(without_spans(*expr));
    let all = |exprs: Vec<Expr>| exprs.into_iter().map(without_spans).collect();
    whole(match expr.kind {
        Kind::Path(base, steps) => {
            let step = |step: Step| {
                let kind = match step.kind {
                    StepKind::Key(expr) => StepKind::Key(without_spans(expr)),
                    StepKind::Where(expr) => StepKind::Where(without_spans(expr)),
                    plain => plain,
                };
                Step { kind, span: nowhere() }
            };
            Kind::Path(one(base), steps.into_iter().map(step).collect())
        }
        Kind::Call(function, arguments) => Kind::Call(function, all(arguments)),
        Kind::Negative(operand) => Kind::Negative(one(operand)),
        Kind::Power(base, exponent) => Kind::Power(one(base), exponent),
        Kind::Sum(first, rest) => Kind::Sum(one(first), rest.into_iter().map(|(s, e)| (s, without_spans(e))).collect()),
        Kind::Product(first, rest) => {
            Kind::Product(one(first), rest.into_iter().map(|(s, e)| (s, without_spans(e))).collect())
        }
        Kind::Compare(a, comparison, b) => Kind::Compare(one(a), comparison, one(b)),
        Kind::Not(operand) => Kind::Not(one(operand)),
        Kind::All(operands) => Kind::All(all(operands)),
        Kind::Any(operands) => Kind::Any(all(operands)),
        plain => plain,
    })
}

fn any_name() -> impl Strategy<Value = Box<str>> {
    "[a-z][a-z0-9_]{0,3}(-[a-z]{1,3})?"
        .prop_filter("a name that is free", |name| {
            !["and", "or", "not", "true", "false", "where", "records", "sources", "row"].contains(&name.as_str())
        })
        .prop_map(Into::into)
}

fn any_expr() -> impl Strategy<Value = Expr> {
    let unit = prop_oneof![
        Just(Unit::NONE),
        proptest::sample::select(vec!["GB", "GB/s", "USD/h", "%", "tok/s/W", "min", "m²"])
            .prop_map(|text| Unit::parse(text).unwrap()),
    ];
    let leaf = prop_oneof![
        ("(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?(e-?[1-9])?", unit)
            .prop_map(|(text, unit)| Kind::Number(text.into(), unit)),
        "\\PC{0,6}".prop_map(|text| Kind::Text(text.into())),
        (1_i16..9999, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Kind::Date(jiff::civil::date(y, m, d))),
        any::<bool>().prop_map(Kind::Bool),
        any_name().prop_map(Kind::Name),
    ];
    leaf.prop_map(whole).prop_recursive(5, 40, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let step = prop_oneof![
            "\\PC{1,6}".prop_map(|name| StepKind::Name(name.into())),
            Just(StepKind::All),
            inner.clone().prop_map(StepKind::Key),
            inner.clone().prop_map(StepKind::Where),
        ]
        .prop_map(|kind| Step { kind, span: nowhere() });
        let some = || proptest::collection::vec(inner.clone(), 2..4);
        let sign = prop_oneof![Just(Sign::Plus), Just(Sign::Minus)];
        let scale = prop_oneof![Just(Scale::Times), Just(Scale::Over)];
        let comparison = proptest::sample::select(Comparison::ALL.to_vec()).prop_map(|(_, comparison)| comparison);
        prop_oneof![
            (boxed(), proptest::collection::vec(step, 1..4)).prop_map(|(base, steps)| Kind::Path(base, steps)),
            some().prop_map(|arguments| Kind::Call(Function::Max, arguments)),
            boxed().prop_map(Kind::Negative),
            (boxed(), -9_i32..9).prop_map(|(base, exponent)| Kind::Power(base, exponent)),
            (boxed(), proptest::collection::vec((sign, inner.clone()), 1..4)).prop_map(|(a, b)| Kind::Sum(a, b)),
            (boxed(), proptest::collection::vec((scale, inner.clone()), 1..4)).prop_map(|(a, b)| Kind::Product(a, b)),
            (boxed(), comparison, boxed()).prop_map(|(a, c, b)| Kind::Compare(a, c, b)),
            boxed().prop_map(Kind::Not),
            some().prop_map(Kind::All),
            some().prop_map(Kind::Any),
        ]
        .prop_map(whole)
    })
}

proptest! {
    #[test]
    fn any_text_gives_a_value_or_mistakes_inside_it(source in "[a-z0-9.|\"\\\\ ()*+<=é\\[\\],^/-]{0,40}|\\PC{0,24}") {
        let parsed = parse(&source, at(&source));
        prop_assert_eq!(parsed.value.is_some(), parsed.diagnostics.is_empty());
        prop_assert!(parsed.diagnostics.len() <= 8);
        for d in &parsed.diagnostics {
            let Some(Place::Span(span)) = d.place else { return Err(TestCaseError::fail("no place")) };
            prop_assert!(span.start >= 50 && span.end as usize <= 50 + source.len());
            prop_assert!(source.get(span.start as usize - 50..span.end as usize - 50).is_some());
        }
    }

    #[test]
    fn words_in_any_order_give_a_value_or_mistakes(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "a", "b.c", "24", "GB", "3 m", "(", ")", "[", "]", "[where ", "max(", ",", "+", " - ", "-", "*", "/", "^", "2",
            "<", "=", " and ", " or ", " not ", ".", "*", "|", "digits", "in", "\"t\"", "2024-05-09", " ", "records",
        ]), 0..24),
    ) {
        let source = words.concat();
        let parsed = parse(&source, at(&source));
        prop_assert_eq!(parsed.value.is_some(), parsed.diagnostics.is_empty());
    }

    #[test]
    fn what_is_written_back_reads_as_the_same(expr in any_expr()) {
        let source = expr.to_string();
        prop_assume!(source.chars().count() <= MAX_CHARS);
        let parsed = parse(&source, at(&source));
        prop_assert!(parsed.diagnostics.is_empty(), "{}: {:?}", source, parsed.diagnostics);
        prop_assert_eq!(without_spans(parsed.value.unwrap().expr), expr, "{}", source);
    }

    #[test]
    fn a_path_as_written_reads_as_itself(names in proptest::collection::vec("\\PC{1,8}", 1..4)) {
        let source = std::iter::once("t".to_owned()).chain(names.iter().map(|n| written(n))).collect::<Vec<_>>().join(".");
        prop_assert_eq!(read(&source), source);
    }
}

#[test]
fn time_grows_with_the_length_only() {
    let time = |source: String| {
        let start = std::time::Instant::now();
        for _ in 0..20 {
            let _ = parse(&source, at(&source));
        }
        start.elapsed()
    };
    for unit in ["a + ", "a b and ", "1 < ", "max(", "a[", "\"x\" = ", "(a) - ", "[", "2^"] {
        let (short, long) = (1_000 / unit.len(), 10_000 / unit.len());
        let (short, long) = (time(unit.repeat(short)), time(unit.repeat(long)));
        assert!(long < short * 60 + std::time::Duration::from_millis(200), "{unit}: {short:?} and {long:?}");
    }
}
