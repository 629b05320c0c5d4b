"""A TCP proxy that knows enough HTTP to cut where it hurts."""
import select
import socket
import struct
import threading
import time


def read_message(s, buffer, head_only=False):
    """(the bytes of one HTTP message, what follows it); (None, …): the peer has closed."""
    while b"\r\n\r\n" not in buffer:
        data = s.recv(65536)
        if not data:
            return None, buffer
        buffer += data
    head, _, rest = buffer.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and not head_only:
            length = int(value)
    while len(rest) < length:
        data = s.recv(65536)
        if not data:
            return None, buffer
        rest += data
    return head + b"\r\n\r\n" + rest[:length], rest[length:]


def hang_up(s, reset=False):
    try:
        if reset:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    except OSError:
        pass


class Cut(Exception):
    pass


class Proxy:
    """plan(method, path, number) says what happens to a request; number counts per method:
    None; ("lost-answer",) the server has acted, nobody hears of it; ("cut-request", n) only n
    bytes arrive; ("cut-answer", n); ("delay", seconds)."""

    def __init__(self, port, plan=lambda method, path, number: None):
        self.upstream = port
        self.plan = plan
        self.dribble = False
        self.down = {"orders": 0.0, "data": 0.0, "rest": 0.0}	# refused until then
        self.live = {"orders": set(), "data": set(), "rest": set()}
        self.counts = {}
        self.done = {}
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def note(self, what):
        with self.lock:
            self.done[what] = self.done.get(what, 0) + 1

    def send(self, s, data):
        if not self.dribble:
            s.sendall(data)
            return
        for i in range(len(data)):
            s.sendall(data[i:i + 1])

    def serve(self, client):
        kind = "rest"
        server = None
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request, rest = read_message(client, b"")
            if request is None:
                return
            path = request.split(b" ")[1]
            if b"upgrade: websocket" in request.lower():
                kind = "orders" if path == b"/stream" else "data"
            if time.monotonic() < self.down[kind]:
                return
            server = socket.create_connection(("127.0.0.1", self.upstream))
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = (client, server)
            with self.lock:
                self.live[kind].add(pair)
            if kind == "rest":
                self.rest(client, server, request, rest)
            else:
                server.sendall(request + rest)
                self.pump(client, server)
        except (OSError, Cut, ValueError):
            pass
        finally:
            with self.lock:
                self.live[kind] = {p for p in self.live[kind] if p[0] is not client}
            hang_up(client)
            if server is not None:
                hang_up(server)

    def rest(self, client, server, request, rest):
        while request is not None:
            method, path = (w.decode() for w in request.split(b" ")[:2])
            with self.lock:
                number = self.counts[method] = self.counts.get(method, 0) + 1
            todo = self.plan(method, path, number)
            self.one(client, server, request, todo)
            request, rest = read_message(client, rest)
            if time.monotonic() < self.down["rest"]:
                raise Cut

    def one(self, client, server, request, todo):
        what = todo[0] if todo else "passed"
        self.note(what)
        if what == "cut-request":
            server.sendall(request[:todo[1] % len(request)])
            hang_up(server)
            hang_up(client, reset=todo[1] % 2 == 0)
            raise Cut
        if what == "delay":
            time.sleep(todo[1])
        self.send(server, request)
        answer, _ = read_message(server, b"")
        if answer is None:
            raise Cut
        if what == "cut-answer":
            client.sendall(answer[:todo[1] % len(answer)])
        if what in ("cut-answer", "lost-answer"):
            hang_up(client, reset=what == "lost-answer" and len(answer) % 2 == 0)
            raise Cut
        self.send(client, answer)

    def pump(self, a, b):
        while True:
            for s in select.select([a, b], [], [], 30)[0]:
                data = s.recv(65536)
                if not data:
                    return
                self.send(b if s is a else a, self.passed_on(data, s is b))

    def passed_on(self, data, from_server):
        """What becomes of a piece of a stream on its way."""
        return data

    def cut(self, kind, seconds, reset=False):
        """Every connection of a kind, and no new one for a while."""
        self.down[kind] = time.monotonic() + seconds
        with self.lock:
            pairs = list(self.live[kind])
        for client, server in pairs:
            for s in (client, server):
                try:
                    if reset:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.note("cut " + kind)
        return len(pairs)

    def close(self):
        hang_up(self.listener)
        for kind in self.live:
            self.cut(kind, 1e9)
