"""A WebSocket server that judges an echoing client, case by case, in the manner of public suites:
/getCaseCount, /runCase?case=I&agent=A, /updateReports?agent=A."""
import base64
import hashlib
import re
import socket
import struct
import threading

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LARGEST = 16 << 20


def frame(op, data=b"", fin=True, reserved=0, mask=None, n=None):
    n = len(data) if n is None else n
    size = bytes([n]) if n < 126 else b"\x7e" + struct.pack("!H", n) if n < 65536 else \
        b"\x7f" + struct.pack("!Q", n)
    if mask is not None:
        size = bytes([size[0] | 128]) + size[1:] + mask
    return bytes([fin << 7 | reserved << 4 | op]) + size + data


def close(code, why=b""):
    return frame(CLOSE, struct.pack("!H", code) + why)


class Peer:
    def __init__(self, s):
        self.s, self.data = s, b""

    def need(self, n):
        parts, have = [self.data], len(self.data)
        while have < n:
            parts.append(self.s.recv(1 << 20))
            if not parts[-1]:
                raise EOFError
            have += len(parts[-1])
        data = b"".join(parts)
        self.data = data[n:]
        return data[:n]

    def head(self):
        while b"\r\n\r\n" not in self.data:
            more = self.s.recv(4096)
            if not more:
                raise EOFError
            self.data += more
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head).group(1)
        proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        self.s.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + base64.b64encode(proof) +
                       b"\r\n\r\n")
        return head.split()[1].decode()

    def read(self):
        """(opcode, payload) of one frame, which must be whole and masked."""
        first, second = self.need(2)
        assert first & 0x70 == 0 and first & 0x80 and second & 0x80, "a whole, masked frame"
        n = second & 127
        if n > 125:
            n = struct.unpack("!H" if n == 126 else "!Q", self.need(2 if n == 126 else 8))[0]
        mask, data = self.need(4), self.need(n)
        key = (mask * (n // 4 + 1))[:n]
        plain = int.from_bytes(data, "big") ^ int.from_bytes(key, "big")
        return first & 15, plain.to_bytes(n, "big")


def echoes(*sent, want=None):
    """The frames are sent; these messages come back; then an orderly end."""
    def judge(p):
        for data in sent:
            p.s.sendall(data)
        for expected in want:
            got = p.read()
            if got != expected:
                return f"{got[0]}: {got[1][:40]} came, not {expected[0]}: {expected[1][:40]}"
        p.s.sendall(close(1000, b"bye"))
        return ends(p, 1000)
    return judge


def ends(p, code):
    op, data = p.read()
    if op != CLOSE:
        return f"opcode {op} came, not a close"
    got = struct.unpack("!H", data[:2])[0] if data else None
    if got != code:
        return f"closed with {got}, not {code}"
    try:
        p.need(1)
    except (EOFError, ConnectionError):
        return True
    return "bytes behind the close"


def fails(code, *sent):
    def judge(p):
        for data in sent:
            p.s.sendall(data)
        return ends(p, code)
    return judge


SNOWMAN = "☃ and 😀".encode()
SOME = bytes(range(256)) * 300
MUCH = bytes(range(251)) * (LARGEST // 251)
CASES = {
    "text": echoes(frame(TEXT, b"Hello"), want=[(TEXT, b"Hello")]),
    "empty": echoes(frame(TEXT), frame(BINARY), want=[(TEXT, b""), (BINARY, b"")]),
    "125, 126, 65535, 65536 bytes": echoes(
        *(frame(BINARY, SOME[:n]) for n in (125, 126, 65535, 65536)),
        want=[(BINARY, SOME[:n]) for n in (125, 126, 65535, 65536)]),
    "fragments with a ping between": echoes(
        frame(TEXT, b"Hel", fin=False), frame(PING, b"?"), frame(0, b"", fin=False),
        frame(0, b"lo"),
        want=[(PONG, b"?"), (TEXT, b"Hello")]),
    "pings in order, a pong unasked": echoes(
        frame(PONG, b"x"), *(frame(PING, bytes([i]) * 125) for i in range(10)),
        want=[(PONG, bytes([i]) * 125) for i in range(10)]),
    "a character in parts": echoes(
        *(frame(0 if i else TEXT, SNOWMAN[i:i + 1], fin=False) for i in range(len(SNOWMAN))),
        frame(0),
        want=[(TEXT, SNOWMAN)]),
    "byte by byte": echoes(
        *(bytes([b]) for b in frame(TEXT, SNOWMAN) + frame(BINARY, SOME[:300])),
        want=[(TEXT, SNOWMAN), (BINARY, SOME[:300])]),
    "two in one write": echoes(
        frame(TEXT, b"a") + frame(TEXT, b"b"), want=[(TEXT, b"a"), (TEXT, b"b")]),
    "16 MiB": echoes(frame(BINARY, MUCH), want=[(BINARY, MUCH)]),
    "1 MiB in 1000 parts": echoes(
        *(frame(0 if i else BINARY, MUCH[i:i + 1000], fin=False) for i in range(0, 10**6, 1000)),
        frame(0), want=[(BINARY, MUCH[:10**6])]),
    "more than 16 MiB": fails(1009, frame(BINARY, b"", n=LARGEST + 1)),
    "more than 16 MiB in parts": fails(
        1009, frame(BINARY, b"abc", fin=False), frame(0, b"", n=LARGEST)),
    "close with a reason": fails(1000, close(1000, "so ☃".encode())),
    "close without a code": fails(None, frame(CLOSE)),
    "close with a code of one's own": fails(4999, close(4999)),
    "close with one byte": fails(1002, frame(CLOSE, b"a")),
    "close with a code that is not sent": fails(1002, close(1005)),
    "close with a code that is not": fails(1002, close(999)),
    "close with a bad reason": fails(1007, close(1000, b"\xff")),
    "close of 126 bytes": fails(1002, frame(CLOSE, b"\x03\xe8" + b"a" * 124)),
    "frames behind a close": fails(1000, close(1000) + frame(PING) + frame(TEXT, b"a")),
    "bad UTF-8": fails(1007, frame(TEXT, b"a\xed\xa0\x80")),
    "bad UTF-8, seen before its end": fails(1007, frame(TEXT, b"\xf4\x90", n=100)),
    "half a character": fails(1007, frame(TEXT, SNOWMAN[:1])),
    "a reserved bit": fails(1002, frame(TEXT, b"a", reserved=4)),
    "a reserved opcode": fails(1002, frame(3)),
    "a reserved control opcode": fails(1002, frame(11)),
    "a ping in parts": fails(1002, frame(PING, b"a", fin=False)),
    "a ping of 126 bytes": fails(1002, frame(PING, b"a" * 126)),
    "nothing to continue": fails(1002, frame(0, b"a")),
    "a message within a message": fails(1002, frame(TEXT, b"a", fin=False), frame(TEXT, b"b")),
    "a mask": fails(1002, frame(TEXT, b"a", mask=b"\0\0\0\0")),
    "a length not in its shortest form": fails(1002, b"\x82\x7e\x00\x05abcde"),
    "a length of 2^63": fails(1002, b"\x82\x7f\x80" + b"\0" * 7),
}


class Suite:
    def __init__(self):
        self.cases, self.said, self.reported = list(CASES), {}, False
        self.listener = self.listen()
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @staticmethod
    def listen():
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        s.listen(8)
        return s

    def serve(self):
        while not self.reported:
            s, _ = self.listener.accept()
            with s:
                s.settimeout(10)
                self.one(Peer(s))

    def one(self, p):
        path = p.head()
        if path == "/getCaseCount":
            p.s.sendall(frame(TEXT, str(len(self.cases)).encode()) + close(1000))
            p.read()
        elif path.startswith("/updateReports?agent="):
            self.reported = True
            p.s.sendall(close(1000))
            p.read()
        else:
            case = re.fullmatch(r"/runCase\?case=(\d+)&agent=\w+", path).group(1)
            name = self.cases[int(case) - 1]
            try:
                self.said[name] = CASES[name](p)
            except (OSError, EOFError, AssertionError) as e:
                self.said[name] = f"{type(e).__name__} {e}"

    def finish(self):
        """What was said of each case."""
        self.thread.join(10)
        self.said["reports"] = self.reported or "were not asked for"
        return {name: self.said.get(name, "was not run") for name in [*self.cases, "reports"]}

    def deaf(self):
        """The address of a server that takes connections and never says anything."""
        self.silent = self.listen()
        return f"ws://127.0.0.1:{self.silent.getsockname()[1]}"
