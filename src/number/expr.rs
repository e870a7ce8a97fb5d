//! What stands between `{{` and `}}`: an expression, and filters that say how its value prints.
//!
//! ```text
//! shown  = expr { "|" filter }
//! filter = "in" unit | "digits" int | "bare" | "interval" | "name"
//! expr   = conj { "or" conj }        conj = neg { "and" neg }         neg = "not" neg | cmp
//! cmp    = sum [ ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]       never twice: write `and`
//! sum    = prod { ( "+" | "-" ) prod }                                "-" here has white space on both sides
//! prod   = sign { ( "*" | "/" ) sign }
//! sign   = [ "-" ] pow                                                "-" here touches its operand
//! pow    = path [ "^" [ "-" ] int ]                                   not after a number with a unit: parenthesize
//! path   = atom { "." step | "[" expr "]" | "[" "where" expr "]" }
//! atom   = number [ unit ] | string | date | "true" | "false" | call | name | "(" expr ")"
//! call   = name "(" [ expr { "," expr } ] ")"                         no space before "("
//! step   = word | string | "*"
//! name   = letter { letter | digit | "_" | "-" ( letter | digit ) }
//! word   = ( letter | digit ) { letter | digit | "_" | "-" ( letter | digit ) }      only after "."
//! number = digit { digit | "_" } [ "." digit { digit } ] [ "e" [ "+" | "-" ] digit { digit } ]
//! date   = digit×4 "-" digit×2 "-" digit×2                            tried before number
//! unit   = symbol { "/" symbol }                                      no space inside; one space or none before it
//! string = '"' { any but '"' and '\' | '\"' | '\\' } '"'
//! reserved: and or not true false where row records sources
//! ```
//!
//! Chains of one operator are lists, not trees, so that how deep an expression nests is what its brackets say, and no
//! length of it can exhaust the stack.

mod lex;
mod parse;
#[cfg(test)]
mod tests;

use super::function::Function;
use super::print::Style;
use super::unit::Unit;
use crate::diag::Span;
use jiff::civil::Date;
use std::fmt;

pub use parse::{MAX_CHARS, MAX_DEPTH, filters, parse};

/// An expression with its filters.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What is shown.
    pub expr: Expr,
    /// How, in the order as written; none stands twice.
    pub filters: Vec<Filter>,
}

/// An expression, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, with the brackets round it.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number, its digits as they were typed but for `_`, and its unit.
    Number(Box<str>, Unit),
    /// A text, without quotes and escapes.
    Text(Box<str>),
    /// A date.
    Date(Date),
    /// `true` or `false`.
    Bool(bool),
    /// A name that stands alone: a column of the nearest row.
    Name(Box<str>),
    /// What the steps lead to, from a name (a root), or from a value.
    Path(Box<Expr>, Vec<Step>),
    /// A call of a function.
    Call(Function, Vec<Expr>),
    /// With the other sign.
    Negative(Box<Expr>),
    /// A whole power.
    Power(Box<Expr>, i32),
    /// A first operand, and what is added to or taken from it.
    Sum(Box<Expr>, Vec<(Sign, Expr)>),
    /// A first operand, and what it is multiplied with or divided by.
    Product(Box<Expr>, Vec<(Scale, Expr)>),
    /// A comparison.
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// The contrary.
    Not(Box<Expr>),
    /// Whether all hold, two or more.
    All(Vec<Expr>),
    /// Whether one holds, of two or more.
    Any(Vec<Expr>),
}

/// What joins the operands of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// What joins the operands of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// `*`
    Times,
    /// `/`
    Over,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    const ALL: [(&'static str, Comparison); 6] = [
        ("=", Comparison::Equal),
        ("!=", Comparison::Unequal),
        ("<", Comparison::Less),
        ("<=", Comparison::AtMost),
        (">", Comparison::Greater),
        (">=", Comparison::AtLeast),
    ];

    fn from_sign(sign: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == sign).map(|(_, comparison)| *comparison)
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, own)| *own == self).map_or("", |(sign, _)| sign)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Where it stands: a name with its quotes, a bracket with both ends.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// Goes to what has this name.
    Name(Box<str>),
    /// Goes to all that there is.
    All,
    /// Goes to what has the name that the expression gives.
    Key(Expr),
    /// Goes to all for which the condition holds.
    Where(Expr),
}

/// How a value is to print.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// What it does.
    pub kind: FilterKind,
    /// Where it stands, with its argument.
    pub span: Span,
}

/// What a filter does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FilterKind {
    /// Shows it in another unit.
    In(Unit),
    /// Rounds to so many significant digits, at least 1.
    Digits(usize),
    /// Leaves the unit away.
    Bare,
    /// Shows the interval.
    Interval,
    /// Shows the title of what the value belongs to.
    Name,
}

impl Shown {
    /// The filters that say how a number prints, taken together.
    pub fn style(&self) -> Style {
        self.filters.iter().fold(Style::default(), |style, filter| match filter.kind {
            FilterKind::Bare => Style { bare: true, ..style },
            FilterKind::Digits(count) => Style { digits: Some(count), ..style },
            FilterKind::In(_) | FilterKind::Interval | FilterKind::Name => style,
        })
    }
}

/// `name` as a step of a path: in quotes, with escapes, unless it is a word.
pub fn written(name: &str) -> String {
    if !name.is_empty() && lex::word_len(name) == name.len() {
        return name.to_owned();
    }
    quoted(name)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether `name` can begin a path without quotes.
pub fn is_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && lex::word_len(name) == name.len()
}

/// As an author would write it.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.expr)?;
        for filter in &self.filters {
            match filter.kind {
                FilterKind::In(unit) => write!(f, " | in {unit}")?,
                FilterKind::Digits(count) => write!(f, " | digits {count}")?,
                FilterKind::Bare => f.write_str(" | bare")?,
                FilterKind::Interval => f.write_str(" | interval")?,
                FilterKind::Name => f.write_str(" | name")?,
            }
        }
        Ok(())
    }
}

/// As an author would write it, with brackets only where they mean something.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Number(text, unit) if unit.is_none() => f.write_str(text),
            Kind::Number(text, unit) => write!(f, "{text} {unit}"),
            Kind::Text(text) => f.write_str(&quoted(text)),
            Kind::Date(date) => write!(f, "{date}"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Name(name) => f.write_str(name),
            Kind::Path(base, steps) => {
                self.operand(f, base, Level::Atom)?;
                steps.iter().try_for_each(|step| write!(f, "{step}"))
            }
            Kind::Call(function, arguments) => {
                write!(f, "{}(", function.name())?;
                separated(f, arguments, ", ", |f, argument| write!(f, "{argument}"))?;
                f.write_str(")")
            }
            Kind::Negative(operand) => {
                f.write_str("-")?;
                self.operand(f, operand, Level::Power)
            }
            Kind::Power(base, exponent) => {
                self.operand(f, base, Level::Path)?;
                write!(f, "^{exponent}")
            }
            Kind::Sum(first, rest) => {
                self.operand(f, first, Level::Product)?;
                rest.iter().try_for_each(|(sign, operand)| {
                    f.write_str(if *sign == Sign::Plus { " + " } else { " - " })?;
                    self.operand(f, operand, Level::Product)
                })
            }
            Kind::Product(first, rest) => {
                self.operand(f, first, Level::Sign)?;
                rest.iter().try_for_each(|(scale, operand)| {
                    f.write_str(if *scale == Scale::Times { " * " } else { " / " })?;
                    self.operand(f, operand, Level::Sign)
                })
            }
            Kind::Compare(a, comparison, b) => {
                self.operand(f, a, Level::Sum)?;
                write!(f, " {} ", comparison.sign())?;
                self.operand(f, b, Level::Sum)
            }
            Kind::Not(operand) => {
                f.write_str("not ")?;
                self.operand(f, operand, Level::Not)
            }
            Kind::All(all) => separated(f, all, " and ", |f, operand| self.operand(f, operand, Level::Not)),
            Kind::Any(any) => separated(f, any, " or ", |f, operand| self.operand(f, operand, Level::All)),
        }
    }
}

/// How tightly an expression binds: one of a lower level needs brackets where a higher one is wanted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Any,
    All,
    Not,
    Compare,
    Sum,
    Product,
    Sign,
    Power,
    /// What may have a power: not a number with a unit.
    Path,
    /// What may have a step: not a number, whose point would be read as a decimal one.
    Atom,
}

impl Expr {
    fn level(&self) -> Level {
        match &self.kind {
            Kind::Any(_) => Level::Any,
            Kind::All(_) => Level::All,
            Kind::Not(_) => Level::Not,
            Kind::Compare(..) => Level::Compare,
            Kind::Sum(..) => Level::Sum,
            Kind::Product(..) => Level::Product,
            Kind::Negative(_) => Level::Sign,
            Kind::Power(..) => Level::Power,
            Kind::Number(_, unit) if !unit.is_none() => Level::Power,
            Kind::Number(..) | Kind::Date(_) | Kind::Path(..) => Level::Path,
            Kind::Text(_) | Kind::Bool(_) | Kind::Name(_) | Kind::Call(..) => Level::Atom,
        }
    }

    fn operand(&self, f: &mut fmt::Formatter<'_>, operand: &Expr, wanted: Level) -> fmt::Result {
        if operand.level() < wanted { write!(f, "({operand})") } else { write!(f, "{operand}") }
    }
}

fn separated(
    f: &mut fmt::Formatter<'_>,
    of: &[Expr],
    between: &str,
    mut write: impl FnMut(&mut fmt::Formatter<'_>, &Expr) -> fmt::Result,
) -> fmt::Result {
    for (i, expr) in of.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        write(f, expr)?;
    }
    Ok(())
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StepKind::Name(name) => write!(f, ".{}", written(name)),
            StepKind::All => f.write_str(".*"),
            StepKind::Key(expr) => write!(f, "[{expr}]"),
            StepKind::Where(expr) => write!(f, "[where {expr}]"),
        }
    }
}
