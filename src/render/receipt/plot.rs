//! Samples as a strip plot: one dot a sample, the value and its interval, drawn without styles of its own so that the
//! theme's colours hold.

use crate::escape;
use crate::number::print::{self, Style};
use crate::number::{Quantity, stats};
use crate::parse::record::Measured;
use std::fmt::Write as _;

/// The width of the plot, in its own units.
const WIDTH: f64 = 640.0;
/// What is left free at each side.
const EDGE: f64 = 16.0;
/// How many dots stand above each other before more are not seen apart.
const STACK: usize = 7;
/// The line that the dots stand on.
const BASE: f64 = 64.0;

/// The samples of `result`, which is called `title`; nothing where there are fewer than two.
pub fn strip(result: &Measured, title: &str) -> String {
    let values = result.sample_values();
    let (Some(low), Some(high)) = (lowest(&values), highest(&values)) else { return String::new() };
    if values.len() < 2 {
        return String::new();
    }
    let interval = result.uncertainty().map(|known| known.interval);
    let low = interval.map_or(low, |interval| low.min(interval.low));
    let high = interval.map_or(high, |interval| high.max(interval.high));
    // Equal samples stand in the middle.
    let (low, span) = if high > low { (low, high - low) } else { (low - 0.5, 1.0) };
    let x = |value: f64| EDGE + (value - low) / span * (WIDTH - 2.0 * EDGE);
    let outliers = stats::outliers(&values);
    let said = |quantity: Option<Quantity>| quantity.map(|q| print::quantity(&q, Style::default())).unwrap_or_default();
    let extreme = |wanted: Option<f64>| said(result.samples.iter().find(|sample| Some(sample.value()) == wanted));
    let (least, most) = (extreme(lowest(&values)), extreme(highest(&values)));
    let mut out = format!("<svg class=\"strip\" viewBox=\"0 0 {WIDTH} 96\" role=\"img\">");
    let _ = write!(
        out,
        "<title>Samples of {}</title><desc>{} samples from {} to {}; {}.</desc>",
        escape::text(title),
        print::count(values.len()),
        escape::text(&least),
        escape::text(&most),
        outlier_words(outliers.len())
    );
    if let Some(interval) = interval {
        let (from, to) = (x(interval.low), x(interval.high));
        let _ =
            write!(out, "<rect class=\"interval\" x=\"{from:.1}\" y=\"8\" width=\"{:.1}\" height=\"56\"/>", to - from);
    }
    let _ = write!(out, "<path class=\"axis\" d=\"M{EDGE} {BASE}H{}\"/>", WIDTH - EDGE);
    if let Some(value) = &result.value {
        let _ = write!(out, "<path class=\"value\" d=\"M{:.1} 8V{BASE}\"/>", x(value.value()));
    }
    dots(&mut out, &values, &outliers, x);
    let _ = write!(
        out,
        "<text x=\"{EDGE}\" y=\"88\">{}</text><text class=\"end\" x=\"{}\" y=\"88\">{}</text></svg>",
        escape::text(&least),
        WIDTH - EDGE,
        escape::text(&most)
    );
    out
}

fn dots(out: &mut String, values: &[f64], outliers: &[usize], x: impl Fn(f64) -> f64) {
    let mut stacks: rustc_hash::FxHashMap<i64, usize> = rustc_hash::FxHashMap::default();
    for (place, value) in values.iter().enumerate() {
        let at = x(*value);
        // Dots that would lie on one another are put above each other.
        let height = stacks.entry((at / 8.0).round() as i64).or_default();
        if *height >= STACK {
            continue;
        }
        let y = BASE - 6.0 - 8.0 * (*height as f64);
        *height += 1;
        let _ = match outliers.binary_search(&place) {
            // Told apart by shape as well.
            Ok(_) => write!(out, "<path class=\"outlier\" d=\"M{at:.1} {:.1}l5 5-5 5-5-5z\"/>", y - 5.0),
            Err(_) => write!(out, "<circle cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"4\"/>"),
        };
    }
}

/// How many outliers there are, in words.
pub fn outlier_words(count: usize) -> String {
    match count {
        0 => "no outlier".to_owned(),
        1 => "1 outlier".to_owned(),
        count => format!("{count} outliers"),
    }
}

fn lowest(values: &[f64]) -> Option<f64> {
    values.iter().copied().min_by(f64::total_cmp)
}

fn highest(values: &[f64]) -> Option<f64> {
    values.iter().copied().max_by(f64::total_cmp)
}
