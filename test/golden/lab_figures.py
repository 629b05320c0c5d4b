#!/usr/bin/env python3
"""Writes lab_figures.txt: the figures of the run that test/unit/lab_run.c draws, computed from
their definitions by Python's own means: fractions, statistics, datetime."""
import datetime
import math
import statistics
from fractions import Fraction

DAYS, TRADES, YEAR, CASH = 400, 240, 252, 10_000_000  # money in cents
STOP, TARGET, SIGNAL, TIME = range(1, 5)
dice = 1


def roll(below):
    global dice
    dice = (dice * 6364136223846793005 + 1442695040888963407) % 2**64
    return (dice >> 33) % below


# ---- the run, drawn in the same order
closes = []
for k in range(4):
    c, column = 5000 + 1000 * k, []
    for i in range(DAYS):
        c += roll(121) - 58
        column.append(None if k == 3 and i < 10 else c)
    closes.append(column)
dates, d = [], datetime.date(2023, 1, 3)
while len(dates) < DAYS:
    if d.weekday() < 5:
        dates.append(d)
    d += datetime.timedelta(1)
days = [(date, roll(30), roll(3_000_000)) for date in dates]
trades = []
for i in range(TRADES):
    t = {"day": i * DAYS // TRADES, "instance": i % 2}
    entry, move = 5000 + roll(5000), roll(301) - 140
    t["shares"], t["short"] = 10 + roll(90), roll(4) == 0
    sign = -1 if t["short"] else 1
    t["sym"], t["reason"], t["bars"] = roll(3), STOP + roll(4), 1 + roll(40)
    t["entry"], t["exit"] = entry, entry + sign * move
    t["risk"] = None if roll(5) == 0 else 100
    t["low"], t["high"] = entry - 20 - roll(150), entry + 20 + roll(150)
    t["fees"] = roll(200)
    t["pnl"] = move * t["shares"] - t["fees"]
    trades.append(t)
equity, now = [], CASH
for i in range(DAYS):
    now += sum(t["pnl"] for t in trades if t["day"] == i)
    equity.append(now)

out = open(__file__.replace(".py", ".txt"), "w", encoding="ascii")


def say(name, value):
    out.write(f"{name} {float(value):.12g}\n")


# ---- curves
def grown(column):
    first = next(x for x in column if x is not None)
    last, line = None, []
    for x in column:
        last = x if x is not None else last
        line.append(Fraction(1) if last is None else Fraction(last, first))
    return line


def falls(start, line):
    high, at, low, lowest = Fraction(start), -1, Fraction(start), -1
    for i, x in enumerate([*line, None]):
        if x is None or x >= high:
            if low < high:
                end = min(i, len(line) - 1)
                yield 1 - low / high, at, lowest, end, end - at, x is not None
            high, at, low, lowest = x, i, x, i
        elif x < low:
            low, lowest = x, i


def curve(name, start, line):
    returns = [float(Fraction(b) / Fraction(a) - 1) for a, b in zip([start, *line], line)]
    mean, n = statistics.fmean(returns), len(returns)
    sd = statistics.stdev(returns)
    total = float(Fraction(line[-1]) / start - 1)
    annual = (1 + total) ** (YEAR / n) - 1
    moment = [statistics.fmean((x - mean) ** k for x in returns) for k in range(5)]
    deepest = max(falls(start, line), key=lambda f: f[0])
    longest = max(falls(start, line), key=lambda f: f[4])
    say(f"{name}.total", total)
    say(f"{name}.annual", annual)
    say(f"{name}.volatility", sd * YEAR ** 0.5)
    say(f"{name}.sharpe", mean / sd * YEAR ** 0.5)
    down = math.sqrt(statistics.fmean(min(x, 0) ** 2 for x in returns))
    say(f"{name}.sortino", mean / down * YEAR ** 0.5)
    say(f"{name}.calmar", annual / float(deepest[0]))
    say(f"{name}.skew", moment[3] / moment[2] ** 1.5)
    say(f"{name}.kurtosis", moment[4] / moment[2] ** 2)
    say(f"{name}.best", max(returns))
    say(f"{name}.worst", min(returns))
    for word, f in (("deepest", deepest), ("longest", longest)):
        say(f"{name}.{word}.depth", f[0])
        for key, i in zip(("high", "low", "end"), f[1:4]):
            say(f"{name}.{word}.{key}", (dates[max(i, 0)] - datetime.date(1970, 1, 1)).days)
        say(f"{name}.{word}.sessions", f[4])
        say(f"{name}.{word}.over", f[5])
    return returns, mean / sd, moment[3] / moment[2] ** 1.5, moment[4] / moment[2] ** 2


own, ratio, skew, kurtosis = curve("own", CASH, equity)
parts = [grown(c) for c in closes[:3]]
hold = curve("hold", 1, [sum(p) / 3 for p in zip(*parts)])[0]
curve("bench", 1, grown(closes[3]))

# ---- how sure
normal = statistics.NormalDist()
spread = math.sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio ** 2)
say("sure", normal.cdf(ratio * math.sqrt(DAYS - 1) / spread))
say("needs", 1 + (normal.inv_cdf(0.95) * spread / ratio) ** 2)
off = [a - b for a, b in zip(own, hold)]
say("beats_hold", normal.cdf(statistics.fmean(off) / statistics.stdev(off) * DAYS ** 0.5))

# ---- use of the capital
say("exposure", Fraction(sum(x[1] for x in days), 78 * DAYS))
mean_equity = Fraction(sum(equity), DAYS)
say("at_work", sum(t["entry"] * t["shares"] * t["bars"] for t in trades) / mean_equity / 78 / DAYS)
say("most_invested", max(Fraction(x[2], e) for x, e in zip(days, equity)))
turned = sum((t["entry"] + t["exit"]) * t["shares"] for t in trades)
say("turnover", turned / mean_equity / DAYS * YEAR)
for name, good in (("wins_row", lambda x: x > 0), ("losses_row", lambda x: x < 0)):
    row = best = 0
    for t in trades:
        row = row + 1 if good(t["pnl"]) else 0
        best = max(best, row)
    say(name, best)


# ---- groups of trades
def group(name, some):
    pnl = [t["pnl"] / 100 for t in some]
    n = len(some)
    gain = sum(t["pnl"] for t in some if t["pnl"] > 0)
    loss = -sum(t["pnl"] for t in some if t["pnl"] < 0)
    say(f"{name}.trades", n)
    say(f"{name}.won", sum(p > 0 for p in pnl))
    say(f"{name}.lost", sum(p < 0 for p in pnl))
    say(f"{name}.pnl", sum(t["pnl"] for t in some) / 100)
    say(f"{name}.fees", sum(t["fees"] for t in some) / 100)
    say(f"{name}.gain", gain / 100)
    say(f"{name}.loss", loss / 100)
    say(f"{name}.best", max(pnl))
    say(f"{name}.worst", min(pnl))
    say(f"{name}.average", statistics.fmean(pnl))
    say(f"{name}.win_rate", sum(p > 0 for p in pnl) / n)
    say(f"{name}.factor", gain / loss)
    say(f"{name}.edge", statistics.fmean(t["pnl"] / (t["entry"] * t["shares"]) for t in some))
    say(f"{name}.risk", statistics.fmean(t["pnl"] / (t["risk"] * t["shares"])
                                         for t in some if t["risk"]))
    up = [(t["high"] - t["entry"]) / t["entry"] for t in some]
    down = [(t["entry"] - t["low"]) / t["entry"] for t in some]
    say(f"{name}.against", statistics.fmean(u if t["short"] else d
                                            for t, u, d in zip(some, up, down)))
    say(f"{name}.along", statistics.fmean(d if t["short"] else u
                                          for t, u, d in zip(some, up, down)))
    say(f"{name}.spread", statistics.stdev(pnl))
    say(f"{name}.sure", normal.cdf(statistics.fmean(pnl) / statistics.stdev(pnl) * n ** 0.5))
    say(f"{name}.held", 300 * statistics.fmean(t["bars"] for t in some))
    say(f"{name}.bars", statistics.fmean(t["bars"] for t in some))


group("all", trades)
group("side.0", [t for t in trades if not t["short"]])
group("side.1", [t for t in trades if t["short"]])
for r in (STOP, TARGET, SIGNAL, TIME):
    group(f"reason.{r}", [t for t in trades if t["reason"] == r])
for i in range(2):
    group(f"instance.{i}", [t for t in trades if t["instance"] == i])
for s in range(3):
    group(f"symbol.{s}", [t for t in trades if t["sym"] == s])
months = sorted({(d.year, d.month) for d in dates})
for i, month in enumerate(months):
    inside = [k for k, d in enumerate(dates) if (d.year, d.month) == month]
    before = equity[inside[0] - 1] if inside[0] > 0 else CASH
    say(f"month.{i}.total", Fraction(equity[inside[-1]], before) - 1)
    group(f"month.{i}", [t for t in trades if t["day"] in inside])
