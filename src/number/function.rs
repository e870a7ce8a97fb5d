//! The functions and filters of expressions: each in one list, with what the docs say of it.

/// A function that an expression can call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each has its meaning in the list")]
pub enum Function {
    Ratio,
    Percent,
    Change,
    Min,
    Max,
    Mean,
    Median,
    Sum,
    Count,
    Best,
    BreakEven,
    Round,
    If,
    Has,
    Past,
}

/// What is said of a function or a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub signature: &'static str,
    /// What it gives, in a sentence.
    pub meaning: &'static str,
    /// An expression that uses it, over the table of the reference.
    pub example: &'static str,
    /// What the example prints.
    pub result: &'static str,
}

/// A function with what is said of it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// The function.
    pub function: Function,
    /// How many arguments it takes: the fewest, and the most if there is a most.
    pub arguments: (usize, Option<usize>),
    /// Its line in the reference.
    pub entry: Entry,
}

const fn listed(
    function: Function,
    arguments: (usize, Option<usize>),
    [name, signature, meaning]: [&'static str; 3],
    [example, result]: [&'static str; 2],
) -> Listed {
    Listed { function, arguments, entry: Entry { name, signature, meaning, example, result } }
}

const SOME: (usize, Option<usize>) = (1, None);

const fn just(count: usize) -> (usize, Option<usize>) {
    (count, Some(count))
}

/// All functions.
pub static FUNCTIONS: [Listed; 15] = [
    listed(
        Function::Ratio,
        just(2),
        ["ratio", "ratio(a, b)", "How many times `b` goes into `a`, as a factor. Both are of one dimension."],
        ["ratio(60 GB, 24 GB)", "2.5×"],
    ),
    listed(
        Function::Percent,
        just(2),
        ["percent", "percent(part, whole)", "What share of `whole` is `part`, in percent."],
        ["percent(6 GB, 24 GB)", "25%"],
    ),
    listed(
        Function::Change,
        just(2),
        ["change", "change(a, b)", "By how much `b` differs from `a`, in percent of `a`: negative when `b` is less."],
        ["change(200 W, 150 W)", "−25%"],
    ),
    listed(
        Function::Min,
        SOME,
        ["min", "min(set) or min(a, b, …)", "The smallest member. Members that are missing are skipped."],
        ["min(cards.*.memory)", "16\u{a0}GB"],
    ),
    listed(
        Function::Max,
        SOME,
        ["max", "max(set) or max(a, b, …)", "The largest member. Members that are missing are skipped."],
        ["max(1_599 USD, 1_499 USD)", "$1,599"],
    ),
    listed(
        Function::Mean,
        SOME,
        ["mean", "mean(set) or mean(a, b, …)", "The mean of the members. Members that are missing are skipped."],
        ["mean(1 s, 2 s)", "1.5\u{a0}s"],
    ),
    listed(
        Function::Median,
        SOME,
        [
            "median",
            "median(set) or median(a, b, …)",
            "The middle member, of an even number the mean of the middle two. Members that are missing are skipped.",
        ],
        ["median(3 s, 1 s, 20 s)", "3\u{a0}s"],
    ),
    listed(
        Function::Sum,
        SOME,
        ["sum", "sum(set) or sum(a, b, …)", "The sum of the members. Members that are missing are skipped."],
        ["sum(cards.*.price)", "$2,998"],
    ),
    listed(
        Function::Count,
        SOME,
        ["count", "count(set) or count(a, b, …)", "How many members there are. Those that are missing do not count."],
        ["count(cards[where memory >= 24 GB])", "2"],
    ),
    listed(
        Function::Best,
        SOME,
        [
            "best",
            "best(set) or best(a, b, …)",
            "The best member, by what their column or metric says is better. An error when its interval does not tell it from \
             the next.",
        ],
        ["best(cards.*.price) | name", "Card B"],
    ),
    listed(
        Function::BreakEven,
        just(3),
        [
            "break_even",
            "break_even(fixed, rate_a, rate_b)",
            "How long until `fixed` and `rate_a` together cost no more than `rate_b` alone: \
             `fixed / (rate_b - rate_a)`. Missing when `rate_b` is not the greater.",
        ],
        ["break_even(600 USD, 0.10 USD/h, 0.70 USD/h)", "1,000\u{a0}h"],
    ),
    listed(
        Function::Round,
        just(2),
        ["round", "round(x, digits)", "`x` rounded to so many significant digits, halves to even."],
        ["round(1_234 s, 2)", "1,200\u{a0}s"],
    ),
    listed(
        Function::If,
        just(3),
        ["if", "if(condition, a, b)", "`a` where the condition holds, else `b`. The other is not computed."],
        ["if(cards.a.memory > 16 GB, \"large\", \"small\")", "large"],
    ),
    listed(
        Function::Has,
        just(1),
        ["has", "has(path)", "Whether there is a value at the path."],
        ["if(has(cards.c.price), cards.c.price, 0 USD)", "$0"],
    ),
    listed(
        Function::Past,
        just(1),
        ["past", "past(date)", "Whether the date lies before the day of the build."],
        ["if(past(2020-01-01), \"over\", \"to come\")", "over"],
    ),
];

impl Function {
    /// The function with this name.
    pub fn find(name: &str) -> Option<Function> {
        FUNCTIONS.iter().find(|f| f.entry.name == name).map(|f| f.function)
    }

    /// What the list says of it.
    pub fn listed(self) -> Option<&'static Listed> {
        FUNCTIONS.iter().find(|f| f.function == self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.listed().map_or("", |f| f.entry.name)
    }
}

/// All filters. They stand behind the expression, each after a `|`, each at most once, in any order.
pub static FILTERS: [Entry; 5] = [
    Entry {
        name: "in",
        signature: "in UNIT",
        meaning: "In another unit of the same dimension.",
        example: "90 min | in h",
        result: "1.5\u{a0}h",
    },
    Entry {
        name: "digits",
        signature: "digits N",
        meaning: "With no more than N significant digits, 1 to 30. No digit is added that the number does not have.",
        example: "1_234.5 s | digits 2",
        result: "1,200\u{a0}s",
    },
    Entry {
        name: "bare",
        signature: "bare",
        meaning: "Without its unit.",
        example: "cards.a.memory | bare",
        result: "24",
    },
    Entry {
        name: "interval",
        signature: "interval",
        meaning: "With its 95 % interval behind it. An error for a number that has none.",
        example: "cards.a.speed | interval",
        result: "127.7\u{a0}tok/s (127.3 to 128.2)",
    },
    Entry {
        name: "name",
        signature: "name",
        meaning: "The title of the row or the machine that the value stands in.",
        example: "max(cards.*.memory) | name",
        result: "Card A",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_stand_in_signature_and_example() {
        let mut names: Vec<_> = FUNCTIONS.iter().map(|f| f.entry).chain(FILTERS).collect();
        for entry in &names {
            assert!(entry.signature.starts_with(entry.name), "{}", entry.name);
            assert!(entry.example.contains(entry.name), "{}", entry.name);
        }
        names.sort_by_key(|entry| entry.name);
        names.dedup_by_key(|entry| entry.name);
        assert_eq!(names.len(), FUNCTIONS.len() + FILTERS.len());
        assert_eq!(Function::find("break_even").map(Function::name), Some("break_even"));
    }
}
