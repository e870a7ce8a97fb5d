//! Calls of functions.

use super::{Answer, Eval, Told, show};
use crate::diag::{Code, Diagnostic, Span};
use crate::number::expr::Expr;
use crate::number::function::Function;
use crate::number::unit::Unit;
use crate::number::value::{self, Missing, Number, Trouble, Value};

/// The most digits that `round` keeps.
const MAX_DIGITS: f64 = 30.0;

/// A member of what a function takes, with the argument that it comes from.
struct Member {
    value: Value,
    at: Span,
}

/// Numbers, each with the argument that it comes from.
type Numbers<'m> = Vec<(&'m Number, Span)>;

impl Eval<'_> {
    pub(super) fn call(&mut self, function: Function, arguments: &[Expr], whole: Span) -> Answer {
        match (function, arguments) {
            (Function::If, [condition, then, otherwise]) => match self.condition(condition)? {
                Ok(true) => self.expr(then),
                Ok(false) => self.expr(otherwise),
                Err(missing) => Ok(Value::Missing(missing)),
            },
            (Function::Has, [path]) => Ok(Value::Bool(has(&self.expr(path)?))),
            (Function::Past, [date]) => self.past(date),
            (Function::Round, [value, digits]) => self.round(value, digits),
            (Function::Ratio, [a, b]) => self.quotient(a, b, "×", |a, b, unit| a.ratio_to(b, unit)),
            (Function::Percent, [part, all]) => self.quotient(part, all, "%", |a, b, unit| a.ratio_to(b, unit)),
            (Function::Change, [a, b]) => self.quotient(a, b, "%", |a, b, unit| b.minus(a)?.ratio_to(a, unit)),
            (Function::BreakEven, [fixed, rate, other]) => self.break_even(fixed, rate, other, whole),
            _ => self.of_members(function, arguments, whole),
        }
    }

    fn past(&mut self, date: &Expr) -> Answer {
        match self.expr(date)? {
            Value::Date(day) => {
                let past = self.names.is_past(day, date.span);
                Ok(Value::Bool(self.found(past)?))
            }
            Value::Missing(missing) => Ok(Value::Missing(missing)),
            other => {
                let message = format!("`past` takes a date, and this is {}", other.kind());
                self.fail(Diagnostic::new(Code::ExprType, date.span, message))
            }
        }
    }

    fn round(&mut self, value: &Expr, digits: &Expr) -> Answer {
        let (number, count) = (self.number(value), self.number(digits));
        let (number, count) = match (number?, count?) {
            (Ok(number), Ok(count)) => (number, count),
            (Err(missing), _) | (_, Err(missing)) => return Ok(Value::Missing(missing)),
        };
        let whole = count.unit().is_none() && count.value().fract() == 0.0;
        if !(whole && (1.0..=MAX_DIGITS).contains(&count.value())) {
            let message = "`round` keeps a whole number of digits, 1 to 30";
            return self.fail(Diagnostic::new(Code::ExprType, digits.span, message));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 1 and 30")]
        let count = count.value() as usize;
        Ok(Value::Number(number.rounded(count)))
    }

    /// A number; `Err` where it is missing.
    fn number(&mut self, expr: &Expr) -> Answer<Result<Number, Box<Missing>>> {
        match self.expr(expr)? {
            Value::Number(number) => Ok(Ok(number)),
            Value::Missing(missing) => Ok(Err(missing)),
            other => self.no_number(&other, expr.span, "cannot be computed with"),
        }
    }

    fn quotient(
        &mut self,
        a: &Expr,
        b: &Expr,
        unit: &str,
        compute: impl Fn(&Number, &Number, Unit) -> Result<Number, Trouble>,
    ) -> Answer {
        let (left, right) = (self.number(a), self.number(b));
        let (one, other) = match (left?, right?) {
            (Ok(one), Ok(other)) => (one, other),
            (Err(missing), _) | (_, Err(missing)) => return Ok(Value::Missing(missing)),
        };
        self.comparable([&one, &other], Span { end: b.span.end, ..a.span })?;
        match compute(&one, &other, Unit::parse(unit).unwrap_or(Unit::NONE)) {
            Ok(number) => Ok(Value::Number(number)),
            Err(Trouble::Unlike) => {
                self.unlike(|a, b| format!("{a} and {b} have no ratio"), (&one, a.span), (&other, b.span))
            }
            Err(trouble) => {
                let divisor = if one.value() == 0.0 && other.value() != 0.0 { a } else { b };
                self.trouble(trouble, Span { end: b.span.end, ..a.span }, divisor.span)
            }
        }
    }

    fn break_even(&mut self, fixed: &Expr, rate: &Expr, other: &Expr, whole: Span) -> Answer {
        let found = (self.number(fixed), self.number(rate), self.number(other));
        let (cost, slow, fast) = match (found.0?, found.1?, found.2?) {
            (Ok(cost), Ok(slow), Ok(fast)) => (cost, slow, fast),
            (Err(missing), ..) | (_, Err(missing), _) | (.., Err(missing)) => return Ok(Value::Missing(missing)),
        };
        let gain = match fast.minus(&slow) {
            Ok(gain) => gain,
            Err(Trouble::Unlike) => {
                let message = |a: &str, b: &str| format!("{a} and {b} cannot be compared");
                return self.unlike(message, (&slow, rate.span), (&fast, other.span));
            }
            Err(trouble) => return self.trouble(trouble, whole, other.span),
        };
        if gain.value() <= 0.0 {
            let what = "the break-even".into();
            let never = Missing { what, words: Some("never".into()), at: whole, place: None };
            return Ok(Value::Missing(Box::new(never)));
        }
        match cost.over(&gain) {
            Ok(time) => Ok(Value::Number(time)),
            Err(trouble) => self.trouble(trouble, whole, other.span),
        }
    }

    fn of_members(&mut self, function: Function, arguments: &[Expr], whole: Span) -> Answer {
        let members = self.collect(arguments, whole)?;
        if function == Function::Count {
            #[allow(clippy::cast_precision_loss, reason = "a set is small")]
            return Ok(Value::Number(Number::exact(members.len() as f64, Unit::NONE)));
        }
        if members.is_empty() {
            let message = format!("`{}` has nothing to choose from: every member is missing", function.name());
            return self.fail(Diagnostic::new(Code::ValueMissing, whole, message).label("no member is left"));
        }
        if let (Function::Min | Function::Max, Some(value)) = (function, extreme(function, &members)) {
            return Ok(value);
        }
        let numbers = self.numbers(function, &members)?;
        if matches!(function, Function::Min | Function::Max | Function::Best | Function::Median | Function::Mean) {
            self.comparable(numbers.iter().map(|(number, _)| *number), whole)?;
        }
        match function {
            Function::Min | Function::Max => self.outermost(function == Function::Max, &numbers),
            Function::Median => self.median(&numbers, whole),
            Function::Best => self.best(&numbers, whole),
            Function::Mean => self.total(&numbers, true, whole),
            _ => self.total(&numbers, false, whole),
        }
    }

    /// The members of all arguments, without those that are missing.
    fn collect(&mut self, arguments: &[Expr], whole: Span) -> Answer<Vec<Member>> {
        let mut members: Vec<Member> = Vec::new();
        let mut wrong = false;
        for argument in arguments {
            let at = argument.span;
            match self.expr(argument) {
                Ok(Value::Set(set)) => {
                    let there = set.into_iter().filter(|value| !matches!(value, Value::Missing(_)));
                    members.extend(there.map(|value| Member { value, at }));
                }
                Ok(Value::Missing(_)) => {}
                Ok(value) => members.push(Member { value, at }),
                Err(Told) => wrong = true,
            }
            self.limit(members.len(), whole)?;
        }
        if wrong { Err(Told) } else { Ok(members) }
    }

    fn numbers<'m>(&mut self, function: Function, members: &'m [Member]) -> Answer<Numbers<'m>> {
        let mut numbers: Numbers<'m> = Vec::with_capacity(members.len());
        for member in members {
            match &member.value {
                Value::Number(number) => numbers.push((number, member.at)),
                other => {
                    let message = format!("`{}` takes numbers, and this is {}", function.name(), other.kind());
                    let wrong = Diagnostic::new(Code::ExprType, member.at, message);
                    return self.fail(match other {
                        Value::Node(_) => wrong.help("name the column that is meant: `table.*.column`"),
                        _ => wrong,
                    });
                }
            }
        }
        if let Some((first, at)) = numbers.first() {
            let dimension = first.unit().dimension();
            if let Some((odd, there)) = numbers.iter().find(|(number, _)| number.unit().dimension() != dimension) {
                let message = |a: &str, b: &str| format!("{a} and {b} do not go together in `{}`", function.name());
                return self.unlike(message, (first, *at), (odd, *there));
            }
        }
        Ok(numbers)
    }

    fn outermost(&mut self, largest: bool, numbers: &Numbers<'_>) -> Answer {
        let order = |a: &Number, b: &Number| a.point_order(b).unwrap_or(std::cmp::Ordering::Equal);
        let mut all = numbers.iter().map(|(number, _)| *number);
        let found = match largest {
            // Of equals the first, as `min_by` has it.
            true => all.reduce(|most, n| if order(n, most).is_gt() { n } else { most }),
            false => all.by_ref().min_by(|a, b| order(a, b)),
        };
        found.map(|number| Value::Number(number.clone())).ok_or(Told)
    }

    fn median(&mut self, numbers: &Numbers<'_>, whole: Span) -> Answer {
        let mut sorted: Vec<&Number> = numbers.iter().map(|(number, _)| *number).collect();
        sorted.sort_by(|a, b| a.point_order(b).unwrap_or(std::cmp::Ordering::Equal));
        let half = sorted.len() / 2;
        match (sorted.len() % 2, sorted.get(half.saturating_sub(1)..=half)) {
            (0, Some(middle)) => self.summed(middle, 2.0, whole),
            _ => sorted.get(half).map(|number| Value::Number((*number).clone())).ok_or(Told),
        }
    }

    fn total(&mut self, numbers: &Numbers<'_>, mean: bool, whole: Span) -> Answer {
        let all: Vec<&Number> = numbers.iter().map(|(number, _)| *number).collect();
        #[allow(clippy::cast_precision_loss, reason = "a set is small")]
        let over = if mean { all.len() as f64 } else { 1.0 };
        self.summed(&all, over, whole)
    }

    fn summed(&mut self, numbers: &[&Number], over: f64, whole: Span) -> Answer {
        match Number::sum_of(numbers, over) {
            Ok(Some(sum)) => Ok(Value::Number(sum)),
            Ok(None) => Err(Told),
            Err((_, trouble)) => self.trouble(trouble, whole, whole),
        }
    }

    fn best(&mut self, numbers: &Numbers<'_>, whole: Span) -> Answer {
        let ways: Vec<_> = numbers.iter().map(|(number, _)| number.better).collect();
        let Some(better) = ways.first().copied().flatten().filter(|way| ways.iter().all(|own| *own == Some(*way)))
        else {
            let wrong = Diagnostic::new(Code::ExprType, whole, "it is not known which way is better");
            return self.fail(wrong.help("say it in the schema (`better = \"higher\"`), or write `max` or `min`"));
        };
        let all: Vec<&Number> = numbers.iter().map(|(number, _)| *number).collect();
        let Some(leaders) = value::leaders(&all, better) else { return self.trouble(Trouble::Unlike, whole, whole) };
        let leading: Vec<&Number> = leaders.iter().filter_map(|place| all.get(*place).copied()).collect();
        match leading.as_slice() {
            [best] => Ok(Value::Number((*best).clone())),
            several => {
                let wrong = show::no_winner(several, whole);
                self.fail(wrong)
            }
        }
    }
}

/// Whether there is a value; of a set, whether one of its members is.
fn has(value: &Value) -> bool {
    match value {
        Value::Missing(_) => false,
        Value::Set(members) => members.iter().any(has),
        _ => true,
    }
}

/// The first or last of dates or years; `None` where the members are neither.
fn extreme(function: Function, members: &[Member]) -> Option<Value> {
    let last = function == Function::Max;
    let dates: Option<Vec<_>> =
        members.iter().map(|m| if let Value::Date(d) = m.value { Some(d) } else { None }).collect();
    if let Some(dates) = dates {
        let found = if last { dates.into_iter().max() } else { dates.into_iter().min() };
        return found.map(Value::Date);
    }
    let years: Option<Vec<_>> =
        members.iter().map(|m| if let Value::Year(y) = m.value { Some(y) } else { None }).collect();
    let years = years?;
    let found = if last { years.into_iter().max() } else { years.into_iter().min() };
    found.map(Value::Year)
}
