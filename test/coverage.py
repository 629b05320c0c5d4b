#!/usr/bin/env python3
"""coverage.py TREE... [-v]: how many branches of what guards money the tests take, by gcov, from
trees that were compiled for it and have run: that of the unit tests, and that of the simulated days
for recovery. Less than what the table says is an error. -v names the lines. Assertions count for
nothing: see coverage.h. Nor does the way out of a switch over an enumeration for what is none of
its values: where no default is written the compiler's warnings see to it that each value has its
case."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Percent of branches that have to be taken. What is less than 100 is what tests reach so far (less
# one, since a day of the simulation changes with the bot), so that it never becomes less.
LEAST = {
    "src/risk/gate.c": 100,
    "src/risk/account.c": 100,
    "src/engine/breakers.c": 100,
    "src/engine/cid.c": 100,
    "src/engine/engine.c": 100,
    "src/engine/execs.c": 100,
    "src/engine/exits.c": 100,
    "src/engine/fills.c": 100,
    "src/engine/lost.c": 100,
    "src/engine/moves.c": 100,
    "src/engine/orders.c": 100,
    "src/engine/plan.c": 100,
    "src/engine/protect.c": 100,
    "src/engine/replies.c": 100,
    "src/engine/restore.c": 100,
    "src/engine/saved.c": 100,
    "src/engine/slots.c": 100,
    "src/engine/sync.c": 100,
    "src/store/audit.c": 100,
    "src/store/backup.c": 100,
    "src/store/folder.c": 100,
    "src/store/generation.c": 100,
    "src/store/keys.c": 100,
    "src/store/pages.c": 100,
    "src/store/read.c": 100,
    "src/store/record.c": 100,
    "src/store/rescue.c": 100,
    "src/store/room.c": 100,
    "src/store/store.c": 100,
    "src/store/verify.c": 100,
    "src/store/walk.c": 100,
    "src/store/write.c": 100,
    "src/run/live_restore.c": 99,
    "src/run/checkpoint.c": 100,
    "src/run/keeper.c": 96,
    "src/run/latch.c": 100,
    "src/run/wire_sync.c": 99,
    "src/run/wire_positions.c": 98,
    "src/run/wire_fills.c": 100,
    "src/run/wire_route.c": 100,
    "src/run/writer.c": 99,
    "src/run/writer_put.c": 100,
    "src/run/writer_room.c": 100,
    "src/run/writer_say.c": 100,
    "src/run/instance.c": 97,
}


def counted(tree, file):
    """By line: whether each of its branches was taken; {} without a count."""
    r = subprocess.run(["gcov", "-b", "-c", "-t", "-o", os.path.join(tree, os.path.dirname(file)),
                        file], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found, line, own = {}, 0, False
    switches, inside = set(), None
    for text in r.stdout.splitlines():
        if m := re.match(r"\s*-:\s*0:Source:(.*)", text):
            own = m[1] == file
        elif not own:
            continue
        elif m := re.match(r"\s*[-#=0-9*]+:\s*(\d+):(.*)", text):
            line = int(m[1])
            text = m[2].lstrip()
            if text.startswith("switch ((enum "):
                switches.add(line)
                inside = line
            elif text.startswith("switch ("):
                inside = None
            elif text.startswith("default:"):
                switches.discard(inside)
        elif m := re.match(r"branch\s+\d+ (never executed|taken (-?\d+))", text):
            found.setdefault(line, []).append(bool(m[2]) and m[2] != "0")
    for line in switches:
        found[line].pop()
    return found


def branches(trees, file):
    """Lines with branches that nobody took, how many branches there are, how many were taken."""
    each = [found for tree in trees if (found := counted(tree, file))]
    lines, every, taken = [], 0, 0
    for line in each[0] if each else {}:
        took = [any(t) for t in zip(*(found[line] for found in each), strict=True)]
        every += len(took)
        taken += sum(took)
        if not all(took):
            lines.append(line)
    return lines, every, taken


def main():
    trees = [word for word in sys.argv[1:] if word != "-v"]
    failed = 0
    for file, least in LEAST.items():
        lines, every, taken = branches(trees, file)
        if every == 0:
            print(f"coverage: {file}: gcov knows of no branch: make coverage builds and runs")
            failed += 1
            continue
        percent = 100 * taken / every
        print(f"{percent:6.1f} %  {taken:4} of {every:4}  {file}")
        if percent < least:
            failed += 1
            print(f"\tat least {least} % have to be taken")
        if lines and (percent < least or "-v" in sys.argv):
            print("\tnot taken: " + " ".join(f"{n}" for n in lines))
    sys.exit(failed != 0)


main()
