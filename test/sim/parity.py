#!/usr/bin/env python3
"""Scenario: days that were recorded decide the same when they are played again; what has changed
since is named: a bar, the configuration, a damaged record."""
import csv
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import check, finish, room, run, write  # noqa: E402
import json  # noqa: E402

SEED = int(os.environ.get("SEED", "7"))
DAYS = ["2024-09-09", "2024-09-10"]
INI = """
[account]
mode = sim
[store]
folder = {folder}
[server]
listen =
[exchange]
bars = {bars}
speed = max
[strategy dips]
use = mean_reversion
preset = classic
warmup = 30
[instance one]
strategy = dips
symbols = AAA BBB
timeframe = 1m
sides = both
position = {position}
[instance two]
strategy = dips
symbols = CCC
timeframe = 5m
"""


def market(folder):
    """Minutes of three symbols: restless prices, and now and then a burst of volume."""
    rng = random.Random(SEED)
    os.makedirs(folder)
    with open(os.path.join(folder, "minutes.csv"), "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["symbol", "timestamp", "open", "high", "low", "close", "volume"])
        price = {"AAA": 100.0, "BBB": 50.0, "CCC": 200.0}
        for date in DAYS:
            for minute in range(390):
                for s in price:
                    o = price[s]
                    c = round(o * (1 + rng.gauss(0, 0.0012)), 2)
                    high = round(max(o, c) * (1 + abs(rng.gauss(0, 0.0003))), 2)
                    low = round(min(o, c) * (1 - abs(rng.gauss(0, 0.0003))), 2)
                    volume = int(rng.uniform(500, 1500) * (5 if rng.random() < 0.05 else 1))
                    h, m = divmod(13 * 60 + 30 + minute, 60)
                    out.writerow([s, f"{date}T{h:02}:{m:02}:00Z", o, high, low, c, volume])
                    price[s] = c


def altered(source, name, symbol, stamp):
    """The same bars, but for one of them."""
    folder = os.path.join(room(), name)
    os.makedirs(folder)
    rows = list(csv.reader(open(os.path.join(source, "minutes.csv"))))
    for r in rows:
        if r[0] == symbol and r[1] == stamp:
            r[2:6] = [f"{float(x) * 1.02:.2f}" for x in r[2:6]]
    with open(os.path.join(folder, "minutes.csv"), "w", newline="") as f:
        csv.writer(f).writerows(rows)
    return folder


def parity(ini, *options):
    p = run("parity", "-c", ini, "--json", *options)
    return p, json.loads(p.stdout) if p.stdout.startswith("{") else {}


print(f"seed {SEED}")
bars = os.path.join(room(), "bars")
data = os.path.join(room(), "data")
market(bars)
ini = write("gambler.ini", INI.format(folder=data, bars=bars, position=10000))
r = run("run", "-c", ini, timeout=120)
check(r.returncode == 0, f"the market is played to its end: {r.stderr[-300:]}")

for day in DAYS:
    p, d = parity(ini, day)
    check(p.returncode == 0 and d.get("same") is True, f"{day} decides the same again: {p.stdout}")
    check(d.get("instances") == 2 and d.get("decisions", 0) > 4 and d.get("fills", 0) > 4,
          f"{day} has orders and fills of both instances: {p.stdout}")
    check(d.get("configuration_changed") is False, "the configuration is that of the record")
    p, d = parity(ini, day, "--bars", bars)
    check(p.returncode == 0 and d.get("same") is True and d.get("bars_changed") == 0,
          f"{day} decides the same from the bars of the files: {p.stdout} {p.stderr}")
p, d = parity(ini)
check(d.get("date") == DAYS[1], f"without a date the newest day is played: {p.stdout}")
p = run("parity", "-c", ini, DAYS[0])
check("no difference" in p.stdout, f"as text: {p.stdout}")

# The signal bar of the second day's first entry is not what it was.
trades = json.loads(run("trades", "-c", ini, "--json").stdout)
entries = sorted((t["signal"], t["symbol"]) for t in trades
                 if t["signal"].startswith(DAYS[1]) and t["instance"] == "one")
check(len(entries) > 2, "the second day has entries of instance one")
stamp, symbol = entries[0]
minute = int(stamp[14:16]) - 1
begin = f"{stamp[:14]}{minute:02}:00Z" if minute >= 0 else None
if begin is None:
    begin = f"{stamp[:11]}{int(stamp[11:13]) - 1:02}:59:00Z"
p, d = parity(ini, DAYS[1], "--bars", altered(bars, "altered", symbol, begin))
found = d.get("difference") or {}
check(p.returncode == 1 and found.get("cause") == "data", f"an altered bar is found: {p.stdout}")
check(found.get("symbol") == symbol and found.get("time") == stamp,
      f"at the decision that hangs on it, {symbol} {stamp}: {found}")
check(f"{symbol} of {begin}" in found.get("text", ""), f"and the bar is named, {begin}: {found}")

# Another configuration.
other = write("other.ini", INI.format(folder=data, bars=bars, position=9000))
p, d = parity(other, DAYS[0])
found = d.get("difference") or {}
check(p.returncode == 1 and found.get("cause") == "rules" and d["configuration_changed"] is True,
      f"another position size is another order: {p.stdout}")

# What cannot be compared is said.
p = run("parity", "-c", ini, "2024-09-11")
check(p.returncode == 1 and "no instance has a record" in p.stderr, f"no record: {p.stderr}")
p = run("parity", "-c", ini, "tomorrow")
check(p.returncode == 2 and "tomorrow" in p.stderr, f"not a date: {p.stderr}")
p = run("parity", "-c", ini, "--bars", os.path.join(room(), "none"))
check(p.returncode == 1 and "none" in p.stderr, f"no such folder: {p.stderr}")
record = os.path.join(data, "sim", "journal", f"one.{DAYS[1]}")
whole = bytearray(open(record, "rb").read())
shutil.copy(record, record + ".kept")
whole[len(whole) // 2] ^= 1
open(record, "wb").write(whole)
p = run("parity", "-c", ini, DAYS[1])
check(p.returncode == 1 and record in p.stderr and "damaged" in p.stderr,
      f"a damaged record is named: {p.stderr}")
open(record, "wb").write(open(record + ".kept", "rb").read()[:-3])
p = run("parity", "-c", ini, DAYS[1])
check(p.returncode == 1 and "ends within a record" in p.stderr, f"a cut record: {p.stderr}")
finish()
