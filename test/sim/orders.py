#!/usr/bin/env python3
"""Orders of every kind over a socket: each lives as it should, the options that shape them do
what they say, and an exchange that was killed has the same orders again."""
import os
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.desk import Desk, cents  # noqa: E402
from lib.scene import check, finish, room  # noqa: E402

DAYS = {"start": "2026-03-02", "until": "2026-03-05"}


def filled(d, o, most=20):
    o = d.becomes(o["id"], "filled", "canceled", "expired", "rejected", most=most)
    check(o["status"] == "filled", f"{o['type']} {o['time_in_force']} fills: {o['status']}")
    return o


def kinds(d):
    """One order of each kind; what is still open at the end is returned."""
    auction = d.placed(symbol="SPY", qty="3", time_in_force="opg")
    check(auction["status"] == "accepted", "an order for the opening waits")
    d.opened()
    filled(d, auction)
    p = d.last()
    filled(d, d.placed(qty="20"))
    filled(d, d.placed(type="limit", limit_price=cents(p, "1.05"), time_in_force="ioc"))
    filled(d, d.placed(type="limit", limit_price=cents(p, "1.05"), time_in_force="fok"))
    for tif in ("ioc", "fok"):
        o = d.placed(type="limit", limit_price=cents(p, "0.9"), time_in_force=tif)
        o = d.becomes(o["id"], "canceled", most=3)
        check(o["status"] == "canceled" and o["filled_qty"] == "0", f"{tif} does not wait: {o}")
    n = filled(d, d.placed(symbol="MSFT", qty=None, notional="250.5"))
    check(n["qty"] is None and n["notional"] == "250.5", f"an order by value keeps it: {n}")
    part = Decimal(n["filled_qty"])
    check(abs(part * Decimal(n["filled_avg_price"]) - Decimal("250.5")) < Decimal("0.01"),
          f"and is worth it: {n}")
    held = d.get("/v2/positions/MSFT")
    check(held["qty"] == n["filled_qty"] == held["qty_available"], f"so many are held: {held}")
    a = d.ask("DELETE", "/v2/positions/MSFT", percentage="50")
    check(a.status == 200 and Decimal(a.json["qty"]) * 2 - part in (0, Decimal("-1e-9")),
          f"half of a part is a part: {a}")
    filled(d, a.json)
    a = d.ask("DELETE", "/v2/positions/MSFT")
    filled(d, a.json)
    check(d.ask("GET", "/v2/positions/MSFT").status == 404, "and the rest is closed with it")
    return trailing(d), d.placed(symbol="SPY", side="sell", qty="3", time_in_force="cls")


def trailing(d):
    t = d.placed(side="sell", qty="20", type="trailing_stop", trail_percent="5",
                 time_in_force="gtc")
    t = d.becomes(t["id"], "new", most=3)
    a = d.ask("PATCH", "/v2/orders/" + t["id"], {"trail": "4"})
    check(a.status == 200 and a.json["trail_percent"] == "4" and a.json["replaces"] == t["id"] and
          Decimal(a.json["stop_price"]) > Decimal(t["stop_price"]), f"its trail is changed: {a}")
    t = d.becomes(a.json["id"], "new", most=3)
    best = stop = Decimal(0)
    for _ in range(100):
        d.step()
        o = d.see(t["id"])
        check(Decimal(o["hwm"]) >= best and Decimal(o["stop_price"]) >= stop,
              f"it only goes up: {o}")
        best, stop = Decimal(o["hwm"]), Decimal(o["stop_price"])
        check(best >= d.last(), f"the best price was {best} or more")
        away = best * Decimal("0.96") - stop
        check(0 <= away < Decimal("0.01"), f"four percent below {best}: {stop}")
    return t


def killed():
    """The log of inputs makes the same orders again."""
    log = os.path.join(room(), "orders.state")
    d = Desk("--state", log, "--partial", "50", **DAYS)
    open_ones = kinds(d)
    seen = d.get("/v2/orders", status="all", limit="500", nested="true")
    d.x.process.kill()
    d.x.process.wait()
    d = Desk("--state", log, "--partial", "50", **DAYS)
    check(d.get("/v2/orders", status="all", limit="500", nested="true") == seen,
          "after a kill the orders are the same")
    d.closed()
    o = d.see(open_ones[1]["id"])
    check(o["status"] == "filled", f"the closing order fills with the bell: {o['status']}")
    check(d.see(open_ones[0]["id"])["status"] == "new", "the trailing stop stays")
    d.stop()


def strict():
    d = Desk("--strict", **DAYS)
    for fields in ({"qty": 1}, {"limit_price": 100, "type": "limit"}, {"stop_price": 300.5}):
        a = d.order(**fields)
        key = next(iter(fields))
        check(a.status == 422 and a.json == {"code": 40010001, "message": key +
                                             " must be a string"}, f"{fields}: {a}")
    check(d.order(qty="1").status == 200, "a string is taken")
    d.stop()
    d = Desk(**DAYS)
    check(d.order(qty=1).status == 200, "without --strict a number is taken, too")
    d.stop()


def volume():
    """With a share of the volume a large order takes many ticks, and is whole in the end."""
    d = Desk("--volume-share", "1", "--cash", "100000000", **DAYS)
    d.opened()
    o = d.placed(qty="20000")
    done = []
    for _ in range(400):
        d.step()
        now = Decimal(d.see(o["id"])["filled_qty"])
        if not done or now != done[-1]:
            done.append(now)
        if now == 20000:
            break
    check(done[-1] == 20000 and len(done) > 3, f"in many parts: {done}")
    check(done == sorted(done), "and never backwards")
    d.stop()


def main():
    killed()
    strict()
    volume()
    finish()


main()
