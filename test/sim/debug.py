#!/usr/bin/env python3
"""Scenario: `gambler debug`: each parser alone, with cases of our own; whatever it is given, each
call ends within five seconds, by itself, with one of the statuses that are promised."""
import json
import os
import random
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from scene import ENV, GAMBLER, check, finish, room, write  # noqa: E402
from suite import Suite  # noqa: E402

# Of a machine that has nothing else to do.
SECONDS = 5 * max(1, os.getloadavg()[0] / os.cpu_count())
SEED = int(os.environ.get("SEED", time.time_ns() % 10**9))


def debug(*words, data=b"", within=SECONDS, **options):
    began = time.monotonic()
    if "stdin" not in options:
        options["input"] = data if isinstance(data, bytes) else data.encode()
    options.setdefault("stdout", subprocess.PIPE)
    p = subprocess.run([GAMBLER, "debug", *words], stderr=subprocess.PIPE, env=ENV, timeout=60,
                       **options)
    took = time.monotonic() - began
    check(took < within, f"{words} ends within {within:.1f} s, not in {took:.1f}")
    check(p.returncode >= 0, f"{words} is not ended by a signal ({p.returncode})")
    return p.returncode, (p.stdout or b"").decode(), p.stderr.decode(errors="replace")


# ---- JSON

WRITTEN = {
    ' { "b" : [ ] , "a" : { } , "b" : [ 1 , 2 ] } ': '{"b":[],"a":{},"b":[1,2]}',
    "[-0, 1.50, 1E+400, 0.1e-2,\t123456789012345678901234567890]":
        "[-0,1.50,1E+400,0.1e-2,123456789012345678901234567890]",
    "\r\n true\n": "true", "null": "null", "false ": "false", "-1": "-1", '""': '""',
    r'["\u0041\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\\u0000\u001f\u007f"]':
        '["Aé😀/\\b\\f\\n\\r\\t\\"\\\\\\u0000\\u001f\\u007f"]',
    '{"\\u0061":1,"\\"":2}': '{"a":1,"\\"":2}',
    "[" * 32 + "]" * 32: "[" * 32 + "]" * 32,
}
REFUSED = [
    "", " ", "[", "]", "{", "[1,]", "[,1]", "[1 2]", "{1:2}", '{"a"}', '{"a":}', '{"a":1,}', "{,}",
    "nul", "True", "truefalse", "true false", "01", "-", "+1", ".5", "5.", "1e", "0x1", "NaN",
    "Infinity", "-Infinity", "'a'", '"a', '"\t"', '"\\x"', '"\\u12g4"', '"\\ud800"', '"\\ude00"',
    '"\\ud800\\u0041"', "[1]x", "/**/1", "\ufeff[]", "[" * 33 + "]" * 33, "[" * 100000,
    b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b"\x00",
    b"[1]\x00", b'"\x00"', "\u00a01", "[1]\v",
]


def documents():
    for text, want in WRITTEN.items():
        code, out, err = debug("json-parse", data=text)
        check((code, out) == (0, want + "\n"), f"{text[:40]!r} is written {want!r}: {out!r} {err}")
        again = debug("json-parse", data=out)
        check(again[:2] == (0, out), f"{out[:40]!r} is written as itself")
    for text in REFUSED:
        code, out, err = debug("json-parse", data=text)
        check((code, out) == (1, "") and "byte" in err, f"{text[:40]!r} is refused: {code} {err}")
    for text, want in (("[0.1]", "3fb999999999999a"), ("[ -0.0 , {} ]", "8000000000000000"),
                       ("[5e-324]", "0000000000000001"), ("[1e400]", "7ff0000000000000")):
        check(debug("json-f64", data=text)[:2] == (0, want + "\n"), f"{text} is {want}")
    for text, want in (('["\\u00e9a"]', "c3a961"), ('[""]', ""),
                       ('["\\ud83d\\ude00", 1]', "f09f9880")):
        check(debug("json-str", data=text)[:2] == (0, want + "\n"), f"{text} is {want}")
    for call, text in (("json-f64", "[]"), ("json-f64", '["1"]'), ("json-f64", "1"),
                       ("json-f64", "[01]"), ("json-f64", "[.5]"), ("json-f64", "[1] 2"),
                       ("json-str", "[1]"), ("json-str", "[]"), ("json-str", '["\\ud800"]'),
                       ("json-str", '["a",]')):
        check(debug(call, data=text)[:2] == (1, ""), f"{call} refuses {text}")


# ---- lines

def doubles():
    chance = random.Random(SEED)
    lines = ["0", "-0", "+1", ".5", "5.", "007", "1e999999999999", "1e-999999999999", "2e-324",
             "9007199254740993", "1" * 800, "0." + "0" * 400 + "1" * 400, "1e23", "8.5e22"]
    for _ in range(2000):
        value = struct.unpack(">d", struct.pack(">Q", chance.getrandbits(63)))[0]
        if value - value == 0:
            lines.append(repr(value))
        lines.append(f"{chance.getrandbits(80)}e{chance.randint(-360, 300)}")
        lines.append(f"{chance.getrandbits(300)}.{chance.getrandbits(900)}"
                     f"e{chance.randint(-420, 40)}")
    code, out, _ = debug("f64", data="\n".join(lines))
    got = out.split("\n")
    check(code == 0 and got.pop() == "" and len(got) == len(lines), "each line has its verdict")
    wrong = [(line[:60], g) for line, g in zip(lines, got)
             if g != struct.pack(">d", float(line)).hex()]
    check(wrong == [], f"the nearest double, as Python has it (SEED={SEED}): {wrong[:3]}")
    code, out, _ = debug("f64", data=b"1\nx\n\n1 \n 1\n0x1\ninf\nnan\n1e\n-\n1\x00\n2")
    check(code == 1 and out.split() == ["3ff0000000000000"] + 10 * ["ERR"] + ["4000000000000000"],
          f"what is no number is ERR: {out}")
    check(debug("f64")[:2] == (0, ""), "no line, no verdict")


def times():
    good = {
        "1970-01-01T00:00:00Z": 0, "2024-10-01T09:30:00.5-04:00": 1727789400500000000,
        "2024-02-29t00:00:00z": 1709164800000000000, "1998-12-31T23:59:60Z": 915148800000000000,
        "1998-12-31T15:59:60.25-08:00": 915148800250000000,
        "1969-12-31T23:59:59.999999999Z": -1, "2024-10-01T00:00:00.1234567899Z":
            1727740800123456789, "2262-04-11T23:47:16.854775807Z": 2**63 - 1,
    }
    bad = [
        "", "2024-10-01", "2024-10-01 00:00:00Z", "2024-10-01T00:00:00", "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-04-31T00:00:00Z",
        "2024-10-01T24:00:00Z", "2024-10-01T00:60:00Z", "2024-10-01T00:00:61Z",
        "2024-10-01T00:00:60Z", "2024-10-01T00:00:00.Z", "2024-10-01T00:00:00+24:00",
        "2024-10-01T00:00:00+00:60", "2024-10-01T00:00:00+0000", "2024-10-01T00:00:00Z ",
        "2024-10-01T00:00:00+01:00Z", "24-10-01T00:00:00Z", "2024-1-01T00:00:00Z",
        "+2024-10-01T00:00:00Z", "2024-10-0\u0967T00:00:00Z", "2024-274T00:00:00Z",
        "2262-04-11T23:47:16.854775808Z", "0001-01-01T00:00:00Z",
    ]
    code, out, _ = debug("rfc3339", data="\n".join(json.dumps(t) for t in [*good, *bad]))
    want = [str(n) for n in good.values()] + ["ERR"] * len(bad)
    check(code == 1 and out.split() == want, f"times: {list(zip([*good, *bad], out.split()))}")
    code, out, _ = debug("rfc3339", data="2024-10-01T00:00:00Z\n12\n\"\n")
    check(out.split() == ["ERR"] * 3, f"what is no JSON string is ERR: {out}")


# ---- HTTP

def message(call, data, code, consumed=None, body=b"", **words):
    got, out, err = debug(call, data=data)
    name = f"{call} {data[:70]!r}"
    if not check(got == code, f"{name} gives {code}, not {got} {out}{err}") or code != 0:
        check(code == 0 or (out == "" and err != ""), f"{name}: told on stderr alone")
        return
    o = json.loads(out)
    check(list(o) == ["consumed", "method", "target", "status", "body_hex"], f"{name}: {out}")
    check(o["consumed"] == consumed, f"{name} takes {consumed} bytes, not {o['consumed']}")
    check(bytes.fromhex(o["body_hex"]) == body, f"{name} has the body {body!r}: {out}")
    for key in ("method", "target", "status"):
        check(o[key] == words.get(key), f"{name}: {key}: {out}")


def requests():
    host = b"Host: a\r\n"
    get = b"GET /x?y HTTP/1.1\r\n" + host
    for extra in (b"", b"GET / HTTP/1.1\r\n"):
        whole = get + b"\r\n"
        message("http-request", whole + extra, 0, len(whole), method="GET", target="/x?y")
        whole = get + b"Content-Length: 3\r\n\r\nabc"
        message("http-request", whole + extra, 0, len(whole), b"abc", method="GET", target="/x?y")
        whole = get + b"Transfer-Encoding: chunked\r\n\r\n" \
            b"1;e=\"f\"\r\na\r\n2\r\nbc\r\n0\r\nT: u\r\n\r\n"
        message("http-request", whole + extra, 0, len(whole), b"abc", method="GET", target="/x?y")
    for n in (1, 10, 25, len(get) + 1):
        message("http-request", (get + b"\r\n")[:n], 3)
    message("http-request", b"", 3)
    message("http-request", get + b"Content-Length: 3\r\n\r\nab", 3)
    message("http-request", get + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", 3)
    absolute = b"GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n"
    message("http-request", absolute, 0, len(absolute), method="GET", target="http://a/b")
    message("http-request", b"GET / HTTP/1.0\r\n\r\n", 0, 18, method="GET", target="/")
    message("http-request", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0, 31, method="OPTIONS",
            target="*")
    for bad in (
            b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/2.0\r\n" + host + b"\r\n", b"GET /\r\n\r\n",
            b"GET  / HTTP/1.1\r\n", b"GET / HTTP/1.1 \r\n", b"GET / HTTP/1.1\n",
            b"G@T / HTTP/1.1\r\n",
            b"GET /\x00 HTTP/1.1\r\n", b"GET /\x80 HTTP/1.1\r\n", get + host + b"\r\n",
            get + b"A : b\r\n\r\n", get + b" A: b\r\n\r\n", get + b"A: b\r\n c\r\n\r\n",
            get + b"A: b\nC: d\r\n\r\n", get + b"A: b\rC: d\r\n\r\n", get + b"A: \x00\r\n\r\n",
            get + b"A\r\n\r\n", get + b": b\r\n\r\n",
            get + b"Content-Length: 3\r\n" * 2 + b"\r\nabc",
            get + b"Content-Length: +3\r\n\r\nabc", get + b"Content-Length: 0x3\r\n\r\nabc",
            get + b"Content-Length: 3, 3\r\n\r\nabc", get + b"Content-Length: -1\r\n\r\n",
            get + b"Content-Length: \r\n\r\n",
            get + b"Content-Length: 99999999999999999999\r\n\r\n",
            get + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            get + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            get + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            get + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            get + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            get + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            get + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET http://b/ HTTP/1.1\r\n" + host + b"\r\n", b"GET /" + b"a" * 5000,
            get + b"A: " + b"b" * 17000, get + b"A: b\r\n" * 70 + b"\r\n"):
        message("http-request", bad, 1)


def answers():
    ok = b"HTTP/1.1 200 OK\r\n"
    for head, body, rest, status in (
            (ok + b"Content-Length: 3\r\n\r\n", b"abc", b"HTTP/1.1", 200),
            (ok + b"\r\n", b"to the end", b"", 200),
            (ok + b"Content-Length: 0\r\n\r\n", b"", b"x", 200),
            (b"HTTP/1.1 204 \r\nContent-Length: 3\r\n\r\n", b"", b"abc", 204),
            (b"HTTP/1.1 304\r\nContent-Length: 3\r\n\r\n", b"", b"abc", 304),
            (b"HTTP/1.1 100 Continue\r\n\r\n", b"", ok, 100),
            (b"HTTP/1.0 404 Not Found\r\n\r\n", b"gone", b"", 404)):
        message("http-response", head + body + rest, 0, len(head + body), body, status=status)
    message("http-response", ok + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nx", 0, 58,
            b"a", status=200)
    message("http-response", ok + b"Content-Length: 3\r\n\r\nab", 3)
    message("http-response", b"HTTP/1.1 20", 3)
    for bad in (b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 099 X\r\n\r\n",
                b"HTTP/1.1  200 OK\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"HTTP/3.0 200 OK\r\n\r\n",
                ok + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na", ok + b"A: b\n\r\n",
                ok + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
                ok + b"Transfer-Encoding: chunked\r\n\r\nz\r\n"):
        message("http-response", bad, 1)


def chunks():
    message("http-chunked", b"0\r\n\r\n", 0, 5)
    message("http-chunked", b"A\r\n0123456789\r\n00\r\n\r\nnext", 0, 21, b"0123456789")
    message("http-chunked", b"3 ;x\r\nabc\r\n0;y=z\r\nA: b\r\nC:\r\n\r\n", 0, 30, b"abc")
    for n in range(20):
        message("http-chunked", b"3;x\r\nabc\r\n0\r\nA: b\r\n\r\n"[:n], 3)
    for bad in (b"g\r\n", b"-1\r\n", b"0x3\r\nabc\r\n", b" 3\r\nabc\r\n", b"3\nabc\r\n",
                b"3\r\nabcd\r\n",
                b"3\r\nabc\n0\r\n\r\n", b"\r\n", b"10000000000000000\r\n", b"3;\x00\r\nabc\r\n",
                b"3\rabc", b"0\r\n A: b\r\n\r\n", b"0\r\nA\r\n\r\n", b"0\r\nA : b\r\n\r\n",
                b"1" * 17, b"1;" + b"x" * 2000, b"0\r\nA: " + b"b" * 9000):
        message("http-chunked", bad, 1)


# ---- files

def inis():
    path = write("some.ini", "; comment\nbefore = 1\n[one]\na = b ; comment\nc: d=e\n  more\n"
                             "empty =\n[two]\n[one]\na=\xe9\n")
    code, out, _ = debug("ini", path)
    check((code, out) == (0, "... before=1;\n... [one]\n... a=b;\n... c=d=e;\n... c=more;\n"
                             "... empty=;\n... a=\xe9;\n"), f"inih's events: {code} {out!r}")
    for text, want in (("[a]\nb=c\nno value\nd\n", 3), ("[a\nb=1\n", 1), ("\n" * 300 + "x\n", 255),
                       ("", 0), ("[a]\nuser=parse_error\n", 2)):
        check(debug("ini", write("bad.ini", text))[0] == want, f"{text[:20]!r} ends with {want}")
    check(debug("ini", os.path.join(room(), "none"))[0] == 255, "a file that is not there")
    check(debug("ini", room())[0] == 255, "a folder is no file")


def calendar():
    def sessions(first, last):
        code, out, err = debug("calendar", first, last)
        check(code == 0, f"calendar {first} {last}: {code} {err}")
        return [line.split() for line in out.splitlines()]
    check(sessions("2024-07-03", "2024-07-08") == [
        ["2024-07-03", "2024-07-03T13:30:00Z", "2024-07-03T17:00:00Z"],
        ["2024-07-05", "2024-07-05T13:30:00Z", "2024-07-05T20:00:00Z"],
        ["2024-07-08", "2024-07-08T13:30:00Z", "2024-07-08T20:00:00Z"]], "a half day and a holiday")
    check(sessions("2024-12-25", "2024-12-25") == [], "a holiday alone")
    check([s[1][11:] for s in sessions("2024-03-08", "2024-03-11")] == ["14:30:00Z", "13:30:00Z"],
          "summer time")
    for year, want in ((1990, 253), (2001, 248), (2012, 250), (2024, 252), (2025, 250)):
        n = len(sessions(f"{year}-01-01", f"{year}-12-31"))
        check(n == want, f"{year} had {want} sessions, not {n}")
    for words in (("2024-02-30", "2024-03-01"), ("2024-01-02", "2024-01-01"), ("x", "y"),
                  ("1969-12-31", "1970-01-02"), ("2100-01-01", "2101-01-01")):
        code, out, err = debug("calendar", *words)
        check((code, out) == (1, "") and err != "", f"calendar {words} is refused: {code}")


# ---- certificates

class Authority:
    """Certificates by openssl, with keys on P-256 unless told otherwise."""

    def __init__(self):
        self.path = os.path.join(room(), "pki")
        os.mkdir(self.path)

    def openssl(self, *words):
        p = subprocess.run(["openssl", *words], cwd=self.path, capture_output=True, text=True)
        check(p.returncode == 0, f"openssl {words}: {p.stderr}")

    def make(self, name, issuer, extensions, key=("ec", "ec_paramgen_curve:P-256"), md="sha256",
             subject=None, serial="1"):
        """NAME.pem, signed by the issuer (None: itself)."""
        with open(os.path.join(self.path, name + ".ext"), "w") as f:
            f.write("\n".join(extensions) + "\n")
        self.openssl("req", "-new", "-newkey", key[0], "-pkeyopt", key[1], "-nodes", "-keyout",
                     name + ".key", "-subj", f"/CN={subject or name}", "-out", name + ".csr")
        by = ["-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial"] if issuer \
            else ["-signkey", name + ".key", "-set_serial", serial]
        self.openssl("x509", "-req", "-in", name + ".csr", *by, "-days", "30", "-" + md,
                     "-extfile", name + ".ext", "-out", name + ".pem")

    def file(self, *names):
        text = "".join(open(os.path.join(self.path, n + ".pem")).read() for n in names)
        return write("-".join(names)[:100] + ".chain", text)


CA = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
SERVER = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", "extendedKeyUsage=serverAuth"]
HOST = SERVER + ["subjectAltName=DNS:a.example,DNS:*.b.example,IP:192.0.2.1,IP:2001:db8::1"]


def certificates():
    a = Authority()
    for name, issuer, extensions, *more in (
            ("root", None, CA), ("other", None, CA, {"subject": "root"}), ("mid", "root", CA),
            ("low", "mid", CA), ("flat", "root", ["basicConstraints=critical,CA:TRUE,pathlen:0",
                                                  "keyUsage=critical,keyCertSign"]),
            ("below", "flat", CA), ("no-sign", "root", [CA[0], "keyUsage=critical,cRLSign"]),
            ("no-ca", "root", SERVER), ("mail", "root", CA + ["extendedKeyUsage=emailProtection"]),
            ("names", "root", CA + ["nameConstraints=permitted;DNS:a.example"]),
            ("narrow", None, CA + ["nameConstraints=critical,permitted;DNS:b.example"]),
            ("by-narrow", "narrow", HOST), ("good", "root", HOST), ("long", "low", HOST),
            ("too-long", "below", HOST),
            ("by-no-sign", "no-sign", HOST), ("by-no-ca", "no-ca", HOST), ("by-mail", "mail", HOST),
            ("by-names", "names", HOST), ("nameless", "root", SERVER, {"subject": "a.example"}),
            ("client", "root", SERVER[:2] + ["extendedKeyUsage=clientAuth", HOST[3]]),
            ("authority", "root", CA + [HOST[3]]), ("signs", "root", SERVER[:1] + [
                "keyUsage=digitalSignature,keyCertSign"] + HOST[2:]),
            ("weak", "root", HOST, {"key": ("rsa", "rsa_keygen_bits:1024")}),
            ("rsa", "root", HOST, {"key": ("rsa", "rsa_keygen_bits:2048")}),
            ("sha1", "root", HOST, {"md": "sha1"}), ("stranger", "other", HOST),
            ("unknown", "root", HOST + ["1.2.3.4=critical,DER:0500"]),
            ("key-id", "root", HOST + ["authorityKeyIdentifier=critical,keyid"]),
            # Roots: of the oldest some have the serial number 0.
            ("zero", None, CA, {"serial": "0"}), ("by-zero", "zero", HOST),
            ("narrow-zero", None, CA + ["nameConstraints=critical,permitted;DNS:b.example"],
             {"serial": "0"}), ("by-narrow-zero", "narrow-zero", HOST),
            ("crl", None, [CA[0], "keyUsage=critical,cRLSign"]), ("by-crl", "crl", HOST),
            ("odd", None, CA + ["1.2.3.4=critical,DER:0500"]), ("by-odd", "odd", HOST),
            ("2052", None, CA, {"key": ("rsa", "rsa_keygen_bits:2052")}),
            ("by-2052", "2052", HOST)):
        a.make(name, issuer, extensions, **(more[0] if more else {}))
    now = str(int(time.time()))
    root = a.file("root")

    def verdict(want, name, *chain, at=now, ca=root, word=""):
        code, out, err = debug("tls-verify", ca, name, at, a.file(*chain))
        check((code, out) == (want, "") and word in err and (err == "") == (want == 0),
              f"{chain} for {name} at {at}: exit {want} {word!r}, not {code} {err}")
    for name in ("a.example", "A.EXAMPLE", "a.example.", "x.b.example", "192.0.2.1", "2001:db8::1"):
        verdict(0, name, "good")
    for name in ("b.example", "x.y.b.example", "example", "xa.example", "192.0.2.2", "::1",
                 "root", "."):
        verdict(1, name, "good", word="not for")
    verdict(1, "", "good")
    verdict(0, "a.example", "good", "root")
    verdict(0, "a.example", "long", "low", "mid")
    verdict(0, "a.example", "long", "other", "mid", "good", "low", "root")
    verdict(1, "a.example", "long", "mid")
    verdict(1, "a.example", "low", "mid")
    verdict(0, "a.example", "rsa")
    verdict(0, "a.example", "good", ca=a.file("other", "root"))
    verdict(1, "a.example", "good", ca=a.file("other"))
    for name, word in (("nameless", "names no host"), ("client", "not for servers"),
                       ("authority", "authority"), ("signs", "sign others"), ("weak", "too weak"),
                       ("sha1", "SHA-1"), ("stranger", ""),
                       ("unknown", "critical extension"), ("key-id", "critical extension"),
                       ("by-no-sign", "may not sign"), ("by-no-ca", "no authority"),
                       ("by-mail", "of servers"), ("by-names", "nameConstraints"),
                       ("too-long", "pathlen")):
        chain = [name, *([name[3:]] if name[:3] == "by-" else []),
                 *(["below", "flat"] if name == "too-long" else [])]
        verdict(1, "a.example", *chain, word=word)
    for name in ("a.example", "x.b.example"):
        verdict(1, name, "by-narrow", ca=a.file("root", "narrow"), word="not a trusted")
    verdict(0, "a.example", "long", "low", "mid", at="-")
    for at in (now, "-"):
        verdict(0, "a.example", "by-zero", ca=a.file("zero"), at=at)
        for name in ("narrow-zero", "crl", "odd"):
            verdict(1, "a.example", "by-" + name, ca=a.file("root", name), at=at,
                    word="not a trusted")
        verdict(1, "a.example", "by-2052", ca=a.file("2052"), at=at, word="whole bytes")
    verdict(1, "a.example", "good", at=str(int(now) + 31 * 86400), word="expired")
    verdict(1, "a.example", "good", at="0", word="not valid before")
    verdict(1, "a.example", "good", at="1e30", word="seconds")
    verdict(1, "a.example", "good", at="now", word="seconds")
    for text in ("", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                 open(root).read()[:300]):
        bad = write("bad.pem", text)
        check(debug("tls-verify", root, "a.example", now, bad)[0] == 1, f"the chain {text[:40]!r}")
        check(debug("tls-verify", bad, "a.example", now, root)[0] == 1, f"the CA {text[:40]!r}")
    check(debug("tls-verify", room(), "a.example", now, root)[0] == 1, "a folder is no file")


# ---- whatever comes

def limits():
    zeros = open("/dev/zero", "rb")
    never, keep = os.pipe()
    calls = ("json-parse", "json-f64", "json-str", "f64", "rfc3339", "http-request",
             "http-response", "http-chunked")
    chance = random.Random(SEED)
    for call in calls:
        for data in (b"", b"\x00" * 100, bytes(chance.getrandbits(8) for _ in range(4000)),
                     b"[" * (1 << 20), b"{\"\":" * 100000, b"9" * (1 << 22), b"\n" * (1 << 20),
                     b"[\"" + b"\\u0000" * (1 << 20) + b"\"]"):
            code = debug(call, data=data)[0]
            check(code in (0, 1, 3), f"{call} {data[:20]!r}: exit {code}")
        check(debug(call, stdin=zeros)[0] == 1, f"{call} refuses what has no end")
        with open("/dev/full", "wb") as full:
            whole = b"[1.5]" if call == "json-f64" else b'["a"]' if call[0] == "j" else \
                b"GET / HTTP/1.0\r\n\r\n" if call == "http-request" else \
                b"HTTP/1.1 204 \r\n\r\n" if call == "http-response" else b"0\r\n\r\n"
            code, _, err = debug(call, data=whole, stdout=full)
            check(code == 1 and "standard output" in err, f"{call}: a full disk is told: {err}")
    check(debug("json-parse", data=b" " * (17 << 20) + b"1")[0] == 1, "more than 16 MiB is refused")
    began, waiting = time.monotonic(), []
    for call in ("json-parse", "f64", "http-request"):
        waiting.append(subprocess.Popen([GAMBLER, "debug", call], stdin=never, env=ENV,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    waiting.append(subprocess.Popen([GAMBLER, "debug", "ini", "/dev/zero"], env=ENV,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    for p in waiting:
        err = p.communicate(timeout=30)[1].decode()
        check(p.returncode in (1, 255) and "given up" in err, f"{p.args[1:]}: {p.returncode} {err}")
    check(time.monotonic() - began < SECONDS, "what waits for ever is given up in time")
    os.close(keep)
    pipe = subprocess.Popen([GAMBLER, "debug", "calendar", "1970-01-01", "2100-12-31"], env=ENV,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pipe.stdout.close()
    check(pipe.wait(timeout=30) == 1, "a reader that is gone is told, not a signal's end")
    for words in ((), ("nonsense",), ("ini",), ("calendar", "2024-01-01"), ("f64", "1")):
        check(debug(*words)[0] == 2, f"debug {words} is usage")


# ---- WebSocket

def echo():
    s = Suite()
    code, out, err = debug("ws-echo", s.url, within=100)
    check(code == 0 and out == f"{len(s.cases)} cases\n", f"ws-echo: {code} {out} {err}")
    for name, said in s.finish().items():
        check(said is True, f"ws-echo, {name}: {said}")
    deaf = s.deaf()
    code, _, err = debug("ws-echo", deaf)
    check(code == 1 and "getCaseCount" in err, f"a server that says nothing: {code} {err}")
    for url in ("ws://127.0.0.1:1", "http://127.0.0.1:1", "ws://", "ws://x:0/", "nonsense",
                "ws://127.0.0.1:1/" + "a" * 1000):
        check(debug("ws-echo", url)[0] == 1, f"{url[:40]} is refused")


for part in (documents, doubles, times, requests, answers, chunks, inis, calendar,
             certificates, limits, echo):
    part()
finish()
