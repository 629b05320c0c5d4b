#!/usr/bin/python3
"""The exchange's own page in Chromium: what it shows is what the exchange says, its buttons move
the clock, on a phone and a desk, in both themes."""
import http.client
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from browser import (CONTRAST, OUTLINE, PALETTE, SMALL, WIDE, Keys, Page, check,  # noqa: E402
                     main, write)
from scene import Exchange  # noqa: E402

ONE = {"APCA-API-KEY-ID": "PKONE", "APCA-API-SECRET-KEY": "one"}
x = Exchange("--symbols", "AAPL,MSFT,SPY", "--start", "2024-07-01T10:00", "--accounts",
             write("accounts", "PKONE one\nPKTWO two cash=25000 multiplier=1 no-shorting\n"))
x.listen = f"127.0.0.1:{x.port}"
p = Page(390, 844)


def order(**fields):
    fields = {"qty": "4", "side": "buy", "type": "market", "time_in_force": "gtc", **fields}
    status, answer = x.rest.call("POST", "/v2/orders", fields, ONE)
    check(status == 200, f"an order: {answer}")
    return answer


def shows(css, words, seconds=30):
    check(p.until("return document.querySelector(arguments[0])?.textContent.includes(arguments[1])",
                  seconds, css, words), f"{css} shows {words!r}: {p.text(css)!r}")


def first():
    last = float(x.rest.call("GET", "/v2/stocks/AAPL/trades/latest", headers=ONE)[1]["trade"]["p"])
    order(symbol="AAPL", order_class="bracket", take_profit={"limit_price": f"{last * 1.05:.2f}"},
          stop_loss={"stop_price": f"{last * 0.95:.2f}"})
    order(symbol="MSFT", type="limit", limit_price="12.5", side="buy")
    x.rest.call("POST", "/sim/clock", {"advance": "5m"})
    p.open(x)
    shows("#now", "Mon 1 Jul 2024 10:05:00")
    shows("#session", "open until 16:00")
    shows("#mode", "lockstep")
    shows("#banner", "stands until a client joins")
    shows("#accounts", "PKTWO")
    shows("#accounts", "25,000.00")
    rows = p.js("return [...document.querySelectorAll('#orders tbody tr')]"
                ".map((r) => [r.cells[0].textContent, r.className])")
    check(rows == [["MSFT", ""], ["AAPL", ""], ["\u21b3 take profit", "leg"],
                   ["\u21b3 stop loss", "leg"]], f"newest first, legs below their entry: {rows}")
    shows("#positions tbody tr", "AAPL")
    shows("#executions tbody tr", "AAPL")
    ladder = p.js("return [...document.querySelectorAll('#ladder li')].map((e) => e.textContent)")
    check(len(ladder) == 3 and "sell" in ladder[0] and ladder[1].startswith("bid ") and
          "held" in ladder[2], f"the book: target, quote, stop: {ladder}")
    p.js("const s = document.getElementById('symbol'); s.value = 'MSFT';"
         "s.dispatchEvent(new Event('change'))")
    shows("#ladder", "12.50")
    shows("#verdict", "duplicate")
    shows("#verdict", "passes")
    shows("#clients", "Nobody")
    shows("#faults", "it behaves")
    status, answer = x.rest.call("POST", "/sim/faults",
                                 {"rules": "request GET /v2/positions #2: status 503 html"})
    check(status == 200, f"a fault: {answer}")
    shows("#faults code", "status 503 html")
    for _ in range(2):
        x.rest.c.request("GET", "/v2/positions", headers=ONE)
        x.rest.c.getresponse().read()
    shows("#faults .hits", "\u00d7 1")


def buttons():
    n = x.clock()["n"]
    p.keys(Keys.TAB)    # who uses the keyboard sees where he is
    p.focus("[data-wish='{\"step\":1}']")
    check(p.js(OUTLINE), "what is focused is outlined")
    p.keys(Keys.ENTER)
    check(p.until("return document.getElementById('n').textContent === arguments[0]", 20,
                  f"{n + 1:,}"), f"a step by keyboard: {p.text('#n')}, not {n + 1}")
    p.js("document.getElementById('pause').click()")
    shows("#mode", "paused")
    shows("#pause", "Resume")
    p.js("document.querySelector(\"[data-wish*='close']\").click()")
    shows("#now", "1 Jul 2024 16:00:00")
    shows("#session", "opens Tue 09:30")
    p.js("const s = document.getElementById('speed'); s.value = '600';"
         "s.dispatchEvent(new Event('change'))")
    p.js("document.getElementById('pause').click()")
    shows("#mode", "\u00d7 600")
    check(x.clock()["speed"] == 600, "the exchange runs as fast as the page says")
    for word in ("Sure?", "Reset"):
        p.js("document.querySelector('[data-reset=\"0\"]').click()")
        shows("[data-reset='0']", word)
    shows("#orders", "No order yet")
    account = x.rest.call("GET", "/v2/account", headers=ONE)[1]
    check(account["cash"] == "100000", f"and the account is new: {account['cash']}")


def looks():
    order(symbol="SPY")
    for width, height in ((390, 844), (320, 640), (1280, 900)):
        p.size(width, height)
        time.sleep(0.3)
        have, room = p.js(WIDE)
        check(have <= room, f"at {width} the page does not scroll sideways: {have} in {room}")
        if width == 390:
            check(p.js(SMALL.replace("a[href]", "select")) == [], "every control is 44 high")
    for dark in (False, True):
        p.theme(dark)
        time.sleep(0.3)
        check(p.js(PALETTE) == [], f"colours, dark {dark}: {p.js(PALETTE)}")
        check(p.js(CONTRAST) == [], f"text is readable, dark {dark}: {p.js(CONTRAST)}")


def small_and_strict():
    total, c = 0, http.client.HTTPConnection("127.0.0.1", x.port, timeout=60)
    for path in ("/", "/exchange.js", "/dom.js", "/app.css", "/exchange.css"):
        c.request("GET", path, headers={"Accept-Encoding": "gzip"})
        r = c.getresponse()
        total += len(r.read())
        rules = r.getheader("Content-Security-Policy") or ""
        check("default-src 'none'" in rules and "unsafe" not in rules, f"{path}: {rules}")
        c.request("GET", path, headers={"If-None-Match": r.getheader("ETag")})
        r = c.getresponse()
        check(r.status == 304 and r.read() == b"", f"{path} is known already: {r.status}")
    check(total <= 12 * 1024, f"the page is at most 12 kB over the wire, not {total}")
    c.request("GET", "/")
    r = c.getresponse()
    check(r.status == 200 and b"<html" in r.read(), "without gzip it is the text itself")


def gone():
    p.clean()
    x.stop()
    check(p.until("return !document.getElementById('banner').hidden", 8), "a banner comes")
    shows("#banner", "does not answer")
    check(re.search(r"numbers of \d\d \w+ \d\d:\d\d", p.text("#banner")), "and says of when")


main(first, buttons, looks, small_and_strict, gone)
