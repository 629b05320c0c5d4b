#!/usr/bin/env python3
"""Scenario: `gambler backup` while it trades, `verify`, `restore` into another folder and over what
is there, and a run that goes on from each. What cannot be is refused, in words, and changes
nothing. SEED repeats a run."""
import fcntl
import os
import random
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import books  # noqa: E402
from scene import OFTEN, Bot, Exchange, check, finish, room, run, wait_for, write  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
DAY = "2024-09-10"
# Seconds after which what the books have lost is stopped: two reconciliations, and a minute's bar.
FOUND = 60
INI = OFTEN + """[instance quick]
strategy = often
symbols = AAPL MSFT NVDA TSLA
timeframe = 1m
skip_open = 0s
"""


def whole(folder, *command):
    """How many records verify has read there, all of them good; None: it is not whole."""
    r = run("verify", folder, *command)
    found = re.search(r"whole, (\d+) records", r.stdout)
    return int(found.group(1)) if r.returncode == 0 and found else None


def refused(code, words, command, *arguments):
    r = run(command, *arguments)
    check(r.returncode == code and words in r.stderr,
          f"{command} {arguments[0]} is {code} and says \"{words}\": {r.returncode} {r.stderr}")


def store(bot):
    """Each mode has a folder of its own in it."""
    return os.path.join(bot.data, "sim")


def files(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else None


def pass_by(pace, exchange, executions):
    """Until there are so many more of them, or the day has but an hour left."""
    until = exchange.verdict()["executions"] + executions
    while exchange.verdict()["executions"] < until and pace.now < f"{DAY}T19:00":
        for _ in range(5):
            pace.step()
    check(exchange.verdict()["executions"] >= until, f"there are {until} executions")


def while_it_trades(bot, backup):
    r = run("backup", backup, *bot.common)
    check(r.returncode == 0 and "read again" in r.stdout, f"copied: {r.stdout} {r.stderr}")
    check(files(backup) == ["data.mdb"], f"one file: {files(backup)}")
    check(os.stat(backup).st_mode & 0o777 == 0o700 and
          os.stat(backup + "/data.mdb").st_mode & 0o777 == 0o600, "for its owner alone")
    records = whole(backup)
    check(records is not None and records > 20, f"it is whole: {records}")
    refused(1, "is there already", "backup", backup, *bot.common)
    check(whole(backup) == records, "and stays as it was")
    refused(79, "is held by another gambler", "restore", backup, *bot.common)
    refused(1, "cannot make folder", "backup", "/proc/nowhere/copy", *bot.common)
    check(bot.process.poll() is None, "it trades on")
    return records


def met(bot, exchange):
    """What was done since the backup is taken back as the bot's own: orders that still work, and
    shares whose entry is over, with their stop or bare."""
    own = {t["symbol"] for t in bot.trades() if t["state"] != "closed"}
    for p in exchange.rest.get("/v2/positions"):
        check(p["symbol"] in own, f"{p['symbol']} is known: {p['qty']} shares")


def what_cannot_be(bot, backup, other):
    damaged = os.path.join(room(), "damaged")
    shutil.copytree(backup, damaged)
    with open(damaged + "/data.mdb", "r+b") as f:
        f.seek(3 * 4096 + 200)
        f.write(b"\xff" * 3000)
    refused(1, "damaged", "verify", damaged)
    refused(1, "damaged", "restore", damaged, *other.common)
    refused(1, "damaged", "restore", damaged, *bot.common)
    check(files(store(other)) in ([], ["lock"]), f"nothing is put there: {files(store(other))}")
    refused(1, "No such file", "restore", os.path.join(room(), "nothing"), *other.common)
    refused(1, "no backup", "restore", room(), *other.common)
    os.chmod(backup, 0o755)
    refused(1, "chmod 700", "restore", backup, *other.common)
    os.chmod(backup, 0o700)
    refused(2, "none is named", "restore", *other.common)
    check(whole(store(bot)) is not None, "what is there stays")


def without_its_log():
    """The log of the exchange inside is removed alone: its market begins anew, before what was
    decided, and gambler says for what it waits."""
    ini = write("anew.ini", INI)
    bot = Bot(ini, "anew", "exchange.speed=6000", f"exchange.start={DAY}", name="anew").start()

    def decided():
        return (bot.get("/api/v1/instances")[0]["last_decision"] or "") > f"{DAY}T16"
    check(bot.ready() and "market.behind" not in bot.said(), "anew: a first start waits not")
    check(wait_for(decided, 60, 0.1), "anew: it decides for some hours")
    bot.process.terminate()
    check(bot.wait(60) == 0, "anew: it ends")
    os.remove(os.path.join(store(bot), "exchange.log"))
    bot.start()
    check(bot.ready() and "market.behind inst=quick decided_until=2024-" in bot.said() and
          f"remove {store(bot)}, to begin anew" in bot.said(),
          f"anew: it says for what it waits, and what helps: {bot.said()[-400:]}")
    check("it waits" in bot.get("/status")["links"]["trouble"], "anew: and so does the status")
    bot.kill()


def halted_and_damaged():
    """What people said is not undone by a store that comes back as an older copy; and copies are
    made although somebody had the store open before the sandbox was shut."""
    ini = write("halted.ini", INI)
    bot = Bot(ini, "halted", "exchange.speed=6000", f"exchange.start={DAY}", name="halted").start()
    check(bot.ready(), "halted: it runs")
    bot.process.terminate()
    check(bot.wait(60) == 0, "halted: it ends, and leaves a copy")
    with open(os.path.join(store(bot), "lock.mdb"), "r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 0)    # as a reader of LMDB's has it
        bot.start()
        check(bot.ready(), "halted: it runs beside a reader")
    r = run("halt", *bot.common)
    check(r.returncode == 0, f"halted: {r.stdout} {r.stderr}")

    def copied():
        newest = os.path.join(store(bot), "copy.0", "data.mdb")
        return os.path.exists(newest) and os.stat(newest).st_mtime > began
    began = os.stat(os.path.join(store(bot), "kill")).st_mtime
    check(wait_for(copied, 20, 0.1), f"halted: a copy behind the word: {files(store(bot))}")
    check("store.copy" not in bot.said(), f"halted: without complaint: {bot.said()[-400:]}")
    bot.kill()
    with open(os.path.join(store(bot), "data.mdb"), "r+b") as f:
        f.seek(2 * 4096)
        f.write(bytes(6 * 4096))
    for name in ("copy.0", "copy.1"):      # nor do the copies know it
        shutil.rmtree(os.path.join(store(bot), name), ignore_errors=True)
    bot.start()
    check(bot.ready() and "store.rescue" in bot.said(), f"halted: rescued: {bot.said()[-400:]}")
    check(bot.get("/status")["kill"] == "halt", f"halted: as before: {bot.get('/status')}")
    r = run("resume", *bot.common)
    check(r.returncode == 0 and wait_for(lambda: bot.get("/status")["kill"] == "run", 10, 0.1),
          f"halted: until somebody resumes: {r.stdout} {r.stderr}")
    check("kill" not in files(store(bot)), f"halted: no file is left: {files(store(bot))}")
    bot.kill()


def main():
    ini = write("gambler.ini", INI)
    exchange = Exchange("--symbols", "AAPL,MSFT,NVDA,TSLA,SPY", "--start", DAY, "--until", DAY,
                        "--cash", "250000", "--seed", str(SEED % 89))
    bot = Bot(ini, "first", "exchange.speed=max", connect=exchange.port, name="first").start()
    backup = os.path.join(room(), "backup")
    pace = bot.joined(exchange)
    pass_by(pace, exchange, 6)
    records = while_it_trades(bot, backup)
    pass_by(pace, exchange, 6)
    bot.kill()
    check(whole(store(bot)) > records, "it has stored more since")

    other = Bot(ini, "other", "exchange.speed=max", connect=exchange.port, name="other")
    what_cannot_be(bot, backup, other)
    r = run("restore", backup, *other.common)
    check(r.returncode == 0 and "it was empty" in r.stdout, f"restored: {r.stdout} {r.stderr}")
    check(whole(store(other)) == records, "all of it")
    known = len(other.trades())
    other.start()
    for _ in range(150):
        pace.step()
    check("wire.ready" in other.said() and len(other.trades()) >= known and
          other.process.poll() is None, "it goes on from there")
    met(other, exchange)

    # Over what is there: the first folder, older by all that the other one did.
    other.kill()
    r = run("restore", store(other), *bot.common)
    check(r.returncode == 0 and "is kept as" in r.stdout, f"over it: {r.stdout} {r.stderr}")
    kept = [f for f in files(store(bot)) if f.startswith("data.mdb.before-")]
    check(len(kept) == 1, f"what was there is kept: {files(store(bot))}")
    bot.start()
    while not pace.end:
        pace.step()
    pace.leave()
    check(bot.wait(30) == 0, "it ends with the market")
    check(whole(store(bot)) is not None, "the store is whole, its chain too")
    verdict = exchange.verdict()
    books.judged(verdict, naked=FOUND, wash=True)
    check(all(t["state"] == "closed" for t in bot.trades()), "no trade is left open")
    met(bot, exchange)
    print(f"backup: {verdict['executions']} executions, {len(bot.trades())} trades, seed {SEED}")
    exchange.stop()
    without_its_log()
    halted_and_damaged()
    finish()


main()
