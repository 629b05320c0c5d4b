#!/usr/bin/python3
"""Kept bars: in and out as CSV, the same bytes; killed in between; a backtest reads them; its
report as a page."""
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, GAMBLER, check, finish, room, run, write  # noqa: E402

HEAD = "symbol,timestamp,open,high,low,close,volume\n"
INI = write("bars.ini", f"""
[store]
folder = {room()}/data
[strategy loose]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
exit = none
hold = 30m
[instance one]
strategy = loose
symbols = AAPL BRK.B
timeframe = 5m
""")


def made(symbol, days, seed):
    """5-minute bars of sessions in March 2024."""
    dice, price, lines = random.Random(seed), 10000, []
    for day in days:
        for k in range(78):
            minute = 13 * 60 + 30 + 5 * k
            start = price
            price = max(100, price + dice.randrange(-40, 41))
            high = max(start, price) + dice.randrange(20)
            low = min(start, price) - dice.randrange(20)
            lines.append(f"{symbol},2024-03-{day:02}T{minute // 60:02}:{minute % 60:02}:00Z,"
                         + ",".join(f"{p / 100:.10g}" for p in (start, high, low, price))
                         + f",{dice.randrange(100, 100000)}\n")
    return lines


def command(*words, **options):
    return run(*words, "-c", INI, **options)


days = [d for d in range(11, 29) if d not in (16, 17, 23, 24)]
aapl, brk = made("AAPL", days, 1), made("BRK.B", days, 2)
whole = HEAD + "".join(aapl + brk)

# ---- in any order, in pieces, twice: out comes the same
shuffled = aapl[:500] + brk[300:]
random.Random(3).shuffle(shuffled)
p = command("import", write("one.csv", HEAD + "".join(shuffled)))
check(p.returncode == 0 and "AAPL 5m: 500 bars added" in p.stdout, f"the first part: {p}")
p = command("import", write("two.csv", HEAD + "".join(aapl[400:] + brk)), "--json")
told = [json.loads(line) for line in p.stdout.splitlines()]
check([(t["symbol"], t["added"], t["same"]) for t in told] ==
      [("AAPL", len(aapl) - 500, 100), ("BRK.B", 300, len(brk) - 300)], f"the second: {told}")
p = command("export")
check(p.stdout == whole, "what comes out is what went in, sorted")
check(command("export", "-o", os.path.join(room(), "out.csv")).returncode == 0 and
      open(os.path.join(room(), "out.csv")).read() == whole, "into a file, too")
p = command("export", "BRK.B", "--from", "2024-03-12", "--to", "2024-03-13")
check(p.stdout == HEAD + "".join(b for b in brk if "03-12" in b or "03-13" in b),
      "two days of one symbol")
with subprocess.Popen([GAMBLER, "import", "-", "-c", INI], stdin=subprocess.PIPE, env=ENV,
                      stdout=subprocess.PIPE, encoding="utf-8") as pipe:
    out, _ = pipe.communicate(whole)
check("0 bars added" in out and pipe.returncode == 0, f"through a pipe, nothing new: {out}")

# ---- a row that is no bar is told; a correction wins
p = command("import", write("three.csv", HEAD + aapl[0].replace(aapl[0].split(",")[6], "7\n")
                            + "AAPL,2024-03-11T13:35:00Z,1,2,3,4,5\nAAPL,never,1,1,1,1,1\n"),
            "--timeframe", "5m")
check("three.csv:3: " in p.stderr and "three.csv:4: " in p.stderr and
      "2 of 3 rows are no bars" in p.stderr, f"bad rows have a line: {p.stderr}")
check("1 changed" in p.stdout and p.returncode == 0, f"the good one is taken: {p.stdout}")
check(command("export").stdout.splitlines()[1].endswith(",7"), "its volume is the new one")
command("import", os.path.join(room(), "out.csv"))

# ---- where no row can be kept, each says why
for when, why in (("2024-03-11", "is not like 2024-10-01T"), ("2024-03-11 09:30:00", "is not like"),
                  ("2024-03-11T13:30:30Z", "full minute")):
    p = command("import", write("NONE.csv", HEAD.replace("symbol,", "") + f"{when},1,2,1,2,5\n"))
    check(p.returncode == 1 and "NONE.csv:2: " in p.stderr and why in p.stderr and
          "no row with a symbol and a time" in p.stderr, f"{when} is told: {p.stderr}")

# ---- wrong uses have words
for words, code, say in (
        (["import"], 2, "name a file"), (["import", "/nowhere.csv"], 1, "No such file"),
        (["import", room()], 1, "not a file"), (["import", "--timeframe", "7m", "x"], 2, "1m 5m"),
        (["export", "NONE"], 1, "no such bars"), (["export", "--from", "now"], 2, "2024-10-01"),
        (["export", "nope"], 2, "a symbol"), (["import", "--symbol", "x y", "f"], 2, "symbol")):
    p = command(*words)
    check(p.returncode == code and say in p.stderr, f"{words}: {p.returncode} {p.stderr}")

# ---- killed at any moment: what was there is there, whole
many = HEAD + "".join(made("MANY", days, 4))
first = write("first.csv", many)
second = write("second.csv", many.replace(",1", ",2"))
command("import", first)
before = command("export", "MANY").stdout
after = None
for k in range(12):
    p = subprocess.Popen([GAMBLER, "import", second, "-c", INI], env=ENV,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(k * 0.0008)
    p.send_signal(signal.SIGKILL)
    p.wait()
    now = command("export", "MANY")
    check(now.returncode == 0, f"readable after a kill: {now.stderr}")
    if now.stdout != before:
        after = after or now.stdout
        check(now.stdout == after and len(now.stdout.splitlines()) == len(before.splitlines()),
              "all of the old or all of the new")

# ---- a damaged file is refused by its name
path = os.path.join(room(), "data", "sim", "bars", "MANY.300.bars")
with open(path, "r+b") as f:
    f.seek(100)
    byte = f.read(1)
    f.seek(100)
    f.write(bytes([byte[0] ^ 1]))
for words in (["export", "MANY"], ["import", first]):
    p = command(*words)
    check(p.returncode == 1 and path in p.stderr and "remove it" in p.stderr,
          f"damage is told: {p.stderr}")
os.unlink(path)
check(command("import", first).returncode == 0, "removed and imported again")

# ---- a backtest reads them as they are, and those of the CSV alike
folder = os.path.join(room(), "csv")
os.mkdir(folder)
with open(os.path.join(folder, "all.csv"), "w") as f:
    f.write(whole)
page = os.path.join(room(), "page.html")
kept = command("backtest", "--bars", "store", "--json", "--html", page)
check(kept.returncode == 0 and json.loads(kept.stdout)["all"]["trades"] > 10,
      f"a backtest of kept bars trades: {kept.stderr} {kept.stdout[:300]}")
check(command("backtest", "--bars", folder, "--json").stdout == kept.stdout,
      "the same bars from CSV give the same report")
short = command("backtest", "--bars", "store", "--json", "--to", "2024-03-15")
check(short.stdout == command("backtest", "--bars", folder, "--json", "--to", "2024-03-15").stdout
      and json.loads(short.stdout)["sessions"] == 5, "also when it ends earlier")
packed = os.path.join(room(), "packed")
os.mkdir(packed)
open(os.path.join(packed, "all.csv.gz"), "wb").close()
p = command("backtest", "--bars", packed)
check(p.returncode != 0 and "gunzip" in p.stderr, f"compressed files have a remedy: {p.stderr}")
html = open(page).read()
check(html.startswith("<!doctype html>") and html.endswith("</html>\n") and "<script" not in html
      and "http:" not in html and "https:" not in html, "the page is whole and asks nobody")
again = command("backtest", "--bars", "store", "--html", page)
check(again.returncode == 0 and open(page).read() == html, "and the same bytes once more")
check(command("backtest", "--bars", "store", "--html", "/nowhere/x.html").returncode == 1,
      "a page that cannot be written is a failure")
empty = command("backtest", "--bars", "store", "--set", "store.folder=" + room() + "/other")
check(empty.returncode == 78 and "gambler import" in empty.stderr, f"no bars: {empty.stderr}")
finish()
