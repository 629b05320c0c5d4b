"""Raw HTTP and WebSocket clients, which see every byte and how it ended; for tests."""
import base64
import json
import os
import re
import select
import socket
import struct
import time

from scene import KEYS

HEADS = "".join(f"{k}: {v}\r\n" for k, v in KEYS.items())
BUY = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}
FAR = {**BUY, "type": "limit", "limit_price": "1.00", "qty": "1"}


def receive(s, until):
    """What is there in time, and the state of the connection behind it; b"", "open": nothing."""
    left = until - time.monotonic()
    if left <= 0 or not select.select([s], [], [], left)[0]:
        return b"", "open"
    try:
        data = s.recv(1 << 20)
    except ConnectionResetError:
        return b"", "reset"
    return data, "open" if data else "closed"


class Answer:
    """What came back, byte by byte, and how it ended: open, closed or reset."""

    def __init__(self, port, method, path, body=None, wait=0.4, s=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.s = s or socket.create_connection(("127.0.0.1", port))
        self.began = time.monotonic()
        self.raw, self.end = b"", "open"
        self.s.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{HEADS}Content-Length: "
                       f"{len(data)}\r\n\r\n".encode() + data)
        self.read(wait)

    def whole(self):
        head, _, body = self.raw.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)content-length: (\d+)", head)
        return found is not None and not head.startswith(b"HTTP/1.1 1") and \
            len(body) >= int(found.group(1))

    def read(self, wait):
        until = time.monotonic() + wait
        while True:
            data, self.end = receive(self.s, until)
            if not data:
                break
            self.raw += data
            if self.whole():
                until = min(until, time.monotonic() + 0.02)
        self.took = time.monotonic() - self.began
        self.head, _, self.body = self.raw.partition(b"\r\n\r\n")
        self.status = int(self.head.split(b" ")[1]) if self.head else 0
        return self

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        found = re.search(rf"(?im)^{name}: (.*?)\r?$", self.head.decode("latin-1"))
        return found.group(1) if found else None


class Socket:
    """A WebSocket client that sees every frame as it is."""

    def __init__(self, port, path="/stream", wait=2):
        self.s = socket.create_connection(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.s.sendall((f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
                        f"Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                        "\r\n").encode())
        self.buffer, self.end = b"", "open"
        self.fill(wait, lambda: b"\r\n\r\n" in self.buffer)
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status = int(self.head.split(b" ")[1]) if self.head else 0

    def fill(self, wait, enough):
        until = time.monotonic() + wait
        while not enough() and self.end == "open":
            data, self.end = receive(self.s, until)
            if not data and self.end == "open":
                return False
            self.buffer += data
        return enough()

    def send(self, message):
        data = json.dumps(message).encode()
        n, mask = len(data), os.urandom(4)
        head = bytes([0x81, 0x80 | n]) if n < 126 else bytes([0x81, 0xFE]) + struct.pack("!H", n)
        self.s.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def frame(self, wait=0.3):
        """(first byte, masked, payload); None when there is none in time."""
        if not self.fill(wait, lambda: len(self.buffer) >= 2):
            return None
        first, second = self.buffer[0], self.buffer[1]
        n, at = second & 127, 2
        if n == 126 and self.fill(wait, lambda: len(self.buffer) >= 4):
            n, at = struct.unpack("!H", self.buffer[2:4])[0], 4
        elif n == 127 and self.fill(wait, lambda: len(self.buffer) >= 10):
            n, at = struct.unpack("!Q", self.buffer[2:10])[0], 10
        if n > 1 << 40 or not self.fill(wait, lambda: len(self.buffer) >= at + n):
            return first, second >> 7, n
        data, self.buffer = self.buffer[at:at + n], self.buffer[at + n:]
        return first, second >> 7, data

    def message(self, wait=0.3):
        """The next one as JSON; None: none came, "closed": with a code in self.code."""
        while True:
            f = self.frame(wait)
            if f is None:
                return None if self.end == "open" else self.end
            if not isinstance(f[2], bytes):
                return "closed"         # no end of it would ever come
            if f[0] & 15 == 8:
                self.code = struct.unpack("!H", f[2][:2])[0] if len(f[2]) > 1 else 1005
                return "closed"
            if f[0] & 15 in (1, 2):
                return json.loads(f[2])

    def all(self, wait=0.15):
        found = []
        while True:
            m = self.message(wait)
            if m is None or isinstance(m, str):
                return found
            found.append(m)


def opened(port, path):
    w = Socket(port, path)
    if w.status != 101:
        w.s.close()
        raise ConnectionRefusedError(f"{path}: {w.status}")
    return w


def trading(port):
    w = opened(port, "/stream")
    w.send({"action": "auth", "key": KEYS["APCA-API-KEY-ID"],
            "secret": KEYS["APCA-API-SECRET-KEY"]})
    w.message()
    w.send({"action": "listen", "data": {"streams": ["trade_updates"]}})
    w.message()
    return w


def data(port, bars=("AAPL",), path="/v2/sip"):
    w = opened(port, path)
    w.message()
    w.send({"action": "auth", "key": KEYS["APCA-API-KEY-ID"],
            "secret": KEYS["APCA-API-SECRET-KEY"]})
    w.message()
    w.send({"action": "subscribe", "bars": list(bars)})
    w.message()
    return w


def events(w, wait=0.15):
    return [(m["data"]["event"], m["data"]["order"]["client_order_id"]) for m in w.all(wait)
            if isinstance(m, dict) and m.get("stream") == "trade_updates"]
