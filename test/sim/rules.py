#!/usr/bin/env python3
"""Strategies written as rules (gambler init rules) trade exactly as the strategies of the program
that they stand for: every round trip, on made-up bars and, with GAMBLER_BARS, on real ones."""
import csv
import glob
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GAMBLER = os.path.join(ROOT, "gambler")

# Section of `gambler init rules`, the strategy that it is like, and a number turned down in both
# so that there is something to compare.
PAIRS = [
    ("dip", "mean_reversion", "preset = literal\nrs_n = 20\nvol_mult = 1\nbb_k = 1.5\n"
     "rsi_max = 45\nrsi_min_short = 55\n", "$volume = 1\n$band = 1.5\n$rsi_max = 45\n"),
    ("cross", "ma_cross", "preset = literal\n", ""),
    ("stretched", "zscore", "preset = literal\n", ""),
    ("oscillators", "indicator", "preset = classic\n", ""),
]


def run(*args, good=True):
    p = subprocess.run([GAMBLER, *args], capture_output=True, text=True)
    if (p.returncode == 0) != good:
        sys.exit(f"gambler {' '.join(args)}: exit {p.returncode}\n{p.stdout}{p.stderr}")
    return p.stdout + p.stderr


def sections(text):
    """The [strategy …] sections of an ini, by name."""
    found = {}
    for part in text.split("[strategy ")[1:]:
        name, body = part.split("]\n", 1)
        found[name] = body
    return found


def changed(body, numbers):
    """A section with other numbers for some of its parameters."""
    for line in numbers.splitlines():
        key = line.split(" = ")[0]
        body = "\n".join(line if b.startswith(key + " =") else b for b in body.split("\n"))
    return body


def config(rules, symbols, timeframe):
    ini = ""
    for name, built, preset, numbers in PAIRS:
        ini += f"[strategy {name}]\n{changed(rules[name], numbers)}\n"
        ini += f"[strategy {name}-built]\nuse = {built}\n{preset}\n"
        for which in name, name + "-built":
            ini += (f"[instance {which}]\nstrategy = {which}\nsymbols = {' '.join(symbols)}\n"
                    f"sides = both\ntimeframe = {timeframe}\n")
    return ini


def trades(path):
    """Round trips by instance, without what has the instance's name in it."""
    found = {}
    with open(path) as f:
        for row in csv.DictReader(f):
            row.pop("id")
            found.setdefault(row.pop("instance"), []).append(tuple(row.items()))
    return found


def compare(what, folder, ini, *args):
    path = os.path.join(folder, "x.ini")
    with open(path, "w") as f:
        f.write(ini)
    out = os.path.join(folder, "trades.csv")
    run("backtest", "-c", path, "--alone", "--trades", out, *args)
    found = trades(out)
    for name, built, _, _ in PAIRS:
        a, b = found.get(name, []), found.get(name + "-built", [])
        print(f"{what}: {name} and {built}: {len(a)} trades each")
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            sys.exit(f"{what}: {name} trades otherwise than {built}, from trade {at} on:\n"
                     f"rules: {a[at:at + 1]}\nbuilt: {b[at:at + 1]}")
    return sum(len(t) for t in found.values())


def real(folder, rules, bars):
    """Each set of files in GAMBLER_BARS, as far as the backtester reads it."""
    for source in sorted(glob.glob(os.path.join(bars, "[15]m-*"))):
        files = sorted(glob.glob(os.path.join(source, "*.csv.gz")))
        if not files:
            continue
        to = os.path.join(folder, os.path.basename(source))
        os.mkdir(to)
        for name in files:
            with gzip.open(name) as f, open(os.path.join(to, os.path.basename(name)[:-3]),
                                            "wb") as g:
                shutil.copyfileobj(f, g)
        symbols = sorted(os.path.basename(n).split(".")[0] for n in files)
        frame = os.path.basename(source)[:2]
        compare(os.path.basename(source), folder,
                config(rules, [s for s in symbols if s.isalpha()][:12], frame), "--bars", to)
        shutil.rmtree(to)


def examples_compile(folder, rules):
    """All that is shipped and all that the manual shows passes the check."""
    manual = run("help", "rules")
    rules = {**rules, **sections(manual.split("\nand an instance")[0].replace("\n  ", "\n"))}
    ini = ""
    for i, (name, body) in enumerate(rules.items()):
        ini += f"[strategy x{i}]\n{body}\n[instance i{i}]\nstrategy = x{i}\nsymbols = A B\n"
    path = os.path.join(folder, "all.ini")
    with open(path, "w") as f:
        f.write(ini)
    told = run("check", "-c", path)
    if told.count("never ahead") != len(rules) or len(rules) < 5:
        sys.exit(f"of {len(rules)} strategies not every one is proven:\n{told}")
    proofs = json.loads(run("check", "-c", path, "--json"))["rules"]
    for proof, line in zip(proofs, told.splitlines()[1:], strict=True):
        for key, said in (("instance", "{}: "), ("warmup_bars", "warm-up {} bars"),
                          ("look_back_bars", "looks back {} bars"), ("cost_ns", "about {} ns"),
                          ("stack", "; {} of 32 operands")):
            if said.format(proof[key]) not in line:
                sys.exit(f"--json says {key} {proof[key]}, but the text is: {line}")
        if proof["types"].get("stop") != "number" or not 0 < proof["stack"] < 32:
            sys.exit(f"a proof that cannot be: {proof}")


def main():
    rules = sections(run("init", "rules"))
    with tempfile.TemporaryDirectory() as folder:
        examples_compile(folder, rules)
        symbols = ["AAPL", "MSFT", "TSLA", "NVDA", "AMZN"]
        n = compare("made-up bars", folder, config(rules, symbols, "5m"))
        if n < 200:
            sys.exit(f"only {n} trades: nothing was compared")
        bars = os.environ.get("GAMBLER_BARS")
        if bars:
            real(folder, rules, bars)
    print("rules: good")


main()
