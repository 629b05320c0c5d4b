#!/usr/bin/env python3
"""Scenario: the exchange misbehaves on a script. Each word of the language is tried over real
sockets and seen from the client's side; then the verdict, and the log that replays what befell.
scenarios.py runs the scripts that are inside."""
import gzip
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import GAMBLER, KEYS, Exchange, Pace, check, finish, room, write  # noqa: E402
from wire import BUY, FAR, HEADS, Answer, Socket, data, events, trading  # noqa: E402

def moment(text):
    """Seconds of the day, of an RFC 3339 time."""
    return int(text[11:13]) * 3600 + int(text[14:16]) * 60 + float(text[17:].rstrip("Z"))


class Stage:
    """One exchange in lockstep, and a client who lets it go on."""

    def __init__(self, *options):
        self.x = Exchange("--symbols", "AAPL,MSFT,SPY", "--start", "2024-07-01", "--until",
                          "2024-07-19", "--partial", "0", *options)
        self.port, self.rest = self.x.port, self.x.rest
        self.pace = Pace(self.x)
        while not self.rest.get("/sim/clock")["open"]:
            self.pace.step()
        self.steps(10)

    def steps(self, n):
        for _ in range(n):
            self.pace.step()

    def span(self, seconds):
        """That much of the market's time."""
        until = moment(self.pace.now) + seconds
        while moment(self.pace.now) < until:
            self.pace.step()

    def rules(self, script):
        """Only these from now on."""
        self.rest.call("DELETE", "/sim/faults")
        self.rest.c.request("POST", "/sim/faults", script, {"Content-Type": "text/plain"})
        r = self.rest.c.getresponse()
        text = r.read()
        check(r.status == 200, f"the script is taken: {text.decode()}")

    def ask(self, method, path, body=None, **options):
        return Answer(self.port, method, path, body, **options)

    def fired(self):
        return [r["fired"] for r in self.rest.get("/sim/faults")["rules"]]

    def clear(self):
        self.rest.call("DELETE", "/sim/faults")
        self.rest.call("DELETE", "/v2/orders")
        self.steps(2)
        self.rest.call("DELETE", "/v2/positions")
        self.steps(2)


def order(cid, **more):
    return {**FAR, "client_order_id": cid, **more}


def by_cid(t, cid):
    return t.rest.call("GET", f"/v2/orders:by_client_order_id?client_order_id={cid}")


def endings(t):
    """How an answer can fail to come."""
    t.rules("order #1: act, then cut\norder #2: cut\norder #3: act, close\norder #4: stall\n"
            "order #5: act, half-open\norder #6: act, cut after 40\n")
    a = t.ask("POST", "/v2/orders", order("e1"))
    check(a.end == "reset" and a.raw == b"", f"cut: reset without a byte, not {a.end} {a.raw}")
    check(by_cid(t, "e1")[0] == 200, "act, then cut: the order is there")
    a = t.ask("POST", "/v2/orders", order("e2"))
    check(a.end == "reset" and by_cid(t, "e2")[0] == 404, "cut alone: it is not")
    a = t.ask("POST", "/v2/orders", order("e3"))
    check(a.end == "closed" and a.raw == b"" and by_cid(t, "e3")[0] == 200,
          "act, close: an end without an answer, and the order is there")
    a = t.ask("POST", "/v2/orders", order("e4"), wait=0.2)
    check(a.end == "open" and a.raw == b"" and by_cid(t, "e4")[0] == 404, "stall: no answer")
    a = t.ask("POST", "/v2/orders", order("e5"), wait=0.2)
    check(a.end == "open" and a.raw == b"" and by_cid(t, "e5")[0] == 200, "half-open: neither")
    a.s.sendall(b"GET /v2/clock HTTP/1.1\r\nHost: x\r\n" + HEADS.encode() + b"\r\n")
    check(a.read(0.2).raw == b"", "and nothing on that connection is answered any more")
    a = t.ask("POST", "/v2/orders", order("e6"))
    check(a.end == "closed" and len(a.raw) == 40, f"cut after 40: {len(a.raw)} bytes, {a.end}")


def statuses(t):
    t.rules("order #1: act, then status 504\norder #2: status 503 html\norder #3: status 429 bare\n"
            "order #4: status 429 headers\norder #5: status 500 empty\n"
            "order #6: status 403 nocode, message 'forbidden, for now'\n"
            "order #7: status 403, code 40310100, message 'trade denied'\n"
            "order #8: status 429, retry-after 7\nrequest GET /v2/account: status 401 html\n"
            "request DELETE /v2/positions: act, status 503\n")
    a = t.ask("POST", "/v2/orders", order("s1"))
    check(a.status == 504 and by_cid(t, "s1")[0] == 200, "504, and the order is there")
    a = t.ask("POST", "/v2/orders", order("s1"))
    check(a.status == 503 and a.header("content-type") == "text/html" and b"<html>" in a.body,
          f"an HTML page: {a.head}")
    a = t.ask("POST", "/v2/orders", order("s3"))
    check(a.status == 429 and a.header("x-ratelimit-limit") is None and
          a.header("retry-after") is None, f"429 without headers: {a.head}")
    a = t.ask("POST", "/v2/orders", order("s4"))
    check(a.status == 429 and a.header("x-ratelimit-remaining") == "0" and
          a.header("retry-after") == "60", f"429 with headers: {a.head}")
    check(a.json()["code"] == 42910000, f"its code: {a.body}")
    a = t.ask("POST", "/v2/orders", order("s5"))
    check(a.status == 500 and a.body == b"", "500 with an empty body")
    a = t.ask("POST", "/v2/orders", order("s6"))
    check(a.status == 403 and a.json() == {"message": "forbidden, for now"}, f"words: {a.body}")
    a = t.ask("POST", "/v2/orders", order("s7"))
    check(a.json() == {"code": 40310100, "message": "trade denied"}, f"code and words: {a.body}")
    a = t.ask("POST", "/v2/orders", order("s8"))
    check(a.header("retry-after") == "7", f"Retry-After: {a.head}")
    a = t.ask("GET", "/v2/account")
    check(a.status == 401 and b"Authorization Required" not in a.body and b"401" in a.body,
          f"401 as a page: {a.body[:60]}")
    check(t.ask("DELETE", "/v2/positions").status == 503, "503 on close-all")
    check(t.fired() == [1] * 10, f"each rule has fired once: {t.fired()}")


def bodies(t):
    """The text of an answer."""
    t.ask("POST", "/v2/orders", order("b1"))
    path = "/v2/orders:by_client_order_id?client_order_id=b1"
    whole = t.ask("GET", path).json()

    def under(what):
        t.rules(f"request GET: {what}")
        return t.ask("GET", path)
    a = under("drop status").json()
    check("status" not in a and len(a) == len(whole) - 1, "drop: one key less")
    check(under("null qty").json()["qty"] is None, "null")
    check(under("set status=calculating").json()["status"] == "calculating", "set to a word")
    check(under("set qty=1e400").body.count(b'"qty":1e400') == 1, "set to a huge number")
    check(under("set legs='[{\"id\":1}]'").json()["legs"] == [{"id": 1}], "set to JSON")
    check(under("add subtag={\"a\":[1,2]}").json()["subtag"] == {"a": [1, 2]}, "add JSON")
    a = under("add daytrade_count=3, add pattern_day_trader=false").json()
    check(a["daytrade_count"] == 3 and a["pattern_day_trader"] is False, "add, twice")
    a = under("rename status=state").json()
    check("status" not in a and a["state"] == whole["status"], "rename")
    a = under("retype qty, retype extended_hours, retype side").json()
    check(a["qty"] == 1 and a["extended_hours"] == "false" and a["side"] is True,
          f"retype: {a['qty']!r} {a['extended_hours']!r} {a['side']!r}")
    check(under("twice id").body.count(b'"id":') == 2, "twice")
    a = under("shift +1h").json()
    was, now = whole["created_at"], a["created_at"]
    check(was[:11] == now[:11] and int(now[11:13]) == int(was[11:13]) + 1 and was[13:] == now[13:],
          f"shift: {was} {now}")
    a = under("offset -04:00").json()["created_at"]
    check(a.endswith("-04:00") and int(a[11:13]) == int(was[11:13]) - 4, f"offset: {was} {a}")
    check(re.search(r":\d\d\.\d{9}Z$", under("digits 9").json()["created_at"]), "digits 9")
    check(re.search(r":\d\dZ$", under("digits 0").json()["created_at"]), "digits 0")
    a = under("truncate 30")
    check(len(a.body) == 30 and a.header("content-length") == "30", "truncate")
    check(under("body \"not, JSON\"").body == b"not, JSON", "body")
    check(under("empty").body == b"", "empty")
    t.rules("request GET /v2/clock: shift -90s\nrequest GET /v2/account: stranger\n"
            "request GET /v2/orders: lose 1\nrequest GET /v2/stocks/bars: set bars=null\n"
            "request GET /v2/assets: add new_key=1")
    clock, now = t.ask("GET", "/v2/clock").json(), t.rest.get("/sim/clock")["now"]
    check(clock["timestamp"][14:16] != now[14:16] or clock["timestamp"][17:19] != now[17:19],
          f"the clock is wrong: {clock['timestamp']} {now}")
    account = t.ask("GET", "/v2/account").json()
    check(account["account_number"] == "PA3STRANGER1", "somebody else's account")
    before = by_cid(t, "b1")[1]["id"]
    t.ask("POST", "/v2/orders", order("b2"))
    few, all_of_them = t.ask("GET", "/v2/orders").json(), t.rest.get("/sim/ledger")["orders"]
    check(few[0]["client_order_id"] == "b2" and before in [o["id"] for o in all_of_them] and
          len(few) == len([o for o in all_of_them if o["status"] == "new" or
                           o["status"] == "accepted" or o["status"] == "pending_new"]) - 1,
          f"a list without its last row: {len(few)}")
    check(t.ask("GET", "/v2/stocks/bars?symbols=AAPL&timeframe=1Min").json()["bars"] is None,
          "bars null")
    check(all(a["new_key"] == 1 for a in t.ask("GET", "/v2/assets").json()), "add, to each row")


def wire(t):
    """HTTP that is not right."""
    def under(what, wait=0.4):
        t.rules(f"request GET: {what}")
        return t.ask("GET", "/v2/clock", wait=wait)
    plain = under("act")
    a = under("length +10")
    check(int(a.header("content-length")) == len(plain.body) + 10 and a.end == "closed",
          f"too long a Content-Length: {a.head}")
    a = under("length -10")
    check(int(a.header("content-length")) == len(plain.body) - 10, "too short a one")
    a = under("chunks")
    check(a.header("transfer-encoding") == "chunked" and a.body.startswith(b"zz\r\n"), "chunks")
    a = under("gzip")
    check(a.header("content-encoding") == "gzip" and
          json.loads(gzip.decompress(a.body)).keys() == plain.json().keys(), "gzip, unasked")
    a = under("redirect https://example.com/v2/clock")
    check(a.status == 307 and a.header("location") == "https://example.com/v2/clock", "redirect")
    a = under("repeat")
    check(a.raw.count(b"HTTP/1.1 200") == 2, f"repeat: {a.raw.count(b'HTTP/1.1')}")
    a = under("interim")
    check(a.raw.startswith(b"HTTP/1.1 103") and b"HTTP/1.1 200" in a.raw, "interim")
    a = under("pad 3MB", 2)
    check(len(a.body) > 3000000 and a.json().keys() == plain.json().keys(), f"pad: {len(a.body)}")
    a = under("delay 300ms", 1)
    check(0.3 <= a.took < 0.8 and a.status == 200, f"delay: {a.took:.3f} s")
    a = under("slow 2000", 1.5)
    check(0.15 <= a.took and a.status == 200 and a.json(), f"slow: {a.took:.3f} s")
    check(plain.took < 0.3, "without rules it is fast")


def chances(t):
    """WHEN."""
    t.rules("request GET /v2/clock #2-3: status 500\nrequest GET /v2/calendar every 2: status 500\n"
            "request GET /v2/ass* times=1: status 500\nrequest GET /v2/positions p=0.5 seed=7: "
            "status 500\nrequest GET /v2/account #3+: status 500")
    check([t.ask("GET", "/v2/clock").status for _ in range(4)] == [200, 500, 500, 200], "#2-3")
    check([t.ask("GET", "/v2/calendar?start=2024-07-01&end=2024-07-02").status
           for _ in range(4)] == [200, 500, 200, 500], "every 2")
    check([t.ask("GET", "/v2/assets/AAPL").status for _ in range(3)] == [500, 200, 200], "times=1")
    first = [t.ask("GET", "/v2/positions").status for _ in range(20)]
    check(3 < first.count(500) < 17, f"by chance: {first.count(500)} of 20")
    check([t.ask("GET", "/v2/account").status for _ in range(4)] == [200, 200, 500, 500], "#3+")
    t.rules("request GET /v2/positions p=0.5 seed=7: status 500")
    check([t.ask("GET", "/v2/positions").status for _ in range(20)] == first, "the seed repeats it")
    t.rules("order symbol=MSFT side=buy: status 500\norder client=x-*: status 503\n"
            "order type=limit class=simple tif=gtc: status 502\ncancel role=entry: status 504\n")
    check(t.ask("POST", "/v2/orders", order("w1")).status == 200, "none of these")
    check(t.ask("POST", "/v2/orders", order("w2", symbol="MSFT")).status == 500, "symbol, side")
    check(t.ask("POST", "/v2/orders", order("x-1")).status == 503, "client")
    check(t.ask("POST", "/v2/orders", order("w3", time_in_force="gtc")).status == 502, "type, tif")
    check(t.ask("DELETE", "/v2/orders/" + by_cid(t, "w1")[1]["id"]).status == 504, "role=entry")
    t.rules("request GET /v2/clock after=+5m for=5m: status 500")
    seen = []
    for _ in range(12):
        t.span(60)
        seen.append(t.ask("GET", "/v2/clock").status)
    check(seen == [200] * 4 + [500] * 5 + [200] * 3, f"after=+5m for=5m: {seen}")


def lagging(t):
    t.rules("order: lag 1m\nrequest GET /v2/positions every 2: stale")
    a = t.ask("POST", "/v2/orders", order("l1"))
    check(a.status == 200, "an order is answered")
    path = "/v2/orders/" + a.json()["id"]
    check(t.ask("GET", path).status == 404 and by_cid(t, "l1")[0] == 404, "and not found")
    check("l1" not in [o["client_order_id"] for o in t.ask("GET", "/v2/orders").json()],
          "and not in the list")
    t.steps(5)
    check(t.ask("GET", path).status == 200 and by_cid(t, "l1")[0] == 200, "a minute later it is")
    t.ask("GET", "/v2/positions")
    t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": "l2"})
    t.steps(2)
    check(t.ask("GET", "/v2/positions").json() == [], "a stale list")
    check(len(t.ask("GET", "/v2/positions").json()) == 1, "then a fresh one")


def told(t):
    """Events of the trading stream."""
    def life(script, cid, **more):
        t.rules(script)
        w = trading(t.port)
        t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": cid, **more})
        t.steps(3)
        seen = events(w)
        w.s.close()
        return [e for e, c in seen if c == cid]
    usual = life("event #1000: drop", "t0")
    check(usual[-1] == "fill" and "new" in usual, f"as usual: {usual}")
    check("fill" not in life("event fill: drop", "t1"), "a fill is dropped")
    check(life("event fill: duplicate", "t2").count("fill") == 2, "told twice")
    late = life("event new: reorder", "t3")
    check(late.index("new") > late.index("fill"), f"new comes after fill: {late}")
    t.rules("event fill: delay 45s")
    w = trading(t.port)
    t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": "t4"})
    t.steps(2)
    check("fill" not in [e for e, _ in events(w)], "a fill is late")
    t.steps(3)
    check("fill" in [e for e, _ in events(w)], "45 seconds late")
    t.rules("event fill: duplicate after reconnect")
    t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": "t5"})
    t.steps(2)
    check([e for e, _ in events(w)].count("fill") == 1, "told once")
    w.s.close()
    w = trading(t.port)
    check(events(w) == [("fill", "t5")], "and again on the next connection")
    t.rules("event new: set event=pending_review, add order_v=2\nevent fill: offset -04:00")
    t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": "t6"})
    t.steps(2)
    seen = [m["data"] for m in w.all()]
    check("pending_review" in [e["event"] for e in seen], "an unknown event")
    check([e["order"].get("order_v") for e in seen if e["event"] == "pending_review"] == [2],
          "an unknown key in its order")
    check(seen[-1]["timestamp"].endswith("-04:00"), f"an offset: {seen[-1]['timestamp']}")
    t.rules("order: early")
    w2 = trading(t.port)
    a = t.ask("POST", "/v2/orders", order("t7"), wait=0.3)
    check(a.status == 200 and ("new", "t7") in events(w2), "new without an instant's passing")
    w2.s.close()
    for what, end in (("cut", "reset"), ("close 1011", "closed")):
        t.rules(f"event fill: {what}")
        v = trading(t.port)
        t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": "t8" + end})
        t.steps(2)
        while isinstance(m := v.message(0.3), dict):
            pass
        check(m == end, f"{what} at a fill: {m}")
    check(v.code == 1011, f"its code: {v.code}")
    w.s.close()


def frames(t):
    def first(kind):
        t.rules(f"event new: frame {kind}")
        w = trading(t.port)
        t.ask("POST", "/v2/orders", order("f-" + kind))
        t.steps(2)
        f, found = w.frame(), []
        while f is not None:
            found.append(f)
            f = w.frame(0.1) if isinstance(f[2], bytes) else None
        w.s.close()
        return found
    check(first("text")[-1][0] == 0x81, "a text frame")
    check(first("binary")[-1][0] == 0x82, "a binary one")
    f = [x for x in first("fragments")]
    begin = [i for i, x in enumerate(f) if x[0] == 0x01][0]
    text = b"".join(x[2] for x in f[begin:])
    check(f[-1][0] == 0x80 and len(f) > 10 and json.loads(text)["data"]["event"] == "new",
          f"one event over {len(f)} frames")
    check(any(x[0] == 0x81 and b"\x01]]" in x[2] for x in first("garbage")), "garbage")
    check(any(b"\xff\xfe" in x[2] for x in first("bad-utf8")), "no UTF-8")
    check(any(isinstance(x[2], int) and x[2] > 1 << 62 for x in first("huge")), "2^63 bytes")
    check(any(x[1] == 1 for x in first("masked")), "a masked one")
    check(any(x[0] == 0xc1 for x in first("reserved")), "a reserved bit")
    t.rules("event new: frame joined")
    w = trading(t.port)
    t.ask("POST", "/v2/orders", {**BUY, "qty": "1", "client_order_id": "f-joined"})
    t.steps(2)
    found = [x[2] for x in iter(lambda: w.frame(0.2), None)]
    check(any(x.count(b'"stream":"trade_updates"') == 2 for x in found), "two events in a frame")
    w.s.close()


def market_data(t):
    def minute(script, path="/v2/sip"):
        t.rules(script)
        w = data(t.port, path=path)
        t.steps(8)
        found = [o for m in w.all() for o in m if o.get("T") == "b"]
        w.s.close()
        return found
    usual = minute("message #1000: drop")
    check(len(usual) == 2, f"two bars in two minutes: {len(usual)}")
    check(minute("message b: drop") == [], "dropped")
    check(len(minute("message b symbol=AAPL: duplicate")) == 4, "each twice")
    check(minute("message b: set c=-1, set v=null")[0]["c"] == -1, "a price below 0")
    check(len(minute("message b symbol=MSFT: drop")) == 2, "another symbol")
    late = minute("message b #1: delay 90s")
    check([b["t"] for b in late] != sorted(b["t"] for b in late), "a bar comes after the next one")


def links(t):
    """Streams as a whole."""
    t.rules("connect trading #1: status 429\nconnect trading #2: status 503 html\n"
            "connect data #1: error 406\nconnect data #2: error 402 'auth, failed'\n"
            "connect data #3: close 1006\nconnect data #4: cut\n")
    check(Socket(t.port).status == 429, "429 in the handshake")
    check(Socket(t.port).status == 503, "503 in the handshake")
    for code, words in ((406, "connection limit exceeded"), (402, "auth, failed")):
        w = Socket(t.port, "/v2/sip")
        w.message()
        w.send({"action": "auth", "key": KEYS["APCA-API-KEY-ID"],
                "secret": KEYS["APCA-API-SECRET-KEY"]})
        m = w.message()
        check(m == [{"T": "error", "code": code, "msg": words}], f"error {code}: {m}")
        check(w.message() == "closed", "and the end")
    w = Socket(t.port, "/v2/sip")
    w.message()
    w.send({"action": "auth", "key": KEYS["APCA-API-KEY-ID"],
            "secret": KEYS["APCA-API-SECRET-KEY"]})
    while isinstance(m := w.message(), list):
        pass
    check(m == "reset", f"1006: no close frame, {m}")
    w = Socket(t.port, "/v2/sip", wait=0.5)
    check(w.status == 0 and w.end == "reset", "cut in the handshake")
    t.rules("connect data: silence\nconnect trading: flood 50")
    w = data(t.port)
    t.steps(8)
    check(w.all() == [], "open, subscribed, and silent")
    w.s.close()
    w = Socket(t.port)
    w.send({"action": "auth", "key": KEYS["APCA-API-KEY-ID"],
            "secret": KEYS["APCA-API-SECRET-KEY"]})
    found = [f for f in iter(lambda: w.frame(0.2), None)]
    check(sum(f[2] == b"\x01" for f in found) == 50, f"a flood: {len(found)}")
    for what, end in (("cut", "reset"), ("close 1001", "closed"), ("half-open", None),
                      ("error 407", "closed")):
        t.rules(f"stream data at=+1m: {what}")
        w = data(t.port)
        t.steps(9)
        found = []
        while isinstance(m := w.message(0.3), list):
            found += m
        check(m == end, f"{what}: {m}")
        if what == "error 407":
            check(found[-1]["code"] == 407, f"the code is told: {found[-1]}")
        w.s.close()
    t.rules("stream data at=+1m: flood 100000")
    w = data(t.port)
    t.steps(9)
    found = []
    while isinstance(m := w.message(1), list):
        found += m
    codes = [o["code"] for o in found if o["T"] == "error"]
    check(codes == [407] and m == "closed", f"more than one can read, said once: {codes[:5]}, {m}")
    w.s.close()
    t.rules("stream data at=+1m: silence 2m")
    w = data(t.port)
    t.steps(20)
    n = len([o for m in w.all() for o in m])
    check(n == 3, f"silent for two of five minutes: {n}")
    w.s.close()


def fates(t):
    """What becomes of orders."""
    def run(script, *bodies):
        t.clear()
        t.rules(script)
        w = trading(t.port)
        made = [t.ask("POST", "/v2/orders", b) for b in bodies]
        t.steps(4)
        seen = events(w)
        w.s.close()
        return made, seen
    _, seen = run("order: reject", {**BUY, "client_order_id": "o1"})
    check(("rejected", "o1") in seen and by_cid(t, "o1")[1]["status"] == "rejected", f"{seen}")
    _, seen = run("order: never fill", {**BUY, "client_order_id": "o2"})
    check(by_cid(t, "o2")[1]["filled_qty"] == "0", "never fill")
    run("order: overfill", {**BUY, "client_order_id": "o3"})
    check(float(by_cid(t, "o3")[1]["filled_qty"]) > 10, "overfill")
    _, seen = run("order: split", {**BUY, "client_order_id": "o4"})
    check([e for e, _ in seen].count("partial_fill") == 3, f"split: {seen}")
    _, seen = run("order: expire", {**BUY, "client_order_id": "o5"})
    check(("expired", "o5") in seen, f"expire: {seen}")
    _, seen = run("order: suspend", order("o6"))
    check(by_cid(t, "o6")[1]["status"] == "suspended", f"suspend: {by_cid(t, 'o6')[1]['status']}")
    _, seen = run("order: stopped", order("o7"))
    check(("stopped", "o7") in seen, f"stopped: {seen}")
    _, seen = run("order: calculate", order("o8"))
    check(by_cid(t, "o8")[1]["status"] == "calculated", f"calculate: {seen}")
    run("cancel: stick", order("o9"))
    t.ask("DELETE", "/v2/orders/" + by_cid(t, "o9")[1]["id"])
    t.steps(12)
    check(by_cid(t, "o9")[1]["status"] == "pending_cancel", "pending_cancel for ever")
    run("replace: reject", order("o10"))
    w = trading(t.port)
    a = t.ask("PATCH", "/v2/orders/" + by_cid(t, "o10")[1]["id"], {"limit_price": "2.00"})
    t.steps(3)
    check(a.status == 200 and "order_replace_rejected" in [e for e, _ in events(w)],
          "a change is answered 200, then rejected")
    w.s.close()
    price = t.rest.get("/v2/stocks/AAPL/quotes/latest")["quote"]["ap"]
    bracket = {**BUY, "order_class": "bracket", "time_in_force": "gtc",
               "take_profit": {"limit_price": f"{price * 1.1:.2f}"},
               "stop_loss": {"stop_price": f"{price * 0.9:.2f}"}}
    for what, left in (("lose stop", 1), ("lose legs", 0)):
        _, seen = run(f"order: {what}", {**bracket, "client_order_id": "p-" + what[5:]})
        legs = by_cid(t, "p-" + what[5:])[1]["legs"]
        gone = [x for x in legs if x["status"] == "canceled"]
        check(len(gone) == 2 - left, f"{what}: {[x['status'] for x in legs]}")
        check(not [e for e, _ in seen if e == "canceled"], f"{what}: nobody is told: {seen}")
    _, seen = run("event fill role=entry: cancel stops", {**bracket, "client_order_id": "q1"})
    check("canceled" in [e for e, _ in seen], f"the broker cancels the stop: {seen}")
    _, seen = run("event new: cancel this", order("q2"))
    check(by_cid(t, "q2")[1]["status"] == "canceled", "the broker cancels that one")
    run("at +1m symbol=AAPL: cancel orders", order("q3"), order("q4", symbol="MSFT"))
    t.steps(4)
    check(by_cid(t, "q3")[1]["status"] == "canceled" and by_cid(t, "q4")[1]["status"] == "new",
          "at a time, one symbol's")


def done(t):
    """Several symbols in one rule, and an order that is done for the day."""
    t.rules("order symbol=AAPL,MSFT: done_for_day")
    for symbol in ("MSFT", "SPY"):
        check(t.ask("POST", "/v2/orders", order("done-" + symbol, symbol=symbol, type="market",
                                                limit_price=None)).status == 200, "taken")
    t.steps(3)
    check(by_cid(t, "done-MSFT")[1]["status"] == "done_for_day", "no fills any more on this day")
    check(by_cid(t, "done-SPY")[1]["status"] == "filled", "the rule is not for SPY")
    t.clear()


def amended(t):
    """The market takes back, and the account is stopped."""
    t.clear()
    t.rules("event fill #1: bust\nevent fill #2: correct +25")
    w = trading(t.port)
    for cid in ("a1", "a2"):
        t.ask("POST", "/v2/orders", {**BUY, "client_order_id": cid})
        t.steps(3)
    seen, ledger = events(w), t.x.ledger()
    found = {e["client_order_id"]: e for e in ledger["executions"]}
    check(("trade_bust", "a1") in seen and found["a1"]["amended"] == "busted", f"bust: {seen}")
    check(("trade_correct", "a2") in seen and found["a2"]["amended"] == "corrected",
          f"correct: {seen}")
    check([p["qty"] for p in ledger["positions"]] == ["10"] and ledger["adds_up"],
          f"one of the two is left: {ledger['positions']}")
    t.rules("at +30s: block 1m")
    t.span(45)
    check(t.ask("GET", "/v2/account").json()["trading_blocked"] is True, "blocked")
    check(t.ask("POST", "/v2/orders", order("a3")).status == 403, "no new orders")
    t.span(60)
    check(t.ask("GET", "/v2/account").json()["trading_blocked"] is False, "for a minute")
    check(t.ask("POST", "/v2/orders", order("a4")).status == 200, "then they are taken again")
    w.s.close()


def prices(t):
    """What the market shows is wrong."""
    t.clear()

    def told(what, minutes=3):
        t.rules(f"at +30s symbol=AAPL: {what}")
        w = data(t.port)
        w.send({"action": "subscribe", "quotes": ["AAPL"], "statuses": ["AAPL"]})
        w.message()
        t.span(60 * minutes)
        found = [o for m in w.all() for o in m]
        w.s.close()
        return ([o for o in found if o["T"] == "b"], [o for o in found if o["T"] == "q"],
                [o for o in found if o["T"] == "s"])
    for step in range(4):               # to a whole minute, so that bars can be counted
        if t.pace.now[17:19] != "00":
            t.span(15)
    check(len(told("off-grid 1m")[0]) == 3, "three bars in three minutes")
    check(len(told("skip bars 2m")[0]) == 1, "one, when two are skipped")
    check(len(told("repeat bars 2m")[0]) == 5, "five, when two come twice")
    check(any(round(q["ap"] * 100, 6) % 1 for q in told("off-grid 1m")[1]), "off the grid")
    check(any(q["ap"] == 0 for q in told("zero 1m")[1]), "prices of 0")
    check(any(q["ap"] < 0 for q in told("negative 1m")[1]), "prices below 0")
    check(any(q["bp"] > q["ap"] for q in told("cross 1m")[1]), "bids above asks")
    quotes = told("times-ten 1m")[1]
    check(max(q["ap"] for q in quotes) > 8 * min(q["ap"] for q in quotes), "ten times too high")
    check(len(told("freeze 2m")[1]) < 8, "quotes stand still")
    _, quotes, statuses = told("halt 1m T1")
    check([(s["sc"], s["rc"]) for s in statuses] == [("H", "T1"), ("T", "")], f"{statuses}")
    check(len(quotes) < 11, f"nothing is quoted in a halt: {len(quotes)}")


def bad_days(t):
    t.clear()
    t.rules("at +30s: maintenance 1m orders\nat +3m: maintenance 1m\nat +5m: revoke 1m")
    w = trading(t.port)
    t.span(45)
    check(t.ask("POST", "/v2/orders", order("m1")).status == 503 and
          t.ask("GET", "/v2/account").status == 200, "reads work, orders do not")
    t.span(150)
    a = t.ask("GET", "/v2/account")
    check(a.status == 503 and b"<html>" in a.body, "maintenance")
    check(Socket(t.port).status == 503, "of the streams, too")
    check(t.ask("GET", "/sim/clock").status == 200, "never of /sim")
    t.span(120)
    check(t.ask("GET", "/v2/account").status == 401, "keys that are good for nothing")
    t.span(60)
    check(t.ask("GET", "/v2/account").status == 200, "for a minute")
    w.s.close()


def rules_of_rules(t):
    """/sim/faults itself."""
    a = t.ask("POST", "/sim/faults", {"rules": "request: statsu 500\norder #0: act"})
    check(a.status == 422 and "rules:1:10: 'statsu 500': " in a.json()["message"] and
          "did you mean 'status'?" in a.json()["message"] and "\nrules:2:7: " in
          a.json()["message"], f"both errors are told: {a.body}")
    t.rest.call("DELETE", "/sim/faults")
    a = t.ask("POST", "/sim/faults", {"rules": "request: status 500"})
    b = t.ask("POST", "/sim/faults", {"scenario": "lost-answer"})
    check(a.status == 200 and len(b.json()["rules"]) == 4, f"rules add up: {b.body}")
    check(b.json()["rules"][1]["file"] == "lost-answer", "where they are from is told")
    check(t.ask("POST", "/sim/faults", {"scenario": "lost"}).status == 422, "no such scenario")
    check(t.ask("GET", "/v2/clock").status == 500, "they are in force")
    check(t.rest.get("/sim/faults")["rules"][0]["fired"] == 1, "it has fired once")
    t.rest.call("DELETE", "/sim/faults")
    check(t.ask("GET", "/v2/clock").status == 200, "and cleared")


def verdicts():
    t = Stage()
    clean = t.rest.get("/sim/verdict")
    check(clean["pass"] is True and clean["failures"] == [], f"nothing yet: {clean}")
    t.rules("order #1: act, then cut\nrequest GET /v2/clock: status 500\n"
            "request GET /v2/account: status 429")
    t.ask("POST", "/v2/orders", order("v1"))
    t.steps(20)
    t.ask("POST", "/v2/orders", order("v1b"))
    v = t.rest.get("/sim/verdict")
    check(v["duplicates"] == 1 and not v["pass"], f"sent again under another id: {v}")
    check(v["faults"][0]["fired"] == 1, "what was done to it is told")
    check(v["failures"][0].startswith("1 orders sent twice"), f"in words: {v['failures']}")
    check(t.rest.get("/sim/verdict?duplicates=any")["pass"], "limits are parameters")
    for _ in range(4):
        t.ask("GET", "/v2/clock", wait=0.05)
    t.ask("GET", "/v2/account", wait=0.05)
    t.ask("GET", "/v2/positions", wait=0.05)
    t.ask("GET", "/v2/positions?secret=" + KEYS["APCA-API-SECRET-KEY"])
    t.ask("GET", "/v2/positions?note=" + KEYS["APCA-API-KEY-ID"])
    v = t.rest.get("/sim/verdict")
    check(v["hasty_retries"] >= 2, f"the same again at once: {v['hasty_retries']}")
    check(v["ignored_429"] >= 1 and v["rate_limited"] == 1, f"after a 429: {v['ignored_429']}")
    check(v["secrets_in_urls"] == 2, f"secrets in URLs: {v['secrets_in_urls']}")
    t.rest.call("DELETE", "/sim/faults")
    t.ask("POST", "/v2/orders", {**BUY, "client_order_id": "v2"})
    t.steps(30)
    v = t.rest.get("/sim/verdict?naked=5")
    check(v["longest_naked_seconds"] > 5 and "seconds without a stop" in str(v["failures"]),
          f"a position without a stop: {v}")
    check(t.rest.call("GET", "/sim/verdict?naked=x")[0] == 422, "a bad limit is refused")
    check(t.rest.call("GET", "/sim/ledger?account=7")[0] == 422, "a bad account, too")
    for _ in range(201):
        t.rest.get("/v2/clock")
    v = t.rest.get("/sim/verdict")
    check(v["requests_per_minute_max"] > 200 and "requests in a minute" in str(v["failures"]),
          f"too many requests: {v['requests_per_minute_max']}")
    t.x.stop()


def replayed():
    """What befell is in the log of inputs: a copy without rules is the same."""
    state = os.path.join(room(), "faults.state")
    t = Stage("--state", state)
    t.rules("order #1: overfill\norder #2: split\ncancel: stick\nevent new client=r3: cancel this\n"
            "at +2m symbol=MSFT: cancel orders\norder #5: act, early\n"
            "at +1m symbol=AAPL: halt 2m T1\nat +2m symbol=SPY: times-ten 1m\n"
            "event fill client=r2: correct -10\nat +90s: bust last")
    w = trading(t.port)
    for cid in ("r1", "r2"):
        t.ask("POST", "/v2/orders", {**BUY, "client_order_id": cid})
    t.ask("POST", "/v2/orders", order("r3"))
    t.ask("POST", "/v2/orders", order("r4", symbol="MSFT"))
    t.ask("POST", "/v2/orders", order("r5", symbol="SPY"))
    t.steps(4)
    t.ask("DELETE", "/v2/orders/" + by_cid(t, "r5")[1]["id"])
    t.span(240)
    w.s.close()
    before = [t.x.ledger(), t.rest.get("/v2/account"), t.rest.get("/v2/orders?status=all")]
    t.x.process.kill()
    t.x.process.wait()
    again = Exchange("--symbols", "AAPL,MSFT,SPY", "--start", "2024-07-01", "--until",
                     "2024-07-19", "--partial", "0", "--state", state, name="again")
    after = [again.ledger(), again.rest.get("/v2/account"),
             again.rest.get("/v2/orders?status=all")]
    statuses = {o["client_order_id"]: o["status"] for o in before[2]}
    check(statuses["r3"] == "canceled" and statuses["r4"] == "canceled" and
          statuses["r5"] == "pending_cancel", f"it has befallen: {statuses}")
    for name, a, b in zip(("ledger", "account", "orders"), before, after):
        if isinstance(a, dict):
            a.pop("bars_sent", None)
            b.pop("bars_sent", None)
        check(a == b, f"the {name} is the same after a kill")
    again.stop()


def command_line():
    def run(*arguments):
        p = subprocess.run([GAMBLER, *arguments], capture_output=True, text=True, timeout=20)
        return p.returncode, p.stdout, p.stderr
    bad = write("bad.faults", "# a comment\norder #1: act, then cutt\n")
    code, _, err = run("exchange", "--listen", "127.0.0.1:0", "--faults", bad)
    check(code != 0 and f"{bad}:2:21: 'cutt': " in err and "'cut'" in err, f"an error: {err}")
    code, _, err = run("exchange", "--listen", "127.0.0.1:0", "--faults", bad + "x")
    check(code != 0 and "cannot be read" in err, f"no such file: {err}")
    code, _, err = run("exchange", "--listen", "127.0.0.1:0", "--scenario", "lost-anwser")
    check(code != 0 and "did you mean 'lost-answer'?" in err, f"no such scenario: {err}")
    code, out, _ = run("help", "faults")
    check(code == 0 and "WHEN: WHAT" in out, "the manual")
    code, out, _ = run("exchange", "--scenario", "list")
    check(code == 0 and "lost-answer " in out, "the list of scenarios")
    code, out, _ = run("exchange", "--scenario", "show", "lost-answer")
    check(code == 0 and out.startswith("# "), "one of them")
    for rest in (("nothing",), ()):
        check(run("exchange", "--scenario", "show", *rest)[0] == 2, f"none of that name: {rest}")
    code, _, err = run("exchange", "--symbols", "100000")
    check(code == 2 and "at most 1024" in err, f"too many symbols: {code} {err}")
    nul = write("nul.faults", "order #1: act, then cut\norder\0 #1: cut\n")
    code, _, err = run("exchange", "--listen", "127.0.0.1:0", "--faults", nul)
    check(code != 0 and f"{nul}:2:6: a byte that is no text" in err, f"binary: {err}")
    late = write("late.faults", "\ufefforder #1: act, then cut\r\n")     # as Windows saves it
    x = Exchange("--symbols", "SPY", "--faults", late)
    check(len(x.rest.get("/sim/faults")["rules"]) == 1, "a mark of UTF-8 and CRLF are no errors")
    x.stop()


PARTS = (rules_of_rules, endings, statuses, bodies, wire, chances, lagging, told, frames,
         market_data, links, fates, done, amended, prices, bad_days)


def main():
    """All, or the parts that the command line names."""
    wanted = sys.argv[1:] or [p.__name__ for p in (*PARTS, verdicts, replayed, command_line)]
    if any(p.__name__ in wanted for p in PARTS):
        t = Stage()
        for part in PARTS:
            if part.__name__ in wanted:
                part(t)
        t.x.stop()
    for part in (verdicts, replayed, command_line):
        if part.__name__ in wanted:
            part()
    finish()


if __name__ == "__main__":
    main()
