#!/usr/bin/env python3
"""Scenario: the exchange's clock in a test's hands (pause, step, jump, speed, real time, a start
in the middle of a day), several accounts, the rate limit, and pages from elsewhere."""
import base64
import datetime
import http.client
import os
import resource
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, Bot, Exchange, Pace, Rest, check, finish, run, wait_for, write  # noqa: E402

FEW = ("--symbols", "AAPL,SPY", "--start", "2024-07-01", "--until", "2024-07-05")
MARKET = {"symbol": "AAPL", "qty": "3", "side": "buy", "type": "market", "time_in_force": "day"}


def clock(x, **wish):
    status, answer = x.rest.call("POST", "/sim/clock", wish)
    check(status == 200, f"{wish} is done: {status} {answer}")
    return answer


def refused(x, words, **wish):
    status, answer = x.rest.call("POST", "/sim/clock", wish)
    check(status == 422 and words in answer["message"], f"{wish} is refused: {status} {answer}")


def keys(key, secret):
    return {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}


def jumps():
    x = Exchange(*FEW)
    c = x.clock()
    check(c["now"] == "2024-07-01T13:25:00Z" and c["n"] == 1, f"five minutes before the open: {c}")
    check(c["next_open"] == "2024-07-01T13:30:00Z" and c["next_close"] == "2024-07-01T20:00:00Z",
          "and it says what comes")
    check(clock(x, to="open")["now"] == "2024-07-01T13:30:00Z", "to the open")
    check(clock(x, to="open")["now"] == "2024-07-01T13:30:00Z", "where it is open already")
    n = x.clock()["n"]
    after = clock(x, step=4)
    check(after["n"] == n + 4 and after["now"] == "2024-07-01T13:31:00Z", f"four steps: {after}")
    status, order = x.rest.call("POST", "/v2/orders", MARKET)
    check(status == 200, f"an order: {order}")
    check(clock(x, advance="15m")["now"] == "2024-07-01T13:46:00Z", "a quarter of an hour")
    filled = x.rest.get("/v2/orders/" + order["id"])
    check(filled["status"] == "filled" and filled["filled_at"] < "2024-07-01T13:31:30Z",
          f"orders fill on the way, when they should: {filled}")
    bars = x.rest.get("/v2/stocks/bars?symbols=AAPL&timeframe=1Min&start=2024-07-01T13:31:00Z")
    check(len(bars["bars"]["AAPL"]) == 15, "and the minutes of the way are there")
    check(clock(x, to="close")["now"] == "2024-07-01T20:00:00Z", "to the close")
    check(clock(x, to="next_open")["now"] == "2024-07-02T13:30:00Z", "to the next open")
    check(clock(x, to="next_open")["now"] == "2024-07-03T13:30:00Z", "and the one behind it")
    check(clock(x, to="close")["now"] == "2024-07-03T17:00:00Z", "a half day's close")
    check(clock(x, to="2024-07-05T09:45:00.5-04:00")["now"] == "2024-07-05T13:45:00.5Z", "a time")
    refused(x, "past", to="2024-07-05T09:45:00-04:00")
    refused(x, "to is a time like", to="tomorrow")
    refused(x, "number of instants", step=0)
    refused(x, "number of instants", step=1.5)
    refused(x, "span of time", advance="-3m")
    refused(x, "speed is", speed=0)
    refused(x, "speed is", speed="slow")
    refused(x, "true or false", pause=1)
    refused(x, "not both", pause=True, resume=True)
    refused(x, "at a time", step=1, to="close")
    refused(x, "are known", stop=True)
    refused(x, "is needed")
    end = clock(x, to="end")
    check(end["end"] and end["now"] == "2024-07-05T20:00:00Z", f"to the end: {end}")
    check(clock(x, step=1)["end"], "behind which nothing comes")
    check(x.stop() == 0, "and it stops")


def lockstep():
    """A jump and a client that joined: each instant waits for it, unless it is the one asking."""
    x = Exchange(*FEW)
    pace = Pace(x, "other")
    answer = []
    asker = threading.Thread(target=lambda: answer.append(
        Rest(x.port).call("POST", "/sim/clock", {"step": 2})))
    asker.start()
    wait_for(lambda: x.clock()["moving"], 60)
    c = x.clock()
    check(c["n"] == 1 and c["moving"] and c["waiting_for"] == ["other"] and not answer,
          f"the step waits for the client that joined: {c}")
    status, words = x.rest.call("POST", "/sim/clock", {"step": 1})
    check(status == 409 and "on its way" in words["message"], f"one at a time: {words}")
    pace.rest.call("POST", "/sim/ack", {"client": "other", "n": 1})
    pace.rest.call("POST", "/sim/ack", {"client": "other", "n": 2, "wait": True})
    asker.join(60)
    check(answer and answer[0][0] == 200 and answer[0][1]["n"] == 3, f"and comes: {answer}")
    c = clock(x, to="close", client="other")
    check(c["now"] == "2024-07-01T20:00:00Z", f"whoever jumps itself is not waited for: {c}")
    clock(x, pause=True)
    x.rest.call("POST", "/sim/ack", {"client": "other", "n": c["n"]})
    time.sleep(0.2)
    check(x.clock()["n"] == c["n"], "paused, it waits although all have acknowledged")
    clock(x, resume=True)
    check(wait_for(lambda: x.clock()["n"] == c["n"] + 1, 60), "and goes on")
    x.stop()


def speeds():
    x = Exchange(*FEW, "--start", "2024-07-01T10:30", speed=10)
    a = clock(x, pause=True)
    check(a["now"].startswith("2024-07-01T14:3") and a["open"] and a["mode"] == "scaled",
          f"--start in the middle of a day: {a}")
    minutes = 30 + int(a["now"][14:16])     # since the open
    bars = x.rest.get("/v2/stocks/bars?symbols=SPY&timeframe=1Min&start=2024-07-01T13:30:00Z")
    check(len(bars["bars"]["SPY"]) == minutes, "the hour before has been played")
    time.sleep(0.3)
    b = x.clock()
    check(a["now"] == b["now"] and b["paused"], f"paused: {a['now']} {b['now']}")
    check(clock(x, step=1)["paused"], "a step leaves it paused")
    began = time.monotonic()
    c = clock(x, resume=True, speed=600)
    check(c["speed"] == 600 and not c["paused"], f"a new speed: {c}")

    def went():
        return (datetime.datetime.fromisoformat(x.clock()["now"][:19]) -
                datetime.datetime.fromisoformat(c["now"][:19])).total_seconds()

    check(wait_for(lambda: went() > 200, 60), f"ten minutes a second: {went()} s")
    far, took = went(), time.monotonic() - began
    check(far < 600 * took + 60, f"and not more: {far} s in {took:.2f} s")
    d = clock(x, speed="max")
    n = d["n"]
    time.sleep(0.2)
    check(d["mode"] == "lockstep" and x.clock()["n"] == n, "lockstep waits for clients")
    x.stop()
    monday = Exchange("--symbols", "SPY", "--start", "2024-07-06T12:00")
    c = monday.clock()
    check(c["now"] == "2024-07-06T16:00:00Z" and not c["open"] and
          c["next_open"] == "2024-07-08T13:30:00Z", f"a start on a Saturday: {c}")
    last = monday.rest.get("/v2/stocks/SPY/trades/latest")["trade"]
    check(last["t"].startswith("2024-07-05T19:59"), f"Friday's last price stands: {last}")
    monday.stop()


def wall():
    """Real time; a restart catches up with what it missed."""
    state = write("real-state", b"")
    os.unlink(state)
    for first in (True, False):
        x = Exchange("--symbols", "SPY", "--state", state, speed="real", name=f"real-{first}")
        before, c, after = time.time(), x.clock(), time.time()
        now = datetime.datetime.fromisoformat(c["now"][:19] + "+00:00").timestamp()
        check(before - 3 < now < after + 3 and c["mode"] == "real", f"now is now: {c}")
        _, head, _ = raw(x, "/v2/account")
        check(head["X-RateLimit-Limit"] == "200" and int(head["X-RateLimit-Remaining"]) == 199,
              f"with the broker's rate limit: {dict(head)}")
        x.process.kill()
        x.process.wait()
    x = Exchange("--symbols", "SPY", speed="real", name="real")
    ahead = clock(x, advance="1h")
    check(ahead["mode"] == "scaled" and ahead["speed"] == 1, f"a jump leaves real time: {ahead}")
    refused(x, "ahead of real time", speed="real")
    x.stop()


def raw(x, path, method="GET", headers=None):
    c = x.rest.c
    c.request(method, path, headers=headers if headers is not None else keys("PK", "s"))
    r = c.getresponse()
    return r.status, r.headers, r.read()


def accounts():
    path = write("accounts", "# two testers\n"
                 "PKONE  one\n\n\tPKTWO two cash=2500.50 multiplier=1 no-shorting\n")
    state = path + "-state"
    x = Exchange(*FEW, "--accounts", path, "--state", state)
    one, two = keys("PKONE", "one"), keys("PKTWO", "two")
    check(x.rest.call("GET", "/v2/account", headers=one)[1]["cash"] == "100000", "the default cash")
    poor = x.rest.call("GET", "/v2/account", headers=two)[1]
    check(poor["cash"] == "2500.5" and poor["multiplier"] == "1" and not poor["shorting_enabled"],
          f"its own cash: {poor}")
    basic = {"Authorization": "Basic " + base64.b64encode(b"PKTWO:two").decode()}
    bearer = {"Authorization": "Bearer PKTWO:two"}
    for head in (basic, bearer):
        status, _, text = raw(x, "/v2/account", headers=head)
        check(status == 200 and poor["id"].encode() in text, f"{head} is the second account")
    for head in (keys("PKONE", "two"), keys("PKTEST", "secret"), {"Authorization": "Bearer x"}):
        check(raw(x, "/v2/account", headers=head)[0] == 401, f"{head} is nobody")
    check(raw(x, "/v2/account", headers={})[1]["Content-Type"] == "text/html", "nobody: HTML")
    clock(x, to="2024-07-01T13:40:00Z")
    status, order = x.rest.call("POST", "/v2/orders", MARKET, headers=two)
    check(status == 200, f"the second buys: {order}")
    clock(x, advance="5m")
    check(len(x.rest.call("GET", "/v2/positions", headers=two)[1]) == 1, "and has its shares")
    check(x.rest.call("GET", "/v2/positions", headers=one)[1] == [], "the first has none")
    check(x.rest.call("GET", "/v2/orders/" + order["id"], headers=one)[0] == 404,
          "and does not see the other's order")
    x.process.kill()
    x.process.wait()
    x = Exchange(*FEW, "--accounts", path, "--state", state, name="again")
    check(len(x.rest.call("GET", "/v2/positions", headers=two)[1]) == 1, "after kill -9, too")
    x.stop()
    for text, words in (("PKONE\n", ":1: a key and a secret are needed: PKONE"),
                        ("# x\nA b\nA c\n", ":3: this key was there before: A"),
                        ("A b cash=-1\n", ":1: cash is dollars"),
                        ("A b multiplier=3\n", ":1: multiplier is 1"),
                        ("A b rich\n", "no-shorting: rich"), ("\n", "no account"),
                        ("".join(f"K{i} s\n" for i in range(17)), ":17: more than 16 accounts")):
        r = run("exchange", "--accounts", write("bad", text))
        check(r.returncode == 2 and words in r.stderr and r.stderr.count("\n") == 1,
              f"{text!r}: {r.returncode} {r.stderr}")
    r = run("exchange", "--accounts", "/nowhere/at/all")
    check(r.returncode == 2 and "cannot be read" in r.stderr, r.stderr)


def reset():
    path = write("resettable", "PKONE one\nPKTWO two cash=2500\n")
    state = path + "-state"
    x = Exchange(*FEW, "--accounts", path, "--state", state, name="reset")
    one, two = keys("PKONE", "one"), keys("PKTWO", "two")
    clock(x, to="2024-07-01T13:40:00Z")
    for head in (one, two):
        x.rest.call("POST", "/v2/orders", {**MARKET, "client_order_id": "mine"}, headers=head)
    rests = x.rest.call("POST", "/v2/orders", {**MARKET, "type": "limit", "limit_price": "9"},
                        headers=two)[1]
    clock(x, advance="5m")
    for body, words in (({"account": "PKTHREE"}, "key of the accounts"), ({"account": 2}, "number"),
                        ({"cash": "-1"}, "cash is"), ({"Account": 1}, "are known")):
        status, answer = x.rest.call("POST", "/sim/reset", body)
        check(status == 422 and words in answer["message"], f"{body}: {status} {answer}")
    check(x.rest.call("POST", "/sim/reset", {"account": "PKTWO", "cash": "750.5"}) ==
          (200, {"reset": [{"account": 1, "cash": "750.5"}]}), "one account begins anew")
    for again in (False, True):
        if again:
            x.process.kill()
            x.process.wait()
            x = Exchange(*FEW, "--accounts", path, "--state", state, name="reset-again")
        account = x.rest.call("GET", "/v2/account", headers=two)[1]
        check(account["cash"] == "750.5" and account["equity"] == "750.5", f"its cash: {account}")
        check(x.rest.call("GET", "/v2/positions", headers=two)[1] == [], "no position")
        check(x.rest.call("GET", "/v2/orders?status=all", headers=two)[1] == [], "no order")
        check(x.rest.call("GET", "/v2/orders/" + rests["id"], headers=two)[0] == 404, "forgotten")
        check(len(x.rest.call("GET", "/v2/positions", headers=one)[1]) == 1, "the other stays")
        shown = x.rest.get("/sim/status")
        check([len(a["positions"]) for a in shown["accounts"]] == [1, 0] and
              [o["client_order_id"] for o in shown["orders"]] == ["mine"],
              "/sim/status shows what is left")
    status, _ = x.rest.call("POST", "/v2/orders", {**MARKET, "client_order_id": "mine"}, two)
    check(status in (200, 403), f"the id is free again: {status}")
    check(len(x.rest.call("POST", "/sim/reset")[1]["reset"]) == 2, "without a body: all accounts")
    check(x.rest.call("GET", "/v2/account", headers=two)[1]["cash"] == "2500", "as they began")
    x.stop()


def killed():
    """kill -9 at any moment: what was answered is kept, and the market goes on where it was."""
    state = write("killed-state", b"")
    os.unlink(state)
    known, n = [], 0
    for i in range(12):
        x = Exchange(*FEW, "--state", state, name=f"killed-{i}")
        c = x.clock()
        check(c["n"] >= n, f"time does not go back: {c['n']} after {n}")
        have = {o["id"] for o in x.rest.get("/v2/orders?status=all&limit=500")}
        check(set(known) <= have, "every order that was answered is there")
        status, o = x.rest.call("POST", "/v2/orders", {**MARKET, "time_in_force": "gtc"})
        check(status == 200, f"an order: {o}")
        known.append(o["id"])
        n = clock(x, step=50)["n"]
        asker = threading.Thread(target=jump_to_nowhere, args=(x.port,))
        asker.start()
        time.sleep(0.003 * i)
        x.process.kill()
        x.process.wait()
        asker.join(10)
    size = os.path.getsize(state)
    check(size < 500000, f"the log of two days is small: {size} bytes")


def jump_to_nowhere(port):
    """Its answer never comes: the exchange is killed on the way."""
    try:
        Rest(port).call("POST", "/sim/clock", {"advance": "2h"})
    except (OSError, http.client.HTTPException):
        pass


def with_a_bot():
    """gambler's own bot, not in the lockstep, follows whatever is done to the clock."""
    x = Exchange("--start", "2024-07-01T10:00", "--until", "2024-07-05", speed=60, name="watched")
    ini = write("bot.ini", "[instance quick]\nstrategy = mean_reversion\nsymbols = AAPL SPY\n")
    b = Bot(ini, "data", connect=x.port).start()
    if not check(b.ready(), f"the bot is ready: {b.said()[-500:]}"):
        return

    def now():
        return datetime.datetime.fromisoformat(b.get("/status")["market"]["now"][:19])

    def near(wanted):
        wanted = datetime.datetime.fromisoformat(wanted[:19])
        return wait_for(lambda: abs((now() - wanted).total_seconds()) < 5, 60)

    c = clock(x, pause=True)
    check(near(c["now"]), f"paused, its time stands: {now()}, not {c['now']}")
    time.sleep(0.5)
    check(near(c["now"]), f"and stays: {now()}, not {c['now']}")
    c = clock(x, to="2024-07-02T11:00:00-04:00")
    check(near(c["now"]), f"a day later: {now()}, not {c['now']}")
    c = clock(x, resume=True, speed="max")
    check(near(c["now"]), f"in lockstep nobody moves it: {now()}, not {c['now']}")
    clock(x, speed=600)

    def apart():
        return (now() - datetime.datetime.fromisoformat(x.clock()["now"][:19])).total_seconds()

    time.sleep(0.5)
    check(wait_for(lambda: abs(apart()) < 120, 60),
          f"at 600 times real time it follows: {apart()} s apart")
    check(b.process.poll() is None and "rror" not in b.said(), f"it runs on: {b.said()[-500:]}")
    b.process.terminate()
    check(b.wait(60) == 0, "and stops when it is told")
    x.stop()
    for key, value, words in (("scenario", "lost-answr", "did you mean 'lost-answer'"),
                              ("faults", write("rules", "request GETT: cut\n"), "rules:1:")):
        r = run("run", "-c", ini, "--set", f"store.folder={b.data}-2", "--set",
                "server.listen=", "--set", f"exchange.{key}={value}")
        check(r.returncode == 1 and words in r.stderr, f"[exchange] {key}: {r.stderr[-300:]}")


def paper():
    """In paper mode a bot takes real time for the market's; of one that goes faster it hears so."""
    ini = write("paper.ini", "[instance quick]\nstrategy = mean_reversion\nsymbols = AAPL SPY\n")
    speed = 20000
    x = Exchange("--start", "2024-07-01T10:00", "--until", "2024-12-31", speed=speed,
                 name=f"fast-{speed}")
    at = f"127.0.0.1:{x.port}"
    b = Bot(ini, f"paper-{speed}", name=f"paper-{speed}")
    b.sets = [w for pair in (("mode", "paper"), ("trading_url", f"http://{at}"),
                             ("data_url", f"http://{at}"), ("stream_url", f"ws://{at}"))
              for w in ("--set", "account.%s=%s" % pair)]
    b.env = {**ENV, "APCA_API_KEY_ID": "PKTEST", "APCA_API_SECRET_KEY": "secret"}
    b.start()
    check(b.ready(), f"at {speed} times real time it starts: {b.said()[-500:]}")
    now = datetime.datetime.fromisoformat(b.get("/status")["market"]["now"][:19])
    check(now.year == 2024, f"in the market's time: {now}")
    b.process.terminate()
    check(b.wait(60) == 0, "and stops when it is told")
    x.stop()


def without_a_market():
    """The exchange inside cannot write its log any more: no market, and no reason to stay up."""
    ini = write("alone.ini", "[instance quick]\nstrategy = mean_reversion\nsymbols = AAPL SPY\n")
    b = Bot(ini, "alone", "exchange.speed=max", name="alone").start()
    if not check(b.ready(), f"it trades on the exchange inside: {b.said()[-500:]}"):
        return
    limit = os.path.getsize(b.log) + 4096       # for its last words
    resource.prlimit(b.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    check(b.wait(60) == 1, f"it ends by itself, as failed: {b.process.returncode}")
    check("exchange.log cannot be written" in b.said(), f"and says why: {b.said()[-500:]}")


def limits():
    x = Exchange(*FEW, "--rate-limit", "5", speed=60)
    for i in range(5):
        status, head, _ = raw(x, "/v2/account")
        check(status == 200 and head["X-RateLimit-Remaining"] == str(4 - i), f"request {i}")
    status, head, text = raw(x, "/v2/account")
    check(status == 429 and b"rate limit exceeded" in text and
          head["X-RateLimit-Remaining"] == "0" and
          0 < int(head["X-RateLimit-Reset"]) - time.time() < 62, f"the sixth: {dict(head)}")
    check(raw(x, "/v2/stocks/SPY/bars/latest")[0] == 200, "market data is counted apart")
    check(raw(x, "/sim/clock")[0] == 200, "and /sim not at all")
    x.stop()
    x = Exchange(*FEW, "--rate-limit", "5")
    check(all(raw(x, "/v2/account")[0] == 200 for _ in range(8)), "no limit in lockstep")
    status, head, text = raw(x, "/v2/account", "HEAD")
    check(status == 200 and int(head["Content-Length"]) > 100 and text == b"", "HEAD")
    check(raw(x, "/v2/account", "OPTIONS")[0] == 405, "OPTIONS is no method of it")
    check(len(head["X-Request-ID"]) == 32, "each answer has its id")
    host = f"127.0.0.1:{x.port}"
    for origin, wanted in ((f"http://{host}", 200), ("http://evil.example", 403), ("null", 403)):
        status = raw(x, "/sim/clock", headers={"Host": host, "Origin": origin})[0]
        check(status == wanted, f"a page of {origin}: {status}")
    x.stop()


jumps()
lockstep()
speeds()
wall()
accounts()
reset()
killed()
with_a_bot()
paper()
without_a_market()
limits()
finish()
