#!/usr/bin/env python3
"""Scenario: `gambler indicator`.

The golden values of the unit tests come out of the program too, through its expressions and its
chart; every way to write a time is read; what is wrong is told with its line or its column.
With GAMBLER_VECTORS (a folder of SERIES.csv beside SERIES.ref.csv) these values too."""
import csv
import io
import math
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ROOT, check, finish, room, run, write  # noqa: E402

HEADER = "timestamp,open,high,low,close,volume\n"
AT_ONCE = 15


def indicator(*words, text=None):
    got = run("indicator", *words, input=text or "")
    return got.returncode, list(csv.reader(io.StringIO(got.stdout))), got.stderr


def near(expression, got, want, close):
    """got, want: fields; empty is no value."""
    if got == "" or want in ("", "-", "undef"):
        return got == "" and want in ("", "-", "undef")
    flat = expression.split("(")[0] in (
        "rsi stoch_k stoch_d stochf_k stochf_d mfi plus_di minus_di adx roc willr zscore "
        "bb_pctb bb_width cmf volume_ratio".split())
    within = 1e-7 if flat else 1e-9 * max(abs(float(want)), close)
    return abs(float(got) - float(want)) <= within


def compare(path, expressions, want, closes, what):
    """want: for each expression its column."""
    wrong = []
    for k in range(0, len(expressions), AT_ONCE):
        some = expressions[k:k + AT_ONCE]
        code, rows, err = indicator(*some, path)
        check(code == 0 and rows[0] == ["timestamp"] + some and len(rows) == len(closes) + 1,
              f"{what}: a column for each expression and a row for each bar: {code} {err[:300]}")
        for i, row in enumerate(rows[1:]):
            wrong += [f"{e} in row {i}: {got}, want {want[e][i]}" for e, got in zip(some, row[1:])
                      if not near(e, got, want[e][i], closes[i])]
    check(wrong == [], f"{what}: the golden values: {wrong[:5]}")


def golden():
    series, names = {}, []
    for line in open(os.path.join(ROOT, "test/golden/ta_fn.txt")):
        fields = line.split()
        if fields[:2] == ["#", "session"]:
            names = fields[6:]
        elif fields[0] == "=":
            rows = series[line[2:].strip()] = []
        elif fields[0] != "#":
            rows.append(fields)
    check(len(series) == 4 and len(names) > 50, "the golden values are read")
    for number, (name, rows) in enumerate(series.items()):
        # A session is a day in New York; 15:00 UTC is in its morning the whole year.
        path = write(f"golden-{number}.csv", HEADER + "".join(
            f"{(int(r[0]) * 24 + 15) * 3600 + 300 * i},{r[3]},{r[1]},{r[2]},{r[3]},{r[4]}\n"
            for i, r in enumerate(rows)))
        want = {n: [r[5 + k] for r in rows] for k, n in enumerate(names)}
        compare(path, names, want, [float(r[3]) for r in rows], name)


def vectors():
    columns = {"sma_20": "sma(20)", "ema_12": "ema(12)", "rsi_14": "rsi(14)",
               "bb_20_2.5_upper": "bb_upper(20,2.5)", "bb_20_2.5_pctb": "bb_pctb(20,2.5)",
               "stdev_sample_20": "stdev_sample(20)", "zscore_pop_20": "zscore(20)",
               "macd_12_26_9_line@tv": "macd(12,26,9)",
               "macd_12_26_9_signal@tv": "macd_signal(12,26,9)",
               "macd_12_26_9_hist@tv": "macd_hist(12,26,9)", "stochf_d_14_3": "stochf_d(14,3)",
               "stoch_14_3_3_d": "stoch_d(14,3,3)", "tr": "tr()", "atr_14@talib": "atr(14)",
               "obv_from_zero": "obv()", "ad_line": "ad()", "cmf_20": "cmf(20)",
               "mfi_14": "mfi(14)", "plus_di_14@talib": "plus_di(14)",
               "adx_14@talib": "adx(14)", "roc_10": "roc(10)", "willr_14": "willr(14)",
               "donchian_20_middle": "donchian_middle(20)",
               "donchian_20_upper_prev": "donchian_upper(20)[1]",
               "keltner_20_2_atr10_upper": "keltner_upper(20,2,10)",
               "vwap_hlc3_rth": "vwap()", "volume_sma_20": "volume_sma(20)",
               "volume_ratio_prev_20": "volume_ratio(20)"}
    folder = os.environ["GAMBLER_VECTORS"]
    for name in ("dev_daily", "dev_intraday", "dev_constant"):
        path = os.path.join(folder, name + ".csv")
        ref = list(csv.DictReader(open(os.path.join(folder, name + ".ref.csv"))))
        closes = [float(r["close"]) for r in csv.DictReader(open(path))]
        have = {e: [r[c] for r in ref] for c, e in columns.items() if c in ref[0]}
        check(len(have) >= 25, f"{name}: {len(have)} columns are compared")
        compare(path, list(have), have, closes, name)


def times():
    bars = ["1,3,0.5,2,100", "2,3,1,2.5,200", "2.5,4,2,3,0"]
    written = [("seconds", [1704205800, 1704206100, 1704206400]),
               ("milliseconds", [1704205800000, 1704206100000, 1704206400000]),
               ("New York", [f"2024-01-02T09:{m}:00-05:00" for m in (30, 35, 40)]),
               ("a blank", [f"2024-01-02 14:{m}:00Z" for m in (30, 35, 40)]),
               ("dates", ["2024-01-02", "2024-01-03", "2024-01-05"])]
    for what, stamps in written:
        text = HEADER.replace("timestamp", "Time") + "".join(
            f"{t},{b}\r\n" for t, b in zip(stamps, bars))
        code, rows, err = indicator("change(2)", "high > 3 and volume == 0", "-", text=text)
        check(code == 0 and rows == [["timestamp", "change(2)", "high > 3 and volume == 0"],
                                     [str(stamps[0]), "", "0"], [str(stamps[1]), "", "0"],
                                     [str(stamps[2]), "1", "1"]],
              f"times as {what}: {code} {rows} {err}")


def prefixes():
    """What comes later changes nothing: the first rows of the whole are those of the beginning."""
    text = HEADER + "".join(
        f"{1704205800 + 60 * i},{p},{p + 1},{p - 1},{p + math.cos(i) / 2:.2f},{i % 7 * 100}\n"
        for i, p in ((i, round(50 + 5 * math.sin(i / 9), 2)) for i in range(3000)))
    words = ["ema(rsi(5), 9)", "stoch_d()", "tf(15m, close)", "tf(15m, sma(3))[2]", "adx()",
             "vwap()"]
    _, whole, _ = indicator(*words, "-", text=text)
    lines = text.splitlines(True)
    for n in (1, 17, 1000, 2999):
        code, rows, _ = indicator(*words, "-", text="".join(lines[:n + 1]))
        check(code == 0 and rows == whole[:n + 1], f"the first {n} rows are the same alone")
    closes = [row.split(",")[4] for row in lines[1:]]
    # 14:30 UTC is on the grid of 15 minutes: at the end of its row 14 the first has closed.
    want = ["" if i < 14 else closes[(i - 14) // 15 * 15 + 14] for i in range(3000)]
    got = [row[3] for row in whole[1:]]
    check([float(x) if x else "" for x in got] == [float(x) if x else "" for x in want],
          "tf(15m, close) is the newest quarter's close")


def wrong():
    good = "2024-01-02T14:30:00Z,1,3,0.5,2,100\n"
    bad = [("a missing price", "2024-01-02T14:31:00Z,1,3,0.5,nan,100", ":3:.*price is missing"),
           ("no number", "2024-01-02T14:31:00Z,1,3,0.5,two,100", ":3:.*not a number"),
           ("no time", "yesterday,1,3,0.5,2,100", ":3:.*timestamp"),
           ("a high below the low", "2024-01-02T14:31:00Z,1,0.1,0.5,1,100", ":3:.*high"),
           ("too few fields", "2024-01-02T14:31:00Z,1,3", ":3:.*number of fields"),
           ("the same time again", good.strip(), ":3:.*sort")]
    for what, row, pattern in bad:
        code, rows, err = indicator("close", "-", text=HEADER + good + row + "\n" +
                                    "2024-01-02T14:32:00Z,1,3,0.5,2.5,100\n")
        check(code == 1 and re.search(pattern, err) and rows[1][1] == "2" and
              rows[2][1:] == [""] and rows[3][1] == "2.5",
              f"{what} is told with its line, and the others are there: {code} {rows} {err}")
    half = "".join(f"{1735828200000 + 500 * i},1,3,0.5,2,100\n" for i in range(4))
    code, rows, err = indicator("tf(15m, close)", "-", text=HEADER + half)
    check(code == 1 and re.search(":3:.*sort", err) and len(rows) == 5,
          f"rows of less than a second are told: {code} {rows} {err}")
    for words, text, code, pattern in (
            (["rsii(14)", "-"], HEADER, 2, r"column 1: .*did you mean rsi"),
            (["close +", "-"], HEADER, 2, r"column 8"),
            (["entry", "-"], HEADER, 2, r"entry"),
            (["close"], HEADER, 2, r"an expression and a file"),
            (["close", "-"], "a,b\n1,2\n", 1, r"name timestamp"),
            (["close", "-"], "", 1, r"empty"),
            (["close", os.path.join(room(), "none.csv")], "", 1, r"No such file"),
            (["close", "-"], "x" * 200000, 1, r"131,072")):
        got, rows, err = indicator(*words, text=text)
        check(got == code and re.search(pattern, err),
              f"{words[0]} of {text[:20]!r}: {got}, want {code} and {pattern}: {err[:200]}")


def listed():
    code, rows, _ = indicator("--list")
    names = {r[0].split("(")[0].strip() for r in rows if r and r[0].startswith("  ")}
    check(code == 0 and {"rsi", "bb_lower", "keltner_upper", "vwap", "change"} <= names and
          len(names) >= 42, f"--list has them all: {sorted(names)}")


golden()
if os.environ.get("GAMBLER_VECTORS"):
    vectors()
times()
prefixes()
wrong()
listed()
finish()
