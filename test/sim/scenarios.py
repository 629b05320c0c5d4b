#!/usr/bin/env python3
"""Scenario: every script of misbehaviour that is inside, with a client that trades through it.
Each of its rules fires, the exchange lives, and tells a verdict. Several at a time, since most of
it is waiting: scenarios.py NAME runs one."""
import concurrent.futures
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import GAMBLER, Exchange, Pace, check, finish  # noqa: E402
from wire import BUY, Answer, data, trading  # noqa: E402

AT_ONCE = 12
STEPS = 700                             # instants: two hours and more of the market


def show(*words):
    return subprocess.run([GAMBLER, "exchange", "--scenario", *words], capture_output=True,
                          text=True, timeout=20)


class Client:
    """Not a clever one: it asks, buys, sells, changes, cancels, and comes back."""

    def __init__(self, x, name):
        self.port, self.name, self.n, self.price = x.port, name, 0, 500.0
        self.streams = []

    def ask(self, method, path, body=None):
        return Answer(self.port, method, path, body, wait=0.12)

    def list(self, path):
        a = self.ask("GET", path)
        found = json.loads(a.body) if a.status == 200 else []
        return [o for o in found if isinstance(o, dict)] if isinstance(found, list) else []

    def connect(self):
        for w in self.streams:
            w.s.close()
        self.streams = []
        for opened in (trading, data):
            self.streams.append(opened(self.port))

    def buy(self, symbol):
        body = {**BUY, "symbol": symbol, "client_order_id": f"{self.name}-{symbol}-{self.n}"}
        if self.n % 2 == 0:
            a = self.ask("GET", f"/v2/stocks/{symbol}/quotes/latest")
            if a.status == 200:
                self.price = float(json.loads(a.body)["quote"]["ap"])
            body |= {"order_class": "bracket",
                     "take_profit": {"limit_price": f"{self.price * 1.01:.2f}"},
                     "stop_loss": {"stop_price": f"{self.price * 0.99:.2f}"}}
        self.ask("POST", "/v2/orders", body)

    def look(self):
        for path in ("/v2/account", "/v2/clock", "/v2/positions",
                     "/v2/stocks/bars?symbols=AAPL&timeframe=1Min&start=2024-06-28"):
            self.ask("GET", path)

    def change(self):
        orders = self.list("/v2/orders")
        for o in orders[:2]:
            self.ask("PATCH", f"/v2/orders/{o.get('id')}", {"limit_price": "1.01"})
        for o in orders[-1:]:
            self.ask("DELETE", f"/v2/orders/{o.get('id')}")
        if self.n % 4 == 3:             # a stop that is held behind its take-profit
            nested = self.list("/v2/orders?status=all&nested=true&limit=8")
            legs = [leg for o in nested for leg in o.get("legs") or [] if "stop" in leg["type"]]
            for leg in legs[:1]:
                self.ask("DELETE", f"/v2/orders/{leg['id']}")

    def leave(self):
        """Out of everything, then a stop by itself, which is cancelled."""
        if self.n % 3 == 1:
            self.ask("DELETE", "/v2/orders")
        for p in self.list("/v2/positions")[:2]:
            stop = {"symbol": p.get("symbol"), "side": "sell", "qty": p.get("qty"),
                    "type": "stop", "stop_price": "1.00", "time_in_force": "gtc"}
            a = self.ask("POST", "/v2/orders", stop)
            self.ask("DELETE", f"/v2/positions/{p.get('symbol')}")
            if a.status == 200:
                self.ask("DELETE", f"/v2/orders/{json.loads(a.body)['id']}")
        if self.n % 5 == 4:
            self.ask("DELETE", "/v2/positions?cancel_orders=true")

    def turn(self):
        self.n += 1
        acts = [self.look, lambda: self.buy("AAPL"), self.change, lambda: self.buy("SPY"),
                self.leave]
        if self.n % 8 == 1:
            acts.insert(0, self.connect)
        for act in acts:
            try:
                act()
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                pass                    # a client may well stumble here; the exchange may not


def run(name):
    shown = show("show", name)
    check(shown.returncode == 0 and shown.stdout.startswith("# "), f"{name} is shown")
    x = Exchange("--symbols", "AAPL,MSFT,SPY", "--start", "2024-07-01", "--until", "2024-07-03",
                 "--scenario", name, name=name)
    pace, client = Pace(x), Client(x, name)
    for n in range(STEPS):
        if n % 6 == 0:
            client.turn()
            if all(r["fired"] > 0 for r in x.rest.get("/sim/faults")["rules"]):
                break
        pace.step()
    silent = [(r["rule"], r["seen"]) for r in x.rest.get("/sim/faults")["rules"]
              if r["fired"] == 0]
    check(silent == [], f"{name}: every rule has fired, not: {silent}")
    check(isinstance(x.verdict()["pass"], bool), f"{name}: there is a verdict")
    check(x.ledger()["adds_up"], f"{name}: cash and positions are what executions make of them")
    check(x.stop() == 0, f"{name}: the exchange ends as it should")


def one_of_many(name):
    p = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True,
                       timeout=120)
    return p.returncode, [line for line in p.stdout.splitlines() if ":" in line][:-1]


def main():
    names = sys.argv[1:]
    if names:
        for name in names:
            run(name)
        finish()
    names = [line.split(" ")[0] for line in show("list").stdout.splitlines()]
    check(len(names) >= 30, f"{len(names)} scenarios are inside")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, (code, lines) in zip(names, pool.map(one_of_many, names)):
            check(code == 0, f"{name}: {' '.join(lines)}")
    finish()


main()
