//! What a reader sees of a value: filters, and what is said where there is nothing to show.

use super::{Names, eval, with_way_out};
use crate::diag::{Code, Diagnostic, Parsed, Place, Span};
use crate::number::expr::{Filter, FilterKind, Shown};
use crate::number::print::{self, Style};
use crate::number::value::{Missing, Node, Number, Trouble, Value};

/// A value, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// What a reader sees.
    pub text: String,
    /// All digits of the number, where the value is one.
    pub exact: Option<String>,
    /// Whether it is a number as its source wrote it.
    pub direct: bool,
}

/// Evaluates an expression with its filters, for a place where a missing value is a mistake: a sentence.
pub fn show(shown: &Shown, names: &mut dyn Names) -> Parsed<Option<Printed>> {
    let Parsed { value, mut diagnostics } = eval(&shown.expr, names);
    let Some(value) = value else { return Parsed { value: None, diagnostics } };
    let printed = match &value {
        Value::Missing(missing) => {
            let wrong = absent(missing, "has no value").label("nothing to print");
            Err(Some(Box::new(wrong.help("give it a value, or say in words that it is not known"))))
        }
        value => print(value, shown, names),
    };
    match printed {
        Ok(printed) => Parsed { value: Some(printed), diagnostics },
        Err(wrong) => {
            diagnostics.extend(wrong.map(|wrong| with_way_out(*wrong)));
            Parsed { value: None, diagnostics }
        }
    }
}

/// A value that is not missing, as the filters of `shown` have it.
///
/// # Errors
/// Why it cannot be shown; `None` where that is told elsewhere.
pub fn print(value: &Value, shown: &Shown, names: &mut dyn Names) -> Result<Printed, Option<Box<Diagnostic>>> {
    if let Some(filter) = shown.filters.iter().find(|f| f.kind == FilterKind::Name) {
        return title(value, filter, shown, names);
    }
    let plain = |text: String| Printed { text, exact: None, direct: false };
    let text = match value {
        Value::Number(number) => return with_filters(number, shown).map_err(Some),
        Value::Text(text) => text.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Year(year) => format!("{year:04}"),
        Value::Bool(value) => String::from(if *value { "yes" } else { "no" }),
        Value::Missing(missing) => missing.words.as_deref().unwrap_or_default().to_owned(),
        Value::Set(_) | Value::Node(_) => return Err(Some(Box::new(several(value, shown.expr.span)))),
    };
    match shown.filters.first() {
        Some(filter) => {
            let message = format!("this filter is for numbers, and the value is {}", value.kind());
            Err(Some(Box::new(Diagnostic::new(Code::FilterUnknown, filter.span, message))))
        }
        None => Ok(plain(text)),
    }
}

fn with_filters(number: &Number, shown: &Shown) -> Result<Printed, Box<Diagnostic>> {
    let direct = number.text().is_some();
    let wanted =
        shown.filters.iter().find_map(|f| if let FilterKind::In(unit) = f.kind { Some((unit, f.span)) } else { None });
    let converted = match wanted {
        Some((unit, at)) => Some(number.to(unit).map_err(|trouble| Box::new(not_in(number, trouble, &unit, at)))?),
        None => None,
    };
    if let (None, None, Some((a, b))) = (&converted, number.text(), number.unit().mixed()) {
        let unit = number.unit();
        let message = format!("the result is in `{unit}`, which has both `{a}` and `{b}`");
        let wrong = Diagnostic::new(Code::UnitMixed, shown.expr.span, message);
        let words = unit.dimension().words();
        return Err(Box::new(wrong.help(format!("say which unit is meant, one of {words}: `| in UNIT`"))));
    }
    let number = converted.as_ref().unwrap_or(number);
    let style: Style = shown.style();
    let text = match shown.filters.iter().find(|f| f.kind == FilterKind::Interval) {
        Some(filter) => print::with_interval(number, style).ok_or_else(|| {
            let wrong = Diagnostic::new(Code::FilterUnknown, filter.span, "the number has no interval");
            Box::new(wrong.help("leave the filter away: the spread of this number was not recorded"))
        })?,
        None => print::number(number, style),
    };
    Ok(Printed { text, exact: Some(number.full()), direct })
}

fn not_in(number: &Number, trouble: Trouble, unit: &crate::number::Unit, at: Span) -> Diagnostic {
    let (own, wanted) = (number.unit().dimension().words(), unit.dimension().words());
    match trouble {
        Trouble::Unlike => {
            let message = format!("the value is {own}, and `{unit}` measures {wanted}");
            Diagnostic::new(Code::DimensionMismatch, at, message).label(format!("cannot show {own}"))
        }
        _ => Diagnostic::new(Code::ValueRange, at, "in this unit the value is too large or too small to compute with"),
    }
}

fn title(
    value: &Value,
    filter: &Filter,
    shown: &Shown,
    names: &mut dyn Names,
) -> Result<Printed, Option<Box<Diagnostic>>> {
    if let Some(other) = shown.filters.iter().find(|f| f.kind != FilterKind::Name) {
        let message = "a name is no number: no other filter goes with `name`";
        return Err(Some(Box::new(Diagnostic::new(Code::FilterUnknown, other.span, message))));
    }
    let node: Option<Node> = match value {
        Value::Node(node) => Some(*node),
        Value::Number(number) => number.origin,
        _ => None,
    };
    let Some(node) = node else {
        let message = format!("{} that stands in no row has no name", value.kind());
        return Err(Some(Box::new(Diagnostic::new(Code::FilterUnknown, filter.span, message))));
    };
    names.title(node, filter.span).map(|text| Printed { text, exact: None, direct: false })
}

fn several(value: &Value, at: Span) -> Diagnostic {
    match value {
        Value::Set(members) => {
            let count = print::count(members.len());
            let message = format!("a sentence takes one value, and this is a set of {count}");
            let wrong = Diagnostic::new(Code::ExprType, at, message).label("a set");
            wrong.help("make one value of it: `max(…)`, `mean(…)`, `count(…)`")
        }
        other => {
            let message = "a value is named by its table, its row and its column";
            let wrong = Diagnostic::new(Code::NameUnknown, at, message).label(format!("is {}", other.kind()));
            wrong.help("write `table.row.column`; a name with a space or a point in it stands in quotes")
        }
    }
}

/// That `missing` is not there, with what that prevents.
pub(super) fn absent(missing: &Missing, what: &str) -> Diagnostic {
    let words = missing.words.as_deref().map(|words| format!(": {words}")).unwrap_or_default();
    let message = match what {
        "has no value" => format!("{} has no value{words}", missing.what),
        what => format!("{} has no value{words}, and {what}", missing.what),
    };
    let wrong = Diagnostic::new(Code::ValueMissing, missing.at, message);
    match &missing.place {
        Some(place @ Place::Field(..)) => wrong.also(place.clone(), "nothing was measured here"),
        Some(place) => wrong.also(place.clone(), "this cell is empty"),
        None => wrong,
    }
}

/// That none of `leaders` can be told from the others.
pub(super) fn no_winner(leaders: &[&Number], at: Span) -> Diagnostic {
    let shown = |number: &&Number| {
        let value = print::number(number, Style::default());
        number.origin.map_or(value.clone(), |node| format!("{value} ({node})"))
    };
    let first: Vec<String> = leaders.iter().take(3).map(shown).collect();
    let more = if leaders.len() > 3 { format!(" and {} more", leaders.len() - 3) } else { String::new() };
    let spread = leaders.iter().all(|number| number.interval().is_none());
    let why = if spread { "they are equal as printed" } else { "their intervals do not tell them apart" };
    let message = format!("there is no clear winner among {}{more}", first.join(", "));
    Diagnostic::new(Code::BestUndecided, at, message).label(why)
}
