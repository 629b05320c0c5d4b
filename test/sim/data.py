#!/usr/bin/env python3
"""Market data on its bad days: late prints, cancels and corrections, IEX beside the whole tape, a
free plan, short pages, a thousand symbols. What the streams told is what history shows."""
import os
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.desk import Desk  # noqa: E402
from lib.scene import check, finish, write  # noqa: E402
from lib.wsclient import WebSocket  # noqa: E402

RECENT = "subscription does not permit querying recent SIP data"


class Listener:
    """A data stream, read instant by instant."""

    def __init__(self, d, feed, key):
        self.said = []
        self.ws = WebSocket(d.x.port, "/v2/" + feed)
        self.ws.read()
        self.ws.ask({"action": "auth", "key": key, "secret": "secret"})
        self.ws.ask({"action": "subscribe", "trades": ["AAPL"], "bars": ["AAPL"],
                     "updatedBars": ["AAPL"], "simClock": ["*"]})
        self.n = d.pace.n

    def hear(self, d):
        while self.n < d.pace.n:
            for o in self.ws.read():
                if o["T"] == "clock":
                    self.n = o["n"]
                else:
                    self.said.append(o)

    def all(self, *types):
        return [o for o in self.said if o["T"] in types]


def plain(o):
    """Without whose it is, and what became of it; numbers of REST are exact ones."""
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in o.items()
            if k not in ("T", "S", "u")}


def every(d, path, key, **query):
    """All pages; none may be longer than 50."""
    out, token = [], {}
    while True:
        page = d.get(path, limit=1000, **query, **token)
        check(len(page[key]) <= 50, f"{path}: a page of {len(page[key])} lines, 50 at most")
        out += page[key]
        if page["next_page_token"] is None:
            return out
        token = {"page_token": page["next_page_token"]}


def late(d):
    d.opened()
    ears = {"sip": Listener(d, "sip", "A"), "iex": Listener(d, "iex", "B")}
    for _ in range(160):
        d.step()
        for e in ears.values():
            e.hear(d)
    for feed, e in ears.items():
        start = e.said[0]["t"]
        bars = {}
        for b in e.all("b", "u"):
            check(b["T"] == "b" or b["t"] in bars or feed == "iex", f"{feed}: u comes after b")
            bars[b["t"]] = plain(b)
        history = every(d, "/v2/stocks/AAPL/bars", "bars", timeframe="1Min", feed=feed)
        check(list(map(plain, history[-len(bars):])) == list(dict(sorted(bars.items())).values()),
              f"{feed}: bars as told last are those of history")
        wrong = {o.get("i", o.get("oi")) for o in e.all("x", "c")}
        told = {t["i"]: plain(t) for t in e.all("t")}
        lines = every(d, "/v2/stocks/AAPL/trades", "trades", feed=feed, start=start)
        check({t["i"]: plain(t) for t in lines if t.get("u") != "corrected"} == told,
              f"{feed}: trades told are those of history")
        check({t["i"] for t in lines if t.get("u") in ("canceled", "incorrect")} == wrong,
              f"{feed}: history marks what x and c took back: {wrong}")
    sip, iex = ears["sip"], ears["iex"]
    updated, first = sip.all("u"), {b["t"]: b for b in sip.all("b")}
    check(3 <= len(updated) <= 30, f"{len(updated)} minutes of 40 are revised")
    check(all(plain(u) != plain(first[u["t"]]) for u in updated), "and differ from the first")
    check(sip.all("x") or sip.all("c"), "something is cancelled or corrected")
    check(any("Z" in t["c"] for t in sip.all("t")), "late prints say so")
    check({t["i"] for t in iex.all("t")} < {t["i"] for t in sip.all("t")} and
          {t["x"] for t in iex.all("t")} == {"V"}, "IEX is a part of the tape")
    check(len(iex.all("b")) < len(sip.all("b")) or
          sum(b["v"] for b in iex.all("b")) < 0.1 * sum(b["v"] for b in sip.all("b")),
          "and a small one")


def free_plan(d):
    d.opened()
    d.step(100)
    now = d.clock()["timestamp"]
    for path, query in (("bars", {"timeframe": "1Min"}), ("trades", {}), ("quotes", {})):
        path = "/v2/stocks/AAPL/" + path
        a = d.ask("GET", path, end=now, **query)
        check(a.status == 403 and a.json == {"message": RECENT}, f"{path} up to now: {a}")
        check(d.get(path, **query)["symbol"] == "AAPL", "without an end it is a quarter ago")
        check(d.ask("GET", path, end=now, feed="iex", **query).status == 200, "IEX is free")
    a = d.ask("GET", "/v2/stocks/AAPL/trades/latest", feed="sip")
    check(a.status == 403, f"the latest of SIP: {a}")
    check(d.get("/v2/stocks/AAPL/trades/latest")["trade"]["x"] == "V", "without a feed: IEX")
    old = d.get("/v2/stocks/AAPL/quotes/latest", feed="delayed_sip")["quote"]["t"]
    check(old <= d.get("/v2/stocks/AAPL/quotes/latest")["quote"]["t"], f"delayed: {old}")


def thousand(d):
    d.opened()
    d.step(8)
    names = [a["symbol"] for a in d.get("/v2/assets")]
    check(len(set(names)) == 1000 and "AAPL" in names, f"{len(set(names))} symbols")
    some = sorted(names)[::4][:250]
    whole = d.get("/v2/stocks/snapshots", symbols=",".join(some))
    check(list(whole) == some and sum("latestTrade" in s for s in whole.values()) > 200,
          "snapshots of 250")
    bars, token = {}, {}
    while token is not None:
        page = d.get("/v2/stocks/bars", symbols=",".join(some), timeframe="1Min", limit=77, **token)
        for s, b in page["bars"].items():
            bars.setdefault(s, []).extend(b)
        more = page["next_page_token"]
        token = {"page_token": more} if more else None
    check(bars == d.get("/v2/stocks/bars", symbols=",".join(some), timeframe="1Min",
                        limit=10000)["bars"], "pages over 250 symbols make the whole")


def actions(d):
    d.opened()
    d.step(8)
    check(d.get("/v1beta1/news", symbols="AAPL") == {"news": [], "next_page_token": None}, "none")
    got = d.get("/v1/corporate-actions", symbols="AAPL,MSFT")["corporate_actions"]
    check([s["new_rate"] for s in got["forward_splits"]] == [4] and
          got["cash_dividends"][0]["rate"] == 0.75, f"as the file says: {got}")
    raw = d.get("/v2/stocks/AAPL/bars", timeframe="1Day", start="2026-02-20T00:00:00Z")["bars"]
    cut = d.get("/v2/stocks/AAPL/bars", timeframe="1Day", start="2026-02-20T00:00:00Z",
                adjustment="split")["bars"]
    ratio = [round(r["c"] / s["c"]) for r, s in zip(raw, cut)]
    check(ratio == [4] * (len(raw) - 1) + [1], f"prices before the split are a fourth: {ratio}")
    check(all(s["v"] == 4 * r["v"] for r, s in zip(raw[:-1], cut)), "and volumes four times")
    paid = d.get("/v2/stocks/MSFT/bars", timeframe="1Day", start="2026-02-20T00:00:00Z",
                 adjustment="all")["bars"]
    raw = d.get("/v2/stocks/MSFT/bars", timeframe="1Day", start="2026-02-20T00:00:00Z")["bars"]
    check(paid[0]["c"] < raw[0]["c"] and paid[-1]["c"] == raw[-1]["c"], "dividends come off")


def scene(what, *options, **fixed):
    d = Desk(*options, **fixed)
    what(d)
    d.stop()


def main():
    scene(late, "--late", "30", "--short-pages", "50", "--seed", "5", symbols="AAPL")
    scene(free_plan, "--plan", "basic")
    scene(thousand, symbols="1000")
    table = write("actions.csv", "date,symbol,type,ratio,cash,pay\n"
                  "2026-03-02,AAPL,split,4:1,,\n2026-03-02,MSFT,dividend,,0.75,2026-03-05\n")
    scene(actions, "--actions", table)
    finish()


main()
