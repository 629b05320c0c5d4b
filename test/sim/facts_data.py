#!/usr/bin/env python3
"""What is known of the broker, fact by fact, asked of the exchange: clock, calendar, assets,
activities, portfolio history, market data, the limit of requests. facts.py has the rest."""
import base64
import os
import re
import sys
from datetime import datetime, timedelta
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.desk import DECIMAL, STAMP, UUID, Desk, is_form  # noqa: E402
from lib.scene import Exchange, Rest, check, finish, write  # noqa: E402

TWO = "AAPL,MSFT"
ACTIONS = """date,symbol,type,ratio,cash,pay
2026-03-11,MSFT,dividend,,0.75,2026-03-20
2026-03-12,AAPL,split,4:1,,
2026-03-13,SPY,split,1:5,,
"""


def utc(text):
    return datetime.fromisoformat(text[:19] + "+00:00")


def bad(a, words, *statuses):
    check(a.status in (statuses or (400,)) and words in (a.json or {}).get("message", ""),
          f"(line {sys._getframe(1).f_lineno}) {statuses or 400} \"{words}\", not {a}")


def clock(d):
    c = d.clock()
    check(set(c) == {"timestamp", "is_open", "next_open", "next_close"}, f"four keys: {c}")
    for k in ("timestamp", "next_open", "next_close"):
        check(is_form(r".*T.*-05:00", c[k]), f"{k} has New York's winter offset: {c[k]}")
    check(c["is_open"] is True and c["next_close"] == "2026-03-02T16:00:00-05:00" and
          c["next_open"] == "2026-03-03T09:30:00-05:00", f"Monday: {c}")


def calendar(d):
    days = d.get("/v2/calendar", start="2026-11-23", end="2026-11-30")
    check([day["date"] for day in days] == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27",
                                            "2026-11-30"], f"Thanksgiving is missing: {days}")
    whole, half = days[0], days[3]
    check(whole["open"] == "09:30" and whole["close"] == "16:00" and
          whole["session_open"] == "0400" and whole["session_close"] == "2000", f"a day: {whole}")
    check(half["close"] == "13:00" and half["session_close"] == "1700", f"a half day: {half}")
    check(whole["settlement_date"] == "2026-11-24" and days[2]["settlement_date"] == "2026-11-27",
          "what is traded settles on the next trading day")
    for start in ("2026-07-01", "2026-07-01T00:00:00Z"):
        july = [day["date"] for day in d.get("/v2/calendar", start=start, end="2026-07-07")]
        check(july == ["2026-07-01", "2026-07-02", "2026-07-06", "2026-07-07"], f"July: {july}")
    check(len(d.get("/v2/calendar", start="2027-01-01", end="2027-12-31")) == 251, "2027")
    all_days = d.get("/v2/calendar")
    check(all_days[0]["date"][:4] == "1970" and all_days[-1]["date"][:4] == "2029",
          f"without bounds from 1970 to 2029: {all_days[0]['date']} {all_days[-1]['date']}")


def assets(d):
    a = d.get("/v2/assets/AAPL")
    for k in ("tradable", "marginable", "shortable", "fractionable"):
        check(a[k] is True, f"{k} is true")
    check(is_form(UUID, a["id"]) and a["class"] == "us_equity" and a["exchange"] == "NASDAQ" and
          a["symbol"] == "AAPL" and a["status"] == "active" and a["name"] and
          a["borrow_status"] == "easy_to_borrow" and isinstance(a["attributes"], list), f"{a}")
    check(d.get("/v2/assets/" + a["id"]) == a, "by its id the same")
    check([x["symbol"] for x in d.get("/v2/assets", status="active")] == ["AAPL", "MSFT", "SPY"],
          "all of them")
    check(d.get("/v2/assets", status="inactive") == [], "none is inactive")
    check(d.get("/v2/assets", asset_class="crypto") == [], "nor crypto")
    check(a in d.get("/v2/assets", exchange="NASDAQ"), "those of NASDAQ")
    none = d.ask("GET", "/v2/assets/FFFFF")
    check(none.status == 404 and none.json == {"code": 40410000,
                                               "message": "asset not found for FFFFF"}, f"{none}")


def activities(d):
    path = "/v2/account/activities"
    all_fills = d.get(path + "/FILL")
    check(len(all_fills) >= 4 and d.get(path) == all_fills, "so far all activities are fills")
    f = all_fills[0]
    check(f["activity_type"] == "FILL" and f["type"] in ("fill", "partial_fill") and
          f["side"] in ("buy", "sell", "sell_short") and is_form(STAMP, f["transaction_time"]) and
          is_form(UUID, f["order_id"]) and f["symbol"] == "MSFT" and f["order_status"], f"{f}")
    for k in ("price", "qty", "cum_qty", "leaves_qty"):
        check(is_form(DECIMAL, f[k]), f"{k} is a decimal string: {f[k]!r}")
    local = (utc(f["transaction_time"]) - timedelta(hours=5)).strftime("%Y%m%d%H%M%S")
    check(is_form(r"\d{17}::" + UUID, f["id"]) and f["id"].startswith(local),
          f"its id is New York's time and a uuid: {f['id']} {f['transaction_time']}")
    times = [x["transaction_time"] for x in all_fills]
    check(times == sorted(times, reverse=True), "the newest first")
    check(d.get(path, direction="asc") == all_fills[::-1], "or the oldest")
    pages, token = [], {}
    while True:
        page = d.get(path, page_size=1, **token)
        if not page:
            break
        pages += page
        token = {"page_token": page[-1]["id"]}
    check(pages == all_fills, "page by page, from id to id, they are the same")
    check(d.get(path, order_id=f["order_id"]) ==
          [x for x in all_fills if x["order_id"] == f["order_id"]], "of an order")
    check(d.get(path, category="non_trade_activity") == [] and
          d.get(path, category="trade_activity") == all_fills, "of a category")
    check(d.get(path, date="2026-03-02") == all_fills and d.get(path, date="2026-03-01") == [],
          "of a day")
    check(d.get(path, after="2026-03-03T00:00:00Z") == [] and
          d.get(path, until="2026-03-03T00:00:00Z") == all_fills, "of a time")
    check(d.get(path, activity_types="DIV,FEE") == [] and d.get(path + "/DIV") == [], "of types")
    a = d.ask("GET", path + "/FFFFF")
    check(a.status == 422 and a.json == {"code": 40010001,
                                         "message": "invalid activity type: FFFFF"}, f"{a}")
    for query in ({"page_size": "101"}, {"page_size": "0"},
                  {"activity_types": "FILL", "category": "trade_activity"}):
        check(d.ask("GET", path, **query).status == 422, f"{query} is 422")


def history(d):
    path = "/v2/account/portfolio/history"
    h = d.get(path, period="1D", timeframe="5Min")
    n = len(h["timestamp"])
    check(n > 0 and all(len(h[k]) == n for k in ("equity", "profit_loss", "profit_loss_pct")),
          f"lists of one length: {n}")
    check(h["timeframe"] == "5Min" and isinstance(h["base_value"], (int, Decimal)), "its frame")
    check(all(isinstance(t, int) and t % 300 == 0 for t in h["timestamp"]), "seconds, on the grid")
    check(h["timestamp"] == sorted(h["timestamp"]), "in order")
    check(all(e is None or isinstance(e, (int, Decimal)) for e in h["equity"]),
          "numbers, not strings, or null")
    check(d.get(path)["timeframe"] == "1D", "a month of days by default")
    check(d.get(path, period="1D")["timeframe"] == "1Min", "a day of minutes")
    check(d.get(path, period="2W")["timeframe"] == "15Min", "two weeks of quarters of an hour")
    for query in ({"period": "1X"}, {"timeframe": "3Min"}, {"period": "1A", "timeframe": "1Min"},
                  {"period": "1D", "start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}):
        a = d.ask("GET", path, **query)
        check(a.status == 422, f"{query} is 422, not {a}")


def bars(d):
    path, start = "/v2/stocks/bars", "2026-02-23T05:00:00Z"
    b = d.get(path, symbols="MSFT,AAPL", timeframe="1Min", start="2026-03-02T14:30:00Z")["bars"]
    check(list(b) == ["AAPL", "MSFT"], "sorted by symbol")
    one = b["AAPL"][0]
    check(set(one) == set("tohlcvn") | {"vw"} and one["t"] == "2026-03-02T14:30:00Z" and
          isinstance(one["v"], int) and isinstance(one["n"], int), f"a bar, left-labelled: {one}")
    check(all(x["l"] <= min(x["o"], x["c"]) and x["h"] >= max(x["o"], x["c"]) and
              x["l"] <= x["vw"] <= x["h"] for x in b["AAPL"]), "prices within high and low")
    s = d.get("/v2/stocks/AAPL/bars", timeframe="1Min", start="2026-03-02T14:30:00Z")
    check(s == {"bars": b["AAPL"], "symbol": "AAPL", "next_page_token": None}, "of one symbol")
    day = d.get(path, symbols="AAPL", timeframe="1Day", start=start)["bars"]["AAPL"]
    check(all(x["t"].endswith("T05:00:00Z") for x in day), "a day begins at New York's midnight")
    hours = d.get(path, symbols="AAPL", timeframe="1Hour", start=start, end="2026-02-24T00:00:00Z")
    hours = hours["bars"]["AAPL"]
    check(hours[0]["t"] == "2026-02-23T14:00:00Z", f"an hour is the clock's: {hours[0]['t']}")
    check(sum(x["v"] for x in hours) == day[0]["v"] and hours[0]["o"] == day[0]["o"] and
          hours[-1]["c"] == day[0]["c"] and max(x["h"] for x in hours) == day[0]["h"],
          "hours add up to the day")
    for frame, first in (("1Week", "2026-02-23T05:00:00Z"), ("1W", "2026-02-23T05:00:00Z"),
                         ("1Month", "2026-02-01T05:00:00Z"), ("3Month", "2026-01-01T05:00:00Z")):
        a = d.ask("GET", path, symbols="AAPL", timeframe=frame, start="2026-01-01T05:00:00Z")
        got = a.json["bars"]["AAPL"] if a.status == 200 else [{"t": a.text}]
        check(first in [x["t"] for x in got], f"{frame} has one at {first}: {got}")
    for frame in ("59Min", "7T", "23Hour", "4H", "1D", "6M", "12Month"):
        check(d.ask("GET", path, symbols="AAPL", timeframe=frame).status == 200, f"{frame} exists")
    for frame in ("60Min", "24Hour", "2Day", "2Week", "5Month", "0Min", "Min", "1Second"):
        bad(d.ask("GET", path, symbols="AAPL", timeframe=frame), "timeframe")
    whole = d.get(path, symbols=TWO, timeframe="5Min", start=start, limit=10000)["bars"]
    pages, token, n = {}, {}, 0
    while token is not None:
        page = d.get(path, symbols=TWO, timeframe="5Min", start=start, limit=100, **token)
        for symbol, got in page["bars"].items():
            pages.setdefault(symbol, []).extend(got)
        token = page["next_page_token"] and {"page_token": page["next_page_token"]}
        if token:
            plain = base64.b64decode(token["page_token"]).decode()
            check(re.fullmatch(r"(AAPL|MSFT)\|\w\|[-\dT:]{19}\.\d{9}Z", plain), f"token {plain}")
        n += 1
    check(n > 2 and pages == whole, "pages of a hundred over both symbols make the whole")
    back = d.get(path, symbols=TWO, timeframe="5Min", start=start, sort="desc", limit=10000)["bars"]
    check(back["AAPL"] == whole["AAPL"][::-1], "from the end")
    check(d.get(path, symbols=TWO, timeframe="1Min", start="2026-02-28T05:00:00Z",
                end="2026-03-02T05:00:00Z")["bars"] == {}, "on Sunday none: an empty object")
    first, last = whole["AAPL"][3]["t"], whole["AAPL"][5]["t"]
    inside = d.get(path, symbols="AAPL", timeframe="5Min", start=first, end=last)["bars"]["AAPL"]
    check(inside == whole["AAPL"][3:6], "start and end are inclusive")
    bad(d.ask("GET", path, symbols="AAPL"), "timeframe is required")
    bad(d.ask("GET", path, symbols="AAPL", timeframe="1Min", limit="10001"), "limit")
    bad(d.ask("GET", path, symbols="AAPL", timeframe="1Min", feed="x"), "invalid feed: x")
    bad(d.ask("GET", path, symbols="no!", timeframe="1Min"), "invalid symbol")
    bad(d.ask("GET", path, symbols="AAPL", timeframe="1Min", sort="up"), "sort")
    bad(d.ask("GET", path, symbols="AAPL", timeframe="1Min", adjustment="x"), "adjustment")
    bad(d.ask("GET", path, symbols="AAPL", timeframe="1Min", page_token="x"), "token")


def feeds(d):
    start = "2026-03-02T14:30:00Z"

    def minutes(feed):
        return d.get("/v2/stocks/bars", symbols="AAPL", timeframe="1Min", start=start, feed=feed,
                     limit=10000)["bars"].get("AAPL", [])
    sip, iex = {b["t"]: b for b in minutes("sip")}, minutes("iex")
    check(0 < len(iex) <= len(sip) and all(b["t"] in sip for b in iex), "IEX has no other minutes")
    check(all(sip[b["t"]]["l"] <= b["l"] and b["h"] <= sip[b["t"]]["h"] for b in iex),
          "and lies within the consolidated range")
    share = sum(b["v"] for b in iex) / sum(b["v"] for b in sip.values())
    check(0 < share < 0.15, f"it is a few percent of the volume: {share:.3f}")


def ticks(d):
    """Trades and quotes: latest, snapshots, history."""
    q = d.get("/v2/stocks/quotes/latest", symbols=TWO)["quotes"]["AAPL"]
    check(set(q) == {"t", "ax", "ap", "as", "bx", "bp", "bs", "c", "z"} and q["bp"] < q["ap"] and
          isinstance(q["as"], int) and isinstance(q["c"], list), f"a quote: {q}")
    t = d.get("/v2/stocks/trades/latest", symbols=TWO)["trades"]["AAPL"]
    check(set("tixpscz") <= set(t) and isinstance(t["i"], int), f"a trade: {t}")
    check(q["z"] == t["z"] == "C", "AAPL is on tape C")
    check(is_form(STAMP, t["t"]), "to the nanosecond, zeros trimmed")
    one = d.get("/v2/stocks/AAPL/trades/latest")
    check(one == {"symbol": "AAPL", "trade": t}, f"of one symbol: {one}")
    shots = d.get("/v2/stocks/snapshots", symbols=TWO)
    check(list(shots) == ["AAPL", "MSFT"], "snapshots are a map at the top")
    parts = {"latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar"}
    check(all(shots["AAPL"].get(k) for k in parts), f"five parts: {shots}")
    check(shots["AAPL"]["latestTrade"] == t, "the trade in it is the latest one")
    one = d.get("/v2/stocks/AAPL/snapshot")
    check({k: one.get(k) for k in parts} == shots["AAPL"], "of one symbol the same")
    start = "2026-03-02T14:30:00Z"
    for kind in ("trades", "quotes"):
        a = d.ask("GET", "/v2/stocks/" + kind, symbols=TWO, start=start, limit=10000)
        if not check(a.status == 200, f"the history of {kind}: {a}"):
            continue
        whole = a.json[kind]["AAPL"]
        times = [x["t"] for x in whole]
        check(len(whole) > 50 and times == sorted(times), f"{len(whole)} {kind} in order of time")
        pages, token = [], {}
        while token is not None:
            p = d.get(f"/v2/stocks/AAPL/{kind}", start=start, limit=97, end=whole[-1]["t"], **token)
            pages += p[kind]
            token = p["next_page_token"] and {"page_token": p["next_page_token"]}
        check(pages == whole, f"pages of {kind} make the whole")
        if kind == "trades":
            ids = [x["i"] for x in whole]
            check(len(set(ids)) == len(ids), "no number twice")
            bar = d.get("/v2/stocks/AAPL/bars", timeframe="1Min", start=start, limit=1)["bars"][0]
            inside = [x for x in whole if x["t"] < "2026-03-02T14:31"]
            prices = [x["p"] for x in inside]
            made = {"o": prices[0], "h": max(prices), "l": min(prices), "c": prices[-1],
                    "v": sum(x["s"] for x in inside)}
            check(made.items() <= bar.items(), f"trades of a minute make its bar: {made} {bar}")
    bad(d.ask("GET", "/v2/stocks/snapshots"), "symbols", 400)


def tables(d):
    for kind in ("trade", "quote"):
        for tape in "ABC":
            got = d.get(f"/v2/stocks/meta/conditions/{kind}", tape=tape)
            check(got and all(isinstance(v, str) for v in got.values()), f"{kind} {tape}: {got}")
    names = d.get("/v2/stocks/meta/exchanges")
    check("V" in names and "Q" in names, f"exchanges by letter: {names}")
    auctions = d.get("/v2/stocks/AAPL/auctions", start="2026-02-26T00:00:00Z")
    check([a["d"] for a in auctions["auctions"]][:2] == ["2026-02-26", "2026-02-27"] and
          {"o", "c"} <= set(auctions["auctions"][0]), f"auctions of days: {auctions}")


def actions(d):
    path, span = "/v1/corporate-actions", {"start": "2026-03-01", "end": "2026-03-31"}
    check(d.get(path) == {"corporate_actions": {}, "next_page_token": None}, "today there are none")
    whole = d.get(path, **span)["corporate_actions"]
    kinds = ("forward_splits", "reverse_splits", "cash_dividends")
    check(set(whole) == set(kinds), f"each kind has a list: {whole}")
    s, r, c = (whole[k][0] for k in kinds)
    check(s["symbol"] == "AAPL" and s["new_rate"] == 4 and s["old_rate"] == 1 and
          s["ex_date"] == s["process_date"] == "2026-03-12" and is_form(UUID, s["id"]), f"{s}")
    check(r["symbol"] == "SPY" and r["new_rate"] == 1 and r["old_rate"] == 5, f"a reverse one: {r}")
    check(c["symbol"] == "MSFT" and c["rate"] == Decimal("0.75") and
          c["ex_date"] == "2026-03-11" and c["payable_date"] == "2026-03-20" and
          c["special"] is False, f"a dividend: {c}")
    only = d.get(path, types="cash_dividend", symbols=TWO, **span)["corporate_actions"]
    check(only == {"cash_dividends": [c]}, f"of a kind: {only}")
    check(d.get(path, ids=r["id"], **span)["corporate_actions"] == {"reverse_splits": [r]}, "by id")
    seen, token = [], {}
    while token is not None:
        page = d.get(path, limit=1, sort="desc", **span, **token)
        seen += [a["id"] for rows in page["corporate_actions"].values() for a in rows]
        token = page["next_page_token"] and {"page_token": page["next_page_token"]}
    check(sorted(seen) == sorted([c["id"], r["id"], s["id"]]), f"a page each: {seen}")
    check(d.get(path, cusips="037833100", **span)["corporate_actions"] == {}, "none has a CUSIP")
    for query in ({"start": "x"}, {"limit": "1001"}, {"sort": "up"}, {"page_token": "x"}):
        check(d.ask("GET", path, **query).status == 400, f"{query} is 400")


def limit():
    """As many requests a minute as were agreed on, then 429."""
    x = Exchange("--start", "2026-03-02", "--symbols", "AAPL", "--rate-limit", "5", speed=1)
    r = Rest(x.port)
    r.c.request("GET", "/v2/clock", headers={"APCA-API-KEY-ID": "PKTEST",
                                             "APCA-API-SECRET-KEY": "secret"})
    a = r.c.getresponse()
    a.read()
    check(a.headers["X-RateLimit-Limit"] == "5" and a.headers["X-RateLimit-Remaining"] == "4" and
          a.headers["X-RateLimit-Reset"].isdigit(), f"the headers: {a.headers.items()}")
    seen = [r.call("GET", "/v2/clock") for _ in range(6)]
    check([s for s, _ in seen] == [200] * 4 + [429] * 2, f"five, then 429: {seen}")
    check(seen[-1][1] == {"code": 42910000, "message": "rate limit exceeded"}, f"{seen[-1]}")
    x.stop()


def main():
    d = Desk("--keys", write("keys", "PKTEST\nsecret\n"),
             "--actions", write("actions.csv", ACTIONS))
    d.opened()
    for symbol, side in (("AAPL", "buy"), ("MSFT", "sell")):
        for _ in range(2):
            o = d.placed(symbol=symbol, side=side, qty="3")
            d.becomes(o["id"], "filled")
    clock(d)
    d.step(100)
    for part in (calendar, assets, activities, history, bars, feeds, ticks, tables, actions):
        try:
            part(d)
        except (KeyError, TypeError, ValueError, IndexError) as e:
            check(False, f"{part.__name__}: {e!r}, line {e.__traceback__.tb_next.tb_lineno}")
    d.stop()
    limit()
    finish()


main()
