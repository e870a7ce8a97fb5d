//! Statistics of one run: 95 % intervals of means and medians, outliers, and how intervals carry over to what is
//! computed from them.
//!
//! An interval says how well *this* run on *this* machine repeats. The methods are those of the GUM (JCGM 100) and of
//! the distribution-free interval of a median by order statistics; they agree with SciPy to 1e-9 relative, which
//! `tests/oracle/` shows.

use crate::id::Name;
use std::sync::OnceLock;

/// The 97.5 % point of the normal distribution: what [`critical`] tends to.
const NORMAL: f64 = 1.959_963_984_540_054;

/// Half the width of a 95 % interval over its standard uncertainty, where the source gave the interval.
const GIVEN: f64 = 1.96;

/// Makes the median absolute deviation an estimate of the standard deviation of normal samples.
const MAD_TO_SD: f64 = 1.482_602_218_505_602;

/// The fewest samples for an interval of their median at 95 %.
pub const MIN_FOR_MEDIAN: usize = 6;

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Half its width.
    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// How well a measured value is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uncertainty {
    /// The 95 % interval.
    pub interval: Interval,
    /// The standard uncertainty.
    pub u: f64,
    /// Its degrees of freedom; infinite for medians and given intervals.
    pub nu: f64,
}

impl Uncertainty {
    /// Of the mean `mean` of `n` repetitions with the standard deviation `sd` (over n − 1). `None` where `n` is below
    /// 2, or `sd` is no length.
    pub fn of_mean(mean: f64, sd: f64, n: usize) -> Option<Self> {
        if n < 2 || !(sd >= 0.0 && sd.is_finite() && mean.is_finite()) {
            return None;
        }
        let n = count(n);
        let (u, nu) = (sd / n.sqrt(), n - 1.0);
        let half = critical(nu) * u;
        Some(Self { interval: Interval { low: mean - half, high: mean + half }, u, nu })
    }

    /// Of the mean of samples.
    pub fn of_mean_of(samples: &[f64]) -> Option<Self> {
        Self::of_mean(mean(samples)?, deviation(samples)?, samples.len())
    }

    /// Of the median of samples: the order statistics x(k+1) and x(n−k), k the largest with
    /// 2·P(Bin(n, ½) ≤ k) ≤ 0.05. `None` for fewer than [`MIN_FOR_MEDIAN`].
    pub fn of_median_of(samples: &[f64]) -> Option<Self> {
        let sorted = sorted(samples)?;
        let skip = skipped(sorted.len())?;
        let (low, high) = (sorted.get(skip)?, sorted.get(sorted.len().checked_sub(skip + 1)?)?);
        Self::given(*low, *high)
    }

    /// Of a value whose source gave its 95 % interval. `None` for ends that are not in order.
    pub fn given(low: f64, high: f64) -> Option<Self> {
        (low <= high && (high - low).is_finite()).then(|| {
            let interval = Interval { low, high };
            Self { interval, u: interval.half_width() / GIVEN, nu: f64::INFINITY }
        })
    }
}

/// The mean of samples; `None` where there are none, or one is no number.
pub fn mean(samples: &[f64]) -> Option<f64> {
    let mean = samples.iter().sum::<f64>() / count(samples.len());
    mean.is_finite().then_some(mean)
}

/// The standard deviation of samples, over n − 1; `None` for fewer than two.
pub fn deviation(samples: &[f64]) -> Option<f64> {
    let mean = mean(samples).filter(|_| samples.len() >= 2)?;
    let squares: f64 = samples.iter().map(|x| (x - mean).powi(2)).sum();
    Some((squares / (count(samples.len()) - 1.0)).sqrt())
}

/// The median of samples, of an even number the mean of the middle two; `None` where there are none.
pub fn median(samples: &[f64]) -> Option<f64> {
    middle(&sorted(samples)?)
}

/// Which samples are outliers, by their place: further from the median than three standard deviations, as estimated
/// by the median absolute deviation. None where more than half of the samples are equal.
pub fn outliers(samples: &[f64]) -> Vec<usize> {
    let Some(centre) = median(samples) else { return Vec::new() };
    let distances: Vec<f64> = samples.iter().map(|x| (x - centre).abs()).collect();
    let limit = 3.0 * MAD_TO_SD * median(&distances).unwrap_or(0.0);
    distances.iter().enumerate().filter(|(_, d)| limit > 0.0 && **d > limit).map(|(place, _)| place).collect()
}

fn sorted(samples: &[f64]) -> Option<Vec<f64>> {
    if samples.is_empty() || samples.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    match sorted.len() % 2 {
        0 => Some(f64::midpoint(*sorted.get(half.checked_sub(1)?)?, upper)),
        _ => Some(upper),
    }
}

/// The largest k with 2·P(Bin(n, ½) ≤ k) ≤ 0.05; `None` where even k = 0 is too much.
fn skipped(n: usize) -> Option<usize> {
    // Logarithms, since 2^-n is 0 in floating point from 1,075 samples on.
    let mut log = -count(n) * std::f64::consts::LN_2;
    let mut below = 0.0;
    let mut found = None;
    for k in 0..n {
        below += log.exp();
        if 2.0 * below > 0.05 {
            break;
        }
        found = Some(k);
        log += (count(n - k) / count(k + 1)).ln();
    }
    found
}

#[allow(clippy::cast_precision_loss, reason = "no run has 2^53 samples")]
fn count(n: usize) -> f64 {
    n as f64
}

/// t(0.975, ν): what a standard uncertainty with `nu` degrees of freedom is multiplied with for half of a 95 %
/// interval. `nu` is at least 1 and may be infinite.
pub fn critical(nu: f64) -> f64 {
    if nu > 1e5 {
        // Cornish and Fisher's expansion; the next term is below 1e-14 here.
        let z = NORMAL;
        let first = (z.powi(3) + z) / 4.0;
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
        return z + first / nu + second / (nu * nu);
    }
    // Most results have the same few numbers of runs.
    static KNOWN: [OnceLock<f64>; 64] = [const { OnceLock::new() }; 64];
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of at most 1e5")]
    let known = KNOWN.get(nu as usize).filter(|_| nu.fract() == 0.0);
    known.map_or_else(|| by_steps(nu), |known| *known.get_or_init(|| by_steps(nu)))
}

fn by_steps(nu: f64) -> f64 {
    // Right of 0 the tail is convex, so Newton's steps come from the left and never go past the root.
    let mut t = 0.0;
    for _ in 0..100 {
        let step = (tail(t, nu) - 0.025) / density(t, nu);
        t += step;
        if step.abs() <= 1e-15 * t {
            break;
        }
    }
    t
}

/// The density of Student's t.
fn density(t: f64, nu: f64) -> f64 {
    let scale = gamma_ratio(nu / 2.0) / (nu * std::f64::consts::PI).sqrt();
    scale * (-(nu + 1.0) / 2.0 * (t * t / nu).ln_1p()).exp()
}

/// P(T > t) for Student's t, `t` at least 0.
fn tail(t: f64, nu: f64) -> f64 {
    let outside = nu / (nu + t * t);
    let inside = t * t / (nu + t * t);
    let (a, b) = (nu / 2.0, 0.5);
    // √π / (Γ(a + ½)/Γ(a)) is B(a, ½).
    let beta = std::f64::consts::PI.sqrt() / gamma_ratio(a);
    let front = (-a * (t * t / nu).ln_1p()).exp() * inside.sqrt() / beta;
    if outside < (a + 1.0) / (a + b + 2.0) {
        front / a * fraction(outside, a, b) / 2.0
    } else {
        (1.0 - front / b * fraction(inside, b, a)) / 2.0
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut out = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / safe(1.0 + term * d);
            c = safe(1.0 + term / c);
            change = c * d;
            out *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    out
}

/// Γ(a + ½) / Γ(a): the asymptotic series (DLMF 5.11.13) from 40 on, and the recurrence below.
fn gamma_ratio(a: f64) -> f64 {
    let mut down = 1.0;
    let mut a = a;
    while a < 40.0 {
        down *= a / (a + 0.5);
        a += 1.0;
    }
    let x = 1.0 / a;
    let series = 1.0 + x * (-1.0 / 8.0 + x * (1.0 / 128.0 + x * (5.0 / 1024.0 + x * (-21.0 / 32768.0))));
    down * a.sqrt() * (series - 399.0 / 262_144.0 * x.powi(5))
}

/// What one measured result adds to the uncertainty of a value: ∂f/∂x · u, with its degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The result, by its id: each is counted once, however often it is used.
    pub result: Name,
    /// ∂f/∂x · u, in the unit of the value.
    pub du: f64,
    /// The degrees of freedom of u.
    pub nu: f64,
}

/// The parts of `of`, each list times its factor, one for each result. What cancels but for rounding is 0.
pub fn combine<'p>(of: impl IntoIterator<Item = (f64, &'p [Part])>) -> Vec<Part> {
    let scaled = of.into_iter().flat_map(|(factor, parts)| parts.iter().map(move |p| Part { du: factor * p.du, ..*p }));
    let mut all: Vec<Part> = scaled.collect();
    all.sort_by_key(|part| part.result);
    let groups = all.chunk_by(|a, b| a.result == b.result);
    let merged = groups.filter_map(|group| {
        let sum: f64 = group.iter().map(|p| p.du).sum();
        let size: f64 = group.iter().map(|p| p.du.abs()).sum();
        let du = if sum.abs() <= 1e-14 * size { 0.0 } else { sum };
        group.first().map(|first| Part { du, ..*first })
    });
    merged.collect()
}

/// Half the width of the 95 % interval that `parts` make together: t(0.975, ν)·u, with u² their sum of squares and ν
/// by Welch and Satterthwaite.
pub fn half_width(parts: &[Part]) -> f64 {
    // Against the largest, so that no square is lost to underflow.
    let largest = parts.iter().fold(0.0_f64, |most, p| most.max(p.du.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let square: f64 = parts.iter().map(|p| (p.du / largest).powi(2)).sum();
    let fourth: f64 = parts.iter().map(|p| (p.du / largest).powi(4) / p.nu).sum();
    let nu = if fourth > 0.0 { square * square / fourth } else { f64::INFINITY };
    critical(nu) * square.sqrt() * largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn oracle() -> Value {
        serde_json::from_str(include_str!("../../tests/oracle/expected.json")).unwrap()
    }

    fn near(ours: f64, theirs: f64, what: &str) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{what}: {ours} and {theirs}");
    }

    fn numbers(of: &Value) -> Vec<f64> {
        of.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    }

    #[test]
    fn quantiles_of_t_agree_with_scipy() {
        for pair in oracle()["t"].as_array().unwrap() {
            let nu = pair[0].as_f64().unwrap_or(f64::INFINITY);
            near(critical(nu), pair[1].as_f64().unwrap(), &format!("t at {nu}"));
        }
    }

    #[test]
    fn samples_agree_with_scipy() {
        for sample in oracle()["samples"].as_array().unwrap() {
            let name = sample["name"].as_str().unwrap();
            let values = numbers(&sample["values"]);
            let of = |key: &str| sample[key].as_f64().unwrap();
            near(mean(&values).unwrap(), of("mean"), name);
            near(deviation(&values).unwrap(), of("sd"), name);
            near(median(&values).unwrap(), of("median"), name);
            let ours = Uncertainty::of_mean_of(&values).unwrap().interval;
            let theirs = numbers(&sample["interval_of_mean"]);
            near(ours.low, theirs[0], name);
            near(ours.high, theirs[1], name);
            let ours = Uncertainty::of_median_of(&values).map(|u| vec![u.interval.low, u.interval.high]);
            let theirs = sample["interval_of_median"].as_array().map(|_| numbers(&sample["interval_of_median"]));
            assert_eq!(ours, theirs, "{name}");
            let theirs: Vec<usize> =
                sample["outliers"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
            assert_eq!(outliers(&values), theirs, "{name}");
        }
    }

    #[test]
    fn a_difference_of_two_means_agrees_with_welch() {
        let oracle = oracle();
        let samples = |name: &Value| {
            let all = oracle["samples"].as_array().unwrap();
            numbers(&all.iter().find(|s| s["name"] == *name).unwrap()["values"])
        };
        for pair in oracle["welch"].as_array().unwrap() {
            let (a, b) = (samples(&pair["a"]), samples(&pair["b"]));
            let part = |id, values: &[f64]| {
                let u = Uncertainty::of_mean_of(values).unwrap();
                [Part { result: Name::new(id), du: u.u, nu: u.nu }]
            };
            let half = half_width(&combine([(1.0, &part("a", &a)[..]), (-1.0, &part("b", &b)[..])]));
            let difference = mean(&a).unwrap() - mean(&b).unwrap();
            let theirs = numbers(&pair["difference"]);
            near(difference - half, theirs[0], "low");
            near(difference + half, theirs[1], "high");
        }
    }

    #[test]
    fn what_cannot_have_an_interval_has_none() {
        assert_eq!(Uncertainty::of_mean(1.0, 0.1, 1), None);
        assert_eq!(Uncertainty::of_mean(1.0, -0.1, 5), None);
        assert_eq!(Uncertainty::of_mean(1.0, f64::NAN, 5), None);
        assert_eq!(Uncertainty::of_mean_of(&[]), None);
        assert_eq!(Uncertainty::of_mean_of(&[1.0, f64::NAN]), None);
        assert_eq!(Uncertainty::of_median_of(&[1.0; 5]), None);
        assert_eq!(Uncertainty::given(2.0, 1.0), None);
        assert_eq!(median(&[]), None);
        assert!(outliers(&[1.0, 1.0, 1.0, 9.0]).is_empty());
    }

    #[test]
    fn a_result_counts_once() {
        let x = [Part { result: Name::new("x"), du: 0.1, nu: 4.0 }];
        let twice = combine([(1.0, &x[..]), (1.0, &x[..])]);
        assert_eq!(twice.len(), 1);
        near(half_width(&twice), critical(4.0) * 0.2, "x + x");
        assert_eq!(half_width(&combine([(1.0, &x[..]), (-1.0, &x[..])])), 0.0);
        let y = [Part { result: Name::new("y"), du: 0.1, nu: f64::INFINITY }];
        let both = combine([(1.0, &x[..]), (1.0, &y[..])]);
        near(half_width(&both), critical(16.0) * 0.1 * 2_f64.sqrt(), "x + y");
    }
}
