"""A desk at the exchange in lockstep: every request, and the market one instant on."""
import http.client
import json
import re
import sys
import urllib.parse
from decimal import Decimal

from lib.scene import KEYS, Exchange, Pace, check

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z"
DECIMAL = r"-?(0|[1-9]\d*)(\.\d*[1-9])?"


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text.decode()
        try:
            self.json = json.loads(text, parse_float=Decimal) if text else None
        except ValueError:
            self.json = None

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


class Desk:
    def __init__(self, *options, start="2026-03-02", until="2026-03-13", symbols="AAPL,MSFT,SPY"):
        self.x = Exchange("--symbols", symbols, "--start", start, "--until", until, *options)
        self.pace = Pace(self.x)
        self.c = http.client.HTTPConnection("127.0.0.1", self.x.port, timeout=60)

    def ask(self, method, path, body=None, headers=None, **query):
        words = urllib.parse.urlencode(query)
        head = dict(KEYS if headers is None else headers)
        if body is not None:
            head["Content-Type"] = "application/json"
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        self.c.request(method, path + ("?" + words if words else ""), body, head)
        r = self.c.getresponse()
        return Answer(r.status, r.headers, r.read())

    def get(self, path, **query):
        """The body of a 200."""
        a = self.ask("GET", path, **query)
        check(a.status == 200, f"GET {path} {query} answers 200, not {a}")
        return a.json

    # ---- time

    def step(self, n=1):
        for _ in range(n):
            self.pace.step()

    def until(self, what, most=3000):
        """The first true answer of what(), asked between instants; None: none came."""
        for _ in range(most):
            answer = what()
            if answer or self.pace.end:
                return answer
            self.step()
        return None

    def clock(self):
        return self.get("/v2/clock")

    def opened(self):
        return self.until(lambda: self.clock()["is_open"])

    def closed(self):
        return self.until(lambda: not self.clock()["is_open"])

    def at(self, time):
        """Until New York's clock is at or behind HH:MM of that day or the next one."""
        return self.until(lambda: self.clock()["timestamp"][11:16] >= time)

    # ---- orders

    def order(self, **fields):
        body = {"symbol": "AAPL", "qty": "1", "side": "buy", "type": "market",
                "time_in_force": "day", **fields}
        return self.ask("POST", "/v2/orders", {k: v for k, v in body.items() if v is not None})

    def placed(self, **fields):
        a = self.order(**fields)
        check(a.status == 200, f"an order {fields} is taken: {a}")
        return a.json if a.status == 200 else None

    def see(self, oid):
        return self.get("/v2/orders/" + oid)

    def becomes(self, oid, *states, most=400):
        """The order in one of these states; the last sight of it otherwise."""
        self.until(lambda: self.see(oid)["status"] in states, most)
        return self.see(oid)

    def last(self, symbol="AAPL"):
        return self.get("/v2/stocks/trades/latest", symbols=symbol)["trades"][symbol]["p"]

    def flat(self):
        """No order is open and nothing is held."""
        self.step(2)            # what is being replaced could not be cancelled
        self.ask("DELETE", "/v2/orders")
        self.until(lambda: self.get("/v2/orders") == [], 100)
        self.ask("DELETE", "/v2/positions")
        self.until(lambda: self.get("/v2/positions") == [], 400)
        left = [p["symbol"] + " " + p["qty"] for p in self.get("/v2/positions")]
        caller = sys._getframe(1)
        check(left == [], f"{caller.f_code.co_name}, line {caller.f_lineno}: closed but for {left}")

    def stop(self):
        self.c.close()
        self.pace.leave()
        self.x.stop()


def cents(price, by="1"):
    return f"{price * Decimal(by):.2f}"


def is_form(pattern, text):
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None
