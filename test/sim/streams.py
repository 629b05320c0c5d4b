#!/usr/bin/env python3
"""Scenario: both WebSocket streams of `gambler exchange`, in JSON and in MessagePack.

What the broker's documents say of each message and each error; the rules of RFC 6455 that a
client can break; messages of a bounded size; who reads too slowly; the test stream."""
import http.client
import json
import os
import re
import sys
import time
from datetime import datetime, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Exchange, check, finish, room, write
from wsclient import Closed, Refused, Time, WebSocket

DAY = ["--start", "2024-07-01", "--until", "2024-07-05"]
TYPES = {
    "t": {"T": str, "S": str, "t": Time, "x": str, "p": float, "s": int, "i": int, "c": list,
          "z": str},
    "q": {"T": str, "S": str, "t": Time, "ax": str, "ap": float, "as": int, "bx": str,
          "bp": float, "bs": int, "c": list, "z": str},
    "b": {"T": str, "S": str, "t": Time, "o": float, "h": float, "l": float, "c": float,
          "v": int, "n": int, "vw": float},
    "clock": {"T": str, "t": Time, "n": int, "open": bool, "end": bool, "speed": float},
}
TYPES["d"] = TYPES["u"] = TYPES["b"]
KEYS_OF_UPDATE = {"event", "execution_id", "timestamp", "at", "event_id", "order", "price", "qty",
                  "position_qty"}


def keys(name):
    return {"APCA-API-KEY-ID": name, "APCA-API-SECRET-KEY": "secret"}


def auth(name):
    return {"action": "auth", "key": name, "secret": "secret"}


def nanoseconds(text):
    whole, _, part = text.rstrip("Z").partition(".")
    at = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return int(at.timestamp()) * 10**9 + int((part + "0" * 9)[:9])


def step(x, n=1):
    status, answer = x.rest.call("POST", "/sim/clock", {"step": n})
    check(status == 200, f"the clock steps: {status} {answer}")


def data(x, name, path="/v2/sip", **options):
    ws = WebSocket(x.port, path, **options)
    check(ws.read() == [{"T": "success", "msg": "connected"}], f"{path} says connected")
    check(ws.ask(auth(name)) == [{"T": "success", "msg": "authenticated"}],
          f"{name} is authenticated on {path}")
    return ws


def closed(ws, what, code=None):
    """Reads on until the server has closed."""
    try:
        while True:
            ws.raw()
    except Closed as e:
        check(code is None or e.code == code, f"{what}: closed with {code}, not {e.code}")
    except ConnectionResetError:
        check(code is None, f"{what}: closed with {code}, not cut")


def error(code, words):
    return [{"T": "error", "code": code, "msg": words}]


# ---- data

def same(a, b):
    """An object in JSON and the same one in MessagePack."""
    for k, v in a.items():
        other = b.get(k)
        if isinstance(other, Time):
            v = nanoseconds(v)
        if v != other:
            return False
    return a.keys() == b.keys()


def until_clock(ws, n):
    """What came up to and with instant n."""
    out = []
    while True:
        message = ws.read()
        check(isinstance(message, list) and message, "a data message is an array with something")
        out += message
        if message[-1].get("T") == "clock" and message[-1]["n"] >= n:
            return out


def both_codecs(x):
    wanted = {"action": "subscribe", "trades": ["AAPL"], "quotes": ["AAPL", "MSFT"],
              "bars": ["*"], "dailyBars": ["SPY"], "simClock": ["*"]}
    a, b = data(x, "JSON"), data(x, "PACK", msgpack=True)
    for ws in (a, b):
        got = ws.ask(wanted)
        check(len(got) == 1 and got[0]["T"] == "subscription", "the subscription comes alone")
        got = got[0]
        check(got["trades"] == ["AAPL"] == got["corrections"] == got["cancelErrors"],
              f"trades bring corrections and cancelled trades: {got}")
        check(got["quotes"] == ["AAPL", "MSFT"] and got["bars"] == ["*"] and
              got["dailyBars"] == ["SPY"] and got["updatedBars"] == [] and
              got["statuses"] == [] and got["lulds"] == [] and "imbalances" not in got,
              f"the whole state is told: {got}")
    before = x.clock()["n"]
    step(x, 60)
    a_got, b_got = until_clock(a, before + 60), until_clock(b, before + 60)
    check(len(a_got) == len(b_got), f"as many in both: {len(a_got)} and {len(b_got)}")
    check(all(same(p, q) for p, q in zip(a_got, b_got)), "and the same in both codecs")
    check(a.opcodes == {1} and b.opcodes == {2}, f"text and binary: {a.opcodes} {b.opcodes}")
    seen = {}
    for o in b_got:
        seen.setdefault(o["T"], o)
        types = TYPES[o["T"]]
        wrong = [k for k, t in types.items() if not isinstance(o.get(k), t)]
        if not check(not wrong and o.keys() == types.keys(), f"kinds of values: {wrong} in {o}"):
            break
    check(seen.keys() == {"t", "q", "b", "d", "clock"}, f"each kind came: {list(seen)}")
    check({o["S"] for o in b_got if o["T"] == "t"} == {"AAPL"}, "trades of the one asked for")
    check({o["S"] for o in b_got if o["T"] == "b"} == {"AAPL", "MSFT", "SPY"}, "bars of all")
    check({o["S"] for o in b_got if o["T"] == "d"} == {"SPY"}, "daily bars of the one")

    got = b.ask({"action": "unsubscribe", "trades": ["AAPL"], "bars": ["*"], "quotes": ["MSFT"]})
    check(got[0]["trades"] == [] == got[0]["corrections"] and got[0]["bars"] == [] and
          got[0]["quotes"] == ["AAPL"] and got[0]["dailyBars"] == ["SPY"],
          f"what is left of it: {got}")
    step(x, 8)
    kinds = {(o["T"], o.get("S")) for o in until_clock(b, before + 68)}
    check(kinds == {("q", "AAPL"), ("d", "SPY"), ("clock", None)}, f"only that comes: {kinds}")
    got = a.ask({"action": "subscribe", "imbalances": ["SPY"], "statuses": ["*"]})
    while got[0]["T"] != "subscription":
        got = a.read()
    check(got[0]["imbalances"] == ["SPY"] and got[0]["statuses"] == ["*"], f"listed: {got}")
    for ws in (a, b):
        ws.close()


def delayed():
    """The same, a quarter of an hour later."""
    x = Exchange("--symbols", "AAPL,MSFT", *DAY, name="delayed")
    got = {}
    streams = {name: data(x, name, "/v2/" + name, msgpack=True) for name in ("sip", "delayed_sip")}
    for ws in streams.values():
        ws.ask({"action": "subscribe", "trades": ["AAPL"], "quotes": ["*"], "bars": ["*"],
                "simClock": ["*"]})
    step(x, 200)
    for name, ws in streams.items():
        got[name] = until_clock(ws, x.clock()["n"])
    for kind in "tqb":
        now, late = ([o for o in got[n] if o["T"] == kind] for n in ("sip", "delayed_sip"))
        check(late and late == now[:len(late)] and len(late) < len(now),
              f"{kind}: {len(late)} of {len(now)} are a quarter of an hour old")
    at = {o["T"]: o["t"] for o in got["delayed_sip"]}
    check(900 <= (at["clock"] - at["t"]) / 10**9 < 960, f"the newest are of then: {at}")
    x.stop()


def refused(x, ws, message, code, words, sentence):
    check(ws.ask(message) == error(code, words), sentence)


def data_errors(x):
    for msgpack in (False, True):
        name = f"ERR{msgpack}"
        ws = WebSocket(x.port, "/v2/iex", msgpack=msgpack)
        ws.read()
        refused(x, ws, {"action": "subscribe", "bars": ["*"]}, 401, "not authenticated",
                "nobody subscribes before authentication")
        ws.frame(2 if msgpack else 1, b"\x93ab" if msgpack else b"{bad")
        check(ws.read() == error(400, "invalid syntax"), "bytes that are no message: 400")
        refused(x, ws, {"action": "dance"}, 401, "not authenticated", "nor does anything else")
        check(ws.ask(auth(name))[0]["T"] == "success", "then it is let in all the same")
        refused(x, ws, auth(name), 403, "already authenticated", "twice is an error")
        refused(x, ws, {"action": "dance"}, 400, "invalid syntax", "an unknown action")
        refused(x, ws, {"bars": ["*"]}, 400, "invalid syntax", "no action")
        refused(x, ws, {"action": "subscribe", "bars": ["a b"]}, 400, "invalid syntax",
                "a name that is none")
        refused(x, ws, {"action": "subscribe", "bars": [1]}, 400, "invalid syntax", "a number")
        refused(x, ws, {"action": "subscribe", "news": ["*"]}, 410,
                "invalid subscribe action for this feed", "news are on another stream")
        check(ws.ask({"action": "subscribe", "bars": ["AAPL", "NOSUCH"]})[0]["bars"] ==
              ["AAPL", "NOSUCH"], "a symbol that never trades is taken")
        refused(x, ws, {"action": "subscribe", "bars": ["MSFT", "a b"], "trades": ["SPY"]}, 400,
                "invalid syntax", "one bad name spoils the message")
        check(ws.ask({"action": "subscribe"})[0]["bars"] == ["AAPL", "NOSUCH"],
              "and nothing of it counts")
        many = [f"X{i}" for i in range(65)]
        refused(x, ws, {"action": "subscribe", "bars": many}, 405, "symbol limit exceeded",
                "there is a limit to names that nobody knows")
        second = WebSocket(x.port, "/v2/sip", msgpack=msgpack)
        second.read()
        refused(x, second, auth(name), 406, "connection limit exceeded",
                "a second connection is told so behind its authentication")
        closed(second, "the second connection")
        ws.close()
    night = WebSocket(x.port, "/v1beta1/overnight")
    night.read()
    refused(x, night, auth("NIGHT"), 409, "insufficient subscription", "overnight is in no plan")
    closed(night, "overnight")
    ws = WebSocket(x.port, "/v2/sip", headers=keys("HEAD"))
    check([ws.read(), ws.read()] == [[{"T": "success", "msg": "connected"}],
                                     [{"T": "success", "msg": "authenticated"}]],
          "keys in the handshake are an authentication")
    ws.close()
    for path in ("/v2/nosuch", "/v1beta3/crypto/us", "/streams"):
        try:
            WebSocket(x.port, path)
            check(False, f"{path} is no stream")
        except Refused as e:
            check(e.status == 404 and b"message" in e.body, f"{path} is not found: {e}")


def plan_basic():
    x = Exchange("--symbols", "AAPL,MSFT", "--plan", "basic", *DAY, name="basic")
    sip = WebSocket(x.port, "/v2/sip")
    sip.read()
    refused(x, sip, auth("A"), 409, "insufficient subscription", "the free plan has no SIP")
    closed(sip, "SIP without a plan")
    ws = data(x, "B", "/v2/iex")
    names = [f"S{i}" for i in range(29)] + ["AAPL"]
    check(len(ws.ask({"action": "subscribe", "bars": names})[0]["bars"]) == 30, "thirty symbols")
    check(ws.ask({"action": "subscribe", "quotes": ["AAPL"]})[0]["quotes"] == ["AAPL"],
          "one of them on another channel is not another one")
    refused(x, ws, {"action": "subscribe", "quotes": ["MSFT"]}, 405, "symbol limit exceeded",
            "a thirty-first one")
    check(ws.ask({"action": "subscribe"})[0]["quotes"] == ["AAPL"], "which is not counted")
    refused(x, ws, {"action": "subscribe", "trades": ["*"]}, 405, "symbol limit exceeded",
            "all trades")
    check(ws.ask({"action": "subscribe", "bars": ["*"]})[0]["bars"][0] == "*", "all bars do")
    x.stop()


# ---- RFC 6455

def protocol(x):
    def fresh():
        ws = WebSocket(x.port, "/v2/iex")
        ws.read()
        return ws

    ws = fresh()
    ws.frame(1, b'{"action":"au', fin=False)
    ws.frame(9, b"between")
    check(ws.raw() == (10, b"between"), "a ping amid a message is answered at once")
    ws.frame(0, b'th","key":"FRAG",', fin=False)
    ws.frame(0, b'"secret":"s"}')
    check(ws.read()[0]["msg"] == "authenticated", "a message in three frames is one message")
    ws.frame(9, b"x" * 125)
    check(ws.raw() == (10, b"x" * 125), "the pong carries the ping's bytes")
    ws.frame(8, b"\x03\xe8bye")
    closed(ws, "a close handshake", 1000)
    for what, code, frames in (
            ("a frame without mask", 1002, [dict(op=1, data=b"{}", masked=False)]),
            ("a reserved bit", 1002, [dict(op=1, data=b"{}", reserved=0x40)]),
            ("an unknown opcode", 1002, [dict(op=3, data=b"{}")]),
            ("a continuation of nothing", 1002, [dict(op=0, data=b"{}")]),
            ("a ping in pieces", 1002, [dict(op=9, fin=False)]),
            ("bytes that are no UTF-8", 1007, [dict(op=1, data=b'{"a":"\xff"}')]),
            ("a message beyond 64 kB", 1009, [dict(op=1, data=b" " * 66000)]),
            ("one in pieces", 1009, [dict(op=1, data=b" " * 40000, fin=False),
                                     dict(op=0, data=b" " * 40000)])):
        ws = fresh()
        for frame in frames:
            ws.frame(**frame)
        closed(ws, what, code)
    ws = WebSocket(x.port, "/v2/iex",
                   headers={"Sec-WebSocket-Extensions": "permessage-deflate"})
    check(ws.read()[0]["msg"] == "connected", "compression is offered and not taken")


# ---- trading

def listening(*streams):
    return {"stream": "listening", "data": {"streams": list(streams)}}


def authorization(status, action="authenticate"):
    return {"stream": "authorization", "data": {"status": status, "action": action}}


def trading_dialogue(x):
    ws = WebSocket(x.port, "/stream")
    listen = {"action": "listen", "data": {"streams": ["trade_updates"]}}
    check(ws.ask(listen) == authorization("unauthorized", "listen"), "nobody listens unknown")
    check(ws.ask(auth("OLD")) == authorization("authorized"), "the newer words")
    check(ws.ask(listen) == listening("trade_updates"), "it listens")
    check(ws.ask({"action": "listen", "data": {"streams": []}}) == listening(), "to nothing")
    check(ws.ask({"action": "listen", "data": {"streams": ["trade_updates", "sim_clock"]}}) ==
          listening("trade_updates", "sim_clock"), "to both")
    check(ws.ask(listen) == listening("trade_updates"), "a list replaces the one before")
    ws.frame(1, b"what")
    check(ws.read() == {"action": "error", "data": {"error_message": "failed to parse message"}},
          "no JSON")
    check(ws.ask({"action": "dance"})["action"] == "error", "an unknown action")
    check(ws.opcodes == {2}, "paper speaks in binary frames")
    ws.close()
    ws = WebSocket(x.port, "/stream")
    check(ws.ask({"action": "authenticate", "data": {"key_id": "K", "secret_key": ""}}) ==
          authorization("unauthorized"), "no secret, no entry")
    closed(ws, "who is not authorized", 1000)


def updates(x):
    streams = []
    for op in (1, 2):       # both opcodes are understood
        ws = WebSocket(x.port, "/stream")
        ws.frame(op, json.dumps({"action": "authenticate",
                                 "data": {"key_id": "T", "secret_key": "s"}}).encode())
        check(ws.read() == authorization("authorized"), "the older words")
        check(ws.ask({"action": "listen", "data": {"streams": ["trade_updates"]}}) ==
              listening("trade_updates"), "two streams of an account are let in")
        streams.append(ws)
    status, order = x.rest.call("POST", "/v2/orders", {
        "symbol": "AAPL", "qty": "5", "side": "buy", "type": "market", "time_in_force": "day"})
    check(status == 200, f"an order is taken: {order}")
    step(x, 30)
    got = [[], []]
    for i, ws in enumerate(streams):
        while not got[i] or got[i][-1]["data"]["event"] not in ("fill", "canceled", "rejected"):
            got[i].append(ws.read())
        ws.close()
    check(got[0] == got[1], "both are told the same")
    last = got[0][-1]["data"]
    check(last["event"] == "fill" and KEYS_OF_UPDATE <= last.keys(), f"a fill has all: {last}")
    check(last["order"]["id"] == order["id"] and last["position_qty"] == "5", "whose it is")
    ids = [m["data"]["event_id"] for m in got[0]]
    check(all(re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", i) for i in ids) and
          ids == sorted(set(ids)), f"ULIDs that sort as they came: {ids}")


class Events:
    """Server-sent events, as far as this needs them."""

    def __init__(self, x, query="", name="PKTEST"):
        self.c = http.client.HTTPConnection("127.0.0.1", x.port, timeout=20)
        self.c.request("GET", "/v2/events/trades" + query, headers=keys(name))
        self.r = self.c.getresponse()

    def read(self):
        """The next event; None at the end."""
        line = self.r.readline()
        while line == b"\n":
            line = self.r.readline()
        return json.loads(line.removeprefix(b"data: ")) if line else None

    def all(self):
        return list(iter(self.read, None))


def server_sent_events(x):
    live = Events(x)
    check(live.r.status == 200 and live.r.getheader("Content-Type") == "text/event-stream",
          "events are a stream")
    old = Events(x, f"?since=2024-07-01&until={x.clock()['now']}").all()
    check([e["event"] for e in old][:2] == ["pending_new", "new"] and old[-1]["event"] == "fill",
          f"what was before is told again: {[e['event'] for e in old]}")
    status, order = x.rest.call("POST", "/v2/orders", {
        "symbol": "MSFT", "qty": "2", "side": "buy", "type": "limit", "limit_price": "1",
        "time_in_force": "day"})
    x.rest.call("DELETE", f"/v2/orders/{order['id']}")
    step(x, 4)
    told = [live.read()]
    while told[-1]["event"] != "canceled":
        told.append(live.read())
    check({e["order"]["id"] for e in told} == {order["id"]}, "and what happens now, as it does")
    again = Events(x, f"?since_id={old[-1]['event_id']}&until_id={told[-2]['event_id']}")
    x.rest.call("POST", "/v2/orders", {
        "symbol": "MSFT", "qty": "2", "side": "buy", "type": "limit", "limit_price": "1",
        "time_in_force": "day"})
    check([e["event_id"] for e in again.all()] == [e["event_id"] for e in told[:-1]],
          "between two ids: the first is not told again, the second is the last")
    for query, what in (("?since=what", "a time that is none"), ("?since_id=1", "no id"),
                        ("?until=2024-07-01", "an end without a beginning"),
                        ("?since=2024-07-01&since_id=" + old[0]["event_id"], "both")):
        check(Events(x, query).r.status == 422, f"{what} is refused")
    x.rest.call("POST", "/sim/reset", {"account": 0})
    x.rest.call("POST", "/v2/orders", {
        "symbol": "MSFT", "qty": "3", "side": "buy", "type": "limit", "limit_price": "1",
        "time_in_force": "day"})
    step(x)
    again = Events(x, "?since=2024-07-01").read()
    check(again["order"]["qty"] == "3", f"a reset begins anew: {again}")


def two_accounts():
    """What happens in an account is told to its own streams only."""
    file = os.path.join(room(), "accounts")
    with open(file, "w") as f:
        f.write("ONE secret\nTWO secret\n")
    x = Exchange("--symbols", "AAPL", "--accounts", file, *DAY, name="accounts")
    listen = {"action": "listen", "data": {"streams": ["trade_updates", "sim_clock"]}}
    streams = {}
    for name in ("ONE", "TWO"):
        streams[name] = WebSocket(x.port, "/stream")
        check(streams[name].ask(auth(name)) == authorization("authorized"), f"{name} is let in")
        streams[name].ask(listen)
    ws = WebSocket(x.port, "/stream")
    check(ws.ask({"action": "auth", "key": "ONE", "secret": "other"}) ==
          authorization("unauthorized"), "another secret is nobody's")
    ws = WebSocket(x.port, "/v2/sip")
    ws.read()
    refused(x, ws, {"action": "auth", "key": "TWO", "secret": "x"}, 402, "auth failed",
            "nor on the data stream")
    closed(ws, "a wrong secret", 1000)
    step(x, 2)
    x.rest.call("POST", "/v2/orders", {"symbol": "AAPL", "qty": "1", "side": "buy",
                                       "type": "market", "time_in_force": "day"}, keys("TWO"))
    step(x, 30)
    told = {name: set() for name in streams}
    for name, ws in streams.items():
        n = 0
        while n < x.clock()["n"]:
            m = ws.read()
            told[name].add(m["stream"])
            n = m["data"].get("n", n)
    check(told == {"ONE": {"sim_clock"}, "TWO": {"sim_clock", "trade_updates"}},
          f"who is told what: {told}")
    x.stop()


def one_stream():
    x = Exchange("--symbols", "AAPL", "--one-stream", "--text-frames", *DAY, name="one")
    ws = WebSocket(x.port, "/stream")
    ws.ask(auth("ONE"))
    check(ws.opcodes == {1}, "live speaks in text frames")
    try:
        WebSocket(x.port, "/stream", headers=keys("ONE"))
        check(False, "a second trading stream is refused")
    except Refused as e:
        check(e.status == 429, f"with 429: {e}")
    WebSocket(x.port, "/stream", headers=keys("TWO")).close()
    x.stop()
    pairs = write("pairs", "ONE secret\nTWO secret\n")
    x = Exchange("--symbols", "AAPL", "--one-stream", "--accounts", pairs, *DAY, name="one")
    first, second = WebSocket(x.port, "/stream"), WebSocket(x.port, "/stream")
    first.ask(auth("ONE"))
    check(second.ask(auth("ONE"))["data"]["error_message"] == "connection limit exceeded",
          "who says only later who he is hears of it then")
    x.stop()


# ---- much, and slow

def crowd():
    """Many symbols: an instant is several messages, none larger than a client reads unasked; and
    who does not read is told so, while the others go on."""
    names = [chr(65 + i % 26) + chr(65 + i // 26 % 26) + "ZQ" for i in range(120)]
    x = Exchange("--symbols", ",".join(names), *DAY, speed="100000", name="crowd")
    x.rest.call("POST", "/sim/clock", {"pause": True})
    asleep = data(x, "ASLEEP", msgpack=True, small=True)
    awake = data(x, "AWAKE", msgpack=True)
    everything = {"action": "subscribe", "trades": ["*"], "quotes": ["*"], "bars": ["*"],
                  "dailyBars": ["*"]}
    for ws in (asleep, awake):
        check(ws.ask(everything)[0]["T"] == "subscription", "everything is subscribed to")
    x.rest.call("POST", "/sim/clock", {"resume": True})
    began = time.monotonic()
    count, bars = 0, {}
    while time.monotonic() - began < 5 or (count <= 10000 and time.monotonic() - began < 60):
        for o in awake.read():
            count += 1
            if o["T"] == "b":
                bars.setdefault(o["t"], []).append(o["S"])
    full = [m for m in list(bars.values())[:-1] if len(m) != len(set(m))]
    check(count > 10000 and not full, f"the other one went on: {count} objects, no bar twice")
    check(awake.largest <= 32768, f"the largest message has {awake.largest} bytes")
    try:
        last = []
        while True:
            last = asleep.read()
    except Closed as e:
        check(last == error(407, "slow client") and e.code == 1000,
              f"in words: {str(last)[:200]} {e.code}")
    x.stop()


def fakepaca():
    x = Exchange("--symbols", "AAPL", *DAY, speed="600", name="test-stream")
    for msgpack in (False, True):
        ws = data(x, "FP", "/v2/test", msgpack=msgpack)
        beside = data(x, "FP", "/v2/iex")       # it is a stream of its own
        got = ws.ask({"action": "subscribe", "trades": ["FAKEPACA"], "quotes": ["FAKEPACA"],
                      "bars": ["FAKEPACA"]})
        check(got[0]["bars"] == ["FAKEPACA"], f"subscribed: {got}")
        seen = set()
        while seen < {"t", "q", "b"}:
            for o in ws.read():
                check(o["S"] == "FAKEPACA", f"only FAKEPACA trades there: {o}")
                seen.add(o["T"])
        ws.close()
        beside.close()
    x.stop()


def main():
    x = Exchange("--symbols", "AAPL,MSFT,SPY", *DAY)
    late = [WebSocket(x.port, "/v2/iex"), WebSocket(x.port, "/stream")]
    late[0].read()
    step(x, 2)
    both_codecs(x)
    data_errors(x)
    protocol(x)
    trading_dialogue(x)
    updates(x)
    server_sent_events(x)
    delayed()
    plan_basic()
    two_accounts()
    one_stream()
    fakepaca()
    crowd()
    check(late[0].read() == error(404, "auth timeout"), "who says nothing is told after 10 s")
    closed(late[0], "a data stream without authentication", 1000)
    check(late[1].read()["action"] == "error", "on the trading stream, too")
    closed(late[1], "a trading stream without authentication", 1000)
    x.stop()
    finish()


main()
