#!/usr/bin/env python3
"""What a running gambler has given away: each thread is under seccomp and may gain no rights; it
trades the same as without; a strategy that is a program still runs, outside; what must not go does
not (gambler doctor); require refuses to start with less. And what doctor says of a bad machine."""
import glob
import json
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import (ENV, GAMBLER, Bot, Exchange, check, children, finish, room, run,  # noqa: E402
                   wait_for, write)

INI = """
[exchange]
start = 2024-01-03
until = 2024-01-03
[strategy often]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
[instance quick]
strategy = often
symbols = AAPL MSFT
skip_open = 0
"""
PROGRAM = """
[strategy outside]
exec = "{program}"
inputs = close > 0
stop = 1%
target = 2%
[instance beside]
strategy = outside
symbols = SPY
"""
SILENT = "#!/bin/sh\nwhile read -r line; do :; done\n"


def threads(pid):
    """For each thread: (seccomp, no new privileges, what root may that it still may)."""
    found = {}
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path) as f:
            lines = dict(line.split(":", 1) for line in f)
        found[int(path.split("/")[4])] = (int(lines["Seccomp"]), int(lines["NoNewPrivs"]),
                                          int(lines["CapEff"], 16) | int(lines["CapPrm"], 16))
    return found


def verdicts(*options, **more):
    r = run("doctor", "--json", *options, **more)
    try:
        return {d["check"]: d for d in json.loads(r.stdout)}, r.returncode
    except ValueError:
        check(False, f"doctor --json says JSON: {r.stdout[:200]} {r.stderr[:200]}")
        finish()


def same_trades(ini):
    told = []
    for wish in ("auto", "off"):
        bot = Bot(ini, "same-" + wish, "exchange.speed=max", f"run.sandbox={wish}",
                  name="same-" + wish).start()
        check(bot.wait(60) == 0, f"a day with sandbox = {wish} ends well: {bot.said()[-300:]}")
        told.append(bot.trades())
    check(told[0] and told[0] == told[1],
          f"the same {len(told[1])} trades with a sandbox and without")


def inside(ini, whole):
    bot = Bot(ini, "inside", "exchange.speed=60", "run.sandbox=auto").start()
    check(bot.ready(), f"it trades: {bot.said()[-300:]}")
    pid = bot.process.pid
    found = threads(pid)
    check(len(found) >= 6 and all(t == (2, 1, 0) for t in found.values()),
          f"all threads are under seccomp and gain no rights: {found}")
    check(whole in bot.get("/status")["sandbox"], "/status tells of it")
    root = os.geteuid() == 0
    check(("start.root" in bot.said()) == root, "it says so when it is root")
    d, code = verdicts(*bot.common)
    check(d["user"]["verdict"] == ("poor" if root else "good"), f"and so does doctor: {d['user']}")
    check(d["running"]["verdict"] == "good" or "Landlock" not in whole,
          f"doctor sees the running one's: {d['running']}")
    check(d["store"]["verdict"] == "good" and "records" in d["store"]["is"] and code == 0,
          f"doctor reads the store beside the running one: {d['store']}")
    bot.process.terminate()
    check(bot.wait(60) == 0, "it stops when it is told to")
    check("Operation not permitted" not in bot.said() and "sandbox.failed" not in bot.said(),
          f"nothing that it does is refused to it: {bot.said()[-300:]}")


def exchange():
    """The one on a port of its own: nothing that it does is refused to it, nor to its state."""
    state = os.path.join(room(), "state")
    for life in range(2):
        x = Exchange("--symbols", "AAPL,SPY", "--start", "2024-07-01", "--until", "2024-07-02",
                     "--state", state, name=f"shut-{life}")
        found = threads(x.process.pid)
        check(found and all(t == (2, 1, 0) for t in found.values()),
              f"its threads are under seccomp and gain no rights: {found}")
        got = x.rest.call("POST", "/sim/clock", {"advance": "30m"})
        check(got[0] == 200, f"its clock goes: {got}")
        got = x.rest.call("POST", "/v2/orders", {"symbol": "AAPL", "qty": "3", "side": "buy",
                                                 "type": "market", "time_in_force": "day"})
        check(got[0] == 200, f"it trades: {got}")
        x.rest.call("POST", "/sim/clock", {"to": "close"})
        held = x.rest.get("/v2/positions")
        check([p["qty"] for p in held] == [str(3 * (life + 1))], f"it knows of it: {held}")
        check(x.stop() == 0, "it stops when it is told to")
        said = open(x.log).read()
        check(' sandbox has="seccomp' in said and "failed" not in said, f"and says so: {said}")


def outside(ini):
    write("silent", SILENT)
    program = os.path.join(room(), "silent")
    os.chmod(program, 0o700)
    ini = write("program.ini", INI + PROGRAM.replace("{program}", program))
    bot = Bot(ini, "outside", "exchange.speed=120", name="outside").start()
    check(bot.ready(), f"it trades: {bot.said()[-300:]}")
    check(wait_for(lambda: "exec.start" in bot.said(), 60), "the program is started")
    check("no such program" not in bot.said(), f"and can run: {bot.said()[-300:]}")
    free = [t for t, state in threads(bot.process.pid).items() if state[0] == 0]
    check(len(free) == 2 and bot.process.pid in free,
          f"only main and the instance of the program are outside: {free}")
    bot.kill()                          # else it waits for the silent one's deadline


def wishes(ini, whole):
    d, code = verdicts("-c", ini)
    if "Landlock" in whole:
        check(d["sandbox"]["verdict"] == "good" and "cannot" in d["sandbox"]["is"] and code == 0,
              f"what must not go does not: {d['sandbox']}")
    d, code = verdicts("-c", ini, "--set", "run.sandbox=off")
    check(d["sandbox"]["verdict"] == "poor" and "passwd" in d["sandbox"]["is"] and
          "process" in d["sandbox"]["is"] and "auto" in d["sandbox"]["remedy"] and code == 0,
          f"without, doctor says what could be done: {d['sandbox']}")
    # As on a kernel without: a filter from outside refuses what makes the sandbox.
    r = subprocess.run([sys.executable, "-c", WITHOUT, GAMBLER, "run", "-c", ini, "--set",
                        "account.mode=sim", "--set", "run.sandbox=require", "--set",
                        "store.folder=" + os.path.join(room(), "require"), "--set",
                        "server.listen="], env=ENV, capture_output=True, text=True, timeout=30)
    check(r.returncode == 78 and "sandbox.partly" in r.stderr,
          f"required and not there: 78, not {r.returncode}: {r.stderr[-300:]}")
    r = run("check", "-c", ini, "--set", "run.sandbox=of")
    check(r.returncode == 78 and "auto, require, off" in r.stderr, f"a bad wish: {r.stderr}")


# A seccomp filter of four steps: landlock_create_ruleset (444) is not there.
WITHOUT = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
steps = b"".join(struct.pack("HBBI", *s) for s in (
    (0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x00050026), (0x06, 0, 0, 0x7fff0000)))
memory = ctypes.create_string_buffer(steps)
program = struct.pack("HP", 4, ctypes.addressof(memory))
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, program, 0, 0) != 0:
    sys.exit(5)
os.execv(sys.argv[1], sys.argv[1:])
"""


def bad_machine(ini):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    d, code = verdicts("-c", ini, preexec_fn=few)
    check(d["limits"]["verdict"] == "bad" and "100 descriptors" in d["limits"]["is"] and code == 1,
          f"too few descriptors: {d['limits']}")
    check(d["core"]["verdict"] == "good", f"no core: {d['core']}")
    store = os.path.join(room(), "same-auto")
    options = ("-c", ini, "--set", "store.folder=" + store, "--set", "account.mode=sim")
    d, code = verdicts(*options)
    check(d["store"]["verdict"] == "good" and code == 0, f"a good store: {d['store']}")
    data = [p for p in glob.glob(store + "/sim/*") if p.endswith(".mdb") and "lock" not in p][0]
    os.chmod(data, 0o644)
    d, code = verdicts(*options)
    check(d["store"]["verdict"] == "bad" and "chmod 600" in d["store"]["is"] and code == 1,
          f"a store that others can read: {d['store']}")
    os.chmod(data, 0o600)
    os.rename(data, data + ".away")
    os.symlink(data + ".away", data)
    d, code = verdicts(*options)
    check(d["store"]["verdict"] == "bad" and "symlink" in d["store"]["is"] and code == 1,
          f"a store that is a symlink: {d['store']}")
    r = run("doctor", "nonsense")
    check(r.returncode == 2, f"a word too many: {r.returncode}")
    # No broker at that port, and a key of the environment.
    d, code = verdicts("-c", ini, "--set", "account.mode=paper", "--set",
                       "account.trading_url=http://127.0.0.1:9", env={
                           **ENV, "APCA_API_KEY_ID": "PKx", "APCA_API_SECRET_KEY": "y"})
    check(d["broker"]["verdict"] == "bad" and code == 1 and "127.0.0.1:9" in d["broker"]["is"],
          f"a broker that is away: {d['broker']}")
    check(d["keys"]["verdict"] == "poor" and "environment" in d["keys"]["is"], f"{d['keys']}")


def without_standard_files(ini):
    """Who starts it has closed one of the first three: what is logged and printed then does not go
    into a file of the store, which would be opened under that number."""
    for which in ((2,), (1, 2), (0, 1, 2)):
        def close_them():
            for fd in which:
                os.close(fd)
        data = os.path.join(room(), "closed-" + "".join(map(str, which)))
        options = ("-c", ini, "--set", "store.folder=" + data, "--set", "account.mode=sim")
        p = subprocess.Popen([GAMBLER, "run", *options, "--set", "server.listen=", "--set",
                              "exchange.speed=max"], env=ENV, preexec_fn=close_them)
        children.append(p)
        wait_for(lambda: p.poll() is not None, 60, 0.1)
        check(p.poll() == 0, f"without {which} open: the day ends with 0: {p.returncode}")
        r = run("verify", *options)
        check(r.returncode == 0 and "whole" in r.stdout, f"without {which}: {r.stdout} {r.stderr}")
        text = [f for f in glob.glob(data + "/sim/*") if os.path.isfile(f) and
                b" info " in open(f, "rb").read()]
        check(text == [], f"without {which}: nothing is logged into {text}")
    for words in (("init", "ini"), ("trades", *options), ("help", "run"), ("--version",)):
        with open("/dev/full", "w") as full:
            r = subprocess.run([GAMBLER, *words], env=ENV, stdout=full, stderr=subprocess.PIPE,
                               text=True, timeout=60)
        check(r.returncode == 1 and "could not be written" in r.stderr,
              f"{words[0]} on a full disk is no success: {r.returncode} {r.stderr}")


the_ini = write("plain.ini", INI)
probe, _ = verdicts("-c", the_ini)
has = probe["sandbox"]["is"].split(":")[0]
check(has.startswith("seccomp"), f"this kernel has seccomp at least: {has}")
same_trades(the_ini)
inside(the_ini, has)
exchange()
outside(the_ini)
wishes(the_ini, has)
bad_machine(the_ini)
without_standard_files(the_ini)
finish()
