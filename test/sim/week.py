#!/usr/bin/env python3
"""Scenario: a week of trading in lockstep, played twice.

With GAMBLER_BARS (a folder of data sets of gzipped CSV bars) the week of 2024-09-09 of real
5-minute bars; always a generated one. gambler's ledger must equal the exchange's to the
cent, and the same market must give the same trades."""
import csv
import glob
import gzip
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Bot, Exchange, check, finish, room, write  # noqa: E402
import books  # noqa: E402

FIRST, LAST = "2024-09-09", "2024-09-13"
DAYS = [f"2024-09-{d:02}" for d in range(9, 14)]
OPEN, CLOSE = "13:30", "20:00"		# UTC, in summer

INI = """
[strategy dips]
use = mean_reversion
preset = classic
[strategy funds]
use = mean_reversion
preset = etf
need = 2
[strategy rare]
use = mean_reversion
preset = literal
[instance bull]
strategy = dips
symbols = {bull}
sides = both
max_positions = 10
timeframe = {timeframe}
[instance bear]
strategy = funds
symbols = {bear}
position = 8000
capital = 45000
interval = 45s
sides = both
timeframe = {timeframe}
[instance literal]
strategy = rare
symbols = {literal}
sides = both
timeframe = {timeframe}
"""


def play(name, ini, *options):
    """One week; the trades, the ledger, the bot."""
    exchange = Exchange("--start", FIRST, "--until", LAST, "--cash", "250000", *options,
                        name=name + "-exchange")
    bot = Bot(ini, name, "exchange.speed=max", connect=exchange.port, name=name).start()
    code = bot.wait(300)
    said = bot.said()
    check(code == 0, f"{name}: run ends with 0 when the market has ended, not {code}")
    check("stopped code=0" in said, f"{name}: it says that it stopped")
    # Root is warned at each start: sandbox.py looks at that.
    complaints = [line for line in re.findall(r"[^\n]* (?:error|warn) [^\n]*", said)
                  if " start.root " not in line]
    check(not complaints, f"{name}: nothing to complain about: {complaints[:3]}")
    clock = exchange.clock()
    check(clock["end"] and clock["now"] == f"{LAST}T{CLOSE}:00Z",
          f"{name}: the market was played to its end: {clock}")
    return exchange, bot, said


def sessions(name, bot, trades):
    for day in DAYS:
        of_day = [t for t in trades if t["opened"] and t["opened"].startswith(day)]
        check(all(t["closed"] and t["closed"].startswith(day) for t in of_day),
              f"{name}: what was opened on {day} was closed on {day}")
    status = bot.ask("status")
    for i in status["instances"]:
        check(i["last_bar"] == f"{LAST}T{CLOSE}:00Z",
              f"{name}: {i['name']} saw the last bar: {i['last_bar']}")
    return {i["name"]: i["bars"] for i in status["instances"]}


def twice(name, ini, least, *options):
    exchange, bot, said = play(name, ini, *options)
    trades, ledger = books.settled(exchange, bot, least=least)
    seen = int(re.search(r"wire\.down bars=(\d+)", said).group(1))
    check(seen == ledger["bars_sent"] and seen > 0,
          f"{name}: bars seen {seen} equal bars sent {ledger['bars_sent']}")
    bars = sessions(name, bot, trades)
    listed = exchange.minutes(f"{FIRST}T{OPEN}:00Z", f"{LAST}T{CLOSE}:00Z")
    exchange.stop()
    again, second, _ = play(name + "-again", ini, *options)
    check(second.trades() == trades, f"{name}: the same week again gives the same trades")
    check(again.ledger() == ledger, f"{name}: the same week again gives the same ledger")
    again.stop()
    profit = sum(float(t["pnl"] or 0) for t in trades)
    print(f"{name}: {len(trades)} trades, {len(ledger['executions'])} executions, {seen} bars, "
          f"profit {profit:.2f}")
    return bars, listed


def unpack(data):
    """The week's files unpacked; for each symbol its bars within the sessions."""
    into = os.path.join(room(), "bars")
    os.mkdir(into)
    count = {}
    for path in sorted(glob.glob(os.path.join(data, "*.5m.csv.gz"))):
        name = os.path.basename(path)[:-3]
        with gzip.open(path, "rt") as f:
            text = f.read()
        with open(os.path.join(into, name), "w") as f:
            f.write(text)
        rows = list(csv.DictReader(text.splitlines()))
        count[name.split(".")[0]] = sum(
            r["timestamp"][:10] in DAYS and OPEN <= r["timestamp"][11:16] < CLOSE for r in rows)
    return into, count


def real(folder):
    found = sorted(glob.glob(os.path.join(folder, "5m-2024-08_2024-10")))
    if not check(found, f"GAMBLER_BARS={folder} has the data set 5m-2024-08_2024-10"):
        return
    into, count = unpack(found[0])
    funds = [s for s in ("QQQ", "SPY", "XLK") if s in count]
    shares = [s for s in count if s not in funds]
    groups = {"bull": shares[:12], "bear": funds, "literal": shares[12:] + shares[:2]}
    lists = {k: " ".join(v) for k, v in groups.items()}
    ini = write("real.ini", INI.format(timeframe="5m", **lists))
    bars, _ = twice("real", ini, 20, "--bars", into)
    for name, symbols in groups.items():
        expected = sum(count[s] for s in symbols)
        check(bars[name] == expected,
              f"real: {name} decided on every 5-minute bar: {bars[name]} of {expected}")


def generated():
    groups = {"bull": "AAPL MSFT TSLA", "bear": "SPY QQQ", "literal": "NVDA AAPL"}
    ini = write("made.ini", INI.format(timeframe="1m", **groups))
    bars, listed = twice("made", ini, 5, "--seed", "7",
                         "--symbols", "AAPL,MSFT,TSLA,NVDA,SPY,QQQ")
    check(all(n > 1900 for n in listed.values()), f"made: the market is complete: {listed}")
    for name, symbols in groups.items():
        expected = sum(listed[s] for s in symbols.split())
        check(bars[name] == expected,
              f"made: {name} decided on every bar: {bars[name]} of {expected}")


generated()
if os.environ.get("GAMBLER_BARS"):
    real(os.environ["GAMBLER_BARS"])
finish()
