#!/usr/bin/env python3
"""Scenario: a run that is killed and stopped at random bars decides as one that is not.

Strategies whose states are long (votes of past signals, a regime that changes slowly, symbols of
the day) trade some days in lockstep, once without a break and once with SIGKILL at any instant and
SIGTERM where no entry is under way. Trades, the numbers of each signal and the funnel are the
same. (An order that is killed on its way leaves later, which kill.py is about: where bars end it
is killed when it is done with them.) SEED repeats a run."""
import os
import random
import signal
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import Bot, Exchange, check, finish, run, wait_for, write  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
KILLS = int(os.environ.get("KILLS", 24))
DAYS = ("2024-09-10", os.environ.get("UNTIL", "2024-09-11"))
MARKET = ["--symbols", "AAPL,MSFT,NVDA,TSLA,AMD,META,SPY", "--start", DAYS[0], "--until", DAYS[1],
          "--cash", "250000", "--seed", str(SEED % 101)]

INI = """
[strategy votes]
use = momentum
preset = lively
min_move = 0.2%
vol_mult = 1.1
continuation = share
p_min = 0.3
votes_min = 20
horizon = 10
hold = 10m
target = 0.6%
stop = 0.4%
warmup = 40
[strategy regimes]
use = adaptive
preset = lively
trend_n = 4
mid_n = 3
rise_n = 1
vol_n = 3
vol_days = 10
warmup = 30
[strategy words]
use = rules
enter_long = rsi(7) < 45
exit_long = rsi(7) > 60 or bars_held >= 20
stop = 0.8%
target = 1.5%
warmup = 40
[instance one]
strategy = votes
symbols = AAPL MSFT NVDA TSLA AMD META
sides = both
timeframe = 1m
[instance two]
strategy = regimes
symbols = AAPL NVDA TSLA AMD
sides = both
timeframe = 5m
[instance three]
strategy = words
symbols = MSFT NVDA TSLA META
timeframe = 1m
interval = 3m
relative_strength = 5
scan = movers
scan_top = 3
scan_at = 20m
"""


def kept(note):
    """The figures of a note that a break does not change: the guard's are the account's, as they
    were read last, and the orders of the last minute are counted anew after a start."""
    if note["what"] == "guard":
        return []
    minute = next((i for i, v in enumerate(note["values"]) if v.get("check") == "order_rate"), None)
    return [v for i, v in enumerate(note["values"]) if i != minute]


def story(bot):
    """What was decided: by trade, and what was turned away, by instance and reason."""
    told = {}
    for t in bot.trades():
        chain = bot.ask("why", t["trade"])
        notes = [(n["at"], n["what"], n["text"], kept(n))
                 for n in chain["notes"] if n["what"] in ("signal", "gate", "guard")]
        told[t["trade"]] = {**t, "notes": notes}
    return told, bot.ask("status")["instances"]


def play(name, ini, breaks):
    """To the end of the last day; breaks: how many."""
    rng = random.Random(SEED)
    exchange = Exchange(*MARKET, name=name + "-exchange")
    bot = Bot(ini, name, "exchange.speed=max", connect=exchange.port, name=name)
    bot.start()
    pace = bot.joined(exchange)
    kills = stops = n = 0
    every = len(DAYS) * 1560 // (breaks + 1) if breaks else 0
    due = rng.randrange(1, 2 * every) if breaks else 1 << 30
    while not pace.end:
        pace.step()
        n += 1
        if n < due:
            continue
        stop = rng.random() < 0.3
        # Stopping withdraws entries: not where one was made just now, or is under way, as the bot
        # knows it when it is done with this instant.
        if stop:
            wait_for(lambda: exchange.clock()["waiting_for"] == [pace.name], 60)
        if stop and (pace.now[17:19] == "00" or any(
                o["role"] == "entry" and o["stage"] != "done"
                for o in bot.ask("orders", "--limit", "200"))):
            continue
        due = n + rng.randrange(1, 2 * every)
        if stop:
            stops += 1
            bot.process.send_signal(signal.SIGTERM)
            check(bot.wait(60) == 0, f"SIGTERM {stops} ends it with 0")
        else:
            if pace.now[17:19] == "00":
                wait_for(lambda: exchange.clock()["waiting_for"] == [pace.name], 60)
            kills += 1
            bot.kill()
        bot.start()
        check(bot.ready(), f"it starts again after break {kills + stops}: " + bot.said()[-300:])
    pace.leave()
    code = bot.wait(60)
    check(code == 0, f"{name}: run ends with 0 when the market has ended, not {code}")
    told = story(bot)
    exchange.stop()
    return told, bot, kills, stops


def same(a, b):
    """Of trades and of figures: the first that differ are named."""
    for one, two in zip(a[1], b[1]):
        for key in ("bars", "signals", "funnel"):
            check(one[key] == two[key], f"{one['name']}: {key} is the same: {one[key]} without "
                  f"breaks, {two[key]} with")
    for trade in sorted(set(a[0]) | set(b[0]), key=lambda t: (a[0].get(t) or b[0][t])["signal"]):
        one, two = a[0].get(trade), b[0].get(trade)
        if not check(one is not None and two is not None,
                     f"{trade} is in both runs, not only {'without' if one else 'with'} breaks"):
            return
        for key in one:
            if not check(one[key] == two[key], f"{trade}: {key} is {one[key]} without breaks, "
                         f"{two[key]} with"):
                return


print(f"resume.py: SEED={SEED}")
ini = write("resume.ini", INI)
whole, _, _, _ = play("whole", ini, 0)
broken, bot, kills, stops = play("broken", ini, KILLS)
check(len(whole[0]) > 10, f"there are trades: {len(whole[0])}")
traded = Counter(t["instance"] for t in whole[0].values())
check(len(traded) == 3, f"of all three instances: {traded}")
same(whole, broken)
for day in DAYS:
    p = run("parity", day, *bot.common, *bot.sets)
    check(p.returncode == 0 and "no difference" in p.stdout,
          f"{day} is decided the same again from the record: {p.stdout} {p.stderr}")
print(f"{kills} kills, {stops} stops, {len(whole[0])} trades")
finish()
