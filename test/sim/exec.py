#!/usr/bin/env python3
"""Scenario: strategies in other programs. One in a shell trades as the rules that it repeats, in a
backtest and on a simulated day, which decides the same again without it; those that misbehave are
told of and paused, and hold up nobody."""
import csv
import glob
import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import check, finish, room, run, wait_for, write  # noqa: E402

SEED = int(os.environ.get("SEED", "11"))
DAYS = ["2024-09-09", "2024-09-10"]
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exec")
BASE = """
[account]
mode = sim
[store]
folder = {folder}
[server]
listen =
[exchange]
bars = {bars}
speed = max
"""
DIP = "close < bb_lower(20, 1.5) and rsi(14) < 45"
MEAN = "close >= bb_middle(20, 1.5)"
TWO = BASE + f"""
[strategy shell]
exec = "{{program}}"
inputs = {DIP}, {MEAN}
stop = 1%
target = 2%
deadline = 10s
[strategy rules]
enter_long = {DIP}
exit_long = {MEAN}
stop = 1%
target = 2%
[instance shell]
strategy = shell
symbols = AAA BBB
timeframe = 1m
[instance rules]
strategy = rules
symbols = {{symbols}}
timeframe = 1m
"""
WRONG = {
    "hangs": "no answer within the deadline", "dies": "it closed its output",
    "floods": "it writes too much", "garbage": "no answer within the deadline",
    "half": "no answer within the deadline", "huge": "it wrote a line of more than 2000 bytes",
    "nan": "no answer within the deadline", "symbol": "no answer within the deadline",
    "twice": "it wrote what is no answer", "closes": "it closed its output",
    "forks": "it ended", "late": "no answer within the deadline",
    "never": "it closed its output",
}


def market(folder, symbols, days, minutes):
    rng = random.Random(SEED)
    os.makedirs(folder)
    with open(os.path.join(folder, "minutes.csv"), "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["symbol", "timestamp", "open", "high", "low", "close", "volume"])
        price = {s: 100.0 for s in symbols}
        for date in days:
            for minute in range(minutes):
                h, m = divmod(13 * 60 + 30 + minute, 60)
                walk = {}
                for s in symbols:
                    # AAA and CCC are the same, and so are BBB and DDD
                    twin = {"CCC": "AAA", "DDD": "BBB"}.get(s)
                    if twin is None:
                        o = price[s]
                        c = round(o * (1 + rng.gauss(0, 0.0012)), 2)
                        walk[s] = (o, round(max(o, c) * 1.0003, 2), round(min(o, c) * 0.9997, 2),
                                   c, int(rng.uniform(500, 1500)))
                        price[s] = c
                    out.writerow([s, f"{date}T{h:02}:{m:02}:00Z", *walk[twin or s]])
    return folder


def trips(rows, instance):
    twin = {"CCC": "AAA", "DDD": "BBB"}
    found = []
    for r in rows:
        if r["instance"] == instance:
            r = {k: str(v) for k, v in r.items()}
            r["symbol"] = twin.get(r["symbol"], r["symbol"])
            found.append((r["symbol"], r["side"], r["signal"], r["entry"], r["exit"], r["out"]))
    return sorted(found)


def left_over(word):
    """Processes that have the word in their command."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            text = open(path, "rb").read().decode(errors="replace")
        except OSError:
            continue
        if word in text and "exec.py" not in text:
            found.append(text.replace("\0", " "))
    return found


def same_trades():
    program = os.path.join(room(), "meanrev.sh")
    with open(os.path.join(HERE, "meanrev.sh")) as f:
        write("meanrev.sh", f.read())
    os.chmod(program, 0o700)
    bars = market(os.path.join(room(), "bars"), ["AAA", "BBB", "CCC", "DDD"], DAYS, 390)
    data = os.path.join(room(), "data")
    ini = write("bt.ini", TWO.format(folder=data, bars=bars, program=program, symbols="AAA BBB"))
    out = os.path.join(room(), "trades.csv")
    r = run("backtest", "-c", ini, "--bars", bars, "--alone", "--trades", out, timeout=300)
    if not check(r.returncode == 0, f"the backtest ends well: {r.stderr[-300:]}"):
        finish()
    rows = [dict(r, signal=r["signal_time"], entry=r["entry_price"], exit=r["exit_price"],
                 out=r["exit_time"]) for r in csv.DictReader(open(out))]
    one, two = trips(rows, "shell"), trips(rows, "rules")
    print(f"backtest: {len(one)} round trips of the program")
    check(len(one) > 20 and one == two, f"the program trades as the rules: {len(one)} {len(two)}")

    # Live, two instances cannot hold the same symbol alike; the twins' prices are the same.
    ini = write("day.ini", TWO.format(folder=data, bars=bars, program=program, symbols="CCC DDD"))
    r = run("run", "-c", ini, timeout=300)
    check(r.returncode == 0, f"the market is played to its end: {r.stderr[-300:]}")
    rows = json.loads(run("trades", "-c", ini, "--json").stdout)
    count = {i: [t for t in rows if t["instance"] == i] for i in ("shell", "rules")}
    signals = {i: sorted((t["symbol"].replace("CCC", "AAA").replace("DDD", "BBB"), t["signal"])
                         for t in count[i]) for i in count}
    print(f"simulated days: {len(signals['shell'])} round trips of the program")
    check(len(signals["shell"]) > 5 and signals["shell"] == signals["rules"],
          f"live, too: {sorted(set(signals['shell']) ^ set(signals['rules']))}")
    check(wait_for(lambda: left_over(program) == [], 60),
          f"the program ends with gambler: {left_over(program)}")
    os.remove(program)
    for day in DAYS:
        p = run("parity", "-c", ini, day, "--json")
        d = json.loads(p.stdout) if p.stdout.startswith("{") else {}
        check(p.returncode == 0 and d.get("same") is True and d.get("instances") == 2,
              f"{day} decides the same again, without the program: {p.stdout} {p.stderr}")


def misbehaving():
    program = os.path.join(HERE, "liar.py")
    bars = market(os.path.join(room(), "few"), ["AAA"], DAYS[:1], 30)
    names = [*WRONG, "stop", "good", "look"]
    ini = BASE.format(folder=os.path.join(room(), "liars"), bars=bars)
    # 600ms: a program on a busy machine answers in it what it does answer.
    for name in names:
        ini += (f"[strategy {name}]\nexec = '{program}' {name}\nstop = 1%\nwarmup = 1\n"
                f"deadline = {'600ms' if name in WRONG else '10s'}\n"
                f"[instance {name}]\nstrategy = {name}\nsymbols = AAA\ntimeframe = 1m\n"
                f"skip_open = 0s\n")
    r = run("run", "-c", write("liars.ini", ini), timeout=300,
            env={"PATH": os.environ["PATH"], "HOME": "/", "LANG": "C.UTF-8", "TOKEN": "secret"})
    check(r.returncode == 0, f"the day is played to its end: {r.stderr[-300:]}")
    lines = r.stderr.splitlines()
    for name, why in WRONG.items():
        failed = [x for x in lines if "exec.failed" in x and f"inst={name} " in x]
        # A busy machine may need longer than that to start it: then the first answer fails, too.
        row = [x[-1] for x in failed[-5:]]
        check(row == list("12345"), f"{name}: paused after five failures in a row: {failed}")
        told = [x for x in failed if f'why="{why}"' in x]
        check(told != [], f"{name}: the reason is told: {failed[:1]}")
    for name in ("good", "look", "stop"):
        failed = [x for x in lines if "exec.failed" in x and f"inst={name} " in x]
        check(failed == [], f"{name} never fails: {failed[:1]}")
    seen = [x for x in lines if "exec.says" in x and "inst=look " in x]
    check(len(seen) == 1 and "sees HOME LANG PATH; 0 1 2 3; group True" in seen[0],
          f"a program has three streams and three variables: {seen}")
    late = [x for x in lines if "exec.answer" in x and "inst=late " in x and "too late" in x]
    check(late != [], "answers that come too late are told")
    check(wait_for(lambda: left_over(program) == [], 60),
          f"nobody is left over: {left_over(program)}")
    p = run("trades", "-c", os.path.join(room(), "liars.ini"), "--json")
    check(json.loads(p.stdout) == [], f"nothing was traded by them: {p.stdout}")


def in_the_ini():
    head = "[instance i]\nstrategy = s\nsymbols = AAA\n[strategy s]\n"
    for keys, words in (
            ("exec = x\n", "a stop is missing"),
            ("exec =\nstop = 1%\n", "the name of a program is missing"),
            ("exec = 'x\nstop = 1%\n", "a quote is not closed"),
            ("exec = x\nstop = 1%\nenter_long = close > 1\n", "no rules of them"),
            ("enter_long = close > 1\nstop = 1%\ninputs = close\n", "goes with exec"),
            ("exec = x\nstop = 1%\ndeadline = 1h\n", "10ms to 10s"),
            ("exec = x\nstop = 1%\ninputs = close, rsii(3)\n", "did you mean rsi"),
            ("use = exec\nstop = 1%\n", "exec is missing")):
        p = run("check", "-c", write("wrong.ini", head + keys))
        check(p.returncode != 0 and words in p.stdout + p.stderr,
              f"{keys!r} is told: {p.stdout} {p.stderr}")
    ini = write("none.ini", head + "exec = /no/such/program\nstop = 1%\n")
    p = run("backtest", "-c", ini, "--bars", os.path.join(room(), "few"), timeout=120)
    check(p.returncode != 0 and "failed five times in a row" in p.stderr,
          f"a backtest without its program is none: {p.stderr[-300:]}")


print(f"seed {SEED}")
same_trades()
misbehaving()
in_the_ini()
finish()
