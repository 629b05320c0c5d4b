"""A WebSocket client that may also break the rules, and MessagePack, no more than tests need."""
import base64
import json
import os
import socket
import struct


# ---- MessagePack

class Time(int):
    """Nanoseconds since 1970, from a timestamp."""


def pack(v):
    if v is None:
        return b"\xc0"
    if isinstance(v, bool):
        return b"\xc3" if v else b"\xc2"
    if isinstance(v, int):
        return bytes([v]) if 0 <= v < 128 else b"\xd3" + struct.pack("!q", v)
    if isinstance(v, float):
        return b"\xcb" + struct.pack("!d", v)
    if isinstance(v, str):
        data = v.encode()
        if len(data) < 32:
            return bytes([0xa0 | len(data)]) + data
        return b"\xda" + struct.pack("!H", len(data)) + data
    if isinstance(v, list):
        head = bytes([0x90 | len(v)]) if len(v) < 16 else b"\xdc" + struct.pack("!H", len(v))
        return head + b"".join(map(pack, v))
    head = bytes([0x80 | len(v)]) if len(v) < 16 else b"\xde" + struct.pack("!H", len(v))
    return head + b"".join(pack(k) + pack(x) for k, x in v.items())


def _number(data, at, form):
    n = struct.calcsize(form)
    return struct.unpack(form, data[at:at + n])[0], at + n


FORMS = {0xca: "!f", 0xcb: "!d", 0xcc: "!B", 0xcd: "!H", 0xce: "!I", 0xcf: "!Q", 0xd0: "!b",
         0xd1: "!h", 0xd2: "!i", 0xd3: "!q"}
LENGTHS = {0xd9: "!B", 0xda: "!H", 0xdb: "!I", 0xdc: "!H", 0xdd: "!I", 0xde: "!H", 0xdf: "!I"}


def _time(data, at, n):
    part, body = 0, data[at:at + n]
    if n == 4:
        second = struct.unpack("!I", body)[0]
    elif n == 8:
        both = struct.unpack("!Q", body)[0]
        part, second = both >> 34, both & (1 << 34) - 1
    else:
        part, second = struct.unpack("!Iq", body)
    return Time(second * 10**9 + part), at + n


def _value(data, at):
    t, at = data[at], at + 1
    if t < 0x80 or t >= 0xe0:
        return (t if t < 0x80 else t - 256), at
    if t in FORMS:
        return _number(data, at, FORMS[t])
    if t in (0xc0, 0xc2, 0xc3):
        return {0xc0: None, 0xc2: False, 0xc3: True}[t], at
    if t in (0xc7, 0xd6, 0xd7):
        n = {0xd6: 4, 0xd7: 8}.get(t)
        if n is None:
            n, at = data[at], at + 1
        assert data[at] == 0xff, "only timestamps are known"
        return _time(data, at + 1, n)
    n, kind = t & 15, t & 0xf0
    if t in LENGTHS:
        n, at = _number(data, at, LENGTHS[t])
        kind = 0xa0 if t < 0xdc else 0x90 if t < 0xde else 0x80
    elif t & 0xe0 == 0xa0:
        n, kind = t & 31, 0xa0
    if kind == 0xa0:
        return data[at:at + n].decode(), at + n
    assert kind in (0x80, 0x90), f"type {t:02x}"
    if kind == 0x90:
        out = []
        for _ in range(n):
            v, at = _value(data, at)
            out.append(v)
        return out, at
    out = {}
    for _ in range(n):
        k, at = _value(data, at)
        out[k], at = _value(data, at)
    return out, at


def unpack(data):
    v, at = _value(data, 0)
    assert at == len(data), "bytes behind the message"
    return v


# ---- WebSocket

class Refused(Exception):
    """The handshake was answered with something else; .status, .body."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body!r}")
        self.status, self.body = status, body


class Closed(EOFError):
    """The server closed; .code (None: without a close frame), .why."""

    def __init__(self, code=None, why=""):
        super().__init__(f"{code} {why}")
        self.code, self.why = code, why


class WebSocket:
    def __init__(self, port, path, headers=None, msgpack=False, small=False):
        self.msgpack = msgpack
        self.s = socket.socket()
        if small:               # a window that is soon full
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.s.settimeout(20)
        self.s.connect(("127.0.0.1", port))
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = {"Host": "x", "Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
                "Sec-WebSocket-Version": "13", **(headers or {})}
        if msgpack:
            head["Content-Type"] = "application/msgpack"
        lines = "".join(f"{k}: {v}\r\n" for k, v in head.items())
        self.s.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        first, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(first.split()[1])
        if status != 101:
            raise Refused(status, self.buffer)
        self.opcodes = set()
        self.largest = 0
        self.pongs = []

    def more(self):
        data = self.s.recv(65536)
        if not data:
            raise Closed()
        self.buffer += data

    def need(self, n):
        while len(self.buffer) < n:
            self.more()

    def frame(self, op, data=b"", fin=True, masked=True, reserved=0):
        n = len(data)
        bit = 0x80 if masked else 0
        head = bytes([(0x80 if fin else 0) | reserved | op])
        if n < 126:
            head += bytes([bit | n])
        elif n < 65536:
            head += bytes([bit | 126]) + struct.pack("!H", n)
        else:
            head += bytes([bit | 127]) + struct.pack("!Q", n)
        mask = os.urandom(4)
        if masked:
            data = mask + bytes(b ^ mask[i & 3] for i, b in enumerate(data))
        self.s.sendall(head + data)

    def send(self, message):
        if self.msgpack:
            self.frame(2, pack(message))
        else:
            self.frame(1, json.dumps(message).encode())

    def raw(self):
        """The next message: (opcode, bytes). Raises Closed; keeps pongs."""
        while True:
            self.need(2)
            assert self.buffer[0] & 0x70 == 0, "reserved bits"
            assert self.buffer[1] & 0x80 == 0, "a server does not mask"
            op, n, at = self.buffer[0] & 15, self.buffer[1] & 127, 2
            if n == 126:
                self.need(4)
                n, at = struct.unpack("!H", self.buffer[2:4])[0], 4
            elif n == 127:
                self.need(10)
                n, at = struct.unpack("!Q", self.buffer[2:10])[0], 10
            self.need(at + n)
            data, self.buffer = self.buffer[at:at + n], self.buffer[at + n:]
            if op == 8:
                code = struct.unpack("!H", data[:2])[0] if n >= 2 else 1005
                raise Closed(code, data[2:].decode())
            if op == 9:
                self.frame(10, data)
            elif op == 10:
                self.pongs.append(data)
                return op, data
            else:
                self.opcodes.add(op)
                self.largest = max(self.largest, n)
                return op, data

    def read(self):
        op, data = self.raw()
        while op == 10:
            op, data = self.raw()
        return unpack(data) if self.msgpack and op == 2 else json.loads(data)

    def ask(self, message):
        self.send(message)
        return self.read()

    def close(self):
        self.s.close()
