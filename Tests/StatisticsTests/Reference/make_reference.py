#!/usr/bin/env python3
"""Writes the reference tables of the Statistics tests.

Truth is computed with mpmath at 150 digits from positive-term series (never the continued
fractions or saddle-point forms that the Swift code uses). SciPy's values stand beside it. The
arguments are doubles, printed so that they read back exactly; every probability belongs to exactly
that double.

With arguments, only the named tables are written: make_reference.py beta f
"make_reference.py literals" prints the single values that stand in the tests themselves.
"""
import csv
import sys

import mpmath as mp
import scipy
from scipy import stats

mp.mp.dps = 150

PROBES = [1e-30, 1e-20, 1e-12, 1e-8, 1e-5, 1e-3, 0.01, 0.025, 0.1, 0.3, 0.45]
# (p, counted from the upper end?)
POINTS = [(p, False) for p in PROBES] + [(0.5, False)] + [(p, True) for p in reversed(PROBES)]


def series_beta(a, b, x):
    """I_x(a, b) = x^a y^b / (a B(a, b)) * sum (a + b)_n / (a + 1)_n x^n; positive terms."""
    term = mp.mpf(1)
    total = mp.mpf(1)
    above, below = (a + b) * x, a + 1
    while True:
        term *= above / below
        total += term
        above += x
        below += 1
        if above < below and term < total * mp.eps * (1 - x):
            break
    log_kernel = (a * mp.log(x) + b * mp.log(1 - x)
                  + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b))
    return mp.exp(log_kernel) / a * total


def beta_tails(a, b, x):
    """Lower tail, upper tail, density of Beta(a, b) at x.

    One tail may subtract from one; the digits pay for it.
    """
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    if x < 0.5:
        lower = series_beta(a, b, x)
        upper = 1 - lower
    else:
        upper = series_beta(b, a, 1 - x)
        lower = 1 - upper
    density = mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x)
                     + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b))
    return lower, upper, density


def gamma_tails(a, x):
    """Lower tail, upper tail, density of Gamma(a, 1) at x, by the positive series of P."""
    a, x = mp.mpf(a), mp.mpf(x)
    term = 1 / a
    total = term
    below = a
    while True:
        below += 1
        term *= x / below
        total += term
        if 2 * x < below and term < total * mp.eps or term < total * mp.eps / 10**9:
            break
    log_kernel = a * mp.log(x) - x - mp.loggamma(a)
    lower = mp.exp(log_kernel) * total
    return lower, 1 - lower, mp.exp(log_kernel) / x


def f_tails(d1, d2, f):
    d1, d2, f = mp.mpf(d1), mp.mpf(d2), mp.mpf(f)
    x = d1 * f / (d1 * f + d2)
    lower, upper, density = beta_tails(d1 / 2, d2 / 2, x)
    return lower, upper, density * x * (1 - x) / f


def student_tails(nu, t):
    nu, t = mp.mpf(nu), mp.mpf(t)
    density = mp.exp(mp.loggamma((nu + 1) / 2) - mp.loggamma(nu / 2)
                     - (nu + 1) / 2 * mp.log1p(t * t / nu)) / mp.sqrt(nu * mp.pi)
    if t == 0:
        return mp.mpf(0.5), mp.mpf(0.5), density
    _, outside, _ = beta_tails(0.5, nu / 2, t * t / (nu + t * t))
    half = outside / 2
    return (1 - half, half, density) if t > 0 else (half, 1 - half, density)


def normal_tails(z):
    z = mp.mpf(z)
    return (mp.erfc(-z / mp.sqrt(2)) / 2, mp.erfc(z / mp.sqrt(2)) / 2, mp.npdf(z))


def binomial_tails(n, p, k):
    n, p, k = int(n), mp.mpf(p), int(k)
    mass = mp.exp(mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)
                  + k * mp.log(p) + (n - k) * mp.log(1 - p))
    if k == n:
        return mp.mpf(1), mp.mpf(0), mass
    upper, lower, _ = beta_tails(k + 1, n - k, p)
    return lower, upper, mass


def digits(value):
    return mp.nstr(value, 20, min_fixed=0, max_fixed=0)


class Table:
    """One CSV file: parameters, x, cdf, survival, density, and SciPy's cdf and survival."""

    def __init__(self, name, parameters, law, exact, discrete=False):
        self.name, self.parameters, self.law = name, parameters, law
        self.exact, self.discrete = exact, discrete

    def write(self, sets, extra=()):
        if sys.argv[1:] and self.name not in sys.argv[1:]:
            return
        worst = [(0.0, "")] * 2
        with open(f"{self.name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.parameters
                            + ["x", "cdf", "survival", "density", "scipy_cdf", "scipy_survival"])
            for values in sets:
                law = self.law(*values)
                xs = []
                for p, is_upper in POINTS:
                    x = float(law.isf(p)) if is_upper else float(law.ppf(p))
                    if mp.isfinite(x) and x not in xs:
                        xs.append(x)
                for x in xs + list(extra):
                    row = self.row(values, law, x)
                    if row is None:
                        continue
                    writer.writerow(row[0])
                    for i in range(2):
                        if row[1][i] > worst[i][0]:
                            worst[i] = (row[1][i], f"{values} x={x!r}")
        for side, (error, where) in zip(("cdf", "survival"), worst):
            print(f"{self.name}: SciPy's {side} is off by at most {error:.1e} relative, {where}")

    def row(self, values, law, x):
        try:
            lower, upper, density = self.exact(*values, x)
        except (ValueError, ZeroDivisionError):
            return None
        if not 1e-100 < min(lower, upper) or not mp.isfinite(density):
            return None
        shown = int(x) if self.discrete else repr(x)
        pair = float(law.cdf(x)), float(law.sf(x))
        errors = [float(abs(got / want - 1)) for got, want in zip(pair, (lower, upper))]
        # Where the other tail is tiny, 1 - tail is all there is to compare.
        return ([repr(v) for v in values]
                + [shown, digits(lower), digits(upper), digits(density)]
                + [repr(v) for v in pair]), errors


def log_gamma():
    if sys.argv[1:] and "log_gamma" not in sys.argv[1:]:
        return
    points = [1e-10, 0.001, 0.1, 0.25, 0.5, 0.75, 0.999999, 1.0, 1.0000001, 1.25, 1.5, 1.75,
              1.99999, 2.0, 2.000001, 2.3, 2.5, 2.75, 3.0, 7.5, 15.9, 16.0, 31.25, 100.0, 256.5,
              1e4, 1e6, 1e12]
    with open("log_gamma.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "log_gamma"])
        for x in points:
            writer.writerow([repr(x), digits(mp.loggamma(mp.mpf(x)))])


def literals():
    first, second = [1, 2, 3, 4, 5], [1.1, 1.7, 3.2, 3.1, 4.6]
    paired = stats.ttest_rel(first, second)
    print("t quantiles", [float(stats.t.ppf(0.975, nu)) for nu in (9, 2)])
    print("ttest_rel", float(paired.pvalue), paired.confidence_interval(0.95))
    print("McNemar", float(stats.binomtest(6, 22, 0.5).pvalue))
    for n in (10, 100, 1000):
        for scaled in (0.5, 0.8, 1.0, 1.36, 2.0):
            shift = round(scaled / n**0.5 - 0.5 / n, 4)
            print("kstwo", n, shift, float(stats.kstwo.sf(shift + 0.5 / n, n)))


def main():
    if sys.argv[1:] == ["literals"]:
        literals()
        return
    print(f"python {sys.version.split()[0]}, scipy {scipy.__version__}, mpmath {mp.__version__}")
    Table("normal", [], stats.norm, normal_tails).write(
        [()], extra=[-1e-10, 1e-10, -0.001, 0.25, -1.0, 2.0, -12.5, 15.0])
    Table("student", ["nu"], stats.t, student_tails).write(
        [(v,) for v in (1.0, 2.0, 3.0, 4.5, 9.0, 29.0, 30.0, 99.0, 1e3, 1e4, 1e6)],
        extra=[1e-9, -1e-3])
    Table("gamma", ["shape"], stats.gamma, gamma_tails).write(
        [(v,) for v in (0.1, 0.5, 0.9, 1.0, 1.5, 2.5, 8.0, 16.0, 32.0, 256.0, 1000.5, 1e4, 1e5,
                        1e6)])
    Table("beta", ["a", "b"], stats.beta, beta_tails).write(
        [(0.5, 0.5), (0.1, 2.0), (0.3, 40.0), (1.0, 1.0), (1.0, 30.0), (2.0, 3.0), (5.0, 0.5),
         (16.0, 0.9), (8.0, 256.0), (100.5, 20.25), (50.0, 50.0), (1000.0, 10.0),
         (1e4, 1e4), (3.0, 1e6), (1e5, 250.0), (1e6, 1e6), (1e6, 1e3), (2e5, 9e5)])
    Table("f", ["d1", "d2"], stats.f, f_tails).write(
        [(1.0, 1.0), (1.0, 10.0), (2.0, 2.0), (3.0, 7.0), (10.0, 1.0), (5.0, 2.5), (16.0, 16.0),
         (32.0, 512.0), (64.0, 512.0), (512.0, 512.0), (34.0, 64.0), (512.0, 32.0), (1e4, 50.0),
         (1e5, 1e5), (2e6, 2e6), (10.0, 2e6)])
    Table("binomial", ["n", "p"], stats.binom, binomial_tails, discrete=True).write(
        [(1, 0.5), (10, 0.3), (32, 0.2), (32, 0.7), (100, 0.01), (100, 0.99), (1000, 0.5),
         (1000, 0.001), (10000, 0.25), (100000, 0.0001), (100000, 0.9), (1000000, 0.5),
         (1000000, 1e-6), (1000000, 0.3)])
    log_gamma()


if __name__ == "__main__":
    main()
