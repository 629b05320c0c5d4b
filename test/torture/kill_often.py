#!/usr/bin/env python3
"""kill_often.py [KILLS]: gambler is killed KILLS times (10000), by SIGKILL, through real sockets
and the real file, and started again at once; the market stands still meanwhile. A life lasts a
fifth of a second: the moment is drawn over the start, behind the lines of the log that tell of
orders and fills, at checkpoints, behind a SIGTERM, or anywhere. What it was doing is read
afterwards from its store and the exchange's orders. At each kill the exchange's verdict is asked,
at every tenth the store is read whole, and when a day has ended the books must be the exchange's,
fill by fill. 10,000 take 20 minutes of processor time and more of waiting; JOBS (the cores) days at
a time. SEED repeats the draws (of DAY, if given: that day alone), not the instants."""
import collections
import ctypes
import datetime
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sim", "lib"))
import scene  # noqa: E402
from scene import Bot, Exchange, check, finish, run, write  # noqa: E402
import books  # noqa: E402

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
JOBS = int(os.environ.get("JOBS", os.cpu_count()))
MARKET = ["--symbols", "AAPL,NVDA,QQQ", "--cash", "250000", "--partial", "40"]
EACH = """strategy = often
sides = both
timeframe = 1m
skip_open = 0s
benchmark = none
day_loss = 100%
losses_in_row = 1000
orders_per_minute = 200
orders_per_day = 10000
"""
# Stops that are moved, and a symbol that two trade; not both: the broker sees wash trades then.
INI = scene.OFTEN + f"""
[instance moves]
symbols = NVDA QQQ
level_base = fill
{EACH}
[instance one]
symbols = AAPL
{EACH}
[instance two]
symbols = AAPL
{EACH}
"""
# What a kill can fall into: the first of them that is so is counted.
PHASES = ("start", "checkpoint", "shutdown", "entry committed", "entry sent", "fill not booked",
          "stop under way", "exit under way", "report not booked", "between")
KINDS = ("checkpoint", *("start",) * 4, *("order",) * 6, *("fill",) * 3, *("term",) * 2,
         *("any",) * 3)
OPENED = 0x20                           # inotify: IN_OPEN


class Watched(Bot):
    """Its log comes through a pipe, so that a line can be answered at once."""

    def start(self):
        self.text, self.pipe = "", os.pipe()
        self.process = scene.start(["run", *self.common, *self.sets], stdout=self.pipe[1],
                                   stderr=self.pipe[1])
        os.close(self.pipe[1])
        self.began = time.monotonic()
        return self

    def hear(self, until, extra=()):
        """What has been said meanwhile, as late as `until`; None: it has ended."""
        wait = max(0, until - time.monotonic())
        ready = select.select([self.pipe[0], *extra], [], [], wait)[0]
        if self.pipe[0] not in ready:
            return ""
        more = os.read(self.pipe[0], 65536).decode(errors="replace")
        self.text += more
        return more or None

    def bury(self):
        scene.children.remove(self.process)
        self.process.wait()
        while self.hear(0):             # a child of its may still have the pipe
            pass
        os.close(self.pipe[0])
        with open(self.log, "a") as f:
            f.write(self.text)
        return self.process.returncode


class Folder:
    """The files of the checkpoints, as they are opened."""

    def __init__(self, path):
        os.makedirs(path, 0o700, exist_ok=True)
        self.fd = scene.libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        scene.libc.inotify_add_watch(self.fd, path.encode(), ctypes.c_uint32(OPENED))

    def close(self):
        os.close(self.fd)


def at(bot, moment):
    """Up to that moment; False: it has ended before."""
    while time.monotonic() < moment:
        if bot.hear(moment) is None:
            return False
    return True


def lines(bot, word, count, seconds):
    """Until so many lines with that word have come."""
    until = time.monotonic() + seconds
    while count > 0 and time.monotonic() < until:
        more = bot.hear(until)
        if more is None:
            return False
        count -= more.count(word)
    return True


def checkpoint(bot, rng, folder):
    """It is asked to end, and opens the file of a checkpoint."""
    watch = Folder(folder)
    try:
        if not at(bot, time.monotonic() + rng.random() * 0.05):
            return False
        bot.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + 1
        while time.monotonic() < until and not select.select([watch.fd], [], [], 0)[0]:
            if bot.hear(until, (watch.fd,)) is None:
                return False
    finally:
        watch.close()
    return True


def await_moment(bot, kind, rng, folder):
    """Until it is to be killed; False: it has ended by itself."""
    now = time.monotonic
    if kind == "start":
        return at(bot, now() + rng.random() * 0.12)
    if not lines(bot, "wire.ready", 1, 20):
        return False
    if kind == "checkpoint":
        return checkpoint(bot, rng, folder) and at(bot, now() + rng.random() * 0.0005)
    if kind == "order":
        return lines(bot, " order.submit ", rng.randrange(1, 7), 5) and \
            at(bot, now() + rng.choice((0, 0.0005, 0.006)) * rng.random())
    if kind == "fill":
        return lines(bot, " fill ", rng.randrange(1, 7), 5) and \
            at(bot, now() + 0.004 * rng.random())
    if not at(bot, now() + rng.random() * 0.1):
        return False
    if kind == "term":
        bot.process.send_signal(signal.SIGTERM)
        return at(bot, now() + rng.random() * 0.03)
    return True


def in_checkpoint(folder, killed):
    """It was at one: of its two files one is cut off, or was written just before (the kernel's
    clock for files goes in steps of four milliseconds)."""
    files = collections.defaultdict(list)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        files[name[:-2]].append(os.stat(os.path.join(folder, name)))
    return any(len({f.st_size for f in two}) > 1 or max(f.st_mtime for f in two) > killed - 0.005
               for two in files.values())


def under_way(order, theirs):
    """Which phase an order is in; None: both sides know the same."""
    if order["stage"] == "intent":
        if order["role"] == "entry":
            return "entry sent" if theirs else "entry committed"
        return "exit under way" if order["role"] == "exit" else "stop under way"
    if theirs and float(theirs["filled_qty"]) > float(order["filled_qty"]):
        return "fill not booked"
    if theirs and order["stage"] != "done" and \
            theirs["status"] in ("canceled", "filled", "expired", "replaced"):
        return "report not booked"
    return None


def phase(bot, exchange, kind, folder, killed):
    """What it was doing when it died, by its store and the exchange."""
    if "wire.ready" not in bot.text:
        return "start"
    if in_checkpoint(folder, killed):
        return "checkpoint"
    if kind in ("term", "checkpoint"):
        return "shutdown"
    theirs = {}
    for o in exchange.rest.get("/v2/orders?status=all&limit=200&nested=false"):
        theirs[o["id"]] = theirs[o["client_order_id"]] = o
    found = set()
    for o in bot.ask("orders", "--limit", "80"):
        found.add(under_way(o, theirs.get(o["client_order_id"]) or theirs.get(o["id"])))
    return next((p for p in PHASES if p in found), "between")


def to_the_end(bot):
    """Of the day; False: it hangs."""
    said = True
    while said:
        said = bot.hear(time.monotonic() + 60)
    return check(said is None, f"the day goes on: {bot.text[-300:]}")


def day(number, goal, counts):
    """A trading day in as many lives as it takes, killed up to `goal` times."""
    rng = random.Random(f"{SEED}-{number}")
    date = datetime.date(2024, 1, 9) + datetime.timedelta(weeks=rng.randrange(48))
    exchange = Exchange(*MARKET, "--start", str(date), "--until", str(date), "--seed",
                        str(rng.randrange(1, 10000)), name=f"exchange-{number}")
    bot = Watched(ini, f"day-{number}", "exchange.speed=max", connect=exchange.port,
                  name=f"day-{number}")
    folder = os.path.join(bot.data, "sim", "checkpoint")
    kills, instants, failed = 0, [], scene.counted["failed"]
    while True:
        kind = rng.choice(KINDS)
        bot.start()
        if kills == goal or scene.counted["failed"] > failed:
            kills_it = not to_the_end(bot)
        else:
            kills_it = await_moment(bot, kind, rng, folder)
        killed = time.time()
        if kills_it:
            bot.process.kill()
        code = bot.bury()
        if code != -signal.SIGKILL:
            # With the market, or because it was asked to, and before it was killed.
            check(code == 0, f"it ends by itself with 0, not with {code}: {bot.text[-300:]}")
            if code != 0 or "market.ended" in bot.text:
                break
            continue
        if kills == goal:
            break
        kills += 1
        counts[phase(bot, exchange, kind, folder, killed)] += 1
        verdict = exchange.verdict()
        instants.append(verdict["now"])
        books.judged(verdict, books.bare_for(verdict, instants), wash=True)
        if kills % 10 == 0:
            r = run("verify", *bot.common, *bot.sets)
            check(r.returncode == 0, f"the store is whole after kill {kills}: {r.stdout[-200:]}")
    bare = books.bare_for(exchange.verdict(), instants)
    _, ledger = books.settled(exchange, bot, exactly=False, naked=bare, least=3, wash=True)
    exchange.stop()
    scene.children.clear()
    if scene.counted["failed"] == failed:
        shutil.rmtree(bot.data)         # hundreds of days would not fit
    return kills, len(ledger["executions"])


def worker(first, step, goal):
    """Days first, first + step, ... until they have had so many kills; a line of JSON for each."""
    for number in range(first, sys.maxsize, step):
        failed, counts = scene.counted["failed"], collections.Counter()
        kills, executions = day(number, goal, counts)
        goal -= kills
        print(json.dumps({"kills": kills, "executions": executions, "phases": counts,
                          "failed": scene.counted["failed"] > failed}), flush=True)
        if scene.counted["failed"] > failed:
            os.environ["KEEP"] = "1"
            print(f"again: SEED={SEED} DAY={number} test/torture/kill_often.py; its folders are "
                  f"kept in {scene.room()}", flush=True)
        if goal <= 0 or "DAY" in os.environ:
            finish()


def all_days():
    """JOBS of them at a time, each in a process of its own."""
    began = time.monotonic()
    jobs = [subprocess.Popen([sys.argv[0], str(KILLS // JOBS + (i < KILLS % JOBS))],
                             env={**os.environ, "SEED": str(SEED), "WORKER": f"{i} {JOBS}"},
                             stdout=subprocess.PIPE, text=True) for i in range(JOBS)]
    total, said = collections.Counter(), time.monotonic()
    for job in jobs:
        scene.children.append(job)
    left = {job.stdout: job for job in jobs}
    while left:
        for out in select.select(list(left), [], [])[0]:
            line = out.readline()
            if line == "":
                total["ended"] += left.pop(out).wait() in (0, 1)
            elif line[0] == "{":
                one = json.loads(line)
                total.update(one["phases"])
                total.update(days=1, kills=one["kills"], executions=one["executions"],
                             failed=one["failed"])
            elif not line.startswith("kill_often.py: ") or ": not so" in line:
                print(line, end="", flush=True)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(f"{total['kills']} kills in {(said - began) / 60:.0f} minutes", flush=True)
    print(f"kill_often.py: {total['kills']} kills in {total['days']} days with "
          f"{total['executions']} executions, {(time.monotonic() - began) / 60:.1f} minutes, "
          f"SEED={SEED}")
    for p in PHASES:
        print(f"  {total[p]:6} {p}")
    if KILLS >= 1000:
        check(all(total[p] > 0 for p in PHASES), "there was a kill in each phase")
    check(total["kills"] >= KILLS, f"it was killed {KILLS} times: {total['kills']}")
    check(total["ended"] == JOBS, f"each process has come to its end: {total['ended']} of {JOBS}")
    check(total["failed"] == 0, f"each day was as it must be: {total['failed']} were not")
    finish()


ini = write("often.ini", INI)
if "WORKER" in os.environ:
    worker(*map(int, os.environ["WORKER"].split()), KILLS)
elif "DAY" in os.environ:
    print(f"kill_often.py: SEED={SEED}")
    worker(int(os.environ["DAY"]), 1, KILLS)
else:
    print(f"kill_often.py: SEED={SEED}", flush=True)
    all_days()
