#!/usr/bin/env python3
"""The broker's data service is down: charts begin with bars of Yahoo or of Finnhub, nothing is
entered on them, and who is asked is not told the broker's keys."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, Exchange, check, finish, room, start, wait_for, write  # noqa: E402
import providers  # noqa: E402

INI = write("x.ini", """
[strategy dips]
use = mean_reversion
preset = classic
[instance bull]
strategy = dips
symbols = AAPL BRK.B CRM ORCL
timeframe = 5m
benchmark = none
""")
SYMBOLS = "AAPL,BRK.B,CRM,ORCL"
x = Exchange("--symbols", SYMBOLS, speed="1")
here = f"127.0.0.1:{x.port}"
broken = providers.down()


def bot(name, url, *more, until="wire.ready", **env):
    """Its log."""
    log = os.path.join(room(), name + ".log")
    with open(log, "w") as f:
        p = start(["run", "-c", INI, "--set", "account.mode=paper",
                   "--set", f"account.trading_url=http://{here}",
                   "--set", f"account.data_url={broken.url}",
                   "--set", f"account.stream_url=ws://{here}", "--set", "server.listen=",
                   "--set", f"store.folder={os.path.join(room(), name)}",
                   "--set", f"data.url={url}", *more],
                  env={**ENV, "APCA_API_KEY_ID": "PKALONE", "APCA_API_SECRET_KEY": "s3cret", **env},
                  stderr=f, stdout=f)
    ready = wait_for(lambda: until in open(log).read() or p.poll() is not None, 60)
    p.terminate()
    check(p.wait(60) == 0 and ready, f"{name}: {until}, and it ends: {open(log).read()[-600:]}")
    return open(log).read()


y = providers.Yahoo()
said = bot("yahoo", y.server.url, "--set", "data.fallback=yahoo")
asked = [path for path, _ in y.server.asked]
check("data.fallback provider=yahoo" in said, f"who is asked instead is said: {said[-600:]}")
check(any("/BRK-B?" in p for p in asked), f"each symbol under its name there: {asked[:6]}")
check(len([p for p in asked if "/AAPL?" in p]) >= 2, "a page of excuses is no answer: asked again")
check(re.search(r"symbol=CRM .*Not Found", said), f"who is not known there is said: {said[-600:]}")
check(re.search(r'symbol=ORCL why="bars of another length"', said), "and hours for minutes")
check(all(h.get("User-Agent") and not any("APCA" in k.upper() for k in h)
          and "PKALONE" not in str(h) and "s3cret" not in str(h) for _, h in y.server.asked),
      "it is not told the broker's keys")
check(len(broken.asked) >= 3, "the broker was asked first, three times")

f = providers.Finnhub("paid")
said = bot("finnhub", f.server.url, "--set", "data.fallback=finnhub", FINNHUB_API_KEY="paid")
check(len(f.server.asked) >= 4 and "effect=\"no bars\"" not in said,
      f"Finnhub has all of them: {said[-600:]}")
check("paid" not in said, "its key is not in the log")

f = providers.Finnhub("paid")
said = bot("free", f.server.url, "--set", "data.fallback=finnhub",
           until="this key has no bars", FINNHUB_API_KEY="free")
check(len(f.server.asked) == 1 and "this key has no bars" in said,
      f"a key that does not pay for candles is tried once: {len(f.server.asked)} {said[-600:]}")
finish()
