#!/usr/bin/env python3
"""Keys, secret and token of this test are words found nowhere else. A whole life goes by: trading,
a broker that does not know the keys, every page, wrong tokens, every command, a backtest, a crash
with core files allowed. Then they are looked for, as they are, in base64 and in hex, in all that
was written, said or answered."""
import base64
import glob
import http.client
import os
import resource
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import (ENV, GAMBLER, OFTEN, Exchange, check, children, die_with_parent,  # noqa: E402
                   finish, free_port, room, run, wait_for, write)

KEY, SECRET = "PKQCANARYKEY7WXZV3", "qcanary-Secret/of+this=test~51793"
TOKEN = "qcanary-Token-of-this-test_86420_xy"
TRADING = """
[account]
mode = {mode}
trading_url = http://127.0.0.1:{port}
data_url = http://127.0.0.1:{port}
stream_url = http://127.0.0.1:{port}
{keys}
[exchange]
connect = 127.0.0.1:{port}
[store]
folder = {folder}
[server]
listen = {listen}
[log]
level = debug
""" + OFTEN + """[instance quick]
strategy = often
symbols = AAPL MSFT
timeframe = 1m
skip_open = 0
"""
PATHS = ("/", "/app.js", "/health", "/status", "/metrics", "/api/v1/status", "/api/v1/account",
         "/api/v1/positions", "/api/v1/orders", "/api/v1/orders/open", "/api/v1/trades",
         "/api/v1/sessions", "/api/v1/instances", "/api/v1/stats", "/api/v1/equity",
         "/api/v1/why?id=x", "/api/v1/log", "/nothing")
COMMANDS = (("status",), ("positions",), ("orders",), ("trades",), ("log",), ("check", "--show"),
            ("doctor",), ("doctor", "--json"), ("why", "AAPL"), ("pause",), ("resume",),
            ("status", "--json"))


def forms(word):
    """As they are, and what a dump would make of them."""
    raw = word.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), raw[::-1]}
    for shift in range(3):              # base64 of a text that begins somewhere before it
        coded = base64.b64encode(b"x" * shift + raw)
        found.add(coded[4 if shift else 0:len(coded) // 4 * 4 - 4])
        found.add(coded[4 if shift else 0:len(coded) // 4 * 4 - 4].translate(
            bytes.maketrans(b"+/", b"-_")))
    return found


FORMS = {name: forms(word) for name, word in
         (("key", KEY), ("secret", SECRET), ("token", TOKEN))}


def betrayed(data):
    return [name for name, all_forms in FORMS.items() if any(f in data for f in all_forms)]


def clean(data, where):
    check(betrayed(data) == [], f"{where} has the {' and the '.join(betrayed(data))}")


def ask(listen, path, token=TOKEN, method="GET", **headers):
    c = http.client.HTTPConnection(listen, timeout=60)
    head = {"Authorization": f"Bearer {token}"} if token else {}
    c.request(method, path, headers={**head, **headers})
    r = c.getresponse()
    answer = str(r.headers).encode() + r.read()
    c.close()
    return r.status, answer


class Life:
    def __init__(self, name, mode, port, keys="", **env):
        self.name, self.listen = name, f"127.0.0.1:{free_port()}"
        self.cwd = os.path.join(room(), name)
        os.mkdir(self.cwd)
        self.folder = os.path.join(self.cwd, "data")
        self.ini = write(name + ".ini", TRADING.format(mode=mode, port=port, keys=keys,
                                                       folder=self.folder,
                                                       listen=self.listen))
        self.env = {**ENV, "GAMBLER_SERVER_TOKEN": TOKEN, **env}
        self.log = os.path.join(self.cwd, "log")

    def start(self):
        def before():
            die_with_parent()
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        with open(self.log, "wb") as f:
            self.process = subprocess.Popen([GAMBLER, "run", "-c", self.ini], stdout=f, stderr=f,
                                            env=self.env, cwd=self.cwd, preexec_fn=before)
        children.append(self.process)
        return self

    def said(self):
        with open(self.log, "rb") as f:
            return f.read()

    def outside(self):
        """What any other process of this machine could see of it."""
        for file in ("environ", "cmdline", "status", "comm"):
            with open(f"/proc/{self.process.pid}/{file}", "rb") as f:
                clean(f.read(), f"{self.name}: /proc/PID/{file}")

    def memory(self):
        """Root may look: where are they?"""
        found = set()
        try:
            with open(f"/proc/{self.process.pid}/maps") as maps, \
                    open(f"/proc/{self.process.pid}/mem", "rb", 0) as mem:
                for line in maps:
                    words = line.split()
                    if "w" not in words[1]:
                        continue
                    a, b = (int(x, 16) for x in words[0].split("-"))
                    if b - a > 128 << 20:
                        continue
                    mem.seek(a)
                    try:
                        found.update(betrayed(mem.read(b - a)))
                    except OSError:
                        pass
        except PermissionError:
            return None
        return found

    def pages(self):
        for path in PATHS:
            for token in (TOKEN, None):
                clean(ask(self.listen, path, token)[1], f"{self.name}: {path}")
        for wrong in (TOKEN[:-1], TOKEN + "x", KEY):
            status, answer = ask(self.listen, "/status", wrong)
            check(status == 401, f"a wrong token: {status}")
            check(wrong.encode() not in answer, "a wrong token is not told back")
        status, answer = ask(self.listen, "/status?token=" + TOKEN, None)
        check(status == 401, f"a token in the address does not count: {status}")
        clean(answer, "what is answered to a token in the address")

    def commands(self):
        for words in COMMANDS:
            r = run(words[0], "-c", self.ini, *words[1:], env=self.env)
            clean((r.stdout + r.stderr).encode(), f"{self.name}: gambler {' '.join(words)}")

    def files(self):
        seen = 0
        for path in glob.glob(self.cwd + "/**", recursive=True):
            if os.path.isfile(path):
                seen += 1
                with open(path, "rb") as f:
                    clean(f.read(), path)
        return seen

    def crash(self):
        self.process.send_signal(signal.SIGABRT)
        check(self.process.wait(60) == -signal.SIGABRT, "it aborts")
        cores = glob.glob(self.cwd + "/core*")
        check(cores == [], f"no core file though they are allowed: {cores}")


def cores_are_made_here():
    """Else a test that finds none shows nothing."""
    with open("/proc/sys/kernel/core_pattern") as f:
        if f.read().strip() not in ("core", "core.%p"):
            return
    place = os.path.join(room(), "control")
    os.mkdir(place)
    subprocess.run(["sh", "-c", "ulimit -c unlimited; exec sh -c 'kill -ABRT $$'"], cwd=place,
                   stderr=subprocess.DEVNULL)
    check(glob.glob(place + "/core*") != [], "another program that aborts leaves a core file")


def search_finds():
    for word in (KEY, SECRET, TOKEN):
        raw = word.encode()
        for hidden in (raw, base64.b64encode(raw), base64.b64encode(b"k:" + raw),
                       base64.b64encode(b"a:" + raw + b":b"), raw.hex().encode()):
            check(betrayed(b"..." + hidden + b"..."), f"the search finds {hidden}")
    check(not betrayed(open(GAMBLER, "rb").read()), "and nothing where there is nothing")


def trading(exchange):
    keys = write("keys", f"APCA_API_KEY_ID={KEY}\nAPCA_API_SECRET_KEY={SECRET}\n")
    os.chmod(keys, 0o600)
    a = Life("from-file", "sim", exchange.port, f"key_file = {keys}").start()
    check(wait_for(lambda: b"wire.ready" in a.said(), 60), f"it trades: {a.said()[-300:]}")
    check(wait_for(lambda: b'"exit_reason":"' in ask(a.listen, "/api/v1/trades")[1], 60, 0.2),
          "and has traded")
    found = a.memory()
    check(found is None or found == {"key", "secret", "token"},
          f"they are in its memory, where they must be: {found}")
    a.outside()
    a.pages()
    a.commands()
    a.crash()
    clean(a.said(), "the log")
    check(b" debug " in a.said() or b"info" in a.said(), "the log has lines")
    check(a.files() >= 5, "the folder was searched")
    for env, words in (({}, ("account.ke=" + SECRET,)), ({}, ("account.mode=" + KEY,)),
                       ({"GAMBLER_SERVER_TOKEN": TOKEN * 5}, ()),
                       ({"GAMBLER_SERVER_TOKEN": TOKEN[:20]}, ()),
                       ({"APCA_API_KEY_ID": KEY * 9, "APCA_API_SECRET_KEY": SECRET}, ())):
        sets = [w for word in words for w in ("--set", word)]
        r = run("check", "-c", a.ini, *sets, env={**a.env, **env})
        check(r.returncode == 78, f"a configuration with a problem: {r.returncode}")
        if "account.mode=" + KEY not in words:      # what is no secret's place is told back
            clean((r.stdout + r.stderr).encode(), f"what is said of a bad configuration: {words}")
        check(TOKEN[:20] not in r.stderr, "nor is a token that is too short")


def refused():
    others = write("others", "PKSOMEBODYELSE\nsecretofsomebodyelse\n")
    x = Exchange("--keys", others, speed=60, name="refusing")
    b = Life("from-environment", "paper", x.port,
             APCA_API_KEY_ID=KEY, APCA_API_SECRET_KEY=SECRET).start()
    check(wait_for(lambda: b"401" in b.said() or b"403" in b.said() or b"refused" in b.said(), 60),
          f"the broker does not know the keys: {b.said()[-300:]}")
    b.outside()
    time.sleep(0.5)
    b.commands()
    b.process.terminate()
    b.process.wait(60)
    clean(b.said(), "the log of one that is refused")
    b.files()
    clean(open(x.log, "rb").read(), "the exchange's log")
    x.stop()


search_finds()
cores_are_made_here()
lively = Exchange("--start", "2024-10-01T09:30", speed=240, name="lively")
trading(lively)
lively.stop()
clean(open(lively.log, "rb").read(), "the exchange's log")
refused()
finish()
