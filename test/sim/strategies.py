#!/usr/bin/env python3
"""The built-in strategies against a second writing of their definitions (lib/definitions.py):
`gambler backtest --trades` must give the same round trips, signal for signal and exit for exit.

Made-up 5- and 1-minute bars with bursts, gaps and missing minutes; when asked, also the real bars
in GAMBLER_BARS, each folder with *.csv a market of its own. Prices in cents stand still often: a
value that is exactly its mean is above or below it by how the sum was rounded, and of a hundred
trades on real bars three may differ for that."""
import csv
import datetime
import glob
import gzip
import json
import os
import random
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import definitions as d  # noqa: E402
import regimes as r  # noqa: E402
from scene import ENV, check, finish, room, write  # noqa: E402

GAMBLER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "gambler")
SKIP_OPEN, FLAT = 300, 900
M = 60


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


# ---- a market

class Market:
    def __init__(self, name, interval, symbols, bench):
        self.name, self.interval, self.bench = name, interval, bench
        self.names = sorted(symbols)
        self.symbols = [d.Symbol(symbols[n]) for n in self.names]
        self.folder = None
        self.kept = {}


def made_up(name, interval, sessions, seed, names=("AAPL", "CSCO", "MSFT", "NVDA", "SPY")):
    chance = random.Random(seed)
    days, day = [], datetime.datetime(2024, 4, 1, 13, 30, tzinfo=datetime.timezone.utc)
    while len(days) < sessions:
        if day.weekday() < 5 and (day.month, day.day) != (5, 27):     # Memorial Day
            days.append(int(day.timestamp()))
        day += datetime.timedelta(days=1)
    symbols = {}
    for n in names:
        price, drift, busy, bars = 100.0, 0.0, 1.0, []
        for start in days:
            price = max(price * (1 + chance.gauss(0, 0.004)), 20)
            for t in range(start, start + 23400, interval):
                if chance.random() < 0.02:
                    drift, busy = chance.gauss(0, 0.006), chance.uniform(2, 9)
                o = h = l = price
                for _ in range(4):
                    price *= 1 + drift / 4 + chance.gauss(0, 0.0009)
                    h, l = max(h, price), min(l, price)
                drift, busy = drift * 0.5, 1 + (busy - 1) * 0.5
                price += (100 - price) * 0.002
                v = round(1000 * busy * chance.uniform(0.5, 1.5))
                o, h, l, c = (round(x, 2) for x in (o, h, l, price))
                price = c
                if chance.random() < 0.03 and n != "SPY":
                    continue    # nobody traded
                bars.append(d.Bar(t, interval, o, max(o, h, c), min(o, l, c), c, v,
                                  (start, start + 23400)))
        symbols[n] = bars
    market = Market(name, interval, symbols, symbols["SPY"])
    folder = os.path.join(room(), name)
    os.makedirs(folder)
    with open(os.path.join(folder, "bars.csv"), "w", encoding="ascii") as f:
        f.write("symbol,timestamp,open,high,low,close,volume\n")
        for n, bars in sorted(symbols.items()):
            for b in bars:
                at = datetime.datetime.fromtimestamp(b.start, datetime.timezone.utc)
                f.write(f"{n},{at:%Y-%m-%dT%H:%M:%SZ},{b.o:.2f},{b.h:.2f},{b.l:.2f},{b.c:.2f},"
                        f"{b.v}\n")
    market.folder = folder
    return market


def ny_offset(date):
    """Hours from New York's time to UTC."""
    def sunday(month, nth):
        first = datetime.date(date.year, month, 1)
        return first + datetime.timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
    return 4 if sunday(3, 2) <= date < sunday(11, 1) else 5


def calendar(year):
    """Date -> (closed, hour of the close), where it is not the rule."""
    said = subprocess.run([GAMBLER, "calendar", str(year), "--json"], env=ENV, text=True,
                          capture_output=True, check=True)
    return {d["date"]: (d["closed"], int((d["close"] or "16:00")[:2]))
            for d in json.loads(said.stdout)}


def sessions_of(rows):
    """The bars of regular sessions, each with its own."""
    odd, bars, known = {}, [], {}
    for at, o, h, l, c, v, interval in rows:
        date = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).date()
        if date not in known:
            if date.year not in odd:
                odd[date.year] = calendar(date.year)
            closed, hour = odd[date.year].get(str(date), (date.weekday() > 4, 16))
            midnight = int(datetime.datetime(date.year, date.month, date.day,
                                             tzinfo=datetime.timezone.utc).timestamp())
            zone = ny_offset(date)
            known[date] = None if closed else (midnight + (zone * 60 + 570) * M,
                                               midnight + (zone + hour) * 60 * M)
        session = known[date]
        if session and session[0] <= at and at + interval <= session[1]:
            bars.append(d.Bar(at, interval, o, h, l, c, v, session))
    return bars


def real(source, most):
    """The first few symbols of a folder that cost dollars, and SPY."""
    name = os.path.basename(source)
    paths = {os.path.basename(p).split(".")[0]: p for p in glob.glob(f"{source}/*.csv*")}
    interval = (1 if name.startswith("1m") else 5) * M
    folder = os.path.join(room(), name)
    os.makedirs(folder)
    symbols = {}
    for n in ["SPY"] * ("SPY" in paths) + sorted(set(paths) - {"SPY", "VIX"}):
        opener = gzip.open if paths[n].endswith(".gz") else open
        with opener(paths[n], "rt") as f:
            text = f.read()
        rows = [(seconds(r["timestamp"]), *(float(r[k]) for k in ("open", "high", "low", "close",
                                                                  "volume")), interval)
                for r in csv.DictReader(text.splitlines())]
        bars = sessions_of(rows)[:4000]
        if len(bars) < 300 or min(b.l for b in bars) < 5:
            continue
        symbols[n] = bars
        with open(os.path.join(folder, f"{n}.csv"), "w", encoding="ascii") as f:
            last = bars[-1].end
            lines = text.splitlines()
            f.write("\n".join([lines[0]] + [x for x, r in zip(lines[1:], rows) if r[0] < last]) +
                    "\n")
        if len(symbols) == most:
            break
    market = Market(name, interval, symbols, symbols.get("SPY", []))
    market.folder = folder
    return market


# ---- what the definitions say of fills

def grid(x):
    return float(Decimal(f"{x:.9f}").quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def beyond(x, up):
    """The first cent that is at least a cent away."""
    n = Decimal(f"{x:.9f}") + up * Decimal("0.01")
    return float(n.quantize(Decimal("0.01"), "ROUND_CEILING" if up > 0 else "ROUND_FLOOR"))


class Trade:
    def __init__(self, bar, up, stop, target, hold, more=None, part=1):
        self.up, self.signal, self.hold, self.more = up, bar.end, hold, more
        self.shares = int(part * 10000 / bar.c)
        self.stop, self.target = grid(stop), grid(target)
        if up * (bar.c - self.stop) < 0.01 - 1e-9:      # not at the close itself
            self.stop = beyond(bar.c, -up)
        if up * (self.target - bar.c) < 0.01 - 1e-9:
            self.target = beyond(bar.c, up)
        self.filled = None      # index of the bar in which it was
        self.entry = self.exit = self.opened = self.until = self.closed = self.reason = None

    def row(self, name):
        return (name, "long" if self.up > 0 else "short", self.shares, self.signal, self.opened,
                round(self.entry, 4), self.closed, round(self.exit, 4), self.reason)


def slip(price, side):
    return price + side * 0.01


def inside_bar(trade, b):
    """Stop and target within the bar; at its open when that is beyond."""
    up, stop, target = trade.up, trade.stop, trade.target
    low, high = (b.l, b.h) if up > 0 else (b.h, b.l)
    if up * low <= up * stop:
        return (b.o if up * b.o < up * stop else stop), "stop"
    if up * high >= up * target:
        return (b.o if up * b.o > up * target else target), "target"
    return None


def one_symbol(name, s, entry, leave, p, market):
    trades, trade, wanted, leaving = [], None, None, None
    for t, b in enumerate(s.bars):
        flat_from = b.session[1] - FLAT
        if wanted is not None:
            last = s.bars[t - 1]
            if b.start - last.end <= 3 * market.interval and b.session == last.session and \
                    b.start < flat_from:
                trade, trade.filled, trade.opened = wanted, t, b.start
                trade.entry = slip(b.o, trade.up)
                trade.until = b.start + trade.hold if trade.hold else b.session[1]
            wanted = None
        if trade is not None:
            out = None
            if leaving and t > trade.filled:
                out = slip(b.o, -trade.up), leaving
            elif min(trade.until, flat_from) <= b.start:    # by whichever was due first
                timed = trade.until <= flat_from
                out = slip(b.o, -trade.up), "time" if timed else "session_end"
            else:
                out = inside_bar(trade, b)
            if out:
                trade.exit, trade.reason = out
                trade.closed = b.start
                trades.append(trade)
                trade = leaving = None
        if trade is not None:
            leaving = "signal" if leave and leave(s, t, trade, p) else None
            continue
        if t + 1 < p.get("warmup", 100) or not b.session[0] + SKIP_OPEN <= b.end < flat_from:
            continue
        found = entry(s, t, p, market)
        wanted = Trade(b, *found) if found else None
        wanted = wanted if wanted and wanted.shares else None
    return [x.row(name) for x in trades]


def by_definition(case, market):
    _, _, p, entry, leave = case
    rows = []
    for name, s in zip(market.names, market.symbols):
        rows += one_symbol(name, s, entry, leave, p, market)
    return sorted(rows)


# ---- what gambler says

def ini(case, market):
    strategy, preset, _, _, _ = case
    keys = case[1]
    lines = ["[risk]", "max_positions = 256", "day_loss = 100%", "margin_max = 400%",
             "cash_min = 0%", "[exchange]", "cash = 100000000", "spread = 0bp",
             "[strategy s]", f"use = {strategy}"]
    lines += [f"{k} = {v}" for k, v in keys.items()]
    lines += ["[instance one]", "strategy = s", "symbols = " + " ".join(market.names),
              "benchmark = " + ("SPY" if market.bench else "none"),
              f"timeframe = {market.interval // 60}m", "interval = 1s",
              "sides = both", "position = 10000", "capital = 50000000", "order_max = 20000",
              "max_positions = 32", "day_loss = 100%", "losses_in_row = 1000",
              "orders_per_minute = 200", "orders_per_day = 10000"]
    return "\n".join(lines) + "\n"


def by_gambler(case, market, number):
    path = write(f"case-{number}.ini", ini(case, market))
    out = os.path.join(room(), f"trades-{number}.csv")
    said = subprocess.run([GAMBLER, "backtest", "-c", path, "--bars", market.folder, "--slippage",
                           "0", "--volume-share", "0", "--no-fees", "--trades", out],
                          env=ENV, capture_output=True, text=True, timeout=600, check=False)
    if not check(said.returncode == 0, f"backtest ends well: {said.stderr[-400:]}"):
        return []
    rows = []
    with open(out, encoding="ascii") as f:
        for r in csv.DictReader(f):
            rows.append((r["symbol"], r["side"], int(r["qty"]), seconds(r["signal_time"]),
                         seconds(r["entry_time"]), round(float(r["entry_price"]), 4),
                         seconds(r["exit_time"]), round(float(r["exit_price"]), 4), r["reason"]))
    return sorted(rows)


MEAN = {"bb_n": 20, "bb_k": 2.5, "rsi_n": 14, "rsi_max": 30, "rsi_min_short": 70, "vol_n": 20,
        "vol_mult": 3, "need": 3, "near": 0, "near_rsi": 36, "near_vol": 2.1, "rs": True,
        "rs_n": 20, "rs_min": 0, "stop": 0.01, "target": 0.05, "exit": True, "hold": 1800}
BOX = {"reading": "box", "atr_n": 14, "atr_avg_n": 30, "consol_n": 8, "box_max": 0.03,
       "breakout": 0.001, "vol_n": 20, "vol_mult": 1.2, "same_session": True, "stop": "atr",
       "stop_atr": 1, "hold": 3600, "contraction": 1.05}
MOVE = {"look": 10, "move": "close", "min_move": 0.004, "vol_n": 20, "vol_mult": 1.2,
        "continuation": "off", "p_min": 0.5, "sure": 0.6, "votes_min": 5, "horizon": 6,
        "atr_n": 14, "barriers": "atr", "tp": 1, "sl": 1, "stop": 0.02, "target": 0.04, "hold": 0}
SCORE = {"need": 2, "cmf_n": 20, "cmf_min": 0.05, "vol_n": 20, "vol_mult": 1.5, "narrow": 1,
         "atr_n": 14, "press_n": 10, "stop_atr": 1.5, "target": 0.05, "hold": 3600}
W = {"warmup": 100}

# strategy, keys of the ini, the same as numbers, its definition, its exits
CASES = [
    ("mean_reversion", {"bb_k": 2, "rsi_max": 40, "rsi_min_short": 60, "vol_mult": 1.5,
                        "rs": "no", **W},
     {**MEAN, "bb_k": 2, "rsi_max": 40, "rsi_min_short": 60, "vol_mult": 1.5, "rs": False},
     d.mean_reversion, d.mean_reversion_exit),
    ("mean_reversion", {"bb_k": 1, "rsi_max": 48, "rsi_min_short": 52, "vol_mult": 0.8,
                        "rs_min": "-0.3%", **W},
     {**MEAN, "bb_k": 1, "rsi_max": 48, "rsi_min_short": 52, "vol_mult": 0.8, "rs_min": -0.003},
     d.mean_reversion, d.mean_reversion_exit),
    ("mean_reversion", {"bb_k": 1, "rsi_max": 48, "rsi_min_short": 52, "vol_mult": 0.8,
                        "rs_of": "1d", "rs_n": 1, **W},
     {**MEAN, "bb_k": 1, "rsi_max": 48, "rsi_min_short": 52, "vol_mult": 0.8, "rs_of": "1d",
      "rs_n": 1}, d.mean_reversion, d.mean_reversion_exit),
    ("mean_reversion", {"preset": "classic", **W},
     {**MEAN, "need": 2, "near": 0.005, "rs": False, "target": 0.02, "exit": False},
     d.mean_reversion, d.mean_reversion_exit),
    ("volatility_breakout", {"preset": "box", "atr_avg_n": 30, "consol_n": 8, "box_max": "3%",
                             "breakout": "0.1%", "vol_mult": 1.2, **W},
     BOX, d.volatility_breakout, d.volatility_breakout_exit),
    ("volatility_breakout", {"preset": "box", "atr_avg_n": 30, "consol_n": 8, "box_max": "3%",
                             "breakout": "0.05%", "vol_mult": 1, "same_session": "no",
                             "stop": "middle", **W},
     {**BOX, "breakout": 0.0005, "vol_mult": 1, "same_session": False, "stop": "middle"},
     d.volatility_breakout, d.volatility_breakout_exit),
    ("volatility_breakout", {"preset": "strict", "atr_avg_n": 30, "consol_n": 5,
                             "contraction": 1.05, "breakout": "0.1%", "vol_mult": 1.2, **W},
     {**BOX, "reading": "strict", "consol_n": 5, "box_max": 0}, d.volatility_breakout,
     d.volatility_breakout_exit),
    ("momentum", {"continuation": "off", "min_move": "0.4%", "vol_mult": 1.2, "horizon": 6, **W},
     MOVE, d.momentum, None),
    ("momentum", {"preset": "classic", "continuation": "off", "min_move": "0.4%", "vol_mult": 1.2,
                  **W},
     {**MOVE, "look": 4, "move": "open", "barriers": "percent", "horizon": 120, "hold": 7200},
     d.momentum, None),
] + [
    ("momentum", {"continuation": gate, "min_move": "0.8%", "vol_mult": 1.5, "horizon": 6,
                  "p_min": 0.45, "sure": 0.6, "votes_min": 5, **W},
     {**MOVE, "continuation": gate, "min_move": 0.008, "vol_mult": 1.5, "p_min": 0.45},
     d.momentum, None) for gate in ("share", "beta", "wilson")
] + [
    ("smart_money", {"preset": "score", "need": 2, "cmf_min": 0.05, "vol_mult": 1.5, "narrow": 1,
                     **W}, SCORE, d.smart_money_score, d.smart_money_exit),
    ("smart_money", {"preset": "score", "need": 1, "cmf_min": 0.9, "vol_mult": 1000, **W},
     {**SCORE, "need": 1, "cmf_min": 0.9, "vol_mult": 1000, "narrow": 0.75},
     d.smart_money_score, d.smart_money_exit),
    ("smart_money", {"preset": "score", "need": 2, "cmf_min": 0.3, "vol_mult": 1.2, "narrow": 1.2,
                     "bulk": "yes", "bulk_n": 4, "bulk_min": 0.25, "warmup": 150},
     {**SCORE, "need": 2, "cmf_min": 0.3, "vol_mult": 1.2, "narrow": 1.2, "bulk_n": 4,
      "bulk_min": 0.25, "warmup": 150}, d.smart_money_score, d.smart_money_exit),
    ("smart_money", {"preset": "classic", **W},
     {"hold": 5400, "de_break": 0.01, "de_vol": 2}, d.smart_money_classic, None),
    ("smart_money", {"preset": "classic", "de_break": "0.2%", "de_vol": 1, **W},
     {"hold": 5400, "de_break": 0.002, "de_vol": 1}, d.smart_money_classic, None),
    ("multi_timeframe", {"preset": "votes", "fast": 3, "slow": 7, **W},
     {"fast": 3, "slow": 7, "score_min": 0.6, "stop": 0.01, "target": 0.025, "hold": 7200},
     d.multi_timeframe_votes, d.multi_timeframe_votes_exit),
    ("multi_timeframe", {"preset": "classic", "need": 5, **W}, {"need": 5, "hold": 7200},
     d.multi_timeframe_classic, None),
    ("multi_timeframe", {"preset": "classic", **W}, {"need": 3, "hold": 7200},
     d.multi_timeframe_classic, None),
    ("ma_cross", {"preset": "literal", **W},
     {"type": "ema", "fast": 9, "slow": 21, "band": 0, "stop": 0.01, "target": 0.2, "hold": 0},
     d.ma_cross, d.ma_cross_exit),
    ("ma_cross", {"type": "sma", "fast": 5, "slow": 12, "band": "0.02%", **W},
     {"type": "sma", "fast": 5, "slow": 12, "band": 0.0002, "stop": 0.01, "target": 0.2,
      "hold": 0}, d.ma_cross, d.ma_cross_exit),
    ("zscore", {"preset": "literal", **W},
     {"n": 20, "in": -2, "out": -0.5, "fail": -4, "stop": 0.05, "target": 0.1, "hold": 3600},
     d.zscore, d.zscore_exit),
    ("zscore", {"n": 12, "in": -1.5, "out": 0.5, "fail": -2.6, **W},
     {"n": 12, "in": -1.5, "out": 0.5, "fail": -2.6, "stop": 0.05, "target": 0.1, "hold": 3600},
     d.zscore, d.zscore_exit),
]

NUMBERS = {"rsi_n": 14, "rsi_max": 30, "macd_fast": 12, "macd_slow": 26, "macd_signal": 9,
           "sma_n": 50, "ema_n": 20, "bb_n": 20, "bb_k": 2, "stoch_n": 14, "stoch_slow": 3,
           "stoch_d": 3, "stoch_max": 20, "volume_n": 20, "volume_mult": 1.5, "obv_n": 20}
SWITCHES = ("rsi", "macd", "sma", "ema", "bb", "stoch", "volume", "obv")


def switches(preset=None, combine="all", leave=True, on=None, **numbers):
    """A case of `indicator`: which of its switches are on, and numbers that are not the usual."""
    keys = {"preset": preset} if preset else {k: on.get(k, "off") for k in SWITCHES}
    keys.update({"combine": combine, "exit": "opposite" if leave else "none", **numbers, **W})
    return ("indicator", keys,
            {"on": on, "numbers": {**NUMBERS, **numbers}, "combine": combine, "exit": leave,
             "stop": 0.02, "target": 0.04, "hold": 7200}, r.indicator, r.indicator_exit)


CASES += [
    switches("classic", on={"rsi": "level", "stoch": "level"}),
    switches("trend", on={"macd": "cross", "sma": "level", "obv": "level"}),
    switches("bounce", on={"bb": "cross", "volume": "level"}),
    switches(on={"rsi": "cross", "stoch": "cross", "ema": "cross"}, combine="any",
             stoch_n=13, stoch_d=4),
    switches(on={"sma": "cross", "obv": "cross", "volume": "cross", "macd": "cross"},
             combine="any", leave=False, sma_n=30, obv_n=11, volume_n=9),
    switches(on={"bb": "level", "rsi": "level"}, rsi_max=40, bb_k=1.5, rsi_n=7),
    switches(on={"macd": "level", "sma": "level", "ema": "level", "obv": "level"},
             macd_fast=5, macd_slow=11, macd_signal=4),
]

# What `numbers` of adaptive stand for, by strategy: entry, exit, numbers.
ANY_NUMBERS = {
    "zscore": (d.zscore, d.zscore_exit, {"n": 20, "in": -2, "out": -0.5, "fail": -4, "stop": 0.05,
                                         "target": 0.1, "hold": 3600}),
    "ma_cross": (d.ma_cross, d.ma_cross_exit, {"type": "ema", "fast": 9, "slow": 21, "band": 0,
                                               "stop": 0.01, "target": 0.2, "hold": 0}),
    "multi_timeframe": (d.multi_timeframe_classic, None, {"need": 3, "hold": 7200}),
}
LITERAL = {**ANY_NUMBERS,
           "mean_reversion": (d.mean_reversion, d.mean_reversion_exit, MEAN),
           "momentum": (d.momentum, None,
                        {**MOVE, "min_move": 0.02, "vol_mult": 2, "continuation": "beta",
                         "p_min": 0.6, "sure": 0.8, "votes_min": 30, "horizon": 30}),
           "volatility_breakout": (d.volatility_breakout, d.volatility_breakout_exit,
                                   {**BOX, "atr_avg_n": 100, "consol_n": 20, "box_max": 0.01,
                                    "breakout": 0.005, "vol_mult": 2})}
CLASSIC = {**ANY_NUMBERS,
           "mean_reversion": (d.mean_reversion, d.mean_reversion_exit,
                              {**MEAN, "need": 2, "near": 0.005, "rs": False, "target": 0.02,
                               "exit": False}),
           "momentum": (d.momentum, None,
                        {**MOVE, "look": 4, "move": "open", "min_move": 0.02, "vol_mult": 2,
                         "continuation": "share", "p_min": 0.6, "votes_min": 100,
                         "barriers": "percent", "horizon": 120, "hold": 7200}),
           "smart_money": (d.smart_money_classic, None,
                           {"hold": 5400, "de_break": 0.01, "de_vol": 2})}
REGIMES = [("range", False), ("range", True), ("bull", False), ("bull", True), ("bear", False),
           ("bear", True)]
DAYS = {"trend_n": 5, "mid_n": 3, "rise_n": 2, "adx_min": 15, "vol_n": 4, "vol_days": 10,
        "vol_part": 0.6}


def of_regimes(name, preset, table, within, **numbers):
    """A case of `adaptive`; table: for each of REGIMES up to two of (strategy, per cent)."""
    keys = {"preset": preset, **numbers, "warmup": 250}
    for (trend, wild), cell in zip(REGIMES, table):
        for i, (kind, part) in enumerate(cell + [("cash", 100)] * (2 - len(cell))):
            key = f"{trend}_{'wild' if wild else 'calm'}{'_2' * i}"
            keys[key], keys[f"{key}_part"] = kind, f"{part}%"
    p = {"name": name, "reading": "quant", "band": 0.02, "vol_max": 0.015, "wild_z": 0.5,
         "warmup": 250, "within": within, **numbers,
         "table": {which: [(kind, part / 100) for kind, part in cell]
                   for which, cell in zip(REGIMES, table)}}
    for k in ("band", "vol_max"):
        if k in numbers:
            p[k] = float(numbers[k].rstrip("%")) / 100
    return "adaptive", keys, p, r.adaptive, r.adaptive_exit


# Those of regimes want days, not bars.
ADAPTIVE = [
    of_regimes("literal", "quant", [
        [("mean_reversion", 100), ("zscore", 100)], [("zscore", 50)],
        [("momentum", 100), ("ma_cross", 100)],
        [("volatility_breakout", 50), ("momentum", 50)], [("mean_reversion", 50)], []],
        LITERAL, **DAYS),
    of_regimes("turned", "quant", [
        [("zscore", 80), ("ma_cross", 60)], [("zscore", 50), ("ma_cross", 30)],
        [("multi_timeframe", 90)], [("ma_cross", 70)], [("zscore", 40)],
        [("multi_timeframe", 20)]], LITERAL, **{**DAYS, "adx_min": 0, "wild_z": 0.25}),
    of_regimes("classic", "classic", [
        [("mean_reversion", 70), ("smart_money", 30)],
        [("mean_reversion", 70), ("smart_money", 30)],
        [("multi_timeframe", 70), ("momentum", 30)], [("mean_reversion", 70), ("momentum", 30)],
        [("mean_reversion", 100)], [("mean_reversion", 100)]],
        CLASSIC, **{"reading": "classic", "trend_n": 6, "band": "0.4%", "adx_min": 0,
                    "vol_n": 5, "vol_max": "1.1%", "wild_z": 0}),
]


def compare(case, market, number, exactly):
    want, got = by_definition(case, market), by_gambler(case, market, number)
    what = f"{case[0]} {' '.join(f'{k}={v}' for k, v in case[1].items())} on {market.name}"
    both = set(want) & set(got)
    if os.environ.get("GAMBLER_VERBOSE"):
        print(f"{what}: {len(want)} by definition, {len(got)} by gambler, {len(both)} the same")
    same = want == got if exactly else len(both) >= 0.97 * max(len(want), len(got))
    check(same,
          f"{what}: {len(got)} round trips, {len(want)} by definition; first that differ: "
          f"gambler {min(set(got) - both, default=None)}, "
          f"definition {min(set(want) - both, default=None)}")
    return len(both)


def try_all(market, cases, only, must):
    for number, case in enumerate(cases):
        if only in case[0]:
            n = compare(case, market, f"{market.name}-{number}", must)
            check(n > 0 or not must, f"{case[0]} {case[1]} trades at all")


def main():
    """strategies.py [STRATEGY|all [FOLDER]]: only that strategy; and, since definitions in Python
    take minutes for a set of real bars, only where FOLDER names some in GAMBLER_BARS ("*": all)."""
    only = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "all" else ""
    try_all(made_up("five", 5 * M, 14, 5), CASES, only, True)
    try_all(made_up("one", M, 3, 1), CASES, only or "multi_timeframe", True)
    try_all(made_up("days", 5 * M, 50, 7, ("AAPL", "MSFT", "SPY")), ADAPTIVE, only, True)
    folders = os.environ.get("GAMBLER_BARS")
    which = sys.argv[2] if len(sys.argv) > 2 else None
    for source in sorted(glob.glob(f"{folders}/{which}")) if folders and which else []:
        try_all(real(source, 3), CASES + ADAPTIVE, only, False)
    finish()


main()
