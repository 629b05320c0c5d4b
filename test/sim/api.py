#!/usr/bin/env python3
"""Every endpoint of the running gambler, asked as curl would: who may, what is told, in which
form; metrics; events; and the commands that print the same."""
import gzip
import http.client
import json
import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, OFTEN, Bot, check, finish, run, wait_for, write  # noqa: E402

INI = """
[exchange]
speed = 120
""" + OFTEN + """[instance quick]
strategy = often
symbols = AAPL MSFT
skip_open = 0
"""
TOKEN = "a-token-of-this-test-0123456789abcdef"
READ_TOKEN = "another-token-that-may-only-read-01234"
JSON_PATHS = {
    "/status": dict, "/api/v1/status": dict, "/api/v1/account": dict, "/api/v1/stats": dict,
    "/api/v1/positions": list, "/api/v1/orders": list, "/api/v1/orders/open": list,
    "/api/v1/trades": list, "/api/v1/sessions": list, "/api/v1/instances": list,
    "/api/v1/equity": list, "/api/v1/log": list,
}
COMMANDS = ("halt", "resume", "pause", "flatten", "reduce-only")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            check(False, f"this is JSON: {self.body[:200]}")
            return None

    def code(self):
        return ((self.json() or {}).get("error") or {}).get("code")


def ask(bot, method, path, body=None, **headers):
    c = http.client.HTTPConnection(bot.listen, timeout=60)
    c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    named.setdefault("Host", bot.listen)
    for k, v in named.items():
        c.putheader(k, v)
    if body is not None:
        c.putheader("Content-Length", str(len(body)))
    c.endheaders(body.encode() if body else None)
    r = c.getresponse()
    text = r.read()
    c.close()
    return Answer(r.status, r.headers, text)


def post(bot, what, body="{}", **headers):
    headers.setdefault("Content_Type", "application/json")
    return ask(bot, "POST", "/api/v1/" + what, body, **headers)


def documents(bot):
    for path, kind in JSON_PATHS.items():
        a = ask(bot, "GET", path)
        check(a.status == 200, f"{path}: 200, not {a.status}")
        check(a.headers["Content-Type"] == "application/json", f"{path}: {a.headers}")
        check(isinstance(a.json(), kind), f"{path} is a {kind.__name__}")
        check(a.headers["Cache-Control"] == "no-store", f"{path} is not kept")
        check(a.headers["X-Content-Type-Options"] == "nosniff", f"{path}: nosniff")
        h = ask(bot, "HEAD", path)
        check(h.status == 200 and h.body == b"", f"HEAD {path}: 200 and nothing, not {h.status}")
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            a = ask(bot, method, path, "{}", Content_Type="application/json")
            check(a.status == 405 and a.headers["Allow"] == "GET, HEAD",
                  f"{method} {path}: 405 with Allow, not {a.status} {a.headers['Allow']}")
    a = ask(bot, "GET", "/health")
    check(a.status == 200 and a.json() == {"status": "ok"}, f"/health: {a.status} {a.body}")
    for path in ("/nothing", "/api/v1/", "/api/v1/orders/", "/../etc/passwd", "/%2e%2e/x",
                 "/index.html%00", "/www/index.html", "//", "/api/v2/status", "/app.js/"):
        a = ask(bot, "GET", path)
        check(a.status in (400, 404), f"{path}: nothing is there: {a.status}")


def status(bot):
    s = ask(bot, "GET", "/status").json()
    for key in ("version", "mode", "state", "kill", "started", "uptime_s", "market", "links",
                "account", "stats", "positions_open", "orders_open", "seq", "positions",
                "instances"):
        check(key in s, f"/status tells {key}")
    check(isinstance(s["account"]["equity"], str), "money is text")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", s["market"]["now"]), "instants have a zone")
    i = s["instances"][0]
    check(i["name"] == "quick" and i["symbols"] == ["AAPL", "MSFT"], f"the instance: {i}")
    check(sum(f["rejected"] for f in i["funnel"]) <= i["bars"], "the funnel adds up")
    check(s["positions_open"] == len(s["positions"]), "positions are counted")


def limits(bot):
    check(wait_for(lambda: len(ask(bot, "GET", "/api/v1/trades").json()) >= 3, 60, 0.2),
          "trades come")
    for path in ("orders", "trades", "sessions"):
        n = len(ask(bot, "GET", f"/api/v1/{path}?limit=1").json())
        check(n == 1, f"{path}?limit=1 gives one, not {n}")
        for bad in ("0", "-1", "x", "", "1e9", "99999999999999999999", "%ff"):
            a = ask(bot, "GET", f"/api/v1/{path}?limit={bad}")
            check(a.status == 200, f"{path}?limit={bad}: {a.status}")
    check(ask(bot, "GET", "/api/v1/equity?from=yesterday").status == 400, "a bad time: 400")
    late = ask(bot, "GET", "/api/v1/equity?from=2100-01-01T00:00:00Z").json()
    check(late == [], f"no equity of the future: {late}")


def why(bot):
    trade = ask(bot, "GET", "/api/v1/trades?limit=10").json()[-1]["trade"]
    a = ask(bot, "GET", "/api/v1/why?id=" + trade)
    w = a.json()
    kinds = [n["what"] for n in w["notes"]]
    for kind in ("signal", "gate", "guard", "sent"):
        check(kind in kinds, f"why tells of {kind}: {kinds}")
    gate = next(n for n in w["notes"] if n["what"] == "gate")
    check(all({"check", "value", "limit"} == set(v) for v in gate["values"]), f"gate: {gate}")
    check(w["orders"] and w["fills"], "why tells orders and fills")
    leg = next(o for o in w["orders"] if o["role"] == "stop")
    same = ask(bot, "GET", "/api/v1/why?id=" + (leg["client_order_id"] or leg["id"])).json()
    check(same["trade"]["trade"] == trade, "a leg leads to its trade")
    for path, status, code in (("why", 400, "no_id"), ("why?id=", 400, "no_id"),
                               ("why?id=nobody", 404, "unknown_id"),
                               ("why?id=" + "x" * 300, 400, "no_id"),
                               ("why?id=%00", 400, "no_id")):
        a = ask(bot, "GET", "/api/v1/" + path)
        check(a.status == status and a.code() == code, f"{path[:20]}: {a.status} {a.body[:80]}")


def page(bot):
    total = 0
    for path, kind in (("/", "text/html"), ("/app.js", "text/javascript"),
                       ("/dom.js", "text/javascript"), ("/app.css", "text/css"),
                       ("/icon.svg", "image/svg+xml")):
        a = ask(bot, "GET", path, Accept_Encoding="gzip")
        check(a.status == 200, f"{path}: {a.status}")
        check(a.headers["Content-Type"].startswith(kind), f"{path}: {a.headers['Content-Type']}")
        total += len(a.body)
        policy = a.headers["Content-Security-Policy"] or ""
        check("default-src 'none'" in policy and "unsafe" not in policy, f"{path}: {policy}")
        check("frame-ancestors 'none'" in policy, "no other page may frame it")
        check(a.headers["Referrer-Policy"] == "no-referrer", f"{path}: referrer")
        check(not re.search(r"\d", a.headers["Server"] or ""), "no version is told in Server")
        tag = a.headers["ETag"]
        again = ask(bot, "GET", path, If_None_Match=tag, Accept_Encoding="gzip")
        check(again.status == 304 and again.body == b"", f"{path} with its ETag: {again.status}")
        head = ask(bot, "HEAD", path, Accept_Encoding="gzip")
        check(head.status == 200 and head.body == b"", f"HEAD {path}: {head.status}")
        check(ask(bot, "POST", path, "x").status == 405, f"POST {path}: 405")
        plain = ask(bot, "GET", path)
        check(plain.status == 200 and plain.body == gzip.decompress(a.body) and
              plain.headers["Content-Encoding"] is None, f"{path} without gzip is the same text")
    check(total < 60000, f"the page is less than 60 kB on the wire: {total}")


def strangers(bot):
    port = bot.listen.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", f"127.evil.example:{port}", "127.0.0.1:1",
                 f"localhost.evil:{port}", f"127.0.0.1.nip.io:{port}", f"0.0.0.0:{port}"):
        for path in ("/", "/status", "/health"):
            a = ask(bot, "GET", path, Host=host)
            check(a.status == 421, f"{path} for Host {host}: 421, not {a.status}")
    for host in (f"localhost:{port}", f"LOCALHOST:{port}", f"127.0.0.1:{port}", f"[::1]:{port}",
                 f"127.1.2.3:{port}"):
        check(ask(bot, "GET", "/status", Host=host).status == 200, f"Host {host} is this machine")
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{int(port) + 1}",
                   f"http://localhost:{port}.evil"):
        a = post(bot, "halt", Origin=origin)
        check(a.status == 403 and a.code() == "cross_site", f"Origin {origin}: {a.status}")
        check(ask(bot, "GET", "/status", Origin=origin).status == 403, f"GET, Origin {origin}")
    for site in ("cross-site", "same-site"):
        a = post(bot, "halt", Sec_Fetch_Site=site)
        check(a.status == 403, f"Sec-Fetch-Site {site}: {a.status}")
    check(ask(bot, "GET", "/", Sec_Fetch_Site="cross-site", Accept_Encoding="gzip").status == 200,
          "a link may lead here")
    a = ask(bot, "GET", "/status", Origin=f"http://{bot.listen}", Sec_Fetch_Site="same-origin")
    check(a.status == 200, f"its own page may ask: {a.status}")
    check(not any(k.lower().startswith("access-control") for k in a.headers), "no CORS headers")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        a = post(bot, "halt", Content_Type=kind)
        check(a.status == 415, f"a command of type {kind!r}: 415, not {a.status}")
    check(ask(bot, "GET", "/status").json()["kill"] == "run", "none of them halted it")


def commands(bot):
    for what in COMMANDS:
        a = ask(bot, "GET", "/api/v1/" + what)
        check(a.status == 405 and a.headers["Allow"] == "POST", f"GET {what}: {a.status}")
        a = post(bot, what, '{"instance":"nobody"}')
        check(a.status == 404 and a.code() == "unknown_instance", f"{what} of nobody: {a.status}")
        for body in ("[]", "{", "x", '{"instance":"quick"} x', '"quick"'):
            a = post(bot, what, body)
            check(a.status == 400 and a.code() == "bad_json", f"{what} {body}: {a.status}")
        check(ask(bot, "GET", "/status").json()["kill"] == "run", f"nothing came of {what}")
    check(post(bot, "pause", "x" * 200000).status == 413, "a large body: 413")

    def state():
        return ask(bot, "GET", "/status").json()["instances"][0]["state"]

    check(post(bot, "pause", '{"instance":"quick"}').status == 202, "pause: 202")
    check(wait_for(lambda: state() == "paused", 60), "it is paused")
    check(post(bot, "resume", "").status == 202, "resume without a body: 202")
    check(wait_for(lambda: state() == "running", 60), "it runs again")


def metrics(bot):
    a = ask(bot, "GET", "/metrics")
    check(a.headers["Content-Type"].startswith("text/plain; version=0.0.4"), "metrics have a type")
    text = a.body.decode()
    check(text.endswith("\n"), "metrics end with a line end")
    kinds, helps, seen, name = {}, set(), set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            check(name not in helps, f"{name} is described once")
            helps.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            check(kind in ("gauge", "counter"), f"{line}")
            kinds[name] = kind
        else:
            m = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"\\]*"\})? (-?[0-9.]+(e[-+]?\d+)?|NaN)', line)
            if check(m, f"a metric: {line}"):
                check(m[1] == name and m[1] in kinds, f"{m[1]} stands behind its TYPE")
                check(m[1] + (m[2] or "") not in seen, f"{m[1]}{m[2]} is told once")
                seen.add(m[1] + (m[2] or ""))
    for name, kind in kinds.items():
        check((kind == "counter") == name.endswith("_total"), f"{name}: a counter ends in _total")
        check(name in helps, f"{name} has a HELP")
    for name in ("gambler_equity_usd", "gambler_positions_open", "process_resident_memory_bytes",
                 'gambler_instance_running{instance="quick"}'):
        check(name in seen, f"{name} is told")


def open_stream(bot, **headers):
    s = socket.create_connection(bot.listen.split(":"), timeout=60)
    lines = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    s.sendall(f"GET /events HTTP/1.1\r\nHost: {bot.listen}\r\n{lines}\r\n".encode())
    return s


def read_until(s, mark, seconds=30):
    data, until = b"", time.monotonic() + seconds
    while mark not in data and time.monotonic() < until:
        piece = s.recv(65536)
        if not piece:
            break
        data += piece
    return data


def events(bot):
    begun = time.monotonic()
    s = open_stream(bot)
    data = read_until(s, b"}\n\n")
    took = time.monotonic() - begun
    check(b"text/event-stream" in data and b"event: status" in data, f"events: {data[:200]}")
    # A second and three on a machine that is not busy.
    check(took < 10, f"the first event comes at once, not after {took:.2f} s")
    more = read_until(s, b"event: status")
    check(b"event: status" in more, "another follows")
    s.close()
    a = ask(bot, "HEAD", "/events")
    check(a.status == 200 and a.body == b"", f"HEAD /events ends: {a.status}")
    check(ask(bot, "GET", "/events", Origin="http://evil.example").status == 403,
          "another origin gets no events")
    time.sleep(0.3)
    pages = [open_stream(bot) for _ in range(16)]
    for p in pages:
        check(b"200" in read_until(p, b"\r\n\r\n"), "16 pages are served")
    full = open_stream(bot)
    check(b" 503 " in read_until(full, b"\r\n\r\n"), "the 17th gets 503")
    full.close()
    for p in pages:
        p.close()

    def again():
        s = open_stream(bot)
        ok = b" 200 " in read_until(s, b"\r\n\r\n")
        s.close()
        return ok

    check(wait_for(again, 60, 0.2), "pages that are closed make room")


def words(bot):
    """What the commands print, of a running one."""
    for what in ("positions", "orders", "trades"):
        r = run(what, *bot.common)
        check(r.returncode == 0 and r.stderr == "", f"{what}: {r.returncode} {r.stderr}")
        check(all(len(x) <= 100 for x in r.stdout.splitlines()), f"{what} fits 100 columns")
        check("\x1b" not in r.stdout, f"{what} has no colours")
        check(isinstance(bot.ask(what), list), f"{what} --json is a list")
    r = run("status", *bot.common)
    first = r.stdout.splitlines()[0]
    check(r.returncode == 0, f"status of a running one: {r.returncode}")
    check(re.fullmatch(r"sim, running \d.*, market (open|closed) \(.*\), \d+ positions?, "
                       r"day [-+]?[\d,.]+ USD", first), f"status is a sentence: {first}")
    r = run("why", "AAPL", *bot.common)
    check(r.returncode == 0 and "the risk gate let it pass" in r.stdout, f"why: {r.stdout[:300]}")
    check(run("why", "nobody", *bot.common).returncode == 1, "why of nobody: 1")
    check(run("why", *bot.common).returncode == 2, "why of nothing: 2")
    check(run("orders", "--limit", "0", *bot.common).returncode == 2, "--limit 0: 2")
    check(len(bot.ask("orders", "--limit", "2")) == 2, "--limit 2: two")
    r = run("log", *bot.common)
    check(r.returncode == 0 and "wire.ready" in r.stdout, "log has the log")
    check(run("pause", "nobody", *bot.common).returncode == 1, "pause of nobody: 1")
    r = run("halt", *bot.common)
    check(r.returncode == 0, f"halt: {r.stderr}")
    check(wait_for(lambda: ask(bot, "GET", "/status").json()["kill"] == "halt", 60), "it halts")
    check(run("resume", *bot.common).returncode == 0, "resume")
    check(wait_for(lambda: ask(bot, "GET", "/status").json()["kill"] == "run", 60), "it resumes")


def store(bot):
    """The same when none runs."""
    bot.process.terminate()
    check(bot.process.wait(60) == 0, "it stops on SIGTERM")
    r = run("status", *bot.common)
    check(r.returncode == 1 and "not running" in r.stdout, f"status: {r.returncode} {r.stdout}")
    check("none runs" in r.stderr, f"and says so: {r.stderr}")
    r = run("trades", *bot.common)
    check(r.returncode == 0 and "AAPL" in r.stdout, f"trades from the store: {r.stdout[:200]}")
    check(len(bot.ask("trades")) >= 3, "trades --json from the store")
    r = run("why", "AAPL", *bot.common)
    check(r.returncode == 0 and "the risk gate" in r.stdout, "why from the store")
    for what in ("pause", "flatten"):
        r = run(what, *bot.common)
        check(r.returncode == 1 and "nothing was done" in r.stderr, f"{what}: {r.stderr}")
    check(run("log", *bot.common).returncode == 1, "no log of none")
    check(run("halt", *bot.common).returncode == 0, "halt latches in the store")
    check(bot.ask("status")["kill"] == "halt", "and is told")
    bot.start()
    check(bot.ready(), "it starts")
    check(ask(bot, "GET", "/status").json()["kill"] == "halt", "halted")
    bot.kill()
    check(run("resume", *bot.common).returncode == 0, "resume in the store, after kill -9")
    check(bot.ask("status")["kill"] == "run", "resumed")
    r = run("trades", *bot.common, "--set", f"store.folder={bot.data}-none")
    check(r.returncode == 1 and "no store" in r.stderr, f"no store: {r.returncode} {r.stderr}")
    with socket.create_server(("127.0.0.1", int(bot.listen.split(":")[1]))):
        r = run("status", *bot.common)
        check(r.returncode == 1 and "does not answer" in r.stderr, f"a mute one: {r.stderr}")


def tokens(bot):
    for path in (*JSON_PATHS, "/metrics", "/events", "/api/v1/why?id=x"):
        a = ask(bot, "GET", path)
        check(a.status == 401 and a.headers["WWW-Authenticate"] == "Bearer",
              f"{path} without a token: {a.status}")
        if path != "/events":
            a = ask(bot, "GET", path, Authorization="Bearer " + TOKEN)
            check(a.status in (200, 404), f"{path} with it: {a.status}")
    for what in COMMANDS:
        check(post(bot, what).status == 401, f"{what} without a token")
    for path in ("/", "/app.js", "/health"):
        check(ask(bot, "GET", path, Accept_Encoding="gzip").status == 200, f"{path} needs none")
    check(ask(bot, "GET", f"/status?token={TOKEN}").status == 401, "not in the address")
    for what in COMMANDS:
        a = post(bot, what, Authorization="Bearer " + READ_TOKEN)
        check(a.status == 403 and a.code() == "read_only", f"{what} by who may look: {a.status}")
    check(ask(bot, "GET", "/status", Authorization="Bearer " + READ_TOKEN).json()["kill"] == "run",
          "who may look sees that nothing was done")
    a = run("status", *bot.common, "--set", f"server.token={TOKEN}")
    check(a.returncode == 0, f"status with the token: {a.stderr}")
    a = run("status", *bot.common)
    check(a.returncode == 1 and "token" in a.stderr, f"status without: {a.stderr}")
    wrong = ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "x" * 5000)
    statuses = [ask(bot, "GET", "/status", Authorization="Bearer " + w).status for w in wrong]
    check(statuses == [401] * 5, f"wrong tokens: {statuses}")
    statuses = [ask(bot, "GET", "/status", Authorization="Bearer no").status for _ in range(12)]
    check(statuses[0] == 401 and statuses[-1] == 429, f"after ten a minute: {statuses}")
    check(ask(bot, "GET", "/health").status == 200, "/health still answers")
    said = bot.said()
    check(TOKEN not in said and READ_TOKEN not in said, "the tokens are in no log")
    a = run("check", *bot.common, "--set", f"server.read_token={READ_TOKEN}")
    check(a.returncode == 78 and "read_token" in a.stderr, f"a read_token alone: {a.stderr}")
    with open(f"/proc/{bot.process.pid}/cmdline") as f:
        words = f.read()
    check("server.token=" in words and TOKEN not in words and READ_TOKEN not in words,
          f"what was an argument is wiped: {words!r}")


def digest():
    """gambler.ini tells the digest, which opens nothing."""
    made = run("init", "token")
    token, lines = made.stdout.strip(), made.stderr.splitlines()
    ini = write("digest.ini", INI + "\n".join(lines[1:]) + "\n")
    bot = Bot(ini, "digest", name="digest").start()
    if not check(bot.ready(), f"it takes what init said: {lines} {bot.said()[-300:]}"):
        return
    r = run("status", *bot.common)
    check(r.returncode == 1 and "GAMBLER_SERVER_TOKEN" in r.stderr, f"it is wanted: {r.stderr}")
    r = run("status", *bot.common, env={**ENV, "GAMBLER_SERVER_TOKEN": token})
    check(r.returncode == 0, f"and taken from the environment: {r.stderr}")
    bot.kill()
    plain = write("plain.ini", INI + f"[server]\ntoken = {token}\n")
    for mode, code in ((0o644, 78), (0o640, 0), (0o600, 0)):
        os.chmod(plain, mode)
        r = run("check", "-c", plain)
        check(r.returncode == code and (code == 0 or "chmod o=" in r.stderr) and
              token not in r.stderr, f"a token in a file of mode {mode:o}: {r.stderr}")


def neighbours(bot):
    """Of an address that is not this machine's own, eight connections at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))     # nothing is sent: which address would it be from?
            own = s.getsockname()[0]
        except OSError:
            own = "127.0.0.1"
    if own.startswith("127."):
        print("api.py: no other address than loopback: connections per address are left out")
        return
    port = int(bot.listen.rpartition(":")[2])
    many = [socket.create_connection((own, port), timeout=5) for _ in range(9)]
    told = []
    for s in many:
        s.sendall(f"GET /health HTTP/1.1\r\nHost: {own}:{port}\r\n\r\n".encode())
        told.append(s.recv(4096)[9:12])
    check(told[:8] == [b"200"] * 8 and told[8] == b"503", f"eight of nine are served: {told}")
    check(ask(bot, "GET", "/health").status == 200, "others are, too")
    for s in many:
        s.close()


def main():
    bot = Bot(write("api.ini", INI), "data", name="api").start()
    if not bot.ready():
        sys.exit(f"api.py: gambler did not start: {bot.said()}")
    for part in (documents, status, limits, why, page, strangers, commands, metrics, events, words,
                 store):
        part(bot)
    made = {run("init", "token").stdout for _ in range(3)}
    check(len(made) == 3 and all(re.fullmatch(r"[A-Za-z0-9_-]{43}\n", m) for m in made),
          f"tokens are made, another each time: {made}")
    locked = Bot(write("token.ini", INI), "locked", f"server.token={TOKEN}",
                 f"server.read_token={READ_TOKEN}", name="token")
    port = locked.listen.rpartition(":")[2]
    locked.sets += ["--set", f"server.listen=0.0.0.0:{port}"]
    locked.start()
    if not locked.ready():
        sys.exit(f"api.py: gambler did not start: {locked.said()}")
    neighbours(locked)
    tokens(locked)
    locked.kill()
    digest()
    finish()


main()
