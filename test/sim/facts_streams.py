#!/usr/bin/env python3
"""What is known of the broker's streams, fact by fact, asked of the exchange: which events the life
of each kind of order tells, what is in them, and that they agree with REST; and that the market's
messages agree with each other and with history. streams.py has the protocol itself."""
import os
import sys
from datetime import datetime, timezone
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.desk import DECIMAL, STAMP, UUID, Desk, cents, is_form  # noqa: E402
from lib.scene import check, finish, write  # noqa: E402
from lib.wsclient import Refused, Time, WebSocket  # noqa: E402

AUTH = {"action": "auth", "key": "PKTEST", "secret": "secret"}
STATUS_BEHIND = {"new": "new", "fill": "filled", "partial_fill": "partially_filled",
                 "canceled": "canceled", "expired": "expired", "replaced": "replaced",
                 "pending_new": "pending_new", "accepted": "accepted", "rejected": "rejected",
                 "pending_cancel": "pending_cancel", "pending_replace": "pending_replace",
                 "done_for_day": "done_for_day", "suspended": "suspended", "held": "held"}


def text_of(at):
    """A time of MessagePack as REST writes it."""
    s = datetime.fromtimestamp(at // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    part = f"{at % 10**9:09d}".rstrip("0")
    return s + ("." + part if part else "") + "Z"


class Ears:
    """Both streams of an account, read up to the instant where the desk is."""

    def __init__(self, d, msgpack=True):
        self.d = d
        self.updates, self.market = [], []
        self.trading = WebSocket(d.x.port, "/stream")
        self.trading.ask({"action": "authenticate",
                          "data": {"key_id": "PKTEST", "secret_key": "secret"}})
        self.trading.ask({"action": "listen",
                          "data": {"streams": ["trade_updates", "sim_clock"]}})
        self.data = WebSocket(d.x.port, "/v2/sip", msgpack=msgpack)
        self.data.read()
        self.data.ask(AUTH)
        self.heard = d.pace.n
        self.data.ask({"action": "subscribe", "trades": ["AAPL"], "quotes": ["AAPL"],
                       "bars": ["*"], "updatedBars": ["*"], "dailyBars": ["AAPL"],
                       "statuses": ["*"], "lulds": ["*"], "simClock": ["*"]})

    def hear(self):
        while self.heard < self.d.pace.n:
            m = self.trading.read()
            while m["stream"] != "sim_clock":
                self.updates.append(m["data"])
                m = self.trading.read()
            self.heard = m["data"]["n"]
            clock = None
            while clock is None:
                for o in self.data.read():
                    if o["T"] == "clock":
                        clock = o
                    else:
                        self.market.append(o)

    def of(self, oid):
        self.hear()
        return [u for u in self.updates if u["order"]["id"] == oid]

    def story(self, oid):
        return [u["event"] for u in self.of(oid)]


def told(d, e, oid, *names, within=60):
    """The order's events in that order; any of pending_... and partial_fill between them."""
    d.until(lambda: names[-1] in e.story(oid), within)
    quiet = ("pending_new", "accepted", "pending_cancel", "pending_replace", "partial_fill")
    story = [s for s in e.story(oid) if s not in quiet or s in names]
    check(story == list(names), f"(line {sys._getframe(1).f_lineno}) told: {names}, not "
          f"{e.story(oid)}")
    return e.of(oid)


def bought(d, e):
    o = d.placed(qty="20")
    us = told(d, e, o["id"], "new", "fill")
    fills = [u for u in us if u["event"] in ("fill", "partial_fill")]
    for u in us:
        check(is_form(UUID, u["execution_id"]) and is_form(STAMP, u["timestamp"]) and
              u["order"]["status"] == STATUS_BEHIND[u["event"]], f"an update: {u}")
        check(("price" in u) == ("qty" in u) == ("position_qty" in u) == (u in fills),
              f"price, qty and position with executions only: {u}")
    check(len({u["execution_id"] for u in us}) == len(us), "each has an execution id of its own")
    sums = 0
    for u in fills:
        sums += Decimal(u["qty"])
        check(is_form(DECIMAL, u["price"]) and Decimal(u["order"]["filled_qty"]) == sums and
              Decimal(u["position_qty"]) == sums, f"filled_qty is cumulative: {u}")
    check(sums == 20 and d.see(o["id"]) == fills[-1]["order"], "REST shows what was told last")
    acts = d.get("/v2/account/activities/FILL", order_id=o["id"], direction="asc")
    check([(a["qty"], a["price"], a["type"]) for a in acts] ==
          [(u["qty"], u["price"], u["event"]) for u in fills], "activities list the same fills")


def sold_short_of(d, e):
    p = d.last()
    o = d.placed(side="sell", qty="5", type="limit", limit_price=cents(p, "1.2"),
                 time_in_force="gtc")
    told(d, e, o["id"], "new")
    n = d.ask("PATCH", "/v2/orders/" + o["id"], {"qty": "6"}).json
    us = told(d, e, o["id"], "new", "replaced")
    check(us[-1]["order"]["replaced_by"] == n["id"], "the old one tells by whom it was replaced")
    us = told(d, e, n["id"], "new")
    check(us[-1]["order"]["replaces"] == o["id"], "the new one whom it replaces")
    check(d.ask("DELETE", "/v2/orders/" + n["id"]).text == "", "a cancel is answered with nothing")
    us = told(d, e, n["id"], "new", "canceled")
    check(us[-1]["order"]["canceled_at"] is not None and "qty" not in us[-1], f"gone: {us[-1]}")
    s = d.placed(side="sell", qty="5", type="stop", stop_price=cents(p, "0.9"))
    told(d, e, s["id"], "new")
    a = d.placed(side="sell", qty="15")
    us = told(d, e, a["id"], "new", "fill")
    check(us[-1]["position_qty"] == "5", f"five are left: {us[-1]['position_qty']}")
    d.ask("DELETE", "/v2/orders")
    told(d, e, s["id"], "new", "canceled")
    c = d.ask("DELETE", "/v2/positions/AAPL").json
    us = told(d, e, c["id"], "new", "fill")
    check(us[-1]["position_qty"] == "0", "and none")
    s = d.placed(side="sell", qty="4")
    us = told(d, e, s["id"], "new", "fill")
    check(us[-1]["position_qty"] == "-4", "a short position is negative")
    d.flat()


def groups(d, e):
    p = d.last()
    o = d.placed(qty="4", order_class="bracket", time_in_force="gtc",
                 take_profit={"limit_price": cents(p, "1.002")},
                 stop_loss={"stop_price": cents(p, "0.998")})
    told(d, e, o["id"], "new", "fill")
    legs = [leg["id"] for leg in o["legs"]]
    d.until(lambda: all(x in ("filled", "canceled") for x in (d.see(i)["status"] for i in legs)))
    ends = sorted(e.story(i)[-1] for i in legs)
    check(ends == ["canceled", "fill"], f"one leg fills, the other is cancelled: {ends}")
    first = [i for i in legs if "fill" in e.story(i)][0]
    check(e.of(first)[-1]["position_qty"] == "0", "and nothing is held")
    o = d.placed(qty="4", order_class="bracket", type="limit", limit_price=cents(p, "0.8"),
                 take_profit={"limit_price": cents(p, "1.2")},
                 stop_loss={"stop_price": cents(p, "0.7")}, time_in_force="gtc")
    told(d, e, o["id"], "new")
    check(all(e.story(leg["id"]) in ([], ["held"]) for leg in o["legs"]), "legs wait in silence")
    d.ask("DELETE", "/v2/orders/" + o["id"])
    told(d, e, o["id"], "new", "canceled")
    for leg in o["legs"]:
        d.becomes(leg["id"], "canceled")
        check(e.story(leg["id"])[-1:] == ["canceled"], f"a leg goes too: {e.story(leg['id'])}")
    b = d.placed(qty="4")
    told(d, e, b["id"], "new", "fill")
    c = d.placed(qty="4", side="sell", type="limit", order_class="oco",
                 take_profit={"limit_price": cents(p, "1.3")},
                 stop_loss={"stop_price": cents(p, "0.6")}, time_in_force="gtc")
    told(d, e, c["id"], "new")
    d.ask("DELETE", "/v2/orders/" + c["legs"][0]["id"])
    told(d, e, c["id"], "new", "canceled")
    d.flat()


def hasty(d, e):
    """What does not rest, and what does not outlive the day."""
    p = d.last()
    o = d.placed(qty="2", type="limit", limit_price=cents(p, "0.8"), time_in_force="ioc")
    d.becomes(o["id"], "canceled", "expired")
    check(e.story(o["id"])[-1:] in (["canceled"], ["expired"]), f"ioc: {e.story(o['id'])}")
    o = d.placed(qty=None, notional="100")
    us = told(d, e, o["id"], "new", "fill")
    check(us[-1]["order"]["qty"] is None and "." in us[-1]["qty"], f"a hundred dollars: {us[-1]}")
    day = d.placed(qty="1", type="limit", limit_price=cents(p, "0.5"), symbol="SPY")
    told(d, e, day["id"], "new")
    d.closed()
    told(d, e, day["id"], "new", "expired", within=2)


def market(d, e):
    e.hear()
    kinds = {k: [o for o in e.market if o["T"] == k] for k in "tqbduslcx"}
    bars = [b for b in kinds["b"] if b["S"] == "AAPL"]
    start, end = text_of(bars[0]["t"]), text_of(bars[-1]["t"])
    rest = d.get("/v2/stocks/AAPL/bars", timeframe="1Min", start=start, end=end, limit=10000,
                 feed="sip")["bars"]
    strip = [{**{k: v for k, v in b.items() if k not in "TS"}, "t": text_of(b["t"])} for b in bars]
    check(len(strip) > 300 and strip == [{k: float(v) if isinstance(v, Decimal) else v
                                          for k, v in b.items()} for b in rest],
          f"{len(strip)} streamed bars are those of history, {len(rest)}")
    check({b["S"] for b in kinds["b"]} == {"AAPL", "MSFT", "SPY"}, "* is all of them")
    check(kinds["t"] and {t["S"] for t in kinds["t"]} == {"AAPL"}, "trades are of one")
    for k in "tqbd":
        check(all(isinstance(o["t"], Time) for o in kinds[k]), f"{k}: times are timestamps")
        times = [o["t"] for o in kinds[k] if o["S"] == "AAPL"]
        check(times == sorted(times), f"{k}: in order of time")
    check(all(q["bp"] < q["ap"] and q["bs"] > 0 and q["as"] > 0 for q in kinds["q"]), "quotes")
    last = kinds["d"][-1]
    check(last["v"] == sum(b["v"] for b in bars if b["t"] >= last["t"]) and
          last["h"] == max(b["h"] for b in bars) and last["c"] == bars[-1]["c"],
          f"the daily bar so far is made of the day's bars: {last}")
    check(len(kinds["d"]) == len(bars), "it comes each minute")
    first = bars[0]
    inside = [t["p"] for t in kinds["t"] if first["t"] <= t["t"] < first["t"] + 60 * 10**9]
    check(inside and first["l"] <= min(inside) and max(inside) <= first["h"],
          f"trades of a minute are within its bar: {first} {inside}")


def wrong_keys(d):
    ws = WebSocket(d.x.port, "/stream")
    a = ws.ask({"action": "authenticate", "data": {"key_id": "PKTEST", "secret_key": "no"}})
    check(a == {"stream": "authorization", "data": {"status": "unauthorized",
                                                    "action": "authenticate"}}, f"refused: {a}")
    ws.close()
    ws = WebSocket(d.x.port, "/v2/sip")
    ws.read()
    a = ws.ask({**AUTH, "secret": "no"})
    check(a == [{"T": "error", "code": 402, "msg": "auth failed"}], f"402: {a}")
    ws.close()
    try:
        WebSocket(d.x.port, "/v2/none").close()
        check(False, "a stream that is none")
    except Refused as r:
        check(r.status == 404, f"404: {r}")


def main():
    d = Desk("--keys", write("keys", "PKTEST\nsecret\n"))
    wrong_keys(d)
    e = Ears(d)
    d.opened()
    for part in (bought, sold_short_of, groups, hasty, market):
        try:
            part(d, e)
        except (KeyError, TypeError, ValueError, IndexError) as x:
            check(False, f"{part.__name__}: {x!r}, line {x.__traceback__.tb_next.tb_lineno}")
    check(e.trading.opcodes == {2}, "updates are JSON in binary frames, as paper sends them")
    d.stop()
    finish()


main()
