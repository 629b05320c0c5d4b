#!/usr/bin/env python3
"""planted.py [WORD|--fit]: each bug of planted.txt is put into a copy of the sources, which has to
compile, and the test that is named with it has to find it; without the bug that test passes. WORD:
only bugs, or tests, with it. A bug that does not fit the sources any more is an error: it is to be
planted where its code is now (--fit: only this is asked; test/tidy.sh does). The copy is in
O/planted; what did not change is not compiled again. Not part of `make test`: about two minutes."""
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPY = os.path.join(ROOT, os.environ.get("O", "build"), "planted")
LIST = os.path.join(ROOT, "test/torture/planted.txt")
COPIED = ("src", "test", "www", "init", "vendor", "Makefile", "gambler.c", "gambler.ini",
          "scenarios", "LICENSE")
MOST = 120      # seconds of a test: one that never ends has found the bug, too


def bugs():
    """Name, file, what goes, what comes, room, test."""
    name = file = None
    old, new = [], []
    for n, line in enumerate(open(LIST), 1):
        line = line.rstrip("\n")
        if line.startswith("[") and line.endswith("]"):
            name, file, old, new = line[1:-1], None, [], []
        elif line.startswith("-"):
            old.append(line[1:] + "\n")
        elif line.startswith("+"):
            new.append(line[1:] + "\n")
        elif line.startswith("#") or not line:
            continue
        elif file is None:
            file = line
        else:
            room, test = line.split(" ", 1)
            if name is None or not old:
                sys.exit(f"{LIST}:{n}: a bug has a name, a file, and lines that go")
            yield name, file, "".join(old), "".join(new), room, test


def copy_all():
    """What is new here is new there; what is the same keeps its time, and is not compiled."""
    os.makedirs(os.path.join(COPY, "build"), exist_ok=True)
    vendor = os.path.join(COPY, "build/vendor")
    if not os.path.lexists(vendor):
        os.symlink(os.path.join(ROOT, "build/vendor"), vendor)
    wanted = set()
    for top in COPIED:
        here = os.path.join(ROOT, top)
        found = [here] if os.path.isfile(here) else [
            os.path.join(d, f) for d, _, files in os.walk(here) for f in files]
        for path in found:
            to = os.path.join(COPY, os.path.relpath(path, ROOT))
            wanted.add(to)
            with open(path, "rb") as f:
                data = f.read()
            if os.path.exists(to) and open(to, "rb").read() == data:
                continue
            os.makedirs(os.path.dirname(to), exist_ok=True)
            with open(to, "wb") as f:
                f.write(data)
            shutil.copymode(path, to)
    for top in ("src", "test"):
        for d, _, files in os.walk(os.path.join(COPY, top)):
            for f in files:
                if os.path.join(d, f) not in wanted:
                    os.remove(os.path.join(d, f))


def program(room):
    return f"build/asan/unit-{room}"


def build(room):
    made = subprocess.run(["make", "-j" + str(os.cpu_count()), "O=build", program(room)], cwd=COPY,
                          env={k: v for k, v in os.environ.items() if k not in
                               ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "O")},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return made.returncode == 0, made.stdout


def passes(room, test):
    """True, False; and what it said."""
    try:
        r = subprocess.run([program(room), test], cwd=COPY, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, errors="replace", timeout=MOST)
    except subprocess.TimeoutExpired:
        return False, f"no end in {MOST} s"
    if "\n0 passed" in "\n" + r.stdout and r.returncode == 0:
        return False, f"there is no test {test}"
    return r.returncode == 0, r.stdout


def plant(file, old, new):
    """What was there before; None when the bug does not fit."""
    path = os.path.join(COPY, file)
    try:
        with open(path) as f:
            text = f.read()
    except OSError:
        return None
    if text.count(old) != 1:
        return None
    with open(path, "w") as f:
        f.write(text.replace(old, new))
    return text


def find(file, old, new, room, test):
    """What became of a planted bug: found, or why not."""
    text = plant(file, old, new)
    if text is None:
        return f"does not fit {file} any more", ""
    try:
        ok, said = build(room)
        if not ok:
            return "does not compile", said
        good, said = passes(room, test)
        return ("NOT FOUND" if good else "found"), said
    finally:
        with open(os.path.join(COPY, file), "w") as f:
            f.write(text)


def fit():
    """Those whose code is another one now."""
    lost = [b for b in bugs() if not os.path.exists(os.path.join(ROOT, b[1])) or
            open(os.path.join(ROOT, b[1])).read().count(b[2]) != 1]
    for b in lost:
        print(f"test/torture/planted.txt: [{b[0]}] does not fit {b[1]} any more: plant it where "
              "its code is now")
    return not lost


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    if word == "--fit":
        sys.exit(not fit())
    chosen = [b for b in bugs() if word in b[0] or word in " ".join(b[4:])]
    if not chosen:
        sys.exit(f"planted: no bug has \"{word}\" in it")
    copy_all()
    failed = 0
    for room, test in sorted({b[4:] for b in chosen}):
        ok, said = build(room)
        if ok:
            ok, said = passes(room, test)
        if not ok:
            failed += 1
            print(f"planted: without a bug {room} {test} does not pass:\n{said[-1500:]}")
    if failed:
        sys.exit(1)
    for name, file, old, new, room, test in chosen:
        begun = time.monotonic()
        what, said = find(file, old, new, room, test)
        took = time.monotonic() - begun
        print(f"{what:9}  {took:5.1f} s  {room} {test}: {name}", flush=True)
        if what != "found":
            failed += 1
            print("\t" + said[-600:].replace("\n", "\n\t"))
    print(f"planted: {len(chosen)} bugs, {len(chosen) - failed} found")
    sys.exit(failed != 0)


main()
