"""Yahoo's chart service and Finnhub's candles, as they were seen and are documented, with prices of
our own; and a data service of the broker's that is down. Each in a thread, on a port of its own."""
import http.server
import json
import threading
import urllib.parse

SECONDS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1d": 86400}


class Server:
    """asked: path and headers of each request. answer(path, query): status and body."""

    def __init__(self, answer):
        self.asked = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.asked.append((self.path, dict(self.headers)))
                path, _, query = self.path.partition("?")
                status, body = answer(path, dict(urllib.parse.parse_qsl(query)))
                if not isinstance(body, str):
                    body = json.dumps(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def down():
    return Server(lambda path, query: (503, "<html><body>Service Unavailable</body></html>"))


def rows(start, end, step):
    """Starts and closes; with noise in the price as floats have it."""
    first = -(-start // step) * step
    return [(t, 100.01 + (t // step % 7) * 0.07 + 0.0000152587890625)
            for t in range(first, min(end, first + 4000 * step), step)]


class Yahoo:
    """The traps: the first answer is a page of excuses, one row in ten is null, the first has no
    volume, the last is live (off the grid) and told twice; CRM is not known, ORCL is in hours."""

    def __init__(self):
        self.answers = 0
        self.server = Server(self.answer)

    def answer(self, path, query):
        self.answers += 1
        if self.answers == 1:
            return 200, "<html><body>Will be right back...</body></html>"
        symbol = path.rsplit("/", 1)[1]
        if symbol == "CRM":
            return 404, {"chart": {"result": None, "error": {
                "code": "Not Found", "description": "No data found, symbol may be delisted"}}}
        step = SECONDS[query["interval"]]
        table = rows(int(query["period1"]), int(query["period2"]), step)
        live = [(table[-1][0] + 37, table[-1][1])] * 2 if table and step < 86400 else []
        figures = [None if i % 10 == 3 else c for i, (_, c) in enumerate(table + live)]
        volume = [None if c is None else 1000 * (i > 0) for i, c in enumerate(figures)]
        chart = {
            "meta": {"currency": "USD", "symbol": symbol, "exchangeName": "NMS",
                     "gmtoffset": -18000, "timezone": "EST", "regularMarketPrice": 100.5,
                     "dataGranularity": "1h" if symbol == "ORCL" else query["interval"],
                     "range": "", "validRanges": ["1d", "5d", "1mo"]},
            "indicators": {"quote": [{"close": figures, "open": figures, "high": figures,
                                      "low": figures, "volume": volume}]}}
        if table:
            chart["timestamp"] = [t for t, _ in table + live]
        else:
            chart["indicators"]["quote"] = [{}]
        return 200, {"chart": {"result": [chart], "error": None}}


class Finnhub:
    """key: the one that pays for candles; others are told that they do not."""

    def __init__(self, key):
        self.key = key
        self.server = Server(self.answer)

    def answer(self, path, query):
        if self.server.asked[-1][1].get("X-Finnhub-Token") != self.key:
            return 403, {"error": "You don't have access to this resource."}
        step = 86400 if query["resolution"] == "D" else 60 * int(query["resolution"])
        table = rows(int(query["from"]), int(query["to"]), step)
        if not table:
            return 200, {"s": "no_data"}
        closes = [c for _, c in table]
        return 200, {"s": "ok", "t": [t for t, _ in table], "o": closes, "h": closes, "l": closes,
                     "c": closes, "v": [1000] * len(table)}
