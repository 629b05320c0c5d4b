#!/usr/bin/python3
"""Fetching history from the exchange: every bar that it has, page by page, in spite of what goes
wrong, and nothing twice."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, GAMBLER, Exchange, check, finish, room, run, write  # noqa: E402

FAULTS = write("faults", """
request GET /v2/stocks/bars #1: status 503
request GET /v2/stocks/bars #2: status 429, retry-after 1
request GET /v2/stocks/bars #4: cut
""")
OPTIONS = ("--symbols", "AAPL,BRK.B,SPY", "--start", "2024-07-10T15:00")
good = Exchange(*OPTIONS, "--short-pages", "700", name="good")
bad = Exchange(*OPTIONS, "--faults", FAULTS, name="bad")
ini = write("fetch.ini", f"[store]\nfolder = {room()}/data\n[instance one]\n"
            "strategy = mean_reversion\nsymbols = AAPL SPY\n")


def command(*words, data="data", **options):
    return run(*words, "-c", ini, "--set", f"store.folder={room()}/{data}", **options)


def fetch(x, *words, **options):
    return command("fetch", "--url", f"http://127.0.0.1:{x.port}", *words, **options)


def bars_of(x, symbol, begin, end, timeframe="1Min"):
    """What the exchange has, asked for by other means, as CSV."""
    lines, token = [], ""
    while token is not None:
        d = x.rest.get(f"/v2/stocks/bars?symbols={symbol}&timeframe={timeframe}&limit=10000"
                       f"&adjustment=split&start={begin}&end={end}"
                       + (f"&page_token={token}" if token else ""))
        lines += [",".join(f"{v:.10g}" if isinstance(v, (int, float)) and k != "v" else str(v)
                           for k, v in (("S", symbol), *((k, b[k]) for k in "tohlcv"))) + "\n"
                  for b in (d["bars"] or {}).get(symbol, [])]
        token = d["next_page_token"]
    return lines


HEAD = "symbol,timestamp,open,high,low,close,volume\n"
ALL = bars_of(good, "AAPL", "2024-06-01T04:00:00Z", "2024-07-11T03:59:59Z")
check(len(ALL) > 4000, f"the exchange has a past: {len(ALL)}")

# ---- in two parts, the later one first: all of it, once
p = fetch(good, "AAPL", "--from", "2024-07-02", "--to", "2024-07-05")
check(p.returncode == 0 and "bars added" in p.stdout, f"a part: {p}")
p = command("export", "AAPL")
check(p.stdout == HEAD + "".join(b for b in ALL if "2024-07-02" <= b[5:15] <= "2024-07-05"),
      "a part is what was asked for")
p = fetch(good, "AAPL", "--from", "2024-06-01", "--to", "2024-07-10")
check(p.returncode == 0, f"the rest: {p.stderr}")
check(command("export", "AAPL").stdout == HEAD + "".join(ALL), "all bars, as the exchange has them")
p = fetch(good, "AAPL", "--from", "2024-06-01", "--to", "2024-07-10")
check("0 bars added, 1 known" in p.stdout, f"nothing is asked for twice: {p.stdout}")
p = fetch(good, "AAPL", "--from", "2024-06-01", "--to", "2024-07-10", "--again")
check(f"0 bars added, {len(ALL):,} known" in p.stdout, f"but if it is wanted: {p.stdout}")

# ---- other lengths, and the symbols of the configuration
p = fetch(good, "--from", "2024-07-01", "--to", "2024-07-10", "--timeframe", "5m")
check([line.split()[:2] for line in p.stdout.splitlines()] == [["AAPL", "5m:"], ["SPY", "5m:"]],
      f"those of the configuration: {p.stdout}")
check(command("export", "SPY").stdout == HEAD + "".join(
    bars_of(good, "SPY", "2024-07-01T04:00:00Z", "2024-07-11T03:59:59Z", "5Min")), "5 minutes")
p = fetch(good, "BRK.B", "--from", "2024-07-01", "--to", "2024-07-09", "--timeframe", "1d")
check(command("export", "BRK.B").stdout.count("\n") == 1 + 6, f"six days: {p}")
p = command("backtest", "--bars", "store", "--from", "2024-07-08", "--json")
check(p.returncode == 0 and '"sessions":3' in p.stdout, f"a backtest reads them: {p.stderr}")

# ---- what goes wrong on the way is waited for
p = fetch(bad, "AAPL", "--from", "2024-06-01", "--to", "2024-07-10", data="bad")
check(p.returncode == 0 and "503" in p.stderr and "429" in p.stderr and
      "again in 1 s" in p.stderr, f"in spite of all: {p.stderr}")
check(command("export", data="bad").stdout == HEAD + "".join(ALL), "the same bars in the end")

# ---- killed in between, and once more
for k in range(6):
    p = subprocess.Popen([GAMBLER, "fetch", "-c", ini, "--set", f"store.folder={room()}/cut",
                          "--url", f"http://127.0.0.1:{good.port}", "AAPL", "--from",
                          "2024-06-01", "--to", "2024-07-10"], env=ENV,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.004 * k)
    p.send_signal(signal.SIGKILL)
    p.wait()
p = fetch(good, "AAPL", "--from", "2024-06-01", "--to", "2024-07-10", data="cut")
check(command("export", data="cut").stdout == HEAD + "".join(ALL), "a cut one goes on")

# ---- words
for words, code, say in (
        (("NOPE", "--from", "2024-07-01", "--to", "2024-07-10"), 0, "no bars of it"),
        (("AAPL", "--from", "2024-07-02", "--to", "2024-07-01"), 2, "behind --to"),
        (("AAPL", "--timeframe", "2m"), 2, "1m 5m 15m"), (("AAPL", "--feed", "otc"), 2, "iex or"),
        (("A B",), 2, "a symbol like"), (("AAPL", "--adjustment", "x"), 2, "split dividend")):
    p = fetch(good, *words)
    check(p.returncode == code and say in p.stderr, f"{words}: {p.returncode} {p.stderr}")
p = command("fetch", "AAPL")
check(p.returncode == 78 and "--url" in p.stderr, f"sim has no history of its own: {p.stderr}")
p = command("fetch", "AAPL", "--url", "data.example")
check(p.returncode == 78 and "https://HOST" in p.stderr, f"not an address: {p.stderr}")
closed = Exchange(*OPTIONS, "--keys", write("keys", "PKONE\nsecret\n"), name="closed")
p = fetch(closed, "AAPL")
check(p.returncode == 1 and "APCA_API_KEY_ID" in p.stderr, f"keys are asked for: {p.stderr}")
finish()
