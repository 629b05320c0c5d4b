#!/usr/bin/env python3
"""Scenario: `gambler exchange --speed max` over real sockets, seen from a client's side.

Joins the lockstep, reads both streams, trades simple orders, brackets and cancels, pages
bars, compares with the exchange's own ledger; wrong keys; kill -9 and resume; the same
requests twice give the same bytes."""
import base64
import http.client
import json
import os
import re
import sys
import time
import urllib.parse
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import scene  # noqa: E402
from scene import KEYS, check, finish, room, run, write  # noqa: E402
from wsclient import Closed, WebSocket  # noqa: E402


def opened(*options):
    return scene.Exchange("--keys", write("keys", "PKTEST\nsecret\n"), "--symbols",
                          "AAPL,MSFT,SPY", "--start", "2024-07-01", "--until", "2024-07-05",
                          *options)


class Rest:
    def __init__(self, port, keys=KEYS):
        self.c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.keys = keys
        self.seen = []          # every body, for the comparison of two runs

    def raw(self, method, path, body=None, query=None):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        head = dict(self.keys)
        if data is not None:
            head["Content-Type"] = "application/json"
        self.c.request(method, path, data, head)
        r = self.c.getresponse()
        text = r.read()
        self.seen.append((r.status, r.getheader("X-Request-ID"), text))
        return r.status, r, text

    def call(self, method, path, body=None, **query):
        status, _, text = self.raw(method, path, body, query)
        return status, json.loads(text) if text else None

    def get(self, path, **query):
        status, answer = self.call("GET", path, None, **query)
        check(status == 200, f"GET {path} {query} answers 200, not {status} {answer}")
        return answer


class Socket(WebSocket):
    def read(self):
        """The next message; None when the server closes."""
        try:
            return super().read()
        except Closed:
            return None


class Trader:
    """In the lockstep, with both streams open: goes from instant to instant."""

    def __init__(self, exchange, name="test"):
        self.x, self.name = exchange, name
        self.rest = Rest(exchange.port)
        self.data, self.trading = Socket(exchange.port, "/v2/sip"), Socket(exchange.port, "/stream")
        self.bars, self.updates, self.replies = [], [], []
        self.open = self.end = False
        check(self.data.read() == [{"T": "success", "msg": "connected"}], "the greeting")
        self.data.send({"action": "auth", "key": "PKTEST", "secret": "secret"})
        check(self.data.read() == [{"T": "success", "msg": "authenticated"}], "data auth")
        self.data.send({"action": "subscribe", "bars": ["AAPL", "MSFT", "SPY"], "simClock": ["*"]})
        state = self.data.read()[0]
        check(state["T"] == "subscription" and state["bars"] == ["AAPL", "MSFT", "SPY"] and
              state["trades"] == [] and state["simClock"] == ["*"], f"the whole state: {state}")
        self.trading.send({"action": "auth", "key": "PKTEST", "secret": "secret"})
        check(self.trading.read() == {"stream": "authorization", "data": {
            "status": "authorized", "action": "authenticate"}}, "trading auth")
        self.trading.send({"action": "listen",
                           "data": {"streams": ["trade_updates", "sim_clock"]}})
        check(self.trading.read() == {"stream": "listening", "data": {
            "streams": ["trade_updates", "sim_clock"]}}, "listening")
        status, self.at = self.rest.call("POST", "/sim/join", {"client": name})
        check(status == 200, "joined")
        self.n = self.at["n"]

    def step(self):
        """Acknowledges this instant and reads all that the next one brings."""
        status, answer = self.rest.call("POST", "/sim/ack", {"client": self.name, "n": self.n})
        check(status == 200, f"acknowledged: {answer}")
        clock = None
        while clock is None:
            for m in self.data.read():
                if m["T"] == "b":
                    self.bars.append(m)
                elif m["T"] == "clock":
                    clock = m
        while True:
            m = self.trading.read()
            if m["stream"] == "sim_clock":
                break
            self.updates.append(m["data"])
        check(m["data"]["n"] == clock["n"] == self.n + 1, "both streams show the next instant")
        self.n, self.t = clock["n"], clock["t"]
        self.open, self.end = clock["open"], clock["end"]

    def until(self, condition, most=4000):
        for _ in range(most):
            if condition():
                return True
            if self.end:
                return False
            self.step()
        return False

    def order(self, **fields):
        status, answer = self.rest.call("POST", "/v2/orders", fields)
        return status, answer

    def events(self, oid):
        return [u["event"] for u in self.updates if u["order"]["id"] == oid]


def refusals(port):
    nobody = Rest(port, {})
    status, r, text = nobody.raw("GET", "/v2/account")
    check(status == 401 and r.getheader("Content-Type") == "text/html" and b"nginx" in text,
          "without keys: the proxy's page")
    wrong = Rest(port, {"APCA-API-KEY-ID": "PKTEST", "APCA-API-SECRET-KEY": "wrong"})
    check(wrong.call("GET", "/v2/account") == (401, {"message": "unauthorized."}), "a wrong secret")
    basic = Rest(port, {"Authorization": "Basic " + base64.b64encode(b"PKTEST:secret").decode()})
    check(basic.call("GET", "/v2/account")[0] == 200, "basic authentication")
    rest = Rest(port)
    check(rest.call("GET", "/v2/nothing")[0] == 404, "an unknown path is 404")
    check(rest.call("PUT", "/v2/orders", {})[0] == 405, "an unknown method is 405")
    check(rest.call("POST", "/v2/orders", "{bad") ==
          (400, {"code": 40010000, "message": "request body format is invalid"}), "bad JSON")
    status, answer = rest.call("POST", "/v2/orders", {
        "symbol": "NOPE", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"})
    check(status == 422 and "NOPE" in answer["message"], f"unknown symbol: {answer}")
    status, answer = rest.call("POST", "/v2/orders", {
        "symbol": "AAPL", "qty": "1", "side": "buy", "type": "limit", "time_in_force": "day",
        "limit_price": "100.123"})
    check(status == 422 and answer["code"] == 42210000 and "sub-penny" in answer["message"],
          f"sub-penny: {answer}")
    status, answer = rest.call("POST", "/v2/orders", {
        "symbol": "AAPL", "qty": "0", "side": "buy", "type": "market", "time_in_force": "day"})
    check(status == 422 and answer["message"] == "qty must be > 0", f"no shares: {answer}")
    unknown = "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415"
    check(rest.call("GET", "/v2/orders/" + unknown) ==
          (404, {"code": 40410000, "message": "order not found for " + unknown}), "unknown order")
    check(rest.call("GET", "/v2/orders/fake_id") ==
          (422, {"code": 40010001, "message": "order_id is missing"}), "not an id")
    check(rest.call("GET", "/v2/positions/AAPL") ==
          (404, {"code": 40410000, "message": "position does not exist"}), "no position")
    check(rest.call("GET", "/v2/assets/FFFFF") ==
          (404, {"code": 40410000, "message": "asset not found for FFFFF"}), "no asset")
    check(rest.call("GET", "/v2/stocks/bars", symbols="AAPL", timeframe="1Min", limit="10001")[0]
          == 400, "too large a page is 400")
    check(rest.call("GET", "/v2/stocks/bars", symbols="AAPL", timeframe="1Min", feed="x") ==
          (400, {"message": "invalid feed: x"}), "an unknown feed")
    check(rest.call("GET", "/v2/stocks/bars", symbols="AAPL")[1] ==
          {"message": "timeframe is required"}, "no timeframe")


def stream_refusals(port):
    s = Socket(port, "/v2/sip")
    s.read()
    s.send({"action": "subscribe", "bars": ["AAPL"]})
    check(s.read()[0]["code"] == 401, "a subscription before the key is 401")
    s.send({"action": "auth", "key": "PKTEST", "secret": "no"})
    check(s.read()[0]["code"] == 402, "a wrong key is 402")
    check(s.read() is None, "and the stream ends")
    a, b = Socket(port, "/v2/iex"), Socket(port, "/v2/iex")
    for s in (a, b):
        s.read()
        s.send({"action": "auth", "key": "PKTEST", "secret": "secret"})
    check(a.read()[0]["msg"] == "authenticated", "the first connection")
    check(b.read()[0]["code"] == 406, "the second one is 406")
    a.send({"action": "auth", "key": "PKTEST", "secret": "secret"})
    check(a.read()[0]["code"] == 403, "twice is 403")
    a.send({"action": "subscribe", "bars": ["aapl!"]})
    check(a.read()[0]["code"] == 400, "a bad symbol is 400")
    a.send({"action": "dance"})
    check(a.read()[0]["code"] == 400, "an unknown action is 400")
    a.close()
    b.close()
    t = Socket(port, "/stream")
    t.send({"action": "listen", "data": {"streams": ["trade_updates"]}})
    check(t.read()["data"] == {"status": "unauthorized", "action": "listen"}, "listen first: no")
    t.send({"action": "authenticate", "data": {"key_id": "PKTEST", "secret_key": "secret"}})
    check(t.read()["data"]["status"] == "authorized", "the other form of authentication")
    check(t.opcodes == {2}, "the trading stream speaks in binary frames")
    t.close()
    time.sleep(0.2)


def simple_order(t):
    t.until(lambda: t.open)
    status, o = t.order(symbol="AAPL", qty="10", side="buy", type="market", time_in_force="day",
                        client_order_id="first")
    check(status == 200 and o["client_order_id"] == "first" and o["qty"] == "10", f"placed: {o}")
    check(o["status"] in ("pending_new", "accepted"), f"not on the book yet: {o['status']}")
    check(t.until(lambda: "fill" in t.events(o["id"]), 50), "a market order fills")
    names = t.events(o["id"])
    check(names[-1] == "fill" and "new" in names, f"events in order: {names}")
    fill = [u for u in t.updates if u["event"] == "fill"][-1]
    check(fill["position_qty"] == "10" and fill["order"]["filled_qty"] == "10" and
          fill["order"]["status"] == "filled", f"the fill: {fill}")
    p = t.rest.get("/v2/positions/AAPL")
    check(p["qty"] == "10" and p["side"] == "long" and
          p["avg_entry_price"] == fill["order"]["filled_avg_price"], f"the position: {p}")
    status, again = t.order(symbol="AAPL", qty="1", side="buy", type="market",
                            time_in_force="day", client_order_id="first")
    check(status == 422 and "unique" in again["message"], f"an id is used once: {again}")
    check(t.rest.get("/v2/orders:by_client_order_id", client_order_id="first")["id"] == o["id"],
          "found by its client's id")
    status, no = t.order(symbol="AAPL", qty="11", side="sell", type="market", time_in_force="day")
    check(status == 403 and no["code"] == 40310000 and no["available"] == "10",
          f"more than there is: {no}")
    status, closing = t.rest.call("DELETE", "/v2/positions/AAPL")
    check(status == 200 and closing["side"] == "sell" and closing["qty"] == "10", "closing")
    check(t.until(lambda: "fill" in t.events(closing["id"]), 50), "the position is closed")
    check(t.rest.call("GET", "/v2/positions/AAPL")[0] == 404, "and gone")


def bracket(t):
    trades = t.rest.get("/v2/stocks/trades/latest", symbols="MSFT")["trades"]
    last = Decimal(str(trades["MSFT"]["p"]))
    high, low = f"{last * Decimal('1.2'):.2f}", f"{last * Decimal('0.8'):.2f}"
    status, o = t.order(symbol="MSFT", qty="20", side="buy", type="market", time_in_force="gtc",
                        order_class="bracket", take_profit={"limit_price": high},
                        stop_loss={"stop_price": low}, client_order_id="b-1")
    check(status == 200 and len(o["legs"]) == 2, f"a bracket: {o}")
    check([leg["status"] for leg in o["legs"]] == ["held", "held"], "legs are held")
    check(t.until(lambda: "fill" in t.events(o["id"]), 50), "the entry fills")
    t.step()
    t.step()
    profit, loss = (t.rest.get("/v2/orders/" + leg["id"]) for leg in o["legs"])
    check(profit["status"] == "new" and profit["limit_price"] == high, f"the target: {profit}")
    check(loss["type"] == "stop" and loss["status"] in ("held", "new"), f"the stop: {loss}")
    held = t.rest.get("/v2/positions/MSFT")
    check(held["qty_available"] == "0", f"all shares are in orders: {held}")
    status, no = t.rest.call("DELETE", "/v2/positions/MSFT")
    check(status == 403 and no["held_for_orders"] == "20", f"they are held: {no}")
    status, new = t.rest.call("PATCH", "/v2/orders/" + loss["id"],
                              {"stop_price": f"{last * Decimal('0.81'):.2f}"})
    check(status == 200 and new["replaces"] == loss["id"], f"the stop is moved: {status} {new}")
    t.step()
    status, _ = t.rest.call("DELETE", "/v2/orders/" + profit["id"])
    check(status == 204, "one of the group is cancelled")
    t.step()
    t.step()
    check(t.rest.get("/v2/orders/" + profit["id"])["status"] == "canceled", "it is")
    check(t.rest.get("/v2/orders", status="open", symbols="MSFT") == [], "and the group with it")
    status, all_closed = t.rest.call("DELETE", "/v2/positions", cancel_orders="true")
    check(status == 207 and [c["status"] for c in all_closed] == [200], f"207: {all_closed}")
    check(t.until(lambda: t.rest.get("/v2/positions") == [], 50), "all is closed")


def orders_list(t):
    placed = []
    for i in range(5):
        status, o = t.order(symbol="SPY", qty="1", side="buy", type="limit", time_in_force="gtc",
                            limit_price=f"{10 + i}", client_order_id=f"far-{i}")
        check(status == 200, f"placed: {o}")
        placed.append(o["id"])
        t.step()
    got = [o["id"] for o in t.rest.get("/v2/orders")]
    check(got == placed[::-1], "open ones, the newest first")
    got = [o["id"] for o in t.rest.get("/v2/orders", direction="asc", limit=2)]
    check(got == placed[:2], "ascending, two of them")
    at = t.rest.get("/v2/orders/" + placed[2])["submitted_at"]
    got = [o["id"] for o in t.rest.get("/v2/orders", after=at)]
    check(got == placed[:2:-1], "after is exclusive")
    got = [o["id"] for o in t.rest.get("/v2/orders", before_order_id=placed[2])]
    check(got == placed[1::-1], "before an order")
    check(t.rest.get("/v2/orders", status="open", side="sell") == [], "none sells")
    status, gone = t.rest.call("DELETE", "/v2/orders")
    check(status == 207 and sorted(g["id"] for g in gone) == sorted(placed), "all cancelled")
    t.step()
    check(t.rest.get("/v2/orders") == [], "none is open any more")
    status, no = t.rest.call("DELETE", "/v2/orders/" + placed[0])
    check(status == 422, f"not twice: {no}")


def bars_pages(t):
    t.until(lambda: len(t.bars) >= 30, 200)
    start, end = "2024-06-24T00:00:00Z", t.t
    query = dict(symbols="SPY,AAPL,MSFT", timeframe="5Min", start=start, end=end, feed="sip")
    whole = t.rest.get("/v2/stocks/bars", limit=10000, **query)
    check(whole["next_page_token"] is None and list(whole["bars"]) == ["AAPL", "MSFT", "SPY"],
          "all at once, by symbol")
    pages, token, count = {}, {}, 0
    while True:
        page = t.rest.get("/v2/stocks/bars", limit=97, **query, **token)
        n = 0
        for s, bars in page["bars"].items():
            pages.setdefault(s, []).extend(bars)
            n += len(bars)
        check(n <= 97, "the limit is of all symbols together")
        count += 1
        if page["next_page_token"] is None:
            break
        plain = base64.b64decode(page["next_page_token"]).decode()
        check(re.fullmatch(r"[A-Z]+\|M\|[-0-9T:]+\.000000000Z", plain), f"the token: {plain}")
        token = {"page_token": page["next_page_token"]}
    check(count > 3 and pages == whole["bars"], "pages are the whole")
    back = t.rest.get("/v2/stocks/SPY/bars", timeframe="5Min", start=start, end=end,
                      sort="desc", limit=10)
    check(back["symbol"] == "SPY" and back["bars"] == whole["bars"]["SPY"][:-11:-1],
          "backwards from the end")
    token = {"page_token": back["next_page_token"]}
    back = t.rest.get("/v2/stocks/SPY/bars", timeframe="5Min", start=start, end=end,
                      sort="desc", limit=10, **token)
    check(back["bars"] == whole["bars"]["SPY"][-11:-21:-1], "and further back")
    days = t.rest.get("/v2/stocks/SPY/bars", timeframe="1Day", start=start, end=end)["bars"]
    check(days and all(d["t"].endswith("T04:00:00Z") for d in days), f"days: {days}")
    seen = [b for b in t.bars if b["S"] == "AAPL"]
    minutes = t.rest.get("/v2/stocks/AAPL/bars", timeframe="1Min", start=seen[0]["t"], end=end,
                         limit=10000)["bars"]
    strip = [{k: v for k, v in b.items() if k not in ("T", "S")} for b in seen]
    check(minutes == strip, "streamed minutes are those of history")
    latest = t.rest.get("/v2/stocks/bars/latest", symbols="AAPL")["bars"]["AAPL"]
    check(latest == strip[-1], "the latest bar is the last streamed one")


def compare_with_ledger(t):
    ledger = t.rest.get("/sim/ledger")
    fills = [(u["execution_id"], u["price"], u["qty"], u["position_qty"], u["order"]["id"])
             for u in t.updates if u["event"] in ("fill", "partial_fill")]
    truth = [(e["id"], e["price"], e["qty"], e["position_qty"], e["order_id"])
             for e in ledger["executions"]]
    check(fills == truth, "every execution was told once, in order")
    cash = Decimal(ledger["start_cash"])
    for e in ledger["executions"]:
        value = Decimal(e["price"]) * Decimal(e["qty"])
        cash += (value if e["side"] == "sell" else -value) - Decimal(e["fee"])
        check(Decimal(e["cash"]) == cash, f"cash after {e['id']}")
    account = t.rest.get("/v2/account")
    check(Decimal(account["cash"]) == cash == Decimal(ledger["cash"]), "cash to the cent")
    check(ledger["positions"] == [] == t.rest.get("/v2/positions"), "flat")
    acts = t.rest.get("/v2/account/activities/FILL", direction="asc")
    check([a["id"].split("::")[1] for a in acts] == [e["id"] for e in ledger["executions"]],
          "activities are the executions")
    verdict = t.rest.get("/sim/verdict")
    check(verdict["duplicate_cids"] == 1 and verdict["executions"] == len(fills),
          f"the verdict: {verdict}")


def clock_and_calendar(t):
    clock = t.rest.get("/v2/clock")
    check(clock["is_open"] and clock["timestamp"].endswith("-04:00") and
          clock["next_close"] == clock["timestamp"][:11] + "16:00:00-04:00", f"clock: {clock}")
    days = t.rest.get("/v2/calendar", start="2024-07-01", end="2024-07-05")
    check([d["date"][-2:] + d["close"] for d in days] ==
          ["0116:00", "0216:00", "0313:00", "0516:00"], f"the holiday week: {days}")
    assets = t.rest.get("/v2/assets")
    check([a["symbol"] for a in assets] == ["AAPL", "MSFT", "SPY"] and
          t.rest.get("/v2/assets/" + assets[0]["id"]) == assets[0], "assets")


def scenario(*options):
    x = opened(*options)
    t = Trader(x)
    simple_order(t)
    bracket(t)
    orders_list(t)
    bars_pages(t)
    clock_and_calendar(t)
    compare_with_ledger(t)
    check(t.trading.opcodes == {2} and t.data.opcodes == {1}, "frames: binary and text")
    began, first = time.monotonic(), t.n
    t.until(lambda: t.end, 10000)
    speed = (t.n - first) / (time.monotonic() - began)
    check(t.end, "the week ends")
    check(x.stop() == 0, "it stops when asked")
    return t, speed


def same_twice():
    a, _ = scenario("--seed", "3")
    b, _ = scenario("--seed", "3")
    check(a.rest.seen == b.rest.seen, "the same requests bring the same bytes")
    check(a.updates == b.updates and a.bars == b.bars, "and the same messages")


def raw_speed():
    x = opened()
    r = Rest(x.port)
    n = r.call("POST", "/sim/join", {"client": "fast"})[1]["n"]
    began, first = time.monotonic(), n
    end = False
    while not end:
        answer = r.call("POST", "/sim/ack", {"client": "fast", "n": n, "wait": True})[1]
        check(answer["n"] >= n, "instants go forwards")
        n, end = answer["n"], answer["end"]
    speed = (n - first) / (time.monotonic() - began)
    x.stop()
    return speed


def resume():
    state = os.path.join(room(), "state")
    x = opened("--state", state)
    t = Trader(x)
    simple_order(t)
    status, o = t.order(symbol="SPY", qty="3", side="buy", type="limit", time_in_force="gtc",
                        limit_price="12.5", client_order_id="rests")
    check(status == 200, "an order that rests")
    before = [t.rest.get(p) for p in ("/sim/ledger", "/v2/account", "/v2/orders", "/sim/clock")]
    x.process.kill()
    x.process.wait()
    with open(state, "ab") as f:
        f.write(b"\x40\0\0\0torn")          # a record that never got whole
    x = opened("--state", state)
    r = Rest(x.port)
    after = [r.get(p) for p in ("/sim/ledger", "/v2/account", "/v2/orders", "/sim/clock")]
    before[3].update(clients=0, waiting_for=[])     # joining is nothing that is kept
    check(before == after, "after kill -9 everything is as it was")
    t2 = Trader(x)
    check(t2.n == t.n, "at the same instant")
    status, _ = t2.rest.call("DELETE", "/v2/orders/" + o["id"])
    t2.step()
    t2.step()
    check(status == 204 and "canceled" in t2.events(o["id"]), "and goes on")
    x.stop()
    other = run("exchange", "--speed", "max", "--listen", "127.0.0.1:0", "--symbols", "AAPL",
                "--state", state)
    check(other.returncode == 1 and "other options" in other.stderr,
          f"another market is refused: {other.stderr}")


def command_line():
    cases = ((["--latancy", "3"], "did you mean --latency?"), (["--speed", "x"], "times real"),
             (["--seed"], "a value must follow"), (["--start", "1.1.24"], "a day like"),
             (["--start", "2024-07-01T9:30"], "or with a time"),
             (["--scenario", "show"], "none of that name"))
    for args, words in cases:
        r = run("exchange", *args)
        check(r.returncode == 2 and words in r.stderr and r.stderr.count("\n") == 1 and
              "Try 'gambler " in r.stderr, f"{args}: {r.returncode} {r.stderr}")
    lists = [run("exchange", *args) for args in (["--scenario", "list"], ["--scenario=list"])]
    check(lists[0].returncode == 0 and lists[0].stdout == lists[1].stdout and
          "lost-answer " in lists[0].stdout, f"the scenarios' names: {lists}")


def main():
    command_line()
    x = opened()
    refusals(x.port)
    stream_refusals(x.port)
    x.stop()
    _, speed = scenario()
    same_twice()
    resume()
    fast = raw_speed()
    print(f"exchange: {fast:.0f} instants a second with one client that waits, "
          f"{speed:.0f} with two streams (client in Python)")
    finish()


main()
