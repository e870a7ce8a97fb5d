//! What an expression comes to.
//!
//! Pure: whatever an expression names is asked of [`Names`], so what an expression depends on is what was asked. There
//! is no state and no loop; the work of one expression is bounded by [`MAX_STEPS`]. A mistake is told where it is
//! found, both sides of an operation are searched for mistakes, and what needs a mistaken part is not told again.

mod call;
mod show;
#[cfg(test)]
mod tests;

use super::expr::{Comparison, Expr, Kind, Scale, Sign, Step, StepKind};
use super::unit::Unit;
use super::value::{Missing, Node, Number, Order, Trouble, Value};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::Name;
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Ordering;

pub use show::{Printed, print, show};

/// How many members a set may have.
pub const MAX_SET: usize = 100_000;

/// How many parts of an expression may be computed, members of sets counted each.
pub const MAX_STEPS: usize = 2_000_000;

/// What was found, or what is wrong: `Err(None)` where that is told elsewhere.
pub type Found<T> = Result<T, Option<Box<Diagnostic>>>;

/// A name in a path, on the way from a node.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The name.
    pub name: &'a str,
    /// Where it stands.
    pub at: Span,
    /// The path up to it.
    pub path: Span,
    /// Whether it was computed: then what is not there is [`Value::Missing`], not a mistake.
    pub computed: bool,
}

/// What an expression can name.
pub trait Names {
    /// The root `name`: a table.
    ///
    /// # Errors
    /// What is wrong with the name.
    fn root(&mut self, name: &str, at: Span) -> Found<Node>;

    /// The column `name` of the row that encloses the expression as a whole.
    ///
    /// # Errors
    /// What is wrong with the name, or that no row encloses the expression.
    fn column(&mut self, name: &str, at: Span) -> Found<Value>;

    /// What lies beneath `node`: a row of a table, a cell of a row.
    ///
    /// # Errors
    /// What is wrong with the name.
    fn step(&mut self, node: Node, asked: Asked<'_>) -> Found<Value>;

    /// All that lies beneath `node`, in the order of the data.
    ///
    /// # Errors
    /// That nothing does.
    fn members(&mut self, node: Node, at: Span) -> Found<Vec<Node>>;

    /// The title of a row.
    ///
    /// # Errors
    /// That it has none.
    fn title(&mut self, node: Node, at: Span) -> Found<String>;

    /// Whether `date` lies before the day of the build.
    ///
    /// # Errors
    /// That the day is not known.
    fn is_past(&mut self, date: Date, at: Span) -> Found<bool>;

    /// Is told that a condition left out `count` members, because a comparison met a missing value.
    fn left_out(&mut self, _count: usize, _at: Span) {}

    /// Is told that the comparison at `at` is of values which their intervals do not tell apart. It counts as false.
    fn undecided(&mut self, _at: Span) {}

    /// Whether `results`, by their names, may stand in one comparison: two or more of them, sorted, each once.
    ///
    /// # Errors
    /// In what they differ that they must not.
    fn comparable(&mut self, _results: &[Name], _at: Span) -> Found<()> {
        Ok(())
    }

    /// Is told what each side of a comparison came to, and where it stands.
    fn compared(&mut self, _left: (Span, &Value), _right: (Span, &Value)) {}
}

/// The value of `expr`; `None` where the diagnostics say why, or the cause is told elsewhere.
pub fn eval(expr: &Expr, names: &mut dyn Names) -> Parsed<Option<Value>> {
    counted(expr, names, &mut 0)
}

/// As [`eval`], and adds the steps that it took to `steps`.
pub fn counted(expr: &Expr, names: &mut dyn Names, steps: &mut usize) -> Parsed<Option<Value>> {
    let mut eval = Eval { names, scope: Vec::new(), told: Vec::new(), steps: 0, leaves_out: false };
    let value = eval.expr(expr).ok();
    *steps = steps.saturating_add(eval.steps);
    Parsed { value, diagnostics: eval.told }
}

/// Whether the condition `expr` holds of the row that encloses it; `Some(None)` where a missing value decides. Adds the
/// steps that it took to `steps`.
pub fn holds(expr: &Expr, names: &mut dyn Names, steps: &mut usize) -> Parsed<Option<Option<bool>>> {
    let mut eval = Eval { names, scope: Vec::new(), told: Vec::new(), steps: 0, leaves_out: true };
    let value = eval.condition(expr).ok().map(Result::ok);
    *steps = steps.saturating_add(eval.steps);
    Parsed { value, diagnostics: eval.told }
}

/// The mark of a part that has no value because of a mistake that was told.
struct Told;

type Answer<T = Value> = Result<T, Told>;

struct Eval<'n> {
    names: &'n mut dyn Names,
    /// The rows of the conditions that are being tested, the nearest last.
    scope: Vec<Node>,
    told: Vec<Diagnostic>,
    steps: usize,
    /// Whether the expression is itself a condition that leaves out what it meets no value of.
    leaves_out: bool,
}

impl Eval<'_> {
    fn expr(&mut self, expr: &Expr) -> Answer {
        self.spend(1, expr.span)?;
        match &expr.kind {
            Kind::Number(text, unit) => match Number::typed(text, *unit) {
                Ok(number) => Ok(Value::Number(number)),
                // The parser has told it.
                Err(_) => Err(Told),
            },
            Kind::Text(text) => Ok(Value::Text(text.clone())),
            Kind::Date(date) => Ok(Value::Date(*date)),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Name(name) => self.column(name, expr.span),
            Kind::Path(base, steps) => self.path(base, steps),
            Kind::Call(function, arguments) => self.call(*function, arguments, expr.span),
            Kind::Negative(operand) => self.negative(operand),
            Kind::Power(base, exponent) => self.power(base, *exponent, expr.span),
            Kind::Sum(first, rest) => self.sum(first, rest),
            Kind::Product(first, rest) => self.product(first, rest),
            Kind::Compare(a, comparison, b) => self.compare(a, *comparison, b, expr.span),
            Kind::Not(operand) => Ok(match self.condition(operand)? {
                Ok(holds) => Value::Bool(!holds),
                Err(missing) => Value::Missing(missing),
            }),
            Kind::All(all) => self.until(all, false),
            Kind::Any(any) => self.until(any, true),
        }
    }

    /// Counts work, so that no expression takes for ever.
    fn spend(&mut self, steps: usize, at: Span) -> Answer<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps <= MAX_STEPS {
            return Ok(());
        }
        let message = "the expression takes more than 2,000,000 steps to compute";
        self.fail(
            Diagnostic::new(Code::ExprLimit, at, message)
                .help("filter the larger set first, or add a column to the data"),
        )
    }

    fn fail<T>(&mut self, wrong: Diagnostic) -> Answer<T> {
        self.told.push(with_way_out(wrong));
        Err(Told)
    }

    fn found<T>(&mut self, found: Found<T>) -> Answer<T> {
        found.map_err(|wrong| {
            self.told.extend(wrong.map(|wrong| *wrong));
            Told
        })
    }

    fn column(&mut self, name: &str, at: Span) -> Answer {
        let found = match self.scope.last() {
            Some(row) => self.names.step(*row, Asked { name, at, path: at, computed: false }),
            None => self.names.column(name, at),
        };
        self.found(found)
    }

    fn path(&mut self, base: &Expr, steps: &[Step]) -> Answer {
        let mut value = match &base.kind {
            Kind::Name(name) => {
                let root = self.names.root(name, base.span);
                Value::Node(self.found(root)?)
            }
            _ => self.expr(base)?,
        };
        for step in steps {
            let path = Span { end: step.span.end, ..base.span };
            value = match &step.kind {
                StepKind::Name(name) => self.follow(value, Asked { name, at: step.span, path, computed: false })?,
                StepKind::All => Value::Set(self.members(&value, step.span)?.into_iter().map(Value::Node).collect()),
                StepKind::Key(key) => match self.key(key)? {
                    Ok(name) => {
                        let computed = !matches!(key.kind, Kind::Text(_));
                        self.follow(value, Asked { name: &name, at: key.span, path, computed })?
                    }
                    Err(missing) => Value::Missing(missing),
                },
                StepKind::Where(condition) => {
                    let members = self.members(&value, step.span)?;
                    self.filtered(members, condition, step.span)?
                }
            };
        }
        Ok(value)
    }

    fn follow(&mut self, value: Value, asked: Asked<'_>) -> Answer {
        match value {
            Value::Node(node) => {
                let found = self.names.step(node, asked);
                self.found(found)
            }
            Value::Set(members) => {
                self.spend(members.len(), asked.at)?;
                let all: Answer<Vec<Value>> = members.into_iter().map(|member| self.follow(member, asked)).collect();
                Ok(Value::Set(all?))
            }
            Value::Missing(missing) => Ok(Value::Missing(missing)),
            other => {
                let message = format!("{} has no part `{}`", other.kind(), asked.name.escape_debug());
                self.fail(Diagnostic::new(Code::ExprType, asked.at, message).label("leads nowhere"))
            }
        }
    }

    fn key(&mut self, key: &Expr) -> Answer<Result<Box<str>, Box<Missing>>> {
        Ok(Ok(match self.expr(key)? {
            Value::Text(text) => text,
            Value::Date(date) => date.to_string().into(),
            Value::Year(year) => format!("{year:04}").into(),
            Value::Number(number) if number.unit().is_none() && number.text().is_some() => {
                number.text().unwrap_or_default().into()
            }
            Value::Missing(missing) => return Ok(Err(missing)),
            other => {
                let message = format!("a row is named by a text, and this is {}", other.kind());
                return self.fail(Diagnostic::new(Code::ExprType, key.span, message));
            }
        }))
    }

    fn members(&mut self, value: &Value, at: Span) -> Answer<Vec<Node>> {
        let members = match value {
            Value::Node(node) => {
                let found = self.names.members(*node, at);
                self.found(found)?
            }
            Value::Set(members) => {
                let nodes =
                    members.iter().map(|member| if let Value::Node(node) = member { Some(*node) } else { None });
                match nodes.collect() {
                    Some(nodes) => nodes,
                    None => {
                        let message = "a condition chooses among rows, and this is a set of values";
                        let wrong = Diagnostic::new(Code::ExprType, at, message);
                        return self.fail(wrong.help("filter the table, then name the column: `t[where x > 1].x`"));
                    }
                }
            }
            other => {
                let message = format!("{} has no members", other.kind());
                return self.fail(Diagnostic::new(Code::ExprType, at, message));
            }
        };
        self.limit(members.len(), at)?;
        self.spend(members.len(), at)?;
        Ok(members)
    }

    /// Asks whether the results that `numbers` were computed from may be compared, where there are several.
    fn comparable<'v>(&mut self, numbers: impl IntoIterator<Item = &'v Number>, at: Span) -> Answer<()> {
        let mut from = 0;
        let mut results: Vec<Name> = Vec::new();
        for number in numbers {
            from += usize::from(!number.results().is_empty());
            results.extend_from_slice(number.results());
        }
        results.sort_unstable();
        results.dedup();
        if from < 2 || results.len() < 2 {
            return Ok(());
        }
        let found = self.names.comparable(&results, at);
        self.found(found)
    }

    fn limit(&mut self, count: usize, at: Span) -> Answer<()> {
        if count <= MAX_SET {
            return Ok(());
        }
        let message = format!("a set of {} members", super::print::count(count));
        self.fail(Diagnostic::new(Code::ExprLimit, at, message).label("at most 100,000"))
    }

    fn filtered(&mut self, members: Vec<Node>, condition: &Expr, at: Span) -> Answer {
        let mut kept = Vec::new();
        let mut left_out = 0;
        for member in members {
            self.scope.push(member);
            let holds = self.condition(condition);
            self.scope.pop();
            match holds? {
                Ok(true) => kept.push(Value::Node(member)),
                Ok(false) => {}
                Err(_) => left_out += 1,
            }
        }
        if left_out > 0 {
            self.names.left_out(left_out, at);
        }
        Ok(Value::Set(kept))
    }

    /// Whether `expr` holds; `Err` where what decides it is missing.
    fn condition(&mut self, expr: &Expr) -> Answer<Result<bool, Box<Missing>>> {
        match self.expr(expr)? {
            Value::Bool(holds) => Ok(Ok(holds)),
            Value::Missing(missing) => Ok(Err(missing)),
            other => {
                let message = format!("a condition is wanted, and this is {}", other.kind());
                self.fail(
                    Diagnostic::new(Code::ExprType, expr.span, message).help("compare it: `x > 3`, or ask `has(x)`"),
                )
            }
        }
    }

    /// Goes through conditions up to the first that is `decides`. One that is missing decides nothing.
    fn until(&mut self, conditions: &[Expr], decides: bool) -> Answer {
        let mut met = None;
        for condition in conditions {
            match self.condition(condition)? {
                Ok(holds) if holds == decides => return Ok(Value::Bool(decides)),
                Ok(_) => {}
                Err(missing) => met = met.or(Some(missing)),
            }
        }
        Ok(met.map_or(Value::Bool(!decides), Value::Missing))
    }

    fn negative(&mut self, operand: &Expr) -> Answer {
        match self.expr(operand)? {
            Value::Number(number) => Ok(Value::Number(number.negated())),
            Value::Missing(missing) => Ok(Value::Missing(missing)),
            other => self.no_number(&other, operand.span, "has no sign"),
        }
    }

    fn power(&mut self, base: &Expr, exponent: i32, whole: Span) -> Answer {
        match self.expr(base)? {
            Value::Number(number) => match number.power(exponent) {
                Ok(power) => Ok(Value::Number(power)),
                Err(trouble) => self.trouble(trouble, whole, base.span),
            },
            Value::Missing(missing) => Ok(Value::Missing(missing)),
            other => self.no_number(&other, base.span, "has no power"),
        }
    }

    fn sum(&mut self, first: &Expr, rest: &[(Sign, Expr)]) -> Answer {
        let mut sum = self.expr(first);
        for (sign, operand) in rest {
            let right = self.expr(operand);
            let left = Span { end: operand.span.start, ..first.span };
            sum = match (sum, right) {
                (Ok(a), Ok(b)) => self.add(a, *sign, b, (first.span, left, operand.span)),
                _ => Err(Told),
            };
        }
        sum
    }

    /// `spans`: of the first operand, of all before `b`, of `b`.
    fn add(&mut self, a: Value, sign: Sign, b: Value, spans: (Span, Span, Span)) -> Answer {
        let (first, before, right) = spans;
        let whole = Span { end: right.end, ..before };
        match (a, sign, b) {
            (Value::Number(a), _, Value::Number(b)) => {
                if sign == Sign::Minus {
                    self.comparable([&a, &b], whole)?;
                }
                let result = if sign == Sign::Plus { a.plus(&b) } else { a.minus(&b) };
                match result {
                    Ok(sum) => Ok(Value::Number(sum)),
                    Err(Trouble::Unlike) => {
                        let verb = if sign == Sign::Plus { "added to" } else { "taken from" };
                        self.unlike(|a, b| format!("{b} cannot be {verb} {a}"), (&a, first), (&b, right))
                    }
                    Err(trouble) => self.trouble(trouble, whole, right),
                }
            }
            (Value::Missing(missing), ..) | (_, _, Value::Missing(missing)) => Ok(Value::Missing(missing)),
            (Value::Date(a), Sign::Minus, Value::Date(b)) => Ok(self.days_between(a, b)),
            (Value::Date(date), _, Value::Number(time)) => self.moved(date, &time, sign, right),
            (Value::Number(time), Sign::Plus, Value::Date(date)) => self.moved(date, &time, sign, first),
            (a @ (Value::Number(_) | Value::Date(_)), _, b) => {
                let verb = if sign == Sign::Plus { "be added to" } else { "be taken from" };
                let message = format!("{} cannot {verb} {}", b.kind(), a.kind());
                let wrong = Diagnostic::new(Code::ExprType, right, message).label(b.kind());
                self.fail(wrong.also(first, a.kind()))
            }
            (a, ..) => self.no_number(&a, first, "cannot be added to or taken from"),
        }
    }

    fn days_between(&self, a: Date, b: Date) -> Value {
        // Dates lie within 20,000 years of each other: the number of days is small.
        let days = b.until(a).map_or(0, |span| span.get_days());
        Value::Number(Number::exact(f64::from(days), Unit::parse("d").unwrap_or(Unit::NONE)))
    }

    fn moved(&mut self, date: Date, time: &Number, sign: Sign, at: Span) -> Answer {
        let unit = time.unit();
        let name = unit.to_string();
        if matches!(name.as_str(), "month" | "year") {
            let wrong = Diagnostic::new(Code::ExprType, at, format!("a {name} has no fixed number of days"));
            return self.fail(wrong.help("write the days that are meant: `30 d`"));
        }
        let days = Unit::parse("d").ok().and_then(|d| time.to(d).ok()).map(|number| number.value());
        let Some(days) = days else {
            let words = unit.dimension().words();
            let message = format!("a date is moved by days, and this is {words}");
            return self.fail(Diagnostic::new(Code::DimensionMismatch, at, message).label(words));
        };
        let days = if sign == Sign::Minus { -days } else { days };
        if days.fract() != 0.0 {
            return self.fail(Diagnostic::new(Code::ExprType, at, "a date is moved by whole days"));
        }
        #[allow(clippy::cast_possible_truncation, reason = "a number of days that no date has stays one")]
        let moved = 0.days().try_days(days as i64).ok().and_then(|span| date.checked_add(span).ok());
        match moved {
            Some(date) => Ok(Value::Date(date)),
            None => self.fail(Diagnostic::new(Code::ValueRange, at, "the date is outside the calendar")),
        }
    }

    fn product(&mut self, first: &Expr, rest: &[(Scale, Expr)]) -> Answer {
        let mut product = self.expr(first);
        for (scale, operand) in rest {
            let right = self.expr(operand);
            product = match (product, right) {
                (Ok(a), Ok(b)) => self.multiply(a, *scale, b, (first.span, operand.span)),
                _ => Err(Told),
            };
        }
        product
    }

    fn multiply(&mut self, a: Value, scale: Scale, b: Value, (first, right): (Span, Span)) -> Answer {
        let verb = if scale == Scale::Times { "cannot be multiplied" } else { "cannot be divided" };
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => {
                if scale == Scale::Over && a.unit().dimension() == b.unit().dimension() {
                    self.comparable([&a, &b], Span { end: right.end, ..first })?;
                }
                let result = if scale == Scale::Times { a.times(&b) } else { a.over(&b) };
                match result {
                    Ok(product) => Ok(Value::Number(product)),
                    Err(trouble) => self.trouble(trouble, Span { end: right.end, ..first }, right),
                }
            }
            (Value::Number(_) | Value::Missing(_), Value::Missing(missing))
            | (Value::Missing(missing), Value::Number(_)) => Ok(Value::Missing(missing)),
            (Value::Number(_) | Value::Missing(_), b) => self.no_number(&b, right, verb),
            (a, _) => self.no_number(&a, first, verb),
        }
    }

    fn no_number<T>(&mut self, value: &Value, at: Span, what: &str) -> Answer<T> {
        let wrong = Diagnostic::new(Code::ExprType, at, format!("{} {what}", value.kind())).label("a number is wanted");
        let wrong = match value {
            Value::Set(_) => wrong.help("make one value of the set: `max(…)`, `mean(…)`, `sum(…)`"),
            Value::Node(_) => wrong.help("name the column that is meant: `table.row.column`"),
            _ => wrong,
        };
        self.fail(wrong)
    }

    fn unlike<T>(
        &mut self,
        message: impl Fn(&str, &str) -> String,
        (a, left): (&Number, Span),
        (b, right): (&Number, Span),
    ) -> Answer<T> {
        let (a, b) = (a.unit().dimension(), b.unit().dimension());
        let (one, other) = (a.words(), b.words());
        let wrong = Diagnostic::new(Code::DimensionMismatch, right, message(&one, &other)).label(other.clone());
        let wrong = wrong.also(left, one);
        self.fail(match a.is_money() && b.is_money() {
            true => wrong.help("multiply with a rate, a cell whose unit is such as `EUR/USD`: no rate is assumed"),
            false => wrong,
        })
    }

    /// Tells what is wrong with a result. `whole` is the operation, `by` the part that a division divides by.
    fn trouble<T>(&mut self, trouble: Trouble, whole: Span, by: Span) -> Answer<T> {
        self.fail(match trouble {
            Trouble::Zero => Diagnostic::new(Code::ValueRange, by, "a division by zero").label("is 0"),
            Trouble::Range => {
                Diagnostic::new(Code::ValueRange, whole, "the result is too large or too small to compute with")
            }
            Trouble::Unit => Diagnostic::new(Code::ValueRange, whole, "the unit of the result has too many symbols")
                .label("more than 6"),
            Trouble::Unlike => Diagnostic::new(Code::DimensionMismatch, whole, "quantities of unlike dimensions"),
        })
    }

    fn compare(&mut self, a: &Expr, comparison: Comparison, b: &Expr, whole: Span) -> Answer {
        let (left, right) = (self.expr(a), self.expr(b));
        let (left, right) = (left?, right?);
        self.names.compared((a.span, &left), (b.span, &right));
        if let (Value::Number(one), Value::Number(other)) = (&left, &right) {
            self.comparable([one, other], whole)?;
        }
        let order = match (&left, &right) {
            (Value::Missing(missing), _) | (_, Value::Missing(missing)) => return self.meets(missing),
            (Value::Number(one), Value::Number(other)) => match one.order(other) {
                Ok(Order::Less) => Ordering::Less,
                Ok(Order::Equal) => Ordering::Equal,
                Ok(Order::Greater) => Ordering::Greater,
                Ok(Order::Undecided) => {
                    self.names.undecided(whole);
                    return Ok(Value::Bool(false));
                }
                Err(Trouble::Unlike) => {
                    let message = |a: &str, b: &str| format!("{a} and {b} cannot be compared");
                    return self.unlike(message, (one, a.span), (other, b.span));
                }
                Err(trouble) => return self.trouble(trouble, whole, b.span),
            },
            (Value::Date(one), Value::Date(other)) => one.cmp(other),
            (Value::Year(one), Value::Year(other)) => one.cmp(other),
            (Value::Year(year), Value::Number(n)) if n.unit().is_none() => f64::from(*year).total_cmp(&n.value()),
            (Value::Number(n), Value::Year(year)) if n.unit().is_none() => n.value().total_cmp(&f64::from(*year)),
            (Value::Text(one), Value::Text(other)) if is_equality(comparison) => one.cmp(other),
            (Value::Bool(one), Value::Bool(other)) if is_equality(comparison) => one.cmp(other),
            (one, other) => {
                let message = match std::mem::discriminant(one) == std::mem::discriminant(other) {
                    true => format!("`{}` does not compare {} with another", comparison.sign(), one.kind()),
                    false => format!("{} and {} cannot be compared", one.kind(), other.kind()),
                };
                let wrong = Diagnostic::new(Code::ExprType, b.span, message).label(other.kind());
                return self.fail(wrong.also(a.span, one.kind()));
            }
        };
        Ok(Value::Bool(match comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
        }))
    }

    /// A comparison meets a missing value: a condition of `where` leaves the row out, any other must ask first.
    fn meets(&mut self, missing: &Missing) -> Answer {
        if self.leaves_out || !self.scope.is_empty() {
            return Ok(Value::Missing(Box::new(missing.clone())));
        }
        let wrong = show::absent(missing, "cannot be compared");
        self.fail(wrong.help("ask first: `has(x) and x > 3`"))
    }
}

/// The diagnostic with the help that its kind of mistake has, where it has none of its own.
fn with_way_out(wrong: Diagnostic) -> Diagnostic {
    if !wrong.help.is_empty() {
        return wrong;
    }
    let help = match wrong.code {
        Code::DimensionMismatch => "use quantities of one dimension, or multiply with what leads from one to the other",
        Code::ValueRange => "guard it with `if(…)`, or choose units of a fitting size",
        Code::ExprLimit => "choose fewer members with `[where …]`",
        Code::ValueMissing => "ask first with `has(…)`, or choose another set",
        Code::FilterUnknown => "leave the filter out",
        Code::BestUndecided => "say in words that there are several, or name the one that is meant",
        _ => "see the reference of expressions for what goes here",
    };
    wrong.help(help)
}

fn is_equality(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Equal | Comparison::Unequal)
}
