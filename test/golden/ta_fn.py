#!/usr/bin/env python3
"""Golden values of the indicators (ta_fn.txt), from their definitions with exact fractions.

Independent of src/ta: nothing is carried on from bar to bar; each value is worked out again from
all bars up to it, or from the recursion that its definition is.

    test/golden/ta_fn.py > test/golden/ta_fn.txt
"""
from decimal import Decimal, getcontext
from fractions import Fraction as F
import math
import random

getcontext().prec = 40


def root(x):
    return F(Decimal(x.numerator).sqrt() / Decimal(x.denominator).sqrt())


def none_in(v):
    return any(x is None for x in v)


def window(v, i, n, of):
    return of(v[i - n + 1:i + 1]) if i >= n - 1 and not none_in(v[i - n + 1:i + 1]) else None


def mean(v):
    return sum(v) / len(v)


def sd(v, less=0):
    m = mean(v)
    return root(sum((x - m) ** 2 for x in v) / (len(v) - less))


def each(v, n, of):
    return [window(v, i, n, of) for i in range(len(v))]


def smooth(v, n, k):
    """Begins with the mean of the first n that have a value; the others are passed over."""
    out, seen, e = [], [], None
    for x in v:
        if x is None:
            out.append(None)
            continue
        seen.append(x)
        if len(seen) == n:
            e = mean(seen)
        elif len(seen) > n:
            # Far more digits than a double, not exact for ever: the fractions would explode.
            e = F(round((e + k * (x - e)) * 10 ** 30), 10 ** 30)
        out.append(e)
    return out


def ema(v, n):
    return smooth(v, n, F(2, n + 1))


def rma(v, n):
    return smooth(v, n, F(1, n))


def both(a, b, of):
    return [None if x is None or y is None else of(x, y) for x, y in zip(a, b)]


def over(a, b):
    return both(a, b, lambda x, y: None if y == 0 else x / y)


class Series:
    def __init__(self, bars, session):
        self.h, self.l, self.c, self.v = ([F(b[k]) for b in bars] for k in range(4))
        self.session = session
        self.n = len(bars)
        self.p = [(h + l + c) / 3 for h, l, c in zip(self.h, self.l, self.c)]

    def sma(self, n):
        return each(self.c, n, mean)

    def ema(self, n):
        return ema(self.c, n)

    def rma(self, n):
        return rma(self.c, n)

    def stdev(self, n):
        return each(self.c, n, sd)

    def stdev_sample(self, n):
        return each(self.c, n, lambda w: sd(w, 1))

    def zscore(self, n):
        return each(self.c, n, lambda w: None if sd(w) == 0 else (w[-1] - mean(w)) / sd(w))

    def highest(self, n):
        return each(self.c, n, max)

    def lowest(self, n):
        return each(self.c, n, min)

    def rank(self, n):
        return each(self.c, n, lambda w: F(sum(x < w[-1] for x in w), n - 1))

    def change(self, n):
        return each(self.c, n + 1, lambda w: w[-1] - w[0])

    def bvc(self, n):
        """The normal distribution at the newest change in deviations of n of them."""
        def share(w):
            moves = [b - a for a, b in zip(w, w[1:])]
            return sd(moves) and F((1 + math.erf(moves[-1] / sd(moves) / root(F(2)))) / 2) or None
        return each(self.c, n + 1, share)

    def roc(self, n):
        return each(self.c, n + 1, lambda w: 100 * (w[-1] / w[0] - 1))

    def rsi(self, n):
        d = [None] + [b - a for a, b in zip(self.c, self.c[1:])]
        g = rma([x if x is None else max(x, 0) for x in d], n)
        l = rma([x if x is None else max(-x, 0) for x in d], n)
        return over(both(g, l, lambda a, b: 100 * a), both(g, l, lambda a, b: a + b))

    def bb_upper(self, n, k):
        return each(self.c, n, lambda w: mean(w) + k * sd(w))

    def bb_middle(self, n, k):
        return self.sma(n)

    def bb_lower(self, n, k):
        return self.bb_upper(n, -k)

    def bb_pctb(self, n, k):
        return each(self.c, n, lambda w: None if sd(w) == 0 else
                    (w[-1] - mean(w) + k * sd(w)) / (2 * k * sd(w)))

    def bb_width(self, n, k):
        return each(self.c, n, lambda w: 2 * k * sd(w) / mean(w))

    def macd(self, f, s, g):
        return both(ema(self.c, f), ema(self.c, s), lambda a, b: a - b)

    def macd_signal(self, f, s, g):
        return ema(self.macd(f, s, g), g)

    def macd_hist(self, f, s, g):
        return both(self.macd(f, s, g), self.macd_signal(f, s, g), lambda a, b: a - b)

    def stochf_k(self, n, d):
        low, high = each(self.l, n, min), each(self.h, n, max)
        return over(both(self.c, low, lambda c, x: 100 * (c - x)),
                    both(high, low, lambda a, b: a - b))

    def stochf_d(self, n, d):
        return each(self.stochf_k(n, d), d, mean)

    def stoch_k(self, n, s, d):
        return each(self.stochf_k(n, d), s, mean)

    def stoch_d(self, n, s, d):
        return each(self.stoch_k(n, s, d), d, mean)

    def tr(self):
        return [None] + [max(h - l, abs(h - c), abs(l - c)) for h, l, c in
                         zip(self.h[1:], self.l[1:], self.c)]

    def atr(self, n):
        return rma(self.tr(), n)

    def obv(self):
        out = [F(0)]
        for a, b, v in zip(self.c, self.c[1:], self.v[1:]):
            out.append(out[-1] + (v if b > a else -v if b < a else 0))
        return out

    def flow(self):
        return [0 if h == l else ((c - l) - (h - c)) / (h - l) * v for h, l, c, v in
                zip(self.h, self.l, self.c, self.v)]

    def ad(self):
        return [sum(self.flow()[:i + 1]) for i in range(self.n)]

    def cmf(self, n):
        return over(each(self.flow(), n, sum), each(self.v, n, sum))

    def mfi(self, n):
        up, down = [None], [None]
        for i in range(1, self.n):
            money = self.p[i] * self.v[i]
            up.append(money if self.p[i] > self.p[i - 1] else F(0))
            down.append(money if self.p[i] < self.p[i - 1] else F(0))
        up, down = each(up, n, sum), each(down, n, sum)
        return over(both(up, down, lambda a, b: 100 * a), both(up, down, lambda a, b: a + b))

    def wilder(self, v, n):
        """Sums as TA-Lib has them: n-1 values, then each takes an n-th of the sum away."""
        out, total = [None] * n, sum(v[1:n])
        for x in v[n:]:
            total = F(round((total - total / n + x) * 10 ** 30), 10 ** 30)
            out.append(total)
        return out[:self.n]

    def di(self, n, sign):
        moves = [None]
        for i in range(1, self.n):
            # As doubles, like every library: moves equal as decimals may differ by a bit.
            up = F(float(self.h[i]) - float(self.h[i - 1]))
            down = F(float(self.l[i - 1]) - float(self.l[i]))
            a, b = (up, down) if sign > 0 else (down, up)
            moves.append(a if a > b and a > 0 else F(0))
        return over([x and 100 * x for x in self.wilder(moves, n)], self.wilder(self.tr(), n))

    def plus_di(self, n):
        return self.di(n, 1)

    def minus_di(self, n):
        return self.di(n, -1)

    def adx(self, n):
        p, m = self.plus_di(n), self.minus_di(n)
        dx = over(both(p, m, lambda a, b: 100 * abs(a - b)), both(p, m, lambda a, b: a + b))
        out, e = [None] * self.n, None
        for i in range(2 * n - 1, self.n):
            if i == 2 * n - 1:
                e = sum(x or 0 for x in dx[n:2 * n]) / n
            elif dx[i] is not None:
                e = F(round((e + (dx[i] - e) / n) * 10 ** 30), 10 ** 30)
            if any(x is not None for x in dx[:i + 1]):
                out[i] = e
        return out

    def willr(self, n):
        return [x if x is None else x - 100 for x in self.stochf_k(n, 1)]

    def donchian_upper(self, n):
        return each(self.h, n, max)

    def donchian_lower(self, n):
        return each(self.l, n, min)

    def donchian_middle(self, n):
        return both(self.donchian_upper(n), self.donchian_lower(n), lambda a, b: (a + b) / 2)

    def keltner_upper(self, n, k, a):
        ranges = rma([self.h[0] - self.l[0]] + self.tr()[1:], a)
        return both(ema(self.c, n), ranges, lambda m, r: m + k * r)

    def keltner_middle(self, n, k, a):
        return ema(self.c, n)

    def keltner_lower(self, n, k, a):
        return self.keltner_upper(n, -k, a)

    def vwap(self):
        out = []
        for i in range(self.n):
            day = [k for k in range(i + 1) if self.session[k] == self.session[i]]
            total = sum(self.v[k] for k in day)
            out.append(sum(self.p[k] * self.v[k] for k in day) / total if total else None)
        return out

    def volume_sma(self, n):
        return each(self.v, n, mean)

    def volume_ratio(self, n):
        before = [None] + each(self.v, n, mean)[:-1]
        return over(self.v, before)


EXPRESSIONS = """sma(5) sma(20) sma(1) ema(12) rma(14) stdev(20) stdev(7) stdev_sample(20) zscore(20)
rsi(14) rsi(2) bb_upper(20,2.5) bb_middle(20,2.5) bb_lower(20,2.5) bb_pctb(20,2) bb_width(20,2)
macd(12,26,9) macd_signal(12,26,9) macd_hist(12,26,9) stochf_k(14,3) stochf_d(14,3)
stoch_k(14,3,3) stoch_d(14,3,3) stoch_d(5,1,2) tr() atr(14) atr(5) obv() ad() cmf(20) mfi(14) mfi(3)
plus_di(14) minus_di(14) adx(14) plus_di(5) adx(5) roc(10) roc(1) willr(14) donchian_upper(20)
donchian_middle(20) donchian_lower(20) keltner_upper(20,2,10) keltner_middle(20,2,10)
keltner_lower(20,2,10) keltner_upper(5,1.5,12) vwap() volume_sma(20) volume_ratio(20) highest(10)
lowest(10) change(3) rank(15) bvc(50) bvc(5)""".split()


def walk(r, n, price, flat, tick="0.01"):
    """A walk in ticks; bars for which flat(i) is true do not move."""
    bars, tick, p = [], Decimal(tick), Decimal(price)
    for i in range(n):
        if not flat(i):
            p = max(p + r.randint(-60, 60) * tick, 20 * tick)
        up, down = (0, 0) if flat(i) else (r.randint(0, 40), r.randint(0, 15))
        volume = 0 if i % 60 in range(20, 45) and i % 3 else r.randint(1, 9000)
        bars.append((p + up * tick, p - down * tick, p, volume))
    return bars


def text(x):
    return "-" if x is None else "%.12g" % float(x)


def main():
    r = random.Random(20)
    series = [("walk", walk(r, 110, "100.37", lambda i: False), 40),
              ("flat between", walk(r, 80, "18.07", lambda i: 30 <= i < 62), 35),
              ("flat at first", walk(r, 64, "531.69", lambda i: i < 34), 64),
              ("hundredths of a cent", walk(r, 40, "0.0721", lambda i: i == 20, "0.0001"), 25)]
    print("# made by ta_fn.py from the definitions; session, bar, values; -: no value")
    print("#", "session high low close volume", *EXPRESSIONS)
    for name, bars, length in series:
        s = Series(bars, [i // length for i in range(len(bars))])
        columns = []
        for e in EXPRESSIONS:
            args = [F(a) for a in e[e.index("(") + 1:-1].split(",") if a]
            args = [int(a) if a.denominator == 1 else a for a in args]
            columns.append(getattr(s, e[:e.index("(")])(*args))
        print("=", name)
        for i, bar in enumerate(bars):
            print(s.session[i], *bar, *[text(c[i]) for c in columns])


main()
