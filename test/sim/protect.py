#!/usr/bin/env python3
"""Scenario: never unprotected. The exchange refuses, loses and delays what moves and places stops;
shares are split overnight; and what halts works without a page. The exchange's own verdict says
how long shares were without a stop."""
import json
import os
import sys
import time
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import books  # noqa: E402
from proxy import Cut, Proxy, read_message  # noqa: E402
from scene import OFTEN, Bot, Exchange, Rest, check, finish, run, wait_for, write  # noqa: E402

DAY = "2024-09-10"
MARKET = ["--symbols", "AAPL,MSFT,NVDA,TSLA", "--start", DAY, "--until", DAY, "--seed", "5"]

INI = """
[strategy swings]
enter_long = rsi(3) < 25
enter_short = rsi(3) > 75
stop = 0.5%
target = 0.4%
max_hold = 20m
[instance swings]
strategy = swings
symbols = AAPL MSFT NVDA TSLA
timeframe = 1m
sides = both
level_base = fill
"""

# A name, what goes wrong, and for how long shares may be bare: 5 s, and what the broker adds.
DAYS = (
    ("calm", "", 5),
    ("refused", "replace every 3: status 422, code 42210000, message 'order is not open'\n"
                "replace every 4: reject\n", 5),
    ("lost", "replace every 3: act, then cut\nreplace every 4: cut\n"
             "replace every 5: act, then status 504\nreplace every 7: lag 20s\n", 5),
    ("silent", "event p=0.3 seed=3: drop\nevent p=0.2 seed=4: duplicate\n"
               "event p=0.2 seed=5: reorder\n", 10),
    # Executions are taken back, and have other prices afterwards.
    ("undone", "event p=0.03 seed=2: bust\nevent p=0.04 seed=3: correct +5\n", 8),
    ("parts", "order role=entry every 2: split\ncancel role=entry: late fill\n", 8),
    ("legs", "order class=bracket every 3: lose stop\norder class=bracket every 4: lose legs\n", 8),
    ("no-stops", "order type=stop #1-3: status 403, code 40310000, message 'no'\n"
                 "order class=bracket every 2: lose legs\n", 8),
    # A sale is refused for so long as the rule says; a stop stands in between.
    ("no-exits", "order role=exit #1-12: status 403, code 40310100, message 'trade denied'\n", 10),
)


def day(ini, name, faults, naked):
    rules = ["--faults", write(name + ".faults", faults)] if faults else []
    x = Exchange(*MARKET, *rules, name=name + "-exchange")
    bot = Bot(ini, name, "exchange.speed=max", connect=x.port, name=name).start()
    code = bot.wait(120)
    check(code == 0, f"{name}: the day ends, with 0: {code} {bot.said()[-300:]}")
    ledger, verdict, trades = x.ledger(), x.verdict(), bot.trades()
    check(len(trades) >= 10, f"{name}: there were trades: {len(trades)}")
    check(verdict["oversells"] == 0, f"{name}: nothing was sold that was not there")
    check(verdict["longest_naked_seconds"] <= naked,
          f"{name}: without a stop for {verdict['longest_naked_seconds']} s, {naked} are allowed")
    books.money(ledger, trades, exactly=False)
    check(books.open_orders(ledger) == [], f"{name}: no order is left behind")
    moved = [o for o in ledger["orders"] if "-r" in o["client_order_id"]]
    check(len(moved) >= 5, f"{name}: stops and targets were moved: {len(moved)}")
    for t in trades:
        if t["state"] != "closed" or Decimal(t["qty"]) == 0 or name == "undone":
            continue
        paid, up = Decimal(t["entry"]), 1 if t["side"] == "long" else -1
        off = abs(Decimal(t["stop"]) - paid * (1 - up * Decimal("0.005")))
        check(off < Decimal("0.00501"), f"{name}: the stop {t['stop']} is of the fill {paid}")
    if faults:
        check(any(r["fired"] > 0 for r in x.rest.get("/sim/faults")["rules"]),
              f"{name}: something went wrong at all")
    print(f"{name}: {len(trades)} trades, {len(moved)} moves, "
          f"naked {verdict['longest_naked_seconds']} s")
    x.stop()


def split():
    """Two for one and one for four overnight: the morning's stops are of the new shares."""
    actions = write("actions.csv", "date,symbol,type,ratio,cash,pay\n2024-09-11,AAPL,split,2:1,,\n"
                                   "2024-09-11,TSLA,split,1:4,,\n")
    ini = write("split.ini", INI.replace("enter_long = rsi(3) < 25", "enter_long = close > 0")
                .replace("enter_short = rsi(3) > 75\n", "").replace("max_hold = 20m\n", "")
                .replace("stop = 0.5%", "stop = 20%").replace("target = 0.4%", "target = 60%")
                .replace("sides = both", "sides = long\nhold_overnight = yes"))
    x = Exchange("--symbols", "AAPL,MSFT,NVDA,TSLA", "--start", DAY, "--until", "2024-09-11",
                 "--seed", "5", "--actions", actions, name="split-exchange")
    bot = Bot(ini, "split", "exchange.speed=max", connect=x.port, name="split").start()
    check(bot.wait(120) == 0, f"split: both days end: {bot.said()[-300:]}")
    ledger, verdict = x.ledger(), x.verdict()
    held = {p["symbol"]: Decimal(p["qty"]) for p in ledger["positions"]}
    check(set(held) == {"AAPL", "MSFT", "NVDA", "TSLA"}, f"split: all four are held: {held}")
    trades = {t["symbol"]: t for t in bot.trades()}
    for symbol, by in (("AAPL", Decimal(2)), ("TSLA", Decimal("0.25")), ("MSFT", Decimal(1))):
        t = trades[symbol]
        stops = [o for o in books.open_orders(ledger)
                 if o["symbol"] == symbol and o["type"] == "stop"]
        check(sum(Decimal(o["qty"]) for o in stops) == held[symbol],
              f"split: {symbol}: stops for all of {held[symbol]}: {stops}")
        bought = sum(Decimal(e["qty"]) for e in ledger["executions"]
                     if e["symbol"] == symbol) if "symbol" in ledger["executions"][0] else None
        if bought is not None:
            check(held[symbol] == int(bought * by), f"split: {symbol}: {bought} became {held}")
        check(all(Decimal(o["stop_price"]) == Decimal(t["stop"]) for o in stops),
              f"split: {symbol}: at the trade's stop {t['stop']}: {stops}")
    check(verdict["longest_naked_seconds"] <= 5,
          f"split: bare in the session for {verdict['longest_naked_seconds']} s")
    check(not any(t["exit_reason"] == "gone" for t in bot.trades() if t["exit_reason"]),
          "split: no shares were taken for lost")
    check(bot.said().count("charts.anew") == 1, "split: the past is read again, in new shares")
    x.stop()


def renamed():
    """AAPL is PEAR from the second morning on: the chart goes on by that name, its past is read
    by it, and nothing is entered any more; MSFT is traded as before."""
    change = {"corporate_actions": {"name_changes": [
        {"old_symbol": "AAPL", "new_symbol": "PEAR", "process_date": "2024-09-11"}]}}
    rules = write("renamed.faults",
                  f"request GET /v1/corporate-actions: body '{json.dumps(change)}'\n"
                  "at 2024-09-11T04:00 symbol=AAPL: skip bars 20h\n")
    ini = write("renamed.ini", OFTEN + "[instance often]\nstrategy = often\nsymbols = AAPL MSFT\n"
                "timeframe = 1m\nbenchmark = none\n")
    x = Exchange("--symbols", "AAPL,PEAR,MSFT", "--start", DAY + "T15:00", "--until", "2024-09-11",
                 "--faults", rules, name="renamed-exchange")
    paths = []
    proxy = Proxy(x.port, lambda method, path, number: paths.append(path))
    bot = Bot(ini, "renamed", "exchange.speed=max", connect=proxy.port, name="renamed").start()

    def seen():
        morning = [line for line in bot.said().splitlines() if line.startswith("2024-09-11")]
        return sum("order.not_sent" in line and "-AAPL-" in line for line in morning) > 10

    check(wait_for(seen, 120), f"renamed: AAPL's chart sees PEAR's bars: {bot.said()[-300:]}")
    check(bot.said().count("symbol.renamed symbol=AAPL name=PEAR") == 1, "renamed: it is told once")
    check(any("symbols=PEAR%2CMSFT&" in p and "&start=2024-09-09" in p for p in paths),
          f"renamed: the past is asked by the new name: {[p for p in paths if 'bars' in p]}")
    new = [o for o in x.ledger()["orders"] if o["submitted_at"] > "2024-09-11"]
    check({o["symbol"] for o in new} == {"MSFT"}, f"renamed: only MSFT is bought: {new[:2]}")
    bot.process.terminate()
    check(bot.wait(60) == 0, "renamed: and it ends")
    x.stop()


class Renaming(Proxy):
    """From a day on the broker says PEAR where it said AAPL, and knows no other name. Both have
    four letters, so that lengths stay; ids of ours hold the old one and are not touched."""

    def __init__(self, exchange):
        self.since, self.sent = False, []
        super().__init__(exchange.port)

    def changed(self):
        self.since = self.since or Rest(self.upstream).get("/sim/clock")["now"] > "2024-09-11T04"
        return self.since

    def one(self, client, server, request, todo):
        if not self.changed():
            return super().one(client, server, request, todo)
        head, _, body = request.partition(b"\r\n\r\n")
        line, _, more = head.partition(b"\r\n")
        if line.startswith((b"POST /v2/orders", b"DELETE /v2/positions")):
            self.sent.append(Rest(self.upstream).get("/sim/clock")["now"] + body.decode())
        line = line.replace(b"PEAR", b"AAPL")
        body = body.replace(b'"PEAR"', b'"AAPL"')
        server.sendall(line + b"\r\n" + more + b"\r\n\r\n" + body)
        answer, _ = read_message(server, b"")
        if answer is None:
            raise Cut
        client.sendall(answer if b"corporate-actions" in line else
                       answer.replace(b'"AAPL"', b'"PEAR"'))

    def passed_on(self, data, from_server):
        """What the client asks for is masked: opened, renamed, closed again."""
        if not self.since:
            return data
        if from_server:
            return data.replace(b'"AAPL"', b'"PEAR"')
        at = 4 if data[1] & 127 == 126 else 2
        key, text = data[at:at + 4], data[at + 4:]
        plain = bytes(c ^ key[i % 4] for i, c in enumerate(text)).replace(b'"PEAR"', b'"AAPL"')
        return data[:at + 4] + bytes(c ^ key[i % 4] for i, c in enumerate(plain))


def renamed_with_shares(stays):
    """AAPL is held overnight and is PEAR in the morning, and its stop stays or is gone: position,
    stop and books go on by the new name, until it is sold by it."""
    name = "renamed-held" + ("" if stays else "-bare")
    change = {"corporate_actions": {"name_changes": [
        {"old_symbol": "AAPL", "new_symbol": "PEAR", "process_date": "2024-09-11"}]}}
    gone = "" if stays else "at 2024-09-11T09:50 symbol=AAPL: cancel orders\n"
    rules = write(name + ".faults",
                  f"request GET /v1/corporate-actions: body '{json.dumps(change)}'\n" + gone)
    ini = write(name + ".ini", "[strategy hold]\nenter_long = close > 0\nstop = 20%\n"
                "target = 60%\nexit_long = bars_held > 500\n[instance hold]\nstrategy = hold\n"
                "symbols = AAPL MSFT\ntimeframe = 1m\nhold_overnight = yes\nbenchmark = none\n"
                "window = 09:30-09:45\n")
    x = Exchange("--symbols", "AAPL,MSFT", "--start", DAY, "--until", "2024-09-12",
                 "--seed", "5", "--faults", rules, name=name + "-exchange")
    proxy = Renaming(x)
    bot = Bot(ini, name, "exchange.speed=max", connect=proxy.port, name=name).start()
    code = bot.wait(180)
    check(code == 0, f"{name}: the days end with 0: {code} {bot.said()[-300:]}")
    check(bot.said().count("symbol.renamed symbol=AAPL name=PEAR") == 1, f"{name}: it is told once")
    had = [t for t in bot.trades() if t["qty"] != "0"]
    mine = [t for t in had if t["symbol"] == "AAPL"]
    check(len(mine) == 1 and mine[0]["state"] == "closed" and mine[0]["closed"] > "2024-09-11",
          f"{name}: one trade, which ends under the new name: {mine}")
    check(mine and mine[0]["exit_reason"] not in (None, "gone"),
          f"{name}: its shares are not taken for gone: {mine}")
    check(any('"PEAR"' in s for s in proxy.sent) and not any('"AAPL"' in s for s in proxy.sent),
          f"{name}: all that is sent has the new name: {proxy.sent[:4]}")
    check(stays or any('"PEAR"' in s and '"type":"stop"' in s for s in proxy.sent),
          f"{name}: a stop that is gone is set by the new name: {proxy.sent[:4]}")
    ledger, verdict = x.ledger(), x.verdict()
    check([p for p in ledger["positions"] if p["symbol"] == "AAPL"] == [],
          f"{name}: the broker holds none of it: {ledger['positions']}")
    check(verdict["oversells"] == 0 and verdict["longest_naked_seconds"] <= 5,
          f"{name}: it was never sold twice, nor bare: {verdict['longest_naked_seconds']} s")
    books.same_fills(ledger, books.fills_of(bot, had), exactly=False)
    print(f"{name}: sent {len(proxy.sent)} orders by it, bare {verdict['longest_naked_seconds']} s")
    x.stop()


def renamed_held():
    renamed_with_shares(True)
    renamed_with_shares(False)


def removed():
    """An instance is taken out of the configuration while it holds shares: nobody looks after their
    stop, and nothing says that it is there. Configured again it has them again, and sets it."""
    hold = ("[strategy hold]\nenter_long = close > 0\nstop = 20%\ntarget = 60%\n[instance {}]\n"
            "strategy = hold\nsymbols = {}\ntimeframe = 1m\nhold_overnight = yes\n"
            "benchmark = none\n")
    x = Exchange("--symbols", "AAPL,MSFT", "--start", DAY, "--until", "2024-09-20", "--seed", "5",
                 speed=600, name="removed-exchange")
    bot = Bot(write("removed.ini", hold.format("one", "AAPL")), "removed", "exchange.speed=600",
              connect=x.port, name="removed").start()

    def guarded():
        return [p["protected"] for p in bot.ask("positions") if p["symbol"] == "AAPL"] == [True]
    check(bot.ready() and wait_for(guarded, 60, 0.1), "removed: AAPL is held, with its stop")
    bot.process.terminate()
    check(bot.wait(60) == 0, "removed: it ends")
    first, bot.common[1] = bot.common[1], write("two.ini", hold.format("two", "MSFT"))
    bot.start()
    check(bot.ready() and "restore.stray" in bot.said() and "configure it until" in bot.said(),
          f"removed: it is told, with the remedy: {bot.said()[-300:]}")
    held = next(p for p in bot.get("/api/v1/positions") if p["symbol"] == "AAPL")
    check(held["instance"] is None and held["protected"] is None,
          f"removed: that it has its stop is nobody's word: {held}")
    bare = bot.text("/metrics").split("\ngambler_positions_unprotected ")[1].split()[0]
    check(float(bare) >= 1, f"removed: monitors see it: {bare}")
    said = run("flatten", *bot.common).stdout
    check("Not closed: 1 of instances that are not configured" in said and
          "Configure them and flatten again" in said, f"removed: flatten says it stays: {said}")
    check(wait_for(lambda: run("resume", *bot.common).returncode == 0, 20), "removed: and resumes")
    x.rest.call("DELETE", "/v2/orders")
    bot.process.terminate()
    check(bot.wait(60) == 0, "removed: it ends again")
    bot.common[1] = first
    bot.start()
    check(bot.ready() and wait_for(guarded, 60, 0.1), "removed: configured again, it has its stop")
    check(any(o["symbol"] == "AAPL" and o["type"] == "stop" for o in books.open_orders(x.ledger())),
          "removed: and so says the exchange")
    bot.process.terminate()
    check(bot.wait(60) == 0, "removed: and it ends")
    x.stop()


def entries(x):
    return sum(o["client_order_id"].endswith("-e") for o in x.ledger()["orders"])


def halts():
    """With no page at all: the file is read, latches, survives a kill, and goes."""
    ini = write("halt.ini", INI)
    x = Exchange("--symbols", "AAPL,MSFT,NVDA,TSLA", "--start", DAY, "--until", "2024-09-13",
                 speed=1200, name="halt-exchange")
    bot = Bot(ini, "halt", "exchange.speed=1200", connect=x.port, name="halt")
    bot.common[bot.common.index(f"server.listen={bot.listen}")] = "server.listen="
    bot.start()
    check(bot.ready(), f"halt: it trades without a page: {bot.said()[-300:]}")
    check(wait_for(lambda: entries(x) > 0, 60), "halt: there are entries")

    def quiet(what):
        time.sleep(1)                   # for what is on its way
        had = entries(x)
        time.sleep(1.5)                 # half an hour of the market
        check(entries(x) == had, f"halt: no entry after {what}")

    kill = os.path.join(bot.data, "sim", "kill")
    r = run("halt", *bot.common)
    check(r.returncode == 0 and os.path.exists(kill), f"halt: by file: {r.stdout} {r.stderr}")
    check(wait_for(lambda: "what=halt" in bot.said(), 60), "halt: the file is seen")
    quiet("halt")
    bot.kill()
    bot.start()
    check(bot.ready(), "halt: it starts again")
    quiet("a restart")
    r = run("resume", *bot.common)
    check(r.returncode == 0, f"halt: resumed by file: {r.stdout} {r.stderr}")
    check(wait_for(lambda: not os.path.exists(kill), 60), "halt: once heard the file is gone")
    had = entries(x)
    check(wait_for(lambda: entries(x) > had, 60), "halt: entries again")
    r = run("reduce-only", *bot.common)
    check(r.returncode == 0 and open(kill).read() == "reduce_only", f"halt: reduce: {r.stderr}")
    quiet("reduce-only")
    r = run("flatten", *bot.common)
    check(r.returncode == 0, f"halt: flatten by file: {r.stdout} {r.stderr}")
    check(wait_for(lambda: Rest(x.port).get("/v2/positions") == [], 60), "halt: all is closed")
    quiet("flatten")
    bot.process.terminate()
    check(bot.wait(60) == 0, "halt: it ends as asked")
    r = run("resume", *bot.common)
    check(r.returncode == 0 and not os.path.exists(kill), f"halt: none runs: {r.stdout}{r.stderr}")
    open(kill, "w").close()
    bot.start()
    check(bot.ready(), "halt: it starts with an empty file")
    quiet("a start with the file there")
    bot.process.terminate()
    check(bot.wait(60) == 0, "halt: it ends as asked")
    x.stop()


def main():
    ini = write("protect.ini", INI)
    for name, faults, naked in DAYS:
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            day(ini, name, faults, naked)
    for scene in (split, renamed, renamed_held, removed, halts):
        if len(sys.argv) < 2 or scene.__name__ in sys.argv[1:]:
            scene()
    finish()


main()
