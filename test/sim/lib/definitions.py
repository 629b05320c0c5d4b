"""The strategies once more, from their definitions and from nothing else: lists, loops, no state
that is carried along where a window can be looked at again. Slow, and easy to read.

A series is a list with None where there is no value. Every strategy is a function of
(symbol's bars, index, parameters, market) that answers None or a signal
(side, stop, target, hold seconds); exits are functions of (bars, index, trade, parameters)."""
import bisect
import math

from indicators import (Bar, atr, away, below, cmf, deviation, ema, level, mean, obv, rsi, sma,
                        volume_ratio, vwap, window)


class Symbol:
    """A symbol's bars, and indicators of them when they are first asked for."""

    def __init__(self, bars):
        self.bars = bars
        self.c = [b.c for b in bars]
        self.kept = {}

    def of(self, name, *args):
        key = (name,) + args
        if key not in self.kept:
            make = {"sma": lambda n: sma(self.c, n, level), "ema": lambda n: ema(self.c, n),
                    "rsi": lambda n: rsi(self.c, n), "atr": lambda n: atr(self.bars, n),
                    "vwap": lambda: vwap(self.bars), "obv": lambda: obv(self.bars),
                    "ratio": lambda n, m: [None if a is None or b is None or b == 0 else a / b
                                           for a, b in zip(self.of("atr", n),
                                                           sma(self.of("atr", n), m))]}
            self.kept[key] = make[name](*args)
        return self.kept[key]


def at_or_before(bars, start, interval):
    """The newest bar that starts at or before; None when it is older than two intervals."""
    found = None
    for b in bars:
        if b.start > start:
            break
        found = b
    return found if found and start - found.start <= 2 * interval else None


def closes_of_days(bars, session):
    """Of the days before the session, each the last close."""
    out = {b.session: b.c for b in bars if b.session < session}
    return list(out.values())


def day_lead(s, t, n, market):
    """Gain over n days that have closed less that of the benchmark."""
    own, bench = (closes_of_days(x, s.bars[t].session) for x in (s.bars, market.bench))
    if len(own) <= n or len(bench) <= n:
        return None
    return own[-1] / own[-1 - n] - bench[-1] / bench[-1 - n]


# ---- 2.1, and its `classic` with two of three and near closes

def mean_reversion(s, t, p, market):
    b, n = s.bars[t], p["bb_n"]
    w, r = window(s.c, t, n), s.of("rsi", p["rsi_n"])[t]
    v = volume_ratio(s.bars, t, p["vol_n"])
    if w is None or r is None or v is None or deviation(w) == 0:
        return None
    distance, square = away(w)
    for up in (1, -1):
        band = level(w) - up * p["bb_k"] * deviation(w)
        rsi_now, limit = (r, p["rsi_max"]) if up > 0 else (-r, -p["rsi_min_short"])
        beyond = below(up * distance, -p["bb_k"], square)
        near = p["near"] > 0 and up * b.c < up * band * (1 + up * p["near"]) and \
            ((r < p["near_rsi"] if up > 0 else r > 100 - p["near_rsi"]) or v > p["near_vol"])
        met = (beyond or near) + (rsi_now < limit) + (v > p["vol_mult"])
        if met < p["need"]:
            continue
        if p["rs"] and market.bench and p.get("rs_of"):
            lead = day_lead(s, t, p["rs_n"], market)
            if lead is None or not up * lead > p["rs_min"]:
                continue
        elif p["rs"] and market.bench:
            if t < p["rs_n"]:
                continue
            before = s.bars[t - p["rs_n"]]
            x = at_or_before(market.bench, b.start, market.interval)
            y = at_or_before(market.bench, before.start, market.interval)
            if x is None or y is None:
                continue
            lead = (b.c / before.c - 1) - (x.c / y.c - 1)
            if not up * lead > p["rs_min"]:
                continue
        return up, b.c * (1 - up * p["stop"]), b.c * (1 + up * p["target"]), p["hold"]
    return None


def mean_reversion_exit(s, t, trade, p):
    return p["exit"] and trade.up * s.c[t] >= trade.up * s.of("sma", p["bb_n"])[t]


# ---- 2.2

def volatility_breakout(s, t, p, market):
    n, b = p["consol_n"], s.bars[t]
    ratio, a = s.of("ratio", p["atr_n"], p["atr_avg_n"]), s.of("atr", p["atr_n"])[t]
    v = volume_ratio(s.bars, t, p["vol_n"])
    if t < n + 1 or v is None or a is None or window(ratio, t - 1, n) is None:
        return None
    box = s.bars[t - n:t]
    top, bottom = max(x.h for x in box), min(x.l for x in box)
    for up in (1, -1):
        edge = top * (1 + p["breakout"]) if up > 0 else bottom * (1 - p["breakout"])
        if not up * b.c > up * edge or not v > p["vol_mult"]:
            continue
        if p["same_session"] and box[0].session != b.session:
            continue
        if p["box_max"] > 0 and (top - bottom) / s.c[t - 1] > p["box_max"]:
            continue
        if p["reading"] == "strict":
            quiet = all(r < p["contraction"] for r in ratio[t - n:t])
        else:
            quiet = min(ratio[t - n:t]) < 1
        length = 0      # closes that stayed inside, from t-1 back
        while length < t and bottom <= s.c[t - 1 - length] <= top:
            length += 1
        if not quiet or not length > n:
            continue
        risk = a * p["stop_atr"] if p["stop"] == "atr" else up * (b.c - (top + bottom) / 2)
        return up, b.c - up * risk, b.c + up * 2 * risk, p["hold"], (top, bottom)
    return None


def volatility_breakout_exit(s, t, trade, p):
    """Two closes back inside the box in a row, both since the fill."""
    top, bottom = trade.more
    edge = top if trade.up > 0 else bottom
    return t - 1 >= trade.filled and all(trade.up * s.c[i] <= trade.up * edge for i in (t - 1, t))


# ---- 2.3

def momentum_signal(s, t, p):
    n = p["look"]
    if t < n:
        return 0
    if p["move"] == "open":
        move = s.bars[t].c / s.bars[t - n].o - 1
        big = abs(move) >= p["min_move"]
    else:
        move = s.bars[t].c / s.bars[t - n].c - 1
        big = abs(move) > p["min_move"]
    v = volume_ratio(s.bars, t, p["vol_n"])
    if not big or v is None or not v > p["vol_mult"] or s.of("atr", p["atr_n"])[t] is None:
        return 0
    return 1 if move > 0 else -1


def barriers(s, t, p):
    a, c = s.of("atr", p["atr_n"])[t], s.c[t]
    return (a * p["sl"], a * p["tp"]) if p["barriers"] == "atr" else (c * p["stop"],
                                                                      c * p["target"])


def label(s, t, up, p):
    stop, target = barriers(s, t, p)
    after = s.bars[t + 1:t + 1 + p["horizon"]]
    start = after[0].o
    for b in after:
        lost = b.l <= start - stop if up > 0 else b.h >= start + stop
        won = b.h >= start + target if up > 0 else b.l <= start - target
        if lost or won:
            return 0 if lost else 1
    return 1 if up * after[-1].c > up * start else 0


def past_signals(market, up, p):
    """Of each symbol the first signal of a half hour: (slot, end of its window, label)."""
    key = ("past", up) + tuple(sorted(p.items()))
    if key not in market.kept:
        found = []
        for s in market.symbols:
            half_hours = set()
            for t in range(len(s.bars) - p["horizon"]):
                half_hour = s.bars[t].start // 1800
                if half_hour in half_hours or momentum_signal(s, t, p) != up:
                    continue
                half_hours.add(half_hour)
                found.append((s.bars[t].start // 300, s.bars[t + p["horizon"]].end,
                              label(s, t, up, p)))
        market.kept[key] = found
    return market.kept[key]


def votes(market, moment, up, p):
    """Sum of the votes, and their number, that are known strictly before the moment."""
    slots = {}
    for slot, end, won in past_signals(market, up, p):
        if end < moment:
            slots.setdefault(slot, []).append(won)
    return sum(mean(v) for v in slots.values()), len(slots)


def wilson(k, n, z=1.6448536269514722):
    q = k / n
    return (q + z * z / (2 * n) - z * math.sqrt(q * (1 - q) / n + z * z / (4 * n * n))) / \
        (1 + z * z / n)


def beta_above(a, b, x, steps=2000):
    """P(p > x) by Simpson's rule over the density."""
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)

    def density(q):
        return 0.0 if q <= 0 or q >= 1 else \
            math.exp(log + (a - 1) * math.log(q) + (b - 1) * math.log(1 - q))
    h = (1 - x) / steps
    return h / 3 * sum((1 if i in (0, steps) else 4 if i % 2 else 2) * density(x + i * h)
                       for i in range(steps + 1))


def continues(market, moment, up, p):
    if p["continuation"] == "off":
        return True
    k, n = votes(market, moment, up, p)
    if n < p["votes_min"]:
        return False
    if p["continuation"] == "share":
        return k / n >= p["p_min"]
    if p["continuation"] == "wilson":
        return wilson(k, n) > p["p_min"]
    return beta_above(12 + k, 12 + n - k, p["p_min"]) >= p["sure"]


def momentum(s, t, p, market):
    up = momentum_signal(s, t, p)
    if up == 0 or not continues(market, s.bars[t].end, up, p):
        return None
    stop, target = barriers(s, t, p)
    hold = p["hold"] or p["horizon"] * market.interval
    return up, s.c[t] - up * stop, s.c[t] + up * target, hold


# ---- 2.4: the score of what bars can tell, and the classic patterns

def pivots(s, up):
    """Indices of pivot lows (highs, for shorts), and what is compared at them."""
    if ("pivots", up) not in s.kept:
        low = [b.l if up > 0 else -b.h for b in s.bars]
        found = [q for q in range(5, len(low) - 5) if low[q] == min(low[q - 5:q + 6]) and
                 low[q] < min(low[q - 5:q])]
        s.kept["pivots", up] = found, low, [up * x for x in s.of("obv")]
    return s.kept["pivots", up]


def divergence(s, t, up):
    """Two latest pivots that are known, and the later one known at most nine bars ago."""
    found, low, line = pivots(s, up)
    for i in range(bisect.bisect_right(found, t - 5) - 1, 0, -1):
        a, b = found[i - 1:i + 1]
        if t - (b + 5) > 9:
            break
        if 5 <= b - a <= 60 and low[b] < low[a] and line[b] > line[a]:
            return True
    return False


def imbalance(s, t, n):
    """Bought less sold over all volume of n bars, each split by how far its close moved."""
    if t < 49 + n:
        return None
    moves = [b - a for a, b in zip(s.c[t - 49 - n:t], s.c[t - 48 - n:t + 1])]
    signed = 0
    for i in range(n):
        w = moves[i:i + 50]
        m = mean(w)
        sigma = math.sqrt(mean([(x - m) ** 2 for x in w]))
        if sigma == 0:
            return None
        signed += math.erf(w[-1] / sigma / math.sqrt(2)) * s.bars[t + 1 - n + i].v
    volume = sum(b.v for b in s.bars[t + 1 - n:t + 1])
    return signed / volume if volume > 0 else None


def smart_money_score(s, t, p, market):
    b, w, n = s.bars[t], s.of("vwap")[t], p["cmf_n"]
    flow, v = cmf(s.bars, t, n), volume_ratio(s.bars, t, p["vol_n"])
    a = s.of("atr", p["atr_n"])
    if None in (w, flow, v, a[t], a[t - 1]) or t < n or t < p["press_n"]:
        return None
    for up in (1, -1):
        if not up * b.c > up * w:
            continue
        part_a = divergence(s, t, up)
        part_b = up * flow > p["cmf_min"] and up * (b.c - s.c[t - n]) <= 0
        clv = ((b.c - b.l) - (b.h - b.c)) / (b.h - b.l) if b.h > b.l else 0
        part_c = v >= p["vol_mult"] and b.h - b.l <= p["narrow"] * a[t - 1] and up * clv >= 0 \
            and up * (b.c - s.c[t - p["press_n"]]) < 0
        share = imbalance(s, t, p["bulk_n"]) if p.get("bulk_n") else None
        part_d = share is not None and up * share > p["bulk_min"]
        if part_a + part_b + part_c + part_d >= p["need"] and (part_a or part_c):
            return up, b.c - up * p["stop_atr"] * a[t], b.c * (1 + up * p["target"]), p["hold"]
    return None


def smart_money_exit(s, t, trade, p):
    w = s.of("vwap")
    return t - 2 >= trade.filled and all(trade.up * s.c[i] < trade.up * w[i]
                                         for i in (t - 2, t - 1, t))


def smart_money_classic(s, t, p, market):
    b, w = s.bars[t], s.of("vwap")
    v = volume_ratio(s.bars, t, 20)
    if v is None or t < 21:
        return None
    before = s.bars[t - 20:t]
    for up in (1, -1):
        far = b.h - b.c if up > 0 else b.c - b.l        # of the close, from the bar's far end
        own = b.l if up > 0 else b.h
        if v >= 5 and b.h - b.l < 0.5 * mean([x.h - x.l for x in before]) and \
                far <= 0.4 * (b.h - b.l):
            return up, own * (1 - up * 0.01), b.c * (1 + up * 0.02), p["hold"]
        if window(w, t, 6) and any(up * (s.c[i] - w[i]) < 0 for i in range(t - 5, t)) and \
                up * own < up * w[t] < up * b.c:
            return up, own * (1 - up * 0.005), b.c * (1 + up * 0.025), p["hold"]
        level = min(x.l for x in before) if up > 0 else max(x.h for x in before)
        touches = sum(x.l <= level * 1.005 if up > 0 else x.h >= level * 0.995 for x in before)
        if touches >= 2 and up * b.c >= up * level * (1 + up * p["de_break"]) and \
                v > p["de_vol"]:
            return up, level * (1 - up * 0.01), b.c * (1 + up * 0.03), p["hold"]
    return None


# ---- 2.5 and its classic score of five

def frames(s, minutes):
    """Frames of the session's grid: when each has closed, and its last close."""
    if ("frames", minutes) not in s.kept:
        found, key = [], None
        for b in s.bars:
            k = (b.session, (b.start - b.session[0]) // (minutes * 60))
            if k != key:
                end = b.session[0] + (k[1] + 1) * minutes * 60
                found.append((min(end, b.session[1]), b.c))
                key = k
            found[-1] = (found[-1][0], b.c)
        s.kept["frames", minutes] = [x[0] for x in found], [x[1] for x in found]
    return s.kept["frames", minutes]


def frame_vote(s, t, minutes, fast, slow):
    """Of the newest frame that has closed by the end of bar t."""
    ends, closes = frames(s, minutes)
    key = ("vote", minutes, fast, slow)
    if key not in s.kept:
        s.kept[key] = ema(closes, fast), ema(closes, slow)
    f, g = s.kept[key]
    i = bisect.bisect_right(ends, s.bars[t].end) - 1
    if i < 0 or g[i] is None:
        return None
    if f[i] > g[i] and closes[i] > g[i]:
        return 1
    return -1 if f[i] < g[i] and closes[i] < g[i] else 0


def own_vote(s, t, fast, slow):
    f, g, c = s.of("ema", fast)[t], s.of("ema", slow)[t], s.c[t]
    if g is None:
        return None
    return 1 if f > g and c > g else -1 if f < g and c < g else 0


def multi_timeframe_votes(s, t, p, market):
    fast, slow = p["fast"], p["slow"]
    own, was = own_vote(s, t, fast, slow), own_vote(s, t - 1, fast, slow) if t else None
    if not own or was is None or own == was:
        return None
    vote = [own] + [frame_vote(s, t, m, fast, slow) for m in (5, 15, 60)]
    if None in vote:
        return None
    score = sum((i + 1) * x for i, x in enumerate(vote)) / 10
    if own * vote[3] < 0 or own * score < p["score_min"] - 1e-12:
        return None
    c = s.c[t]
    return own, c * (1 - own * p["stop"]), c * (1 + own * p["target"]), p["hold"]


def multi_timeframe_votes_exit(s, t, trade, p):
    vote = [own_vote(s, t, p["fast"], p["slow"])] + \
        [frame_vote(s, t, m, p["fast"], p["slow"]) for m in (5, 15, 60)]
    return None not in vote and trade.up * sum((i + 1) * x for i, x in enumerate(vote)) <= 0


def multi_timeframe_classic(s, t, p, market):
    c, e20, e50 = s.c[t], s.of("ema", 20)[t], s.of("ema", 50)[t]
    r, v, w = s.of("rsi", 14)[t], volume_ratio(s.bars, t, 20), s.of("vwap")[t]
    if None in (e20, e50, r, v, w):
        return None
    for up in (1, -1):
        strength = r if up > 0 else 100 - r
        points = (up * c > up * e20 > up * e50) + (abs(c - e20) <= 0.005 * e20) + (v > 1.5) + \
            (45 <= strength <= 70) + (up * c > up * w)
        if points >= p["need"] and up * e50 < up * c:
            return up, e50, c * (1 + up * 0.025), p["hold"]
    return None


# ---- 2.7

def ma_cross(s, t, p, market):
    kind = "ema" if p["type"] == "ema" else "sma"
    f, g, c = s.of(kind, p["fast"]), s.of(kind, p["slow"]), s.c[t]
    if t == 0 or None in (f[t], g[t], f[t - 1], g[t - 1]):
        return None
    for up in (1, -1):
        if up * f[t] > up * g[t] and up * f[t - 1] <= up * g[t - 1] and \
                up * (f[t] - g[t]) / c > p["band"]:
            return up, c * (1 - up * p["stop"]), c * (1 + up * p["target"]), p["hold"]
    return None


def ma_cross_exit(s, t, trade, p):
    kind = "ema" if p["type"] == "ema" else "sma"
    f, g, up = s.of(kind, p["fast"]), s.of(kind, p["slow"]), trade.up
    return up * f[t] < up * g[t]


def zscore(s, t, p, market):
    w, c = window(s.c, t, p["n"]), s.c[t]
    distance, square = away(w) if w else (0, 0)
    for up in (1, -1):
        if square > 0 and below(up * distance, p["in"], square):
            return up, c * (1 - up * p["stop"]), c * (1 + up * p["target"]), p["hold"]
    return None


def zscore_exit(s, t, trade, p):
    distance, square = away(window(s.c, t, p["n"]))
    return square > 0 and (not below(trade.up * distance, p["out"], square) or
                           below(trade.up * distance, p["fail"], square))
