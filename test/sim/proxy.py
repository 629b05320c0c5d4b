#!/usr/bin/env python3
"""Scenario: the network between gambler and the exchange fails at chosen places.

Answers of orders that were accepted are lost, requests arrive in part, streams are cut while
fills happen, everything comes one byte at a time. Afterwards the books must be the exchange's,
and no order may have been sent twice. In lockstep, then in scaled time."""
import http.client
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Bot, Exchange, Pace, check, finish, wait_for, write  # noqa: E402
from proxy import Proxy  # noqa: E402
import books  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
DAY = "2024-09-11"
MARKET = ["--symbols", "AAPL,MSFT,NVDA,TSLA,SPY", "--start", DAY, "--until", DAY,
          "--cash", "250000", "--partial", "40", "--seed", str(SEED % 101 + 1)]

INI = """
[strategy dips]
use = mean_reversion
preset = classic
[instance bull]
strategy = dips
symbols = AAPL MSFT NVDA TSLA
sides = both
timeframe = 1m
skip_open = 0s
losses_in_row = 100
[instance bear]
strategy = dips
symbols = SPY
sides = both
timeframe = 1m
skip_open = 0s
"""


class Plan:
    """Cuts by number, so that the same orders are hit in every run of the same market."""

    def __init__(self):
        self.orders = self.cancels = self.acks = self.others = 0
        self.quiet = True

    def __call__(self, method, path, number):
        if self.quiet:
            return None
        if path == "/v2/orders" and method == "POST":
            self.orders += 1
            n = self.orders
            return (("lost-answer",) if n % 3 == 1 else ("cut-answer", 29 * n) if n % 5 == 2
                    else ("cut-request", 37 * n) if n % 5 == 3 else None)
        if method == "DELETE":
            self.cancels += 1
            return ("lost-answer",) if self.cancels % 3 == 1 else None
        if path.startswith("/sim/"):
            self.acks += 1
            return ("lost-answer",) if self.acks in (70, 500, 1200) else None
        self.others += 1		# each of these costs a pause
        n = self.others
        return (("cut-answer", 53 * n) if n in (3, 31, 160, 700) else
                ("cut-request", 11 * n) if n in (12, 90, 400) else
                ("delay", 0.02) if n % 50 == 0 else None)


def lockstep(ini):
    plan = Plan()
    exchange = Exchange(*MARKET, name="lockstep-exchange")
    proxy = Proxy(exchange.port, plan)
    bot = Bot(ini, "lockstep", "exchange.speed=max", connect=proxy.port, name="lockstep").start()
    pace = bot.joined(exchange)
    check(bot.ready(), "lockstep: it starts")
    plan.quiet = False
    orders = steps = cuts = 0
    while not pace.end:
        pace.send()
        had = orders
        orders = exchange.verdict()["orders"]
        if orders != had and cuts < 12:		# what comes next is the order's story
            cuts += 1
            proxy.cut(("orders", "data", "orders", "rest")[cuts % 4], (0, 0.2)[cuts % 2],
                      cuts % 3 == 0)
        steps += 1
        proxy.dribble = 200 <= steps < 500
        if not pace.receive(60):
            check(False, "lockstep: the market goes on: " + bot.said()[-600:])
            break
    plan.quiet = True
    pace.leave()
    code = bot.wait(60)
    check(code == 0, f"lockstep: run ends with 0 when the market has ended, not {code}")
    trades, _ = books.settled(exchange, bot, exactly=False, least=3, naked=15)
    listed = exchange.minutes(f"{DAY}T13:30:00Z", f"{DAY}T20:00:00Z")
    for i in bot.ask("status")["instances"]:
        expected = sum(listed[s] for s in i["symbols"])
        check(i["bars"] == expected,
              f"lockstep: {i['name']} decided on every bar: {i['bars']} of {expected}")
    for what in ("lost-answer", "cut-answer", "cut-request", "cut orders", "cut data"):
        check(proxy.done.get(what, 0) > 0, f"lockstep: there was a {what}")
    print(f"lockstep: {len(trades)} trades, {proxy.done}")
    proxy.close()
    exchange.stop()


def scaled(ini):
    """240 times real time, cuts at random; then flat by command, and the books compared."""
    rng = random.Random(SEED)
    speed = 240

    def plan(method, path, number):
        if quiet:
            return None
        dice = rng.random() / (1 if path.startswith("/v2/orders") and method != "GET" else 0.05)
        return (("lost-answer",) if dice < 0.2 else ("cut-request", rng.randrange(400))
                if dice < 0.3 else ("cut-answer", rng.randrange(600)) if dice < 0.4
                else ("delay", rng.random() * 0.1) if dice < 0.5 else None)

    quiet = True
    exchange = Exchange(*MARKET, speed=speed, name="scaled-exchange")
    proxy = Proxy(exchange.port, plan)
    bot = Bot(ini, "scaled", f"exchange.speed={speed}", connect=proxy.port, name="scaled").start()
    check(bot.ready(), "scaled: it starts")
    quiet = False
    until = time.monotonic() + 20
    while time.monotonic() < until:
        time.sleep(1 + 3 * rng.random())
        proxy.cut(rng.choice(("orders", "data", "rest", "orders")), rng.random() * 0.3,
                  rng.random() < 0.5)
        proxy.dribble = rng.random() < 0.2
        if bot.process.poll() is not None:
            break
    proxy.dribble, quiet = False, True
    check(bot.process.poll() is None, "scaled: it runs on: " + bot.said()[-300:])
    c = http.client.HTTPConnection(bot.listen, timeout=10)
    c.request("POST", "/api/v1/flatten", "{}", {"Content-Type": "application/json"})
    check(c.getresponse().status == 202, "scaled: flatten is accepted")
    flat = wait_for(lambda: not (ledger := exchange.ledger())["positions"] and
                    not books.open_orders(ledger), 60, 0.2)
    check(flat, f"scaled: everything is closed after flatten: {exchange.ledger()['positions']} "
          f"{books.open_orders(exchange.ledger())[:2]}")
    wait_for(lambda: all(t["state"] == "closed" for t in bot.trades()), 60, 0.2)
    bot.process.terminate()
    code = bot.wait(60)
    check(code == 0, f"scaled: it stops with 0, not {code}")
    # Four seconds of asking are 20 ms here: an order may still be on its way when it is given up
    # and sent again, under the same id. The exchange refuses that; the books must be right.
    trades, _ = books.settled(exchange, bot, exactly=False, naked=None, resent=True)
    print(f"scaled: {len(trades)} trades, {proxy.done}")
    proxy.close()
    exchange.stop()


print(f"proxy.py: SEED={SEED}")
ini = write("proxy.ini", INI)
lockstep(ini)
scaled(ini)
finish()
