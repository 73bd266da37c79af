#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What SciPy says about the samples of these tests; writes scipy.json beside this file.

    apt-get install python3-scipy
    /usr/bin/python3 tests/statistics/record.py

Where SciPy has no function, the definition is computed by enumeration with NumPy.
"""
import itertools
import json
import pathlib

import numpy as np
import scipy
from scipy import optimize, stats


def samples():
    random = np.random.default_rng(20121212)
    yield "normal 6", random.normal(0.3, 1.0, 6)
    yield "normal 10", random.normal(0.8, 1.0, 10)
    yield "far 10", random.normal(5.0, 1.0, 10)
    yield "skewed 12", random.exponential(1.0, 12) - 0.4
    yield "tails 14", random.standard_t(2, 14) + 0.5
    yield "accuracies 10", np.array([3, -1, 2, 0, 4, 2, 2, -1, 5, 1]) / 360
    yield "accuracies 8", np.array([1, 1, 1, 1, -1, 1, 2, 2]) / 360
    yield "zeros 7", np.array([0, 0, 1, 1, 1, 1, 1]) / 360
    yield "large offset 9", 1e4 + random.normal(0.0, 1.0, 9)


def sign_flip_p(d):
    """Two-sided, exact: swap the arms of any seeds."""
    result = stats.permutation_test(
        (d, np.zeros_like(d)), lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples", vectorized=True, n_resamples=np.inf)
    return float(result.pvalue)


def sign_flip_interval(d, alpha):
    """Ends of the means that are not rejected, by bisection."""
    spread = 20 * (np.ptp(d) + 1e-9)

    def end(sign):
        def is_kept(distance):
            return sign_flip_p(d - (d.mean() + sign * distance)) >= alpha
        if is_kept(spread):
            return None
        low, high = 0.0, spread
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if is_kept(middle) else (low, middle)
        return float(d.mean() + sign * low)
    return [end(-1), end(+1)]


def wilcoxon_p(d):
    """Exact given the ranks: enumerate their signs."""
    d = d[d != 0]
    if len(np.unique(np.round(np.abs(d), 12))) == len(d):
        return float(stats.wilcoxon(d, mode="exact").pvalue)
    ranks = stats.rankdata(np.round(np.abs(d), 12))
    observed = ranks[d > 0].sum()
    sums = np.array([np.dot(s, ranks) for s in itertools.product([0, 1], repeat=len(d))])
    tail = min((sums <= observed + 1e-9).mean(), (sums >= observed - 1e-9).mean())
    return float(min(1.0, 2 * tail))


def bca(d, n_times=30):
    """Mean and deviation of both ends over repeated bootstraps."""
    ends = np.array([
        stats.bootstrap((d,), np.mean, n_resamples=9999, method="BCa",
                        random_state=seed).confidence_interval
        for seed in range(n_times)])
    return {"mean": ends.mean(axis=0).tolist(), "sd": ends.std(axis=0, ddof=1).tolist()}


def walsh_median(d):
    i, j = np.triu_indices(len(d))
    return float(np.median((d[i] + d[j]) / 2))


def max_t(rows):
    """Step-down max-T over all joint flips of columns."""
    m, n = rows.shape
    flips = np.array(list(itertools.product([1, -1], repeat=n)))
    root = np.sqrt((rows ** 2).sum(axis=1))
    t = np.abs(flips @ rows.T) / root
    observed = np.abs(rows.sum(axis=1)) / root
    order = np.argsort(-observed)
    p = np.zeros(m)
    for place, arm in enumerate(order):
        largest = t[:, order[place:]].max(axis=1)
        p[arm] = (largest >= observed[arm] - 1e-9).mean()
    p[order] = np.maximum.accumulate(p[order])
    return p.tolist()


def tables():
    random = np.random.default_rng(1212)
    for m, n, effect in [(2, 10, 0.9), (3, 8, 0.7), (4, 12, 0.5)]:
        control = random.normal(0, 1, n)
        shift = effect * np.arange(m)[:, None]
        yield random.normal(0, 1, (m, n)) + shift - control


def power(n, effect, alpha, n_tables=400_000):
    """Share of normal samples that the exact test rejects."""
    random = np.random.default_rng(n)
    flips = np.array(list(itertools.product([1, -1], repeat=n - 1)))
    flips = np.hstack([flips, np.ones((len(flips), 1))]).T
    rejected = 0
    for _ in range(n_tables // 4000):
        d = random.normal(effect, 1.0, (4000, n))
        p = (np.abs(d @ flips) >= np.abs(d.sum(axis=1))[:, None] - 1e-9).mean(axis=1)
        rejected += (p < alpha).sum()
    share = rejected / n_tables
    return {"n": n, "effect": effect, "alpha": alpha, "share": share,
            "error": float(np.sqrt(share * (1 - share) / n_tables))}


def t_test_power(n, ratio, alpha):
    limit = stats.t.ppf(1 - alpha / 2, n - 1)
    shift = ratio * np.sqrt(n)
    return stats.nct.sf(limit, n - 1, shift) + stats.nct.cdf(-limit, n - 1, shift)


def seeds(ratio, alpha):
    n = 3
    while t_test_power(n, ratio, alpha) < 0.8:
        n += 1
    return {"ratio": ratio, "alpha": alpha, "n": n}


def main():
    cases = [{
        "name": name, "differences": d.tolist(), "sign_flip_p": sign_flip_p(d),
        "interval_95": sign_flip_interval(d, 0.05),
        "interval_90": sign_flip_interval(d, 0.10),
        "wilcoxon_p": wilcoxon_p(d), "hodges_lehmann": walsh_median(d), "bca": bca(d),
    } for name, d in samples()]
    many = np.random.default_rng(7).normal(0.1, 1.0, 80).round(1)
    z = [0.0, 0.3, -1.0, 2.5, -6.0, -20.0]
    p = [1e-300, 1e-12, 0.001, 0.025, 0.3, 0.5, 0.975]
    document = {
        "scipy": scipy.__version__, "numpy": np.__version__, "cases": cases,
        "many": {"differences": many.tolist(),
                 "wilcoxon_p": float(stats.wilcoxon(many, mode="approx",
                                                    correction=False).pvalue)},
        "max_t": [{"differences": rows.tolist(), "p": max_t(rows)} for rows in tables()],
        "cdf": [[x, float(stats.norm.cdf(x))] for x in z],
        "quantile": [[x, float(stats.norm.ppf(x))] for x in p],
        "power": [power(10, 1.0, 0.05), power(10, 0.5, 0.05), power(12, 1.0, 0.025)],
        "seeds": [seeds(r, a) for r in (2.0, 1.0, 0.5, 0.2) for a in (0.05, 0.025)],
    }
    path = pathlib.Path(__file__).with_name("scipy.json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
