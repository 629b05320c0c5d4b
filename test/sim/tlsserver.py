"""Servers for test/sim/tls.sh: reads lines "name kind arguments" from the file
argv[1], listens on a free port of 127.0.0.1 for each, writes "name port" lines to
argv[2] and serves until its standard input ends."""
import os
import socket
import ssl
import sys
import threading

folder = os.path.dirname(os.path.abspath(sys.argv[1]))
BODY = bytes(i * 7 % 251 for i in range(1_000_000))
ALERT = {"alert40": 40, "alert112": 112, "alert80": 80}


def context(cert, *options):
    """options: max=1.1, min=1.3, ciphers=..., alpn=..., ask (for a client certificate)"""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.set_ciphers("ALL:@SECLEVEL=0")
    c.minimum_version = ssl.TLSVersion.TLSv1
    c.options |= ssl.OP_NO_TICKET
    c.load_cert_chain(f"{folder}/{cert}.chain", f"{folder}/{cert}.key")
    c.set_alpn_protocols(["http/1.1"])
    versions = {"1.1": ssl.TLSVersion.TLSv1_1, "1.3": ssl.TLSVersion.TLSv1_3}
    for o in options:
        key, _, value = o.partition("=")
        if key == "max":
            c.maximum_version = versions[value]
        elif key == "min":
            c.minimum_version = versions[value]
        elif key == "ciphers":
            c.set_ciphers(value + ":@SECLEVEL=0")
        elif key == "curve":
            try:
                c.set_ecdh_curve(value)
            except ssl.SSLError:    # older ones know only those with a name of NIST's
                assert value == "X25519"
                c.options |= ssl.OP_CIPHER_SERVER_PREFERENCE    # of which it is the first
        elif key == "alpn":
            c.set_alpn_protocols([value])
        elif key == "ask":
            c.verify_mode = ssl.CERT_REQUIRED
            c.load_verify_locations(f"{folder}/root.crt")
    return c


def read_request(s):
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            return
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    want = int(head.lower().split(b"content-length:")[1].split()[0])
    while len(body) < want:
        more = s.recv(65536)
        if not more:
            return
        body += more


def serve_http(s, c, body=b"hello", cut=False):
    t = c.wrap_socket(s, server_side=True)
    read_request(t)
    t.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    if cut:
        s2 = socket.socket(fileno=os.dup(t.fileno()))
        s2.shutdown(socket.SHUT_RDWR)
        s2.close()
    else:
        try:
            t.unwrap()
        except OSError:
            pass
    t.close()


def in_memory(s, c, send):
    """Plays the server with its records passing through send(bytes)."""
    i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
    t = c.wrap_bio(i, o, server_side=True)
    for step in (t.do_handshake, lambda: t.read(65536),
                 lambda: t.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), t.unwrap):
        while True:
            try:
                step()
                break
            except ssl.SSLWantReadError:
                send(o.read())
                more = s.recv(65536)
                if not more:
                    return
                i.write(more)
        send(o.read())


def serve_bytewise(s, c):
    """One byte per segment."""
    def send(data):
        for b in data:
            s.send(bytes([b]))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    in_memory(s, c, send)


def serve_damage(s, c, how, at):
    """Cuts the connection behind byte `at` of what the server says, or flips it."""
    sent = 0

    def send(data):
        nonlocal sent
        if how == "cut" and sent + len(data) > at:
            s.sendall(data[:max(0, at - sent)])
            raise ConnectionError
        if how == "flip" and sent <= at < sent + len(data):
            data = bytearray(data)
            data[at - sent] ^= 0x55
        sent += len(data)
        s.sendall(data)
    s.settimeout(1)
    in_memory(s, c, send)


def serve_raw(s, kind):
    s.settimeout(8)
    if kind == "garbage":
        s.sendall(bytes((i * 37 + 11) % 256 for i in range(4096)))
    elif kind == "http":
        s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port")
    elif kind == "close":
        s.recv(65536)
    elif kind == "silent":
        s.recv(65536)
        s.recv(65536)
    elif kind == "empty":
        # Handshake records without content, for as long as the client takes them.
        while True:
            s.sendall(b"\x16\x03\x03\x00\x00" * 2000)
    else:
        s.recv(65536)
        s.sendall(bytes([21, 3, 3, 0, 2, 2, ALERT[kind]]))
    s.shutdown(socket.SHUT_WR)
    while s.recv(65536):
        pass


def handle(s, kind, c, n):
    try:
        if kind == "tls":
            serve_http(s, c)
        elif kind == "big":
            serve_http(s, c, BODY)
        elif kind == "cut":
            serve_http(s, c, cut=True)
        elif kind == "bytewise":
            serve_bytewise(s, c)
        elif kind in ("cutat", "flipat"):
            serve_damage(s, c, kind[:-2], n)
        else:
            serve_raw(s, kind)
    except (OSError, ValueError, IndexError):
        pass
    finally:
        s.close()


def listen(kind, args):
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)
    raw = kind in ALERT or kind in ("garbage", "http", "close", "silent", "empty")
    step = int(args.pop(0)) if kind in ("cutat", "flipat") else 0
    c = None if raw else context(*args)

    def loop():
        n = 0
        while True:
            s, _ = listener.accept()
            threading.Thread(target=handle, args=(s, kind, c, n), daemon=True).start()
            n += step
    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


with open(sys.argv[1]) as f, open(sys.argv[2] + ".new", "w") as out:
    for line in f:
        name, kind, *args = line.split()
        out.write(f"{name} {listen(kind, args)}\n")
os.rename(sys.argv[2] + ".new", sys.argv[2])
sys.stdin.read()
