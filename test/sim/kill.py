#!/usr/bin/env python3
"""Scenario: kill -9 and SIGTERM at any moment of a trading day, and at a system call of each phase
of it. The long forms are test/torture/kill_often.py and kill_syscalls.py.

The market stands still while the bot is dead (lockstep), so that the rules hold as if nothing
had happened: every execution booked once, no order twice, nothing oversold, positions as at the
exchange, never without a stop for longer than 5 s of market time, or two more for each kill in that
time (books.bare_for). SEED repeats a run."""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Bot, Exchange, check, finish, run, wait_for, write  # noqa: E402
import books  # noqa: E402
import lives  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
KILLS = int(os.environ.get("KILLS", 25))
DAY = "2024-09-10"
MARKET = ["--symbols", "AAPL,MSFT,NVDA,TSLA,SPY,QQQ", "--start", DAY, "--until", DAY,
          "--cash", "250000", "--partial", "40"]

INI = """
[strategy dips]
use = mean_reversion
preset = classic
[strategy funds]
use = mean_reversion
preset = etf
need = 2
[instance bull]
strategy = dips
symbols = AAPL MSFT NVDA TSLA
sides = both
timeframe = 1m
skip_open = 0s
[instance bear]
strategy = funds
symbols = AAPL QQQ SPY
position = 8000
capital = 45000
sides = both
timeframe = 1m
"""


def to_the_end(pace, bot, name):
    """The rest of the day; gambler stops by itself when the market has ended."""
    while not pace.end:
        pace.step()
    pace.leave()
    code = bot.wait(60)
    check(code == 0, f"{name}: run ends with 0 when the market has ended, not {code}")


def kill_and_start(bot, rng, times=1):
    for _ in range(times):
        time.sleep(rng.choice((0, rng.random() * 0.003, rng.random() * 0.03, rng.random() * 0.2)))
        check(bot.process.poll() is None, f"it still runs when it is killed: {bot.process.poll()} "
              + bot.said()[-300:])
        bot.kill()
        bot.start()


def random_kills(ini):
    """At random instants, and when orders have just been sent; sometimes while it starts."""
    rng = random.Random(SEED)
    exchange = Exchange(*MARKET, "--seed", str(SEED % 97), name="kills-exchange")
    bot = Bot(ini, "kills", "exchange.speed=max", connect=exchange.port, name="kills").start()
    pace = bot.joined(exchange)
    orders = kills = 0
    killed_at = []
    while not pace.end:
        pace.send()
        had = orders
        orders = exchange.verdict()["orders"] if kills < KILLS else orders
        if kills < KILLS and rng.random() < (0.5 if orders != had else 0.015):
            times = rng.choice((1, 1, 1, 2))
            kill_and_start(bot, rng, times)
            kills += times
            killed_at.append(exchange.clock()["now"])
        if not pace.receive(30):
            check(False, f"the market goes on after kill {kills}: " + bot.said()[-400:])
            break
    pace.leave()
    code = bot.wait(60)
    check(code == 0, f"kills: run ends with 0 when the market has ended, not {code}")
    bare = books.bare_for(exchange.verdict(), killed_at)
    trades, _ = books.settled(exchange, bot, exactly=False, naked=bare, least=3, wash=True)
    listed = exchange.minutes(f"{DAY}T13:30:00Z", f"{DAY}T20:00:00Z")
    for i in bot.ask("status")["instances"]:
        expected = sum(listed[s] for s in i["symbols"])
        # What had just come when it was killed is history when it starts again.
        check(expected - len(i["symbols"]) * (kills + 1) <= i["bars"] <= expected,
              f"kills: {i['name']} decided on most bars: {i['bars']} of {expected}")
    print(f"kills: {kills} times, {len(trades)} trades, seed {SEED}")
    exchange.stop()


def second_start(ini):
    """On a folder that is in use: refused at once, the first unharmed."""
    exchange = Exchange(*MARKET, name="second-exchange")
    bot = Bot(ini, "second", "exchange.speed=max", connect=exchange.port, name="second").start()
    pace = bot.joined(exchange)
    for _ in range(300):
        pace.step()
    for _ in range(10):
        r = run("run", *bot.common, *bot.sets)
        check(r.returncode == 79, f"a second start on the folder is exit 79, not {r.returncode}")
        check(str(bot.process.pid) in r.stderr, f"it says who holds the folder: {r.stderr[-200:]}")
    before = bot.get("/status")["links"]["bars"]
    for _ in range(60):
        pace.step()
    check(wait_for(lambda: bot.get("/status")["links"]["bars"] > before, 60), "the first goes on")
    to_the_end(pace, bot, "second")
    books.settled(exchange, bot)
    exchange.stop()


def protected(exchange, name):
    """Each position has working stops at the exchange for all of its shares."""
    ledger = exchange.ledger()
    stops = {}
    for o in books.open_orders(ledger):
        check(o["type"] in ("stop", "limit") and o["side"] in ("buy", "sell"),
              f"{name}: no entry is left at the exchange: {o}")
        if o["type"] == "stop":
            left = float(o["qty"]) - float(o["filled_qty"])
            stops[o["symbol"]] = stops.get(o["symbol"], 0) + left
    for p in ledger["positions"]:
        held = abs(float(p["qty"]))
        check(stops.get(p["symbol"], 0) >= held,
              f"{name}: {held} {p['symbol']} held, stops for {stops.get(p['symbol'], 0)}")
    return len(ledger["positions"])


def terminate(ini):
    """SIGTERM while it trades: 0 within 10 s, stops stay, the next start carries on."""
    rng = random.Random(SEED + 1)
    exchange = Exchange(*MARKET, "--seed", str(SEED % 89), name="term-exchange")
    bot = Bot(ini, "term", "exchange.speed=max", connect=exchange.port, name="term").start()
    pace = bot.joined(exchange)
    orders = held = stopped = 0
    while not pace.end:
        pace.step()
        had, orders = orders, exchange.verdict()["orders"]
        if stopped >= 5 or orders == had or rng.random() < 0.5 or pace.end:
            continue
        for _ in range(rng.choice((0, 0, 1, 3, 20))):
            pace.step()
        stopped += 1
        bot.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        going = threading.Thread(target=pace.follow, args=(bot.process,))
        going.start()
        code = bot.wait(12)
        took = time.monotonic() - begun
        going.join()
        check(code == 0 and took < 10, f"SIGTERM ends it with 0 in 10 s: {code}, {took:.1f} s")
        held += protected(exchange, f"SIGTERM {stopped}")
        bot.start()
        check(bot.ready(), f"SIGTERM {stopped}: it starts again: " + bot.said()[-300:])
        pace.receive(30)
    to_the_end(pace, bot, "term")
    books.settled(exchange, bot, exactly=False, least=3)
    print(f"term: {stopped} times, {held} positions were open then")
    exchange.stop()


def embedded(ini):
    """All in one process: the market in it goes on where it was."""
    rng = random.Random(SEED + 2)
    market = ["exchange.speed=max", f"exchange.start={DAY}", f"exchange.until={DAY}",
              "exchange.partial=40", f"exchange.seed={SEED % 83 + 1}"]
    bot = Bot(ini, "embedded", *market, name="embedded").start()
    kills = 0
    while kills < 8:
        if bot.wait(0.05 + rng.random() * 0.35) is not None:
            break
        bot.kill()
        kills += 1
        bot.start()
    code = bot.wait(120)
    check(code == 0, f"embedded: run ends with 0 when the market has ended, not {code}: " +
          bot.said()[-300:])
    check(kills > 3, f"embedded: it was killed before the end: {kills} times")
    # The exchange alone reads the log of the one that was inside: here is the truth.
    exchange = Exchange(*MARKET, "--seed", str(SEED % 83 + 1), "--no-collars", "--state",
                        os.path.join(bot.data, "sim", "exchange.log"), name="embedded-exchange")
    # When it was killed nobody has seen: no more than twice while one position was bare.
    trades, _ = books.settled(exchange, bot, exactly=False, naked=9, wash=True)
    print(f"embedded: {kills} kills, {len(trades)} trades")
    exchange.stop()


def at_calls():
    """At one system call in some phases of a short life, by chance; then the judge."""
    if not lives.may_trace():
        print("system calls are left out: nothing can be traced here")
        return
    rng = random.Random(SEED + 3)
    seed, found = lives.windows_of_some(rng)
    for phase in rng.sample(list(lives.PHASES), 5):
        thread, n = lives.random_point(rng, phase)
        call, _, _ = lives.one(seed, found, phase, thread, n)
        print(f"{phase}: killed {'at ' + call if call else 'behind its last call'}; again: "
              f"SEED={SEED} test/sim/kill.py {phase} {thread} {n}")


print(f"kill.py: SEED={SEED}")
if len(sys.argv) == 4:
    found = lives.windows_of_some(random.Random(SEED + 3))
    lives.one(*found, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    finish()
ini = write("kill.ini", INI)
random_kills(ini)
second_start(ini)
terminate(ini)
embedded(ini)
at_calls()
finish()
