#!/usr/bin/python3
"""A backtest's report in Chromium, from a file: two widths, two themes, by keyboard, asking
nobody."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from browser import (CONTRAST, OUTLINE, SMALL, WIDE, Keys, Page, check, main, room,  # noqa: E402
                     write)
from scene import run  # noqa: E402

INI = write("report.ini", f"""
[store]
folder = {room()}/data
[strategy often]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
[instance quick]
strategy = often
symbols = AAPL MSFT
timeframe = 5m
""")
FILE = os.path.join(room(), "report.html")
done = run("backtest", "-c", INI, "--html", FILE)
check(done.returncode == 0, f"a report is written: {done.stderr}")
p = Page(390, 844)
p.base = "file://" + room()


def widths():
    p.d.get("file://" + FILE)
    for width in (320, 390, 768, 1280):
        p.size(width, 844)
        scroll, client = p.js(WIDE)
        check(scroll <= client, f"at {width} nothing is wider than the page: {scroll} > {client}")
    check(p.js("return document.querySelectorAll('.chart').length") == 4,
          "equity, drawdown, and a chart for each symbol")
    flat = p.js("return [...document.querySelectorAll('.chart svg')].map((e) =>"
                "e.getBoundingClientRect()).filter((r) => r.width < 200 || r.height < 60).length")
    check(flat == 0, "charts have a size")
    check(p.text("h1") == f"Backtest of {INI}", f"what it is of: {p.text('h1')}")


def themes():
    grounds = set()
    for dark in (False, True):
        p.theme(dark)
        grounds.add(p.js("return getComputedStyle(document.body).backgroundColor"))
        check(p.js(CONTRAST) == [], f"dark {dark}: all is readable: {p.js(CONTRAST)}")
    check(len(grounds) == 2, "light and dark differ")


def keyboard():
    p.size(390, 844)
    check(p.js(SMALL) == [], f"what is pressed is large enough: {p.js(SMALL)}")
    p.keys(Keys.TAB)
    while p.js("return document.activeElement.tagName") not in ("SUMMARY", "BODY"):
        p.keys(Keys.TAB)
    check(p.js("return document.activeElement.tagName") == "SUMMARY", "the trades are reached")
    check(p.js(OUTLINE), "and it shows")
    p.keys(Keys.ENTER)
    check(p.js("return document.querySelector('details').open"), "and opened")
    check(p.js(CONTRAST) == [], f"they are readable: {p.js(CONTRAST)}")
    scroll, client = p.js(WIDE)
    check(scroll <= client, "and scroll inside")
    p.clean()


main(widths, themes, keyboard)
