#!/usr/bin/env python3
"""kill_syscalls.py [PHASE [THREAD N]]: gambler is killed at every system call, but futex, that each
of its threads makes in each phase of a trading life: the start, an entry, its fill, stops that are
moved or set, the exit, a checkpoint, the copy of the store, the end. Each time the life begins
anew, with a store of its own; after the kill gambler starts again, sells what it holds, and its
books must be the exchange's. About 2,400 kills, 16 minutes of processor time; JOBS (the cores) at
a time. SEED chooses the market; of a failure the command that repeats it is printed."""
import collections
import json
import os
import random
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sim", "lib"))
import scene  # noqa: E402
from scene import check, finish  # noqa: E402
import lives  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
JOBS = int(os.environ.get("JOBS", os.cpu_count()))


def points(seed, found, phases):
    """Every thread and call of these phases, as they are when nothing is killed."""
    for phase in phases:
        _, _, counts = lives.one(seed, found, phase, 0, 0)
        for thread, calls in counts.items():
            for n in range(1, calls + 1):
                yield phase, thread, n


def worker(seed, found):
    """Points from stdin; for each a line: what was called."""
    for line in sys.stdin:
        phase, thread, n = json.loads(line)
        call, saving, _ = lives.one(seed, found, phase, thread, n)
        print(json.dumps([phase, thread, n, call, saving]), flush=True)
        if scene.counted["failed"]:
            os.environ["KEEP"] = "1"
            print(f"again: SEED={SEED} test/torture/kill_syscalls.py {phase} {thread} {n}; its "
                  f"folders are kept in {scene.room()}", flush=True)
            break
    finish()


def everything(seed, found, phases):
    """All points, JOBS at a time; how often it was killed at which call of which phase."""
    began = said = time.monotonic()
    todo = collections.deque(points(seed, found, phases))
    planned, failed, saved, kills = len(todo), 0, 0, collections.defaultdict(collections.Counter)
    jobs = {}
    for _ in range(JOBS):
        job = subprocess.Popen([sys.argv[0]], env={**os.environ, "SEED": str(SEED), "WORKER":
                               json.dumps([seed, found])}, text=True, bufsize=1,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        scene.children.append(job)
        jobs[job.stdout] = job
    for job in list(jobs.values()):
        job.stdin.write(json.dumps(todo.popleft()) + "\n" if todo else "")
    while jobs:
        for out in select.select(list(jobs), [], [])[0]:
            line = out.readline()
            if line == "":
                failed += jobs.pop(out).wait() != 0
            elif line[0] != "[":
                if "passed" not in line:
                    print(line, end="", flush=True)
            else:
                phase, _, _, call, saving = json.loads(line)
                kills[phase][call] += 1
                saved += saving
                if todo:
                    jobs[out].stdin.write(json.dumps(todo.popleft()) + "\n")
                else:
                    jobs[out].stdin.close()
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(f"{planned - len(todo)} of {planned} in {(said - began) / 60:.0f} minutes",
                  flush=True)
    report(kills, planned, saved, time.monotonic() - began, phases)
    check(failed == 0, f"each life went on as it must: {failed} of {JOBS} processes found one that "
          "did not")


def report(kills, planned, saved, seconds, phases):
    late = sum(k.pop(None, 0) for k in kills.values())
    total = sum(sum(k.values()) for k in kills.values())
    print(f"kill_syscalls.py: {total} kills at system calls, {saved} of them with a checkpoint "
          f"open, {late} behind the last call, "
          f"{seconds / 60:.1f} minutes, SEED={SEED}")
    for phase, k in kills.items():
        print(f"  {sum(k.values()):5} {phase}: " +
              " ".join(f"{c} {n}" for c, n in k.most_common()))
    check(all(kills[p] for p in phases), "it was killed in each phase")
    check(saved > 0 or not {"start", "shutdown"} & set(phases), "it was killed in a checkpoint")
    check(total > planned * 0.8, f"the calls were there to be killed at: {total} of {planned}")


if "WORKER" in os.environ:
    worker(*json.loads(os.environ["WORKER"]))
print(f"kill_syscalls.py: SEED={SEED}", flush=True)
seed, found = lives.windows_of_some(random.Random(SEED))
if len(sys.argv) == 4:
    print("killed at", lives.one(seed, found, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))[0])
else:
    everything(seed, found, sys.argv[1:] or list(lives.PHASES))
finish()
