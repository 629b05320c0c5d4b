#!/usr/bin/env python3
"""Scenario: wrong configurations, and the command line.

Every mistake is exit 78 with file:line and a remedy, nothing is started and nothing is made;
`gambler check` says the same. What `gambler init ini` shows as defaults are the defaults."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, ROOT, check, finish, free_port, room, run, write  # noqa: E402

GOOD = """[strategy dips]
use = mean_reversion
[instance one]
strategy = dips
symbols = AAPL MSFT
"""

# what it is, the text, the line that is named (None: only the file), a pattern of the message
WRONG = [
    ("an unknown key", "[risk]\nday_los = 3%\n" + GOOD, 2, r"day_los.*day_loss"),
    ("an unknown key of an instance", GOOD + "positon = 100\n", 6, r"positon.*position"),
    ("an unknown parameter", "[strategy x]\nuse = mean_reversion\nbb_m = 20\n" + GOOD, 3, r"bb_m"),
    ("a key twice", "[log]\nlevel = info\nlevel = warn\n" + GOOD, 3, r"level"),
    ("a bad number", "[risk]\nmax_positions = many\n" + GOOD, 2, r"many"),
    ("a number out of bounds", "[risk]\nmax_positions = 100000\n" + GOOD, 2, r"100000|256"),
    ("a bad duration", GOOD + "interval = soon\n", 6, r"soon"),
    ("a bad date", "[exchange]\nstart = 2024-02-30\n" + GOOD, 2, r"2024-02-30"),
    ("a bad choice", "[log]\nlevel = loud\n" + GOOD, 2, r"loud"),
    ("a bad symbol", GOOD.replace("MSFT", "M$FT"), 5, r"M\$FT"),
    ("an unknown section", "[riks]\nday_loss = 3%\n" + GOOD, None, r"riks"),
    ("a line that is none", "[risk]\nday_loss\n" + GOOD, 2, r"."),
    ("an unknown strategy", GOOD.replace("strategy = dips", "strategy = dip"), 4, r"dip"),
    ("an unknown preset", GOOD.replace("mean_reversion", "mean_reversion\npreset = clasic"), 3,
     r"clasic.*classic"),
    ("an instance twice", GOOD + "[instance one]\nstrategy = dips\nsymbols = SPY\n", None, r"one"),
    ("an instance without symbols", GOOD.replace("symbols = AAPL MSFT\n", ""), None, r"symbols"),
    ("no instance at all", "[log]\nlevel = info\n", None, r"instance"),
    ("an open address without a token", "[server]\nlisten = 0.0.0.0:9090\n" + GOOD, 2, r"token"),
    ("a short token", "[server]\nlisten = 0.0.0.0:9090\ntoken = short\n" + GOOD, 3, r"22"),
    ("live without the word", "[account]\nmode = live\n" + GOOD, 2, r"yes-i-mean-it"),
    ("more bands than bars", "[strategy x]\nuse = mean_reversion\nbb_n = 0\n" + GOOD, 3, r"bb_n"),
    ("k too large for n", "[strategy x]\nuse = mean_reversion\nbb_n = 5\nbb_k = 9\n" + GOOD, None,
     r"bb_k|bb_n"),
    ("a NUL byte", b"[risk]\nday_loss = 3%\0\n" + GOOD.encode(), None, r"."),
    ("a file that is too large", ";" * (1 << 20) + "\n" + GOOD, None, r"."),
    ("a folder", None, None, r"."),
]


def wrong():
    for number, (what, text, line, pattern) in enumerate(WRONG):
        ini = os.path.join(room(), f"wrong-{number}.ini")
        if text is None:
            os.mkdir(ini)
        else:
            write(os.path.basename(ini), text)
        data = os.path.join(room(), f"wrong-{number}.data")
        listing = sorted(os.listdir(room()))
        runs = [run(command, "-c", ini, "--set", f"store.folder={data}", cwd=room(), timeout=60)
                for command in ("run", "check")]
        for command, r in zip(("run", "check"), runs):
            check(r.returncode == 78,
                  f"{what}: {command} is exit 78, not {r.returncode}: {r.stderr}")
        said = [x for x in runs[0].stderr.splitlines() if ini in x]
        check(said and any(re.search(pattern, x.replace(ini, "")) for x in said),
              f"{what}: the message says it: {runs[0].stderr}")
        if line is not None:
            check(any(x.startswith(f"{ini}:{line}:") for x in said),
                  f"{what}: line {line} is named: {runs[0].stderr}")
        check(all(x in runs[1].stderr for x in said),
              f"{what}: check says the same: {runs[1].stderr}")
        check(sorted(os.listdir(room())) == listing, f"{what}: nothing was made")


def environment():
    """The environment, the options and a missing file are read as strictly."""
    ini = write("good.ini", GOOD)
    r = run("check", "-c", ini)
    check(r.returncode == 0, f"a good file is good: {r.stderr}")
    r = run("check", "-c", os.path.join(room(), "none.ini"))
    check(r.returncode == 78 and "none.ini" in r.stderr, f"a missing file is told: {r.stderr}")
    r = run("check", "-c", ini, "--set", "risk.day_los=3")
    check(r.returncode == 78 and "day_loss" in r.stderr, f"--set is checked: {r.stderr}")
    r = run("check", "-c", ini, "--set", "nonsense")
    check(r.returncode in (2, 78), f"--set wants section.key=value: {r.returncode} {r.stderr}")
    r = run("check", "-c", ini, env={**ENV, "GAMBLER_RISK_DAY_LOSS": "much"})
    check(r.returncode == 78 and "much" in r.stderr, f"the environment is checked: {r.stderr}")
    r = run("check", "-c", ini, "--show", env={**ENV, "GAMBLER_RISK_DAY_LOSS": "3%"})
    check("day_loss = 3%" in r.stdout, "the environment goes before the file")
    r = run("check", "-c", ini, "--show", "--set", "risk.day_loss=4%",
            env={**ENV, "GAMBLER_RISK_DAY_LOSS": "3%"})
    check("day_loss = 4%" in r.stdout, "the command line goes before the environment")
    secret = "a-token-that-nobody-shall-see"
    r = run("check", "-c", ini, "--show", env={**ENV, "GAMBLER_SERVER_TOKEN": secret})
    check(r.returncode == 0 and secret not in r.stdout + r.stderr, "the token is not shown")
    for text, what in ((b"\xef\xbb\xbf" + GOOD.encode(), "a byte order mark"),
                       (GOOD.replace("\n", "\r\n").encode(), "CR LF"),
                       (GOOD.rstrip("\n").encode(), "no newline at the end")):
        r = run("check", "-c", write("odd.ini", text))
        check(r.returncode == 0 or (r.returncode == 78 and "odd.ini" in r.stderr),
              f"{what} is taken, or refused in words: {r.returncode} {r.stderr}")


def show(ini):
    r = run("check", "-c", ini, "--show")
    check(r.returncode == 0, f"{os.path.basename(ini)} is good: {r.stderr}")
    return [x for x in r.stdout.splitlines() if not x.startswith(";")]


def sample():
    """What is shown as default is the default; what is shown as in force says the same again."""
    r = run("init", "ini")
    check(r.returncode == 0 and not r.stderr, "init ini prints the sample")
    shipped = open(os.path.join(ROOT, "gambler.ini"), encoding="utf-8").read()
    check(r.stdout == shipped, "gambler.ini is what init ini prints")
    plain = show(write("sample.ini", r.stdout))
    lines, section, keys, defaults, keyed = [], "", 0, {}, set()
    for x in r.stdout.splitlines():
        header = re.match(r"(; )?\[(\w+)( \S+)?\]", x)
        section = header.group(2) if header else section
        named = bool(header and header.group(3)) if header else section in ("strategy", "instance")
        key = re.match(r"; (\w+) = ?(.*)$", x)
        if key and not named:
            lines.append(f"{key.group(1)} = {key.group(2)}")
            keys += 1
            continue
        if key and section == "instance" and key.group(2):
            defaults[key.group(1)] = key.group(2)
        lines.append(x)
    check(keys > 25, f"the sample has all keys: {keys}")
    check(len(defaults) > 10, f"the sample has an instance's keys: {len(defaults)}")
    check(show(write("all.ini", "\n".join(lines) + "\n")) == plain,
          "every key of the fixed sections, uncommented, changes nothing")
    out = []
    for block in re.split(r"(?m)^(?=\[)", "\n".join(lines) + "\n"):
        keyed = set(re.findall(r"(?m)^(\w+) =", block))
        if block.startswith("[instance "):
            block = block.rstrip("\n") + "\n" + "".join(
                f"{k} = {v}\n" for k, v in defaults.items() if k not in keyed)
        out.append(block)
    check(show(write("instances.ini", "".join(out))) == plain,
          "every key of an instance, uncommented, changes nothing")
    again = show(write("again.ini", "\n".join(plain) + "\n"))
    check(again == plain, "what check --show prints is a configuration that says the same")


def words():
    """The command line without and with mistakes."""
    r = run()
    text = r.stdout + r.stderr
    check(r.returncode == 2, f"gambler without arguments is exit 2, not {r.returncode}")
    check(len(text.splitlines()) <= 24, f"it fits a screen: {len(text.splitlines())} lines")
    check(all(len(x) <= 80 for x in text.splitlines()), "its lines have at most 80 columns")
    r = run("help")
    check(r.returncode == 0 and not r.stderr, "help is exit 0")
    check(all(len(x) <= 80 for x in r.stdout.splitlines()), "help has at most 80 columns")
    commands = re.findall(r"(?m)^  (\w+)  ", r.stdout)
    check(len(commands) > 10 and "run" in commands, f"help lists the commands: {commands}")
    for c in commands:
        for asked in (("help", c), (c, "--help")):
            h = run(*asked)
            check(h.returncode == 0 and h.stdout.startswith("Usage: gambler " + c),
                  f"{' '.join(asked)} tells how: {h.returncode} {h.stdout[:60]} {h.stderr[:60]}")
            check(all(len(x) <= 96 for x in h.stdout.splitlines()), f"help {c} is narrow")
        h = run(c, "--no-such-option")
        check(h.returncode == 2 and h.stderr, f"{c} --no-such-option is exit 2, not {h.returncode}")
    for wrong_word, meant in (("statu", "status"), ("exchang", "exchange"), ("flaten", "flatten")):
        r = run(wrong_word)
        check(r.returncode == 2 and f"'{meant}'" in r.stderr, f"{wrong_word}: {r.stderr}")
    r = run("version")
    check(r.returncode == 0 and re.search(r"\d+\.\d+\.\d+", r.stdout), "version says one")


def nobody_runs():
    """Commands that want a running gambler say that there is none; halt is latched all the same."""
    ini = write("good.ini", GOOD + f"[server]\nlisten = 127.0.0.1:{free_port()}\n"
                f"[store]\nfolder = {room()}/nothing\n")
    for c in ("status", "pause", "flatten", "log"):
        r = run(c, "-c", ini)
        check(r.returncode == 1 and r.stderr,
              f"{c} is exit 1 and says why: {r.returncode} {r.stderr}")
    check(not os.path.exists(f"{room()}/nothing"), "asking makes no folder")
    for c, state in (("halt", "halt"), ("resume", "run")):
        r = run(c, "-c", ini)
        check(r.returncode == 0 and r.stdout + r.stderr, f"{c} is latched: {r.stderr}")
        r = run("status", "--json", "-c", ini)
        check(r.returncode == 1 and f'"kill":"{state}"' in r.stdout,
              f"{c} is remembered: {r.stdout[:200]} {r.stderr}")


wrong()
environment()
sample()
words()
nobody_runs()
finish()
