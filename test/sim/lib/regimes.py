"""`indicator` and `adaptive` once more, from their definitions: the switches of the first, and the
regimes of the second with the strategies of definitions.py within."""
import math
from types import SimpleNamespace


from indicators import away, below, ema, mean, obv, sma, volume_ratio, window


def both(*xs):
    """And of what is true, false or unknown (None)."""
    if any(x is False for x in xs):
        return False
    return None if any(x is None for x in xs) else True


def no(x):
    return None if x is None else not x


# ---- indicator

def macd(s, f, w, g):
    line = [None if a is None or b is None else a - b
            for a, b in zip(ema(s.c, f), ema(s.c, w))]
    return line, ema(line, g)


def stochastic(s, n, slow, k):
    fast = []
    for t in range(len(s.bars)):
        w = s.bars[max(0, t + 1 - n):t + 1]
        top, bottom = max(b.h for b in w), min(b.l for b in w)
        fast.append(100 * (s.c[t] - bottom) / (top - bottom)
                    if len(w) == n and top > bottom else None)
    main = sma(fast, slow)
    return main, sma(main, k)


def bands(s, n, side, k):
    """By bar: is the close, for this side, below so many deviations?"""
    out = []
    for t in range(len(s.c)):
        w = window(s.c, t, n)
        if w is None:
            out.append(None)
        else:
            distance, square = away(w)
            out.append(below(side * distance, k, square))
    return out


def pair(s, name, p, up):
    """Two series: the first is to be above the second, for a short below."""
    n = p.get(f"{name}_n")
    if name == "rsi":
        return s.of("rsi", n), [p["rsi_max"] if up > 0 else 100 - p["rsi_max"]] * len(s.c)
    if name == "macd":
        return macd(s, p["macd_fast"], p["macd_slow"], p["macd_signal"])
    if name in ("sma", "ema"):
        return s.c, s.of(name, n)
    if name == "stoch":
        return stochastic(s, n, p["stoch_slow"], p["stoch_d"])
    if name == "volume":
        return [volume_ratio(s.bars, t, n) for t in range(len(s.c))], \
            [p["volume_mult"]] * len(s.c)
    line = obv(s.bars)
    return line, sma(line, n)


def compare(a, b, up):
    return None if a is None or b is None else up * a > up * b


def switch(s, name, mode, p, up):
    """By bar: does it hold, for this side?"""
    key = ("switch", name, mode, up) + tuple(sorted(p.items()))
    if key in s.kept:
        return s.kept[key]
    side = 1 if name == "volume" else up
    if name == "bb":
        a = b = None
        now = bands(s, p["bb_n"], -up, p["bb_k"])
    else:
        a, b = pair(s, name, p, up)
        now = [compare(x, y, side) for x, y in zip(a, b)]
    limit = p.get("stoch_max", 0) if up > 0 else 100 - p.get("stoch_max", 0)
    if mode == "cross":
        was = [None] + [no(x) for x in now[:-1]]
        holds = [both(x, y) for x, y in zip(now, was)]
        if name == "stoch":
            holds = [both(x, compare(y, limit, -up)) for x, y in zip(holds, b)]
    elif name == "bb":          # what has fallen far is wanted
        holds = bands(s, p["bb_n"], up, -p["bb_k"])
    elif name == "rsi":
        holds = [compare(x, y, -up) for x, y in zip(a, b)]
    elif name == "stoch":
        holds = [compare(x, limit, -up) for x in a]
    else:
        holds = now
    s.kept[key] = holds
    return holds


def wanted(s, t, p, up):
    holds = [switch(s, name, mode, p["numbers"], up)[t] is True
             for name, mode in p["on"].items()]
    return any(holds) if p["combine"] == "any" else all(holds)


def indicator(s, t, p, market):
    for up in (1, -1):
        if wanted(s, t, p, up):
            return up, s.c[t] * (1 - up * p["stop"]), s.c[t] * (1 + up * p["target"]), p["hold"]
    return None


def indicator_exit(s, t, trade, p):
    return p["exit"] and wanted(s, t, p, -trade.up)


# ---- adaptive: regimes of days

def adx(days, n):
    """Wilder's, begun as TA-Lib begins it; days are (high, low, close). The true range, which
    both directions are divided by, leaves their ratio alone."""
    out, plus, minus, strengths, value = [None] * len(days), 0.0, 0.0, [], None
    for i in range(1, len(days)):
        rise, fall = days[i][0] - days[i - 1][0], days[i - 1][1] - days[i][1]
        up = rise if rise > 0 and rise > fall + 1e-10 else 0.0
        down = fall if fall > 0 and fall > rise + 1e-10 else 0.0
        fade = 1 / n if i >= n else 0
        plus, minus = plus * (1 - fade) + up, minus * (1 - fade) + down
        if i < n:
            continue
        if plus + minus > 0:
            x = 100 * abs(plus - minus) / (plus + minus)
            if i < 2 * n:
                strengths.append(x)
            else:
                value += (x - value) / n
        if i == 2 * n - 1:
            value = sum(strengths) / n
        out[i] = value
    return out


def quantile(xs, part):
    """As it is usual: between neighbours by straight lines."""
    xs, at = sorted(xs), part * (len(xs) - 1)
    i = min(int(at), len(xs) - 2)
    return xs[i] + (at - i) * (xs[i + 1] - xs[i])


def sigmas(c, n, sample):
    moves = [None] + [math.log(b / a) for a, b in zip(c, c[1:])]
    out = []
    for t in range(len(c)):
        w = window(moves, t, n)
        if w is None:
            out.append(None)
        else:
            m = mean(w)
            out.append(math.sqrt(sum((x - m) ** 2 for x in w) / (n - sample)))
    return out


def trends(days, p):
    """By day: is it a bull's, is it a bear's?"""
    c, strength = [x[2] for x in days], adx(days, 14)
    quant, n = p["reading"] == "quant", p["trend_n"]
    far, near = (sma if quant else ema)(c, n), sma(c, p["mid_n"]) if quant else None
    bull, bear = [], []
    for t in range(len(days)):
        strong = True if p["adx_min"] <= 0 else \
            None if strength[t] is None else strength[t] >= p["adx_min"]
        before = near[t - p["rise_n"]] if quant and t >= p["rise_n"] else None
        for up, out in ((1, bull), (-1, bear)):
            if quant:
                out.append(both(compare(c[t], far[t], up), compare(near[t], before, up), strong))
            else:
                edge = None if far[t] is None else far[t] * (1 + up * p["band"])
                out.append(both(compare(c[t], edge, up), strong))
    return bull, bear


def wildness(days, p):
    c, quant = [x[2] for x in days], p["reading"] == "quant"
    sigma, out = sigmas(c, p["vol_n"], 0 if quant else 1), []
    for t in range(len(days)):
        if not quant:
            out.append(compare(sigma[t], p["vol_max"], 1))
            continue
        w = window(sigma, t, p["vol_days"])
        out.append(None if w is None else w[-1] > quantile(w, p["vol_part"]))
    return out


def regimes(s, p):
    """Session -> (trend, wild): of the days before it, changed by three in a row."""
    days, sessions = [], []
    for b in s.bars:
        if not sessions or sessions[-1] != b.session:
            sessions.append(b.session)
            days.append((b.h, b.l, b.c))
        h, l, _ = days[-1]
        days[-1] = (max(h, b.h), min(l, b.l), b.c)
    bull, bear = trends(days, p)
    neither = [both(no(x), no(y)) for x, y in zip(bull, bear)]
    wild = wildness(days, p)
    trend, is_wild, out = "range", True, {}
    for i, session in enumerate(sessions):
        for name, held in (("range", neither), ("bull", bull), ("bear", bear)):
            if i >= 3 and all(x is True for x in held[i - 3:i]):
                trend = name
        if i >= 3 and all(x is True for x in wild[i - 3:i]):
            is_wild = True
        if i >= 3 and all(x is False for x in wild[i - 3:i]):
            is_wild = False
        out[session] = trend, is_wild
    return out


def adaptive(s, t, p, market):
    key = ("regimes", p["name"])
    if key not in s.kept:
        s.kept[key] = regimes(s, p)
    trend, wild = s.kept[key][s.bars[t].session]
    for kind, part in p["table"][trend, wild]:
        entry, _, numbers = p["within"][kind]
        if kind == "zscore" and (trend, wild) == ("range", True):
            numbers = {**numbers, "in": numbers["in"] - p["wild_z"]}
        found = entry(s, t, numbers, market)
        if found:
            more = found[4] if len(found) > 4 else None
            return found[:4] + ((kind, more), part)
    return None


def adaptive_exit(s, t, trade, p):
    kind, more = trade.more
    _, leave, numbers = p["within"][kind]
    return leave and leave(s, t, SimpleNamespace(up=trade.up, filled=trade.filled, more=more),
                           numbers)
