"""What the scenarios share: checks, children that never outlive the test, an exchange, a bot."""
import atexit
import ctypes
import http.client
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
GAMBLER = os.path.abspath(os.environ.get("GAMBLER", os.path.join(ROOT, "gambler")))
NAME = os.path.basename(sys.argv[0])
KEYS = {"APCA-API-KEY-ID": "PKTEST", "APCA-API-SECRET-KEY": "secret"}
ENV = {k: v for k, v in os.environ.items() if not k.startswith(("APCA_", "GAMBLER"))}
# Trades again and again, and is out after five minutes.
OFTEN = """[strategy often]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
exit = none
hold = 5m
stop = 20%
target = 50%
"""

counted = {"passed": 0, "failed": 0}
children = []
folder = None


def check(holds, sentence):
    counted["passed" if holds else "failed"] += 1
    if not holds:
        frame = sys._getframe(1)
        print(f"{NAME}:{frame.f_lineno}: not so: {sentence}", flush=True)
    return bool(holds)


def finish():
    print(f"{NAME}: {counted['passed']} passed, {counted['failed']} failed")
    sys.stdout.flush()
    clean()
    os._exit(1 if counted["failed"] else 0)


def room():
    """A folder of this test; in memory where that can be, because every commit is synced."""
    global folder
    if folder is None:
        base = os.environ.get("TMPDIR")
        if base is None and os.access("/dev/shm", os.W_OK) and \
                shutil.disk_usage("/dev/shm").free > 400 << 20:
            base = "/dev/shm"
        folder = tempfile.mkdtemp(prefix="gambler-test-", dir=base)
    return folder


def clean():
    for p in children:
        if p.poll() is None:
            p.kill()
            p.wait()
    if folder is not None and "KEEP" not in os.environ:
        shutil.rmtree(folder, ignore_errors=True)


atexit.register(clean)
for s in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(s, lambda *_: sys.exit(1))
libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)


def start(arguments, **options):
    options.setdefault("env", ENV)
    p = subprocess.Popen([GAMBLER, *arguments], stdin=subprocess.DEVNULL,
                         preexec_fn=die_with_parent, **options)
    children.append(p)
    return p


def run(*arguments, **options):
    """The finished process; its stdout and stderr as text. input: what it reads."""
    options.setdefault("env", ENV)
    options.setdefault("timeout", 60)
    options.setdefault("input", "")
    return subprocess.run([GAMBLER, *arguments], capture_output=True, encoding="utf-8",
                          errors="replace", **options)


def free_port():
    """Below those that the kernel gives to connections, one of which might take it before the
    child that is to have it, or while that is down."""
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def write(name, text):
    path = os.path.join(room(), name)
    with open(path, "wb" if isinstance(text, bytes) else "w") as f:
        f.write(text)
    return path


def wait_for(what, seconds, step=0.01):
    """The first true answer of what(); what it said last when time is up."""
    until = time.monotonic() + seconds
    while True:
        answer = what()
        if answer or time.monotonic() > until:
            return answer
        time.sleep(step)


class Rest:
    """One kept connection."""

    def __init__(self, port):
        self.port = port
        self.c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body)
        head = {**KEYS, **({} if body is None else {"Content-Type": "application/json"})}
        try:
            self.c.request(method, path, data, {**head, **(headers or {})})
            r = self.c.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.c.close()              # it had been idle for too long
            self.c.request(method, path, data, {**head, **(headers or {})})
            r = self.c.getresponse()
        text = r.read()
        return r.status, json.loads(text) if text else None

    def get(self, path):
        return self.call("GET", path)[1]


class Exchange:
    def __init__(self, *options, speed="max", name="exchange"):
        self.log = os.path.join(room(), name + ".log")
        with open(self.log, "w") as f:
            self.process = start(["exchange", "--speed", str(speed), "--listen", "127.0.0.1:0",
                                  *options], stderr=f, stdout=f)
        found = wait_for(self.address, 30)
        if not found:
            raise SystemExit(f"{NAME}: the exchange did not start: {open(self.log).read()}")
        self.port = int(found.group(1))
        self.rest = Rest(self.port)

    def address(self):
        if self.process.poll() is not None:
            raise SystemExit(f"{NAME}: the exchange did not start: {open(self.log).read()}")
        return re.search(r"http://127\.0\.0\.1:(\d+)", open(self.log).read())

    def ledger(self):
        """Everything, all pages."""
        whole = self.rest.get("/sim/ledger")
        page = whole
        while page["next"] is not None:
            page = self.rest.get(f"/sim/ledger?from={page['next']}")
            whole["orders"] += page["orders"]
            whole["executions"] += page["executions"]
        return whole

    def verdict(self):
        return self.rest.get("/sim/verdict")

    def clock(self):
        return self.rest.get("/sim/clock")

    def minutes(self, start, end):
        """For each symbol, how many minute bars the exchange lists."""
        count, token = {}, ""
        symbols = ",".join(a["symbol"] for a in self.rest.get("/v2/assets"))
        while token is not None:
            page = self.rest.get(f"/v2/stocks/bars?symbols={symbols}&timeframe=1Min&limit=10000"
                                 f"&start={start}&end={end}{token}")
            for symbol, bars in page["bars"].items():
                count[symbol] = count.get(symbol, 0) + len(bars)
            token = page["next_page_token"] and "&page_token=" + page["next_page_token"]
        return count

    def stop(self):
        self.rest.c.close()
        self.process.terminate()
        return self.process.wait(20)


class Pace:
    """A client of the lockstep that lets the market go on only as far as the test wants."""

    def __init__(self, exchange, name="pace"):
        self.rest = Rest(exchange.port)
        self.name = name
        answer = self.rest.call("POST", "/sim/join", {"client": name})[1]
        self.n, self.now, self.end = answer["n"], answer["now"], False

    def send(self):
        """This instant is done with; receive() tells when the others have let the next come."""
        body = json.dumps({"client": self.name, "n": self.n, "wait": True})
        self.rest.c.request("POST", "/sim/ack", body, {**KEYS, "Content-Type": "application/json"})

    def receive(self, seconds=60):
        """False: nothing has come in time; ask again with receive()."""
        if not select.select([self.rest.c.sock], [], [], seconds)[0]:
            return False
        a = json.loads(self.rest.c.getresponse().read())
        self.n, self.now, self.end = a["n"], a["now"], a["end"]
        return True

    def step(self):
        """One instant on, as soon as the others let it."""
        self.send()
        if not self.receive():
            raise SystemExit(f"{NAME}: the market has stood still for a minute")

    def follow(self, process):
        """Slowly on until the process has ended; then an answer is under way."""
        self.send()
        while process.poll() is None:
            if self.receive(0.05):
                time.sleep(0.02)
                self.send()

    def leave(self):
        self.rest.c.close()             # an answer may be under way
        self.rest.call("POST", "/sim/leave", {"client": self.name})
        self.rest.c.close()


class Bot:
    """`gambler run`, and the commands that ask it or its store."""

    def __init__(self, ini, data, *sets, connect=None, name="bot"):
        self.data = os.path.join(room(), data)
        self.log = os.path.join(room(), name + ".log")
        self.listen = f"127.0.0.1:{free_port()}"
        self.common = ["-c", ini, "--set", f"store.folder={self.data}",
                       "--set", f"server.listen={self.listen}"]
        self.sets = ["--set", "account.mode=sim"]
        if connect is not None:
            self.sets += ["--set", f"exchange.connect=127.0.0.1:{connect}"]
        for s in sets:
            self.sets += ["--set", s]
        self.process = None
        self.starts = 0
        self.env = ENV

    def start(self):
        self.mark = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "a") as f:
            self.process = start(["run", *self.common, *self.sets], stdout=f, stderr=f,
                                 env=self.env)
        self.starts += 1
        return self

    def said(self, since_start=True):
        with open(self.log) as f:
            f.seek(self.mark if since_start else 0)
            return f.read()

    def ready(self, seconds=60):
        def up():
            return "wire.ready" in self.said() or self.process.poll() is not None
        return bool(wait_for(up, seconds)) and self.process.poll() is None

    def joined(self, exchange):
        """The exchange's pace, once gambler is in the market too: it waits at the first bar."""
        pace = Pace(exchange)
        wait_for(lambda: exchange.clock()["clients"] == 2, 60)
        return pace

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def ask(self, command, *options):
        """The JSON of a command such as trades."""
        r = run(command, *options, "--json", *self.common)
        try:
            return json.loads(r.stdout)
        except ValueError:
            raise SystemExit(f"{NAME}: gambler {command} said no JSON: {r.stdout[:300]} "
                             f"{r.stderr[:300]}")

    def text(self, path):
        c = http.client.HTTPConnection(self.listen, timeout=60)
        c.request("GET", path)
        text = c.getresponse().read().decode()
        c.close()
        return text

    def get(self, path):
        return json.loads(self.text(path))

    def trades(self):
        return self.ask("trades", "--limit", "500")
