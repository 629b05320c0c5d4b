#!/usr/bin/env python3
"""Minutes in which the data stream is away: read behind it, whole, and before newer ones; when the
broker gives them late all charts are read anew. No minute is lost at the edge of a gap either."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import OFTEN, Bot, Exchange, check, finish, wait_for, write  # noqa: E402

INI = OFTEN + """[instance one]
strategy = often
symbols = AAPL MSFT SPY
timeframe = 5m
"""
AWAY = "stream data at=10:05:10: cut\nconnect data after=10:05:10 until=10:10:30: status 503\n"
SILENT = "request GET /v2/stocks/bars after=10:05:10 until=10:13:30: status 503\n"
SPEED = 90
UNTIL = "14:17:30"


def minute(text):
    return int(text[11:13]) * 60 + int(text[14:16])


def day(name, rules):
    """What the bot says of that day, and how many bars it lacks of three symbols' minutes."""
    x = Exchange("--start", "2024-07-01T09:55", "--until", "2024-07-03", "--symbols",
                 "AAPL,MSFT,SPY", "--faults", write(name + ".txt", rules), speed=SPEED)
    bot = Bot(write(name + ".ini", INI), name, connect=x.port, name=name).start()
    check(bot.ready(), f"{name}: it runs")

    def first():
        links = bot.get("/status")["links"]
        return links if links["bars"] > 0 and links["bars"] % 3 == 0 else None
    begun = wait_for(first, 60, 0.02)
    check(begun, f"{name}: bars come")
    check(wait_for(lambda: x.clock()["now"] > "2024-07-01T" + UNTIL, 120, 0.1), f"{name}: passes")

    def lacks():
        links = bot.get("/status")["links"]
        passed = minute(links["newest_bar"]) - minute(begun["newest_bar"])
        return begun["bars"] + 3 * passed - links["bars"]
    wait_for(lambda: lacks() == 0, 5, 0.05)     # not amid a minute's three
    lack = lacks()
    bot.process.terminate()
    check(bot.wait(30) == 0, f"{name}: it ends")
    x.stop()
    return bot.said(False), lack


def main():
    said, lack = day("calm", "")
    check(lack == 0 and "charts.anew" not in said, f"calm: it lacks {lack} bars: {said[-300:]}")
    said, lack = day("away", AWAY)
    check("stream.down stream=data" in said, "away: the stream was cut")
    check(lack == 0 and "charts.anew" not in said, f"away: it lacks {lack} bars: {said[-300:]}")
    said, lack = day("silent", AWAY + SILENT)
    check("charts.anew inst=one" in said or lack == 0,
          f"silent: it lacks {lack} bars that came late, and reads none anew: {said[-300:]}")
    said, lack = day("edge", "message b symbol=MSFT after=10:05 times=1: drop, cut\n")
    check("stream.down stream=data" in said and lack == 0,
          f"edge: it lacks {lack} bars, MSFT's minute in which the stream was cut")
    finish()


main()
