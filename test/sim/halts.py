#!/usr/bin/env python3
"""A key that is not taken, and another one in its file; what the broker does not trade; halts as
the stream tells them; and a process that was stopped for a while: nothing is entered before the
truth was asked for. In paper mode, so that nothing is in lockstep."""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, Exchange, check, finish, room, start, wait_for, write  # noqa: E402

KEYS = write("keys", "APCA_API_KEY_ID=PKALONE\nAPCA_API_SECRET_KEY=wr0ng\n")
os.chmod(KEYS, 0o600)
INI = write("x.ini", f"""
[account]
key_file = {KEYS}
[strategy dips]
use = mean_reversion
preset = classic
[instance bull]
strategy = dips
symbols = AAPL MSFT
timeframe = 1m
benchmark = none
""")
RULES = write("rules", "at open+1m symbol=AAPL: halt 3m T1\n")
x = Exchange("--symbols", "AAPL,MSFT", "--faults", RULES, "--keys",
             write("pair", "PKALONE\ns3cret\n"), speed="20")
x.rest.call("POST", "/sim/clock", {"pause": True})      # until who is to hear of it listens
here = f"127.0.0.1:{x.port}"
got = x.rest.call("POST", "/sim/assets", {"symbol": "MSFT", "tradable": False})
check(got[0] == 200, f"a stock is not traded: {got}")
log = os.path.join(room(), "log")
with open(log, "w") as f:
    p = start(["run", "-c", INI, "--set", "account.mode=paper",
               "--set", f"account.trading_url=http://{here}",
               "--set", f"account.data_url=http://{here}",
               "--set", f"account.stream_url=ws://{here}", "--set", "server.listen=",
               "--set", f"store.folder={os.path.join(room(), 'data')}"],
              env=ENV, stderr=f, stdout=f)


def said():
    return open(log).read()


check(wait_for(lambda: "error broker.key http=401" in said(), 60),
      f"a wrong key: {said()[-600:]}")
with open(KEYS, "w") as f:
    f.write("APCA_API_KEY_ID=PKALONE\n")
p.send_signal(signal.SIGHUP)
check(wait_for(lambda: "signal.hup" in said(), 60), f"half a pair is none: {said()[-600:]}")
with open(KEYS, "a") as f:
    f.write("APCA_API_SECRET_KEY=s3cret\n")
p.send_signal(signal.SIGHUP)
check(wait_for(lambda: "broker.keys keys=new" in said(), 60),
      f"another is read: {said()[-600:]}")
check(wait_for(lambda: "wire.ready" in said(), 60), f"it gets ready: {said()[-600:]}")
x.rest.call("POST", "/sim/clock", {"resume": True})
check(wait_for(lambda: "symbol.halted symbol=AAPL" in said(), 60), f"a halt: {said()[-600:]}")
check(wait_for(lambda: "symbol.trades symbol=AAPL" in said(), 60), f"its end: {said()[-600:]}")
check("symbol=MSFT" not in "".join(re.findall(r"symbol\.[ht]\S+ .*", said())), "only that one")
check("symbol.refused symbol=MSFT" in said(), f"not traded, and known: {said()[-900:]}")
before = said().count("stream.up")
p.send_signal(signal.SIGSTOP)
time.sleep(32)
p.send_signal(signal.SIGCONT)
check(wait_for(lambda: "wire.suspended" in said(), 60), f"a pause is noticed: {said()[-600:]}")
check(wait_for(lambda: said().count("stream.up") >= before + 2, 60),
      f"with new streams it goes on: {said()[-900:]}")
p.terminate()
check(p.wait(60) == 0, "it ends")
finish()
