#!/usr/bin/python3
"""The page in Chromium: two widths, two themes, by keyboard, live, through a restart."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from browser import (CONTRAST, OUTLINE, PALETTE, SMALL, WIDE, Keys, Page, bot, call,  # noqa: E402
                     check, main)

RUNNING = "return document.getElementById('state').textContent === 'running'"
b = bot()
p = Page(360, 740)


def first():
    p.open(b)
    check(p.until(RUNNING, 60), f"the page says running: {p.text('#state')}")
    check(p.until("return document.querySelector('#trades tbody tr')", 60), "trades are listed")
    check(p.until("return document.querySelector('#positions tbody tr')", 60),
          "positions are listed")
    check(p.js("return document.documentElement.lang") == "en", "the page has a language")
    heads = p.js("return [...document.querySelectorAll('h1,h2,h3')]"
                 ".filter((e) => e.checkVisibility()).map((e) => +e.tagName[1])")
    check(heads[0] == 1 and all(y - x <= 1 for x, y in zip(heads, heads[1:])),
          f"headings are in order: {heads}")
    check(p.js("return [...document.querySelectorAll('table')].every((t) => t.caption &&"
               "[...t.querySelectorAll('th')].every((h) => h.scope === 'col'))"),
          "tables have captions and heads with a scope")


def widths():
    for width, height in ((360, 740), (320, 640), (1280, 800), (640, 400)):
        p.size(width, height)
        time.sleep(0.4)
        have, room = p.js(WIDE)
        check(have <= room, f"at {width} the page does not scroll sideways: {have} in {room}")
        if width == 360:
            check(p.js(SMALL) == [], f"at 360 every control is 44 high: {p.js(SMALL)}")
            for e in ("#halt", "#day"):
                y = p.js("return document.querySelector(arguments[0])"
                         ".getBoundingClientRect().bottom", e)
                check(y < 740, f"{e} is in sight without scrolling")
        if width == 1280:
            check(p.js("return [...document.querySelectorAll('.table')]"
                       ".every((t) => t.scrollWidth <= t.clientWidth)"),
                  "at 1280 no table is cut")


def themes():
    for dark in (False, True):
        p.theme(dark)
        time.sleep(0.3)
        check(p.js(PALETTE) == [], f"colours, dark {dark}: {p.js(PALETTE)}")
        check(p.js(CONTRAST) == [], f"text is readable, dark {dark}: {p.js(CONTRAST)}")
    p.theme(False)


def keyboard():
    p.size(1280, 800)
    p.d.get(p.base + "/")
    p.until(RUNNING, 60)
    p.keys(Keys.TAB)
    check(p.focused() == "Skip to content", f"first the skip link, not {p.focused()}")
    check(p.js("return document.activeElement.getBoundingClientRect().left >= 0"),
          "the skip link is seen when it has the focus")
    order = []
    for _ in range(3):
        p.keys(Keys.TAB)
        order.append(p.focused())
        check(p.js(OUTLINE), f"the focus on {p.focused()} is seen")
    check(order == ["pause", "halt", "flatten"], f"then pause, halt, flatten: {order}")
    p.focus(".skip")
    p.keys(Keys.ENTER)
    check(p.focused() == "main", f"the skip link leads to the content, not to {p.focused()}")


def halting():
    p.focus("#halt")
    p.keys(Keys.ENTER)
    check(p.until("return document.getElementById('halt').textContent === 'Resume'", 20),
          "halted by Enter, and shown")
    check(call(b, "GET", "/status")[1]["kill"] == "halt", "gambler is halted")
    check("halt" in (p.visible_text("#banner") or ""), "the banner says so")
    check(p.focused() == "halt", "the focus stays on the button")
    p.keys(Keys.ENTER)
    check(p.until(RUNNING, 20), "resumed by Enter, and shown")


def funnel():
    css = "#instances [data-key=card-waits] summary"
    p.focus(css)
    seen = p.text(css)
    p.keys(Keys.ENTER)
    check(p.js("return document.querySelector('[data-key=card-waits] details').open"),
          "the funnel unfolds by Enter")
    check(p.until("return document.querySelector(arguments[0]).textContent !== arguments[1]", 60,
                  css, seen), "the funnel counts on")
    check(p.js("return document.querySelector('[data-key=card-waits] details').open"),
          "and stays unfolded")
    check(p.js("return document.activeElement.tagName") == "SUMMARY", "and keeps the focus")
    check(p.js("return document.querySelectorAll('.funnel meter').length") > 0,
          "it names conditions")


def why():
    p.focus("#positions button.link")
    who = p.focused()
    p.keys(Keys.ENTER)
    check(p.until("return document.getElementById('why').open &&"
                  "document.querySelectorAll('#why-body li').length > 3", 20), "why opens by Enter")
    check(p.js(CONTRAST) == [], f"why is readable: {p.js(CONTRAST)}")
    p.keys(Keys.TAB)
    check(p.js("return document.getElementById('why').contains(document.activeElement) ||"
               "document.activeElement === document.body"), "the focus stays within")
    time.sleep(1)
    p.keys(Keys.ESCAPE)
    check(not p.js("return document.getElementById('why').open"), "why closes by Escape")
    check(p.focused() == who, f"the focus is back on {who}, not on {p.focused()}")


def live():
    for what, state in (("pause", "paused"), ("resume", "running")):
        status, _ = call(b, "POST", "/api/v1/" + what, {"instance": "quick"})
        check(status == 202, f"{what} is accepted: {status}")
        check(p.until("return document.querySelector('[data-key=card-quick] .title')"
                      ".textContent.includes(arguments[0])", 20, state),
              f"{what} by another is seen")
    last = "return document.querySelector('#foot').textContent"
    before = p.js(last)
    check(p.until(last + " !== arguments[0]", 20, before), "the page moves by itself")


def flatten():
    p.focus("#flatten")
    p.keys(Keys.ENTER)
    check(p.until("return document.getElementById('ask').open", 20), "flatten asks for the word")
    p.keys("yes", Keys.ENTER)
    check(p.until("return document.getElementById('banner').textContent.includes('Not flatt')", 20),
          "another word does nothing, and that is said")
    p.focus("#flatten")
    p.keys(Keys.ENTER)
    p.keys(Keys.ESCAPE)
    time.sleep(0.5)
    check(call(b, "GET", "/status")[1]["kill"] == "run", "Escape does nothing")
    p.keys(Keys.ENTER)
    p.until("return document.getElementById('ask').open", 20)
    p.keys("flatten", Keys.ENTER)
    check(p.until("return document.getElementById('state').textContent === 'flatten'", 20),
          f"the word flattens: {p.text('#state')}")
    check(p.until("return document.getElementById('n-positions').textContent === '0'", 60),
          f"and all is sold: {p.text('#n-positions')}")
    call(b, "POST", "/api/v1/resume", {})
    check(p.until(RUNNING, 20), "resume by another is seen")


def unknown():
    dashes = p.js("return [money(null), money('x'), price(undefined), span(null), count(null),"
                  "change(null).textContent, words(null), instant(null), time(null).textContent,"
                  "change('1', null).textContent]")
    check(dashes[:9] == ["\u2013"] * 9, f"what is not known is a dash: {dashes}")
    check("NaN" not in dashes[9] and "\u25b2 +1.00" == dashes[9], f"gains: {dashes[9]}")
    check(p.js("return money('-0.001')") == "0.00", "no minus before zero")
    check(p.js("return change('-1234.5').textContent") == "\u25bc \u22121,234.50",
          "losses have arrow, sign and separators")
    shown = p.js("return document.body.innerText")
    check(not any(w in shown for w in ("NaN", "undefined", "null", "Infinity")),
          "the page shows no NaN")


def injection():
    evil = "<b>x</b><img src=x onerror=document.title='owned'>"
    # What it looks like is asked in the same breath: an answer that was on its way may come behind.
    name, orders, trades, made = p.js(
        "const s = structuredClone(state.status); s.instances[0].name = arguments[0];"
        "s.instances[0].symbols = [arguments[0]]; s.links.trouble = arguments[0];"
        "s.state = 'disconnected'; s.positions = []; s.trades_seq = state.trades;"
        "s.orders_seq = state.orders;"
        "state.stream.abort(); state.refused = true;"
        "show('trades', [{ symbol: arguments[0], trade: arguments[0],"
        " exit_reason: arguments[0] }]);"
        "show('orders', [{ symbol: arguments[0], client_order_id: 'x', status: 'refused',"
        " refusal: { message: arguments[0] } }]); onStatus(s);"
        "const text = (q) => document.querySelector(q).textContent;"
        "return [text('#instances h3'), text('#orders'), text('#trades'),"
        " document.querySelectorAll('main img, #instances b').length];", evil)
    time.sleep(0.3)
    check(evil in name, "a name with tags is shown as text")
    check(made == 0, "it makes no elements")
    check(evil in orders and evil in trades, "so are the broker's words")
    check("owned" not in p.d.title, "and runs nothing")
    p.d.get(p.base + "/")
    p.until(RUNNING, 60)


def restart():
    p.clean()
    p.js("window.kept = 1")
    killed = time.monotonic()
    b.kill()
    ok = p.until("const t = document.getElementById('banner'); return !t.hidden &&"
                 "t.textContent.includes('No word')", 60)
    check(ok, f"after its death the banner says so: {p.visible_text('#banner')}")
    print(f"page.py: the banner came after {time.monotonic() - killed:.1f} s")
    check(p.js("return document.body.classList.contains('old')"), "the numbers are marked as old")
    check(p.js(CONTRAST) == [], f"and are still readable: {p.js(CONTRAST)}")
    b.start()
    check(b.ready(), "it starts again")
    check(p.until("return document.getElementById('banner').hidden &&"
                  "document.getElementById('state').textContent === 'running'", 60),
          f"the page comes back by itself: {p.visible_text('#banner')}")
    check(p.js("return window.kept") == 1, "without being loaded again")
    p.clean(allowed=("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING",
                     "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"))


main(first, widths, themes, keyboard, halting, funnel, why, live, flatten, unknown, injection,
     restart)
