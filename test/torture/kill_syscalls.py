#!/usr/bin/env python3
"""kill_syscalls.py [SECONDS]: gambler is killed at its nth write, sync or send, for every small n
and for many large ones, and started again, through trading days in lockstep. After each day the
books must be the exchange's. Wants strace. Not part of `make test`; SEED repeats a run."""
import os
import random
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "sim", "lib"))
import scene  # noqa: E402
from scene import Bot, Exchange, check, finish, write  # noqa: E402
import books  # noqa: E402

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
CALLS = ("pwrite64", "fdatasync", "sendto", "writev", "openat", "ftruncate", "recvfrom", "write")
DAY = "2024-09-12"

INI = """
[strategy dips]
use = mean_reversion
preset = classic
[instance bull]
strategy = dips
symbols = AAPL MSFT NVDA TSLA
sides = both
timeframe = 1m
skip_open = 0s
[instance bear]
strategy = dips
symbols = QQQ SPY
sides = both
timeframe = 1m
"""


def life(bot, call, n):
    """One start that ends at the nth call, or with the market."""
    with open(bot.log, "a") as f:
        # Neither --seccomp-bpf nor -e trace=: with them nothing is injected.
        p = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={n}",
             scene.GAMBLER, "run", *bot.common, *bot.sets], stdin=subprocess.DEVNULL, stdout=f,
            stderr=f, env=scene.ENV, start_new_session=True)
    try:
        return p.wait(120)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()


def day(number, rng, plan, until):
    """A trading day in as many lives as it takes; how many ended at a call."""
    exchange = Exchange("--symbols", "AAPL,MSFT,NVDA,TSLA,QQQ,SPY", "--start", DAY, "--until", DAY,
                        "--cash", "250000", "--partial", "40", "--seed", str(rng.randrange(1000)),
                        name=f"exchange-{number}")
    bot = Bot(ini, f"day-{number}", "exchange.speed=max", connect=exchange.port,
              name=f"day-{number}")
    kills = 0
    code = -signal.SIGKILL
    while code == -signal.SIGKILL and time.monotonic() < until:
        call, n = next(plan)
        code = life(bot, call, n)
        kills += code == -signal.SIGKILL
        check(code in (0, -signal.SIGKILL), f"a life that is to end at {call} number {n} ends so, "
              f"or with the market, not with {code}")
    if code != 0:
        bot.mark = 0
        bot.start()
        code = bot.wait(60)
        check(code == 0, f"the day goes on to its end: {code}")
    books.settled(exchange, bot, exactly=False)
    exchange.stop()
    return kills


def numbers(rng):
    """Every small n of each call (the start), and large ones (the day) in between."""
    n = 1
    while True:
        for call in CALLS:
            yield call, n
            yield rng.choice(CALLS[:3]), rng.randrange(30, 400)
        n += 1


if not shutil.which("strace"):
    raise SystemExit("kill_syscalls.py: strace is missing: apt-get install strace")
print(f"kill_syscalls.py: SEED={SEED}")
rng = random.Random(SEED)
ini = write("torture.ini", INI)
plan = numbers(rng)
until = time.monotonic() + SECONDS
days = kills = 0
while time.monotonic() < until and not scene.counted["failed"]:
    days += 1
    kills += day(days, rng, plan, until)
check(kills > 0, "it was killed at all")
print(f"kill_syscalls.py: {kills} kills in {days} days")
finish()
