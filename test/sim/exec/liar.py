#!/usr/bin/env python3
"""A program for `exec` that misbehaves: liar.py HOW. The first three questions of all are answered
well."""
import json
import os
import sys
import time

how = sys.argv[1]


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def answer(q, **more):
    return json.dumps({"id": q["id"], "do": "none", **more}) + "\n"


if how == "look":
    names = " ".join(sorted(os.environ))
    files = " ".join(sorted(os.listdir("/proc/self/fd"), key=int))
    sys.stderr.write(f"sees {names}; {files}; group {os.getpgrp() == os.getpid()}\n")
    sys.stderr.flush()
if how == "never":
    sys.exit(3)
for line in sys.stdin:
    q = json.loads(line)
    n = q["id"]
    if how in ("good", "look") or n <= 3:
        say(answer(q, why="all is well"))
    elif how == "hangs":
        time.sleep(3600)
    elif how == "dies":
        os.abort()
    elif how == "floods":
        while True:
            say("and so on\n" * 1000)
    elif how == "garbage":
        say("\x00\xff{[}\n")
    elif how == "half":
        say(answer(q)[:-5])
    elif how == "huge":
        say("x" * 1000000 + "\n")
    elif how == "nan":
        say('{"id":%d,"do":"long","stop":NaN}\n' % q["id"])
    elif how == "symbol":
        say(answer(q, symbol="ZZZ"))
    elif how == "twice":
        say(answer(q) * 2 + answer(q) * (n % 2))
    elif how == "closes":
        os.close(1)
        time.sleep(3600)
    elif how == "forks":
        if os.fork() == 0:
            time.sleep(3600)    # with the pipes of its parent
        os._exit(0)
    elif how == "late":
        time.sleep(1.5)
        say(answer(q, do="long", stop=1))
    elif how == "stop":
        say(answer(q, do="long", stop=10000, target=0.01))
