"""Makes expected.json: what SciPy says of t quantiles and of samples, for tests of `number::stats`.

Run with SciPy 1.17 or later:  python make.py > expected.json
The samples are timings as benchmarks give them (seconds, tokens a second), some of them from a fixed generator.
"""

import json

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20261124)
samples = {
    "michelson 1879, first run (km/s over 299,000)": [
        850, 740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000, 1000, 960, 960,
    ],
    "rosner 1983": [-0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65,
                    1.69, 1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15, 2.23, 2.24,
                    2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92, 2.92, 2.93, 3.21, 3.26, 3.30, 3.59,
                    3.68, 4.30, 4.64, 5.34, 5.42, 6.01],
    "six of them": [1.02, 1.01, 1.05, 0.99, 1.03, 1.00],
    "five of them": [127.2, 127.9, 128.1, 127.4, 128.1],
    "all equal": [3.5] * 9,
    "two": [10.0, 11.0],
    "one slow run": [0.81, 0.80, 0.82, 0.80, 0.81, 0.79, 2.40, 0.81, 0.80, 0.82],
    "log-normal, 101": [round(float(x), 6) for x in rng.lognormal(0.0, 0.3, 101)],
    "normal, 1,500": [round(float(x), 5) for x in rng.normal(250.0, 4.0, 1500)],
}

degrees = [1, 1.0001, 1.5, 2, 2.5, 3, 3.7, 4, 5, 6, 7.25, 9, 10, 14, 19.99, 20, 29, 30, 40, 59.5, 99, 120, 350, 999,
           1e4, 99_999, 1e5, 100_001, 1e6, 1e7, 1e9]


def interval_of_median(x):
    if len(x) < 6:
        return None
    result = stats.quantile_test(x, q=float(np.median(x)), p=0.5)
    found = result.confidence_interval(confidence_level=0.95)
    return [float(found.low), float(found.high)]


def of(name, x):
    x = [float(v) for v in x]
    mean = stats.ttest_1samp(x, 0.0).confidence_interval(0.95) if np.std(x) > 0 else None
    mad = float(stats.median_abs_deviation(x))
    limit = 3 * float(stats.median_abs_deviation(x, scale="normal"))
    outliers = [i for i, v in enumerate(x) if mad > 0 and abs(v - np.median(x)) > limit]
    return {
        "name": name,
        "values": x,
        "mean": float(np.mean(x)),
        "sd": float(np.std(x, ddof=1)),
        "median": float(np.median(x)),
        "mad": mad,
        "interval_of_mean": [float(mean.low), float(mean.high)] if mean else [x[0], x[0]],
        "interval_of_median": interval_of_median(x),
        "outliers": outliers,
    }


def welch(parts):
    """The degrees of freedom of the difference of two means, as Welch's test reports them."""
    a, b = parts
    result = stats.ttest_ind(samples[a], samples[b], equal_var=False)
    found = result.confidence_interval(0.95)
    return {"a": a, "b": b, "df": float(result.df), "difference": [float(found.low), float(found.high)]}


print(json.dumps({
    "scipy": scipy.__version__,
    "t": [[nu, float(stats.t.ppf(0.975, nu))] for nu in degrees] + [["inf", float(stats.norm.ppf(0.975))]],
    "samples": [of(name, x) for name, x in samples.items()],
    "welch": [welch(["six of them", "one slow run"]), welch(["rosner 1983", "log-normal, 101"])],
}, indent=1))
