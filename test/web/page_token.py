#!/usr/bin/python3
"""A gambler with a token: the page asks for it, refuses a wrong one, works with the right one."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from browser import Keys, Page, bot, call, check, main  # noqa: E402

TOKEN = "correct-horse-battery-staple-0123456789"
OPEN = "return document.getElementById('ask').open"
b = bot(f"server.token={TOKEN}", name="token")
p = Page(1280, 800)


def api():
    check(call(b, "GET", "/status")[0] == 401, "without the token nothing is told")
    check(call(b, "GET", "/health")[0] in (200, 503), "but /health")
    check(call(b, "GET", "/status", token=TOKEN)[0] == 200, "with it everything is")
    check(call(b, "POST", "/api/v1/pause", {})[0] == 401, "nor is a command taken without it")
    check(call(b, "GET", "/status")[1]["error"]["code"] == "token", "the refusal says why")


def asks():
    p.open(b)
    check(p.until(OPEN, 60), "the page asks for the token")
    check(p.js("return document.getElementById('ask-word').type") == "password", "covered")
    check(p.text("#equity") == "\u2013", "and shows no numbers before")
    p.keys("wrong", Keys.ENTER)
    check(p.until(OPEN + " && document.getElementById('ask-text').textContent.includes('refused')",
                  20), "a wrong one is refused, and it asks again")
    p.keys(TOKEN, Keys.ENTER)
    check(p.until("return document.getElementById('state').textContent === 'running'", 60),
          f"the right one opens: {p.text('#state')}")
    check(not p.js(OPEN), "and no dialog is left")
    check(p.until("return document.querySelector('#trades tbody tr')", 60), "lists come too")
    p.focus("#pause")
    p.keys(Keys.ENTER)
    check(p.until("return document.getElementById('state').textContent === 'paused'", 20),
          "commands go through")
    p.keys(Keys.ENTER)


def remembers():
    p.d.get(p.base + "/")
    check(p.until("return document.getElementById('state').textContent === 'running'", 60),
          "a reload needs no token")
    check(not p.js(OPEN), "and does not ask")
    check(TOKEN not in p.d.current_url, "the token is in no address")
    urls = p.js("return performance.getEntriesByType('resource').map((e) => e.name).join(' ')")
    check(TOKEN not in urls, "nor in a request's")


def gives_up():
    p.js("sessionStorage.clear()")
    p.d.get(p.base + "/")
    p.until(OPEN, 60)
    p.keys(Keys.ESCAPE)
    check(p.until("return document.getElementById('banner').textContent.includes('token')", 20),
          f"who gives none is told so: {p.text('#banner')}")
    time.sleep(1)
    check(not p.js(OPEN), "and is not asked for ever")
    p.clean(allowed=("401",))


main(api, asks, remembers, gives_up)
