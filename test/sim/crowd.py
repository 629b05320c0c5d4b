#!/usr/bin/env python3
"""Slow and many. CROWD clients (200) who send a byte at a time, or read none, hold the dashboard's
port while gambler trades; the broker's streams are flooded with 50,000 messages a second; DAYS
sessions (2) go by. Orders go out as before, no event of a trade is lost, and memory and
descriptors stay what they were."""
import os
import random
import re
import select
import socket
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Bot, Exchange, check, finish, run, wait_for, write  # noqa: E402
import books  # noqa: E402

CROWD = int(os.environ.get("CROWD", "200"))
DAYS = int(os.environ.get("DAYS", "2"))
SEED = int(os.environ.get("SEED", str(random.randrange(10 ** 6))))
SPEED = 60
ANON_MAX = 16 << 10     # kB that memory may grow by: 64 connections with both buffers, and room
FILES_MAX = 80          # descriptors more: 64 connections, and room
INI = """
[strategy often]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
exit = none
hold = 2m
stop = 20%
target = 50%
[instance quick]
strategy = often
symbols = AAPL MSFT TSLA NVDA AMZN META
timeframe = 1m
sides = both
skip_open = 0
losses_in_row = 1000
orders_per_minute = 100
orders_per_day = 10000
day_loss = 100%
[risk]
day_loss = 100%
"""


class Watch:
    """What a process takes: memory of its own in kB, descriptors."""

    def __init__(self, pid):
        self.pid = pid
        self.first = self.most = self.look()

    def look(self):
        with open(f"/proc/{self.pid}/status") as f:
            anon = int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1))
        return anon, len(os.listdir(f"/proc/{self.pid}/fd"))

    def again(self):
        now = self.look()
        self.most = tuple(max(a, b) for a, b in zip(self.most, now))
        return now

    def grown(self):
        return tuple(b - a for a, b in zip(self.first, self.most))


class Crowd:
    """Slow ones in one thread: each sends a little of a request, or reads no answer."""

    def __init__(self, listen, n, rng):
        host, port = listen.rsplit(":", 1)
        self.address, self.rng = (host, int(port)), rng
        self.ask = (b"GET /status HTTP/1.1\r\nHost: " + listen.encode() + b"\r\nX-Slow: " +
                    b"a" * 200 + b"\r\n\r\n")
        self.refused = self.again = 0
        self.clients = [self.come(i) for i in range(n)]

    def come(self, i):
        s = socket.socket()
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.connect_ex(self.address)
        return {"s": s, "sent": 0, "kind": i % 3, "due": time.monotonic() + self.rng.random()}

    def turn(self):
        now = time.monotonic()
        for i, c in enumerate(self.clients):
            if c["due"] > now:
                continue
            c["due"] = now + 0.2 + self.rng.random()
            try:
                if c["kind"] == 2:      # asks at once, many times, and reads nothing
                    c["s"].send(self.ask)
                    continue
                c["sent"] += c["s"].send(self.ask[c["sent"]:c["sent"] + 1 + c["kind"] * 20])
                if select.select([c["s"]], [], [], 0)[0]:
                    answer = c["s"].recv(400)
                    self.refused += b"503" in answer or b"408" in answer
                    raise ConnectionError
            except BlockingIOError:
                continue
            except OSError:
                c["s"].close()
                self.again += 1
                self.clients[i] = self.come(i)

    def go(self):
        for c in self.clients:
            c["s"].close()


def seconds(text):
    h, m, s = text[11:].rstrip("Z").split(":")
    return int(h) * 3600 + int(m) * 60 + float(s)


def entries(exchange):
    """How long after the bar's end each order came, in real milliseconds."""
    found = [(seconds(o["submitted_at"]), seconds(o["submitted_at"]) % 60)
             for o in exchange.ledger()["orders"] if o.get("parent") is None]
    return [(at, late / SPEED * 1000) for at, late in found]


def slow_clients(ini):
    x = Exchange("--start", "2024-10-01T09:30", "--until", "2024-10-01", speed=SPEED, name="slow")
    bot = Bot(ini, "slow", connect=x.port, name="slow").start()
    check(bot.ready(), f"it trades: {bot.said()[-300:]}")
    rng = random.Random(SEED)
    time.sleep(8)
    before, watch = entries(x), Watch(bot.process.pid)
    began = seconds(x.clock()["now"])
    crowd = Crowd(bot.listen, CROWD, rng)
    until = time.monotonic() + 14       # more than the 10 seconds that a head may take
    looked = time.monotonic()
    while time.monotonic() < until:
        crowd.turn()
        time.sleep(0.01)
        if time.monotonic() - looked > 1:
            looked = time.monotonic()
            watch.again()
    during = [e for e in entries(x) if e[0] > began]
    crowd.go()
    check(len(before) >= 3 and len(during) >= 3,
          f"orders go out before ({len(before)}) and while the crowd is there ({len(during)})")
    check(crowd.again > 0, "who is slow is sent away")
    memory, files = watch.grown()
    check(memory < ANON_MAX, f"memory grew by {memory} kB with {CROWD} clients")
    check(files < FILES_MAX, f"{files} descriptors more with {CROWD} clients")
    quiet, crowded = (statistics.median(e[1] for e in part) for part in (before, during))
    # A generous bound, as machines are busy: a thread that was held up would need seconds.
    check(crowded < quiet + 400, f"from a bar's end to its order: {quiet:.1f} ms before, "
                                 f"{crowded:.1f} ms with the crowd")
    check(wait_for(lambda: bot.get("/health")["status"] == "ok", 15, 0.2),
          "the dashboard answers again")
    check("thread.hung" not in bot.said(), "no thread hung")
    bot.process.terminate()
    check(bot.wait(60) == 0, "it stops when it is told to")
    x.stop()
    print(f"crowd: {CROWD} slow clients, {crowd.again} sent away, {crowd.refused} with a word; "
          f"bar's end to order {quiet:.1f} ms before, {crowded:.1f} ms with them; "
          f"+{memory} kB, +{files} descriptors")


def flood(ini):
    x = Exchange("--start", "2024-10-01T09:30", "--until", "2024-10-01", speed=SPEED, name="flood")
    bot = Bot(ini, "flood", connect=x.port, name="flood").start()
    check(bot.ready(), f"it trades: {bot.said()[-300:]}")
    time.sleep(2)
    watch = Watch(bot.process.pid)
    # Of 60 times real time: ten of 5,000 a second, and half as many of the other stream.
    x.rest.c.request("POST", "/sim/faults", "stream data every=6s: flood 5000\n"
                     "stream trading every=12s: flood 5000\n", {"Content-Type": "text/plain"})
    answer = x.rest.c.getresponse()
    check(answer.status == 200, f"the flood is ordered: {answer.read()}")
    answer.read()
    began = time.monotonic()
    while time.monotonic() - began < 10:
        time.sleep(0.5)
        watch.again()
    spent = time.monotonic() - began
    fired = [r["fired"] for r in x.rest.get("/sim/faults")["rules"]]
    n = sum(fired) * 5000
    x.rest.call("DELETE", "/sim/faults")
    memory, files = watch.grown()
    check(n > 100000, f"a flood was there: {n} messages in {spent:.1f} s")
    check(memory < ANON_MAX, f"memory grew by {memory} kB in the flood")
    check(files < 16, f"{files} descriptors more in the flood")
    check(run("flatten", *bot.common).returncode == 0, "it is told to close everything")
    check(wait_for(lambda: x.rest.get("/v2/positions") == [], 60, 0.2), "flat at last")
    time.sleep(1)                       # until the last event is written
    bot.process.terminate()
    check(bot.wait(60) == 0, "it stops when it is told to")
    executed = x.ledger()["executions"]
    told = books.fills_of(bot, bot.trades())
    check(len(executed) > 0 and told, "there were trades")
    books.same_fills(x.ledger(), told, False)
    x.stop()
    print(f"crowd: {n} messages in {spent:.1f} s of flood ({n / spent:.0f} a second), "
          f"{len(executed)} executions; +{memory} kB, +{files} descriptors")


def soak(ini):
    x = Exchange("--start", "2024-09-03", "--symbols", "AAPL,MSFT,TSLA,NVDA,AMZN,META,SPY",
                 name="soak")
    bot = Bot(ini, "soak", "exchange.speed=max", connect=x.port, name="soak").start()
    check(bot.ready(60), f"it trades: {bot.said()[-300:]}")
    days, marks, watch = [], [], None

    def new_day():
        clock = x.clock()["now"][:10]
        return bot.process.poll() is not None or clock not in days and clock
    while len(days) < DAYS + 1 and bot.process.poll() is None:
        day = wait_for(new_day, 120, 0.02)
        if not isinstance(day, str):
            break
        days.append(day)
        # The first day fills what is kept: it is from its end on that nothing may grow.
        watch = watch if len(days) != 2 else Watch(bot.process.pid)
        marks.append(watch.again() if watch is not None else None)
    bot.process.terminate()
    check(bot.wait(60) == 0, "it stops when it is told to")
    check(len(days) == DAYS + 1, f"{DAYS} sessions went by: {days}")
    memory, files = watch.grown()
    check(memory < 4096, f"memory of its own grew by {memory} kB in {len(days) - 1} days: {marks}")
    check(files < 8, f"{files} descriptors more: {marks}")
    x.stop()
    print(f"crowd: {DAYS} days: +{memory} kB, +{files} descriptors; {watch.first[0]} kB, "
          f"{watch.first[1]} descriptors after the first")


print(f"crowd: SEED={SEED}")
the_ini = write("crowd.ini", INI)
slow_clients(the_ini)
flood(the_ini)
soak(the_ini)
finish()
