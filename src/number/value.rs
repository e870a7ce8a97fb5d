//! The values that expressions have, and the arithmetic of numbers.
//!
//! A number carries what printing it needs: its unit, the digits that its inputs allow, and what each measured result
//! adds to its uncertainty. Who combines two numbers combines these as well, so that no value is shown with more
//! digits than it has.

use super::decimal::{Decimal, Wrong};
use super::quantity::Quantity;
use super::round::{self, Digits, Plain};
use super::stats::{self, Interval, Part, Uncertainty};
use super::unit::Unit;
use crate::diag::{Place, Span};
use crate::id::Name;
use jiff::civil::Date;
use std::cmp::Ordering;

/// The value of an expression, or of a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number with its unit. A length of time is one, too.
    Number(Number),
    /// A text.
    Text(Box<str>),
    /// A calendar date.
    Date(Date),
    /// A year.
    Year(i16),
    /// Yes or no.
    Bool(bool),
    /// Nothing, and that is known.
    Missing(Box<Missing>),
    /// What a path leads to before it has come to a value.
    Node(Node),
    /// Several values, in the order of the data.
    Set(Vec<Value>),
}

impl Value {
    /// What kind of value it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::Date(_) => "a date",
            Value::Year(_) => "a year",
            Value::Bool(_) => "yes or no",
            Value::Missing(_) => "a missing value",
            Value::Node(node) if node.names().count() > 1 => "a row",
            Value::Node(_) => "a table",
            Value::Set(_) => "a set",
        }
    }
}

/// A value that is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// What is missing, as it is named: `cards.a.price`.
    pub what: Box<str>,
    /// What a reader is told instead: "not sold alone".
    pub words: Option<Box<str>>,
    /// The part of the expression that found nothing.
    pub at: Span,
    /// The place in the data that is empty.
    pub place: Option<Place>,
}

/// A place on the way from a root to a value: a table, a row. The names from the root on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    root: Name,
    below: [Option<Name>; 2],
}

impl Node {
    /// The root `name`.
    pub fn root(name: Name) -> Self {
        Self { root: name, below: [None; 2] }
    }

    /// What `name` is beneath it. `None` when it is as deep as nodes go.
    pub fn below(mut self, name: Name) -> Option<Self> {
        *self.below.iter_mut().find(|slot| slot.is_none())? = Some(name);
        Some(self)
    }

    /// Its names, the root's first.
    pub fn names(&self) -> impl Iterator<Item = Name> + '_ {
        std::iter::once(self.root).chain(self.below.iter().flatten().copied())
    }
}

/// As an author writes it: `cards.a`.
impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, name) in self.names().enumerate() {
            let point = if i == 0 { "" } else { "." };
            write!(f, "{point}{}", super::expr::written(name.as_str()))?;
        }
        Ok(())
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

impl Better {
    /// Both ways by name.
    pub const ALL: [(&'static str, Better); 2] = [("higher", Better::Higher), ("lower", Better::Lower)];
}

/// A number: finite, with its unit, its digits and its uncertainty.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    value: f64,
    unit: Unit,
    /// As its source wrote it; `None` for what was computed.
    text: Option<Box<str>>,
    digits: Digits,
    /// What each result adds to its uncertainty: none for what is known exactly. `None` where an input is measured and
    /// its interval is not known.
    parts: Option<Vec<Part>>,
    /// The interval, where the number is a source's own.
    own: Option<Interval>,
    ratio: bool,
    /// The row or the record that it stands in.
    pub origin: Option<Node>,
    /// Which way is better.
    pub better: Option<Better>,
    /// The measured results that it was computed from, by name, sorted, each once.
    results: Vec<Name>,
}

/// Why numbers cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Their dimensions differ.
    Unlike,
    /// A division by zero.
    Zero,
    /// The result is too large or too small to compute with.
    Range,
    /// The result's unit has more symbols than a unit can.
    Unit,
}

impl Number {
    /// A number that an author typed.
    ///
    /// # Errors
    /// Why `text` is no number.
    pub fn typed(text: &str, unit: Unit) -> Result<Self, Wrong> {
        Ok(Self::source(&Quantity::new(text, unit)?, true))
    }

    /// A source's own number. `exact` says that its digits are all there are.
    pub fn source(quantity: &Quantity, exact: bool) -> Self {
        let last = Decimal::parse(quantity.text()).map_or(0, |decimal| decimal.last_place());
        Self {
            value: quantity.value(),
            unit: quantity.unit(),
            text: Some(quantity.text().into()),
            digits: if exact { Digits::Exact } else { Digits::Last(last) },
            parts: exact.then(Vec::new),
            own: None,
            ratio: false,
            origin: None,
            better: None,
            results: Vec::new(),
        }
    }

    /// The number as the measured result `result`.
    pub fn of_result(mut self, result: Name) -> Self {
        self.results = vec![result];
        self
    }

    /// The measured results that it was computed from, by name, sorted, each once.
    pub fn results(&self) -> &[Name] {
        &self.results
    }

    /// The number with the uncertainty of the measured result `result`, in its own unit.
    pub fn with_uncertainty(mut self, result: Name, uncertainty: &Uncertainty) -> Self {
        self.parts = Some(vec![Part { result, du: uncertainty.u, nu: uncertainty.nu }]);
        self.own = Some(uncertainty.interval);
        if self.digits == Digits::Exact {
            let last = self.text.as_deref().and_then(|text| Decimal::parse(text).ok()).map_or(0, |d| d.last_place());
            self.digits = Digits::Last(last);
        }
        self
    }

    /// A number without unit that is exact: a count.
    pub fn exact(value: f64, unit: Unit) -> Self {
        Self::computed(value, unit, Digits::Exact, Some(Vec::new()))
    }

    fn computed(value: f64, unit: Unit, digits: Digits, parts: Option<Vec<Part>>) -> Self {
        // Adding 0.0 turns -0.0 into 0.0.
        let value = value + 0.0;
        Self {
            value,
            unit,
            text: None,
            digits,
            parts,
            own: None,
            ratio: false,
            origin: None,
            better: None,
            results: Vec::new(),
        }
    }

    /// The number as computed from the results of `from`.
    fn of<'n>(mut self, from: impl IntoIterator<Item = &'n Number>) -> Self {
        for number in from {
            self.results.extend_from_slice(&number.results);
        }
        self.results.sort_unstable();
        self.results.dedup();
        self
    }

    /// Its value, in its unit.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Its unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The text that its source wrote; `None` for what was computed.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Its 95 % interval, if it has one that is wider than a point.
    pub fn interval(&self) -> Option<Interval> {
        let interval = match self.own {
            Some(own) => own,
            None => {
                let half = stats::half_width(self.parts.as_deref()?);
                Interval { low: self.value - half, high: self.value + half }
            }
        };
        (interval.half_width() > 0.0 && interval.half_width().is_finite()).then_some(interval)
    }

    /// Rounded as it is shown: by its interval; else as its source wrote it; else by the digits of its inputs.
    /// `digits` asks for no more than so many significant digits.
    pub fn shown(&self, digits: Option<usize>) -> Decimal {
        let source = self.text.as_deref().and_then(|text| Decimal::parse(text).ok());
        let by_interval = self.interval().and_then(|interval| round::place_of_interval(interval.half_width()));
        let full = match (by_interval, source) {
            (Some(place), Some(source)) => {
                let place = place.max(source.last_place());
                source.at_place(place)
            }
            (Some(place), None) => Decimal::of(self.value).at_place(place),
            (None, Some(source)) => source,
            (None, None) => self.plain(digits.is_none()).rounded(),
        };
        match digits {
            // Rounded once, from all digits: twice could go the wrong way at a half.
            Some(count) if full.significant_count() > count => match self.text.as_deref().map(Decimal::parse) {
                Some(Ok(source)) => source.significant(count),
                _ => Decimal::of(self.value).significant(count),
            },
            _ => full,
        }
    }

    fn plain(&self, capped: bool) -> Plain {
        let money = capped && self.unit.dimension().is_money();
        Plain { value: self.value, digits: self.digits, ratio: capped && self.ratio, money }
    }

    /// Whether it is known exactly: a count, an amount of money, what an author typed.
    pub fn is_exact(&self) -> bool {
        self.parts.as_deref().is_some_and(<[Part]>::is_empty)
    }

    /// All its digits: what its source wrote, else the value to 15 digits.
    pub fn full(&self) -> String {
        self.text.as_deref().map_or_else(|| Decimal::of(self.value).text(), str::to_owned)
    }

    /// Its value as it is shown.
    fn as_shown(&self) -> f64 {
        match &self.text {
            Some(_) if self.own.is_none() => self.value,
            _ => self.shown(None).text().parse().unwrap_or(self.value),
        }
    }

    fn checked(self) -> Result<Self, Trouble> {
        if self.value.is_finite() { Ok(self) } else { Err(Trouble::Range) }
    }

    fn map_parts(&self, factor: f64) -> Option<Vec<Part>> {
        self.parts.as_deref().map(|parts| parts.iter().map(|p| Part { du: p.du * factor, ..*p }).collect())
    }

    /// The same quantity in `unit`.
    ///
    /// # Errors
    /// [`Trouble::Unlike`] where the dimensions differ.
    pub fn to(&self, unit: Unit) -> Result<Self, Trouble> {
        if unit == self.unit {
            return Ok(self.clone());
        }
        let factor = self.factor(unit)?;
        let own = self.own.map(|i| Interval { low: factor(i.low), high: factor(i.high) });
        let value = factor(self.value);
        let digits = Digits::fewest(value, &[self.digits.significant(self.value)]);
        let parts = self.parts.as_deref().map(|parts| parts.iter().map(|p| Part { du: factor(p.du), ..*p }).collect());
        let ratio = self.ratio || unit.is_factor();
        let computed = Self::computed(value, unit, digits, parts);
        Self { own, ratio, origin: self.origin, better: self.better, ..computed }.of([self]).checked()
    }

    /// How a number in the own unit becomes one in `unit`.
    fn factor(&self, unit: Unit) -> Result<impl Fn(f64) -> f64 + use<>, Trouble> {
        if self.unit.dimension() != unit.dimension() {
            return Err(Trouble::Unlike);
        }
        let ratio = if self.unit == unit { Some(super::unit::Ratio::ONE) } else { self.unit.factor_to(unit) };
        ratio.map(|ratio| move |value| ratio.of(value)).ok_or(Trouble::Range)
    }

    /// A sum, in the unit of the first.
    ///
    /// # Errors
    /// Why there is none.
    pub fn plus(&self, other: &Self) -> Result<Self, Trouble> {
        self.sum(other, 1.0)
    }

    /// A difference, in the unit of the first.
    ///
    /// # Errors
    /// Why there is none.
    pub fn minus(&self, other: &Self) -> Result<Self, Trouble> {
        self.sum(other, -1.0)
    }

    fn sum(&self, other: &Self, sign: f64) -> Result<Self, Trouble> {
        let other = other.to(self.unit)?;
        let parts = both(self, &other, 1.0, sign);
        let sum = Self::computed(self.value + sign * other.value, self.unit, self.digits.coarsest(other.digits), parts);
        Self { ratio: self.ratio || other.ratio, ..sum }.of([self, &other]).checked()
    }

    /// The sum of many, in the unit of the first; with `over`, divided by it. `None` of none.
    ///
    /// # Errors
    /// Why there is none, and at which of them it was found.
    pub fn sum_of(numbers: &[&Number], over: f64) -> Result<Option<Self>, (usize, Trouble)> {
        let Some(first) = numbers.first() else { return Ok(None) };
        let mut same = Vec::with_capacity(numbers.len());
        for (place, number) in numbers.iter().enumerate() {
            same.push(number.to(first.unit).map_err(|trouble| (place, trouble))?);
        }
        let value = same.iter().map(|n| n.value).sum::<f64>() / over;
        let digits = same.iter().fold(Digits::Exact, |all, n| all.coarsest(n.digits));
        let lists: Option<Vec<(f64, &[Part])>> = same.iter().map(|n| Some((1.0 / over, n.parts.as_deref()?))).collect();
        let parts = lists.map(stats::combine);
        let sum = Self::computed(value, first.unit, digits, parts);
        let ratio = same.iter().any(|n| n.ratio);
        Self { ratio, ..sum }.of(same.iter()).checked().map(Some).map_err(|trouble| (0, trouble))
    }

    /// A product.
    ///
    /// # Errors
    /// Why there is none.
    pub fn times(&self, other: &Self) -> Result<Self, Trouble> {
        let (a, b) = (self.beside(other), other.beside(self));
        let unit = a.unit.times(b.unit).ok_or(Trouble::Unit)?;
        let value = a.value * b.value;
        if value == 0.0 && a.value != 0.0 && b.value != 0.0 {
            return Err(Trouble::Range);
        }
        let parts = both(&a, &b, b.value, a.value);
        let digits = Digits::fewest(value, &[a.digits.significant(a.value), b.digits.significant(b.value)]);
        let ratio = unit.dimension().is_none() && (a.ratio || b.ratio);
        Self { ratio, ..Self::computed(value, unit, digits, parts) }.of([self, other]).checked()
    }

    /// A quotient.
    ///
    /// # Errors
    /// Why there is none.
    pub fn over(&self, other: &Self) -> Result<Self, Trouble> {
        if other.value == 0.0 {
            return Err(Trouble::Zero);
        }
        let (a, b) = (self.beside(other), other.beside(self));
        let unit = a.unit.times(b.unit.inverse()).ok_or(Trouble::Unit)?;
        let value = a.value / b.value;
        if value == 0.0 && a.value != 0.0 {
            return Err(Trouble::Range);
        }
        // d(a/b) = (da - (a/b) db) / b: of x/x the two are equal to the last bit.
        let parts = both(&a, &b, 1.0, -value).map(|parts| divided(parts, b.value));
        let digits = Digits::fewest(value, &[a.digits.significant(a.value), b.digits.significant(b.value)]);
        let like = unit.dimension().is_none();
        let ratio = like && (a.ratio || b.ratio || !(a.unit.is_none() && b.unit.is_none()));
        Self { ratio, ..Self::computed(value, unit, digits, parts) }.of([self, other]).checked()
    }

    /// How many times `other` it is: `×`, whatever their scales.
    ///
    /// # Errors
    /// Why there is none.
    pub fn ratio_to(&self, other: &Self, unit: Unit) -> Result<Self, Trouble> {
        let ratio = self.over(&other.to(self.unit)?)?;
        let in_unit = Self { unit: Unit::NONE, ..ratio }.to(unit)?;
        Ok(Self { ratio: true, ..in_unit })
    }

    /// What it is beside `other` in a product: a percentage or a factor counts as the pure number that it is, unless
    /// the other is a pure number as well.
    fn beside(&self, other: &Self) -> Self {
        match self.unit.is_factor() && !other.unit.is_none() {
            true => self.to(Unit::NONE).unwrap_or_else(|_| self.clone()),
            false => self.clone(),
        }
    }

    /// A power.
    ///
    /// # Errors
    /// Why there is none.
    pub fn power(&self, exponent: i32) -> Result<Self, Trouble> {
        if exponent == 0 {
            return Ok(Self::exact(1.0, Unit::NONE));
        }
        if self.value == 0.0 && exponent < 0 {
            return Err(Trouble::Zero);
        }
        let base = match self.unit.is_factor() {
            true => self.to(Unit::NONE)?,
            false => self.clone(),
        };
        let unit = base.unit.power(exponent).ok_or(Trouble::Unit)?;
        let value = base.value.powi(exponent);
        if value == 0.0 && base.value != 0.0 {
            return Err(Trouble::Range);
        }
        let slope = f64::from(exponent) * base.value.powi(exponent.saturating_sub(1));
        let digits = Digits::fewest(value, &[base.digits.significant(base.value)]);
        Self { ratio: base.ratio, ..Self::computed(value, unit, digits, base.map_parts(slope)) }.of([self]).checked()
    }

    /// The same with the other sign.
    pub fn negated(&self) -> Self {
        let text = self.text.as_deref().map(|text| match text.strip_prefix('-') {
            Some(positive) => positive.into(),
            None if self.value == 0.0 => text.into(),
            None => format!("-{text}").into(),
        });
        let own = self.own.map(|i| Interval { low: -i.high, high: -i.low });
        let (value, parts) = (0.0 - self.value, self.map_parts(-1.0));
        Self { value, text, own, parts, better: None, ..self.clone() }
    }

    /// Rounded to so many significant digits, in value as well.
    pub fn rounded(&self, count: usize) -> Self {
        let decimal = match self.text.as_deref().map(Decimal::parse) {
            Some(Ok(source)) => source.significant(count),
            _ => Decimal::of(self.value).significant(count),
        };
        let last = decimal.last_place();
        let digits = match self.digits {
            Digits::Exact => Digits::Exact,
            Digits::Last(own) => Digits::Last(own.max(last)),
        };
        let value = decimal.text().parse().unwrap_or(self.value);
        Self { ratio: self.ratio, ..Self::computed(value, self.unit, digits, self.parts.clone()) }.of([self])
    }

    /// How two numbers stand to each other, as far as their intervals tell.
    ///
    /// # Errors
    /// [`Trouble::Unlike`] where the dimensions differ.
    pub fn order(&self, other: &Self) -> Result<Order, Trouble> {
        let same = other.to(self.unit)?;
        let difference = both(self, &same, 1.0, -1.0).map(|parts| stats::half_width(&parts));
        if let Some(half) = difference.filter(|half| *half > 0.0) {
            let apart = self.value - same.value;
            return Ok(match apart.abs() > half {
                true => Order::of(apart.total_cmp(&0.0)),
                false => Order::Undecided,
            });
        }
        let (a, b) = (self.as_shown(), other.as_shown());
        let b = other.factor(self.unit)?(b);
        // Two scales of one unit may differ by what conversion rounds.
        if (a - b).abs() <= 1e-14 * a.abs().max(b.abs()) {
            return Ok(Order::Equal);
        }
        Ok(Order::of(a.total_cmp(&b)))
    }

    /// How two values stand to each other, whatever their intervals.
    ///
    /// # Errors
    /// [`Trouble::Unlike`] where the dimensions differ.
    pub fn point_order(&self, other: &Self) -> Result<Ordering, Trouble> {
        Ok(self.value.total_cmp(&other.to(self.unit)?.value))
    }
}

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first is less.
    Less,
    /// They are equal, as printed.
    Equal,
    /// The first is greater.
    Greater,
    /// They differ by less than their intervals tell.
    Undecided,
}

impl Order {
    fn of(order: Ordering) -> Self {
        match order {
            Ordering::Less => Order::Less,
            Ordering::Equal => Order::Equal,
            Ordering::Greater => Order::Greater,
        }
    }
}

/// The best of `numbers` and all that are not told apart from it, by their places. `None` where their dimensions
/// differ, or there are none.
pub fn leaders(numbers: &[&Number], better: Better) -> Option<Vec<usize>> {
    let mut first = 0;
    for (place, number) in numbers.iter().enumerate().skip(1) {
        let order = number.point_order(numbers.get(first)?).ok()?;
        let leads = if better == Better::Higher { Ordering::Greater } else { Ordering::Less };
        if order == leads {
            first = place;
        }
    }
    let leader = numbers.get(first)?;
    let mut all = Vec::new();
    for (place, number) in numbers.iter().enumerate() {
        if place == first || matches!(leader.order(number).ok()?, Order::Equal | Order::Undecided) {
            all.push(place);
        }
    }
    Some(all)
}

fn both(a: &Number, b: &Number, of_a: f64, of_b: f64) -> Option<Vec<Part>> {
    let (a, b) = (a.parts.as_deref()?, b.parts.as_deref()?);
    if a.is_empty() && b.is_empty() {
        return Some(Vec::new());
    }
    Some(stats::combine([(of_a, a), (of_b, b)]))
}

fn divided(mut parts: Vec<Part>, by: f64) -> Vec<Part> {
    for part in &mut parts {
        part.du /= by;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(text: &str) -> Unit {
        if text.is_empty() { Unit::NONE } else { Unit::parse(text).unwrap() }
    }

    fn cell(text: &str, of: &str) -> Number {
        Number::source(&Quantity::new(text, unit(of)).unwrap(), false)
    }

    fn typed(text: &str, of: &str) -> Number {
        Number::typed(text, unit(of)).unwrap()
    }

    fn measured(id: &str, text: &str, sd: f64, n: usize) -> Number {
        let number = cell(text, "tok/s");
        let uncertainty = Uncertainty::of_mean(number.value(), sd, n).unwrap();
        number.with_uncertainty(Name::new(id), &uncertainty)
    }

    fn text(number: &Number) -> String {
        format!("{} {}", number.shown(None).text(), number.unit())
    }

    #[test]
    fn digits_follow_the_interval() {
        let fast = measured("a", "127.74", 0.39, 5);
        assert_eq!(text(&fast), "127.7 tok/s");
        let slow = measured("b", "76.28", 0.2, 5);
        let ratio = fast.ratio_to(&slow, unit("×")).unwrap();
        assert_eq!(text(&ratio), "1.675 ×");
        // Never more decimals than the source printed.
        assert_eq!(text(&measured("c", "127.7", 0.0001, 5)), "127.7 tok/s");
        assert_eq!(fast.shown(Some(2)).text(), "130");
        assert_eq!(fast.shown(Some(9)).text(), "127.7");
    }

    #[test]
    fn a_result_over_itself_is_one_without_doubt() {
        let x = measured("a", "127.74", 0.39, 5);
        let one = x.over(&x).unwrap();
        assert_eq!((one.value(), one.interval()), (1.0, None));
        assert_eq!(x.minus(&x).unwrap().interval(), None);
        let y = measured("b", "80.1", 0.4, 5);
        assert_eq!(x.times(&y).unwrap().over(&y).unwrap().over(&x).unwrap().interval(), None);
    }

    #[test]
    fn an_input_without_an_interval_leaves_the_result_without() {
        let x = measured("a", "127.74", 0.39, 5);
        assert_eq!(x.over(&cell("1008", "GB/s")).unwrap().interval(), None);
        assert!(x.over(&typed("2", "")).unwrap().interval().is_some());
    }

    #[test]
    fn sums_go_to_the_coarsest_place_and_products_to_the_fewest_digits() {
        assert_eq!(text(&cell("1008", "GB/s").plus(&cell("936.2", "GB/s")).unwrap()), "1944 GB/s");
        assert_eq!(text(&cell("936.2", "GB/s").times(&cell("2.0", "s")).unwrap()), "1900 GB");
        assert_eq!(text(&cell("936.2", "GB/s").times(&typed("2", "s")).unwrap()), "1872 GB");
        assert_eq!(text(&cell("1.5", "GB").plus(&cell("200", "MB")).unwrap()), "1.7 GB");
        assert_eq!(text(&cell("24", "GB").to(unit("GiB")).unwrap()), "22 GiB");
        assert_eq!(text(&cell("1500", "MB").to(unit("GB")).unwrap()), "1.500 GB");
    }

    #[test]
    fn percentages_are_numbers_beside_other_units() {
        let half = typed("50", "%");
        assert_eq!(text(&half.times(&typed("24", "GB")).unwrap()), "12 GB");
        assert_eq!(text(&half.times(&typed("2", "")).unwrap()), "100 %");
        assert_eq!(text(&half.times(&half).unwrap()), "0.25 ");
        assert_eq!(half.plus(&typed("1", "GB")), Err(Trouble::Unlike));
    }

    #[test]
    fn what_overflows_is_no_number() {
        let big = typed("1e308", "");
        assert_eq!(big.times(&big), Err(Trouble::Range));
        assert_eq!(big.plus(&big), Err(Trouble::Range));
        assert_eq!(typed("1e-300", "").power(3), Err(Trouble::Range));
        assert_eq!(big.over(&typed("0", "")), Err(Trouble::Zero));
        assert_eq!(typed("0", "").power(-1), Err(Trouble::Zero));
        assert_eq!(typed("3", "m").power(7), Err(Trouble::Unit));
    }

    #[test]
    fn order_is_as_intervals_tell_else_as_printed() {
        let (a, b) = (measured("a", "100.0", 1.0, 5), measured("b", "101.0", 1.0, 5));
        assert_eq!(a.order(&b), Ok(Order::Undecided));
        assert_eq!(a.order(&measured("c", "110.0", 1.0, 5)), Ok(Order::Less));
        assert_eq!(a.order(&a), Ok(Order::Equal));
        assert_eq!(cell("24", "GB").order(&typed("24000", "MB")), Ok(Order::Equal));
        assert_eq!(cell("24", "GB").order(&typed("24", "")), Err(Trouble::Unlike));
        assert_eq!(typed("0.3", "").order(&typed("0.1", "").plus(&typed("0.2", "")).unwrap()), Ok(Order::Equal));
        let c = measured("c", "90.0", 1.0, 5);
        assert_eq!(leaders(&[&a, &b, &c], Better::Higher), Some(vec![0, 1]));
        assert_eq!(leaders(&[&a, &b, &c], Better::Lower), Some(vec![2]));
    }

    proptest! {
        #[test]
        fn shown_stays_within_the_interval_and_claims_no_more(
            value in -1e6_f64..1e6, sd in 1e-6_f64..1e5, n in 2_usize..40, factor in 1_u32..1000,
        ) {
            let text = format!("{value:.6}");
            let number = measured("a", &text, sd, n).times(&typed(&factor.to_string(), "")).unwrap();
            let interval = number.interval().unwrap();
            let shown = number.shown(None);
            let read: f64 = shown.text().parse().unwrap();
            prop_assert!(read >= interval.low && read <= interval.high, "{} in {:?}", read, interval);
            // The last place that is written is no less than a fortieth of the half width.
            prop_assert!(10_f64.powi(shown.last_place()) * 40.0 >= interval.half_width());
        }

        #[test]
        fn a_quotient_of_like_things_is_one(value in 1e-9_f64..1e9, sd in 0.0_f64..1e3, n in 2_usize..9) {
            let x = measured("a", &format!("{value:e}"), sd, n);
            let one = x.over(&x).unwrap();
            prop_assert_eq!((one.value(), one.interval()), (1.0, None));
        }
    }
}
