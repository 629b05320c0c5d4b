#!/usr/bin/env python3
"""What is known of the broker, fact by fact, asked of the exchange: conventions, account, orders
and their rules, refusals, positions, lists. Written from what the broker documents and was seen
to do, not from our code. facts_data.py does the same for calendar, history and market data."""
import base64
import os
import sys
from decimal import ROUND_HALF_UP, Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.desk import DECIMAL, STAMP, UUID, Answer, Desk, cents, is_form  # noqa: E402
from lib.scene import KEYS, check, finish, write  # noqa: E402

UNKNOWN = "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415"
ORDER_KEYS = """id client_order_id created_at updated_at submitted_at filled_at expired_at
    canceled_at failed_at replaced_at replaced_by replaces asset_id symbol asset_class notional qty
    filled_qty filled_avg_price order_class order_type type side position_intent time_in_force
    limit_price stop_price status extended_hours legs trail_percent trail_price hwm""".split()
POSITION_KEYS = """asset_id symbol exchange asset_class asset_marginable qty qty_available
    avg_entry_price side market_value cost_basis unrealized_pl unrealized_plpc
    unrealized_intraday_pl unrealized_intraday_plpc current_price lastday_price
    change_today""".split()
MONEY = """cash equity portfolio_value last_equity buying_power regt_buying_power
    non_marginable_buying_power options_buying_power initial_margin maintenance_margin
    last_maintenance_margin long_market_value short_market_value sma accrued_fees
    pending_reg_taf_fees intraday_adjustments""".split()
FLAGS = """trading_blocked transfers_blocked account_blocked trade_suspended_by_user
    shorting_enabled""".split()


def refused(a, status, code, words, *extras):
    check(isinstance(a, Answer) and a.status == status and a.json.get("code") == code and
          words in a.json["message"] and all(k in a.json for k in extras),
          f"(line {sys._getframe(1).f_lineno}) {status} {code} \"{words}\", not {a}")
    return a.json or {}


def who_asks(d):
    nobody = d.ask("GET", "/v2/account", headers={})
    check(nobody.status == 401 and nobody.headers["Content-Type"].startswith("text/html") and
          nobody.json is None, f"without keys a 401 of the proxy, in HTML: {nobody}")
    wrong = d.ask("GET", "/v2/account", headers={**KEYS, "APCA-API-SECRET-KEY": "x"})
    check(wrong.status == 401 and wrong.json == {"message": "unauthorized."},
          f"a wrong key is 401 without a code: {wrong}")
    pair = base64.b64encode(b"PKTEST:secret").decode()
    check(d.ask("GET", "/v2/account", headers={"Authorization": "Basic " + pair}).status == 200,
          "HTTP Basic is another way")
    a, b = d.ask("GET", "/v2/account"), d.ask("GET", "/v2/account")
    check(a.headers["Content-Type"] == "application/json; charset=UTF-8", "the type of answers")
    check(a.headers["X-Request-ID"] and a.headers["X-Request-ID"] != b.headers["X-Request-ID"],
          "each answer has a request id of its own")
    refused(d.ask("GET", "/v2/nothing"), 404, 40410000, "endpoint not found")


def account(d):
    a = d.get("/v2/account")
    check(is_form(UUID, a["id"]) and a["status"] == "ACTIVE" and a["currency"] == "USD",
          f"an account: {a}")
    check(a["account_number"].startswith("PA"), "a paper account's number begins with PA")
    for k in MONEY:
        check(is_form(DECIMAL, a.get(k)), f"{k} is a decimal string without zeros: {a.get(k)!r}")
    for k in FLAGS:
        check(isinstance(a.get(k), bool), f"{k} is true or false")
    check(a["cash"] == a["equity"] == a["portfolio_value"] == "100000", "it starts with 100 000")
    check(a["multiplier"] == "4" and a["buying_power"] == "400000" and
          a["regt_buying_power"] == "200000", f"multiplier 4: {a['buying_power']}")
    check(is_form(STAMP, a["created_at"]) and is_form(r"\d{4}-\d\d-\d\d", a["balance_asof"]),
          "its times")
    for k in ("pattern_day_trader", "daytrade_count", "daytrading_buying_power"):
        check(k not in a, f"{k} has left the API")


def configurations(d):
    path = "/v2/account/configurations"
    before = d.get(path)
    kinds = {"suspend_trade": bool, "no_shorting": bool, "fractional_trading": bool,
             "disable_overnight_trading": bool, "ptp_no_exception_entry": bool,
             "max_margin_multiplier": str, "trade_confirm_email": str}
    for k, kind in kinds.items():
        check(isinstance(before.get(k), kind), f"{k} is a {kind.__name__}: {before}")
    after = d.ask("PATCH", path, {"suspend_trade": True})
    check(after.status == 200 and after.json == {**before, "suspend_trade": True},
          f"a subset is changed, the whole comes back: {after}")
    refused(d.order(), 403, 40310000, "new orders are rejected by user request")
    check(d.get("/v2/account")["trade_suspended_by_user"] is True, "the account says so too")
    d.ask("PATCH", path, {"suspend_trade": False, "no_shorting": True})
    refused(d.order(side="sell"), 403, 40310000, "account is not allowed to short")
    d.ask("PATCH", path, {"no_shorting": False, "fractional_trading": False})
    refused(d.order(qty="0.5"), 403, 40310000, "fractional trading is disabled for this account")
    a = d.ask("PATCH", path, {"fractional_trading": True, "max_margin_multiplier": "1"})
    check(a.status == 200 and d.get("/v2/account")["multiplier"] == "1" and
          d.get("/v2/account")["buying_power"] == "100000", "margin can be given up")
    check(d.ask("PATCH", path, {"max_margin_multiplier": "3"}).status == 422, "1, 2 or 4")
    d.ask("PATCH", path, {**before, "fractional_trading": True})


def inputs(d):
    """Refusals of what is written, before anything is looked at."""
    bad = [
        ({"qty": "0"}, 40010001, "qty must be > 0"),
        ({"qty": "-1"}, 40010001, "qty must be > 0"),
        ({"qty": None}, 40010001, "qty or notional is required"),
        ({"notional": "10"}, 40010001, "only one of qty or notional is accepted"),
        ({"qty": None, "notional": "0.5"}, 40010001, "notional must be >= 1.00"),
        ({"type": "limit"}, 40010001, "limit orders require a limit price"),
        ({"type": "limit", "limit_price": "0"}, 40010001, "limit price must be > 0"),
        ({"type": "stop"}, 40010001, "stop orders require a stop price"),
        ({"type": "stop_limit", "stop_price": "500"}, 40010001,
         "stop limit orders require both stop and limit price"),
        ({"limit_price": "100"}, 40010001, "market orders require no stop or limit price"),
        ({"type": "trailing_stop"}, 40010001,
         "trailing stop orders must specify one of trail_price or trail_percent"),
        ({"time_in_force": "soon"}, 40010001, "invalid time_in_force"),
        ({"type": "hope"}, 40010001, "invalid order type"),
        ({"side": "hold"}, 40010001, "invalid side"),
        ({"client_order_id": "x" * 129}, 40010001,
         "client_order_id must be no more than 128 characters"),
        ({"client_order_id": "a\0b"}, 40010001, "client_order_id is invalid"),
        ({"type": "limit", "limit_price": "100.123"}, 42210000,
         "invalid limit_price 100.123. sub-penny increment does not fulfill minimum pricing"),
        ({"type": "stop", "stop_price": "500.001"}, 42210000, "invalid stop_price 500.001."),
        ({"type": "limit", "limit_price": "0.12345"}, 42210000, "invalid limit_price 0.12345."),
        ({"qty": "1.5", "time_in_force": "gtc"}, 42210000, "fractional orders must be DAY orders"),
        ({"extended_hours": True}, 42210000,
         "extended hours order must be DAY or GTC limit orders"),
        ({"type": "stop", "stop_price": "500", "extended_hours": True}, 42210000,
         "extended hours order must be DAY or GTC limit orders"),
    ]
    for fields, code, words in bad:
        refused(d.order(**fields), 422, code, words)
    a = d.order(symbol="FACEBOOK")
    check(a.status == 422 and a.json["code"] in (40010001, 42210000) and
          "FACEBOOK" in a.json["message"], f"an unknown symbol: {a}")
    check(d.order(client_order_id="y" * 128, qty=1).status == 200,
          "128 characters are an id, and a number is taken for qty")
    refused(d.order(client_order_id="y" * 128), 422, 40010001, "client_order_id must be unique")
    check(d.ask("POST", "/v2/orders", "{").status == 400, "what is no JSON is 400")


def geometry(d):
    """Brackets: what must be where."""
    p = d.last()
    both = dict(order_class="bracket", take_profit={"limit_price": cents(p, "1.1")},
                stop_loss={"stop_price": cents(p, "0.9")})
    refused(d.order(**{**both, "take_profit": None}), 422, 42210000,
            "bracket orders require take_profit.limit_price")
    a = refused(d.order(**{**both, "take_profit": {"limit_price": cents(p, "0.99")}}), 422,
                42210000, "take_profit.limit_price must be >= base_price + 0.01", "base_price")
    check(is_form(DECIMAL, a.get("base_price")), "base_price is a decimal string")
    refused(d.order(**{**both, "stop_loss": {"stop_price": cents(p, "1.01")}}), 422, 42210000,
            "stop_loss.stop_price must be <= base_price - 0.01")
    refused(d.order(**{**both, "take_profit": {"limit_price": "500.001"}}), 422, 42210000,
            "invalid take_profit.limit_price 500.001.")
    refused(d.order(**{**both, "stop_loss": {"stop_price": "100.001"}}), 422, 42210000,
            "invalid stop_loss.stop_price 100.001.")
    a = d.order(**both, extended_hours=True)
    check(a.status == 422, f"a bracket has no extended hours: {a}")
    a = d.order(**{**both, "time_in_force": "ioc"})
    check(a.status == 422, f"a bracket is day or gtc: {a}")
    a = d.order(order_class="oco", type="limit", side="sell", take_profit={"limit_price": "500"},
                stop_loss={"stop_price": "100"})
    check(a.status in (403, 422), f"an oco is only an exit: {a}")
    a = d.order(order_class="oto", **{k: both[k] for k in ("take_profit", "stop_loss")})
    check(a.status == 422, f"an oto has one leg: {a}")


def words_of_orders(d):
    """What else an order's words are read for."""
    p = d.last("MSFT")
    a = d.get("/v2/assets/MSFT")
    o = d.placed(symbol=a["id"], type="limit", limit_price=cents(p, "0.8"), time_in_force="gtc",
                 client_order_id="gtc-1")
    check(o["symbol"] == "MSFT" and o["asset_id"] == a["id"], "an asset's id is taken for a symbol")
    check(o["expires_at"].startswith("2026-05-31T20:15"), f"gtc: 90 days: {o['expires_at']}")
    d.becomes(o["id"], "new")
    refused(d.ask("PATCH", "/v2/orders/" + o["id"], {"limit_price": cents(p, "0.81"),
                                                     "client_order_id": "gtc-1"}), 422, 40010001,
            "client_order_id must be unique")
    before = Decimal(d.get("/v2/account")["buying_power"])
    b = d.placed(symbol="SPY", type="limit", limit_price="100", qty="3", foo="bar")
    check(before - Decimal(d.get("/v2/account")["buying_power"]) == 300,
          "an open buy reserves what it costs")
    d.ask("DELETE", "/v2/orders/" + b["id"])
    d.becomes(b["id"], "canceled")
    check(Decimal(d.get("/v2/account")["buying_power"]) == before, "and gives it back")
    refused(d.order(position_intent="buy_to_close"), 422, 42210000,
            "position intent mismatch, inferred: buy_to_open, specified: buy_to_close")
    refused(d.order(symbol="SPY", side="sell", type="stop", stop_price=cents(d.last("SPY"), "1.1")),
            422, 42210000, "stop price must be less than current price", "market_price")
    refused(d.order(symbol="MSFT", side="sell", type="limit", limit_price=cents(p, "1.2")), 403,
            40310000, "cannot open a short sell while a long buy order is open")
    n = d.placed(symbol="SPY", qty=None, notional="20")
    a = d.ask("PATCH", "/v2/orders/" + n["id"], {"qty": "2"})
    check(a.status == 422, f"an order by dollars is not changed: {a}")
    refused(d.order(qty=None, notional="20", type="limit", limit_price="100"), 422, 42210000,
            "notional orders must be market orders")
    b = d.placed(symbol="BRK.B", qty="2")
    d.becomes(b["id"], "filled")
    check(d.get("/v2/positions/BRK.B")["qty"] == "2", "a class of shares has a dot")
    check(d.get("/v2/stocks/BRK.B/bars/latest")["symbol"] == "BRK.B", "in its data, too")
    for query in ({"qty": "1", "percentage": "50"}, {"percentage": "101"}, {"qty": "0"},
                  {"qty": "1.0000000001"}):
        a = d.ask("DELETE", "/v2/positions/BRK.B", **query)
        check(a.status == 422, f"closing by {query} is 422, not {a}")
    d.flat()


def extended(d):
    """Before and after the core session."""
    d.at("07:00")
    p = d.last()
    check(not d.clock()["is_open"], "seven in the morning")
    o = d.placed(type="limit", limit_price=cents(p, "1.05"), extended_hours=True)
    w = d.placed(symbol="MSFT", type="limit", limit_price=cents(d.last("MSFT"), "1.05"))
    check(o["extended_hours"] is True and w["status"] == "accepted", f"one of them waits: {w}")
    o = d.becomes(o["id"], "filled")
    check(o["status"] == "filled" and not d.clock()["is_open"], f"bought before the open: {o}")
    check(d.see(w["id"])["status"] == "accepted", "the other one still waits")
    d.opened()
    check(d.becomes(w["id"], "filled", most=20)["status"] == "filled", "and fills at the open")
    d.closed()
    s = d.placed(side="sell", type="limit", limit_price=cents(p, "0.9"), extended_hours=True)
    s = d.becomes(s["id"], "filled")
    check(s["status"] == "filled" and not d.clock()["is_open"], f"sold after the close: {s}")


def one_life(d):
    o = d.placed(qty="7", client_order_id="life-1")
    check(o["status"] in ("pending_new", "accepted"), f"the answer comes first: {o['status']}")
    for k in ORDER_KEYS:
        check(k in o, f"an order has the key {k}")
    check(o["asset_class"] == "us_equity" and o["order_type"] == o["type"] == "market" and
          o["order_class"] in ("", "simple") and o["legs"] is None and o["filled_qty"] == "0" and
          o["position_intent"] == "buy_to_open" and o["qty"] == "7", f"a simple order: {o}")
    for k in ("notional", "limit_price", "stop_price", "filled_avg_price", "filled_at", "replaces",
              "replaced_by", "canceled_at", "hwm"):
        check(o[k] is None, f"{k} is null, not left out")
    check(is_form(UUID, o["id"]) and is_form(UUID, o["asset_id"]) and
          is_form(STAMP, o["submitted_at"]), "its ids and times")
    f = d.becomes(o["id"], "filled")
    check(f["status"] == "filled" and f["filled_qty"] == "7" and
          is_form(DECIMAL, f["filled_avg_price"]) and is_form(STAMP, f["filled_at"]), f"{f}")
    refused(d.ask("DELETE", "/v2/orders/" + o["id"]), 422, 42210000,
            'order is already in "filled" state')
    a = d.ask("PATCH", "/v2/orders/" + o["id"], {"qty": "9"})
    refused(a, 422, 42210000, "unable to replace order, order is not open")
    by = d.get("/v2/orders:by_client_order_id", client_order_id="life-1")
    check(by["id"] == o["id"], "found by the client's id")
    return f


def position(d, f):
    p = d.get("/v2/positions/AAPL")
    for k in POSITION_KEYS:
        check(k in p, f"a position has the key {k}")
    check(p["qty"] == "7" and p["side"] == "long" and p["qty_available"] == "7" and
          p["asset_marginable"] is True, f"seven, long: {p}")
    check(p["avg_entry_price"] == f["filled_avg_price"], "entered at the order's average")
    for k in POSITION_KEYS[7:8] + POSITION_KEYS[9:]:
        check(is_form(DECIMAL, p[k]), f"{k} is a decimal string: {p[k]!r}")
    value, cost, gain = (Decimal(p[k]) for k in ("market_value", "cost_basis", "unrealized_pl"))
    check(value == 7 * Decimal(p["current_price"]) and gain == value - cost, f"it adds up: {p}")
    # The average is rounded to the ninth place, so the cost is known to a few billionths.
    check(abs(cost - 7 * Decimal(p["avg_entry_price"])) < Decimal("0.00000001"), f"the cost: {p}")
    ratio = (gain / cost).quantize(Decimal("1e-16"), ROUND_HALF_UP).normalize()
    check(Decimal(p["unrealized_plpc"]) == ratio, f"a fraction of sixteen places, {ratio}: {p}")
    check(d.get("/v2/positions/" + p["asset_id"])["symbol"] == "AAPL", "by the asset's id as well")
    a = d.get("/v2/account")
    check(Decimal(a["equity"]) == Decimal(a["cash"]) + Decimal(a["long_market_value"]),
          "equity is cash and what is held")
    refused(d.ask("GET", "/v2/positions/MSFT"), 404, 40410000, "position does not exist")
    refused(d.ask("DELETE", "/v2/positions/MSFT"), 404, 40410000, "position does not exist")


def held_and_wash(d):
    high, low = cents(d.last(), "1.2"), cents(d.last(), "0.8")
    refused(d.order(side="sell", qty="8"), 403, 40310000,
            "insufficient qty available for order (requested: 8, available: 7)")
    s = d.placed(side="sell", qty="5", type="limit", limit_price=high, time_in_force="gtc")
    d.becomes(s["id"], "new")
    check(s["position_intent"] == "sell_to_close", f"it closes: {s['position_intent']}")
    check(d.get("/v2/positions/AAPL")["qty_available"] == "2", "five are held for it")
    a = refused(d.order(side="sell", qty="3"), 403, 40310000,
                "insufficient qty available for order (requested: 3, available: 2)", "available",
                "existing_qty", "held_for_orders", "related_orders", "symbol")
    check(a.get("available") == "2" and a.get("existing_qty") == "7" and
          a.get("held_for_orders") == "5" and a.get("related_orders") == [s["id"]], f"why: {a}")
    refused(d.ask("DELETE", "/v2/positions/AAPL"), 403, 40310000, "insufficient qty available")
    a = refused(d.order(), 403, 40310000, "potential wash trade detected", "reject_reason",
                "existing_order_id")
    check(a.get("reject_reason") == "opposite side limit order exists" and
          a.get("existing_order_id") == s["id"], f"a market buy against a limit sale: {a}")
    refused(d.order(type="limit", limit_price=high), 403, 40310000, "potential wash trade detected")
    b = d.placed(type="limit", limit_price=low)
    check(b is not None, "a limit buy below the limit sale crosses nothing")
    everything = d.ask("DELETE", "/v2/orders")
    check(everything.status == 207 and {e["id"] for e in everything.json} == {s["id"], b["id"]} and
          all(e["status"] == 200 for e in everything.json), f"all are cancelled: {everything}")
    check(d.becomes(s["id"], "canceled")["canceled_at"] is not None, "and it is noted when")
    check(d.ask("DELETE", "/v2/orders").json == [], "nothing is open: an empty list")
    refused(d.ask("DELETE", "/v2/orders/" + s["id"]), 422, 42210000,
            'order is already in "canceled" state')
    a = refused(d.order(qty="1000000"), 403, 40310000, "insufficient buying power",
                "buying_power", "cost_basis")
    check(is_form(DECIMAL, a.get("buying_power")) and is_form(DECIMAL, a.get("cost_basis")),
          f"with figures: {a}")


def replacing(d):
    p = d.last("MSFT")
    o = d.placed(symbol="MSFT", qty="4", type="limit", limit_price=cents(p, "0.8"))
    a = d.ask("PATCH", "/v2/orders/" + o["id"], {"qty": "5"})
    check(a.status == 422 and a.json["code"] in (40010001, 42210000),
          f"what is not on the book yet cannot be replaced: {a}")
    d.becomes(o["id"], "new")
    a = d.ask("PATCH", "/v2/orders/" + o["id"], {"qty": "5", "limit_price": cents(p, "0.81"),
                                                  "client_order_id": "again"})
    n = a.json
    check(a.status == 200 and n["id"] != o["id"] and n["replaces"] == o["id"] and
          n["qty"] == "5" and n["client_order_id"] == "again", f"a new order with a new id: {a}")
    old = d.becomes(o["id"], "replaced")
    check(old["status"] == "replaced" and old["replaced_by"] == n["id"] and
          old["replaced_at"] is not None and old["limit_price"] == cents(p, "0.8"), f"{old}")
    check(d.becomes(n["id"], "new")["status"] == "new", "the new one is on the book")
    for body in ({"limit_price": "300.001"}, {"qty": "0"}, {"qty": "1.5"}):
        a = d.ask("PATCH", "/v2/orders/" + n["id"], body)
        check(a.status == 422, f"not replaced by {body}: {a}")
    refused(d.ask("PATCH", "/v2/orders/" + UNKNOWN, {"qty": "2"}), 404, 40410000,
            "order not found for " + UNKNOWN)
    d.ask("DELETE", "/v2/orders/" + n["id"])
    d.becomes(n["id"], "canceled")


def bracket(d):
    p = d.last("SPY")
    o = d.placed(symbol="SPY", qty="10", order_class="bracket", time_in_force="gtc",
                 take_profit={"limit_price": cents(p, "1.3")},
                 stop_loss={"stop_price": cents(p, "0.7"), "limit_price": cents(p, "0.69")})
    profit, loss = sorted(o["legs"], key=lambda leg: leg["type"])
    check(profit["type"] == "limit" and loss["type"] == "stop_limit" and
          profit["status"] == loss["status"] == "held" and profit["legs"] is None and
          profit["side"] == loss["side"] == "sell" and profit["order_class"] == "bracket" and
          loss["limit_price"] == cents(p, "0.69"), f"two legs, held: {o['legs']}")
    check(profit["client_order_id"] and is_form(UUID, loss["client_order_id"]), "legs have ids")
    d.becomes(o["id"], "filled")
    d.step(2)
    check(d.see(profit["id"])["status"] == "new", "behind the entry the target is on the book")
    check(d.see(loss["id"])["status"] == "held", "the stop is held while the target lives")
    check(d.get("/v2/positions/SPY")["qty_available"] == "0", "the shares are reserved once")
    nested = d.get("/v2/orders", status="all", nested="true", symbols="SPY", limit="1")
    check(len(nested) == 1 and len(nested[0]["legs"]) == 2, "nested: the legs are in the parent")
    plain = d.get("/v2/orders", status="all", symbols="SPY")
    check({profit["id"], loss["id"], o["id"]} <= {q["id"] for q in plain}, "else they are orders")
    check(d.see(o["id"])["legs"] is None or len(d.see(o["id"])["legs"]) == 2, "alone")
    a = d.ask("PATCH", "/v2/orders/" + profit["id"], {"limit_price": cents(p, "1.31")})
    check(a.status == 200 and a.json["replaces"] == profit["id"], f"a leg's price moves: {a}")
    moved = d.becomes(a.json["id"], "new") if a.status == 200 else profit
    d.ask("DELETE", "/v2/orders/" + moved["id"])
    d.becomes(moved["id"], "canceled")
    check(d.becomes(loss["id"], "canceled")["status"] == "canceled", "one goes, all go")
    a = d.ask("DELETE", "/v2/positions/SPY", qty="4")
    check(a.status == 200 and a.json["qty"] == "4" and a.json["type"] == "market" and
          a.json["time_in_force"] == "day" and a.json["side"] == "sell", f"four are sold: {a}")
    d.becomes(a.json["id"], "filled")
    a = d.ask("DELETE", "/v2/positions/SPY", percentage="50")
    check(a.status == 200 and a.json["qty"] == "3", f"half of six: {a}")
    d.becomes(a.json["id"], "filled")


def shorts(d):
    refused(d.order(symbol="SPY", side="sell", qty="4"), 403, 40310000,
            "insufficient qty available")
    d.flat()
    o = d.placed(symbol="MSFT", side="sell", qty="3")
    check(o["position_intent"] == "sell_to_open", f"it opens a short: {o['position_intent']}")
    d.becomes(o["id"], "filled")
    p = d.get("/v2/positions/MSFT")
    check(p["qty"] == "-3" and p["side"] == "short" and p["market_value"].startswith("-") and
          p["cost_basis"].startswith("-"), f"a short is negative: {p}")
    check(d.get("/v2/account")["short_market_value"].startswith("-"), "in the account as well")
    a = d.order(symbol="MSFT", side="sell", qty="0.5")
    refused(a, 422, 42210000, "fractional orders cannot be sold short")
    a = d.order(symbol="MSFT", side="buy", qty="5")
    check(a.status == 403, f"short to long is two orders: {a}")
    d.flat()
    s = d.placed(symbol="AAPL", side="sell", qty="1", type="limit",
                 limit_price=cents(d.last(), "1.2"))
    d.becomes(s["id"], "new")
    refused(d.order(type="limit", limit_price=cents(d.last(), "0.9")), 403, 40310000,
            "cannot open a long buy while a short sell order is open")
    d.flat()


def fractions(d):
    o = d.placed(qty="0.123456789")
    f = d.becomes(o["id"], "filled")
    check(f["filled_qty"] == "0.123456789", f"nine decimals: {f['filled_qty']}")
    o = d.placed(qty=None, notional="250.5")
    check(o["qty"] is None and o["notional"] == "250.5", f"by dollars: qty is null: {o}")
    f = d.becomes(o["id"], "filled")
    check(f["status"] == "filled" and abs(float(f["filled_qty"]) * float(f["filled_avg_price"]) -
                                          250.5) < 0.01, f"about that much: {f}")
    a = d.ask("DELETE", "/v2/positions/AAPL", percentage="50")
    check(a.status == 200 and "." in a.json["qty"], f"half of a fraction is one: {a}")
    d.flat()


def trailing(d):
    p = d.last()
    o = d.placed(qty="2")
    d.becomes(o["id"], "filled")
    t = d.placed(side="sell", qty="2", type="trailing_stop", trail_percent="10")
    check(t["trail_percent"] == "10" and t["trail_price"] is None and t["hwm"] is not None,
          f"a trailing stop: {t}")
    t = d.becomes(t["id"], "new")
    check(abs(float(t["hwm"]) * 0.9 - float(t["stop_price"])) < 0.011, f"it trails: {t}")
    a = d.ask("PATCH", "/v2/orders/" + t["id"], {"trail": "5"})
    check(a.status == 200 and a.json["trail_percent"] == "5", f"its trail is changed: {a}")
    check(d.order(qty="1", side="sell", type="trailing_stop", trail_percent="0.05").status == 422,
          "a tenth of a percent at least")
    refused(d.order(type="trailing_stop", trail_price=str(p), trail_percent="1"), 422, 40010001,
            "one of trail_price or trail_percent")
    d.flat()
    o = d.placed(type="limit", limit_price=cents(p, "0.8"), time_in_force="ioc")
    check(d.becomes(o["id"], "canceled", "expired")["status"] in ("canceled", "expired"),
          "immediate or cancel: it cannot rest")
    o = d.placed(qty="3", type="limit", limit_price=cents(d.last(), "1.01"), time_in_force="fok")
    check(d.becomes(o["id"], "filled", "canceled")["status"] == "filled", "all of it at once")
    d.flat()


def lists(d):
    made = []
    for i in range(4):
        made.append(d.placed(symbol="SPY", type="limit", limit_price=f"{20 + i}",
                             time_in_force="gtc")["id"])
        d.step()

    def ids(**query):
        return [o["id"] for o in d.get("/v2/orders", **query)]
    check(ids() == made[::-1], "open ones by default, the newest first")
    check(ids(direction="asc", limit="3") == made[:3], "the oldest three")
    at = d.see(made[1])["submitted_at"]
    check(ids(after=at) == made[:1:-1] and ids(until=at) == made[:1], "after, until: exclusive")
    check(ids(after_order_id=made[1]) == made[:1:-1] and ids(before_order_id=made[1]) == made[:1],
          "after and before an order")
    check(ids(symbols="MSFT,AAPL") == [] and len(ids(symbols="MSFT,SPY")) == 4, "of symbols")
    check(ids(side="sell") == [] and ids(side="buy") == made[::-1], "of a side")
    check(not set(ids(status="closed")) & set(made) and
          set(made) <= set(ids(status="all", limit="500")), "closed ones; all")
    check(d.ask("GET", "/v2/orders", limit="501").status in (200, 422), "500 at most")
    check(d.ask("GET", "/v2/orders", after_order_id=made[0], before_order_id=made[1]).status == 422,
          "not before and after")
    refused(d.ask("GET", "/v2/orders/fake_id"), 422, 40010001, "order_id is missing")
    refused(d.ask("GET", "/v2/orders/" + UNKNOWN), 404, 40410000, "order not found for " + UNKNOWN)
    refused(d.ask("GET", "/v2/orders:by_client_order_id", client_order_id="no such"), 404, 40410000,
            "order not found for no such")
    d.flat()


def night(d):
    """What waits until the market opens."""
    g = d.placed(symbol="SPY", type="limit", limit_price="20", time_in_force="gtc")
    day = d.placed(symbol="SPY", type="limit", limit_price="21")
    check(g["expires_at"] > day["expires_at"], "gtc outlives the day")
    a = d.order(time_in_force="opg")
    refused(a, 403, 40310000, "opg orders must be submitted after 7:00pm and before 9:28am")
    c = d.placed(time_in_force="cls")
    d.at("15:52")
    refused(d.order(time_in_force="cls"), 403, 40310000,
            "cls orders must be submitted after 7:00pm and before")
    d.closed()
    c = d.becomes(c["id"], "filled", most=1)
    check(c["status"] == "filled", f"on close: filled at the close: {c}")
    day = d.becomes(day["id"], "expired", most=1)
    check(day["status"] == "expired" and day["expired_at"], f"the day's order is over: {day}")
    check(not d.clock()["is_open"], "all that before the next morning")
    check(d.see(g["id"])["status"] in ("new", "accepted", "done_for_day"), "gtc is not")
    o = d.placed(symbol="MSFT", qty="2")
    check(o["status"] == "accepted", f"behind the close an order is accepted: {o['status']}")
    a = d.ask("PATCH", "/v2/orders/" + o["id"], {"qty": "3"})
    refused(a, 422, 40010001, "unable to replace order, order isn't sent to exchange yet")
    a = d.ask("DELETE", "/v2/positions", cancel_orders="true")
    check(a.status == 207 and [p["status"] for p in a.json] == [200] and
          a.json[0]["symbol"] == "AAPL" and a.json[0]["body"]["status"] == "accepted",
          f"what is closed at night waits for the morning: {a}")
    check(d.becomes(o["id"], "canceled")["status"] == "canceled", "cancelled with the rest")
    o = d.placed(symbol="MSFT", qty="2")
    d.opened()
    f = d.becomes(o["id"], "filled", most=20)
    check(f["status"] == "filled" and f["filled_at"] > "2026-03-03T14:30:00", f"at the open: {f}")


def main():
    d = Desk("--keys", write("keys", "PKTEST\nsecret\n"), symbols="AAPL,MSFT,SPY,BRK.B")
    who_asks(d)
    account(d)
    d.opened()
    for part in (configurations, inputs, geometry):
        part(d)
    d.flat()
    words_of_orders(d)
    f = one_life(d)
    position(d, f)
    for part in (held_and_wash, replacing, bracket, shorts, fractions, trailing, lists, night):
        try:
            part(d)
        except (KeyError, TypeError, ValueError, IndexError) as e:
            check(False, f"{part.__name__}: {e!r}, line {e.__traceback__.tb_next.tb_lineno}")
    d.stop()
    d = Desk("--extended-hours")
    extended(d)
    d.stop()
    finish()


main()
