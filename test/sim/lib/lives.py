"""gambler killed at a system call of what it is doing: a short trading life, in windows."""
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import books
import scene
from scene import Bot, Exchange, Pace, check, run, write

DAY = "2024-11-29"                      # a half day: fewer instants
ENOUGH = DAY + "T14:48"                 # then all is sold
INI = scene.OFTEN.replace("hold = 5m", "hold = 2m") + """
[instance one]
strategy = often
symbols = AAPL
sides = both
timeframe = 1m
skip_open = 0s
benchmark = none
level_base = fill
window = 09:30-09:44
"""
# A phase: the first instants of the window and how many it has (0: up to its own end), behind the
# instant with that mark, and kill_at's option.
PHASES = {
    "start": (None, 0, 0, "plain"),     # from nothing; at its end is a checkpoint
    "restart": ("fill", 0, 0, "plain"), # over a position whose stop is being moved
    "entry": ("entry", 0, 1, "plain"),
    "fill": ("fill", 0, 1, "plain"),    # of the entry; its stop and target are moved to suit it
    "moved": ("fill", 1, 1, "plain"),   # the broker's word that they have been
    "stop": ("stop", 0, 2, "plain"),    # of its own, when the entry's rest was cancelled
    "exit": ("exit", 0, 2, "plain"),    # the order, and its execution
    "copy": ("fill", 0, 0, "hour"),     # of the store, as each hour
    "shutdown": ("fill", 0, 0, "term"), # with a checkpoint and a copy
}
tracer = None
calls = {}


def tools():
    """kill_at, compiled, and the names of the system calls."""
    global tracer
    if tracer is None:
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kill_at.c")
        tracer = os.path.join(scene.room(), "kill_at")
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", tracer, source],
                       check=True)
        names = subprocess.run(["gcc", "-dM", "-E", "-include", "sys/syscall.h", "-xc",
                                "/dev/null"], capture_output=True, text=True, check=True).stdout
        calls.update({int(n): c for c, n in re.findall(r"#define __NR_(\w+) (\d+)", names)})
        calls[-1] = "none"
    return tracer


def may_trace():
    """Whether this machine lets a program be traced by the one that starts it."""
    return subprocess.run([tools(), "0", "1", "0", "0", "plain", "/bin/true"],
                          stdout=subprocess.DEVNULL).returncode == 0


class Life:
    """An exchange and a bot, from the same beginning each time; the same seed, the same day."""

    def __init__(self, seed, name):
        self.name = name
        self.exchange = Exchange("--symbols", "AAPL", "--start", DAY, "--until", DAY, "--cash",
                                 "250000", "--partial", "60", "--seed", str(seed),
                                 name="exchange-" + name)
        self.bot = Bot(write("lives.ini", INI), name, "exchange.speed=max",
                       connect=self.exchange.port, name=name)

    def traced(self, since, until, thread, n, option):
        """kill_at's words; the lines."""
        bot = self.bot
        with open(bot.log, "a") as f:
            p = subprocess.Popen([tools(), str(since), str(until), str(thread), str(n), option,
                                  scene.GAMBLER, "run", *bot.common, *bot.sets],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=f,
                                 text=True, env=scene.ENV, preexec_fn=scene.die_with_parent)
            scene.children.append(p)
            out = p.communicate(timeout=120)[0]
            scene.children.remove(p)
        if p.returncode != 0:
            raise SystemExit(f"{scene.NAME}: kill_at ends with {p.returncode}; it has to be "
                             f"allowed to trace, as root at best: {open(bot.log).read()[-200:]}")
        return out.splitlines()

    def slowly(self, since, ended):
        """From that instant on the market is slow: what ends is not to see its whole day."""
        pace = self.bot.joined(self.exchange)
        while not ended.is_set() and not pace.end:
            pace.send()
            while not pace.receive(0.05) and not ended.is_set():
                pass
            if pace.n >= since:
                time.sleep(0.15)
        pace.leave()

    def killed(self, window, thread, n):
        """At that call of the window: what kill_at said."""
        since, until, option = window
        if option != "term":
            return self.traced(since, until, thread, n, option)
        ended = threading.Event()
        slow = threading.Thread(target=self.slowly, args=(since, ended))
        slow.start()
        said = self.traced(since, until, thread, n, option)
        ended.set()
        slow.join()
        return said

    def lived(self):
        """A start in good health, until all is sold, and the judge."""
        bot, killed_at = self.bot, [self.exchange.clock()["now"]]
        r = run("verify", *bot.common, *bot.sets)
        nothing = "nothing is stored yet" in r.stderr or "No such file" in r.stderr
        check(r.returncode == 0 or nothing,
              f"{self.name}: the store is whole: {r.stdout[-200:]} {r.stderr[-200:]}")
        bot.start().ready()
        until = time.monotonic() + 60
        while self.exchange.clock()["now"] < ENOUGH and bot.process.poll() is None and \
                time.monotonic() < until:
            time.sleep(0.02)
        bot.process.send_signal(signal.SIGTERM)
        code = bot.wait(20)
        check(code == 0, f"{self.name}: after the kill it trades, and ends with 0, not with "
              f"{code}: {bot.said()[-300:]}")
        bare = books.bare_for(self.exchange.verdict(), killed_at)
        books.settled(self.exchange, bot, exactly=False, naked=bare)

    def stop(self):
        self.exchange.stop()
        scene.children[:] = [p for p in scene.children if p.poll() is None]
        if scene.counted["failed"] == 0:
            os.remove(self.bot.log)
            os.remove(self.exchange.log)
            shutil.rmtree(self.bot.data)


def windows(seed):
    """Of each phase, where it is in the life of that seed; None: it does not have all of them."""
    life = Life(seed, f"marks-{seed}")
    marks = {}
    for line in life.traced(0, 130, 0, 0, "marks"):
        if line.startswith("mark "):
            _, instant, what = line.split()
            marks.setdefault(what, int(instant))
    life.stop()
    if not {"entry", "fill", "move", "stop", "exit"} <= marks.keys():
        return None
    found = {}
    for phase, (mark, behind, lasts, option) in PHASES.items():
        since = marks[mark] + behind if mark else 0
        until = since + lasts - 1 if lasts else 0 if option != "plain" else 1
        found[phase] = (since, until, option)
    return found


def windows_of_some(rng):
    """A seed that has every phase, and the windows."""
    while True:
        seed = rng.randrange(1, 100000)
        found = windows(seed)
        if found:
            return seed, found


def one(seed, found, phase, thread, n):
    """A life that is killed there, goes on, and is judged: the call's name (None: it was killed
    behind the window), whether in a checkpoint, and how many calls each thread made."""
    life = Life(seed, f"{phase}-{thread}-{n}")
    since, until, option = found[phase]
    if phase == "restart":
        life.traced(since, since, 3, 1, "plain")
        since, until = 0, since
    said = life.killed((since, until, option), thread, n)
    life.lived()
    life.stop()
    counts = {int(t): int(c) for t, c in (x.split(":") for x in said[2].split())}
    word = said[0].split()
    return calls[int(word[1])] if word[0] == "killed" else None, said[1] == "saving", counts


# Threads that do something in a phase, and about how many calls each makes.
SOME = {"start": ((1, 190), (3, 200)), "restart": ((1, 180), (4, 250)), "copy": ((4, 150),),
        "moved": ((2, 15), (3, 18), (6, 12)), "shutdown": ((1, 200), (2, 80))}


def random_point(rng, phase):
    thread, calls = rng.choice(SOME.get(phase, ((2, 30), (3, 40), (6, 12))))
    return thread, rng.randrange(1, calls)
