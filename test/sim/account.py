#!/usr/bin/env python3
"""Scenario: an account over several days: fees, a split, a dividend, activities and their pages,
portfolio history, configurations, positions closed in part; and all of it again after kill -9."""
import json
import os
import re
import signal
import sys
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Exchange, check, finish, room, run, write  # noqa: E402

DAYS = ("--symbols", "AAPL,MSFT,TQQQ", "--start", "2024-07-01", "--until", "2024-07-12",
        "--partial", "0")
ACTIONS = """date,symbol,type,ratio,cash,pay
2024-07-02,AAPL,split,4:1,,
2024-07-03,MSFT,dividend,,0.75,2024-07-08
"""


def clock(x, **wish):
    status, answer = x.rest.call("POST", "/sim/clock", wish)
    check(status == 200, f"{wish} is done: {status} {answer}")
    return answer


def order(x, side, qty, symbol, **more):
    status, answer = x.rest.call("POST", "/v2/orders", {
        "symbol": symbol, "qty": str(qty), "side": side, "type": "market",
        "time_in_force": "day", **more})
    check(status == 200, f"{side} {qty} {symbol}: {status} {answer}")
    return answer


def refused(x, method, path, status, words, body=None):
    got, answer = x.rest.call(method, path, body)
    check(got == status and words in answer.get("message", ""),
          f"{method} {path} {body or ''} is refused with {status} {words}: {got} {answer}")


def same(a, b, sentence):
    check(Decimal(a) == Decimal(b), f"{sentence}: {a} is not {b}")


def money(x):
    """Fees, split and dividend, day by day."""
    clock(x, to="open")
    clock(x, advance="1m")
    order(x, "buy", 10, "AAPL")
    order(x, "buy", 20, "MSFT")
    clock(x, advance="1m")
    order(x, "sell", 4, "MSFT")
    stop = order(x, "sell", 10, "AAPL", type="stop", stop_price="1.00", time_in_force="gtc")
    clock(x, advance="1m")
    before = x.rest.get("/v2/positions/AAPL")
    account = x.rest.get("/v2/account")
    check(Decimal(account["accrued_fees"]) > Decimal("0.02"), f"fees accrue: {account}")
    check(Decimal(account["pending_reg_taf_fees"]) < Decimal(account["accrued_fees"]),
          "CAT is none of REG and TAF")
    check(before["qty_available"] == "0", "the stop holds the shares")
    cash = account["cash"]

    clock(x, to="2024-07-02T04:00:00-04:00")
    after = x.rest.get("/v2/positions/AAPL")
    check(after["qty"] == "40" and after["cost_basis"] == before["cost_basis"],
          f"4:1 makes 40 of 10, for the same cost: {after}")
    check(after["qty_available"] == "40", "their stop is gone")
    check(x.rest.get("/v2/orders/" + stop["id"])["status"] == "canceled", "the broker canceled it")
    account = x.rest.get("/v2/account")
    check(account["balance_asof"] == "2024-07-01", "the last figures are yesterday's")
    check(account["accrued_fees"] == "0", "yesterday's fees are booked")
    fees = x.rest.get("/v2/account/activities/FEE")
    check(sorted(f["activity_sub_type"] for f in fees) == ["CAT", "REG", "TAF"],
          f"three kinds of fees: {fees}")
    check(all(f["date"] == "2024-07-02" and re.fullmatch(r"-0\.\d\d?", f["net_amount"])
              for f in fees), f"the next day, in cents: {fees}")
    same(Decimal(cash) + sum(Decimal(f["net_amount"]) for f in fees), account["cash"],
         "they are what the cash has lost")
    split = x.rest.get("/v2/account/activities/SPLIT")
    check(len(split) == 1 and split[0]["qty"] == "30" and split[0]["symbol"] == "AAPL" and
          split[0]["activity_sub_type"] == "FSPLIT", f"the split is listed: {split}")

    clock(x, to="2024-07-03T10:00:00-04:00")
    check(x.rest.get("/v2/account/activities/DIV") == [], "a dividend is paid on its day")
    clock(x, to="2024-07-08T10:00:00-04:00")
    paid = x.rest.get("/v2/account/activities/DIV")
    check(len(paid) == 1 and paid[0]["net_amount"] == "12" and paid[0]["qty"] == "16" and
          paid[0]["per_share_amount"] == "0.75", f"16 shares at 0.75: {paid}")


def activities(x):
    path = "/v2/account/activities"
    every = x.rest.get(path)
    check([a["activity_type"] for a in every] ==
          ["DIV", "SPLIT", "FEE", "FEE", "FEE", "FILL", "FILL", "FILL"],
          f"the newest first: {[a['activity_type'] for a in every]}")
    check(x.rest.get(path + "?direction=asc") == every[::-1], "or the oldest")
    check(all(re.fullmatch(r"\d{17}::[0-9a-f-]{36}", a["id"]) for a in every), "ids have a time")
    check(every[-1]["id"].startswith("20240701093100"), f"New York's: {every[-1]['id']}")
    for direction in "asc", "desc":
        listed, token = [], ""
        while True:
            page = x.rest.get(f"{path}?direction={direction}&page_size=3{token}")
            listed += page
            if len(page) < 3:
                break
            token = "&page_token=" + page[-1]["id"]
        check(listed == (every if direction == "desc" else every[::-1]),
              f"pages, {direction}, are the whole list")
    check(x.rest.get(path + "?category=trade_activity") == every[-3:], "trades are one category")
    check(x.rest.get(path + "?category=non_trade_activity") == every[:5], "the rest another")
    check(x.rest.get(path + "?activity_types=DIV,SPLIT") == every[:2], "or some types")
    one = every[-1]["order_id"]
    check(x.rest.get(path + "?order_id=" + one) == every[-1:], "or an order's")
    check(x.rest.get(path + "?date=2024-07-02") == every[1:5], "or a day's")
    check(x.rest.get(path + "?after=2024-07-03") == every[:1], "or from a day on")
    check(x.rest.get(path + "?until=2024-07-02T00:00:00Z") == every[-3:], "or until a time")
    refused(x, "GET", path + "/BONUS", 422, "invalid activity type: BONUS")
    refused(x, "GET", path + "?category=all", 422, "invalid category")
    refused(x, "GET", path + "?category=trade_activity&activity_types=FILL", 422, "together")
    refused(x, "GET", path + "?page_size=101", 422, "page_size")
    refused(x, "GET", path + "?order_id=one", 422, "invalid order_id")
    refused(x, "GET", path + "?page_token=one", 422, "invalid page_token")
    refused(x, "GET", path + "?direction=up", 422, "invalid direction")


def history(x):
    path = "/v2/account/portfolio/history"
    account = x.rest.get("/v2/account")
    days = x.rest.get(path + "?timeframe=1D&cashflow_types=ALL")
    n = len(days["timestamp"])
    check(n == 5 and all(len(days[k]) == n for k in ("equity", "profit_loss", "profit_loss_pct")),
          f"five sessions, in parallel arrays: {days}")
    same(str(days["equity"][-1]), account["equity"], "the last is of now")
    same(str(days["equity"][-2]), account["last_equity"], "the one before is the last close")
    check(days["timeframe"] == "1D" and days["base_value"] == days["equity"][0] and
          "base_value_asof" not in days, f"a new account counts from its first day: {days}")
    check(abs(days["profit_loss"][2] - (days["equity"][2] - days["equity"][1])) < 1e-6,
          "each day's profit is its own")
    check(days["cashflow"]["DIV"] == [0, 0, 0, 0, 12] and days["cashflow"]["FEE"][1] < 0 and
          days["cashflow"]["SPLIT"] == [0] * 5, f"what came and went: {days['cashflow']}")
    flat = x.rest.get(path + "?timeframe=1D&pnl_reset=no_reset")
    check(abs(flat["profit_loss"][4] - (flat["equity"][4] - flat["base_value"])) < 1e-6,
          "or profit is all since the base")
    today = x.rest.get(path + "?period=1D&timeframe=15Min")
    check(len(today["timestamp"]) == 3 and today["timestamp"][0] == 1720445400 and
          today["base_value_asof"] == "2024-07-05", f"at 10:00 the third quarter begins: {today}")
    same(str(today["base_value"]), account["last_equity"], "a day counts from the close before")
    one = x.rest.get(path + "?start=2024-07-01T13:30:00Z&end=2024-07-01T20:00:00Z")
    check(one["timeframe"] == "1Min" and len(one["timestamp"]) == 390 and
          one["timestamp"][1] - one["timestamp"][0] == 60, "a session has 390 minutes")
    check(one["equity"][0] == 100000 and one["equity"][60] != 100000, "equity moves with prices")
    wide = x.rest.get(path + "?start=2024-07-01T13:30:00Z&end=2024-07-02T20:00:00Z"
                      "&timeframe=1H&intraday_reporting=extended_hours")
    check(len(wide["timestamp"]) in range(20, 33), f"hours from 04:00 to 20:00: {wide}")
    refused(x, "GET", path + "?timeframe=2Min", 422, "invalid timeframe")
    refused(x, "GET", path + "?period=1Q", 422, "invalid period")
    refused(x, "GET", path + "?period=3M&timeframe=15Min", 422, "only 1D")
    refused(x, "GET", path + "?period=1D&start=2024-07-01&end=2024-07-02", 422, "only two of")
    refused(x, "GET", path + "?start=2024-07-03&end=2024-07-02", 422, "start must be before")
    refused(x, "GET", path + "?intraday_reporting=nights", 422, "invalid intraday_reporting")
    refused(x, "GET", path + "?pnl_reset=monthly", 422, "invalid pnl_reset")


def configurations(x):
    path = "/v2/account/configurations"
    was = x.rest.get(path)
    check(was == {"disable_overnight_trading": False, "fractional_trading": True,
                  "max_margin_multiplier": "4", "max_options_trading_level": 0,
                  "no_shorting": False, "ptp_no_exception_entry": False, "suspend_trade": False,
                  "trade_confirm_email": "all"}, f"as an account begins: {was}")
    status, answer = x.rest.call("PATCH", path, {"suspend_trade": True, "unknown": {"a": 1}})
    check(status == 200 and answer == {**was, "suspend_trade": True}, f"a part is set: {answer}")
    check(x.rest.get("/v2/account")["trade_suspended_by_user"], "the account says so")
    refused(x, "POST", "/v2/orders", 403, "new orders are rejected by user request",
            {"symbol": "MSFT", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"})
    x.rest.call("PATCH", path, {"suspend_trade": False, "no_shorting": True,
                                "max_margin_multiplier": "1", "trade_confirm_email": "none"})
    account = x.rest.get("/v2/account")
    check(account["multiplier"] == "1" and not account["shorting_enabled"], "no margin, no shorts")
    refused(x, "POST", "/v2/orders", 403, "not allowed to short",
            {"symbol": "TQQQ", "qty": "1", "side": "sell", "type": "market",
             "time_in_force": "day"})
    refused(x, "PATCH", path, 422, "max_margin_multiplier", {"max_margin_multiplier": "3"})
    refused(x, "PATCH", path, 422, "suspend_trade", {"suspend_trade": "yes"})
    refused(x, "PATCH", path, 422, "trade_confirm_email", {"trade_confirm_email": "some"})
    x.rest.call("PATCH", path, {"no_shorting": False, "max_margin_multiplier": "4"})


def positions(x):
    funds = x.rest.get("/v2/assets/TQQQ")
    check(funds["margin_requirement_long"] == "75", "a fund of three times asks for more margin")
    p = x.rest.get("/v2/positions/MSFT")
    check(p["qty"] == "16" and p["side"] == "long" and p["qty_available"] == "16", f"{p}")
    same(Decimal(p["market_value"]) - Decimal(p["cost_basis"]), p["unrealized_pl"], "the profit")
    status, part = x.rest.call("DELETE", "/v2/positions/MSFT?percentage=50")
    check(status == 200 and part["qty"] == "8" and part["side"] == "sell", f"half: {part}")
    status, part = x.rest.call("DELETE", "/v2/positions/MSFT?qty=3")
    check(status == 200 and part["qty"] == "3", f"three: {part}")
    refused(x, "DELETE", "/v2/positions/MSFT?qty=6", 403, "insufficient qty available")
    refused(x, "DELETE", "/v2/positions/MSFT?qty=1&percentage=2", 422, "only one of")
    refused(x, "DELETE", "/v2/positions/MSFT?percentage=101", 422, "percentage")
    refused(x, "DELETE", "/v2/positions/TQQQ", 404, "position does not exist")
    clock(x, advance="1m")
    order(x, "sell", 5, "MSFT", type="limit", limit_price="9000", time_in_force="gtc")
    clock(x, advance="1m")
    status, many = x.rest.call("DELETE", "/v2/positions")
    check(status == 207 and {m["symbol"]: m["status"] for m in many} == {"AAPL": 200, "MSFT": 403}
          and many[1]["body"]["held_for_orders"] == "5", f"one is held by its order: {many}")
    clock(x, advance="1m")
    status, many = x.rest.call("DELETE", "/v2/positions?cancel_orders=true")
    check(status == 207 and [m["status"] for m in many] == [200],
          f"with its orders cancelled first it goes: {many}")
    clock(x, advance="1m")
    check(x.rest.get("/v2/positions") == [], "nothing is left")


def begin_again(x):
    order(x, "buy", 7, "TQQQ", client_order_id="one")
    stop = order(x, "sell", 1, "AAPL", type="limit", limit_price="9000")
    clock(x, advance="1m")
    status, answer = x.rest.call("POST", "/sim/reset", {"cash": "5000"})
    check(status == 200, f"a new beginning: {answer}")
    account = x.rest.get("/v2/account")
    check(account["cash"] == "5000" and account["equity"] == "5000" and
          account["last_equity"] == "5000", f"with other cash: {account}")
    for path in "/v2/positions", "/v2/orders?status=all", "/v2/account/activities":
        check(x.rest.get(path) == [], f"{path} is empty")
    check(x.rest.get("/v2/account/portfolio/history?timeframe=1D")["equity"] == [5000],
          "history begins now")
    refused(x, "GET", "/v2/orders/" + stop["id"], 404, "order not found")
    order(x, "buy", 1, "TQQQ", client_order_id="one")
    clock(x, advance="2m")
    check(len(x.rest.get("/v2/account/activities")) == 1, "and goes on")


def stocks(x):
    """What may be done with a stock is the test's to say."""
    def say(**body):
        return x.rest.call("POST", "/sim/assets", body)

    kinds = {a["symbol"]: a["exchange"] for a in x.rest.get("/v2/assets")}
    check(kinds["AAPL"] == "NASDAQ" and set(kinds.values()) <= {"NASDAQ", "NYSE", "ARCA"},
          f"each is listed somewhere: {kinds}")
    status, asset = say(symbol="MSFT", easy_to_borrow=False, fractionable=False)
    check(status == 200 and asset["borrow_status"] == "hard_to_borrow" and
          asset["shortable"] and not asset["fractionable"], f"hard to borrow, whole: {asset}")
    short = {"symbol": "MSFT", "qty": "1", "side": "sell", "type": "limit", "limit_price": "9000"}
    refused(x, "POST", "/v2/orders", 403, "cannot be sold short", {**short, "time_in_force": "gtc"})
    part = {**short, "qty": "0.5", "side": "buy", "limit_price": "2", "time_in_force": "day"}
    refused(x, "POST", "/v2/orders", 422, "is not fractionable", part)
    say(symbol="MSFT", tradable=False)
    refused(x, "POST", "/v2/orders", 422, "not tradable", {**part, "qty": "1"})
    check(say(symbol="MSFT", tradable=True)[1]["tradable"], "and is traded again")
    for body, words in (({"symbol": "NONE"}, "comes first"), ({"shortable": True}, "comes first"),
                        ({"symbol": "MSFT", "shortable": "no"}, "true or false"),
                        ({"symbol": "MSFT", "easy": True}, "true or false"), ({}, "a body like")):
        status, answer = say(**body)
        check(status == 422 and words in answer["message"], f"{body}: {status} {answer}")


def everything(x):
    paths = ("/v2/account", "/v2/account/activities", "/v2/account/configurations",
             "/v2/account/portfolio/history?timeframe=1D&cashflow_types=ALL",
             "/v2/account/portfolio/history?period=5D&timeframe=5Min", "/v2/orders?status=all",
             "/v2/assets")
    return json.dumps([x.rest.get(p) for p in paths])


def life():
    options = (*DAYS, "--fees", "--actions", write("actions.csv", ACTIONS),
               "--state", os.path.join(room(), "state"))
    x = Exchange(*options)
    money(x)
    activities(x)
    history(x)
    configurations(x)
    positions(x)
    begin_again(x)
    stocks(x)
    before = everything(x)
    x.process.send_signal(signal.SIGKILL)
    x.process.wait()
    x = Exchange(*options)
    check(everything(x) == before, "after kill -9 all of it is there again")
    x.stop()


def old_fields():
    x = Exchange(*DAYS, "--pdt-fields")
    a = x.rest.get("/v2/account")
    check(a["daytrade_count"] == 0 and a["daytrading_buying_power"] == "400000" and
          a["pattern_day_trader"] is False, f"the fields of before July 2026: {a}")
    x.stop()
    file = write("bad.csv", "date,symbol,type\n2024-07-02,AAPL,merge\n")
    bad = run("exchange", "--actions", file)
    check(bad.returncode != 0 and "bad.csv:2: type has to be split or dividend" in bad.stderr,
          f"a file that cannot be read ends the start: {bad.stderr}")


life()
old_fields()
finish()
