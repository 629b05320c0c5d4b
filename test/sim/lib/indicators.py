"""Indicators from their definitions, over lists, with None where there is no value."""
import math
from fractions import Fraction


class Bar:
    __slots__ = ("start", "end", "o", "h", "l", "c", "v", "session")

    def __init__(self, start, seconds, o, h, l, c, v, session):
        self.start, self.end = start, start + seconds
        self.o, self.h, self.l, self.c, self.v = o, h, l, c, v
        self.session = session      # (open, close) in seconds


# ---- indicators

def mean(xs):
    return sum(xs) / len(xs)


def whole(prices):
    """In ten thousandths of a dollar, of which all prices are made."""
    return [round(x * 10000) for x in prices]


def level(prices):
    """The mean of prices: of equal ones exactly that."""
    return sum(whole(prices)) / (10000 * len(prices))


def away(w):
    """Of the last price the distance from the mean, and the square of the deviation, times the
    same number: exact."""
    xs, n = whole(w), len(w)
    total = sum(xs)
    return n * xs[-1] - total, n * sum(x * x for x in xs) - total * total


def below(distance, k, square):
    """Is the distance below k deviations?"""
    if k < 0:
        return distance < 0 and distance * distance > Fraction(k) ** 2 * square
    return distance < 0 or distance * distance < Fraction(k) ** 2 * square


def window(xs, t, n):
    """The n values that end with t; None when one is missing."""
    if t + 1 < n:
        return None
    w = xs[t + 1 - n:t + 1]
    return None if any(x is None for x in w) else w


def sma(xs, n, middle=mean):
    return [middle(w) if (w := window(xs, t, n)) else None for t in range(len(xs))]


def deviation(w):
    m = mean(w)
    s = math.sqrt(sum((x - m) ** 2 for x in w) / len(w))
    return 0.0 if s < 1e-12 * abs(m) else s


def smooth(xs, n, k):
    """Begins with the mean of the first n, then moves by k."""
    out, seen, e = [], [], None
    for x in xs:
        if x is None:
            out.append(None)
            continue
        if e is None:
            seen.append(x)
            e = mean(seen) if len(seen) == n else None
        else:
            e += k * (x - e)
        out.append(e)
    return out


def ema(xs, n):
    return smooth(xs, n, 2 / (n + 1))


def rma(xs, n):
    return smooth(xs, n, 1 / n)


def rsi(xs, n):
    ups = [None] + [max(b - a, 0.0) for a, b in zip(xs, xs[1:])]
    downs = [None] + [max(a - b, 0.0) for a, b in zip(xs, xs[1:])]
    out = []
    for g, l in zip(rma(ups, n), rma(downs, n)):
        out.append(None if g is None or g + l == 0 else 100 * g / (g + l))
    return out


def atr(bars, n):
    tr = [None] + [max(b.h - b.l, abs(b.h - a.c), abs(b.l - a.c)) for a, b in zip(bars, bars[1:])]
    return rma(tr, n)


def volume_ratio(bars, t, n):
    if t < n:
        return None
    m = mean([b.v for b in bars[t - n:t]])
    return bars[t].v / m if m > 0 else None


def vwap(bars):
    out, pv, v, session = [], 0.0, 0.0, None
    for b in bars:
        if b.session != session:
            pv, v, session = 0.0, 0.0, b.session
        pv += (b.h + b.l + b.c) / 3 * b.v
        v += b.v
        out.append(pv / v if v > 0 else None)
    return out


def obv(bars):
    out = []
    for t, b in enumerate(bars):
        if t == 0:
            out.append(0.0)
        else:
            c = bars[t - 1].c
            out.append(out[-1] + (b.v if b.c > c else -b.v if b.c < c else 0))
    return out


def cmf(bars, t, n):
    if t + 1 < n:
        return None
    w = bars[t + 1 - n:t + 1]
    total = sum(b.v for b in w)
    if total <= 0:
        return None
    return sum((((b.c - b.l) - (b.h - b.c)) / (b.h - b.l) if b.h > b.l else 0) * b.v
               for b in w) / total
